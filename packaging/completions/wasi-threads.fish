# Completion of wasi-threads for fish. A test compares the options with those of the command.

set -l commands run compile inspect validate
set -l running "not __fish_seen_subcommand_from compile inspect validate"

complete -c wasi-threads -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c wasi-threads -l version -d "Show the version"
complete -c wasi-threads -s h -l help -d "Show the options"
complete -c wasi-threads -n "$running" -l env -x -d "Set an environment variable of the guest"
complete -c wasi-threads -n "$running" -l env-inherit -d "Give the guest all environment variables"
complete -c wasi-threads -n "$running" -l dir -x -a '(__fish_complete_directories)' -d "Give the guest a directory"
complete -c wasi-threads -n "$running" -l stdin -r -d "Read standard input from a file"
complete -c wasi-threads -n "$running" -l argv0 -x -d "Give the guest another name of itself"
complete -c wasi-threads -n "$running" -l max-threads -x -d "Most spawned threads"
complete -c wasi-threads -n "$running" -l memory-limit -x -d "Most bytes of a memory"
complete -c wasi-threads -n "$running" -l max-descriptors -x -d "Most descriptors"
complete -c wasi-threads -n "$running" -l tier -x -a 'auto interpreter compiled' -d "How functions run"
complete -c wasi-threads -n "$running" -l cache-dir -x -a '(__fish_complete_directories)' -d "Keep compiled code here"
complete -c wasi-threads -n "$running" -l no-cache -d "Keep no compiled code"
complete -c wasi-threads -n "$running" -l timeout -x -d "End the guest after this time"
complete -c wasi-threads -n "$running" -l coredump -r -d "Write a core dump where the guest fails"
complete -c wasi-threads -n "$running" -l stats -d "Print how the threads spent their time"
complete -c wasi-threads -n "$running" -l trace -r -d "Write a timeline of the threads"
complete -c wasi-threads -n "$running" -l invoke -x -d "Call this export"
complete -c wasi-threads -n "$running" -l no-deadlock-detection -d "Let threads wait for each other for ever"
complete -c wasi-threads -n "$running" -l race -d "Look for data races"
complete -c wasi-threads -n "$running" -l race-suppressions -r -d "Leave out the races that a file names"
complete -c wasi-threads -n "$running" -s S -l wasi -x -a 'threads cli preview2=n inherit-env' -d "As Wasmtime's"
complete -c wasi-threads -n "$running" -s W -l wasm -x -a 'threads shared-memory' -d "As Wasmtime's"
complete -c wasi-threads -n "$running" -s C -l codegen -x -a 'cache=n cache=y' -d "As Wasmtime's"
complete -c wasi-threads -n "$running" -s D -l debug -x -a 'coredump=' -d "As Wasmtime's"
complete -c wasi-threads -n "not __fish_seen_subcommand_from compile inspect" -l without -x -d "Refuse a feature" \
    -a "mutable-global sign-extension nontrapping-float-to-int multi-value bulk-memory reference-types \
    extended-const threads simd relaxed-simd tail-call exception-handling legacy-exceptions \
    multi-memory memory64 custom-page-sizes wide-arithmetic function-references"
complete -c wasi-threads -n "__fish_seen_subcommand_from compile" -s o -l output -r -d "The file to write"
complete -c wasi-threads -n "__fish_seen_subcommand_from inspect" -l json -d "Print JSON"

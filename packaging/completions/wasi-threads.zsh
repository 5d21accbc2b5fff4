#compdef wasi-threads
# Completion of wasi-threads for zsh. A test compares the options with those of the command.

_wasi_threads_features() {
    _values feature mutable-global sign-extension nontrapping-float-to-int multi-value bulk-memory reference-types \
        extended-const threads simd relaxed-simd tail-call exception-handling legacy-exceptions \
        multi-memory memory64 custom-page-sizes wide-arithmetic function-references
}

_wasi_threads_run() {
    _arguments -S \
        '*--env[set an environment variable of the guest]:variable:_parameters -g "*export*"' \
        '--env-inherit[give the guest all environment variables]' \
        '*--dir[give the guest a directory]:directory:_directories' \
        '--stdin[read standard input from a file]:file:_files' \
        '--argv0[give the guest another name of itself]:name:' \
        '--max-threads[most spawned threads]:count:' \
        '--memory-limit[most bytes of a memory]:size:' \
        '--max-descriptors[most descriptors]:count:' \
        '--tier[how functions run]:tier:(auto interpreter compiled)' \
        '--cache-dir[keep compiled code here]:directory:_directories' \
        '--no-cache[keep no compiled code]' \
        '*--without[refuse a feature]:feature:_wasi_threads_features' \
        '--timeout[end the guest after this time]:seconds:' \
        '--coredump[write a core dump where the guest fails]:file:_files' \
        '--stats[print how the threads spent their time]' \
        '--trace[write a timeline of the threads]:file:_files' \
        '--invoke[call this export]:name:' \
        '--no-deadlock-detection[let threads wait for each other for ever]' \
        '--race[look for data races]' \
        '--race-suppressions[leave out the races that a file names]:file:_files' \
        '*'{-S,--wasi}"[as Wasmtime's]:setting:(threads cli preview2=n inherit-env)" \
        '*'{-W,--wasm}"[as Wasmtime's]:setting:(threads shared-memory)" \
        '*'{-C,--codegen}"[as Wasmtime's]:setting:(cache=n cache=y)" \
        '*'{-D,--debug}"[as Wasmtime's]:setting:(coredump=)" \
        '--version[show the version]' \
        '(-h --help)'{-h,--help}'[show the options]' \
        '1:module:_files -g "*.(wasm|cwasm)"' \
        '*::argument:_files'
}

_wasi_threads() {
    local command=${words[2]-}
    case $command in
    run)
        shift words
        ((CURRENT--))
        if ((CURRENT > 1)); then _wasi_threads_run; else _values command run compile inspect validate; fi
        ;;
    compile | inspect | validate)
        if ((CURRENT == 2)); then
            _values command run compile inspect validate
            return
        fi
        shift words
        ((CURRENT--))
        local -a common=('--version[show the version]' '(-h --help)'{-h,--help}'[show the options]'
            '1:module:_files -g "*.wasm"')
        case $command in
        compile) _arguments $common '(-o --output)'{-o,--output}'[the file to write]:file:_files' ;;
        inspect) _arguments $common '--json[print JSON]' ;;
        validate) _arguments $common '*--without[refuse a feature]:feature:_wasi_threads_features' ;;
        esac
        ;;
    *)
        if ((CURRENT == 2)) && [[ $command != -* ]]; then
            _alternative 'commands:command:(run compile inspect validate help)' \
                'modules:module:_files -g "*.(wasm|cwasm)"'
        else
            _wasi_threads_run
        fi
        ;;
    esac
}

_wasi_threads "$@"

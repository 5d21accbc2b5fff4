# Completion of wasi-threads for bash. A test compares the options with those of the command.

# Files with modules, and folders on the way to them.
_wasi_threads_modules() {
    local path
    while IFS= read -r path; do
        if [ -d "$path" ]; then
            COMPREPLY+=("$path/")
        else
            case $path in
            *.wasm | *.cwasm) COMPREPLY+=("$path") ;;
            esac
        fi
    done < <(compgen -f -- "$1")
    compopt -o filenames -o nospace 2> /dev/null
    if [ "${#COMPREPLY[@]}" = 1 ] && [ ! -d "${COMPREPLY[0]}" ]; then compopt +o nospace 2> /dev/null; fi
}

_wasi_threads() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' module='' word index
    local run='--env --env-inherit --dir --stdin --argv0 --max-threads --memory-limit --max-descriptors --tier
        --cache-dir --no-cache --without --timeout --coredump --stats --trace --invoke --no-deadlock-detection --race
        --race-suppressions --wasi --wasm --codegen --debug -S -W -C -D'
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        case $word in
        run | compile | inspect | validate)
            if [ -z "$command" ]; then command=$word; else module=$word; fi
            ;;
        --env | --dir | --stdin | --argv0 | --max-threads | --memory-limit | --max-descriptors | --tier | --cache-dir \
            | --without | --timeout | --invoke | --race-suppressions | --wasi | --wasm | --codegen | -S | -W | -C | -o \
            | --output)
            index=$((index + 1))
            # The word that is being completed is its value, not a module.
            ;;
        -?*) ;;
        *) module=$word ;;
        esac
        # What comes after a module is the guest's.
        if [ -n "$module" ]; then break; fi
    done
    case $previous in
    --tier) COMPREPLY=($(compgen -W 'auto interpreter compiled' -- "$current")); return ;;
    --dir | --cache-dir) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -d -- "$current")); return ;;
    --stdin | -o | --output) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --env) COMPREPLY=($(compgen -e -- "$current")); return ;;
    --without)
        COMPREPLY=($(compgen -W 'mutable-global sign-extension nontrapping-float-to-int multi-value bulk-memory
            reference-types extended-const threads simd relaxed-simd tail-call exception-handling
            legacy-exceptions multi-memory memory64 custom-page-sizes wide-arithmetic function-references' -- "$current"))
        return
        ;;
    -S | --wasi) COMPREPLY=($(compgen -W 'threads cli preview2=n inherit-env' -- "$current")); return ;;
    -W | --wasm)
        COMPREPLY=($(compgen -W 'threads shared-memory timeout= max-memory-size=' -- "$current"))
        return
        ;;
    -C | --codegen) COMPREPLY=($(compgen -W 'cache=n cache=y' -- "$current")); return ;;
    --argv0 | --max-threads | --memory-limit | --max-descriptors | --timeout | --invoke) return ;;
    esac
    if [ -n "$module" ]; then
        if [ "$command" = compile ]; then COMPREPLY=($(compgen -W '--output -o' -- "$current")); return; fi
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        return
    fi
    case $command:$current in
    :-* | run:-*) COMPREPLY=($(compgen -W "$run --help --version" -- "$current")) ;;
    compile:-*) COMPREPLY=($(compgen -W '--output -o --help --version' -- "$current")) ;;
    inspect:-*) COMPREPLY=($(compgen -W '--json --help --version' -- "$current")) ;;
    validate:-*) COMPREPLY=($(compgen -W '--without --help --version' -- "$current")) ;;
    :*)
        _wasi_threads_modules "$current"
        COMPREPLY+=($(compgen -W 'run compile inspect validate help' -- "$current"))
        ;;
    *) _wasi_threads_modules "$current" ;;
    esac
}

complete -F _wasi_threads wasi-threads

"""The command of the package: `python -m wasi_threads` and `wasi-threads-python`.

What holds: options and exit statuses are those of the command `wasi-threads`, as far as they are here; what is not
here is refused by name.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import struct
import sys
from typing import Any, Dict, List, NoReturn, Optional, Sequence, Tuple

from . import __version__
from ._engine import Engine, Module
from ._enumerations import ExternalKind, Permissions, Tier, ValueKind
from ._errors import Deadlock, Ended, Error, Exited, Trap
from ._process import Process
from ._wasi import Stdio, WasiConfig

_FAILURE, _USAGE, _RACE, _TIME_LIMIT, _TRAP, _DEADLOCK = 1, 64, 66, 124, 134, 135
_COMMANDS = ("run", "inspect", "validate")
_COMPILED_MAGIC = b"\x7fcwasm\r\n"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def _size(word: str) -> int:
    units = {"K": 10, "M": 20, "G": 30}
    shift = units.get(word[-1:].upper(), 0)
    digits = word[:-1] if shift else word
    if not (digits.isascii() and digits.isdigit()):
        raise argparse.ArgumentTypeError(f"{word!r} is no number of bytes, with K, M or G")
    return int(digits) << shift


def _seconds(word: str) -> float:
    seconds = float(word)
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError("takes seconds, more than 0 and less than 1e9")
    return seconds


def _directory(word: str) -> "Tuple[str, str, Permissions]":
    permissions = Permissions.READ_WRITE
    path = word
    for suffix, given in ((":ro", Permissions.READ_ONLY), (":rw", Permissions.READ_WRITE)):
        if word.endswith(suffix):
            path, permissions = word[: -len(suffix)], given
    host, separator, guest = path.partition("::")
    if not separator:
        guest = host
    if not host or not guest:
        raise argparse.ArgumentTypeError("takes HOST, HOST::GUEST, and either with :ro or :rw after it")
    return host, guest, permissions


def _variable(word: str) -> "Tuple[str, Optional[str]]":
    name, separator, value = word.partition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"takes NAME or NAME=VALUE, not {word!r}")
    return name, value if separator else None


def _parser(command: str) -> _Parser:
    # Without abbreviations: an option that is added later must not change what a script means.
    parser = _Parser(
        prog=f"python -m wasi_threads {command}", allow_abbrev=False,
        usage=f"%(prog)s [options] module{' [argument ...]' if command == 'run' else ''}")
    parser.add_argument("--version", action="version", version=f"wasi-threads {__version__}")
    if command == "inspect":
        return parser
    parser.add_argument("--without", action="append", default=[], metavar="FEATURE", help="refuse a feature")
    if command == "validate":
        return parser
    add = parser.add_argument
    add("--env", action="append", default=[], type=_variable, metavar="NAME[=VALUE]", help="set a variable")
    add("--env-inherit", action="store_true", help="give the guest all variables")
    add("--dir", action="append", default=[], type=_directory, metavar="HOST[::GUEST][:ro|:rw]",
        help="give the guest a directory")
    add("--stdin", metavar="FILE", help="read standard input from a file")
    add("--argv0", metavar="NAME", help="give the guest another name of itself than the module's")
    add("--max-threads", type=int, metavar="COUNT", help="most spawned threads")
    add("--memory-limit", type=_size, metavar="SIZE", help="most bytes of a memory, with K, M or G")
    add("--max-descriptors", type=int, metavar="COUNT", help="most descriptors")
    add("--tier", choices=[tier.name.lower() for tier in Tier], help="how functions run")
    add("--cache-dir", metavar="DIRECTORY", help="keep compiled code here; else nowhere")
    add("--timeout", type=_seconds, metavar="SECONDS", help="end the guest after this time")
    add("--no-deadlock-detection", action="store_true", help="let threads wait for each other for ever")
    add("--race", action="store_true", help="look for data races")
    add("--race-suppressions", metavar="FILE", help="leave out the races that this file names")
    add("--coredump", metavar="FILE", help="write a core dump here where the guest fails")
    add("--invoke", metavar="NAME", help="call this export with the arguments as numbers")
    return parser


def _split(parser: _Parser, words: "Sequence[str]") -> "Tuple[argparse.Namespace, str, List[str]]":
    """The options, the module, and what comes after it, which is the guest's, whatever it looks like."""
    takes = {
        name for action in parser._actions for name in action.option_strings
        if action.nargs is None and not isinstance(action, argparse._StoreTrueAction)
    }
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--" or not word.startswith("-") or word == "-":
            break
        index += 2 if word in takes else 1
    options = parser.parse_args(words[:index])
    rest = list(words[index:])
    if rest[:1] == ["--"]:
        del rest[0]
    if not rest:
        parser.error("the module is missing")
    return options, rest[0], rest[1:]


def _load(engine: Engine, path: str) -> Module:
    if path != "-":
        with open(path, "rb") as file:
            is_compiled = file.read(len(_COMPILED_MAGIC)) == _COMPILED_MAGIC
        return Module.from_compiled(engine, path) if is_compiled else Module(engine, path)
    data = sys.stdin.buffer.read()
    return Module.from_compiled(engine, data) if data.startswith(_COMPILED_MAGIC) else Module(engine, data)


def _engine(options: argparse.Namespace) -> Engine:
    pages = options.memory_limit
    return Engine(
        threads=options.max_threads,
        memory_pages=None if pages is None else min(pages >> 16, 1 << 31),
        descriptors=options.max_descriptors,
        tier=None if options.tier is None else Tier[options.tier.upper()],
        cache=options.cache_dir,
        without=options.without,
        races=options.race,
        race_suppressions=None if options.race_suppressions is None else _text_of(options.race_suppressions),
    )


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _race_status(process: Process, status: int) -> int:
    count = process.race_count
    if count == 0:
        return status
    print(f"wasi-threads: {count} data race{'s' if count > 1 else ''} found.", file=sys.stderr)
    return status or _RACE


def _config(options: argparse.Namespace, words: "List[str]") -> WasiConfig:
    environment: Dict[str, str] = dict(os.environ) if options.env_inherit else {}
    for name, value in options.env:
        given = os.environ.get(name) if value is None else value
        if given is not None:
            environment[name] = given
    config = WasiConfig(
        arguments=words,
        environment=environment,
        stdin=Stdio.INHERIT if options.stdin is None else open(options.stdin, "rb"),
        stdout=Stdio.INHERIT,
        stderr=Stdio.INHERIT,
    )
    for host, guest, permissions in options.dir:
        config.preopen(guest, host, permissions)
    return config


def _value(word: str, kind: ValueKind) -> Any:
    try:
        if kind in (ValueKind.I32, ValueKind.I64):
            return int(word, 16) if word.startswith("0x") else int(word, 10)
        if kind in (ValueKind.F32, ValueKind.F64):
            return float(word)
        if kind is ValueKind.V128 and word.startswith("0x") and len(word) == 34:
            return bytes.fromhex(word[2:])[::-1]
    except ValueError:
        pass
    raise TypeError(f"{word!r} is no value of the type {kind.name.lower()}.")


def _shown(value: Any, kind: ValueKind) -> str:
    if kind is ValueKind.F32:
        # With as many digits as tell it from its neighbours.
        return next(
            text for text in (f"{value:.{digits}g}" for digits in range(1, 18))
            if value != value or struct.pack("f", float(text)) == struct.pack("f", value)
        )
    if kind is ValueKind.V128:
        return "0x" + bytes(value)[::-1].hex()
    if kind in (ValueKind.FUNCREF, ValueKind.EXTERNREF):
        return "null" if value is None else "a function" if kind is ValueKind.FUNCREF else "a reference"
    return str(value)


def _invoke(process: Process, name: str, words: "List[str]") -> None:
    type = process.exports[name].type
    if len(words) != len(type.parameters):
        raise TypeError(f"The export {name} is {type}; it is given {len(words)}.")
    values = [_value(word, kind) for word, kind in zip(words, type.parameters)]
    process.initialize()
    result = process.call(name, *values)
    results = () if not type.results else (result,) if len(type.results) == 1 else result
    for value, kind in zip(results, type.results):
        print(_shown(value, kind))


def _has_start(module: Module) -> bool:
    return any(export.name == "_start" and export.kind is ExternalKind.FUNCTION for export in module.exports)


def _run(options: argparse.Namespace, path: str, words: "List[str]") -> int:
    engine = _engine(options)
    module = _load(engine, path)
    if options.invoke is None and not _has_start(module):
        raise TypeError(f"{path} has no export _start, with which a program begins: --invoke NAME calls an export.")
    name = path if options.argv0 is None else options.argv0
    with Process(engine, module, config=_config(options, [name, *words])) as process:
        process.set_time_limit(options.timeout)
        if not options.no_deadlock_detection:
            process.detect_deadlocks()
        if options.race:
            process.watch_races(lambda race: print(f"wasi-threads: {race}", file=sys.stderr, flush=True))
        if options.coredump is not None:
            process.prepare_core_dump()
        try:
            status = 0
            if options.invoke is None:
                status = process.run()
            else:
                _invoke(process, options.invoke, words)
        except Exited as error:
            status = error.status
        except (Trap, Deadlock, Ended):
            if options.coredump is not None:
                process.write_core_dump(options.coredump, path)
            raise
        return _race_status(process, status) if options.race else status


def _inspect(path: str) -> int:
    module = _load(Engine(), path)
    for title, entries in {"imports": module.imports, "exports": module.exports}.items():
        print(f"{title}: {len(entries)}")
        for entry in entries:
            names = [name for name in (entry.module, entry.name) if name is not None]
            print("  " + " ".join([*map(json.dumps, names), entry.type]))
    return 0


def _perform(command: str, words: "Sequence[str]") -> int:
    options, path, rest = _split(_parser(command), words)
    if command == "run":
        return _run(options, path, rest)
    if rest:
        _parser(command).error(f"{command} takes one module")
    if command == "inspect":
        return _inspect(path)
    _load(Engine(without=options.without), path)
    return 0


_OVERVIEW = f"""usage: python -m wasi_threads [run] [options] module [argument ...]
       python -m wasi_threads inspect module
       python -m wasi_threads validate [--without FEATURE] module

Runs WebAssembly programs that use WASI and threads. A module is a file, or - for standard input.
The options of run: python -m wasi_threads run --help
"""


def _fail(error: object, status: int) -> int:
    print(f"wasi-threads: {error}", file=sys.stderr)
    return status


def main(words: "Optional[Sequence[str]]" = None) -> int:
    """Runs the command; returns the exit status."""
    given: "List[str]" = list(sys.argv[1:] if words is None else words)
    if not given:
        print(_OVERVIEW, file=sys.stderr, end="")
        return _USAGE
    if given[0] in ("-h", "--help"):
        print(_OVERVIEW, end="")
        return 0
    command = given.pop(0) if given[0] in _COMMANDS else "run"
    try:
        status = _perform(command, given)
        sys.stdout.flush()
        return status
    except Exited as error:
        return error.status
    except Trap as error:
        return _fail(error, _TRAP)
    except Deadlock as error:
        return _fail(error, _DEADLOCK)
    except Ended as error:
        return _fail(error, _TIME_LIMIT)
    except BrokenPipeError:
        # As `| head` does. Python must not say so either when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Error, OSError, TypeError, ValueError, OverflowError) as error:
        return _fail(error, _FAILURE)
    except KeyboardInterrupt:
        # As any other command: a shell leaves its loop.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 128 + signal.SIGINT

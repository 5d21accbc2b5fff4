"""What a program can get wrong, and what it is told then. No call crashes, and what was good stays good."""

from __future__ import annotations

import ctypes
import itertools
from typing import Any, Callable, List

import pytest
from conftest import GUESTS

from wasi_threads import (
    Engine,
    Error,
    ErrorKind,
    Linker,
    Memory,
    MisuseError,
    Module,
    NativeSymbol,
    Process,
    Trap,
    TrapCode,
    WasiConfig,
    _abi,
    i32,
    native_type,
)
from wasi_threads._abi import library
from wasi_threads._errors import read

Make = Callable[[str], Module]
LIBC = ctypes.CDLL(None)
LIBM = ctypes.CDLL("libm.so.6")


# ---- Prototypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prototype, place, words",
    [
        ("double (", "column 9", "Expected"),
        ("int f(foo x)", "column 7", "No type foo"),
        ("int f(int x", "column 12", 'Expected ")"'),
        ("int\nf(\n  foo x)", "line 3, column 3", "No type foo"),
        ("long double f(void)", "column 13", "a long double"),
        ("int f(const char *format, ...)", "column 5", "variable number"),
        ("int f(int (*compare)(int, ...))", "column 13", "variable number"),
        ("int f(char **list)", "column 7", "a pointer to a pointer"),
        ("char *f(void)", "column 7", "The result is a pointer"),
        ("union u { int a; }; int f(union u x)", "column 27", "a union"),
        ("int f(int a[n])", "column 13", "No parameter has the name n"),
        ("", "column 1", "no function"),
    ],
)
def test_prototypes_that_are_refused(engine: Engine, prototype: str, place: str, words: str) -> None:
    linker = Linker(engine)
    for refuse in (
        lambda: native_type(prototype),
        lambda: linker.define_native("env", "f", prototype, LIBC.abs),
    ):
        with pytest.raises(MisuseError) as raised:
            refuse()
        assert place in raised.value.message and words in raised.value.message
    # It is not defined, and can be.
    linker.define_native("env", "f", "int abs(int)", LIBC.abs)


def test_declarations_that_are_refused(engine: Engine, module: Make) -> None:
    guest = module('(module (import "env" "cbrt" (func (param f64) (result f64))))')
    linker = Linker(engine)
    with pytest.raises(MisuseError, match="line 2, column 13"):
        linker.define_library(guest, LIBM, "double sin(double);\ndouble cbrt(long double);")
    assert linker.define_library(guest, LIBM, "double cbrt(double);") == 1


# ---- Arguments of guests -------------------------------------------------------------------------------

GUEST = """(module
  (import "env" "text" (func $text (param i32) (result i32)))
  (import "env" "sum" (func $sum (param i32 i32) (result f64)))
  (import "env" "some" (func $some (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "text") (param i32) (result i32) (call $text (local.get 0)))
  (func (export "sum") (param i32 i32) (result f64) (call $sum (local.get 0) (local.get 1)))
  (func (export "some") (param i32 i32) (result i32) (call $some (local.get 0) (local.get 1))))"""


def calling(engine: Engine, module: Make) -> "tuple[Process, List[int]]":
    """A process with a function of each kind, and what they were called with."""
    calls: List[int] = []

    def text(value: bytes) -> int:
        calls.append(len(value))
        return len(value)

    def sum_of(address: int, count: int) -> float:
        calls.append(count)
        return float(sum((ctypes.c_double * count).from_address(address)))

    def some(count: int, address: int) -> int:
        calls.append(count)
        return count

    linker = Linker(engine)
    kind: Any = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p)
    linker.define_native("env", "text", "int32_t text(const char *words)", kind(text))
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t)
    linker.define_native("env", "sum", "double sum(const double *values, size_t count)", kind(sum_of))
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p)
    linker.define_native("env", "some", "int32_t some(int count, const short values[count])", kind(some))
    return Process(engine, module(GUEST), linker), calls


@pytest.mark.parametrize(
    "name, arguments, words",
    [
        ("text", (65530,), "words points to a string at the address 65530 without a NUL byte"),
        ("text", (-1,), "string at the address 4294967295"),
        ("sum", (65520, 3), "values points to 3 elements of 8 bytes at the address 65520"),
        ("sum", (8, -1), "4294967295 elements of 8 bytes at the address 8"),
        ("sum", (4, 1), "values is the address 4, which is no multiple of 8"),
        ("some", (-1, 0), "count of the elements of the argument values is -1"),
        ("some", (1 << 30, 0), "1073741824 elements"),
    ],
)
def test_arguments_that_are_refused(
    engine: Engine, module: Make, name: str, arguments: "tuple[int, ...]", words: str
) -> None:
    process, calls = calling(engine, module)
    with process:
        process.exports.fill(0, 1, 65536)
        with pytest.raises(Trap, match=words) as raised:
            process.call(name, *arguments)
        assert raised.value.code is TrapCode.HOST_ERROR and f"env.{name}" in raised.value.message
        assert calls == []


def test_arguments_at_the_edge(engine: Engine, module: Make) -> None:
    process, calls = calling(engine, module)
    with process:
        process.exports.fill(0, 0, 65536)
        assert process.exports.text(65535) == 0
        assert process.exports.sum(65520, 2) == 0.0
        assert process.exports.sum(65536, 0) == 0.0
        assert process.exports.some(0, 0) == 0
        assert calls == [0, 2, 0, 0]


def test_what_is_no_c_function(engine: Engine) -> None:
    linker = Linker(engine)
    for function in ("abs", b"abs", lambda number: number, abs, 5, ctypes.create_string_buffer(8)):
        with pytest.raises(TypeError, match="is no C function"):
            linker.define_native("env", "f", "int f(int)", function)
        with pytest.raises(TypeError, match="is no C function"):
            linker.define_symbols("env", [NativeSymbol("f", function, "(i)i")])
    with pytest.raises(MisuseError, match="NULL"):
        linker.define_native("env", "f", "int f(int)", None)
    address = ctypes.cast(LIBC.abs, ctypes.c_void_p)
    linker.define_native("env", "f", "int f(int)", address)
    linker.define_native("env", "g", "int g(int)", LIBC.abs)


def test_what_newcomers_write(engine: Engine, module: Make) -> None:
    guest = module("attach")
    linker = Linker(engine)
    wrong: "list[tuple[Callable[[], object], str]]" = [
        (lambda: Process(engine, "guest.wasm"), "'guest.wasm' is no Module"),  # type: ignore[arg-type]
        (lambda: Process(guest, engine), "is no Engine"),  # type: ignore[arg-type]
        (lambda: WasiConfig(arguments="guest"), r"\['guest'\]"),
        (lambda: WasiConfig(stdout="inherit"), "'inherit' is no stream"),  # type: ignore[arg-type]
        (lambda: linker.define("env", "host", abs, ["i32"], []), "'i32'"),
        (lambda: linker.define("env", "host", lambda a: a), "no type hint"),
    ]
    for call, words in wrong:
        with pytest.raises(TypeError, match=words):
            call()
    # And what works.
    linker.define("env", "host", lambda a: a + 1, [i32], [i32])
    binary = bytearray((GUESTS / "attach.wasm").read_bytes())
    for source in (binary, memoryview(binary), GUESTS / "attach.wasm"):
        with Process(engine, Module(engine, source), linker) as process:
            assert process.exports.ask(1) == 2
    with process_of_abs(engine, guest) as process:
        assert process.exports.ask(-3) == 3


def process_of_abs(engine: Engine, guest: Module) -> Process:
    linker = Linker(engine)
    linker.define_symbols("env", [("host", kept, "(i)i")])  # type: ignore[list-item]
    return Process(engine, guest, linker)


kept = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32)(lambda caller, number: abs(number))


# ---- Objects -------------------------------------------------------------------------------------------


def test_objects_of_another_engine(engine: Engine, module: Make) -> None:
    with Engine() as stranger:
        guest, linker, memory = module("attach"), Linker(stranger), Memory(stranger, 1, 1)
        for refuse in (
            lambda: Process(stranger, guest),
            lambda: Process(engine, guest, linker),
            lambda: linker.define_library(guest, None, "int abs(int);"),
            lambda: Linker(engine).define_memory("env", "memory", memory),
        ):
            with pytest.raises(MisuseError, match="engine"):
                refuse()


def null(type: Any) -> Any:
    """NULL or zero, as an argument of a type of ctypes."""
    if hasattr(type, "_argtypes_"):
        return type()
    return None if type in (ctypes.c_void_p, ctypes.c_char_p) or hasattr(type, "contents") else 0


SCRATCH = ctypes.create_string_buffer(4096)


def something(type: Any) -> Any:
    """What is neither NULL nor an object, as an argument of a type of ctypes."""
    if type is ctypes.c_char_p:
        return b"x"
    return ctypes.cast(SCRATCH, type) if null(type) != 0 else 0


# These give an object or a text, and no error.
GIVE = {"version", "error_new", "engine_config_new", "wasi_config_new"}
# NULL is allowed, and does nothing.
NOTHING = {"process_delete", "thread_detach", "host_thread_set_stack"}


def refusing() -> "list[str]":
    """The functions that return an error."""
    return [
        name
        for name, (result, _) in _abi.FUNCTIONS.items()
        if result is _abi.P and name not in GIVE | NOTHING
    ]


@pytest.mark.parametrize("name", refusing())
def test_null_for_everything(name: str) -> None:
    pointer = getattr(library, f"wasi_threads_{name}")(*map(null, _abi.FUNCTIONS[name][1]))
    assert pointer is not None
    error = read(pointer)
    assert error.kind is ErrorKind.MISUSE and error.message.endswith(".")


def test_null_for_everything_that_returns_no_error() -> None:
    for name, (result, types) in _abi.FUNCTIONS.items():
        if result is not _abi.P or name in NOTHING:
            assert not getattr(library, f"wasi_threads_{name}")(*map(null, types)) or name in (
                # Texts, and what an error is that is none.
                "version",
                "error_message",
                "error_kind",
                "tier_available",
            )


# A caller is no object, and these have a text, a number or an option in front.
TAKE_NO_OBJECT = {
    "native_type",
    "native_functions",
    "engine_new",
    "memory_fs_new",
    "callback_keep",
    "callback_release",
    "callback_take_error",
}


@pytest.mark.parametrize(
    "name", [name for name in refusing() if name not in TAKE_NO_OBJECT and not name.startswith("caller_")]
)
def test_an_object_of_another_kind(engine: Engine, name: str) -> None:
    _, *types = _abi.FUNCTIONS[name][1]
    memory, linker = Memory(engine, 1, 1), Linker(engine)
    other = linker._handle if name.startswith("memory_") else memory._owned
    pointer = getattr(library, f"wasi_threads_{name}")(other, *map(something, types))
    assert pointer is not None
    error = read(pointer)
    assert error.kind is ErrorKind.MISUSE and "The pointer given as the" in error.message


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_what_a_process_gave_is_closed_in_any_order(
    engine: Engine, module: Make, order: "tuple[int, ...]"
) -> None:
    linker = Linker(engine)

    @linker.function("env", "host", environment=[1])
    def host(a: i32) -> i32:
        return a + 1

    process = Process(engine, module("attach"), linker)
    thread = process.attach()
    own, native, memory = thread.function("own"), thread.native("own"), process.memory()
    objects: List[Any] = [linker, process, thread, memory, own]
    del linker, memory
    closed: "set[int]" = set()
    for index in order:
        if not closed & {1, 2}:
            assert thread.exports.ask(1) == 2 and own(0) == native(0) == 0
        found = objects[index]
        # A memory and a function have no other end than this.
        objects[index] = None
        if index in (0, 1):
            found.close()
        elif index == 2:
            found.detach()
        del found
        closed.add(index)
    for call in (thread.exports.ask, native):
        with pytest.raises(Error):
            call(1)

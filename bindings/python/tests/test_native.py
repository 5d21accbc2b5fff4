"""C functions without Python in between: imports by their prototype, exports as function pointers."""

from __future__ import annotations

import copy
import ctypes
import ctypes.util
import gc
import threading
from typing import Any, Callable, List

import pytest

from wasi_threads import (
    Callback,
    Caller,
    Engine,
    ExportError,
    LinkError,
    Linker,
    MisuseError,
    Module,
    NativeSymbol,
    Process,
    Trap,
    ValueTypeError,
    i32,
    native_type,
)

Make = Callable[[str], Module]

LIBM = ctypes.CDLL("libm.so.6")
LIBC = ctypes.CDLL(None)

GUEST = """(module
  (import "env" "hypot" (func $hypot (param f64 f64) (result f64)))
  (import "env" "labs" (func $labs (param i64) (result i64)))
  (func (export "hypot") (param f64 f64) (result f64) (call $hypot (local.get 0) (local.get 1)))
  (func (export "labs") (param i64) (result i64) (call $labs (local.get 0))))"""

# A comparator for qsort, for numbers that the host has in an array; it gets where they are as externref.
COMPARE = """(module
  (import "env" "number" (func $number (param externref) (result i32)))
  (func (export "compare") (param externref externref) (result i32)
    (i32.sub (call $number (local.get 0)) (call $number (local.get 1))))
  (func (export "add") (param i32 i64 f32 f64) (result f64)
    (f64.add
      (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1)))
      (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))))
  (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "trap") unreachable))"""


def comparing(engine: Engine, module: Make) -> Process:
    linker = Linker(engine)

    def number(address: Any) -> int:
        return ctypes.c_int32.from_address(address.value).value

    from wasi_threads import ValueKind

    linker.define("env", "number", number, [ValueKind.EXTERNREF], [ValueKind.I32])
    return Process(engine, module(COMPARE), linker)


def test_functions_by_their_prototype(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    linker.define_native("env", "hypot", "double hypot(double, double)", LIBM.hypot)
    linker.define_native("env", "labs", "long labs(long)", LIBC.labs)
    with Process(engine, module(GUEST), linker) as process:
        assert process.exports.hypot(3, 4) == 5.0
        assert process.exports.labs(-(2**40)) == 2**40


def test_a_prototype_of_another_type(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    linker.define_native("env", "hypot", "float hypot(float, float)", LIBM.hypotf)
    linker.define_native("env", "labs", "long labs(long)", LIBC.labs)
    with pytest.raises(LinkError, match=r"float hypot\(float, float\)"):
        Process(engine, module(GUEST), linker)
    with pytest.raises(MisuseError, match="column"):
        linker.define_native("env", "other", "double (", LIBM.hypot)
    assert native_type("double f(const double *values, size_t count)") == "func (i32 i32) -> (f64)"
    with pytest.raises(MisuseError):
        native_type("long double f(void)")


def test_a_function_pointer_of_ctypes(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)
    linker.define_native("env", "hypot", "double f(double, double)", kind(lambda x, y: x * y))
    linker.define_native("env", "labs", "long labs(long)", LIBC.labs)
    with Process(engine, module(GUEST), linker) as process:
        del linker
        assert process.exports.hypot(3, 4) == 12.0


# By their letters: what a caller is, a string, bytes, a number.
SYMBOLS = """(module
  (import "env" "length" (func $length (param i32) (result i32)))
  (import "env" "fill" (func $fill (param i32 i32 i32)))
  (import "env" "who" (func $who (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "guest\\00")
  (func (export "length") (param i32) (result i32) (call $length (local.get 0)))
  (func (export "fill") (param i32 i32 i32)
    (call $fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "who") (result i32) (call $who)))"""

LENGTH = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_char_p)
FILL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int32)
WHO = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)


def symbols(who: "Callable[[int], int]" = lambda caller: 0, attachment: Any = None) -> List[NativeSymbol]:
    def fill(caller: int, address: int, count: int, value: int) -> None:
        ctypes.memset(address, value, count)

    return [
        NativeSymbol("length", LENGTH(lambda caller, text: len(text)), "($)i"),
        NativeSymbol("fill", FILL(fill), "(*~i)"),
        NativeSymbol("who", WHO(who), "()i", attachment),
    ]


def test_a_table_of_symbols(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    linker.define_symbols("env", symbols())
    with Process(engine, module(SYMBOLS), linker) as process:
        # The process keeps what its guest calls.
        del linker
        gc.collect()
        assert process.exports.length(16) == 5
        process.exports.fill(8, 3, ord("x"))
        assert process.memory().read(7, 5) == b"\0xxx\0"
        with pytest.raises(Trap, match=r"env.fill, fill\(\*~i\): the argument 2 points to 65536 elements"):
            process.exports.fill(1, 65536, 0)


def test_symbols_that_are_refused(engine: Engine) -> None:
    linker = Linker(engine)
    good = symbols()
    for bad, message in [
        (NativeSymbol("bad", LIBC.abs, "(i"), "column 3"),
        (NativeSymbol("bad", LIBC.abs, "(x)"), r'found "x"'),
        (NativeSymbol("bad", None, "()"), "function of the symbol bad is NULL"),
        (good[0], "is defined already. Nothing of this call was defined"),
    ]:
        with pytest.raises(MisuseError, match=message):
            linker.define_symbols("env", [*good, bad])
    with pytest.raises(ValueError, match="NUL"):
        linker.define_symbols("env", [NativeSymbol("a\0b", LIBC.abs, "()")])
    # None of those defined anything.
    linker.define_symbols("env", good)
    linker.define_symbols("env", [])


def test_the_environment_of_a_function(engine: Engine, module: Make) -> None:
    seen: List[Any] = []
    attachment = {"any": "object"}

    def who(address: int) -> int:
        caller = Caller.from_address(address)
        seen.append(caller.environment)
        return caller.thread + len(caller.read(16, 5))

    linker = Linker(engine)
    linker.define_symbols("env", symbols(who, attachment))
    with Process(engine, module(SYMBOLS), linker) as process:
        assert process.exports.who() == 5
        assert len(seen) == 1 and seen[0] is attachment
    # An address of C's own, and nothing.
    for given in (ctypes.c_void_p(4096), None):
        linker = Linker(engine)
        linker.define_symbols("env", symbols(who, given))
        with Process(engine, module(SYMBOLS), linker) as process:
            process.exports.who()
    assert [getattr(value, "value", value) for value in seen[1:]] == [4096, None]


def test_the_environment_of_a_function_of_python(engine: Engine, module: Make) -> None:
    linker = Linker(engine)

    def add(caller: Caller, a: i32) -> i32:
        return a + caller.environment  # type: ignore[no-any-return]

    linker.define("env", "host", add, environment=1000)
    with Process(engine, module("attach"), linker) as process:
        assert process.exports.ask(1) == 1001
    alone = Linker(engine)

    @alone.function("env", "host", environment=[1, 2])
    def host(caller: Caller, a: i32) -> i32:
        assert caller.environment == [1, 2]
        return a

    with Process(engine, module("attach"), alone) as process:
        assert process.exports.ask(3) == 3


def test_the_environment_of_a_prototype(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32)
    function = kind(lambda caller, a: a * Caller.from_address(caller).environment[0])
    prototype = "int32_t f(wasi_threads_caller_t *caller, int32_t a)"
    linker.define_native("env", "host", prototype, function, environment=[7])
    with Process(engine, module("attach"), linker) as process:
        assert process.exports.ask(6) == 42


@pytest.mark.parametrize("by_exception", [True, False])
def test_a_function_that_c_calls_fails(engine: Engine, module: Make, by_exception: bool) -> None:
    def who(address: int) -> int:
        caller = Caller.from_address(address)
        try:
            raise KeyError("what is missing")
        except KeyError as error:
            caller.fail(error if by_exception else "not found\0here")
            caller.fail("too late")
        return 7

    linker = Linker(engine)
    linker.define_symbols("env", symbols(who))
    with Process(engine, module(SYMBOLS), linker) as process:
        with pytest.raises(Trap) as raised:
            process.exports.who()
        assert "too late" not in raised.value.message
        if by_exception:
            assert isinstance(raised.value.__cause__, KeyError)
            assert 'raise KeyError("what is missing")' in raised.value.message
        else:
            assert raised.value.__cause__ is None and r"not found\0here" in raised.value.message


def test_a_function_of_python_fails_without_raising(engine: Engine, module: Make) -> None:
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(caller: Caller, a: i32) -> i32:
        caller.fail("first")
        if a:
            raise ValueError("second")
        return None  # type: ignore[return-value]

    for argument in (0, 1):
        with Process(engine, module("attach"), linker) as process:
            with pytest.raises(Trap, match="first") as raised:
                process.exports.ask(argument)
            assert "second" not in raised.value.message


def test_a_whole_library(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    guest = module(GUEST)
    assert linker.define_library(guest, LIBM, "double hypot(double, double); double cos(double);") == 1
    assert linker.define_library(guest, None, "long labs(long);", "env") == 1
    with Process(engine, guest, linker) as process:
        assert (process.exports.hypot(3, 4), process.exports.labs(-1)) == (5.0, 1)


def test_an_export_as_a_comparator_of_qsort(engine: Engine, module: Make) -> None:
    with comparing(engine, module) as process, process.attach() as thread:
        numbers = (ctypes.c_int32 * 100)(*(number * 37 % 101 for number in range(1, 101)))
        LIBC.qsort(numbers, ctypes.c_size_t(100), ctypes.c_size_t(4), thread.native("compare"))
        assert list(numbers) == sorted(numbers) == list(range(1, 101))
        assert thread.take_error() is None


def test_an_export_called_from_python(engine: Engine, module: Make) -> None:
    with comparing(engine, module) as process, process.attach() as thread:
        assert thread.native("add")(-1, 2**40, 0.5, 0.25) == 2**40 - 0.25
        with pytest.raises(ExportError):
            thread.native("no-such")
        with pytest.raises(ValueTypeError):
            thread.native("two")
        trap = thread.native("trap")
        with pytest.raises(Trap, match="unreachable"):
            trap()
        with pytest.raises((Trap, MisuseError)):
            trap()


def test_an_export_called_where_it_must_not_be(engine: Engine, module: Make) -> None:
    process = comparing(engine, module)
    thread = process.attach()
    add = thread.native("add")
    raised: List[BaseException] = []

    def call() -> None:
        try:
            add(1, 1, 1, 1)
        except MisuseError as error:
            raised.append(error)

    other = threading.Thread(target=call)
    other.start()
    other.join()
    assert len(raised) == 1
    thread.detach()
    with pytest.raises(MisuseError, match="The thread is detached."):
        add(1, 1, 1, 1)
    other_thread = process.attach()
    add = other_thread.native("add")
    process.close()
    with pytest.raises(MisuseError):
        add(1, 1, 1, 1)


def test_a_function_of_the_host_calls_the_guest_back(engine: Engine, module: Make) -> None:
    linker = Linker(engine)

    @linker.function("env", "host")
    def host(caller: Caller, depth: i32) -> i32:
        return caller.exports.ask(depth - 1) + 1 if depth else caller.thread  # type: ignore[no-any-return]

    with Process(engine, module("attach"), linker) as process:
        assert process.exports.ask(20) == 20
        with process.attach() as thread:
            assert thread.exports.ask(5) == 5 + thread.id
        with pytest.raises(Trap) as raised:
            process.exports.ask(1000)
        assert raised.value.__cause__ is not None


# Gives the host functions by their place in a table.
GIVING = """(module
  (type $unary (func (param i32) (result i32)))
  (import "env" "apply" (func $apply (param i32 i32) (result i32)))
  (import "env" "keep" (func $keep (param i32)))
  (table 4 4 funcref)
  (elem (i32.const 1) $double $trap)
  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $trap (type $unary) unreachable)
  (func (export "apply") (param i32 i32) (result i32) (call $apply (local.get 0) (local.get 1)))
  (func (export "keep") (param i32) (call $keep (local.get 0))))"""


def test_function_pointers_of_a_guest(engine: Engine, module: Make) -> None:
    unary = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    kept: List[Callback] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, unary, ctypes.c_int)
    def apply(function: Any, value: int) -> int:
        return function(value) + 1

    @ctypes.CFUNCTYPE(None, unary)
    def keep(function: Any) -> None:
        kept.append(Callback(function))

    linker = Linker(engine)
    linker.define_native("env", "apply", "int apply(int (*function)(int), int value)", apply)
    linker.define_native("env", "keep", "void keep(int (*function)(int))", keep)
    with Process(engine, module(GIVING), linker) as process:
        assert process.exports.apply(1, 20) == 41
        process.exports.keep(1)
        assert kept[0](21) == 42
        assert repr(kept[0]) == "<wasi_threads.Callback: kept>"
        kept[0].release()
        kept[0].release()
        assert repr(kept[0]) == "<wasi_threads.Callback: released>"
        with pytest.raises(MisuseError, match="wasi_threads_callback_keep"):
            kept[0](21)
        with pytest.raises(MisuseError):
            Callback(unary(abs))
        with pytest.raises(TypeError, match="no C function"):
            Callback(abs)
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            copy.copy(kept[0])
        process.exports.keep(2)
        with kept[1] as trapping, pytest.raises(Trap, match="unreachable"):
            trapping(1)
    with pytest.raises(MisuseError):
        kept[0](1)
    with Process(engine, module(GIVING), linker) as process, pytest.raises(Trap, match="element 3 .* is null"):
        process.exports.apply(3, 1)

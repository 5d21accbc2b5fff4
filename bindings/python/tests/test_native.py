"""C functions without Python in between: imports by their prototype, exports as function pointers."""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from typing import Any, Callable, List

import pytest

from wasi_threads import (
    Caller,
    Engine,
    ExportError,
    LinkError,
    Linker,
    MisuseError,
    Module,
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

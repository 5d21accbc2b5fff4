"""Exported globals and tables: those of the process, and those that each attached thread has of its own."""

from __future__ import annotations

import threading
from typing import Any, Callable, List

import pytest

from wasi_threads import (
    BusyError,
    Engine,
    ExportError,
    FuncRef,
    Linker,
    MisuseError,
    Module,
    Process,
    ValueTypeError,
    i32,
)

Make = Callable[[str], Module]

GUEST = """(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (type $number (func (result i32)))
  (memory (export "memory") 1 1 shared)
  (global (export "i32") (mut i32) (i32.const -1))
  (global (export "i64") (mut i64) (i64.const -2))
  (global (export "f32") (mut f32) (f32.const 0.5))
  (global (export "f64") (mut f64) (f64.const 0.1))
  (global (export "v128") (mut v128) (v128.const i64x2 1 2))
  (global (export "funcref") (mut funcref) (ref.func $one))
  (global (export "externref") (mut externref) (ref.null extern))
  (global (export "constant") i32 (i32.const 7))
  (table $table (export "table") 3 funcref)
  (table (export "objects") 2 4 externref)
  (elem (i32.const 0) $one $two)
  (func $one (export "one") (type $number) (i32.const 1))
  (func $two (export "two") (type $number) (i32.const 2))
  (func (export "apply") (param i32) (result i32) (call_indirect $table (type $number) (local.get 0)))
  (func (export "get") (result i32) (global.get 0))
  (func (export "add") (param i32) (result i32)
    (global.set 0 (i32.add (global.get 0) (local.get 0))) (drop (call $host (i32.const 0))) (global.get 0))
  (func (export "grow") (table.grow 1 (ref.null extern) (i32.const 1)) (drop)))"""


def make(engine: Engine, module: Make, host: "Callable[[int], int]" = lambda a: 0) -> Process:
    linker = Linker(engine)
    linker.define("env", "host", host, [i32], [i32])
    return Process(engine, module(GUEST), linker)


def test_globals_of_every_kind(engine: Engine, module: Make) -> None:
    with make(engine, module) as process, process.attach() as thread:
        for holder in (process, thread):
            values = holder.globals
            names = ["i32", "i64", "f32", "f64", "v128", "funcref", "externref", "constant"]
            assert list(values) == names and len(values) == 8 and "i32" in values and "table" not in values
            assert [values[name] for name in names[:5]] == [-1, -2, 0.5, 0.1, bytes([1, *[0] * 7, 2, *[0] * 7])]
            assert values["externref"] is None and values["constant"] == 7
            thing = object()
            for name, value in [("i32", 5), ("i64", 1 << 40), ("f32", 1.5), ("f64", 2.5), ("v128", bytes(range(16))),
                                ("externref", thing), ("externref", None), ("funcref", None)]:
                values[name] = value
                assert values[name] == value
            assert holder.call("get") == 5
            assert holder.call("add", 2) == 7 and values["i32"] == 7


def test_each_thread_has_its_own(engine: Engine, module: Make) -> None:
    with make(engine, module) as process:
        process.globals["i32"] = 100
        seen: List[Any] = []

        def work(number: int) -> None:
            with process.attach() as thread:
                seen.append(thread.globals["i32"])
                thread.globals["i32"] = number
                seen.append(thread.call("get") == number)

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(seen) == [-1] * 4 + [True] * 4 and process.call("get") == 100


def test_tables(engine: Engine, module: Make) -> None:
    with make(engine, module) as process, process.attach() as thread:
        for holder in (process, thread):
            table = holder.table("table")
            assert len(table) == 3 and isinstance(table[0], FuncRef) and table[2] is None and table[-1] is None
            assert [holder.call("apply", index) for index in (0, 1)] == [1, 2]
            table[0], table[2] = table[1], table[0]
            assert [holder.call("apply", index) for index in (0, 2)] == [2, 1]
            objects = holder.table("objects")
            objects[1] = engine
            assert objects[1] is engine and objects[0] is None and len(objects) == 2
            holder.call("grow")
            assert len(objects) == 3
            for index in (3, -4, 1 << 70):
                with pytest.raises(IndexError):
                    objects[index]
                with pytest.raises(IndexError):
                    objects[index] = None
        # A function belongs to the instance that gave it.
        with pytest.raises(TypeError, match="another process or thread"):
            thread.table("table")[0] = process.table("table")[0]


def test_what_is_refused(engine: Engine, module: Make) -> None:
    process = make(engine, module)
    with pytest.raises(ValueTypeError, match="constant is a global that does not change"):
        process.globals["constant"] = 8
    for name in ("table", "nothing", "one", ""):
        with pytest.raises(ExportError, match="no global"):
            process.globals[name]
        with pytest.raises(ExportError, match="no global"):
            process.globals[name] = 1
    for name in ("i32", "nothing"):
        with pytest.raises(ExportError, match="no table"):
            process.table(name)
    for name, value in [("i32", 1.5), ("i32", None), ("f64", "1"), ("v128", b"short"), ("funcref", 5)]:
        with pytest.raises(TypeError):
            process.globals[name] = value
    with pytest.raises(OverflowError):
        process.globals["i32"] = 1 << 32
    thread = process.attach()
    raised: "List[BaseException]" = []

    def elsewhere() -> None:
        try:
            thread.globals["i32"]
        except MisuseError as error:
            raised.append(error)

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert len(raised) == 1
    process.end("enough")
    assert process.globals["i32"] == -1, "what the program left can be looked at"
    process.close()
    with pytest.raises(MisuseError):
        process.globals["i32"]
    with pytest.raises(MisuseError):
        thread.globals["i32"]


def test_from_a_function_of_the_host_and_from_another_thread(engine: Engine, module: Make) -> None:
    """The thread that is inside may look; others are told that it is busy."""
    seen: List[Any] = []

    def look() -> None:
        try:
            seen.append(process.globals["i32"])
        except BusyError:
            seen.append("busy")

    def host(number: int) -> int:
        seen.append(process.globals["i32"])
        process.globals["i32"] = 40
        other = threading.Thread(target=look)
        other.start()
        other.join()
        return 0

    process = make(engine, module, host)
    with process:
        assert process.call("add", 3) == 40
        assert seen == [2, "busy"]
        look()
        assert seen[-1] == 40

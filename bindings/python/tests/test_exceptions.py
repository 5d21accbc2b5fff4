"""Tags and exceptions: thrown by guests and by Python, caught by either, on every tier."""

from __future__ import annotations

import gc
from typing import Callable, Iterator

import pytest

from wasi_threads import (
    Caller,
    Engine,
    ExportError,
    GuestException,
    LinkError,
    Linker,
    MisuseError,
    Module,
    Process,
    Tag,
    Tier,
    Trap,
    TrapCode,
    ValueKind,
    f64,
    i32,
    i64,
    v128,
)

Make = Callable[[str], Module]

GUEST = """(module
  (import "env" "tag" (tag $tag (param i32 f64)))
  (import "env" "host" (func $host (param i32) (result i32)))
  (tag $own (export "own") (param i64 v128))
  (func (export "throw") (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $own (i64.const -7) (v128.const i64x2 1 2))))
    (throw $tag (local.get 0) (f64.const 1.5)))
  (func (export "call") (param i32) (result i32)
    (block $caught (result i32 f64)
      (try_table (result i32) (catch $tag $caught) (call $host (local.get 0)))
      (return))
    (i32.trunc_f64_s)
    (i32.add))
  (func (export "pass") (param i32) (result i32) (call $host (local.get 0))))
"""


@pytest.fixture(params=[Tier.INTERPRETER, Tier.COMPILED])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with Engine(tier=request.param) as engine:
        yield engine


@pytest.fixture
def tag(engine: Engine) -> Tag:
    return Tag(engine, "trouble", [i32, f64])


class Calls:
    """A process whose host function does what a test says."""

    def __init__(self, engine: Engine, module: Make, tag: Tag) -> None:
        self.does = lambda caller, value: value
        linker = Linker(engine)
        linker.define_tag("env", "tag", tag)

        @linker.function("env", "host")
        def host(caller: Caller, value: i32) -> i32:
            return self.does(caller, value)

        self.process = Process(engine, module(GUEST), linker)


@pytest.fixture
def calls(engine: Engine, module: Make, tag: Tag) -> Iterator[Calls]:
    calls = Calls(engine, module, tag)
    with calls.process:
        yield calls


def test_a_guest_catches_what_python_throws(calls: Calls, tag: Tag) -> None:
    def throws(caller: Caller, value: int) -> int:
        if value:
            raise GuestException(tag, value, 10.5)
        return 3

    calls.does = throws
    for _ in range(3):
        assert [calls.process.exports.call(value) for value in (0, 5, 0, -20)] == [3, 15, 3, -10]


def test_python_catches_what_a_guest_throws(calls: Calls, tag: Tag) -> None:
    own = calls.process.tag("own")
    assert own.parameters == (ValueKind.I64, ValueKind.V128)

    def catches(caller: Caller, value: int) -> int:
        with pytest.raises(Trap) as raised:
            caller.exports.throw(value)
        exception = raised.value.exception
        assert exception is not None and raised.value.code is TrapCode.UNCAUGHT_EXCEPTION
        if exception.has(own):
            assert exception.values == (-7, (1).to_bytes(8, "little") + (2).to_bytes(8, "little"))
            return -1
        assert exception.has(tag) and exception.values == (value, 1.5)
        return value * 2

    calls.does = catches
    assert [calls.process.exports.call(value) for value in (0, 4, 0)] == [-1, 8, -1]


def test_python_throws_on_what_it_does_not_catch(calls: Calls) -> None:
    def passes(caller: Caller, value: int) -> int:
        caller.exports.throw(value)
        return 0

    calls.does = passes
    assert calls.process.exports.call(40) == 41
    with pytest.raises(Trap, match='uncaught exception: tag "?own"?') as raised:
        calls.process.exports.call(0)
    assert raised.value.exception is not None and raised.value.exception.values[0] == -7


def test_what_nobody_catches_ends_the_process_with_its_tag_and_values(calls: Calls, tag: Tag) -> None:
    def throws(caller: Caller, value: int) -> int:
        raise GuestException(tag, value, 2.5)

    calls.does = throws
    with pytest.raises(Trap, match=r"uncaught exception: tag trouble with \(i32 6, f64 2.5\)") as raised:
        calls.process.exports["pass"](6)
    exception = raised.value.exception
    assert exception is not None and exception.has(tag) and exception.values == (6, 2.5)
    assert [frame.function_index for frame in raised.value.frames][-1:] == [3]


def test_a_caught_exception_outlives_its_process(engine: Engine, module: Make, tag: Tag) -> None:
    calls = Calls(engine, module, tag)
    with calls.process:
        with pytest.raises(Trap) as raised:
            calls.process.exports.throw(9)
    del calls
    gc.collect()
    assert raised.value.exception is not None and raised.value.exception.values == (9, 1.5)
    raised.value.exception = None
    gc.collect()


def test_what_is_wrong_is_said(engine: Engine, module: Make, calls: Calls, tag: Tag) -> None:
    with pytest.raises(TypeError, match="2 values, not 1"):
        GuestException(tag, 1)
    with pytest.raises(TypeError, match="no int"):
        GuestException(tag, "text", 1.0)
    with pytest.raises(ExportError, match="exports no tag"):
        calls.process.tag("throw")
    linker = Linker(engine)
    linker.define_tag("env", "tag", Tag(engine, "other", [i64, v128]))
    linker.define("env", "host", lambda value: value, [i32], [i32])
    with pytest.raises(LinkError, match="tag"):
        Process(engine, module(GUEST), linker)
    with pytest.raises(MisuseError, match="defined already"):
        linker.define_tag("env", "tag", tag)
    with pytest.raises(MisuseError, match="engine"):
        Linker(Engine()).define_tag("env", "tag", tag)
    tag.close()
    with pytest.raises(MisuseError, match="tag is closed"):
        GuestException(tag, 1, 1.0)

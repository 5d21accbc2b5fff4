"""Calls between Python and a guest: values, types, exceptions, references."""

from __future__ import annotations

import math
import threading
from typing import Any, Callable, Tuple

import pytest

from wasi_threads import (
    Caller,
    Engine,
    Ended,
    ExportError,
    FuncRef,
    LinkError,
    Linker,
    MisuseError,
    Module,
    Process,
    Trap,
    TrapCode,
    ValueKind,
    externref,
    f32,
    f64,
    funcref,
    i32,
    i64,
    v128,
)

Make = Callable[[str], Module]

# Hands every type through a function of the host and back.
ECHO = """(module
  (import "env" "echo" (func $echo (param i32 i64 f32 f64) (result i32 i64 f32 f64)))
  (func (export "echo") (param i32 i64 f32 f64) (result i32 i64 f32 f64)
    (call $echo (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"""

# Calls a function of the host, on the first thread or on one that it spawns.
CALL = """(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  (func $inner (param i32) (result i32) (call $host (local.get 0)))
  (func (export "call") (param i32) (result i32) (call $inner (local.get 0)))
  (func (export "spawn") (param i32) (result i32) (call $spawn (local.get 0)))
  (func (export "wasi_thread_start") (param i32 i32) (drop (call $host (local.get 1)))))"""


def echoing(engine: Engine, module: Make, function: Callable[..., Any]) -> Process:
    linker = Linker(engine)
    linker.define("env", "echo", function)
    return Process(engine, module(ECHO), linker)


def calling(engine: Engine, module: Make, function: Callable[..., Any]) -> Process:
    """A process that calls `function`, which takes and returns an i32."""
    linker = Linker(engine)
    linker.define("env", "host", function)
    return Process(engine, module(CALL), linker)


def test_values_pass_unchanged(engine: Engine, module: Make) -> None:
    def echo(a: i32, b: i64, c: f32, d: f64) -> Tuple[i32, i64, f32, f64]:
        return a, b, c, d

    with echoing(engine, module, echo) as process:
        for values in [(0, 0, 0.0, 0.0), (-1, -1, -0.5, 1e300), (2**31 - 1, 2**63 - 1, math.inf, -math.inf)]:
            assert process.exports.echo(*values) == values
        # Unsigned is taken, signed is given; an int serves as a float; f32 rounds.
        assert process.exports.echo(2**32 - 1, 2**64 - 2, 3, 4) == (-1, -2, 3.0, 4.0)
        assert process.call("echo", True, False, 0.1, 0.1) == (1, 0, 0.10000000149011612, 0.1)
        assert process.exports.echo(0, 0, 1e300, math.nan)[2] == math.inf


def test_vectors_are_bytes(engine: Engine, module: Make) -> None:
    def turn(a: i32, lanes: v128, b: i64) -> v128:
        assert (a, b) == (3, -5) and isinstance(lanes, bytes)
        return bytes(reversed(lanes))

    linker = Linker(engine)
    linker.define("env", "turn", turn)
    with Process(engine, module("vectors"), linker) as process:
        raised = bytes(lane + 3 if lane % 4 == 0 else lane for lane in range(16))
        for lanes in [bytes(range(16)), bytearray(range(16)), memoryview(bytes(range(16)))]:
            assert process.exports["pass"](-5, lanes, 3) == (4, bytes(reversed(raised)))
        for wrong in [b"short", 7, None, bytes(17)]:
            with pytest.raises(TypeError, match="no buffer of 16 bytes"):
                process.exports["pass"](-5, wrong, 3)


def test_arguments_of_another_type(engine: Engine, module: Make) -> None:
    with Process(engine, module("reactor")) as process:
        process.initialize()
        with pytest.raises(TypeError, match=r"add, func \(i32 i32\) -> \(i32\), has 2 values, not 1"):
            process.exports.add(1)
        with pytest.raises(TypeError, match="1.5 is no int"):
            process.exports.add(1.5, 1)
        with pytest.raises(OverflowError, match="out of range"):
            process.exports.add(2**32, 1)
        with pytest.raises(TypeError, match="'1' is no float"):
            process.exports.swap(1, "1")
        # None of these reached the guest.
        assert process.exports.add(1, 2) == 3


def test_exports(engine: Engine, module: Make) -> None:
    with Process(engine, module("reactor")) as process:
        assert "add" in process.exports and "memory" not in process.exports
        assert "add" in dir(process.exports) and len(process.exports) == len(list(process.exports))
        assert str(process.exports["swap"].type) == "func (i64 f64) -> (f64 i64)"
        assert not hasattr(process.exports, "no-such")
        with pytest.raises(ExportError, match="no-such"):
            process.exports["no-such"]
        with pytest.raises(ExportError, match="no-such"):
            process.call("no-such")


def test_hints_state_the_type(engine: Engine, module: Make) -> None:
    def plain(a: int, b: i64, c: f32, d: float) -> Tuple[int, i64, f32, float]:
        return a, b, c, d

    echoing(engine, module, plain).close()

    def other(a: i64, b: i64, c: f32, d: f64) -> Tuple[i32, i64, f32, f64]:
        return a, b, c, d

    with pytest.raises(LinkError, match=r"\(i64 i64 f32 f64\)"):
        echoing(engine, module, other)


def test_hints_that_state_none(engine: Engine) -> None:
    linker = Linker(engine)

    def no_hint(a, b: i32) -> i32:  # type: ignore[no-untyped-def]
        return b

    def text(a: str) -> i32:
        return 0

    def several(*numbers: i32) -> i32:
        return 0

    def no_result(a: i32):  # type: ignore[no-untyped-def]
        pass

    for function, message in [
        (no_hint, "no type hint for a"),
        (text, "stands for no type"),
        (several, "no fixed positional"),
        (no_result, "no type hint for return"),
    ]:
        with pytest.raises(TypeError, match=message):
            linker.define("env", function.__name__, function)
    # Stated apart from the function, anything goes.
    linker.define("env", "several", lambda *numbers: sum(numbers), [ValueKind.I32] * 3, [ValueKind.I32])


def test_decorator_and_method(engine: Engine, module: Make) -> None:
    class Counter:
        count = 0

        def add(self, by: i32) -> i32:
            self.count += by
            return self.count

    linker = Linker(engine)
    counter = Counter()
    linker.function("env", "host")(counter.add)
    with Process(engine, module(CALL), linker) as process:
        assert [process.exports.call(5), process.exports.call(6)] == [5, 11]
    with pytest.raises(MisuseError, match="host"):
        linker.define("env", "host", counter.add)


def test_what_a_function_raises_is_the_cause(engine: Engine, module: Make) -> None:
    def host(a: i32) -> i32:
        raise KeyError("this one")

    with calling(engine, module, host) as process:
        with pytest.raises(Trap, match="KeyError: 'this one'") as raised:
            process.exports.call(1)
        trap = raised.value
        assert isinstance(trap.__cause__, KeyError)
        assert 'raise KeyError("this one")' in trap.message
        assert "_linker.py" not in trap.message
        assert (trap.code, trap.thread) == (TrapCode.HOST_ERROR, 0)
        assert [frame.function_index for frame in trap.frames] == [2, 3]
        assert "\n  at inner (module offset 0x" in str(trap) and "\n  at function 3 " in str(trap)


def test_what_a_function_raises_on_a_thread_of_the_guest(engine: Engine, module: Make) -> None:
    def host(a: i32) -> i32:
        raise ValueError(f"from thread {a}")

    with calling(engine, module, host) as process:
        thread = process.spawn(7)
        process.join(thread)
        error = process.outcome.error
        assert isinstance(error, Trap) and error.thread == thread
        assert isinstance(error.__cause__, ValueError)
        with pytest.raises(MisuseError, match="from thread 7"):
            process.exports.call(1)


@pytest.mark.parametrize(
    "result, message",
    [
        ("text", "is no int"),
        (1.5, "is no int"),
        (2**40, "out of range"),
        (None, "is no int"),
        ((1, 2), "is no int"),
    ],
)
def test_wrong_results(engine: Engine, module: Make, result: Any, message: str) -> None:
    def host(a: i32) -> i32:
        return result  # type: ignore[no-any-return]

    with calling(engine, module, host) as process, pytest.raises(Trap, match=message) as raised:
        process.exports.call(1)
    assert isinstance(raised.value.__cause__, (TypeError, OverflowError))
    assert "env.host" in raised.value.message


def test_a_wrong_number_of_results(engine: Engine, module: Make) -> None:
    def echo(a: i32, b: i64, c: f32, d: f64) -> Tuple[i32, i64, f32, f64]:
        return a, b  # type: ignore[return-value]

    with echoing(engine, module, echo) as process, pytest.raises(Trap, match="has 4 values, not 2"):
        process.exports.echo(1, 2, 3.0, 4.0)


def test_recursion_without_end(engine: Engine, module: Make) -> None:
    def host(a: i32) -> i32:
        return host(a)

    # On a guest thread's stack, too.
    with calling(engine, module, host) as process:
        process.join(process.spawn(1))
        assert isinstance(process.outcome.error, Trap)
        assert isinstance(process.outcome.error.__cause__, RecursionError) or "RecursionError" in str(
            process.outcome.error
        )


def test_references(engine: Engine, module: Make) -> None:
    seen = []

    class Thing:
        pass

    def mix(a: i32, b: i64, c: f32, d: f64) -> f64:
        return 0

    def look(thing: externref, number: i32) -> externref:
        seen.append(thing)
        return None if number else [thing]

    linker = Linker(engine)
    linker.define("env", "mix", mix)
    linker.define("env", "look", look)
    with Process(engine, module("host"), linker) as process:
        thing = Thing()
        (returned,) = process.exports.look(thing, 0)
        assert returned is thing and seen == [thing]
        assert process.exports.look(None, 1) is None and seen[1] is None
        function = process.exports.function()
        assert isinstance(function, FuncRef)
        assert process.exports.apply(function, 21) == 42
        with Process(engine, module("host"), linker) as other:
            with pytest.raises(TypeError, match="another process"):
                other.exports.apply(function, 1)


def test_a_caller(engine: Engine, module: Make) -> None:
    callers = []

    def host(caller: Caller, a: i32) -> i32:
        callers.append((caller, caller.process, caller.thread))
        return 0

    with calling(engine, module, host) as process:
        process.exports.call(1)
        thread = process.exports.spawn(1)
        process.join(thread)
        assert [(entry[1], entry[2]) for entry in callers] == [(process, 0), (process, thread)]
        with pytest.raises(MisuseError, match="after its host function returned"):
            callers[0][0].thread


def test_a_function_may_end_its_process_but_not_wait_for_it(engine: Engine, module: Make) -> None:
    refused = []

    def host(caller: Caller, a: i32) -> i32:
        for wait in (caller.process.wait, caller.process.close, lambda: caller.process.exports.call(1)):
            with pytest.raises(MisuseError) as raised:
                wait()
            refused.append(raised.value)
        caller.process.end("by its own function")
        return 0

    with calling(engine, module, host) as process:
        with pytest.raises(Ended, match="by its own function"):
            process.exports.call(1)
        assert len(refused) == 3 and not process.closed


def test_many_guest_threads_call_at_the_same_time(engine: Engine, module: Make) -> None:
    inside = threading.Barrier(32)

    def host(a: i32) -> i32:
        # Only passes when all are inside.
        inside.wait(60)
        return 0

    with calling(engine, module, host) as process:
        for _ in range(32):
            process.spawn(0)
        process.wait()
        assert process.outcome.error is None


def test_a_function_of_the_host_calls_another_process(engine: Engine, module: Make) -> None:
    with Process(engine, module("reactor")) as inner:
        inner.initialize()

        def host(a: i32) -> i32:
            return inner.exports.add(a, 1)  # type: ignore[no-any-return]

        with calling(engine, module, host) as process:
            assert process.exports.call(41) == 42


def test_functions_of_the_guest_as_hints(engine: Engine) -> None:
    def take(function: funcref) -> funcref:
        return function

    Linker(engine).define("env", "take", take)

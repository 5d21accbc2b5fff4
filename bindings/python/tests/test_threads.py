"""Host threads that are threads of a process."""

from __future__ import annotations

import threading
from typing import Any, Callable, List

import pytest

from wasi_threads import (
    Caller,
    Ended,
    Engine,
    Exited,
    ExportError,
    FuncRef,
    FunctionType,
    LimitError,
    Linker,
    MisuseError,
    Module,
    OutcomeKind,
    Process,
    Trap,
    ValueKind,
    i32,
)

Make = Callable[[str], Module]


def attaching(engine: Engine, module: Make, host: "Callable[..., Any] | None" = None) -> Process:
    """A process of `attach.wat`."""

    def nothing(a: i32) -> i32:
        return a

    linker = Linker(engine)
    linker.define("env", "host", host or nothing)
    return Process(engine, module("attach"), linker)


def on_threads(count: int, body: Callable[[int], None]) -> List[BaseException]:
    """Runs a function on so many threads; returns what they raise."""
    raised: List[BaseException] = []

    def run(index: int) -> None:
        try:
            body(index)
        except BaseException as exception:
            raised.append(exception)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_thread_has_an_instance_of_its_own(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, process.attach() as thread:
        assert thread.id > 0
        assert [thread.exports.own(5), thread.call("own", 5), process.exports.own(1)] == [5, 10, 1]
        thread.exports.count(3)
        assert process.memory().view()[0] == 3


def test_threads_call_in_parallel(engine: Engine, module: Make) -> None:
    inside = threading.Barrier(8)

    def host(caller: Caller, a: i32) -> i32:
        # Only passes when all are inside.
        inside.wait(60)
        return caller.thread

    with attaching(engine, module, host) as process:

        def body(index: int) -> None:
            with process.attach() as thread:
                assert thread.exports.ask(1) == thread.id
                for _ in range(100):
                    thread.exports.count(1)

        assert on_threads(8, body) == []
        assert int.from_bytes(process.memory().read(0, 4), "little") == 800


def test_a_library_in_c(engine: Engine, module: Make) -> None:
    with Process(engine, module("attach-library")) as process:
        process.initialize()

        def body(index: int) -> None:
            with process.attach() as thread:
                assert thread.exports.own(index) == 7 + index
                assert thread.exports.fill(index) == 1
                assert thread.exports.churn(100) == 1

        assert on_threads(4, body) == []


def test_a_thread_belongs_to_its_host_thread(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, process.attach() as thread:
        raised = on_threads(1, lambda _: thread.exports.own(1)) + on_threads(1, lambda _: thread.detach())
        assert [type(error) for error in raised] == [MisuseError, MisuseError]
        assert thread.exports.own(1) == 1
        thread.detach()
        thread.detach()
        with pytest.raises(MisuseError, match="The thread is detached."):
            thread.exports.own(1)


def test_a_trap_ends_the_process(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process:
        with pytest.raises(Trap, match="divide by zero") as raised:
            with process.attach() as thread:
                thread.exports.divide(1, 0)
        assert raised.value.thread > 0 and raised.value.frames
        assert process.outcome.kind is OutcomeKind.TRAPPED
        with pytest.raises(MisuseError):
            process.attach()


def test_what_a_function_raises_on_an_attached_thread(engine: Engine, module: Make) -> None:
    def host(a: i32) -> i32:
        raise KeyError("here")

    with attaching(engine, module, host) as process, pytest.raises(Trap) as raised:
        with process.attach() as thread:
            thread.exports.ask(1)
    assert isinstance(raised.value.__cause__, KeyError)


def test_exit_and_end(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, pytest.raises(Exited) as exited:
        with process.attach() as thread:
            thread.exports.exit(7)
    assert exited.value.status == 7

    def host(caller: Caller, a: i32) -> i32:
        caller.process.end("enough")
        return 0

    with attaching(engine, module, host) as process, pytest.raises(Ended, match="enough"):
        with process.attach() as thread:
            thread.exports.ask(1)


def test_a_thread_calls_the_guest_inside_a_function_that_it_called(engine: Engine, module: Make) -> None:
    threads: List[Any] = []

    def host(depth: i32) -> i32:
        return threads[0].exports.ask(depth - 1) + 1 if depth else 0  # type: ignore[no-any-return]

    with attaching(engine, module, host) as process, process.attach() as thread:
        threads.append(thread)
        assert thread.exports.ask(50) == 50
        with pytest.raises(Trap) as raised:
            thread.exports.ask(1000)
        assert isinstance(raised.value.__cause__, (MisuseError, Trap, RecursionError))


def test_a_funcref_is_of_its_thread(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, process.attach() as thread:
        function = thread.exports.function()
        assert isinstance(function, FuncRef)
        assert thread.exports.apply(function, 4) == 8
        with pytest.raises(TypeError, match="another process or thread"):
            process.exports.apply(function, 4)


def test_a_function_is_looked_up_once(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, process.attach() as thread:
        own = thread.function("own")
        assert [own(2), own(3), thread.exports.own(1)] == [2, 5, 6]
        assert str(own.type) == "func (i32) -> (i32)"
        with pytest.raises(TypeError, match=r"own, func \(i32\) -> \(i32\), has 1 value, not 2"):
            own(1, 2)
        with pytest.raises(ExportError, match="no-such"):
            thread.function("no-such")
        with pytest.raises(ExportError):
            thread.function("memory")
        with process.attach() as other:
            assert other.function("own")(1) == 1
            with pytest.raises(TypeError, match="another process or thread"):
                other.exports.apply(own, 1)
    with pytest.raises(MisuseError, match="The thread is detached."):
        own(1)


def test_a_funcref_is_called(engine: Engine, module: Make) -> None:
    unary = FunctionType((ValueKind.I32,), (ValueKind.I32,))
    with attaching(engine, module) as process, process.attach() as thread:
        reference = thread.exports.function()
        double = thread.function(reference, unary)
        assert double(21) == 42
        # And handed back, as what an export is.
        assert thread.exports.apply(double, 4) == 8 and thread.exports.apply(thread.function("own"), 4) == 4
        with pytest.raises(TypeError, match="State the type"):
            thread.function(reference)
        with pytest.raises(TypeError, match="another process or thread"):
            thread.function(process.exports.function(), unary)
        # The library knows the type, whatever is stated.
        with pytest.raises(TypeError, match=r"func \(i32\) -> \(i32\)"):
            thread.function(reference, FunctionType((ValueKind.I64,), (ValueKind.I32,)))(1)
        assert process.outcome.kind is OutcomeKind.ALIVE


def test_a_trap_in_a_function(engine: Engine, module: Make) -> None:
    with attaching(engine, module) as process, pytest.raises(Trap, match="divide by zero"):
        with process.attach() as thread:
            thread.function("divide")(1, 0)


def test_a_thread_moves_to_another_host_thread(engine: Engine, module: Make) -> None:
    refused: List[BaseException] = []

    def host(a: i32) -> i32:
        # It is inside a call.
        refused.extend(on_threads(1, lambda _: thread.move()))
        return a

    with attaching(engine, module, host) as process, process.attach() as thread:
        assert thread.exports.own(1) == 1

        def use(_: int) -> None:
            thread.move()
            assert thread.exports.own(1) == 2
            assert thread.native("own")(1) == 3

        assert on_threads(1, use) == []
        with pytest.raises(MisuseError, match="another host thread"):
            thread.exports.own(1)
        thread.move()
        assert thread.exports.own(1) == 4
        thread.exports.ask(1)
        assert [type(error) for error in refused] == [MisuseError]


def test_a_process_is_closed_with_threads_attached(engine: Engine, module: Make) -> None:
    process = attaching(engine, module)
    thread = process.attach()
    process.close()
    thread.detach()
    with pytest.raises(MisuseError):
        thread.exports.own(1)
    # And nobody detaches this one.
    attaching(engine, module).attach()


def test_limit_of_threads(module: Make) -> None:
    from conftest import guest

    with Engine(threads=1) as engine:
        process = attaching(engine, lambda name: Module(engine, guest(name)))
        with process, process.attach():
            assert [type(error) for error in on_threads(1, lambda _: process.attach().detach())] == [
                LimitError
            ]

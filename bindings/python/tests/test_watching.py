"""The threads of a process as its embedder sees them: lists, events, limits, pauses."""

from __future__ import annotations

import threading
from typing import Any, Callable, List

import pytest

from wasi_threads import (
    Caller,
    Ended,
    Engine,
    LimitError,
    Linker,
    MisuseError,
    Module,
    Process,
    ThreadEvent,
    ThreadEventKind,
    ThreadExit,
    ThreadOrigin,
    ThreadState,
    i32,
)

Make = Callable[[str], Module]


def states(engine: Engine, module: Make, host: "Callable[..., Any] | None" = None) -> Process:
    """A process of `states.wat`: 0 busy, 1 wait, 5 inside a function of the host."""

    def nothing(a: i32) -> i32:
        return a

    linker = Linker(engine)
    linker.define("env", "host", host or nothing)
    return Process(engine, module("states"), linker)


def test_what_threads_are_doing(engine: Engine, module: Make) -> None:
    inside, leave = threading.Event(), threading.Event()

    def host(a: i32) -> i32:
        inside.set()
        leave.wait(60)
        return 0

    with states(engine, module, host) as process:
        busy, waiting, hosted = (process.spawn(state) for state in (0, 1, 5))
        process.exports["await"](3)
        inside.wait(60)
        process.name_thread(waiting, "the one that waits")
        # It counts itself before it waits.
        while not any(info.state is ThreadState.WAITING for info in process.threads()):
            pass
        infos = {info.thread: info for info in process.threads()}
        assert set(infos) == {busy, waiting, hosted}
        assert infos[busy].state is ThreadState.RUNNING and infos[busy].wait_offset is None
        assert infos[waiting].wait_offset == 4 and infos[waiting].name == "the one that waits"
        assert infos[hosted].state is ThreadState.IN_HOST_CALL and infos[hosted].function == "env.host"
        assert {info.origin for info in infos.values()} == {ThreadOrigin.SPAWNED}
        with pytest.raises(MisuseError):
            process.name_thread(hosted + 1000, "nobody")
        leave.set()


def test_many_threads(engine: Engine, module: Make) -> None:
    with states(engine, module) as process:
        threads = {process.spawn(1) for _ in range(50)}
        assert {info.thread for info in process.threads()} == threads


def test_a_watcher(engine: Engine, module: Make) -> None:
    events: List[ThreadEvent] = []
    with states(engine, module) as process:
        process.watch_threads(events.append)
        with pytest.raises(MisuseError):
            process.watch_threads(events.append)
        thread = process.spawn(5)
        process.join(thread)
        with process.attach() as attached:
            id = attached.id
    started, ended = ThreadEventKind.STARTED, ThreadEventKind.ENDED
    assert events == [
        (started, thread, ThreadOrigin.SPAWNED, None),
        (ended, thread, ThreadOrigin.SPAWNED, ThreadExit.RETURNED),
        (started, id, ThreadOrigin.ATTACHED, None),
        (ended, id, ThreadOrigin.ATTACHED, ThreadExit.RETURNED),
    ]


def test_a_watcher_that_raises(engine: Engine, module: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: List[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda details: raised.append(details.exc_value))

    def fail(event: ThreadEvent) -> None:
        raise ValueError("not mine")

    with states(engine, module) as process:
        process.watch_threads(fail)
        process.join(process.spawn(5))
    assert [str(error) for error in raised] == ["not mine", "not mine"]


def test_a_pause(engine: Engine, module: Make) -> None:
    count = """(module
      (memory (export "memory") 1 1 shared)
      (func (export "wasi_thread_start") (param i32 i32)
        (loop $again (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (br $again))))"""
    with Process(engine, module(count)) as process:
        memory = process.memory()
        process.spawn()
        # A thread that has not begun yet would not be stopped by the pause, but not let in.
        while memory.read(0, 4) == bytes(4):
            pass
        with process.paused():
            before = memory.read(0, 4)
            assert [info.state for info in process.threads()] == [ThreadState.PAUSED]
            assert memory.read(0, 4) == before
        # Only passes when it goes on.
        while memory.read(0, 4) == before:
            pass
        with pytest.raises(MisuseError):
            process.resume()


def test_a_process_that_is_paused_is_closed(engine: Engine, module: Make) -> None:
    process = states(engine, module)
    process.spawn(0)
    process.pause()
    process.close()


def test_a_pause_is_refused_inside(engine: Engine, module: Make) -> None:
    raised: List[BaseException] = []

    def host(caller: Caller, a: i32) -> i32:
        try:
            caller.process.pause()
        except MisuseError as error:
            raised.append(error)
        return 0

    with states(engine, module, host) as process:
        process.exports.ask(1)
        assert len(raised) == 1


def test_limits_of_a_process(engine: Engine, module: Make) -> None:
    grow = """(module (memory (export "memory") 1 10)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"""
    with Process(engine, module(grow)) as process:
        process.set_limit(memory_bytes=3 * 65536)
        assert [process.exports.grow(2), process.exports.grow(1)] == [1, -1]
        with pytest.raises(LimitError):
            process.set_limit(memory_bytes=1)
        with pytest.raises(ValueError):
            process.set_limit(threads=-1)
    with states(engine, module) as process:
        process.set_limit(threads=1)
        process.spawn(1)
        with pytest.raises(LimitError):
            process.spawn(1)


def test_a_limit_of_processor_time(engine: Engine, module: Make) -> None:
    with Process(engine, module("loop")) as process:
        process.set_cpu_limit(0.01)
        with pytest.raises(Ended):
            process.run()

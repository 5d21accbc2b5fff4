"""What lives how long: deletion in any order, garbage collection on any thread, and nothing left behind."""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
import resource
import threading
import weakref
from typing import Any, Callable, List

import pytest
from conftest import guest, script

from wasi_threads import (
    Caller,
    Engine,
    Linker,
    MisuseError,
    Module,
    Process,
    Stdio,
    ValueKind,
    WasiConfig,
    _program,
    i32,
)

Make = Callable[[str], Module]
I32 = [ValueKind.I32]


def settled(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true: threads that delete processes signal nobody."""
    event = threading.Event()
    return any(condition() or event.wait(0.01) for _ in range(6000)) and condition()


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_objects_are_closed_in_any_order(order: "tuple[int, ...]") -> None:
    engine = Engine()
    module = Module(engine, guest("reactor"))
    linker = Linker(engine)
    config = WasiConfig(stdout=Stdio.CAPTURE)
    process = Process(engine, module, linker, config)
    objects: List[Any] = [engine, module, linker, config, process]
    for index in order:
        if not process.closed:
            assert process.exports.add(1, 2) == 3
        objects[index].close()
        objects[index].close()
        assert objects[index].closed
    with pytest.raises(MisuseError, match="The process is closed."):
        process.exports.add(1, 2)


def test_a_process_keeps_what_its_threads_call(engine: Engine, module: Make) -> None:
    def process() -> Process:
        linker = Linker(engine)
        linker.define("env", "host", lambda a: a + 1, I32, I32)
        return Process(engine, module("states"), linker, WasiConfig(stdin=lambda capacity: b""))

    with process() as made:
        gc.collect()
        assert made.exports.ask(1) == 2


def test_a_process_goes_with_its_last_reference(engine: Engine, module: Make) -> None:
    process = Process(engine, module("reactor"))
    process.initialize()
    handle = process._handle
    gone = weakref.ref(process)
    gc.disable()
    try:
        del process
        assert gone() is None
    finally:
        gc.enable()
    assert settled(lambda: handle not in _program.orphans)


def test_a_process_in_a_cycle_is_collected_with_threads_inside(engine: Engine, module: Make) -> None:
    process: Any = None

    def host(a: i32) -> i32:
        # Refers to the process that refers to it.
        return 1 if process else 0

    linker = Linker(engine)
    linker.define("env", "host", host)
    process = Process(engine, module("states"), linker)
    # Busy, and calling `host` again and again.
    for state in (0, 1, 2):
        process.spawn(state)
    handle, gone = process._handle, weakref.ref(process)
    del process, linker, host
    gc.collect()
    assert gone() is None
    assert settled(lambda: handle not in _program.orphans)


def test_a_process_is_collected_on_its_own_thread(engine: Engine, module: Make) -> None:
    """The collector runs inside a function that a guest thread of the process calls."""
    holder: List[Process] = []
    collected = threading.Event()

    def host(a: i32) -> i32:
        holder.clear()
        gc.collect()
        collected.set()
        return 0

    linker = Linker(engine)
    linker.define("env", "host", host)
    holder.append(Process(engine, module("states"), linker))
    handle = holder[0]._handle
    holder[0].spawn(5)
    assert collected.wait(60)
    assert settled(lambda: handle not in _program.orphans and handle not in _program.live)


def test_close_on_several_threads(engine: Engine, module: Make) -> None:
    for _ in range(50):
        process = Process(engine, module("nothing"))
        raised: List[BaseException] = []

        def close() -> None:
            try:
                process.close()
            except BaseException as exception:
                raised.append(exception)

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert raised == [] and process.closed


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("closes", [True, False])
def test_a_thousand_processes_leave_nothing(engine: Engine, module: Make, closes: bool) -> None:
    states = module("states")

    def one() -> None:
        linker = Linker(engine)

        @linker.function("env", "host")
        def host(caller: Caller, a: i32) -> i32:
            raise ValueError(bytes(10_000))

        process = Process(engine, states, linker, WasiConfig(stdin=b"x", stdout=Stdio.CAPTURE))
        process.join(process.spawn(5))
        assert process.outcome.error is not None
        if closes:
            process.close()

    def many(count: int) -> None:
        for _ in range(count):
            one()
        gc.collect()
        assert settled(lambda: not _program.orphans)

    def used() -> "tuple[int, int, int]":
        return resident(), len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

    many(200)
    before = used()
    # A leak grows in every round; a compiler that is loaded in the background does so once.
    for _ in range(4):
        many(1000)
        after = used()
        grown = after[0] - before[0]
        # A page leaked by each process would be four megabytes.
        if grown < 3_000_000 and after[1:] <= before[1:]:
            break
        before = after
    else:
        pytest.fail(f"1,000 processes left {grown} bytes, from {before} to {after}")
    assert not _program.live


def test_a_child_after_fork_forgets_the_processes_of_its_parent() -> None:
    code = """if True:
        import os, sys, warnings
        # What Python says of any fork with threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        from wasi_threads import *
        def make():
            engine = Engine()
            linker = Linker(engine)
            linker.define("env", "host", lambda a: 0, [ValueKind.I32], [ValueKind.I32])
            return engine, Process(engine, Module(engine, sys.argv[1]), linker)

        engine, process = make()
        process.spawn(0)
        process.exports["await"](1)
        child = os.fork()
        if child == 0:
            assert process.closed and engine.closed
            with make()[1] as own:
                assert own.exports.ask(1) == 0
            sys.exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    # The parent's compiler opens LLVM just then, each time at another point of that.
    for _ in range(20):
        result = script(code, guest("states"))
        assert (result.returncode, result.stdout, result.stderr) == (0, "7\n", "")

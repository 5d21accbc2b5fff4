"""Programs in tasks of asyncio: results, errors, and cancellation, after which nothing of the guest is left."""

from __future__ import annotations

import asyncio
import os
from typing import Callable, List

import pytest
from conftest import PRIMES, guest, script

from wasi_threads import (
    Ended,
    Engine,
    ExportError,
    Linker,
    Module,
    OutcomeKind,
    Process,
    Stdio,
    Trap,
    ValueKind,
    WasiConfig,
)

Make = Callable[[str], Module]


def test_results_and_errors(engine: Engine, module: Make) -> None:
    async def program() -> None:
        with Process(engine, Module(engine, PRIMES), config=WasiConfig(stdout=Stdio.CAPTURE)) as process:
            assert await process.run_async() == 0
            assert b"17984" in process.read_output()
            with pytest.raises(Ended):
                await process.run_async()
        with Process(engine, module("exit")) as process:
            assert await process.run_async() == 42
        with Process(engine, module("trap")) as process, pytest.raises(Trap) as raised:
            await process.run_async()
        assert raised.value.frames
        with Process(engine, module("reactor")) as process:
            process.initialize()
            assert await process.call_async("add", 3, 4) == 7
            with pytest.raises(ExportError):
                await process.call_async("none")
            with pytest.raises(TypeError):
                await process.call_async("add", 3)

    asyncio.run(program())


def states(engine: Engine, module: Make, reader: int, begun: "Callable[[int], int]") -> Process:
    linker = Linker(engine)
    linker.define("env", "host", begun, [ValueKind.I32], [ValueKind.I32])
    return Process(engine, module("states"), linker, WasiConfig(stdin=reader))


@pytest.mark.parametrize("state", range(5))
def test_cancelling_ends_the_guest(engine: Engine, module: Make, state: int) -> None:
    """In each state that a guest can be in, with threads of its own in the same."""
    reader, writer = os.pipe()

    async def program() -> None:
        with states(engine, module, reader, lambda a: 0) as process:
            for _ in range(2):
                process.spawn(state)
            await process.call_async("await", 2)
            task = asyncio.ensure_future(process.call_async("stay", state))
            # It has begun once the loop has run it as far as it goes.
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert process.outcome.kind is OutcomeKind.ENDED
            assert "cancelled" in str(process.outcome.error)

    try:
        asyncio.run(program())
    finally:
        os.close(reader)
        os.close(writer)


def test_cancelling_twice_and_a_limit_of_time(engine: Engine, module: Make) -> None:
    async def program() -> None:
        with Process(engine, module("loop")) as process:
            task = asyncio.ensure_future(process.run_async())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        with Process(engine, module("loop")) as process:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(process.run_async(), 0.05)
            assert process.outcome.kind is OutcomeKind.ENDED

    asyncio.run(program())


def test_the_loop_goes_on_meanwhile(engine: Engine, module: Make) -> None:
    """Several programs at once, and a function of the host that waits for the loop."""
    async def program() -> None:
        loop = asyncio.get_running_loop()
        asked: List[int] = []

        async def answer(a: int) -> int:
            asked.append(a)
            return a + 1

        def host(a: int) -> int:
            return asyncio.run_coroutine_threadsafe(answer(a), loop).result()

        linker = Linker(engine)
        linker.define("env", "host", host, [ValueKind.I32], [ValueKind.I32])
        processes = [Process(engine, module("attach"), linker) for _ in range(3)]
        results = await asyncio.gather(*(process.call_async("ask", n) for n, process in enumerate(processes)))
        assert results == [1, 2, 3] and sorted(asked) == [0, 1, 2]
        for process in processes:
            process.close()

    asyncio.run(program())


PROGRAM = """
import asyncio, os, signal, sys
from wasi_threads import Engine, Module, Process
async def program():
    engine = Engine()
    process = Process(engine, Module(engine, sys.argv[1]))
    task = asyncio.ensure_future(process.run_async())
    await asyncio.sleep(0)
    how(task)
    await task
"""


def test_ctrl_c_and_the_end_of_the_program() -> None:
    loop = guest("loop")
    how = "def how(task): os.kill(os.getpid(), signal.SIGINT)\nasyncio.run(program())"
    result = script(PROGRAM + how, loop)
    assert result.returncode != 0 and "KeyboardInterrupt" in result.stderr
    result = script(PROGRAM + "def how(task): sys.exit(3)\nasyncio.run(program())", loop)
    assert (result.returncode, result.stderr) == (3, "")


def test_nothing_is_said_of_what_nobody_awaits() -> None:
    code = PROGRAM + """
def how(task):
    task.cancel()
try:
    asyncio.run(program())
except asyncio.CancelledError:
    print("cancelled")
"""
    result = script(code, guest("loop"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "cancelled\n", "")

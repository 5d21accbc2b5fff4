"""Statistics and timelines of processes."""

from __future__ import annotations

import json
import pathlib
from typing import Callable

import pytest

from wasi_threads import Deadlock, Engine, FileError, MisuseError, Module, Process, WasiConfig

Make = Callable[[str], Module]


def test_statistics(engine: Engine, module: Make) -> None:
    with Process(engine, module("coredump"), config=WasiConfig(stats=True)) as process:
        process.detect_deadlocks()
        with pytest.raises(Deadlock):
            process.call("stop")
        process.wait()
        stats = process.stats()
    assert (stats.threads, stats.most_threads, stats.paused) == (1, 1, 0)
    assert [(call.function, call.times) for call in stats.calls] == [("wasi.thread-spawn", 1)]
    assert stats.in_host == pytest.approx(stats.calls[0].seconds) and stats.in_host > 0
    assert [wait.times for wait in stats.waits if wait.address == 64] == [2] and stats.waiting > 0 and stats.running > 0
    assert stats.waiting == pytest.approx(sum(wait.seconds for wait in stats.waits))
    assert stats.memory_bytes == 5 << 16 and stats.functions == 14


def test_a_timeline(engine: Engine, module: Make, tmp_path: pathlib.Path) -> None:
    with open(tmp_path / "trace.json", "wb") as file:
        with Process(engine, module("coredump"), config=WasiConfig(trace=file)) as process:
            process.detect_deadlocks()
            with pytest.raises(Deadlock):
                process.call("stop")
            process.finish_trace()
    names = [event["name"] for event in json.loads((tmp_path / "trace.json").read_bytes())]
    assert [names.count(name) for name in ("run", "wasi.thread-spawn", "wait at 0x40")] == [2, 1, 2]


def test_what_nobody_asked_for(engine: Engine, module: Make) -> None:
    with Process(engine, module("nothing")) as process:
        for method in (process.stats, process.finish_trace):
            with pytest.raises(MisuseError, match="asked for in the configuration"):
                method()


def test_a_full_disk(engine: Engine, module: Make) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        with Process(engine, module("nothing"), config=WasiConfig(trace=full)) as process:
            assert process.run() == 0
            with pytest.raises(FileError, match="The timeline cannot be written"):
                process.finish_trace()

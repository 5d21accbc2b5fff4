"""Deadlocks as exceptions."""

from __future__ import annotations

from typing import Callable

import pytest

from wasi_threads import Deadlock, Engine, ErrorKind, MisuseError, Module, OutcomeKind, Process, ThreadOrigin

Make = Callable[[str], Module]


def test_every_thread_is_told(engine: Engine, module: Make) -> None:
    with Process(engine, module("waiters")) as process:
        process.detect_deadlocks()
        process.spawn(72)
        with pytest.raises(Deadlock, match="both threads") as raised:
            process.call("wait", 64)
        assert raised.value.kind is ErrorKind.DEADLOCK
        main, other = raised.value.waiters
        assert (main.thread, main.origin, main.wait_offset) == (0, ThreadOrigin.CALL, 64)
        assert (other.thread, other.origin, other.wait_offset) == (1, ThreadOrigin.SPAWNED, 72)
        assert (main.wait_bytes, main.expected, main.value, main.object, main.holder) == (4, 0, 0, None, None)
        assert [frame.function_name for frame in other.frames] == ["wait", "wasi_thread_start"]
        assert main.seconds >= 0 and "at wait" in str(raised.value)
        assert process.outcome.kind is OutcomeKind.DEADLOCKED
        with pytest.raises(MisuseError):
            process.detect_deadlocks()


def test_mutexes(engine: Engine, module: Make) -> None:
    with Process(engine, module("waiters")) as process:
        process.detect_deadlocks()
        with pytest.raises(Deadlock) as raised:
            process.call("mutexes")
        assert [(waiter.object, waiter.holder) for waiter in raised.value.waiters] == [
            ("a mutex of wasi-libc", 1),
            ("a mutex of wasi-libc", 0),
        ]

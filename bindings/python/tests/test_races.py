"""Data races as objects."""

from __future__ import annotations

import pytest

from wasi_threads import Engine, MisuseError, Module, Process, Race, ThreadOrigin

from conftest import guest


def test_both_accesses_are_told() -> None:
    found: "list[Race]" = []
    with Engine(races=True) as engine, Process(engine, Module(engine, guest("race"))) as process:
        process.watch_races(found.append)
        process.name_thread(0, "first")
        process.call("both")
        assert process.race_count == len(found) >= 1
        race = found[0]
        assert (race.memory, race.address, race.byte_count) == (0, 64, 4)
        accesses = {access.thread: access for access in (race.access, race.earlier)}
        main, other = accesses[0], accesses[1]
        assert main.is_write or other.is_write
        assert (main.origin, main.name, main.spawner, main.spawn_frames) == (ThreadOrigin.CALL, "first", None, ())
        assert (other.origin, other.name, other.spawner) == (ThreadOrigin.SPAWNED, None, 0)
        assert [frame.function_name for frame in main.frames] == ["count", "both"]
        assert [frame.function_name for frame in other.frames][0] == "count"
        assert [frame.function_name for frame in other.spawn_frames] == ["begin", "both"]
        assert not main.is_atomic and (main.address, main.byte_count) == (64, 4)
        assert str(race).startswith("Data race at the address 0x40: ")
        with pytest.raises(MisuseError):
            process.watch_races(found.append)


def test_what_is_ordered_is_none() -> None:
    with Engine(races=True) as engine, Process(engine, Module(engine, guest("race"))) as process:
        for _ in range(3):
            process.call("ordered")
        assert process.race_count == 0


def test_suppressions() -> None:
    with Engine(races=True, race_suppressions="race:^count$\n") as engine:
        with Process(engine, Module(engine, guest("race"))) as process:
            process.call("both")
            assert process.race_count == 0
    with pytest.raises(MisuseError, match="The line 2 of the suppressions has no colon"):
        Engine(races=True, race_suppressions="# nothing\nnonsense")


def test_an_engine_that_does_not_look(engine: Engine) -> None:
    with Process(engine, Module(engine, guest("race"))) as process:
        with pytest.raises(MisuseError):
            process.watch_races(print)
        with pytest.raises(MisuseError):
            process.race_count

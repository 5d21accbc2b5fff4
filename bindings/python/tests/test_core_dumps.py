"""Core dumps of processes that failed."""

from __future__ import annotations

import os
import pathlib
import tempfile
from typing import Callable

import pytest

from wasi_threads import Deadlock, Engine, FileError, MisuseError, Module, Process, Trap

from conftest import guest
from test_command import command

Make = Callable[[str], Module]


def test_a_deadlock(engine: Engine, module: Make, tmp_path: pathlib.Path) -> None:
    with Process(engine, module("waiters")) as process:
        process.prepare_core_dump()
        process.detect_deadlocks()
        with pytest.raises(MisuseError, match="has not ended"):
            process.write_core_dump(tmp_path / "early")
        process.spawn(72)
        with pytest.raises(Deadlock):
            process.call("wait", 64)
        process.write_core_dump(tmp_path / "core", "a program")
        contents = (tmp_path / "core").read_bytes()
        assert contents.startswith(b"\0asm\1\0\0\0")
        assert contents.count(b"corestack") == 2 and b"a program" in contents and b"Deadlock" in contents
        with tempfile.TemporaryFile() as file:
            file.write(b"before")
            process.write_core_dump(file, "a program")
            file.seek(0)
            assert file.read() == b"before" + contents


def test_without_failure(engine: Engine, module: Make, tmp_path: pathlib.Path) -> None:
    with Process(engine, module("nothing")) as process:
        process.prepare_core_dump()
        assert process.run() == 0
        with pytest.raises(MisuseError, match="did not fail"):
            process.write_core_dump(tmp_path / "core")
        with pytest.raises(MisuseError, match="has begun"):
            process.prepare_core_dump()


def test_what_nobody_asked_for(engine: Engine, module: Make, tmp_path: pathlib.Path) -> None:
    with Process(engine, module("coredump")) as process:
        with pytest.raises(Trap):
            process.call("deep", 0)
        with pytest.raises(MisuseError, match="Nothing was kept"):
            process.write_core_dump(tmp_path / "core")


def test_a_full_disk(engine: Engine, module: Make) -> None:
    with Process(engine, module("coredump")) as process:
        process.prepare_core_dump()
        with pytest.raises(Trap):
            process.call("deep", 3)
        with open("/dev/full", "wb", buffering=0) as full:
            with pytest.raises(FileError, match="The core dump cannot be written"):
                process.write_core_dump(full)
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb", buffering=0) as pipe, pytest.raises(FileError):
            process.write_core_dump(pipe)


def test_the_command(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "core"
    assert command("--coredump", file, "--invoke", "deep", guest("coredump"), "2").returncode == 134
    assert b"corestack" in file.read_bytes()

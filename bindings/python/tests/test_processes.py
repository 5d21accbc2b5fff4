"""Processes: runs, ends, threads, streams and files."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from typing import Any, Callable, List

import pytest
from conftest import PRIMES, guest

import wasi_threads
from wasi_threads import (
    BusyError,
    Ended,
    Engine,
    Exited,
    LimitError,
    Linker,
    MemoryFS,
    MisuseError,
    Module,
    OutcomeKind,
    Permissions,
    Process,
    Snapshot,
    Stdio,
    Stream,
    Trap,
    WasiConfig,
    _waiting,
    i32,
)
from wasi_threads._abi import library

Make = Callable[[str], Module]


def hosted(engine: Engine, module: Make, host: "Callable[[int], int] | None" = None) -> Process:
    """A process of `states.wat`."""

    def nothing(a: i32) -> i32:
        return 0

    linker = Linker(engine)
    linker.define("env", "host", host or nothing, [wasi_threads.ValueKind.I32], [wasi_threads.ValueKind.I32])
    return Process(engine, module("states"), linker)


def test_a_threaded_program_runs(engine: Engine) -> None:
    with Process(engine, Module(engine, PRIMES), config=WasiConfig(stdout=Stdio.CAPTURE)) as process:
        assert process.run() == 0
        assert b"primes below 200000: 17984" in process.read_output()
        assert process.read_output() == b""
        assert process.outcome.kind is OutcomeKind.RETURNED
        with pytest.raises(Ended, match="_start returned"):
            process.run()


def test_exit_status(engine: Engine, module: Make) -> None:
    with Process(engine, module("exit")) as process:
        status = process.run()
        assert status != 0
        assert process.outcome[:2] == (OutcomeKind.EXITED, status)
    text = '(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
    with Process(engine, module(text + '(func (export "leave") (call $exit (i32.const 9))))')) as process:
        with pytest.raises(Exited) as raised:
            process.exports.leave()
        assert raised.value.status == 9


def test_a_trap_in_a_thread(engine: Engine, module: Make) -> None:
    with Process(engine, module("trap-in-thread")) as process, pytest.raises(Trap) as raised:
        process.run()
    assert raised.value.thread > 0 and raised.value.frames


@pytest.mark.parametrize("state", range(5))
def test_end_from_another_thread(engine: Engine, module: Make, state: int) -> None:
    reader, writer = os.pipe()
    try:
        process_config = WasiConfig(stdin=reader)
        linker = Linker(engine)
        linker.define("env", "host", lambda a: 0, [wasi_threads.ValueKind.I32], [wasi_threads.ValueKind.I32])
        with Process(engine, module("states"), linker, process_config) as process:
            raised: List[BaseException] = []

            def stay() -> None:
                try:
                    process.exports.stay(state)
                except Ended as error:
                    raised.append(error)

            for _ in range(4):
                process.spawn(state)
            process.exports["await"](4)
            thread = threading.Thread(target=stay)
            thread.start()
            process.end("enough")
            thread.join()
            process.wait()
            assert [str(error) for error in raised] == ["enough"]
    finally:
        os.close(reader)
        os.close(writer)


def test_arguments_that_ctypes_refuses(engine: Engine, module: Make) -> None:
    with Process(engine, module("reactor")) as process:
        with pytest.raises(ctypes.ArgumentError):
            _waiting.call(library.wasi_threads_process_join, process._handle, "1")
        process.wait()


def test_a_time_limit(engine: Engine, module: Make) -> None:
    with Process(engine, module("loop")) as process:
        process.set_time_limit(0.01)
        with pytest.raises(Ended):
            process.run()
        assert process.outcome.kind is OutcomeKind.ENDED
        for seconds in (0, -1, float("nan"), 1e30):
            with pytest.raises(ValueError):
                process.set_time_limit(seconds)


def test_one_call_at_a_time(engine: Engine, module: Make) -> None:
    inside, leave = threading.Event(), threading.Event()

    def host(a: int) -> int:
        inside.set()
        leave.wait(60)
        return 5

    with hosted(engine, module, host) as process:
        results: List[Any] = []
        thread = threading.Thread(target=lambda: results.append(process.exports.ask(1)))
        thread.start()
        inside.wait(60)
        with pytest.raises(BusyError):
            process.exports.ask(1)
        leave.set()
        thread.join()
        assert results == [5]


def test_limits_of_threads() -> None:
    with Engine(threads=2) as engine:
        with hosted(engine, lambda name: Module(engine, guest(name))) as process:
            process.spawn(1)
            process.spawn(1)
            with pytest.raises(LimitError):
                process.spawn(1)


def test_arguments_and_environment(engine: Engine, module: Make) -> None:
    config = WasiConfig(arguments=["guest", "wörd"], environment={"NAME": "value"})
    config.set_environment("NAME", "another")
    with pytest.raises(MisuseError):
        config.set_environment("a=b", "")
    with pytest.raises(ValueError, match="NUL"):
        config.set_environment("a", "\0")
    with pytest.raises(MisuseError):
        WasiConfig(arguments=["a\0b"])
    sizes = """(module
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
      (memory 1)
      (func (export "sizes") (result i32 i32 i32 i32)
        (drop (call $args (i32.const 0) (i32.const 4))) (drop (call $environ (i32.const 8) (i32.const 12)))
        (i32.load (i32.const 0)) (i32.load (i32.const 4))
        (i32.load (i32.const 8)) (i32.load (i32.const 12))))"""
    with Process(engine, module(sizes), config=config) as process:
        assert process.exports.sizes() == (2, 12, 1, 13)
    with Process(engine, module(sizes), config=WasiConfig(environment=True)) as process:
        assert process.exports.sizes()[2] == len(os.environ)


# Copies its input to its output and to its errors, four bytes at a time.
COPY = """(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "copy") (result i32) (local $errno i32)
    (loop $again
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 4))
      (local.set $errno (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
      (if (local.get $errno) (then (return (local.get $errno))))
      (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 12)))
      (br_if $again (i32.load (i32.const 8))))
    (i32.const 0)))"""
IO = 29


def copied(engine: Engine, module: Make, config: WasiConfig, status: int = 0) -> Process:
    process = Process(engine, module(COPY), config=config)
    assert process.exports.copy() == status
    return process


def test_captured_streams(engine: Engine, module: Make) -> None:
    config = WasiConfig(stdin=b"some bytes", stdout=Stdio.CAPTURE, stderr=Stdio.CAPTURE)
    with copied(engine, module, config) as process:
        assert process.read_output(Stream.STDERR) == process.read_output() == b"some bytes"
    with copied(engine, module, WasiConfig(stdin=b"x")) as process, pytest.raises(MisuseError):
        process.read_output()
    with pytest.raises(ValueError):
        WasiConfig(stdin=Stdio.CAPTURE)


def test_streams_that_are_functions(engine: Engine, module: Make) -> None:
    # More than was asked for is kept for the next call.
    parts = [b"a long part", b"", b"never asked for"]
    written: List[bytes] = []
    config = WasiConfig(stdin=lambda capacity: parts.pop(0), stdout=written.append)
    with copied(engine, module, config):
        assert b"".join(written) == b"a long part" and len(parts) == 1


def test_functions_of_streams_that_raise(
    engine: Engine, module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: List[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda details: raised.append(details.exc_value))

    def fail(_: Any) -> bytes:
        raise OSError("broken")

    copied(engine, module, WasiConfig(stdin=fail), IO).close()
    copied(engine, module, WasiConfig(stdin=b"x", stdout=fail), IO).close()
    assert [str(error) for error in raised] == ["broken", "broken"]


def test_streams_that_are_files(engine: Engine, module: Make, tmp_path: Any) -> None:
    (tmp_path / "in").write_bytes(b"from a file")
    with open(tmp_path / "in", "rb") as source, open(tmp_path / "out", "wb") as target:
        copied(engine, module, WasiConfig(stdin=source, stdout=target)).close()
    assert (tmp_path / "out").read_bytes() == b"from a file"


def test_directories(engine: Engine, module: Make, tmp_path: Any) -> None:
    config = WasiConfig(directories={"/": tmp_path}, permissions=Permissions.READ_WRITE)
    with MemoryFS(1 << 20) as fs:
        config.preopen("/memory", fs)
    (tmp_path / "file").write_text("")
    # The first name of a preopen is the guest's name of descriptor 3.
    Process(engine, module("nothing"), config=config).close()
    with pytest.raises(wasi_threads.FileError):
        Process(engine, module("nothing"), config=WasiConfig(directories={"/": "/no-such"}))


def test_a_file_system_in_memory() -> None:
    with MemoryFS(1 << 20) as fs:
        fs.write("folder/file", b"content" * 1000)
        fs.add_directory("folder/inner")
        assert fs.read("folder/file") == b"content" * 1000
        assert fs.list("folder") == [("file", False), ("inner", True)]
        fs.write("empty", b"")
        assert fs.read("empty") == b""
        fs.remove("folder/file")
        with pytest.raises(wasi_threads.FileError, match="folder/file"):
            fs.read("folder/file")
        with pytest.raises(LimitError):
            fs.write("large", bytes(2 << 20))
        assert [entry.name for entry in fs.list()][:2] == ["folder", "empty"]


def test_sockets(engine: Engine, module: Make) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        config = WasiConfig()
        config.add_socket(theirs)
        Process(engine, module("nothing"), config=config).close()
    with pytest.raises(MisuseError), open(os.devnull) as file:
        WasiConfig().add_socket(file)


COMMAND = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "_start")
    (global.set $count (i32.const 100))
    (call $proc_exit (i32.load (i32.const 0))))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count)))"""


def test_a_command_as_a_library(engine: Engine, module: Make) -> None:
    command = module(COMMAND)
    with Process(engine, command) as process:
        assert process.run_as_library() is None
        assert [process.exports.next() for _ in range(2)] == [101, 102]
        with pytest.raises(MisuseError):
            process.run()
    with Process(engine, command) as process:
        process.memory().write(0, b"\3")
        assert process.run_as_library() == 3
        with pytest.raises(MisuseError, match="has ended"):
            process.exports.next()


def test_snapshots(engine: Engine, module: Make) -> None:
    with Process(engine, module(COMMAND)) as process:
        process.run_as_library()
        process.memory().write(8, b"ready")
        with process.attach(), pytest.raises(MisuseError, match="1 other thread"):
            Snapshot(process)
        snapshot = Snapshot(process)
        assert process.exports.next() == 101
    others = [Process(engine, snapshot) for _ in range(3)]
    snapshot.close()
    for other in others:
        with other:
            assert other.exports.next() == 101
            assert bytes(other.memory().read(8, 5)) == b"ready"
    with pytest.raises(MisuseError, match="closed"):
        Process(engine, snapshot)
    with pytest.raises(MisuseError):
        Snapshot(others[0])

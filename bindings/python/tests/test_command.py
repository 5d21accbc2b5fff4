"""The command of the package, as somebody types it who has nothing but the wheel."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
from typing import Any

import pytest
from conftest import PATIENCE, PRIMES, assemble, guest

from wasi_threads import Engine, Module, Tier, tier_available
from wasi_threads._command import main


def command(*words: object, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
    if "input" in options:
        del options["stdin"]
    line = [sys.executable, "-m", "wasi_threads", *(os.fspath(word) for word in words)]  # type: ignore[call-overload]
    return subprocess.run(line, capture_output=True, timeout=PATIENCE, **options)


def test_a_threaded_program() -> None:
    for words in (["run", PRIMES], [PRIMES], ["run", "--", PRIMES], ["run", "--max-threads", "8", PRIMES]):
        result = command(*words)
        assert (result.returncode, result.stderr) == (0, b"")
        assert b"primes below 200000: 17984" in result.stdout


def test_what_the_guest_is_given(tmp_path: pathlib.Path) -> None:
    (tmp_path / "typed").write_bytes(b"typed\n")
    environment = {**os.environ, "INHERITED": "1"}
    words = ["--env", "A=1=2", "--env", "INHERITED", "--env", "MISSING", "--argv0", "me", "--stdin"]
    strange = os.fsdecode(b"\xff")
    result = command(*words, tmp_path / "typed", guest("echo"), "--help", "--", strange, env=environment)
    assert result.stdout.splitlines() == [
        b"argument 0: me", b"argument 1: --help", b"argument 2: --", b"argument 3: \xff",
        b"environment: A=1=2", b"environment: INHERITED=1", b"typed"]
    result = command("--env-inherit", guest("echo"), env={**os.environ, "B": "2"})
    assert b"environment: B=2" in result.stdout, result.stderr


def test_directories(tmp_path: pathlib.Path) -> None:
    (tmp_path / "in").write_text("contents ")
    for option in (f"{tmp_path}", f"{tmp_path}::/", f"{tmp_path}::/:rw"):
        result = command("--dir", option, guest("files"))
        assert (result.returncode, result.stdout) == (0, b"contents "), result.stderr
        (tmp_path / "out").unlink()
    assert command("--dir", f"{tmp_path}:ro", guest("files")).returncode == 76
    for option in ("", "::", "::/guest", "host::", ":ro"):
        assert command("--dir", option, guest("files")).returncode == 64


def test_statuses() -> None:
    statuses = {"exit": 42, "trap": 134, "no-start": 1, "unknown-import": 1, "feature": 1, "start-type": 1}
    for name, status in statuses.items():
        result = command(guest(name))
        assert result.returncode == status, (name, result.stderr)
        assert (result.stderr == b"") == (name == "exit")
        assert b"Traceback" not in result.stderr
    assert b"innermost" in command(guest("trap")).stderr
    assert command("--timeout", "0.1", guest("loop")).returncode == 124
    for words in (["nowhere.wasm"], ["--stdin", "nowhere", guest("echo")], ["--without", "simd", guest("vectors")],
                  ["--without", "teleport", guest("hello")], ["--cache-dir", "/proc/nowhere", "nowhere.wasm"]):
        result = command(*words)
        assert result.returncode == 1 and result.stderr.startswith(b"wasi-threads: ")
        assert b"Traceback" not in result.stderr


def test_wrong_usage() -> None:
    hello = guest("hello")
    for words in ([], ["run"], ["--bogus", hello], ["--timeout", "0", hello], ["--timeout", "x", hello],
                  ["--max-threads", "x", hello], ["--memory-limit", "1T", hello], ["--env", "=X", hello],
                  ["--tier", "eager", hello], ["validate", hello, "more"], ["--max-thread", "3", hello], ["--env"]):
        result = command(*words)
        assert (result.returncode, result.stdout) == (64, b""), words
        assert b"usage" in result.stderr and b"Traceback" not in result.stderr
    for words in (["--help"], ["run", "--help"], ["inspect", "--version"]):
        result = command(*words)
        assert result.returncode == 0 and result.stderr == b""


def test_exports() -> None:
    text = """(module (func (export "kinds") (param i32 i64 f32 f64 v128) (result i32 i64 f32 f64 v128 funcref)
        local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 ref.null func))"""
    vector = "0x000102030405060708090a0b0c0d0e0f"
    result = command("--invoke", "kinds", "-", "0xffffffff", "-2", "0.1", "0.1", vector, input=assemble(text))
    assert result.stdout.decode().split() == ["-1", "-2", "0.1", "0.1", vector, "null"], result.stderr
    for words in (["kinds", "-", "1"], ["nothing", "-"], ["kinds", "-", "1", "1", "1", "1", "1"],
                  ["kinds", "-", "4294967296", "1", "1", "1", vector], ["kinds", "-", "x", "1", "1", "1", vector]):
        result = command("--invoke", *words, input=assemble(text))
        assert result.returncode == 1 and result.stderr.startswith(b"wasi-threads: "), words


def test_modules_from_standard_input() -> None:
    hello = guest("hello").read_bytes()
    assert command("run", "-", input=hello).stdout == b"Hello, world!\n"
    assert command("validate", "-", input=hello).returncode == 0
    assert b"_start" in command("inspect", "-", input=hello).stdout
    result = command("-", input=b"(module)")
    assert result.returncode == 1 and b"text format" in result.stderr


def test_compiled_modules(engine: Engine, tmp_path: pathlib.Path) -> None:
    if not tier_available(Tier.COMPILED)[0]:
        pytest.skip("LLVM is not installed")
    Module(engine, guest("hello")).compile_to_file(tmp_path / "hello.cwasm")
    assert command(tmp_path / "hello.cwasm").stdout == b"Hello, world!\n"
    assert command("-", input=(tmp_path / "hello.cwasm").read_bytes()).stdout == b"Hello, world!\n"


def test_a_reader_that_leaves() -> None:
    result = subprocess.run(
        ["sh", "-c", '"$0" -m wasi_threads inspect "$1" | head -0', sys.executable, str(PRIMES)],
        capture_output=True, timeout=PATIENCE)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_a_signal_ends_it() -> None:
    line = [sys.executable, "-m", "wasi_threads", str(guest("ending")), "busy", "never", "2"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
        assert process.stderr.read() == b""


def test_the_script_of_the_wheel_is_the_same(capsys: "pytest.CaptureFixture[str]") -> None:
    project = (pathlib.Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert 'wasi-threads-python = "wasi_threads._command:main"' in project
    assert main(["validate", str(PRIMES)]) == 0
    assert main([]) == 64
    assert "usage" in capsys.readouterr().err

"""What the tests share: guests of the repository, guests in the text format, and scripts in a new Python."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
from typing import Callable, Iterator

import pytest

from wasi_threads import Engine, Module

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUESTS = ROOT / "build/guests"
PRIMES = ROOT / "examples-c/guests/primes.wasm"

# Far above what anything here takes: a test that meets it has found something that hangs.
PATIENCE = 60


def guest(name: str) -> pathlib.Path:
    """The binary of a guest of the repository."""
    path = GUESTS / f"{name}.wasm"
    if not path.exists():
        pytest.skip(f"{name}.wasm was not built: scripts/guests needs wasm-tools")
    return path


def assemble(text: str) -> bytes:
    """The binary of a module in the text format."""
    program = shutil.which("wasm-tools")
    if program is None:
        pytest.skip("wasm-tools is not installed")
    made = subprocess.run([program, "parse", "-"], input=text.encode(), capture_output=True, check=True)
    return made.stdout


def script(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Runs Python code to its end in a new interpreter."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@pytest.fixture
def module(engine: Engine) -> Callable[[str], Module]:
    """Makes a module of a guest's name, or of a module in the text format."""
    return lambda source: Module(engine, assemble(source) if source.startswith("(") else guest(source))

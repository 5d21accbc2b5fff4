"""The wheel, its types, and the example: what somebody who installs the package gets."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
from typing import Any

import pytest
from conftest import PATIENCE, PRIMES, guest

import wasi_threads

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
INSTALLED = pathlib.Path(wasi_threads.__file__).parent


def test_the_wheel_is_of_this_platform() -> None:
    wheel = importlib.metadata.distribution("wasi-threads").read_text("WHEEL") or ""
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert f"Tag: py3-none-{platform}\n" in wheel and "Root-Is-Purelib: false" in wheel


def test_the_wheel_carries_the_library_and_its_types() -> None:
    assert (INSTALLED / "libwasi-threads.so.0").is_file()
    assert (INSTALLED / "py.typed").is_file()
    # Where libraries of the platform go, which auditwheel asks for, and with its licence.
    files = [str(path) for path in importlib.metadata.files("wasi-threads") or []]
    assert "wasi_threads/libwasi-threads.so.0" in files and not any("purelib" in path for path in files)
    assert any(path.endswith("/LICENSE") for path in files)
    assert importlib.metadata.version("wasi-threads") == wasi_threads.__version__


def build(root: pathlib.Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the package's build in a checkout that has nothing else, without Swift in PATH."""
    pytest.importorskip("setuptools.command.bdist_wheel")
    folder = root / "bindings/python"
    folder.mkdir(parents=True)
    shutil.copy(PACKAGE / "setup.py", folder)
    words = [sys.executable, "setup.py", "--quiet", "build_py"]
    environment = {**os.environ, "PATH": "/nowhere", **environment}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )


def test_a_build_without_swift_says_so(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pkgconfig").mkdir()
    (tmp_path / "pkgconfig/wasi-threads.map").touch()
    result = build(tmp_path)
    assert result.returncode == 1
    assert "building it needs make, which is not in PATH. Get Swift" in result.stderr


def test_a_build_outside_of_a_checkout_says_so(tmp_path: pathlib.Path) -> None:
    result = build(tmp_path)
    assert result.returncode == 1 and "inside a checkout of libwasi-threads" in result.stderr


def test_a_build_takes_the_library_that_it_is_given(tmp_path: pathlib.Path) -> None:
    library = tmp_path / "library.so"
    library.write_bytes(b"library")
    result = build(tmp_path, WASI_THREADS_LIBRARY=str(library))
    assert result.returncode == 0, result.stderr
    # A folder for the platform, since the library is of one.
    (built,) = (tmp_path / "bindings/python/build").glob("lib.*/wasi_threads/libwasi-threads.so.0")
    assert built.read_bytes() == b"library"


def test_a_library_that_cannot_be_loaded_is_named() -> None:
    for library, message in [
        ("/no-such.so", "cannot be loaded: /no-such.so"),
        ("libm.so.6", "is too old: it has no"),
    ]:
        result = subprocess.run(
            [sys.executable, "-c", "import wasi_threads"],
            capture_output=True,
            text=True,
            env={**os.environ, "WASI_THREADS_LIBRARY": library},
            timeout=PATIENCE,
        )
        assert result.returncode == 1 and "ImportError: The library" in result.stderr
        assert message in result.stderr


def checked(module: str, *arguments: Any) -> None:
    pytest.importorskip(module)
    words = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(words, cwd=PACKAGE, capture_output=True, text=True, timeout=5 * PATIENCE)
    assert result.returncode == 0, result.stdout + result.stderr


def test_types_with_mypy() -> None:
    checked("mypy", "--strict", "--cache-dir", os.devnull, "src/wasi_threads", "example.py", "tests/typed.py")


def test_types_with_pyright() -> None:
    checked("basedpyright")


def test_example() -> None:
    words = [sys.executable, str(PACKAGE / "example.py"), str(PRIMES), str(guest("reactor"))]
    result = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert "primes below 200000: 17984" in lines
    assert lines[-2:] == ["2 + 3 = 5", "The main thread trapped: integer divide by zero."]

"""What the tests of the built library and command share: places and ways to run things."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
COMMAND = BUILD / "bin/wasi-threads"
LIBRARY = BUILD / "lib/libwasi-threads.so"
GUESTS = BUILD / "guests"

# Compiled code that the command keeps stays out of the user's own cache.
os.environ["XDG_CACHE_HOME"] = str(BUILD / "tests/cache")

# What was started in the background may ignore these, and what the tests start would keep that.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

# Far above what anything here takes: a test that meets it has found something that hangs.
PATIENCE = 60


def run(*arguments, **options):
    """Runs a command to its end, with its output as text."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, **options)


def guest(name):
    """The binary of a guest, or a skipped test where the tools to build it are missing."""
    binary = GUESTS / f"{name}.wasm"
    if not binary.exists():
        raise unittest.SkipTest(f"{name}.wasm was not built: clang-22, lld-22 or wasi-libc is missing")
    return binary


def need(program):
    """The path of a program, or a skipped test."""
    path = shutil.which(program)
    if path is None:
        raise unittest.SkipTest(f"{program} is not installed")
    return path


def compile_c(source, output, *flags):
    """Compiles a C program against the staged prefix, with pkg-config, as an embedder does."""
    environment = dict(os.environ, PKG_CONFIG_PATH=str(BUILD / "lib/pkgconfig"))
    told = run("pkg-config", "--cflags", "--libs", "wasi-threads", env=environment, check=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    return run(
        os.environ.get("CC", "cc"), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", output,
        *told.stdout.split(), f"-Wl,-rpath,{BUILD / 'lib'}", "-pthread", *flags)


def has_compiled_code():
    """Whether this machine has an LLVM that the library can use."""
    module = BUILD / "tests/empty.wasm"
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_bytes(b"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7\n\1\6_start\0\0\n\4\1\2\0\x0b")
    environment = dict(os.environ, WASI_THREADS_TIER="compiled")
    return run(COMMAND, "run", module, env=environment).returncode == 0

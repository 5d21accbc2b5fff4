"""What the benchmarks share: places, commands, medians of what runs interleaved, and rows of figures."""

import contextlib
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUTPUT = ROOT / "build/benchmarks"
COMMAND = ROOT / "build/bin/wasi-threads"
GUESTS = ROOT / "build/guests"
COMPILER = "clang-22"
ROUNDS = 3
TIERS = ["interpreter", "compiled", "auto"]


def find_wasmtime():
    """The program itself: what PyPI's package puts into PATH is a script, which takes its time to start."""
    package = importlib.util.find_spec("wasmtime_cli")
    program = package and pathlib.Path(package.origin).with_name("wasmtime")
    found = str(program) if program and os.access(program, os.X_OK) else shutil.which("wasmtime")
    # One that does not start is as good as none.
    return found if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0 else None


WASMTIME = find_wasmtime()
WASMTIME_THREADS = [WASMTIME, "run", "-W", "threads=y,shared-memory=y", "-S", "threads=y"]


def run(*arguments, check=True):
    words = [str(argument) for argument in arguments]
    return subprocess.run(words, capture_output=True, text=True, check=check).stdout


@contextlib.contextmanager
def on_tier(tier):
    """What programs that embed the library run on meanwhile."""
    os.environ["WASI_THREADS_TIER"] = tier
    yield
    del os.environ["WASI_THREADS_TIER"]


def seconds(*arguments):
    start = time.perf_counter()
    run(*arguments, check=False)
    return time.perf_counter() - start


def interleaved(measurements, rounds=ROUNDS):
    """The median of each measurement, a dictionary of functions, over rounds of all of them."""
    samples = {name: [] for name in measurements}
    for _ in range(rounds):
        for name, measure in measurements.items():
            samples[name].append(measure())
    return {name: statistics.median(values) for name, values in samples.items()}


def row(*cells):
    print("  ".join(f"{cell:>14}" if index else f"{cell:<24}" for index, cell in enumerate(cells)), flush=True)


def ratios(names, medians):
    return [f"{medians[name] / medians['native']:.2f}" if name in medians else "-" for name in names]


def peak_bytes(*command):
    """Peak resident memory of a command, and its exit status."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024, process.returncode

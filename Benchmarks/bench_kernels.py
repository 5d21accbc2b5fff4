"""The kernels: warm, on the clock of each; and from cold, as whole processes."""

import math
import statistics
import sys

from measure import (
    COMMAND, COMPILER, HERE, OUTPUT, ROOT, ROUNDS, TIERS, WASMTIME, interleaved, ratios, row, run, seconds)


def kernel_seconds(*command):
    _, checksum, duration = run(*command).split()
    return checksum, float(duration)


def bench_kernels():
    """On the clock of each kernel: what a tier takes to make code is not in it, but for `auto`."""
    print("\nKernels: time over native code (clang -O3). auto compiles while the kernel runs")
    print("shared is compiled code of the kernel built for threads, whose memory is shared")
    tiers = {tier: [COMMAND, "run", "--no-cache", "--tier", tier] for tier in TIERS}
    names = ["shared", *tiers, *(["wasmtime"] if WASMTIME else [])]
    row("kernel", "native s", *names)
    products = {name: [] for name in names}
    for source in sorted((HERE / "kernels").glob("*.c")):
        native, guest = build_kernel(source)
        commands = {"native": [native], "shared": [*tiers["compiled"], build_shared(source)]}
        commands |= {tier: [*words, guest] for tier, words in tiers.items()}
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


def build_shared(source):
    """The guest as one builds it for threads."""
    guest, overlay = OUTPUT / f"{source.stem}-shared.wasm", ROOT / "Tests/Guests/overlay"
    memory = "-Wl,--import-memory,--export-memory,--shared-memory,--max-memory=1073741824,--no-check-features"
    run(COMPILER, "--target=wasm32-wasi", "-Wno-deprecated", "-O3", "-matomics", "-mbulk-memory", "-mmutable-globals",
        memory, source, overlay / "threads.c", overlay / "threads.S", "-o", guest)
    return guest


def bench_cold():
    """Whole processes: what compiles is in it, and so is what waits for that."""
    print("\nKernels from cold, s a process; beyond is auto less 1.15 times the compiled kernel's own time")
    row("kernel", "native", "auto", "compiled", "wasmtime", "beyond")
    beyond = []
    for source in sorted((HERE / "kernels").glob("*.c")):
        native, guest = build_kernel(source)
        steady = statistics.median(
            kernel_seconds(COMMAND, "run", "--no-cache", "--tier", "compiled", guest)[1] for _ in range(ROUNDS))
        tiers = {t: [COMMAND, "run", "--no-cache", "--tier", t, guest] for t in ["auto", "compiled"]}
        commands = {"native": [native], **tiers}
        if WASMTIME:
            commands["wasmtime"] = [WASMTIME, "run", "-C", "cache=n", guest]
        medians = interleaved({name: (lambda c=c: seconds(*c)) for name, c in commands.items()})
        beyond.append(medians["auto"] - 1.15 * steady)
        cells = [f"{medians[name]:.3f}" if name in medians else "-"
                 for name in ["native", "auto", "compiled", "wasmtime"]]
        row(source.stem, *cells, f"{beyond[-1]:.3f}")
    row("largest", "", "", "", "", f"{max(beyond):.3f}")

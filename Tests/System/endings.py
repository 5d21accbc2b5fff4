#!/usr/bin/env python3
"""Ends the same program in each of its states, on each tier: endings.py [COUNT].

Tests/System/embed/ending.c ends a process, COUNT times for each of seven states, from four threads of the
host at once, every second time while a fifth deletes it. It prints what does not come back, is left behind or
is told wrongly; where code is compiled, it looks that busy threads are in that code. Then
Tests/System/embed/blocking.c ends processes that wait in calls of WASI: a fifth of COUNT times for each call,
kind of file and way to end.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from support import BUILD, GUESTS, ROOT, compile_c, has_compiled_code

# With "auto" only what has run for a while is compiled.
TIERS = {"eager": ["compiled"], "auto": [], "compiled": ["compiled"], "interpreter": [], "baseline": ["compiled"]}
WITHOUT_LLVM = ["interpreter", "baseline"]


# Where files are in memory, so that those that are filled take no disk.
MEMORY = pathlib.Path("/dev/shm")


def build(name):
    program = BUILD / "tests" / name
    compiled = compile_c(ROOT / f"Tests/System/embed/{name}.c", program)
    if compiled.returncode != 0:
        sys.exit(compiled.stderr)
    return program


def look(what, tier, *arguments, patience=None):
    """Runs a program that prints what it did not expect. Whether all was well."""
    start = time.monotonic()
    environment = dict(os.environ, WASI_THREADS_TIER=tier)
    result = subprocess.run(
        [str(argument) for argument in arguments], env=environment, capture_output=True, text=True,
        timeout=patience)
    lines = (result.stdout + result.stderr).splitlines(keepends=True)
    unexpected = [line for line in lines if not line.startswith("left out: ")]
    print(f"{tier}: {what} in {time.monotonic() - start:.0f} s, exit status {result.returncode}"
          f"{': ' if lines else ''}{''.join(lines)[:2000]}", flush=True)
    return result.returncode == 0 and not unexpected


def main():
    parser = argparse.ArgumentParser(description="Ends a program in each of its states, on each tier.")
    parser.add_argument("count", type=int, nargs="?", default=1000, help="how often for each state")
    count = parser.parse_args().count
    ending, blocking = build("ending"), build("blocking")
    failed = False
    for tier in TIERS if has_compiled_code() else WITHOUT_LLVM:
        # A round takes milliseconds; what takes longer than a second on average hangs. The other looks itself.
        failed |= not look(
            f"7 x {count} endings", tier, ending, GUESTS, count, *TIERS[tier], patience=60 + 7 * count)
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            rounds = max(count // 5, 1)
            failed |= not look(f"5 x {rounds} endings of each blocked call", tier, blocking, GUESTS, folder, rounds)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

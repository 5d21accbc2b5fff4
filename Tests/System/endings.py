#!/usr/bin/env python3
"""Ends the same program in each of its states, on each tier: endings.py [COUNT].

Tests/System/embed/ending.c ends a process, COUNT times for each of seven states, from four threads of the
host at once, every second time while a fifth deletes it. It prints what does not come back, is left behind or
is told wrongly; where code is compiled, it looks that busy threads are in that code.
"""

import argparse
import os
import subprocess
import sys
import time

from support import BUILD, GUESTS, ROOT, compile_c, has_compiled_code

# With "auto" only what has run for a while is compiled.
TIERS = {"eager": ["compiled"], "auto": [], "compiled": ["compiled"], "interpreter": []}


def main():
    parser = argparse.ArgumentParser(description="Ends a program in each of its states, on each tier.")
    parser.add_argument("count", type=int, nargs="?", default=1000, help="how often for each state")
    count = parser.parse_args().count
    program = BUILD / "tests/ending"
    compiled = compile_c(ROOT / "Tests/System/embed/ending.c", program)
    if compiled.returncode != 0:
        sys.exit(compiled.stderr)
    failed = False
    for tier in TIERS if has_compiled_code() else ["interpreter"]:
        start = time.monotonic()
        environment = dict(os.environ, WASI_THREADS_TIER=tier)
        # A round takes milliseconds; what takes longer than a second on average hangs.
        result = subprocess.run(
            [program, GUESTS, str(count), *TIERS[tier]], env=environment, capture_output=True, text=True,
            timeout=60 + 7 * count)
        failed = failed or (result.returncode, result.stdout, result.stderr) != (0, "", "")
        print(f"{tier}: 7 x {count} endings in {time.monotonic() - start:.0f} s, exit status "
              f"{result.returncode}{': ' if result.stdout or result.stderr else ''}"
              f"{result.stdout[:2000]}{result.stderr[:2000]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

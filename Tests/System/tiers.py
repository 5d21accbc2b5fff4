#!/usr/bin/env python3
"""Compares the tiers with each other on modules of chance: tiers.py [--seed N] [COUNT].

Each export of each module is called in an instance of its own, with the interpreter, with everything
compiled, and with thresholds of one, where calls and loops go over to compiled code while they run; and both
again with the compiler of one pass. Results,
globals, the memory to the byte, and of traps the code and the frames with their offsets have to agree.
Prints a line for each difference and keeps its module in build/differential.
"""

import argparse
import concurrent.futures
import hashlib
import os
import random
import subprocess
import sys

import counted
import differential
import expressions
import throwing
import wasm_tools
from differential import Failure, Process, library, made

# The one that the others are compared with comes first.
TIERS = ["interpreter", "compiled", "eager", "baseline", "eager-baseline"]
CALL_STACK_EXHAUSTED = 9
UNCAUGHT_EXCEPTION = 17
# Compiled code keeps as many as 64 addresses of a recursion.
FRAMES = 60


def engine_of(tier):
    former = os.environ.get("WASI_THREADS_TIER")
    os.environ["WASI_THREADS_TIER"] = tier
    try:
        return made("engine_new", None)
    finally:
        if former is None:
            del os.environ["WASI_THREADS_TIER"]
        else:
            os.environ["WASI_THREADS_TIER"] = former


def engines():
    return {tier: engine_of(tier) for tier in TIERS}


def make_looping(seed, path):
    text = expressions.text(seed, iterations=(2000, 60))
    wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", path, input=text.encode())


def make_counted(seed, path):
    wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", path, input=counted.text(seed).encode())


def make_throwing(seed, path):
    wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", path, input=throwing.text(seed).encode())
    # Labels with names would not come out of "print" as they went in.
    wasm_tools.run(wasm_tools.program(), "strip", "--all", path, "-o", path)


def make_trapping(seed, path):
    wasm_tools.smith(
        seed, path, (2000, 8000, 30000), ensure_termination=True, allow_start_export="false",
        canonicalize_nans="true", memory_max_size_required="true", table_max_size_required="true",
        max_imports=0, max_funcs=20, min_funcs=8, max_types=8, max_globals=8, max_instructions=200)


MAKERS = [differential.make_mixed, differential.make_nested, make_looping, make_trapping,
          make_counted, make_throwing]


def observe(engine, handle, module, call, arguments):
    """What one call does, to be compared; None where its end is a matter of time or room."""
    name, _, results = call
    with Process(engine, handle, seconds=20) as process:
        try:
            values = process.call(name, arguments, results)
            # Which function a reference is of, its address does not tell.
            values = [(kind, bool(bits) if kind.endswith("ref") else bits) for kind, bits in values]
        except Failure as failure:
            if failure.trap in (0, CALL_STACK_EXHAUSTED):
                return None
            # Frames of compiled code that passed an exception on are not told.
            frames = [] if failure.trap == UNCAUGHT_EXCEPTION else failure.frames[:FRAMES]
            return "trap", failure.trap, frames, digest(process)
        state = [process.call(name, [], [kind])[0] for name, kind in module.state]
        return "returned", values, state, digest(process)


def digest(process):
    digests = []
    while (memory := process.memory(len(digests))) is not None:
        digests.append(hashlib.blake2b(memory, digest_size=8).hexdigest())
    return digests


def observe_all(engine, module, seed):
    """What all calls do, one after another: pairs of a call and what it did."""
    handle = made("module_new_from_file", engine, str(module.path).encode())
    chance = random.Random(seed)
    try:
        observed = []
        for call in module.calls:
            for _ in range(4 if call[1] else 2):
                arguments = differential.some_arguments(chance, call[1])
                observed.append(((call[0], arguments), observe(engine, handle, module, call, arguments)))
        return observed
    except Failure as failure:
        # Of a segment, or of the start function.
        return [(("new", []), ("refused", failure.trap, failure.frames[:FRAMES]))]
    finally:
        library.wasi_threads_module_delete(handle)


def compare(all_engines, seed):
    """How many calls were compared. Raises where one differs."""
    try:
        module = differential.Module(seed, MAKERS[seed % len(MAKERS)])
    except subprocess.CalledProcessError:
        return 0
    observed = {tier: observe_all(engine, module, seed) for tier, engine in all_engines.items()}
    reference = observed.pop(TIERS[0])
    for tier, others in observed.items():
        if len(others) != len(reference):
            raise AssertionError(f"{tier} made {len(others)} calls: {others[0]}; {reference[0]}")
        for (call, expected), (_, got) in zip(reference, others):
            if expected != got and None not in (expected, got):
                raise AssertionError(f"{call} {TIERS[0]}: {expected}; {tier}: {got}")
            if expected and not got:
                raise AssertionError(f"{call} {TIERS[0]}: {expected}; {tier} did not come to an end")
    module.path.unlink()
    return len(reference)


def main():
    parser = argparse.ArgumentParser(description="Compares the tiers on modules of chance.")
    parser.add_argument("--seed", type=int, default=1, help="where to begin; the same, the same modules")
    parser.add_argument("count", type=int, nargs="?", default=1000, help="how many modules")
    options = parser.parse_args()
    all_engines = engines()
    calls = differences = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = {pool.submit(compare, all_engines, seed): seed
                for seed in range(options.seed, options.seed + options.count)}
        for job in concurrent.futures.as_completed(jobs):
            try:
                calls += job.result()
            except AssertionError as difference:
                differences += 1
                print(f"{jobs[job]}: {difference}", flush=True)
    print(f"{calls} calls compared in {options.count} modules, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

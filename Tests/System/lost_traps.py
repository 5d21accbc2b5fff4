#!/usr/bin/env python3
"""Loads whose value is only wanted in one case, and which trap in any: lost_traps.py [--seed N] [COUNT].

Each function loads once or more, with every type and width, and chooses what it loaded: by select, if, branches,
masks, factors of 0 and 1, comparisons, minima, or in front of a store that happens on one side only. It stores
a mark before it loads and one after. Each is called with addresses inside of the memory, at its end and
beyond, and with conditions that want the value and do not, in the interpreter, compiled, compiled without
AVX-512 (whose masked loads hide faults), and with thresholds of one. Results, traps with their functions,
and the marks have to agree, and an access beyond the memory has to be a trap. Prints a line for each difference
and keeps its module in build/differential.
"""

import argparse
import os
import random
import sys

import differential
import tiers
import wasm_tools
from differential import Failure, Process, library, made

FUNCTIONS_EACH = 125
PAGE = 65536
OUT_OF_BOUNDS, UNALIGNED = 2, 10
TYPES = ["i32", "i64", "f32", "f64"]
LOADS = {
    "i32": {"i32.load": 4, "i32.load8_s": 1, "i32.load8_u": 1, "i32.load16_s": 2, "i32.load16_u": 2,
            "i32.atomic.load": 4, "i32.atomic.load8_u": 1, "i32.atomic.load16_u": 2},
    "i64": {"i64.load": 8, "i64.load8_s": 1, "i64.load8_u": 1, "i64.load16_s": 2, "i64.load16_u": 2,
            "i64.load32_s": 4, "i64.load32_u": 4, "i64.atomic.load": 8, "i64.atomic.load8_u": 1,
            "i64.atomic.load16_u": 2, "i64.atomic.load32_u": 4},
    "f32": {"f32.load": 4}, "f64": {"f64.load": 8},
}
STORES = {"i32": ["i32.store", "i32.store8", "i32.store16", "i32.atomic.store"],
          "i64": ["i64.store", "i64.store8", "i64.store32", "i64.atomic.store"],
          "f32": ["f32.store"], "f64": ["f64.store"]}
# Of a type, and to the same.
STEPS = {
    "i32": ["(i32.add {} $x)", "(i32.mul {} $x)", "(i32.sub $x {})", "(i32.xor {} $x)", "(i32.shl {} (i32.const 3))",
            "(i32.clz {})", "(i32.ctz {})", "(i32.popcnt {})", "(i32.extend8_s {})", "(i32.rotl {} $x)",
            "(i32.or {} (i32.const 1))", "(i32.eqz {})", "(i32.wrap_i64 (i64.extend_i32_u {}))"],
    "f32": ["(f32.add {} $x)", "(f32.mul {} $x)", "(f32.sub $x {})", "(f32.div $x {})", "(f32.sqrt {})", "(f32.abs {})",
            "(f32.neg {})", "(f32.ceil {})", "(f32.min {} $x)", "(f32.max $x {})", "(f32.copysign {} $x)",
            "(f32.demote_f64 (f64.promote_f32 {}))"],
}
STEPS["i64"] = [step.replace("i32.", "i64.") for step in STEPS["i32"] if "eqz" not in step and "wrap" not in step]
STEPS["i64"].append("(i64.extend_i32_s (i32.wrap_i64 {}))")
STEPS["f64"] = [step.replace("f32.", "f64.") for step in STEPS["f32"][:-1]]
STEPS["f64"].append("(f64.promote_f32 (f32.demote_f64 {}))")
COMPARISONS = {"i32": ["eq", "ne", "lt_s", "lt_u", "ge_u"], "i64": ["eq", "ne", "lt_s", "gt_u"],
               "f32": ["eq", "lt", "ge"], "f64": ["ne", "gt", "le"]}


class Function:
    """One function of the test, as text; `bytes` is what its first load reads, from `offset` on."""

    def __init__(self, chance, number):
        self.chance = chance
        self.kind = chance.choice(TYPES)
        name, self.bytes = chance.choice(list(LOADS[self.kind].items()))
        self.offset = chance.choice([0, 0, 4, 8, 64])
        offset = f" offset={self.offset}" if self.offset else ""
        value = f"({name}{offset} (local.get $a))"
        for _ in range(chance.randrange(3)):
            value = chance.choice(STEPS[self.kind]).format(value)
        body = self.chosen(value)
        if chance.randrange(4) == 0:
            body = chance.choice(STEPS[self.kind]).format(body)
        self.text = (
            f'(func (export "f{number}") (param $a i32) (param $c i32) (param $x {self.kind}) (result {self.kind})\n'
            f"  (local $r {self.kind}) (i32.store (i32.const 8) (i32.const {number + 1}))\n"
            f"  (local.set $r {body})\n"
            f"  (i32.store (i32.const 16) (i32.const {number + 1})) (local.get $r))").replace(" $x", " (local.get $x)")
        self.text = self.text.replace("(param (local.get $x)", "(param $x")

    def condition(self):
        return self.chance.choice([
            "(local.get $c)", "(i32.eqz (local.get $c))", "(i32.ne (local.get $c) (i32.const 7))",
            "(i32.and (local.get $c) (i32.const 1))", "(i32.lt_s (local.get $a) (local.get $c))",
            f"({self.kind}.{self.chance.choice(COMPARISONS[self.kind])} $x ({self.kind}.const 3))"])

    def other(self):
        """A value that is chosen instead."""
        second = self.chance.choice(list(LOADS[self.kind]))
        return self.chance.choice([
            " $x", " $x", f"({self.kind}.const 0)", f"({self.kind}.const 5)", f"({second} (i32.const 256))",
            self.chance.choice(STEPS[self.kind]).format(" $x")])

    def chosen(self, value):
        kind, condition, other = self.kind, self.condition(), self.other()
        ways = [
            f"(select {value} {other} {condition})", f"(select {other} {value} {condition})",
            f"(select {value} {other} {condition})", f"(select {other} {value} {condition})",
            f"(local.set $r {value}) (if (result {kind}) {condition} (then (local.get $r)) (else {other}))",
            f"(local.set $r {value}) (if (result {kind}) {condition} (then {other}) (else (local.get $r)))",
            f"(block (result {kind}) (br_if 0 {value} {condition}) (drop) {other})",
            f"(block (result {kind}) (br_if 0 {other} (i32.and {condition} (i32.const 0))) (drop)"
            f" (br_if 0 {value} {condition}) (drop) {other})",
            f"(block $out (result {kind}) (block $in (result {kind}) (br_table $in $out $in {value}"
            f" (i32.and {condition} (i32.const 3)))) (drop) {other})",
            f"(local.set $r {value}) (if {condition} (then ({self.chance.choice(STORES[kind])} (i32.const 32)"
            f" (local.get $r)))) {other}",
            f"(local.set $r {value}) (select (select {other} (local.get $r) {condition}) {other} {self.condition()})",
            f"(select {value} {value} {condition})",
            f"(drop {value}) {other}",
        ]
        compared = f"({kind}.{self.chance.choice(COMPARISONS[kind])} {value} {other})"
        ways.append(f"(select {other} {self.other()} (i32.and {compared} {condition}))")
        ways.append(f"(select {other} {self.other()} (i32.or {condition} {compared}))")
        ways.append(f"(if (result {kind}) (i32.and {condition} {compared}) (then {other}) (else {self.other()}))")
        if kind[0] == "i":
            bit = f"(i32.ne {condition} (i32.const 0))"
            flag = bit if kind == "i32" else f"(i64.extend_i32_u {bit})"
            ways += [
                f"({kind}.and {value} ({kind}.sub ({kind}.const 0) {flag}))", f"({kind}.mul {value} {flag})",
                f"({kind}.and {flag} {value})", f"({kind}.or {value} ({kind}.sub ({kind}.const 0) {flag}))",
                f"({kind}.mul {value} ({kind}.const 0))", f"({kind}.and {value} ({kind}.const 0))",
                f"({kind}.add {other} ({kind}.mul {flag} {value}))",
                f"({kind}.shl {value} ({kind}.mul {flag} {other}))",
                f"({kind}.sub {other} ({kind}.and {value} ({kind}.sub ({kind}.const 0) {flag})))"]
        return self.chance.choice(ways)

    def arguments(self):
        """Addresses inside, at the end and beyond, each with several conditions."""
        last = PAGE - self.bytes - self.offset
        value = 7 if self.kind[0] == "i" else {"f32": 0x40A00000, "f64": 0x4014000000000000}[self.kind]
        for address in [256, last, last + 1, last + self.bytes, 0x7FFF0000, 0xFFFFFFF0]:
            for condition in [0, 1]:
                yield [("i32", address), ("i32", condition), (self.kind, value)]

    def must_trap(self, arguments):
        return arguments[0][1] + self.offset + self.bytes > PAGE


def observe(engine, handle, name, function, arguments):
    with Process(engine, handle, seconds=60) as process:
        try:
            done = process.call(name, arguments, [function.kind])
        except Failure as failure:
            # Which of two accesses side by side it was is for tiers.py to look at.
            done = ("trap", failure.trap, [function for function, _ in failure.frames])
        return done, process.memory(0)[:64]


def engines():
    """By name: the engine, and what its modules are compiled without."""
    made_engines = {tier: (engine, "") for tier, engine in tiers.engines().items()}
    made_engines["compiled without AVX-512"] = (tiers.engine_of("compiled"), "avx512f,avx512vl,avx512bw,avx512dq")
    made_engines["compiled for the oldest"] = (tiers.engine_of("compiled"), "avx512f,avx2,avx,fma,bmi,bmi2")
    return made_engines


def compare(all_engines, seed, count):
    """Differences in a module of `count` functions, and how many calls were compared."""
    chance = random.Random(seed)
    functions = [Function(chance, number) for number in range(count)]
    pattern = "\\40" * 64
    text = "\n".join([
        f'(module (memory (export "memory") 1 1) (data (i32.const 256) "{pattern}")',
        f'(data (i32.const {PAGE - 64}) "{pattern}")', *(function.text for function in functions), ")"])
    differential.FOLDER.mkdir(parents=True, exist_ok=True)
    path = differential.FOLDER / f"lost-{seed}.wasm"
    wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", path, input=text.encode())
    handles = {}
    for name, (engine, without) in all_engines.items():
        os.environ["WASI_THREADS_CPU_WITHOUT"] = without
        handles[name] = made("module_new_from_file", engine, str(path).encode())
    calls, differences = 0, []
    for number, function in enumerate(functions):
        for arguments in function.arguments():
            seen = {name: observe(engine, handles[name], f"f{number}", function, arguments)
                    for name, (engine, _) in all_engines.items()}
            calls += len(seen)
            reference = seen[tiers.TIERS[0]]
            if function.must_trap(arguments) and (
                    reference[0][0] != "trap" or reference[0][1] not in (OUT_OF_BOUNDS, UNALIGNED)
                    or any(reference[1][16:20])):
                differences.append(f"{seed} f{number} {arguments}: the interpreter does not trap: {reference}")
            differences += [f"{seed} f{number} {arguments}: {name}: {got}, not {reference}"
                            for name, got in seen.items() if got != reference]
    for handle in handles.values():
        library.wasi_threads_module_delete(handle)
    if not differences:
        path.unlink()
    return differences, calls


def main():
    parser = argparse.ArgumentParser(description="Looks for loads whose traps are lost.")
    parser.add_argument("--seed", type=int, default=1, help="where to begin; the same, the same functions")
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="how many functions")
    options = parser.parse_args()
    all_engines = engines()
    calls = found = done = 0
    while done < options.count:
        count = min(FUNCTIONS_EACH, options.count - done)
        differences, more = compare(all_engines, options.seed + done // FUNCTIONS_EACH, count)
        for difference in differences:
            print(difference, flush=True)
        calls += more
        found += len(differences)
        done += count
    print(f"{calls} calls of {done} functions compared, {found} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

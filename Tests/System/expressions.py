"""Modules of nested expressions of chance, all of which end and few of which trap.

smith puts instructions in a row that seldom have to do with each other. Here they do: what is computed is
used, in the patterns that a translator fuses, reorders or keeps in registers: locals read before they are
set, constants among temporaries, comparisons before branches, sums as addresses, loops that count.
"""

import random

TYPES = ["i32", "i64", "f32", "f64"]
BINARY = {
    "i32": "add sub mul and or xor shl shr_s shr_u rotl rotr".split(),
    "f32": "add sub mul div min max copysign".split(),
}
BINARY["i64"], BINARY["f64"] = BINARY["i32"], BINARY["f32"]
UNARY = {
    "i32": "i32.clz i32.ctz i32.popcnt i32.extend8_s i32.extend16_s i32.eqz".split(),
    "i64": "i64.clz i64.ctz i64.popcnt i64.extend8_s i64.extend16_s i64.extend32_s".split(),
    "f32": "f32.abs f32.neg f32.sqrt f32.ceil f32.floor f32.trunc f32.nearest".split(),
}
UNARY["f64"] = [name.replace("f32", "f64") for name in UNARY["f32"]]
COMPARE = {"i32": "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split(), "f32": "eq ne lt gt le ge".split()}
COMPARE["i64"], COMPARE["f64"] = COMPARE["i32"], COMPARE["f32"]
CONVERT = {
    "i32": [("i32.wrap_i64", "i64"), ("i32.trunc_sat_f64_s", "f64"), ("i32.trunc_sat_f32_u", "f32")],
    "i64": [("i64.extend_i32_s", "i32"), ("i64.extend_i32_u", "i32"), ("i64.trunc_sat_f64_u", "f64")],
    "f32": [("f32.convert_i32_s", "i32"), ("f32.demote_f64", "f64"), ("f32.convert_i64_u", "i64")],
    "f64": [("f64.convert_i32_u", "i32"), ("f64.promote_f32", "f32"), ("f64.convert_i64_s", "i64")],
}
LOAD = {
    "i32": "i32.load i32.load8_u i32.load8_s i32.load16_u i32.load16_s".split(), "f32": ["f32.load"],
    "i64": "i64.load i64.load8_u i64.load32_s i64.load32_u i64.load16_s".split(), "f64": ["f64.load"],
}
STORE = {"i32": ["i32.store", "i32.store8", "i32.store16"], "i64": ["i64.store", "i64.store8", "i64.store32"],
         "f32": ["f32.store"], "f64": ["f64.store"]}
INTEGERS = [0, 1, 2, 3, 4, 5, 8, 31, 32, 33, 255, 0x7FFF, 0x8000, 0xFFFF, 0x10000, -1, -2, -8, -0x8000,
            -0x8001, 0x7FFFFFFF, -0x80000000]
# Sums and products of these stay numbers, mostly.
FLOATS = ["0", "-0", "1", "-1", "0.5", "3", "100", "-1e10", "1e-20"]
LOCALS_EACH = 3
# What a module may have beside its first memory, and each of them in its place; whether addresses have 64 bits.
PLAIN = ("1 1", False)
OTHER_MEMORIES = [PLAIN, ("i64 1 2", True), ("65536 65536 (pagesize 1)", False), ("i64 65536 70000 (pagesize 1)", True)]


def plain(kind, value):
    """The value without the bits of a NaN, which may differ."""
    return f"(call $plain_{kind} {value})" if kind[0] == "f" else value


class Function:
    """The text of one function's body."""

    def __init__(self, chance, helpers, iterations, memories):
        self.chance = chance
        self.memories = memories
        self.helpers = helpers
        # The most iterations of a loop, and of one inside of another.
        self.iterations = iterations
        self.depth_of_blocks = 0
        self.counters = 0

    def local(self, kind):
        return f"${kind}{self.chance.randrange(LOCALS_EACH)}"

    def constant(self, kind):
        if kind[0] == "f":
            return f"({kind}.const {self.chance.choice(FLOATS)})"
        return f"({kind}.const {self.chance.choice(INTEGERS)})"

    def place(self, depth, offset):
        """A memory, an offset and an address."""
        index = self.chance.randrange(len(self.memories))
        address = self.address(depth)
        if self.memories[index][1]:
            address = f"(i64.extend_i32_u {address})"
        return f"{f' {index}' if index else ''}{offset} {address}"

    def address(self, depth):
        """Below 32768 and more, in a shape that a load may take in."""
        masked = f"(i32.and {self.value('i32', depth - 1)} (i32.const 0x3ff8))"
        return self.chance.choice([
            masked, f"(i32.add {masked} (i32.const {self.chance.choice([0, 8, 4096])}))",
            f"(i32.add (i32.const 16) {masked})",
            f"(i32.add {masked} (i32.and {self.value('i32', depth - 2)} (i32.const 0x1ff0)))"])

    def condition(self, depth):
        kind = self.chance.choice(TYPES)
        compared = (f"({kind}.{self.chance.choice(COMPARE[kind])} {self.value(kind, depth - 1)} "
                    f"{self.value(kind, depth - 1)})")
        return self.chance.choice([
            compared, compared, f"(i32.eqz {compared})", self.value("i32", depth - 1),
            f"(i64.eqz {self.value('i64', depth - 1)})", f"(i32.eqz {self.value('i32', depth - 1)})"])

    def value(self, kind, depth):
        if depth <= 0:
            return self.chance.choice([f"(local.get {self.local(kind)})", self.constant(kind)])
        less = depth - 1
        match self.chance.randrange(14):
            case 0 | 1 | 2 | 3:
                operation = self.chance.choice(BINARY[kind])
                second = self.value(kind, less)
                if operation == "copysign":
                    second = plain(kind, second)
                return f"({kind}.{operation} {self.value(kind, less)} {second})"
            case 4: return f"({self.chance.choice(UNARY[kind])} {self.value(kind, less)})"
            case 5:
                name, source = self.chance.choice(CONVERT[kind])
                return f"({name} {self.value(source, less)})"
            case 6:
                offset = self.chance.choice(["", " offset=4", " offset=16384"])
                return f"({self.chance.choice(LOAD[kind])}{self.place(less, offset)})"
            case 7: return f"(local.tee {self.local(kind)} {self.value(kind, less)})"
            case 8:
                return f"(select {self.value(kind, less)} {self.value(kind, less)} {self.condition(less)})"
            case 9:
                return (f"(if (result {kind}) {self.condition(less)} (then {self.statements(less)}"
                        f"{self.value(kind, less)}) (else {self.value(kind, less)}))")
            case 10:
                branch = f"(br_if 0 {self.value(kind, less)} {self.condition(less)})"
                first = self.statements(less)
                return f"(block (result {kind}) {first}(drop {branch}) {self.value(kind, less)})"
            case 11 if self.helpers:
                return f"(call $help_{kind} {self.value(kind, less)} {self.value('i32', less)})"
            case 12: return f"(block (result {kind}) {self.statement(less)} {self.value(kind, less)})"
            case _: return self.value(kind, 0)

    def statement(self, depth):
        kind = self.chance.choice(TYPES)
        less = depth - 1
        match self.chance.randrange(7 if self.counters < 2 else 6):
            case 0 | 1 | 2: return f"(local.set {self.local(kind)} {self.value(kind, less)})"
            case 3:
                value = plain(kind, self.value(kind, less))
                return f"({self.chance.choice(STORE[kind])}{self.place(less, '')} {value})"
            case 4 | 5 as shape:
                first, condition, second = self.statements(less), self.condition(less), self.statements(less)
                if shape == 4:
                    return f"(if {condition} (then {first}) (else {second}))"
                return f"(block {first} (br_if 0 {condition}) {second})"
            case _: return self.loop(less)

    def loop(self, depth):
        """Counts up or down in a local that nothing else sets, with the test in one of several shapes."""
        counter = f"$counter{self.counters}"
        self.counters += 1
        times = self.chance.randrange(1, self.iterations[self.counters - 1])
        step, last = self.chance.choice([(1, times), (-1, -times), (2, 2 * times)])
        body = self.statements(depth)
        stepped = f"(i32.add (local.get {counter}) (i32.const {step}))"
        test = self.chance.choice([
            f"(br_if 0 (i32.ne (local.tee {counter} {stepped}) (i32.const {last})))",
            f"(local.set {counter} {stepped}) (br_if 0 (i32.ne (local.get {counter}) (i32.const {last})))",
            f"(br_if 0 (i32.sub (local.tee {counter} {stepped}) (i32.const {last})))",
            f"(br_if 1 (i32.eq (local.tee {counter} {stepped}) (i32.const {last}))) (br 0)"])
        self.counters -= 1
        return f"(local.set {counter} (i32.const 0)) (block (loop {body} {test}))"

    def statements(self, depth):
        count = self.chance.randrange(3) if depth > 0 else 0
        return "".join(f"{self.statement(depth)} " for _ in range(count))

    def body(self, kind):
        statements = "\n    ".join(self.statement(4) for _ in range(self.chance.randrange(1, 6)))
        return f"    {statements}\n    {plain(kind, self.value(kind, 4))}"


def text(seed, iterations=(6, 6)):
    """A module in the text format."""
    chance = random.Random(seed)
    # Nearly all programs have one memory, of the kind that has been there from the beginning.
    memories = [PLAIN] if seed % 3 else [chance.choice(OTHER_MEMORIES) for _ in range(chance.randrange(1, 4))]
    parts = ["(module", *(f'(memory (export "memory {index}") {kind})' for index, (kind, _) in enumerate(memories))]
    names = " ".join(f"(local ${kind}{index} {kind})" for kind in TYPES for index in range(1, LOCALS_EACH))
    parameters = " ".join(f"(param ${kind}0 {kind})" for kind in TYPES)
    for kind in TYPES:
        parts.append(f"(func $help_{kind} (param {kind} i32) (result {kind}) (local.get 0))")
        if kind[0] == "f":
            parts.append(
                f"(func $plain_{kind} (param {kind}) (result {kind})"
                f" (select (local.get 0) ({kind}.const nan) ({kind}.eq (local.get 0) (local.get 0))))")
    for number in range(6):
        kind = chance.choice(TYPES)
        function = Function(chance, number > 1, iterations, memories)
        parts.append(
            f'(func (export "f{number}") {parameters} (result {kind}) {names}\n'
            f"    (local $counter0 i32) (local $counter1 i32)\n{function.body(kind)})")
    return "\n".join(parts) + ")\n"

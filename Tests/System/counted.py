"""Modules of counted loops at the edges: of the memory, of what an i32 holds, of the fewest iterations.

The compiler makes a second body of such a loop, without checks, for where it finds out in front of it that
nothing traps. Here the first iteration, the last and their number are close to where that changes. Each loop
ends, since each iteration writes or reads farther on, or their number is small.
"""

import random

FUNCTIONS = 12
EDGES = [0, 0, 1, 0xFF00, 0xFFC0, 0xFFF0, 0x10000, 0x1FFC0, 0x7FFFFFC0, 0x80000000, -0x40, -0x100, -0x10000]
STEPS = [1, 1, 2, 3, 4, 7, 8, 16, 100, 0x7000, 0x10000, 0x40000000, 0x7FFFFFFF, -0x80000000]
OFFSETS = [0, 0, 1, 4, 8, 100, 0xFF00, 0xFFF8, 0x10000, 0x7FFFFFFF, 0xFFFFFFF0]
WIDTHS = {"i32": ["load8_u", "load8_s", "load16_u", "load"],
          "i64": ["load8_s", "load16_u", "load32_s", "load32_u", "load"]}
STORES = {"i32": ["store8", "store16", "store"], "i64": ["store8", "store32", "store"]}


class Loop:
    def __init__(self, chance):
        self.chance = chance
        self.step = chance.choice(STEPS) * chance.choice([1, 1, -1])
        self.counter_step = chance.choice(STEPS[:6]) * chance.choice([1, -1])

    def offset(self):
        return self.chance.choice(OFFSETS)

    def address(self):
        """Moves with each iteration."""
        chance = self.chance
        kind = chance.randrange(8)
        if kind < 4:
            return "(local.get $p)"
        if kind == 4:
            return f"(i32.add (local.get $p) (i32.const {chance.choice([1, 4, 8, -1, -4, -8, 64])}))"
        if kind == 5:
            return "(i32.add (local.get $p) (i32.sub (local.get $q) (local.get $n)))"
        if kind == 6:
            return f"(i32.sub (local.get $p) (i32.const {chance.choice([1, 16, 0x100])}))"
        return f"(i32.add (local.get $q) (i32.shl (local.get $i) (i32.const {chance.randrange(4)})))"

    def value(self):
        kind = self.chance.choice(list(WIDTHS))
        load = f"({kind}.{self.chance.choice(WIDTHS[kind])} offset={self.offset()} {self.address()})"
        return load if kind == "i32" else f"(i32.wrap_i64 {load})"

    def work(self):
        chance = self.chance
        kind = chance.randrange(5)
        if kind == 0:
            return f"(local.set $s (i32.add (local.get $s) {self.value()}))"
        if kind == 1:
            return f"(local.set $s (i32.xor (i32.rotl (local.get $s) (i32.const 3)) {self.value()}))"
        stored = chance.choice(list(STORES))
        value = chance.choice(["(local.get $i)", "(local.get $s)", self.value()])
        value = value if stored == "i32" else f"(i64.extend_i32_u {value})"
        return f"({stored}.{chance.choice(STORES[stored])} offset={self.offset()} {self.address()} {value})"

    def condition(self):
        chance = self.chance
        counter = chance.choice(["$i", "$i", "$p"])
        name = chance.choice(["i32.ne", "i32.lt_s", "i32.lt_u", "i32.gt_s", "i32.gt_u", "zero"])
        if name == "zero":
            return f"(local.get {counter})"
        pair = [f"(local.get {counter})", "(local.get $n)"]
        if chance.randrange(4) == 0:
            pair[0] = f"(i32.add {pair[0]} (i32.const {chance.choice([1, -1, 5])}))"
        if chance.randrange(2):
            pair.reverse()
        return f"({name} {' '.join(pair)})"

    def text(self):
        chance = self.chance
        body = [self.work() for _ in range(chance.randint(1, 4))]
        moves = [f"(local.set $p (i32.add (local.get $p) (i32.const {self.step})))",
                 f"(local.set $i (i32.add (local.get $i) (i32.const {self.counter_step})))"]
        # An access that surely moves, so that the loop ends.
        body.append("(local.set $s (i32.add (local.get $s) (i32.load8_u (local.get $p))))")
        for move in moves:
            body.insert(chance.randint(0, len(body)), move)
        return "\n    ".join(["(loop", *body, f"(br_if 0 {self.condition()}))"])


def near(chance, name):
    """A value at an edge, moved a little by an argument."""
    edge, bits = chance.choice(EDGES), chance.choice([3, 15, 63, 255])
    return f"(local.set {name} (i32.add (i32.const {edge}) (i32.and (local.get {name}) (i32.const {bits}))))"


def text(seed):
    chance = random.Random(seed)
    functions = []
    for index in range(FUNCTIONS):
        loops = [Loop(chance).text() for _ in range(chance.choice([1, 1, 2]))]
        functions.append(f"""
  (func (export "f{index}") (param $p i32) (param $i i32) (param $n i32) (param $q i32) (result i32)
    (local $s i32)
    {near(chance, '$p')} {near(chance, '$i')} {near(chance, '$n')} {near(chance, '$q')}
    {' '.join(loops)}
    (i32.add (local.get $s) (i32.add (local.get $p) (local.get $i))))""")
    pages = chance.choice([1, 1, 2])
    shared = chance.choice(["", " shared"])
    return f'(module (memory {pages} {pages + 1}{shared})' + "".join(functions) + \
        '\n  (data (i32.const 0) "\\01\\02\\83\\04\\f5")\n  (data (i32.const 65500) "counted loops at the edge"))'

"""Modules that throw, catch and call in place of themselves: both encodings, references to exceptions in locals,
globals and tables, loops in tries and in handlers.

Each call ends: every function takes of one store of fuel. What happens is written down in the memory.
"""

import random

FUNCTIONS = 10
FUEL = [30, 200, 1500]
TAGS = {"$t0": ["i32"], "$t1": ["i64", "f64"], "$t2": [], "$t3": ["f32", "v128", "i32"]}
SETTERS = {"i32": "(local.set $s)", "i64": "(local.set $b)", "f64": "(local.set $c)", "f32": "(local.set $f)",
           "v128": "(local.set $v)", "exnref": "(local.set $e)"}
GETTERS = {"i32": "(local.get $s)", "i64": "(local.get $b)", "f64": "(local.get $c)", "f32": "(local.get $f)",
           "v128": "(local.get $v)"}
ARGUMENTS = "(i32.add (local.get $a) (i32.const {0})) (local.get $b) (f64.add (local.get $c) (f64.const 1))"
DEPTH = 4


class Body:
    """The statements of one function. None of them leaves anything on the stack."""

    def __init__(self, chance):
        self.chance = chance
        self.labels = 0

    def label(self, name):
        self.labels += 1
        return f"${name}{self.labels}"

    def condition(self):
        modulus = self.chance.choice([2, 3, 3, 5, 7])
        word = self.chance.choice(["$a", "$s", "$a"])
        rest = self.chance.randrange(modulus)
        return f"(i32.eq (i32.rem_u (local.get {word}) (i32.const {modulus})) (i32.const {rest}))"

    def when(self, action):
        return f"(if {self.condition()} (then {action}))"

    def statements(self, depth):
        return "\n".join(self.statement(depth) for _ in range(self.chance.randrange(1, 4)))

    def statement(self, depth):
        simple = [self.work, self.log, self.call, self.call, self.throw, self.again, self.move, self.in_place,
                  self.trap]
        nested = [self.table, self.table, self.table, self.legacy, self.legacy, self.delegate, self.loop]
        choice = self.chance.choice(simple + nested if depth < DEPTH else simple)
        return choice(depth)

    # ---- Without blocks ----

    def work(self, _):
        return self.chance.choice([
            "(local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (local.get $a)))",
            "(local.set $b (i64.add (local.get $b) (i64.extend_i32_u (local.get $s))))",
            "(local.set $c (f64.mul (local.get $c) (f64.const 0.5)))",
            "(local.set $f (f32.add (local.get $f) (f32.const 1.5)))",
            "(local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $s))))",
            "(local.set $a (i32.add (local.get $a) (i32.const 1)))"])

    def log(self, _):
        value = self.chance.choice([
            "(local.get $s)", "(i32.wrap_i64 (local.get $b))", "(i32.trunc_sat_f64_s (local.get $c))",
            "(i32.trunc_sat_f32_s (local.get $f))", "(i32x4.extract_lane 1 (local.get $v))",
            "(ref.is_null (local.get $e))"])
        return f"(call {FUNCTIONS} {value})"

    def callee(self, place):
        arguments = ARGUMENTS.format(self.chance.randrange(5))
        if self.chance.randrange(3) == 0:
            return f"({place}call_indirect $fs (type 0) {arguments} (i32.const {self.chance.randrange(FUNCTIONS)}))"
        return f"({place}call {self.chance.randrange(FUNCTIONS)} {arguments})"

    def call(self, _):
        return f"(local.set $s (i32.xor (local.get $s) {self.callee('')}))"

    def in_place(self, _):
        return self.when(self.callee("return_"))

    def throw(self, _):
        tag, types = self.chance.choice(list(TAGS.items()))
        return self.when(f"(throw {tag} {' '.join(GETTERS[type] for type in types)})")

    def again(self, _):
        return f"(if (ref.is_null (local.get $e)) (then) (else {self.when('(throw_ref (local.get $e))')}))"

    def move(self, _):
        index = self.chance.randrange(4)
        return self.chance.choice([
            "(global.set 1 (local.get $e))", "(local.set $e (global.get 1))", "(local.set $e (ref.null exn))",
            f"(table.set $xs (i32.const {index}) (local.get $e))",
            f"(local.set $e (table.get $xs (i32.const {index})))",
            f"(local.set $e (select (result exnref) (local.get $e) (global.get 1) {self.condition()}))"])

    def trap(self, _):
        return "" if self.chance.randrange(8) else self.when("(unreachable)")

    # ---- Tries ----

    def table(self, depth):
        clauses, opened, closed = [], "", ""
        out = self.label("out")
        for _ in range(self.chance.randrange(1, 4)):
            label = self.label("h")
            tag = self.chance.choice([*TAGS, None, None])
            types = list(TAGS[tag]) if tag else []
            reference = self.chance.randrange(2)
            clauses.append(
                f"({'catch' if tag else 'catch_all'}{'_ref' if reference else ''} {tag or ''} {label})")
            types += ["exnref"] * reference
            opened = f"(block {label} (result {' '.join(types)})\n" + opened
            handler = " ".join(SETTERS[type] for type in reversed(types))
            closed += f")\n{handler} {self.statements(depth + 1)} (br {out})\n"
        body = self.statements(depth + 1)
        return f"(block {out} {opened} (try_table {' '.join(clauses)} {body}) (br {out}) {closed})"

    def legacy(self, depth):
        text = f"try {self.statements(depth + 1)}\n"
        for tag in self.chance.sample(list(TAGS), self.chance.randrange(3)):
            setters = " ".join(SETTERS[type] for type in reversed(TAGS[tag]))
            text += f"catch {tag} {setters} {self.handler(depth)}\n"
        if self.chance.randrange(2):
            text += f"catch_all {self.handler(depth)}\n"
        return text + "end"

    def handler(self, depth):
        again = f"(if {self.condition()} (then rethrow 1))" if self.chance.randrange(3) == 0 else ""
        return self.statements(depth + 1) + again

    def delegate(self, depth):
        return f"try try {self.statements(depth + 1)} delegate {self.chance.randrange(2)} catch_all {self.log(0)} end"

    def loop(self, depth):
        label = self.label("l")
        count = self.chance.randrange(2, 6)
        return f"""(local.set $i{depth} (i32.const 0))
            (loop {label} {self.statements(depth + 1)}
              (br_if {label} (i32.lt_u (local.tee $i{depth} (i32.add (local.get $i{depth}) (i32.const 1)))
                (i32.const {count}))))"""


def text(seed):
    chance = random.Random(seed)
    counters = " ".join(f"(local $i{depth} i32)" for depth in range(DEPTH + 1))
    functions = []
    for index in range(FUNCTIONS):
        body = Body(chance)
        statements = "\n".join(body.statements(0) for _ in range(3))
        functions.append(f"""
          (func (export "f{index}") (type 0) (param $a i32) (param $b i64) (param $c f64) (result i32)
            (local $s i32) (local $f f32) (local $v v128) (local $e exnref) {counters}
            (global.set 0 (i32.sub (global.get 0) (i32.const 1)))
            (if (i32.lt_s (global.get 0) (i32.const 0)) (then (return (local.get $a))))
            {statements}
            (local.get $s))""")
    tags = "\n".join(f"(tag {tag} (param {' '.join(types)}))" for tag, types in TAGS.items())
    names = " ".join(map(str, range(FUNCTIONS)))
    return f"""(module (type (func (param i32 i64 f64) (result i32))) (memory (export "memory") 1) {tags}
      (global (mut i32) (i32.const {chance.choice(FUEL)})) (global (mut exnref) (ref.null exn))
      (table $fs funcref (elem {names})) (table $xs 4 exnref)
      {''.join(functions)}
      (func (param i32)
        (i32.store (i32.const 0)
          (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 31)) (i32.add (local.get 0) (i32.const 1))))))"""

"""Data races: programs that have one and programs that have none, in C, and for each kind of access in the text
format."""

import concurrent.futures
import itertools
import os
import re
import subprocess
import unittest

from support import BUILD, COMMAND, guest, need, run

RACE = 66
OUTPUT = BUILD / "tests/data-races"
# Of each program without a race: more are run by hand, with ROUNDS.
ROUNDS = int(os.environ.get("ROUNDS", "2"))
# In some schedules a race is hidden by a lock that happens to be taken in between.
MOST_RUNS = 100


def races(*words, **options):
    return run(COMMAND, "run", "--race", *words, **options)


def count(result):
    return len(re.findall("^wasi-threads: Data race at ", result.stderr, re.MULTILINE))


def made(name, text):
    """A module of a text."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    source, binary = OUTPUT / f"{name}.wat", OUTPUT / f"{name}.wasm"
    source.write_text(text)
    subprocess.run([need("wasm-tools"), "parse", source, "-o", binary], check=True)
    return binary


class Programs(unittest.TestCase):
    """The programs of Tests/Guests/races*.c."""

    def names(self, prefix):
        for file in ("races", "races-places"):
            for name in run(COMMAND, guest(file)).stdout.split():
                if name.startswith(prefix):
                    yield guest(file), name

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(list(self.names("race_")) + list(self.names("fine_"))), 60)

    def test_every_race_is_found(self):
        def find(program):
            results = (races(*program) for _ in range(MOST_RUNS))
            return next((result for result in results if result.returncode != 0), None)

        programs = list(self.names("race_"))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for (file, name), result in zip(programs, pool.map(find, programs)):
                with self.subTest(name):
                    self.assertIsNotNone(result, "no race was found")
                    self.assertEqual(result.returncode, RACE, result.stderr)
                    self.assertGreater(count(result), 0)

    def test_nothing_else_is(self):
        programs = list(self.names("fine_")) * ROUNDS
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for (file, name), result in zip(programs, pool.map(lambda program: races(*program), programs)):
                with self.subTest(name):
                    self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_programs_that_wait_for_each_other(self):
        names = [name for name in run(COMMAND, guest("deadlock")).stdout.split() if name.startswith("live_")]
        for name in names:
            with self.subTest(name):
                result = races(guest("deadlock"), name)
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_what_is_told(self):
        told = races(guest("races"), "race_counter").stderr
        first = told.split("wasi-threads: ")[1]
        self.assertRegex(first, r"^Data race at the address 0x[\da-f]+: nothing orders two accesses to it\.\n")
        sentences = [line.strip() for line in first.splitlines() if not line.startswith("    at ")]
        self.assertRegex(sentences[1], r"^Thread \d (reads|writes) 4 bytes at 0x[\da-f]+:$")
        self.assertRegex(sentences[2], r"^Thread \d has (read|written) 4 bytes at 0x[\da-f]+ before:$")
        self.assertEqual({line[9:] for line in sentences[3:]}, {"was spawned by the main thread:"})
        frames = re.findall(r"^    at (\S+) \(", first, re.MULTILINE)
        self.assertEqual(frames[:4], ["add", "count_plainly", "guest_thread_main", "wasi_thread_start"])
        self.assertIn("race_counter", frames)

    def test_each_pair_of_places_is_told_once(self):
        told = races(guest("races"), "race_counter").stderr.split("Data race at ")[1:]
        pairs = []
        for text in told:
            accesses = re.findall(r"(?:reads|writes|read|written) 4 bytes.*\n    at (.*)", text)
            pairs.append(tuple(sorted(accesses)))
        self.assertEqual(len(set(pairs)), len(pairs))


# ---- Each kind of access -----------------------------------------------------------------------------------

# By name: how bytes from 1024 on are accessed, how many, whether they are written, and whether that is atomic.
ADDRESS = "(i32.const 1024)"
ACCESSES = {
    **{
        name: (f"(drop ({name} {ADDRESS}))", bytes, False, False)
        for name, bytes in {
            "i32.load": 4, "i64.load": 8, "f32.load": 4, "f64.load": 8, "i32.load8_s": 1, "i32.load8_u": 1,
            "i32.load16_s": 2, "i32.load16_u": 2, "i64.load8_s": 1, "i64.load16_u": 2, "i64.load32_s": 4,
            "v128.load": 16, "v128.load32_splat": 4, "v128.load8x8_s": 8, "v128.load64_zero": 8,
        }.items()
    },
    "v128.load8_lane": (f"(drop (v128.load8_lane 3 {ADDRESS} (v128.const i64x2 0 0)))", 1, False, False),
    **{
        name: (f"({name} {ADDRESS} ({name.split('.')[0]}.const {'i64x2 0 0' if 'v128' in name else 0}))", bytes, True,
            False)
        for name, bytes in {
            "i32.store": 4, "i64.store": 8, "f32.store": 4, "f64.store": 8, "i32.store8": 1, "i32.store16": 2,
            "i64.store8": 1, "i64.store16": 2, "i64.store32": 4, "v128.store": 16,
        }.items()
    },
    "v128.store64_lane": (f"(v128.store64_lane 1 {ADDRESS} (v128.const i64x2 0 0))", 8, True, False),
    "load and add": (f"(drop (i32.add (local.get 0) (i32.load {ADDRESS})))", 4, False, False),
    "indexed load": ("(drop (i32.load (i32.add (local.get 0) (i32.const 1024))))", 4, False, False),
    "memory.fill": (f"(memory.fill {ADDRESS} (i32.const 0) (i32.const 16))", 16, True, False),
    "memory.init": (f"(memory.init $data {ADDRESS} (i32.const 0) (i32.const 16))", 16, True, False),
    "memory.copy to": (f"(memory.copy {ADDRESS} (i32.const 2048) (i32.const 16))", 16, True, False),
    "memory.copy from": (f"(memory.copy (i32.const 3072) {ADDRESS} (i32.const 16))", 16, False, False),
    "i32.atomic.load": (f"(drop (i32.atomic.load {ADDRESS}))", 4, False, True),
    "i64.atomic.store": (f"(i64.atomic.store {ADDRESS} (i64.const 0))", 8, True, True),
    "i32.atomic.rmw.add": (f"(drop (i32.atomic.rmw.add {ADDRESS} (i32.const 0)))", 4, True, True),
    "i32.atomic.rmw8.xchg_u": (f"(drop (i32.atomic.rmw8.xchg_u {ADDRESS} (i32.const 0)))", 1, True, True),
    "i64.atomic.rmw.cmpxchg": (
        f"(drop (i64.atomic.rmw.cmpxchg {ADDRESS} (i64.const 0) (i64.const 0)))", 8, True, True),
    "memory.atomic.wait32": (
        f"(drop (memory.atomic.wait32 {ADDRESS} (i32.const 1) (i64.const 0)))", 4, False, True),
    "random_get": (f"(drop (call $random_get {ADDRESS} (i32.const 16)))", 16, True, False),
    "fd_write": (
        "(drop (call $fd_write (i32.const 1) (i32.const 4096) (i32.const 1) (i32.const 4112)))", 8, False, False),
    "clock_time_get": (f"(drop (call $clock_time_get (i32.const 0) (i64.const 0) {ADDRESS}))", 8, True, False),
}

MODULE = """(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1 1 shared)
  (data $data "0123456789abcdef")
  (data (i32.const 4096) "\\00\\04\\00\\00\\08\\00\\00\\00")
  (func $meet
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1)))
    (loop $again (br_if $again (i32.eqz (i32.atomic.load (i32.const 8))))))
  {functions}
  (func (export "wasi_thread_start") (param i32 i32)
    {second}
    (i32.atomic.store (i32.const 8) (i32.const 1))
    (loop $again (br_if $again (i32.eqz (i32.atomic.load (i32.const 16)))))
    {ordered}
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start") (local i32)
    (drop (call $spawn (i32.const 0)))
    {first}
    (i32.atomic.store (i32.const 16) (i32.const 1))
    (loop $again
      (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
      (br_if $again (i32.eqz (i32.atomic.load (i32.const 0)))))))
"""


def module(name, first, second="", ordered="", functions=""):
    return made(name, MODULE.format(first=first, second=second, ordered=ordered, functions=functions))


class Accesses(unittest.TestCase):
    def test_each_kind_against_a_plain_load_and_store(self):
        """Beside a plain store each races, beside a plain load those that write; what is ordered does not."""
        for name, (code, bytes, writes, _) in ACCESSES.items():
            # The last byte that it touches, and the first that it does not.
            last, next = f"(i32.const {1024 + bytes - 1})", f"(i32.const {1024 + bytes})"
            others = {
                "store": (f"(i32.store8 {last} (i32.const 0))", True),
                "load": (f"(drop (i32.load8_u {last}))", writes),
                "store beside": (f"(i32.store8 {next} (i32.const 0))", False),
            }
            for kind, (other, is_race) in others.items():
                file = f"{name}-{kind}".replace(" ", "-")
                with self.subTest(name, beside=kind):
                    functions = f"(func $first (local i32) {code}) (func $second {other})"
                    result = races(module(file, "(call $first)", "(call $second)", functions=functions))
                    self.assertEqual(count(result), 1 if is_race else 0, result.stderr)
                    self.assertEqual(result.returncode, RACE if is_race else 0)
                    result = races(module(file, "(call $first)", "", "(call $second)", functions))
                    self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_atomic_accesses_do_not_race_with_each_other(self):
        atomic = [name for name, access in ACCESSES.items() if access[3]]
        for first, second in itertools.combinations_with_replacement(atomic, 2):
            with self.subTest(first, second=second):
                result = races(module("atomics", ACCESSES[first][0], ACCESSES[second][0]))
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_what_traps_is_no_access(self):
        text = "(drop (i32.load (i32.const 65533)))"
        result = races(module("trap", text))
        self.assertEqual((result.returncode, count(result)), (134, 0))

    def test_wide_memories_and_others_than_the_first(self):
        for index, (kind, address) in enumerate((("i64 1 1 shared", "i64.const"), ("1 1 shared", "i32.const"))):
            text = f"""(module
              (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
              (memory (export "memory") 1 1 shared)
              (memory $other {kind})
              (memory $own 1)
              (func $touch
                (i32.store $other ({address} 64) (i32.const 1))
                (i32.store $own (i32.const 64) (i32.const 1)))
              (func (export "wasi_thread_start") (param i32 i32)
                (call $touch)
                (i32.atomic.store (i32.const 0) (i32.const 1))
                (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
              (func (export "_start")
                (drop (call $spawn (i32.const 0)))
                (call $touch)
                (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"""
            result = races(made(f"memories-{index}", text))
            self.assertEqual((result.returncode, count(result)), (RACE, 1), result.stderr)
            self.assertIn("Data race at the address 0x40 in the memory 1:", result.stderr)


# ---- Suppressions ------------------------------------------------------------------------------------------


class Suppressions(unittest.TestCase):
    def suppressed(self, text, *words):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        file = OUTPUT / "suppressions.txt"
        file.write_text(text)
        return races("--race-suppressions", file, *(words or (guest("race"),)))

    def test_patterns(self):
        for text, is_covered in {
            "race:count": True, "race:^count$": True, "race:co*t": True, "race:^both$ # the caller": True,
            "race_top:^count$": True, "race_top:both": False, "race:^coun$": False, "race:^oun": False,
            "# race:count": False, "\n  race:nothing\n\trace:count\r\n": True, "atomic:^count$": True, "race:": None,
            "races:count": None, "count": None,
        }.items():
            with self.subTest(text):
                result = self.suppressed(text)
                if is_covered is None:
                    self.assertEqual(result.returncode, 1)
                    self.assertRegex(result.stderr, r"^wasi-threads: The line 1 of .*suppressions.txt has ")
                elif is_covered:
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                else:
                    self.assertEqual(result.returncode, RACE)

    def test_a_file_that_is_not_there(self):
        result = races("--race-suppressions", "/nowhere", guest("race"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("Cannot read /nowhere", result.stderr)
        self.assertEqual(run(COMMAND, "run", "--race-suppressions", "/nowhere", guest("race")).returncode, 64)

    def test_volatile_words_of_libraries(self):
        """What musl does: a plain load of a word that is stored atomically, a fence, and then plain loads of what is
        behind it. Under another name it is a race."""
        for name, is_race in {"pthread_once": False, "__wait": False, "sem_wait": False, "my_own": True}.items():
            functions = f"""
              (func $publish
                (i32.store (i32.const 1024) (i32.const 7))
                (i32.atomic.store (i32.const 1032) (i32.const 1)))
              (func ${name} (param $at i32)
                (loop $again (br_if $again (i32.eqz (i32.load (local.get $at)))))
                (atomic.fence))
            """
            use = f"(call ${name} (i32.const 1032)) (drop (i32.load (i32.const 1024)))"
            with self.subTest(name):
                result = races(module(f"volatile-{name}", "(call $publish)", use, functions=functions))
                self.assertEqual(result.returncode, RACE if is_race else 0, result.stderr)


# ---- The command -------------------------------------------------------------------------------------------


class Command(unittest.TestCase):
    def test_statuses(self):
        self.assertEqual(races(guest("race")).returncode, RACE)
        self.assertEqual(run(COMMAND, "run", guest("race")).returncode, 0)
        self.assertEqual(races("--invoke", "both", guest("race")).returncode, RACE)
        ordered = races("--invoke", "ordered", guest("race"))
        self.assertEqual((ordered.returncode, ordered.stderr), (0, ""))
        text = guest("race").read_bytes()
        self.assertNotIn(b"proc_exit", text)
        exits = """(module
          (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1 1 shared)
          (func $touch (i32.store (i32.const 64) (i32.const 1)))
          (func (export "wasi_thread_start") (param i32 i32)
            (call $touch) (i32.atomic.store (i32.const 0) (i32.const 1))
            (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
          (func (export "_start")
            (drop (call $spawn (i32.const 0)))
            (call $touch)
            (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
            (call $exit (i32.const STATUS))))"""
        for status, wanted in {0: RACE, 3: 3}.items():
            result = races(made(f"exits-{status}", exits.replace("STATUS", str(status))))
            self.assertEqual((result.returncode, count(result)), (wanted, 1), result.stderr)

    def test_many_threads_one_after_another(self):
        """What the detector has does not grow with the threads that were."""
        text = """(module
          (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
          (memory (export "memory") 1 1 shared)
          (func (export "wasi_thread_start") (param i32 i32)
            (i32.store (i32.const 64) (i32.const 1))
            (i32.atomic.store (i32.const 0) (i32.const 1))
            (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
          (func (export "_start") (local $left i32)
            (local.set $left (i32.const COUNT))
            (loop $next
              (i32.atomic.store (i32.const 0) (i32.const 0))
              (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then (unreachable)))
              (loop $again
                (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
                (br_if $again (i32.eqz (i32.atomic.load (i32.const 0)))))
              (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"""
        most = {}
        for number in (500, int(os.environ.get("THREADS", "5000"))):
            binary = made(f"many-{number}", text.replace("COUNT", str(number)))
            code = "import resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; " \
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)"
            result = run("python3", "-c", code, COMMAND, "run", "--race", binary)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            most[number] = int(result.stdout)
        self.assertLess(max(most.values()), min(most.values()) + (32 << 10), most)


if __name__ == "__main__":
    unittest.main()

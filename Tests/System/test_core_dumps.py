"""Core dumps of the command, in each way of failing and on each tier, read by a reader of our own and by wasm-tools."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import coredumps
import wasm_tools
from support import BUILD, COMMAND, ROOT, guest, has_compiled_code, run

TRAP, TIME_LIMIT, DEADLOCK = 134, 124, 135
# Functions of the guest, by their indices.
HOLD, COMPUTE, THREAD_START, INNER, OUTER, TRAPS, THROWS, SPINS, STOPS, DEEP = 3, 4, 5, 6, 7, 9, 10, 11, 12, 13
KEPT = 0x1122334455667788


def tiers():
    return ["interpreter", "baseline"] + ["compiled"] * has_compiled_code()


class CoreDumps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "core.wasm"

    def dump(self, export, *arguments, tier="interpreter", status=TRAP, options=("--coredump",)):
        """What the command leaves of the guest where it calls an export."""
        option = [*options[:-1], f"{options[-1]}={self.file}"] if len(options) > 1 else [options[0], self.file]
        result = run(
            COMMAND, "run", "--cache-dir", BUILD / "tests/cache", "--tier", tier, *option, "--timeout", "2",
            "--invoke", export, guest("coredump"), *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(f"wasi-threads: A core dump is in {self.file}.\n", result.stderr)
        checked = run(wasm_tools.program(), "validate", "--features", "all", self.file)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        return coredumps.parse(self.file.read_bytes())

    def functions(self, dump):
        return {name: [frame.function for frame in frames] for name, frames in dump.threads}

    def test_a_trap_with_all_threads(self):
        for tier in tiers():
            with self.subTest(tier):
                dump = self.dump("trap", tier=tier)
                self.assertEqual([name for name, _ in dump.threads], ["main", "thread 1", "thread 2"])
                functions = self.functions(dump)
                self.assertEqual(functions["main"], [INNER, OUTER, TRAPS])
                self.assertEqual(functions["thread 1"][-2:], [HOLD, THREAD_START])
                self.assertEqual(functions["thread 2"][-2:], [COMPUTE, THREAD_START])
                self.assertEqual(dump.program, str(guest("coredump")))
                self.assertEqual(dump.modules, [dump.program])
                self.assertEqual(dump.outcome, "The main thread trapped: integer divide by zero.")

    def test_values_of_frames(self):
        dump = self.dump("trap")
        main, waits, computes = (frames for _, frames in dump.threads)
        self.assertEqual(main[0].locals, [0, -3, 0.25, 1e300, None, None])
        self.assertEqual(main[0].operands, [11, -3, 2e300, -0.25, 5, 0])
        self.assertEqual((main[1].locals, main[1].operands), ([0, -9], [77]))
        self.assertEqual(waits[-2].locals, [64, KEPT])
        self.assertEqual((waits[-1].locals, waits[-1].operands), ([1, 64], []))
        # It counts: the operand below the loop's is as it was.
        self.assertEqual((computes[-2].locals[0], computes[-2].operands[0]), (2, 33))
        self.assertEqual(computes[-2].locals[1] % 2, 0)

    def test_compiled_frames_say_what_they_do_not_know(self):
        if not has_compiled_code():
            self.skipTest("there is no compiled code")
        dump = self.dump("trap", tier="compiled")
        self.assertEqual([len(frame.locals) for frame in dump.threads[0][1]], [6, 2, 0])
        self.assertEqual({value for frame in dump.threads[0][1] for value in frame.locals}, {None})

    def test_offsets_are_those_of_the_message(self):
        binary = guest("coredump").read_bytes()
        for tier in tiers():
            frame = self.dump("trap", tier=tier).threads[0][1][0]
            # i32.div_s
            start = binary.index(bytes([0x6D, 0x1A, 0x1A, 0x1A, 0x1A, 0x1A])) - frame.offset
            self.assertEqual(binary[start:start + 3], bytes([4, 1, 0x7D]), "it counts from the locals on")

    def test_instances_globals_and_memories(self):
        for tier in tiers():
            dump = self.dump("trap", tier=tier)
            self.assertEqual(len(dump.instances), 3)
            self.assertEqual([frames[0].instance for _, frames in dump.threads], [0, 1, 2])
            for number, argument in enumerate([-1, 64, 65]):
                module, memories, numbers = dump.instances[number]
                vector = (3).to_bytes(8, "little") + (4).to_bytes(8, "little")
                self.assertEqual([dump.globals[index] for index in numbers], [argument, -2, 1.5, -2.5, vector, None])
                self.assertEqual(module, 0)
                # The first is shared, the others are each thread's own.
                self.assertEqual(memories[0], 0)
                self.assertEqual(dump.read(memories[1], 8, 4), max(argument, 0).to_bytes(4, "little"))
                self.assertEqual(dump.read(memories[2], 100, 5), b"wide\0")
            self.assertEqual(len(dump.memories), 7)
            self.assertEqual(dump.memories[:3], [(3, 3), (0, 1), (4, 1)])
            self.assertEqual(dump.read(0, 69999, 8), b"\0shared\0")

    def test_pages_of_zeros_are_left_out(self):
        dump = self.dump("deep", "1")
        self.assertEqual([(memory, start, len(data)) for memory, start, data in dump.data],
                         [(0, 69632, 4096), (2, 0, 4096)])
        self.assertLess(self.file.stat().st_size, 10_000)

    def test_each_way_to_fail(self):
        for tier in tiers():
            with self.subTest(tier):
                dump = self.dump("throw", tier=tier)
                self.assertEqual(self.functions(dump)["main"], [THROWS])
                self.assertIn("uncaught exception: tag 0 with (i32 7)", dump.outcome)
                dump = self.dump("stop", tier=tier, status=DEADLOCK)
                self.assertEqual(self.functions(dump), {"main": [HOLD, STOPS], "thread 1": [HOLD, THREAD_START]})
                self.assertIn("Deadlock", dump.outcome)
                dump = self.dump("spin", tier=tier, status=TIME_LIMIT)
                self.assertEqual(self.functions(dump), {
                    "main": [COMPUTE, SPINS], "thread 1": [HOLD, THREAD_START], "thread 2": [COMPUTE, THREAD_START]})
                self.assertIn("time limit", dump.outcome)

    def test_a_deep_stack_is_cut(self):
        for tier in tiers():
            dump = self.dump("deep", "3000", tier=tier)
            frames = dump.threads[0][1]
            self.assertEqual({frame.function for frame in frames}, {DEEP})
            self.assertLessEqual(len(frames), 100)
            if tier == "interpreter":
                self.assertEqual([frame.locals for frame in frames], [[number] for number in range(100)])

    def test_the_option_of_wasmtime(self):
        dump = self.dump("deep", "0", options=("-D", "coredump"))
        self.assertEqual(dump.outcome, "The main thread trapped: unreachable.")
        for words in (["-D", "coredump"], ["-D", "coredump="], ["-D", "log-to-files"]):
            result = run(COMMAND, "run", *words, guest("coredump"))
            self.assertEqual(result.returncode, 64, result.stderr)
            self.assertIn(words[1].rstrip("="), result.stderr)

    def test_nothing_is_written_where_nothing_failed(self):
        result = run(COMMAND, "run", "--coredump", self.file, "--invoke", "fine", guest("coredump"))
        self.assertEqual((result.returncode, result.stderr, self.file.exists()), (0, "", False))
        result = run(COMMAND, "run", "--coredump", self.file, guest("exit"))
        self.assertFalse(self.file.exists(), result)

    def test_a_signal_leaves_none(self):
        words = [COMMAND, "run", "--coredump", self.file, "--no-deadlock-detection", guest("echo")]
        with subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as command:
            self.assertIn(b"argument 0", command.stdout.readline(), "it runs")
            command.send_signal(signal.SIGTERM)
            self.assertEqual(command.wait(60), -signal.SIGTERM)
        self.assertFalse(self.file.exists())

    def test_a_full_disk_is_a_sentence(self):
        for target, reason in (("/dev/full", "it exists already"), ("/nonexistent/core", "there is no such")):
            result = run(COMMAND, "run", "--coredump", target, "--invoke", "deep", guest("coredump"), "0")
            self.assertEqual(result.returncode, TRAP)
            self.assertRegex(result.stderr, rf"wasi-threads: Cannot write {target}: ")
        limited = f"ulimit -f 1; exec {COMMAND} run --no-cache --coredump {self.file} --invoke trap {guest('coredump')}"
        result = run("bash", "-c", limited)
        self.assertEqual(result.returncode, TRAP, result.stderr)
        self.assertRegex(result.stderr, rf"wasi-threads: Cannot write {self.file}: ")
        self.assertEqual(os.listdir(self.file.parent), [])


class StackOverflows(unittest.TestCase):
    def trap(self, *arguments, tier, module="stack-overflow"):
        words = ["run", "--cache-dir", BUILD / "tests/cache", "--tier", tier, "--invoke", arguments[0], guest(module)]
        result = run(COMMAND, *words, *arguments[1:])
        self.assertEqual(result.returncode, TRAP, result.stderr)
        return result.stderr.splitlines()[0]

    def test_where_it_passes_address_0(self):
        for tier in tiers():
            for export, thread in (("recurse", "The main thread"), ("thread", "Thread 1")):
                message = self.trap(export, tier=tier)
                self.assertEqual(
                    message, f"wasi-threads: {thread} trapped: out of bounds memory access. Its stack in the memory "
                    "has overflowed: the stack pointer is 0xfffffe00, below address 0.")

    def test_nothing_is_guessed(self):
        for tier in tiers():
            for words in (("use", "4096"), ("use", "0")):
                self.assertEqual(self.trap(*words, tier=tier), "wasi-threads: The main thread trapped: unreachable.")
            message = self.trap("other", tier=tier)
            self.assertEqual(message, "wasi-threads: The main thread trapped: out of bounds memory access.")

    def test_where_the_linker_tells_the_end(self):
        text = (ROOT / "Tests/Guests/stack-overflow.wat").read_text().replace(
            "(global $__stack_pointer", '(global (export "__stack_low") i32 (i32.const 1024))\n'
            '  (global $any (export "__stack_pointer")')
        text = text.replace("$__stack_pointer", "$any")
        with tempfile.TemporaryDirectory() as folder:
            module = pathlib.Path(folder) / "told.wasm"
            made = subprocess.run(
                [wasm_tools.program(), "parse", "-", "-o", module], input=text, text=True, capture_output=True)
            self.assertEqual(made.returncode, 0, made.stderr)
            for count, told in (("3072", ""), ("3088", " Its stack in the memory has overflowed: the stack pointer is "
                                               "0x3f0, below 0x400, where it ends.")):
                result = run(COMMAND, "run", "--invoke", "use", module, count)
                self.assertEqual(
                    result.stderr.splitlines()[0], f"wasi-threads: The main thread trapped: unreachable.{told}")


if __name__ == "__main__":
    unittest.main()

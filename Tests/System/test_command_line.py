"""The command line: output, exit statuses, signals, limits."""

import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import unittest

import wasm_tools
from support import BUILD, COMMAND, PATIENCE, ROOT, guest, run


def run_guest(name, *arguments, options=(), **settings):
    return run(COMMAND, "run", *options, guest(name), *arguments, **settings)


class Programs(unittest.TestCase):
    """Programs that end on their own, and the status that each has to end with."""

    def test_statuses(self):
        statuses = {
            "hello": 0, "nothing": 0, "exit": 42, "shared-empty": 0, "memory-imported": 0, "memory-own": 0,
            "globals": 0, "storm": 0, "fusion": 0, "thread-start-missing": 0, "thread-start-type": 0,
            "thread-start-kind": 0, "primes": 0, "mutex": 0,
        }
        for name, status in statuses.items():
            with self.subTest(name):
                result = run_guest(name)
                self.assertEqual((result.returncode, result.stderr), (status, ""))

    def test_run_may_be_left_out(self):
        result = run(COMMAND, guest("hello"))
        self.assertEqual((result.returncode, result.stdout), (0, "Hello, world!\n"))

    def test_arguments_environment_and_input(self):
        result = run(
            COMMAND, "run", "--env", "NAME=value", guest("echo"), "one", "--two", input="typed\n", stdin=None)
        self.assertEqual(result.returncode, 0)
        lines = result.stdout.splitlines()
        self.assertEqual(
            lines[1:], ["argument 1: one", "argument 2: --two", "environment: NAME=value", "typed"])

    def test_threads_with_a_mutex_and_variables_of_their_own(self):
        self.assertEqual(run_guest("mutex").stdout, "n=400000 s=12 tl=7\n")

    def test_primes(self):
        self.assertEqual(run_guest("primes").stdout.splitlines()[-1], "primes below 200000: 17984")

    def test_limit_of_threads(self):
        self.assertEqual(run_guest("limit", options=["--max-threads", "5"]).returncode, 5)

    def test_a_limit_of_the_size_of_files_is_no_signal(self):
        for size in [5, 0]:
            with self.subTest(size), tempfile.TemporaryFile() as output:
                status = subprocess.run(
                    [COMMAND, "run", guest("hello")], stdout=output, timeout=PATIENCE,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))).returncode
                self.assertEqual(status, 0, "the guest goes on with an errno")
                output.seek(0)
                self.assertEqual(output.read(), b"Hello"[:size])

    def test_every_status(self):
        module = BUILD / "tests/status.wasm"
        module.parent.mkdir(parents=True, exist_ok=True)
        for status in range(256):
            text = f"""(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (func (export "_start") (call $exit (i32.const {status}))))"""
            run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
            result = run(COMMAND, module)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (status, "", ""))

    def test_words_behind_the_module_are_the_guests(self):
        result = run(COMMAND, "run", "--", guest("echo"), "-x", "--help", "--")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(
            result.stdout.splitlines()[1:], ["argument 1: -x", "argument 2: --help", "argument 3: --"])
        result = run(COMMAND, guest("echo"), "--", "x")
        self.assertEqual(result.stdout.splitlines()[1:], ["argument 1: --", "argument 2: x"])


class Streams(unittest.TestCase):
    """Standard streams that are not what a program hopes for."""

    def shell(self, line):
        return run("sh", "-c", line, COMMAND, guest("echo"))

    def test_closed(self):
        result = self.shell('"$0" "$1" word <&-')
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("argument 1: word", result.stdout)
        for line in ['"$0" "$1" >&-', '"$0" "$1" 2>&-', '"$0" "$1" <&- >&- 2>&-']:
            with self.subTest(line):
                result = self.shell(line)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.shell('"$0" inspect "$1" >&-').returncode, 1)

    def test_full(self):
        for line in ['"$0" inspect "$1" > /dev/full', '"$0" --invoke add "$1" 3 4 > /dev/full']:
            with self.subTest(line):
                result = run("sh", "-c", line, COMMAND, guest("reactor"))
                self.assertEqual(result.returncode, 1)
                self.assertIn("No space left", result.stderr)

    def test_reader_that_leaves(self):
        """As `| head -1` does: no message, no trace."""
        for words in ['inspect "$1"', '"$1" word']:
            with self.subTest(words):
                result = self.shell(f'"$0" {words} | head -0')
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


class Files(unittest.TestCase):
    """What of the host a guest is given, and what it is not."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "in").write_text("contents ")
        (self.folder / "typed").write_text("typed")

    def test_directories(self):
        for option in [f"{self.folder}", f"{self.folder}::/", f"{self.folder}::a:b"]:
            with self.subTest(option):
                result = run_guest("files", options=["--dir", option])
                self.assertEqual((result.returncode, result.stdout), (0, "contents "), result.stderr)
                self.assertEqual((self.folder / "out").read_text(), "contents ")
                (self.folder / "out").unlink()

    def test_read_only(self):
        for option in [f"{self.folder}:ro", f"{self.folder}::/:ro"]:
            result = run_guest("files", options=["--dir", option])
            self.assertEqual((result.returncode, result.stdout), (76, ""))
            self.assertFalse((self.folder / "out").exists())

    def test_nothing_is_given_by_itself(self):
        self.assertEqual(run_guest("files").returncode, 8)
        self.assertEqual(len(run_guest("echo").stdout.splitlines()), 1)

    def test_input_from_a_file(self):
        options = ["--dir", self.folder, "--stdin", self.folder / "typed"]
        self.assertEqual(run_guest("files", options=options).stdout, "contents typed")
        result = run_guest("files", options=["--stdin", self.folder / "nowhere"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere", result.stderr)

    def test_environment(self):
        environment = {"INHERITED": "1", "REPLACED": "1"}
        result = run(
            COMMAND, "run", "--env-inherit", "--env", "REPLACED=2", guest("echo"), env=environment)
        lines = result.stdout.splitlines()[1:]
        self.assertEqual(lines, ["environment: INHERITED=1", "environment: REPLACED=2"])

    def test_directories_that_can_not_be_given(self):
        result = run_guest("files", options=["--dir", self.folder / "nowhere"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere", result.stderr)
        for option in ["", "::", "::/guest", "host::", ":ro"]:
            self.assertEqual(run_guest("files", options=["--dir", option]).returncode, 64, option)


class Failures(unittest.TestCase):
    def expect(self, result, status, *words):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)

    def test_traps_name_the_reason_and_the_frames(self):
        self.expect(
            run_guest("trap"), 134, "out of bounds memory access", "innermost", "middle", "_start")
        self.expect(run_guest("trap-in-thread"), 134, "integer divide by zero", "divide", "wasi_thread_start")
        self.expect(run_guest("recursion"), 134, "call stack exhausted", "forever")

    def test_what_can_not_be_run(self):
        self.expect(run(COMMAND, "nowhere.wasm"), 1, "nowhere.wasm", "No such file")
        self.expect(run(COMMAND, ROOT / "Makefile"), 1, "malformed")
        self.expect(run(COMMAND, ROOT), 1, str(ROOT), "Is a directory")
        self.expect(run(COMMAND, "inspect", "/dev/null"), 1, "/dev/null", "malformed")
        self.expect(run_guest("no-start"), 1, "_start")
        self.expect(run_guest("start-type"), 1, "_start")
        self.expect(run_guest("unknown-import"), 1, "nowhere", "nothing")
        self.expect(run_guest("import-type"), 1, "fd_write")
        self.expect(run_guest("feature"), 1, "tail-call")

    def test_wrong_usage(self):
        for words in [[], ["run"], ["run", "--timeout", "1"]]:
            self.expect(run(COMMAND, *words), 64, "Missing", "<module>")
        for words in [["--bogus"], ["run", "--bogus"]]:
            self.expect(run(COMMAND, *words), 64, "--bogus", "Usage: wasi-threads")
        hello = guest("hello")
        for words in [
            ["--no-such-option", hello], ["--timeout", "x", hello], ["--timeout", "0", hello],
            ["--max-threads", "99999999999", hello], ["--env", "X", hello], ["--env", "=X", hello],
        ]:
            with self.subTest(words):
                self.expect(run(COMMAND, "run", *words), 64, "Usage: wasi-threads")

    def test_time_limit(self):
        result = run_guest("loop", options=["--timeout", "0.1"])
        self.assertEqual(result.returncode, 124, result.stderr)


class Exports(unittest.TestCase):
    def test_invoke(self):
        result = run(COMMAND, "run", "--invoke", "add", guest("reactor"), "3", "4")
        self.assertEqual((result.returncode, result.stdout), (0, "7\n"))

    def test_invoke_with_wrong_arguments(self):
        for arguments in [("add", "3"), ("add", "3", "x"), ("none",), ("memory",)]:
            with self.subTest(arguments):
                name, *values = arguments
                result = run(COMMAND, "run", "--invoke", name, guest("reactor"), *values)
                self.assertNotEqual(result.returncode, 0)
                self.assertNotEqual(result.stderr, "")

    def test_inspect_and_validate(self):
        result = run(COMMAND, "inspect", guest("reactor"))
        self.assertEqual(result.returncode, 0)
        for word in ["thread-spawn", "memory", "shared", "_initialize", "threads"]:
            self.assertIn(word, result.stdout)
        self.assertEqual(run(COMMAND, "validate", guest("reactor")).returncode, 0)
        self.assertEqual(run(COMMAND, "validate", guest("feature")).returncode, 1)


class Endings(unittest.TestCase):
    """A program that ends while its threads are in every state, in every way."""

    STATES = ["busy", "wait", "poll", "descriptor", "read"]

    def start(self, state, way):
        """A guest with eight threads, once all of them run. Its input never comes and never ends."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        process = subprocess.Popen(
            [str(COMMAND), "run", str(guest("ending")), state, way, "8"],
            stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(reader)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def test_by_the_guest(self):
        ways = {"return": 0, "exit": 7, "trap": 134, "leave": 7, "unreachable": 134}
        for state in self.STATES:
            for way, status in ways.items():
                with self.subTest(state=state, way=way):
                    self.assertEqual(self.start(state, way).wait(PATIENCE), status)

    def test_by_a_signal(self):
        signals = {signal.SIGINT: 130, signal.SIGTERM: 143}
        for state in self.STATES:
            for number, status in signals.items():
                with self.subTest(state=state, signal=number.name):
                    process = self.start(state, "never")
                    process.send_signal(number)
                    self.assertEqual(process.wait(PATIENCE), status)

    def test_by_two_signals(self):
        for state in self.STATES:
            with self.subTest(state=state):
                process = self.start(state, "never")
                process.send_signal(signal.SIGINT)
                process.send_signal(signal.SIGTERM)
                self.assertIn(process.wait(PATIENCE), [130, 143])
                self.assertEqual(process.stderr.read(), "")


if __name__ == "__main__":
    unittest.main()

"""The command line: output, exit statuses, signals, limits."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import unittest

import wasm_tools
from support import BUILD, COMMAND, PATIENCE, ROOT, guest, has_compiled_code, need, run


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


class Input(unittest.TestCase):
    """What is run need not be a file with a name."""

    def pipe(self, module, *words):
        return subprocess.run([COMMAND, *words], input=module.read_bytes(), capture_output=True, timeout=PATIENCE)

    def test_standard_input(self):
        result = self.pipe(guest("echo"), "run", "-", "word")
        self.assertEqual(result.stdout.splitlines(), [b"argument 0: -", b"argument 1: word"], result.stderr)
        self.assertEqual(self.pipe(guest("echo"), "-").returncode, 0)
        self.assertEqual(self.pipe(guest("hello"), "validate", "-").returncode, 0)
        self.assertIn(b"_start", self.pipe(guest("hello"), "inspect", "-").stdout)
        for empty in ["run", "validate", "inspect"]:
            result = run(COMMAND, empty, "-")
            self.assertEqual(result.returncode, 1)
            self.assertIn("the standard input: ", result.stderr)

    def test_standard_input_that_is_closed_or_a_directory(self):
        for line in ['"$0" - <&-', '"$0" - < /']:
            result = run("sh", "-c", line, COMMAND)
            self.assertEqual(result.returncode, 1)
            self.assertIn("the standard input", result.stderr)

    def test_compiled_modules_from_standard_input(self):
        if not has_compiled_code():
            self.skipTest("there is no LLVM")
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "hello.cwasm"
            self.assertEqual(self.pipe(guest("hello"), "compile", "-").returncode, 64)
            self.assertEqual(self.pipe(guest("hello"), "compile", "-", "-o", made).returncode, 0)
            self.assertEqual(self.pipe(made, "run", "-").stdout, b"Hello, world!\n")
            self.assertIn(b"compiled module", self.pipe(made, "inspect", "-").stderr)

    def test_text(self):
        for words in [["run"], ["inspect"], ["validate"], ["compile", "-o", "nowhere"]]:
            result = run(COMMAND, *words, "-", input="(module)", stdin=None)
            self.assertEqual(result.returncode, 1)
            self.assertIn("text format", result.stderr)
            self.assertIn("wasm-tools parse", result.stderr)


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

    def test_reading_and_writing_can_be_said(self):
        for option in [f"{self.folder}:rw", f"{self.folder}::/:rw"]:
            with self.subTest(option):
                self.assertEqual(run_guest("files", options=["--dir", option]).returncode, 0)
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

    def test_variables_that_are_inherited_one_by_one(self):
        environment = {"INHERITED": "1=2", "OTHER": "1", "EMPTY": ""}
        options = ["--env", "INHERITED", "--env", "MISSING", "--env", "EMPTY"]
        result = run(COMMAND, "run", *options, guest("echo"), env=environment)
        self.assertEqual(result.stdout.splitlines()[1:], ["environment: INHERITED=1=2", "environment: EMPTY="])

    def test_another_name(self):
        for name in ["other", ""]:
            result = run_guest("echo", options=["--argv0", name])
            self.assertEqual(result.stdout.splitlines(), [f"argument 0: {name}"])

    def test_directories_that_can_not_be_given(self):
        result = run_guest("files", options=["--dir", self.folder / "nowhere"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere", result.stderr)
        for option in ["", "::", "::/guest", "host::", ":ro", ":rw", "::/guest:rw"]:
            self.assertEqual(run_guest("files", options=["--dir", option]).returncode, 64, option)


class Bytes(unittest.TestCase):
    """What the system gives as bytes arrives as it was: not every text is UTF-8, and no two are the same."""

    def run_bytes(self, *words, **options):
        words = [os.fsencode(word) if not isinstance(word, bytes) else word for word in words]
        return subprocess.run([COMMAND, *words], capture_output=True, timeout=PATIENCE, **options)

    def test_arguments_and_variables(self):
        # Each byte that a word may have, and characters that join with the one before.
        every = bytes(range(1, 256))
        texts = [every, b"=\xcc\x81", b"\xff", "e\u0301".encode(), "\u00e9".encode(), b"\r\n", "\U000f00ff".encode()]
        for text in texts:
            with self.subTest(text):
                result = self.run_bytes(b"--env", b"A=" + text, b"--env=B=" + text, guest("echo"), text)
                self.assertEqual((result.returncode, result.stderr), (0, b""))
                self.assertIn(b"argument 1: " + text + b"\n", result.stdout)
                self.assertIn(b"environment: A=" + text + b"\n", result.stdout)
                self.assertIn(b"environment: B=" + text + b"\n", result.stdout)
        result = self.run_bytes(b"--env", b"\xff=1", b"--env", "e\u0301=2".encode(), b"--env", "\u00e9=3".encode(),
                                guest("echo"))
        self.assertEqual(result.stdout.splitlines()[1:], [
            b"environment: \xff=1", "environment: e\u0301=2".encode(), "environment: \u00e9=3".encode()])

    def test_names_of_files_and_directories(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in [b"\xff", b":\xff", "e\u0301".encode(), b"=\xcc\x81"]:
                with self.subTest(name):
                    place = os.fsencode(folder) + b"/" + name
                    os.mkdir(place)
                    module, compiled = place + b"/m\xff.wasm", place + b"/m\xff.cwasm"
                    pathlib.Path(os.fsdecode(module)).write_bytes(guest("files").read_bytes())
                    (pathlib.Path(os.fsdecode(place)) / "in").write_text("contents ")
                    result = self.run_bytes(
                        b"--cache-dir", place + b"/cache\xfe", b"--dir", place + b"::/",
                        b"--stdin", place + b"/in", module)
                    self.assertEqual((result.returncode, result.stdout), (0, b"contents contents "), result.stderr)
                    for words in [b"validate"], [b"inspect"]:
                        self.assertEqual(self.run_bytes(*words, module).returncode, 0)
                    if has_compiled_code():
                        self.assertEqual(self.run_bytes(b"compile", module).returncode, 0)
                        self.assertTrue(os.path.exists(compiled))
                        self.run_bytes(b"--tier", b"compiled", b"--cache-dir", place + b"/cache\xfe", module)
                        self.assertTrue(os.path.isdir(place + b"/cache\xfe"))

    def test_messages_show_them(self):
        for words in [[b"no\xffwhere"], [b"--dir", b"no\xffwhere", guest("echo")], [b"--bogus\xff", guest("echo")],
                      [b"--invoke", b"no\xffwhere", guest("reactor")], [b"--stdin", b"no\xffwhere", guest("echo")]]:
            with self.subTest(words):
                result = self.run_bytes(*words)
                self.assertIn(b"\\ff", result.stderr)
                result.stderr.decode("ascii", "strict" if b"\xe2" not in result.stderr else "ignore")


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
        self.expect(run(COMMAND, ROOT), 1, str(ROOT), "it is a directory")
        self.expect(run(COMMAND, "inspect", "/dev/zero"), 1, "/dev/zero", "it is a device")
        self.expect(run_guest("no-start"), 1, "_start")
        self.expect(run_guest("start-type"), 1, "_start")
        self.expect(run_guest("unknown-import"), 1, "nowhere", "nothing")
        self.expect(run_guest("import-type"), 1, "fd_write")
        self.expect(run_guest("feature"), 1, "gc")

    def test_features_that_are_switched_off(self):
        vectors = guest("vectors")
        self.assertEqual(run(COMMAND, "validate", vectors).returncode, 0)
        for words in ["validate", "--without", "simd"], ["run", "--without", "threads", "--without", "simd"]:
            self.expect(run(COMMAND, *words, vectors), 1, "simd", "switched off", "at byte 8")
        self.expect(run(COMMAND, "validate", "--without", "bulk-memory", guest("bulk")), 1, "bulk-memory", "at byte")
        self.assertEqual(run(COMMAND, "validate", "--without", "threads", vectors).returncode, 0)
        self.expect(run(COMMAND, "validate", "--without", "teleport", vectors), 64, "teleport")
        kinds = guest("memories")
        inspected = run(COMMAND, "inspect", kinds).stdout
        for feature in ["multi-memory", "memory64", "custom-page-sizes", "threads"]:
            self.assertIn(f"  {feature}\n", inspected)
            self.expect(run(COMMAND, "validate", "--without", feature, kinds), 1, feature, "switched off", "at byte")
        self.assertEqual(run(COMMAND, "validate", "--without", "wide-arithmetic", kinds).returncode, 0)
        for line in ["0 memory i64 1 16 shared imported", "1 memory 5 1000 shared (pagesize 1) imported",
                     "2 memory i64 0 281474976710656 defined", "3 memory 1 2 defined"]:
            self.assertIn(f"  {line}\n", inspected)

    def test_memories_of_all_kinds(self):
        for tier in ["interpreter", *(["compiled", "auto"] if has_compiled_code() else [])]:
            with self.subTest(tier):
                options = ["--no-cache", "--tier", tier]
                result = run_guest("wide-threads", options=options)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(run_guest("wasi64", options=options).stdout, "wide!\n")
        self.expect(run_guest("wasi64-pointers"), 1, "fd_write", "(func (i32 i64 i64 i64) -> (i32))")
        self.expect(run_guest("memory-hostile"), 1, "281474976710656 pages", "65536")

    def test_wrong_usage(self):
        for words in [[], ["run"], ["run", "--timeout", "1"]]:
            self.expect(run(COMMAND, *words), 64, "Missing", "<module>")
        for words in [["--bogus"], ["run", "--bogus"]]:
            self.expect(run(COMMAND, *words), 64, "--bogus", "Usage: wasi-threads")
        hello = guest("hello")
        for words in [
            ["--no-such-option", hello], ["--timeout", "x", hello], ["--timeout", "0", hello],
            ["--max-threads", "99999999999", hello], ["--env", "", hello], ["--env", "=X", hello],
            ["--max-descriptors", "2", hello], ["--memory-limit", "1T", hello], ["--memory-limit", "-1", hello],
            ["--memory-limit", "99999999999999999G", hello],
        ]:
            with self.subTest(words):
                self.expect(run(COMMAND, "run", *words), 64, "Usage: wasi-threads")

    def test_limit_of_memory(self):
        module = BUILD / "tests/pages.wasm"
        module.parent.mkdir(parents=True, exist_ok=True)
        text = '(module (memory 2 9) (func (export "grow") (result i32) (memory.grow (i32.const 1))))'
        run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
        for options in [["--memory-limit", "127k"], ["--memory-limit", "65536"], ["-W", "max-memory-size=131071"]]:
            self.expect(run(COMMAND, *options, "--invoke", "grow", module), 1, "may have 1")
        for size, pages in {"128K": -1, "131072": -1, "192k": 2, "1M": 2, "1G": 2, "999999999G": 2}.items():
            result = run(COMMAND, "--memory-limit", size, "--invoke", "grow", module)
            self.assertEqual((result.returncode, result.stdout), (0, f"{pages}\n"))

    def test_limit_of_descriptors(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "in").write_text("contents")
            options = ["--dir", folder, "--max-descriptors"]
            self.assertEqual(run_guest("files", options=[*options, "64"]).returncode, 0)
            mfile = 33
            self.assertEqual(run_guest("files", options=[*options, "4"]).returncode, mfile)

    def test_all_missing_imports_at_once(self):
        module = BUILD / "tests/missing.wasm"
        module.parent.mkdir(parents=True, exist_ok=True)
        imports = "".join(f'(import "env" "f{index}" (func (param i32)))' for index in range(25))
        text = f'(module {imports} (import "env" "g" (global i32)) (func (export "_start")))'
        run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
        named = [f"env.f{index} as (func (i32) -> ())" for index in range(20)]
        self.expect(run(COMMAND, module), 1, *named, "and 6 more, which nobody defines.")

    def test_a_module_without_start_tells_what_to_call(self):
        self.expect(run(COMMAND, guest("reactor")), 1, "_start", "“add”", "--invoke NAME")
        self.expect(run(COMMAND, "--invoke", "ad", guest("reactor")), 1, "Did you mean “add”?")

    def test_what_was_meant(self):
        for word, meant in {"inspetc": "inspect", "valdate": "validate", "rnu": "run", "compil": "compile"}.items():
            self.expect(run(COMMAND, word, "x.wasm"), 1, f"Did you mean “{meant}”?")
        self.assertNotIn("Did you mean", run(COMMAND, "guest.wasm").stderr)
        self.expect(run(COMMAND, "--max-thread", "3", "x.wasm"), 64, "--max-thread", "--max-threads")

    def test_tiers_of_the_help_are_those_that_there_are(self):
        self.assertIn("(values: auto, interpreter,", " ".join(run(COMMAND, "run", "--help").stdout.split()))
        self.assertNotIn("eager", run(COMMAND, "run", "--help").stdout)
        self.expect(run_guest("hello", options=["--tier", "eager"]), 64, "--tier")

    def test_time_limit_of_a_loop_that_catches(self):
        """Most of the time it is where handlers are looked for, and a signal finds no compiled code."""
        for _ in range(20):
            result = run_guest("catching-loop", options=["--timeout", "0.05"])
            self.assertEqual(result.returncode, 124, result.stderr)

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

    def test_inspect_as_json(self):
        seen = json.loads(run(COMMAND, "inspect", "--json", guest("reactor"), check=True).stdout)
        self.assertEqual(list(seen), ["imports", "exports", "memories", "features"])
        self.assertIn(
            {"name": "add", "kind": "func", "parameters": ["i32", "i32"], "results": ["i32"]}, seen["exports"])
        self.assertIn("threads", seen["features"])
        self.assertTrue(seen["memories"][0]["shared"])

    def test_json_of_every_kind_and_of_names_that_are_no_letters(self):
        names = ["\"", "\\", "\n", "\0", "\x7f", "\x9b", "\u202e", "\u2028", "\U000e0001", "\u00e9", "\U0001f600"]
        data = "".join(f"\\{byte:02x}" for byte in "".join(names).encode())
        text = f"""(module (import "m" "{data}" (table $t 1 2 externref)) (import "m" "g" (global (mut f32)))
            (import "m" "t" (tag (param i64))) (memory (export "memory") 1)
            (func (export "f") (result v128 i32) unreachable))"""
        module = BUILD / "tests/kinds.wasm"
        module.parent.mkdir(parents=True, exist_ok=True)
        run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
        result = run(COMMAND, "inspect", "--json", module, check=True)
        self.assertTrue(all(character.isprintable() or character == "\n" for character in result.stdout))
        seen = json.loads(result.stdout)
        self.assertEqual(seen["imports"], [
            {"module": "m", "name": "".join(names), "kind": "table", "element": "externref", "address": "i32",
             "minimum": 1, "maximum": 2},
            {"module": "m", "name": "g", "kind": "global", "type": "f32", "mutable": True},
            {"module": "m", "name": "t", "kind": "tag", "parameters": ["i64"], "results": []}])
        self.assertEqual(seen["exports"], [
            {"name": "memory", "kind": "memory", "shared": False, "address": "i32", "minimum": 1,
             "page_size": 65536},
            {"name": "f", "kind": "func", "parameters": [], "results": ["v128", "i32"]}])
        self.assertEqual(
            seen["memories"],
            [{"index": 0, "imported": False, "shared": False, "address": "i32", "minimum": 1, "page_size": 65536}])

    def test_inspect_and_validate(self):
        result = run(COMMAND, "inspect", guest("reactor"))
        self.assertEqual(result.returncode, 0)
        for word in ["thread-spawn", "memory", "shared", "_initialize", "threads"]:
            self.assertIn(word, result.stdout)
        self.assertEqual(run(COMMAND, "validate", guest("reactor")).returncode, 0)
        self.assertEqual(run(COMMAND, "validate", guest("feature")).returncode, 1)


class Wasmtime(unittest.TestCase):
    """A script moves over by changing one word."""

    def test_what_scripts_say(self):
        for options in [
            ["-S", "threads"], ["-Sthreads=y"], ["--wasi", "threads"], ["-W", "threads=y,shared-memory=y"],
            ["--wasm", "threads", "-Wbulk-memory,simd=y"], ["-S", "cli,threads,preview2=n"], ["-C", "cache=n"],
            ["-W", "threads", "-S", "threads", "-C", "cache"], ["-W", "timeout=60s"], ["-W", "timeout=60000ms,gc=n"],
        ]:
            with self.subTest(options):
                result = run_guest("primes", options=options)
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_words_of_the_guest_stay_as_they_are(self):
        words = ["-Sthreads=y", "-W", "-Wsimd=n", "-C=1"]
        result = run_guest("echo", *words, options=["-Sthreads=y"])
        self.assertEqual(result.stdout.splitlines()[1:], [f"argument {n}: {word}" for n, word in enumerate(words, 1)])

    def test_what_they_mean(self):
        self.assertEqual(run_guest("loop", options=["-W", "timeout=100ms"]).returncode, 124)
        self.assertIn("switched off", run_guest("vectors", options=["-W", "simd=n"]).stderr)
        self.assertNotIn("switched off", run_guest("vectors", options=["-W", "simd=n", "-W", "simd=y"]).stderr)
        result = run_guest("echo", options=["-S", "inherit-env=y"], env={"INHERITED": "1"})
        self.assertEqual(result.stdout.splitlines()[1:], ["environment: INHERITED=1"])
        with tempfile.TemporaryDirectory() as folder:
            cache = pathlib.Path(folder) / "cache"
            options = ["--tier", "compiled", "--cache-dir", cache]
            if has_compiled_code():
                self.assertEqual(run_guest("hello", options=[*options, "-C", "cache=n"]).returncode, 0)
                self.assertFalse(cache.exists())
                self.assertEqual(run_guest("hello", options=[*options, "-C", "cache=y"]).returncode, 0)
                self.assertTrue(cache.exists())

    def test_what_means_nothing_here(self):
        for option, setting in [
            ("-S", "http"), ("-S", "threads=n"), ("-S", "threads=maybe"), ("-S", "preview2"), ("-S", ""),
            ("-W", "fuel=100"), ("-W", "gc"), ("-W", "shared-memory=n"), ("-W", "timeout=soon"),
            ("-W", "timeout=0"), ("-W", "timeout"), ("-W", "max-memory-size=1M"), ("-C", "compiler=winch"),
            ("-O", "opt-level=2"), ("-D", "debug-info"), ("-W", "threads,all-proposals"),
        ]:
            with self.subTest((option, setting)):
                result = run_guest("hello", options=[option, setting])
                self.assertEqual((result.returncode, result.stdout), (64, ""))
                self.assertIn(f"{option} {setting.split(',')[-1]}", result.stderr)
                self.assertIn("cannot be had", result.stderr)


class Endings(unittest.TestCase):
    """A program that ends while its threads are in every state, in every way."""

    STATES = ["busy", "wait", "poll", "descriptor", "read"]

    def start(self, state, way):
        """A guest with eight threads, once all of them run. Its input never comes and never ends."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        process = subprocess.Popen(
            [str(COMMAND), "run", "--no-deadlock-detection", str(guest("ending")), state, way, "8"],
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
        for state in self.STATES:
            for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
                with self.subTest(state=state, signal=number.name):
                    process = self.start(state, "never")
                    process.send_signal(number)
                    self.assertEqual(process.wait(PATIENCE), -number, "the command dies of it")
                    self.assertEqual(process.stderr.read(), "")

    def test_a_signal_ends_the_loop_of_a_shell(self):
        """A shell goes on after a command that exits, with whatever status, and dies with one that a signal ended."""
        bash = need("bash")
        run_guest = '"$0" run --no-deadlock-detection "$1" wait never 8 </dev/zero'
        script = f'for turn in 1 2; do echo turn $turn; {run_guest}; done; echo after'
        process = subprocess.Popen(
            [bash, "-c", script, COMMAND, guest("ending")], stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual([process.stdout.readline(), process.stdout.readline()], ["turn 1\n", "ready\n"])
        # As a terminal does: to all of the group.
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.stdout.read(), "")
        self.assertEqual(process.wait(PATIENCE), -signal.SIGINT)

    def test_a_signal_that_was_ignored_or_blocked_stays_so(self):
        def ignore(number):
            signal.signal(number, signal.SIG_IGN)

        def block(number):
            signal.pthread_sigmask(signal.SIG_BLOCK, {number})

        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        for keep in [ignore, block]:
            for number in numbers + [signal.SIGQUIT]:
                with self.subTest(number.name, keep=keep.__name__):
                    # Waits for its input, prints it, and ends.
                    process = subprocess.Popen(
                        [COMMAND, guest("echo")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                        preexec_fn=lambda: keep(number))
                    self.addCleanup(process.kill)
                    self.assertIn("argument 0", process.stdout.readline())
                    process.send_signal(number)
                    self.assertEqual(process.communicate("typed\n", PATIENCE)[0], "typed\n")
                    self.assertEqual(process.returncode, 0)

    def test_by_two_signals(self):
        for state in self.STATES:
            with self.subTest(state=state):
                process = self.start(state, "never")
                process.send_signal(signal.SIGINT)
                process.send_signal(signal.SIGTERM)
                self.assertIn(process.wait(PATIENCE), [-signal.SIGINT, -signal.SIGTERM])
                self.assertEqual(process.stderr.read(), "")


if __name__ == "__main__":
    unittest.main()

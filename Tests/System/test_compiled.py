"""Compiled modules and the cache of the command: made, run, refused; what is left behind, and what is not."""

import hashlib
import os
import pathlib
import pty
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import wasm_tools
from support import BUILD, COMMAND, PATIENCE, guest, run

WITHOUT_LLVM = dict(os.environ, WASI_THREADS_LLVM="/nowhere/libLLVM.so")


def need_llvm():
    if "tier compiled: yes" not in run(COMMAND, "--version").stdout:
        raise unittest.SkipTest("LLVM is not installed")


class WithoutLLVM(unittest.TestCase):
    """The compiler of one pass takes its place."""

    def test_what_runs_often_is_compiled(self):
        if os.uname().machine != "x86_64":
            self.skipTest("the compiler of one pass makes code for x86-64 only")
        for tier, expected in [("auto", True), ("baseline", True), ("interpreter", False)]:
            with self.subTest(tier):
                environment = dict(WITHOUT_LLVM, WASI_THREADS_PERF="map")
                process = subprocess.Popen(
                    [COMMAND, "run", "--no-cache", "--tier", tier, guest("primes")], env=environment,
                    stdout=subprocess.DEVNULL)
                path = pathlib.Path(f"/tmp/perf-{process.pid}.map")
                self.addCleanup(path.unlink, missing_ok=True)
                self.assertEqual(process.wait(timeout=PATIENCE), 0)
                self.assertEqual(path.exists(), expected)


class Case(unittest.TestCase):
    def setUp(self):
        need_llvm()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def compiled(self, name):
        output = self.folder / f"{name}.cwasm"
        result = run(COMMAND, "compile", guest(name), "-o", output)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        return output


class Header:
    """The header of a compiled module, as CompiledFile.swift describes it."""

    def __init__(self, content):
        self.rest = content[12:]
        self.start = content[:12]
        self.texts = [self.take(struct.unpack("<I", self.take(4))[0]) for _ in range(3)]
        self.layout = self.take(32)
        self.module = self.take(32) + self.take(8)
        count = self.take(4)
        self.objects = count + self.take(40 * struct.unpack("<I", count)[0])
        self.digest = self.take(32)

    def take(self, count):
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def content(self):
        """The file, with the right digest of whatever the header is now."""
        texts = b"".join(struct.pack("<I", len(text)) + text for text in self.texts)
        header = self.start + texts + self.layout + self.module + self.objects
        return header + hashlib.sha256(header).digest() + self.rest


class Files(Case):
    def test_runs_without_llvm(self):
        statuses = {"hello": 0, "primes": 0, "mutex": 0, "exit": 42, "storm": 0, "globals": 0}
        for name, status in statuses.items():
            for tier in ["auto", "compiled", "interpreter"]:
                with self.subTest(name, tier=tier):
                    expected = run(COMMAND, guest(name))
                    result = run(COMMAND, "run", "--tier", tier, self.compiled(name), env=WITHOUT_LLVM)
                    self.assertEqual((result.returncode, result.stderr), (status, ""))
                    self.assertEqual(result.stdout.splitlines()[-1:], expected.stdout.splitlines()[-1:])

    def test_traps_have_their_frames(self):
        result = run(COMMAND, self.compiled("trap"), env=WITHOUT_LLVM)
        expected = run(COMMAND, "run", "--tier", "interpreter", guest("trap"))
        self.assertEqual((result.returncode, result.stderr), (134, expected.stderr))

    def test_the_same_module_gives_the_same_file(self):
        first = self.compiled("primes").read_bytes()
        self.assertEqual(self.compiled("primes").read_bytes(), first)

    def test_usual_name(self):
        shutil.copy(guest("hello"), self.folder / "hello.wasm")
        self.assertEqual(run(COMMAND, "compile", self.folder / "hello.wasm").returncode, 0)
        self.assertEqual(self.names(), ["hello.cwasm", "hello.wasm"])

    def test_what_can_not_be_compiled_or_written(self):
        (self.folder / "folder").mkdir()
        (self.folder / "link").symlink_to("nowhere")
        cases = [
            (guest("feature"), self.folder / "x", "gc"),
            ("/nowhere.wasm", self.folder / "x", "No such file"),
            (guest("hello"), "/nowhere/x", "/nowhere/x"), (guest("hello"), self.folder / "folder", "exists"),
            (guest("hello"), self.folder / "link", "exists"), (guest("hello"), "/dev/null", "exists"),
            (guest("hello"), "/dev/full", "exists"), (guest("hello"), f"{self.folder}/", ""),
        ]
        for module, output, word in cases:
            with self.subTest(output):
                result = run(COMMAND, "compile", module, "-o", output)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn(word, result.stderr)
        self.assertEqual(self.names(), ["folder", "link"])
        result = run(COMMAND, "compile", guest("hello"), "-o", self.folder / "x", env=WITHOUT_LLVM)
        self.assertEqual(result.returncode, 1)
        self.assertIn("LLVM is not found", result.stderr)

    def test_a_limit_of_the_size_of_files(self):
        output = self.folder / "x.cwasm"
        result = subprocess.run(
            [COMMAND, "compile", guest("primes"), "-o", output], capture_output=True, text=True,
            timeout=PATIENCE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual(result.returncode, 1)
        self.assertIn("too large", result.stderr)
        self.assertEqual(self.names(), [])

    def refuse(self, content, *words, output=None):
        path = output or self.folder / "changed.cwasm"
        path.write_bytes(content)
        result = run(COMMAND, path)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_cut_and_changed_files_are_refused(self):
        content = self.compiled("primes").read_bytes()
        for count in [8, 11, 12, 100, 300, len(content) // 2, len(content) - 1]:
            self.refuse(content[:count], "cut or changed")
        for index in range(8, len(content), len(content) // 50):
            changed = content[:index] + bytes([content[index] ^ 4]) + content[index + 1:]
            self.refuse(changed, "cannot be loaded")
        self.refuse(content + b"x", "after its end")

    def test_other_machines_and_versions_are_refused_by_name(self):
        content = self.compiled("primes").read_bytes()
        changes = [
            (lambda header: header.texts.__setitem__(0, b"0.0.1"), "version 0.0.1"),
            (lambda header: header.texts.__setitem__(1, b"m68k-linux"), "m68k-linux"),
            (lambda header: header.texts.__setitem__(2, header.texts[2] + b",time-travel"), "time-travel"),
            (lambda header: setattr(header, "layout", bytes(32)), "another build"),
            (lambda header: setattr(header, "module", bytes(32) + header.module[32:]), "cut or changed"),
        ]
        for change, word in changes:
            header = Header(content)
            self.assertEqual(header.content(), content)
            change(header)
            self.refuse(header.content(), word)
        header = Header(content)
        header.texts[2] = b",".join(header.texts[2].split(b",")[1:])
        path = self.folder / "fewer.cwasm"
        path.write_bytes(header.content())
        self.assertEqual(run(COMMAND, path).returncode, 0, "a processor may have more than is needed")

    def test_a_file_that_becomes_shorter_while_it_is_read(self):
        content = self.compiled("primes").read_bytes()
        path = self.folder / "shrinking.cwasm"
        for _ in range(30):
            path.write_bytes(content)
            process = subprocess.Popen(
                [COMMAND, path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            os.truncate(path, 4096)
            _, errors = process.communicate(timeout=PATIENCE)
            self.assertIn(process.returncode, (0, 1), errors)

    def test_is_no_module(self):
        path = self.compiled("hello")
        for command in ["inspect", "validate"]:
            result = run(COMMAND, command, path)
            self.assertEqual(result.returncode, 1)
            self.assertIn("compiled module", result.stderr)


class Loops(Case):
    """One loop over an array, which is compiled twice: without checks, where all of it is in the memory."""
    TEXT = """(module (memory 1 1{shared})
      (func (export "sum") (param $p i32) (param $n i32) (result i32) (local $s i32)
        (loop $next
          (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
          (local.set $p (i32.add (local.get $p) (i32.const 4)))
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $s)))"""

    def byte_count(self, shared):
        module, output = self.folder / "sum.wasm", self.folder / "sum.cwasm"
        text = self.TEXT.format(shared=shared).encode()
        self.assertTrue(wasm_tools.run(wasm_tools.program(), "parse", "-", "-o", module, input=text))
        self.assertEqual(run(COMMAND, "compile", module, "-o", output).returncode, 0)
        return output.stat().st_size

    def test_those_over_shared_memories_are_compiled_twice_too(self):
        self.assertGreater(self.byte_count(" shared"), 0.95 * self.byte_count(""))


class Progress(Case):
    def large(self):
        """A module that takes some seconds to compile."""
        body = "".join(f"(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const {n})) (i32.const {n})))"
                       for n in range(400))
        text = "(module " + f"(func (result i32) (local i32) {body} (local.get 0))" * 400 + ")"
        module = self.folder / "large.wasm"
        run(wasm_tools.program(), "parse", "-", "-o", module, input=text, stdin=None, check=True)
        return module

    def test_a_signal_leaves_nothing_behind(self):
        module = self.large()
        for number in [signal.SIGINT, signal.SIGTERM]:
            master, terminal = pty.openpty()
            process = subprocess.Popen(
                [COMMAND, "compile", module, "-o", self.folder / "x.cwasm"], stderr=terminal,
                stdin=subprocess.DEVNULL, start_new_session=True)
            os.close(terminal)
            # The first words of the bar: it has begun.
            self.assertIn(b"compiling", os.read(master, 4096))
            process.send_signal(number)
            self.assertNotEqual(process.wait(PATIENCE), 0)
            os.close(master)
            self.assertEqual(self.names(), ["large.wasm"])

    def test_a_bar_on_a_terminal_alone(self):
        master, terminal = pty.openpty()
        command = [COMMAND, "compile", guest("primes"), "-o", self.folder / "x.cwasm"]
        process = subprocess.Popen(command, stderr=terminal, stdin=subprocess.DEVNULL)
        os.close(terminal)
        output = b""
        try:
            while chunk := os.read(master, 4096):
                output += chunk
        except OSError:
            pass  # the other side is closed
        self.assertEqual(process.wait(PATIENCE), 0)
        os.close(master)
        self.assertIn(b"100 %", output)
        self.assertTrue(output.endswith(b"\r\x1b[K"), "the line is taken away")


class Cache(Case):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"

    def run_with(self, *words, cache=None, **settings):
        place = cache or self.cache
        return run(COMMAND, "run", "--cache-dir", place, "--tier", "compiled", *words, **settings)

    def assert_runs(self, result):
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines()[-1], "primes below 200000: 17984")

    def files(self):
        return [path for path in self.cache.rglob("*") if path.is_file()]

    def test_the_second_start_needs_no_llvm(self):
        self.assert_runs(self.run_with(guest("primes")))
        self.assert_runs(self.run_with(guest("primes"), env=WITHOUT_LLVM))
        self.assertEqual(self.run_with(guest("mutex"), env=WITHOUT_LLVM).returncode, 1, "another module")
        result = run(COMMAND, "run", "--no-cache", "--tier", "compiled", guest("primes"), env=WITHOUT_LLVM)
        self.assertEqual(result.returncode, 1)

    def test_places(self):
        for variables, place in [
            ({"XDG_CACHE_HOME": str(self.folder / "xdg")}, "xdg/wasi-threads"),
            ({"HOME": str(self.folder / "home")}, "home/.cache/wasi-threads"),
            ({"HOME": str(self.folder / "home2"), "XDG_CACHE_HOME": "relative"}, "home2/.cache/wasi-threads"),
        ]:
            result = run(COMMAND, "run", "--tier", "compiled", guest("primes"), env=dict(variables))
            self.assert_runs(result)
            self.assertTrue(list((self.folder / place).iterdir()))
            self.assertEqual((self.folder / place).stat().st_mode & 0o777, 0o700)
        self.assert_runs(run(COMMAND, "run", "--tier", "compiled", guest("primes"), env={}))

    def test_broken_files_are_not_used(self):
        self.assert_runs(self.run_with(guest("primes")))
        whole = {path: path.read_bytes() for path in self.files()}
        for change in [lambda b: b[:-1], lambda b: b"", lambda b: b[:200] + b"\0" + b[201:], lambda b: b * 2]:
            for path, content in whole.items():
                path.write_bytes(change(content))
            self.assert_runs(self.run_with(guest("primes")))
            self.assert_runs(self.run_with(guest("primes"), env=WITHOUT_LLVM))

    def test_places_that_can_not_be_used_are_silent(self):
        (self.folder / "file").write_text("")
        for place in ["/proc/nowhere", self.folder / "file", self.folder / "file/below", "/dev/null"]:
            self.assert_runs(self.run_with(guest("primes"), cache=place))
        result = self.run_with(
            guest("primes"), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.files(), [])

    def test_many_starts_at_the_same_time(self):
        command = [COMMAND, "run", "--cache-dir", self.cache, "--tier", "compiled", guest("primes")]
        processes = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(8)
        ]
        for process in processes:
            output, errors = process.communicate(timeout=PATIENCE)
            self.assertEqual((process.returncode, errors), (0, ""))
            self.assertIn("17984", output)
        self.assertFalse([path for path in self.files() if path.name.startswith(".")])
        self.assert_runs(self.run_with(guest("primes"), env=WITHOUT_LLVM))


if __name__ == "__main__":
    unittest.main()

"""What profilers and debuggers are told of compiled code, when the environment asks for it."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from support import COMMAND, PATIENCE, need, run

GUEST = """(module
  (memory 1)
  (func $innermost (param i32) (result i32) (i32.load (local.get 0)))
  (func $between (param i32) (result i32) (i32.add (call $innermost (local.get 0)) (i32.const 1)))
  (func (export "_start") (drop (call $between (i32.const 8)))))
"""


class Observers(unittest.TestCase):
    def setUp(self):
        need("wasm-tools")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        text = pathlib.Path(folder.name, "guest.wat")
        text.write_text(GUEST)
        self.guest = text.with_suffix(".wasm")
        run("wasm-tools", "parse", text, "-o", self.guest, check=True)
        if run(COMMAND, "run", "--tier", "compiled", self.guest).returncode != 0:
            self.skipTest("LLVM is not installed")

    def command(self):
        return [COMMAND, "run", "--tier", "compiled", self.guest]

    def test_perf_finds_functions_by_address(self):
        process = subprocess.Popen(self.command(), env=dict(os.environ, WASI_THREADS_PERF="map"))
        path = pathlib.Path(f"/tmp/perf-{process.pid}.map")
        self.addCleanup(path.unlink, missing_ok=True)
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        sizes = {}
        for line in path.read_text().splitlines():
            address, size, name = line.split(maxsplit=2)
            self.assertGreater(int(address, 16), 0)
            sizes[name] = int(size, 16)
        self.assertGreater(sizes["innermost"], 0)
        self.assertGreater(sizes["between"], 0)

    def test_perf_finds_functions_of_one_pass(self):
        command = [COMMAND, "run", "--tier", "baseline", self.guest]
        process = subprocess.Popen(command, env=dict(os.environ, WASI_THREADS_PERF="map"))
        path = pathlib.Path(f"/tmp/perf-{process.pid}.map")
        self.addCleanup(path.unlink, missing_ok=True)
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        names = [line.split(maxsplit=2)[2] for line in path.read_text().splitlines()]
        self.assertIn("innermost", names)

    def test_nothing_is_written_unasked(self):
        process = subprocess.Popen(self.command())
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        self.assertFalse(pathlib.Path(f"/tmp/perf-{process.pid}.map").exists())

    def test_gdb_stops_in_a_function_of_the_guest(self):
        words = [
            need("gdb"), "-nx", "-batch", "-ex", "set breakpoint pending on",
            "-ex", "set debuginfod enabled off", "-ex", "handle SIGSEGV SIGURG nostop noprint pass",
            "-ex", "break innermost", "-ex", "run", "-ex", "backtrace 3", "-ex", "kill", "--args", *self.command()]
        result = run(*words, env=dict(os.environ, WASI_THREADS_GDB="on"))
        if "ptrace" in result.stderr and "Operation not permitted" in result.stderr:
            self.skipTest("programs may not be traced here")
        frames = [line for line in result.stdout.splitlines() if line.startswith("#")]
        self.assertEqual(len(frames), 3, result.stdout + result.stderr)
        self.assertIn("innermost () at module.wasm:", frames[0])
        self.assertIn("between () at module.wasm:", frames[1])


if __name__ == "__main__":
    unittest.main()

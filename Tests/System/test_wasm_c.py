"""C programs for wasm.h: what each function does, what is left behind, and that none was forgotten."""

import os
import re
import unittest

import wasm_tools
from support import BUILD, ROOT, compile_c, need, run

SOURCES = ROOT / "Tests/System/wasm-c"
PROGRAMS = BUILD / "tests/wasm-c"


class WasmC(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        PROGRAMS.mkdir(parents=True, exist_ok=True)
        for text in SOURCES.glob("*.wat"):
            run(wasm_tools.program(), "parse", text, "-o", PROGRAMS / f"{text.stem}.wasm", check=True)
        for source in SOURCES.glob("*.c"):
            compiled = compile_c(source, PROGRAMS / source.stem)
            if compiled.returncode != 0 or compiled.stderr:
                raise AssertionError(compiled.stderr)

    def expect_silence(self, name):
        """Such a program prints what it did not expect; the library prints nothing at all."""
        result = run(PROGRAMS / name, PROGRAMS)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_types(self):
        self.expect_silence("types")

    def test_references(self):
        self.expect_silence("references")

    def test_functions(self):
        self.expect_silence("functions")

    def test_objects(self):
        self.expect_silence("objects")

    def test_references_of_narrow_types(self):
        self.expect_silence("narrow")

    def test_modules(self):
        self.expect_silence("modules")

    def test_misuse(self):
        self.expect_silence("misuse")

    def test_threads_with_a_store_each(self):
        self.expect_silence("threads")

    def test_calls_of_chance(self):
        for seed in range(2, 22):
            result = run(PROGRAMS / "chaos", PROGRAMS, seed)
            self.assertEqual((seed, result.returncode, result.stdout, result.stderr), (seed, 0, "", ""))

    def test_instances_leave_nothing_behind(self):
        result = run(PROGRAMS / "churn", PROGRAMS, "10000")
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        # A hundred bytes leaked by each would be nearly as much.
        self.assertLess(int(result.stdout), 1_000_000)

    def test_memory_is_used_and_freed_rightly(self):
        valgrind = need("valgrind")
        # The loader's own reads are errors to valgrind, and LLVM is opened by it.
        environment = dict(os.environ, WASI_THREADS_TIER="interpreter")
        for name in ["types", "references", "functions", "objects", "modules", "misuse", "churn", "chaos"]:
            with self.subTest(name):
                # What the Swift runtime keeps for ever is reachable, or reached by pointers to its middle.
                result = run(
                    valgrind, "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect",
                    "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99",
                    PROGRAMS / name, PROGRAMS, env=environment)
                self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)

    def test_every_function_of_the_header_is_called(self):
        called = set()
        for source in SOURCES.glob("*.c"):
            symbols = run("nm", "-u", PROGRAMS / source.stem, check=True).stdout
            called |= set(re.findall(r"\b(wasm_\w+)", symbols))
        listed = set(re.findall(r"\b(wasm_\w+);", (ROOT / "pkgconfig/wasi-threads.map").read_text()))
        self.assertEqual(listed - called, set())


if __name__ == "__main__":
    unittest.main()

"""Bad modules by the thousand: no crash, no output, nothing left behind.

FUZZ=N in the environment takes N times as many (make fuzz). A module that harms the program stays in
build/fuzz/crash-*.wasm.
"""

import concurrent.futures
import os
import shutil
import subprocess
import unittest

import wasm_tools
from support import BUILD, GUESTS, PATIENCE, ROOT, compile_c

SCALE = int(os.environ.get("FUZZ", "1"))
FOLDER = BUILD / "fuzz"
# Where the next modules come from; other seeds find other things.
SEED = int(os.environ.get("FUZZ_SEED", "1"))


class BadModules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        FOLDER.mkdir(parents=True, exist_ok=True)
        cls.program = BUILD / "tests/fuzz"
        compiled = compile_c(ROOT / "Tests/System/fuzz/fuzz.c", cls.program)
        if compiled.returncode != 0:
            raise AssertionError(compiled.stderr)
        cls.guests = sorted(GUESTS.glob("*.wasm"))

    def survive(self, what, *arguments):
        work = FOLDER / f"work-{what}.wasm"
        result = subprocess.run(
            [str(word) for word in (self.program, work, *arguments)],
            capture_output=True, text=True, timeout=5 * PATIENCE * max(SCALE, 1))
        if result.returncode != 0:
            shutil.copy(work, FOLDER / f"crash-{what}.wasm")
        self.assertEqual((result.returncode, result.stderr), (0, ""), f"{what}: {result.stdout}")
        self.assertRegex(result.stdout, r"\A\d+ modules, \d+ ran\n\Z")

    def survive_made(self, what, count, make):
        """`make` gets a seed and a path, and returns the path or None."""
        self.assertTrue(self.guests)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            seeds = range(SEED * count * SCALE, (SEED + 1) * count * SCALE)
            made = list(pool.map(lambda seed: make(seed, FOLDER / f"{what}-{seed}.wasm"), seeds))
        made = [path for path in made if path]
        self.assertGreater(len(made), count * SCALE // 10)
        for start in range(0, len(made), 1000):
            self.survive(what, "files", *made[start:start + 1000])
        for path in made:
            path.unlink()

    def test_changed_bytes(self):
        self.survive("bytes", "bytes", SEED, 20000 * SCALE, *self.guests)

    def test_mutated(self):
        self.survive_made(
            "mutated", 150,
            lambda seed, path: wasm_tools.mutate(seed, self.guests[seed % len(self.guests)], path))

    def test_generated(self):
        self.survive_made("generated", 150, wasm_tools.smith)

    def test_generated_invalid(self):
        self.survive_made(
            "invalid", 100, lambda seed, path: wasm_tools.smith(seed, path, allow_invalid_funcs="true"))


if __name__ == "__main__":
    unittest.main()

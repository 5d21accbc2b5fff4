"""An LLVM that faults, runs out of stack, gives up or gets stuck: programs go on in the interpreter."""

import os
import pathlib
import re
import tempfile
import unittest

from support import BUILD, COMMAND, GUESTS, ROOT, compile_c, guest, has_compiled_code, run

# How the last step of a compilation fails; see broken.c.
FAILURES = ["fault", "stack", "fatal"]


class BrokenLLVM(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not has_compiled_code():
            raise unittest.SkipTest("LLVM is not installed")
        name = re.search(r"\((\S*libLLVM\S*)\)", run(COMMAND, "--version").stdout)[1]
        cls.library = BUILD / "tests/libLLVM-broken.so"
        run(os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O0", ROOT / "Tests/System/llvm/broken.c",
            "-o", cls.library, "-Wl,--no-as-needed", name if "/" in name else f"-l:{name}", check=True)

    def run_with(self, tier, how, *words):
        environment = dict(
            os.environ, WASI_THREADS_LLVM=str(self.library), WASI_THREADS_TIER=tier, BROKEN=how)
        return run(COMMAND, "run", "--no-cache", *words, env=environment)

    def test_programs_go_on_in_the_interpreter(self):
        for how in FAILURES:
            with self.subTest(how):
                result = self.run_with("eager", how, guest("primes"))
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(result.stdout.splitlines()[-1], "primes below 200000: 17984")

    def test_who_asks_for_compiled_code_is_told(self):
        for how in FAILURES:
            with self.subTest(how):
                result = self.run_with("compiled", how, guest("primes"))
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn("LLVM", result.stderr)

    def test_a_fault_while_the_process_exits(self):
        program = BUILD / "tests/exiting"
        compiled = compile_c(ROOT / "Tests/System/embed/exiting.c", program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        environment = dict(
            os.environ, WASI_THREADS_LLVM=str(self.library), WASI_THREADS_TIER="eager", BROKEN="late")
        result = run(program, GUESTS, env=environment)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_a_child_of_a_process_that_compiles_does_not_wait_for_its_locks(self):
        program = BUILD / "tests/forking"
        compiled = compile_c(ROOT / "Tests/System/embed/forking.c", program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        with tempfile.TemporaryDirectory() as folder:
            stuck = pathlib.Path(folder) / "stuck"
            environment = dict(
                os.environ, WASI_THREADS_LLVM=str(self.library), WASI_THREADS_TIER="eager", BROKEN="stuck",
                BROKEN_AT=str(stuck))
            result = run(program, GUESTS, stuck, env=environment)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_nobody_waits_for_it(self):
        program = BUILD / "tests/abandoning"
        compiled = compile_c(ROOT / "Tests/System/embed/abandoning.c", program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        for what in ["engine", "cancel-module", "cancel-file", "limit", "exit"]:
            with self.subTest(what), tempfile.TemporaryDirectory() as folder:
                busy = pathlib.Path(folder) / "busy"
                environment = dict(
                    os.environ, WASI_THREADS_LLVM=str(self.library), BROKEN="busy", BROKEN_AT=str(busy))
                environment.pop("WASI_THREADS_TIER", None)
                result = run(program, GUESTS, busy, what, env=environment)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_a_time_limit_counts_it(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(
                os.environ, WASI_THREADS_LLVM=str(self.library), WASI_THREADS_TIER="compiled", BROKEN="busy",
                BROKEN_AT=f"{folder}/busy")
            result = run(COMMAND, "run", "--no-cache", "--timeout", "0.3", guest("primes"), env=environment)
            # LLVM never ends by itself; the limit may be up before it is reached.
            self.assertEqual((result.returncode, result.stdout), (124, ""))


if __name__ == "__main__":
    unittest.main()

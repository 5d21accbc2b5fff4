"""C programs that embed the library, and what they leave behind."""

import os
import resource
import tempfile
import unittest

from support import BUILD, GUESTS, ROOT, compile_c, guest, run

SOURCES = ROOT / "Tests/System/embed"

# Where files are in memory, so that those that are filled take no disk.
MEMORY = "/dev/shm"


class Programs(unittest.TestCase):
    def build(self, source):
        program = BUILD / "tests" / source.stem
        compiled = compile_c(source, program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        return program

    def expect_silence(self, name, *arguments):
        """Such a program prints what it did not expect; the library prints nothing at all."""
        result = run(self.build(SOURCES / f"{name}.c"), GUESTS, *arguments)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_refusals(self):
        self.expect_silence("refusals")

    def test_ends_from_many_host_threads_in_every_state(self):
        self.expect_silence("ending", "150")

    def test_data_races(self):
        self.expect_silence("races")

    def test_ends_of_calls_that_wait(self):
        """For each call of WASI, kind of file and way to end; what this machine has not is named."""
        program = self.build(SOURCES / "blocking.c")
        with tempfile.TemporaryDirectory(dir=MEMORY if os.path.isdir(MEMORY) else None) as folder:
            result = run(program, GUESTS, folder, 4)
        lines = (result.stdout + result.stderr).splitlines()
        left_out = [line for line in lines if line.startswith("left out: ")]
        self.assertEqual((result.returncode, [line for line in lines if line not in left_out]), (0, []))
        if left_out:
            self.skipTest("; ".join(left_out))

    def test_functions_of_the_host(self):
        self.expect_silence("hostfunctions")

    def test_native_functions(self):
        self.expect_silence("native")

    def test_function_pointers_of_guests_and_of_the_host(self):
        self.expect_silence("callbacks")

    def test_exports_as_function_pointers(self):
        self.expect_silence("pointers")

    def test_lifetimes(self):
        self.expect_silence("lifetimes")

    def test_attached_threads(self):
        self.expect_silence("attach", "40")

    def test_paused_processes_end_as_others_do(self):
        self.expect_silence("pausing", "3")

    def test_threads_that_are_cancelled_inside_a_call(self):
        self.expect_silence("cancelling")

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            self.expect_silence("files", folder)

    def test_tiers_and_compiled_modules(self):
        program = self.build(SOURCES / "compiled.c")
        with tempfile.TemporaryDirectory() as folder:
            # The program chooses the tiers itself, and the variable goes before what an engine chooses.
            environment = {name: value for name, value in os.environ.items() if name != "WASI_THREADS_TIER"}
            result = run(program, GUESTS, folder, env=environment)
        if result.returncode == 77:
            self.skipTest("LLVM is not installed")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def expect_silence_on_each_tier(self, name, *arguments, **options):
        """The program chooses the tier itself, and the variable would go before what it chooses."""
        program = self.build(SOURCES / f"{name}.c")
        environment = {name: value for name, value in os.environ.items() if name != "WASI_THREADS_TIER"}
        for tier in ["0", "1", "2"]:
            with self.subTest(tier):
                result = run(program, GUESTS, tier, *arguments, env=environment, **options)
                if result.returncode == 77:
                    self.skipTest("LLVM is not installed")
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_stacks_and_signals_of_the_host(self):
        self.expect_silence_on_each_tier("stacks")

    def test_a_stack_without_a_limit(self):
        unlimited = resource.RLIM_INFINITY
        if resource.getrlimit(resource.RLIMIT_STACK)[1] != unlimited:
            self.skipTest("the stacks of this session's programs have a limit")
        self.expect_silence_on_each_tier(
            "stacks", "unlimited",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (unlimited, unlimited)))

    def test_a_filter_that_forbids_barriers(self):
        self.expect_silence_on_each_tier("filtered")

    def test_exit_while_functions_are_compiled(self):
        program = self.build(SOURCES / "exiting.c")
        for _ in range(20):
            result = run(program, GUESTS, env=dict(os.environ, WASI_THREADS_TIER="eager"))
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_forks_while_functions_are_compiled(self):
        self.expect_silence("forking")

    def test_processes_in_parallel(self):
        self.expect_silence("parallel")

    def test_processes_leave_nothing_behind(self):
        program = self.build(ROOT / "Benchmarks/host.c")
        for name in ["nothing", "memory-own", "globals", "trap-in-thread"]:
            with self.subTest(name):
                # What each process leaks shows in every round; what is loaded once, LLVM for one, in one.
                result = run(program, "churn", guest(name), "500", "5")
                self.assertEqual(result.returncode, 0, result.stderr)
                # A page leaked by each process would be two megabytes.
                self.assertLess(min(map(int, result.stdout.split())), 1_000_000)


if __name__ == "__main__":
    unittest.main()

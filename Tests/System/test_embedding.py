"""C programs that embed the library, and what they leave behind."""

import unittest

from support import BUILD, GUESTS, ROOT, compile_c, guest, run

SOURCES = ROOT / "Tests/System/embed"


class Programs(unittest.TestCase):
    def build(self, source):
        program = BUILD / "tests" / source.stem
        compiled = compile_c(source, program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        return program

    def test_refusals(self):
        """Also that nothing is written to the host's streams."""
        result = run(self.build(SOURCES / "refusals.c"), GUESTS)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_processes_leave_nothing_behind(self):
        program = self.build(ROOT / "Benchmarks/host.c")
        for name in ["nothing", "memory-own", "globals", "trap-in-thread"]:
            with self.subTest(name):
                result = run(program, "churn", guest(name), "500")
                self.assertEqual(result.returncode, 0, result.stderr)
                # A page leaked by each process would be two megabytes.
                self.assertLess(int(result.stdout), 1_000_000)


if __name__ == "__main__":
    unittest.main()

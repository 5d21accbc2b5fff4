"""What threads see of each other's plain accesses, on each tier; litmus.wat says what has to hold."""

import os
import unittest

from support import COMMAND, guest, run


class Litmus(unittest.TestCase):
    def holds(self, tier):
        result = run(COMMAND, "run", "--no-cache", "--tier", tier, guest("litmus"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_interpreted(self):
        self.holds("interpreter")

    def test_compiled(self):
        if "tier compiled: yes" not in run(COMMAND, "--version").stdout:
            self.skipTest("LLVM is not installed")
        self.holds("compiled")

    def test_while_it_is_compiled(self):
        """Calls go over to compiled code in the middle of loops."""
        environment = dict(os.environ, WASI_THREADS_TIER="eager")
        result = run(COMMAND, "run", "--no-cache", guest("litmus"), env=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()

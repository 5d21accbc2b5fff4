"""What is made of the table of instructions is what stands in the sources."""

import subprocess
import sys
import unittest

from support import ROOT


class Instructions(unittest.TestCase):
    def test_what_is_made_of_the_table_is_committed(self):
        made = subprocess.run([sys.executable, ROOT / "scripts/instructions", "--check"], capture_output=True, text=True)
        self.assertEqual((made.returncode, made.stdout), (0, "\n"), made.stderr)

    def test_the_document_lists_the_table(self):
        table = (ROOT / "Sources/WasmModule/Structure/instructions.txt").read_text()
        document = (ROOT / "docs/instructions.md").read_text()
        names = [line[:29].split(":")[0].strip() for line in table.splitlines() if line and line[0] not in "#["]
        self.assertGreater(len(names), 250)
        for name in names:
            self.assertIn(name, document)


if __name__ == "__main__":
    unittest.main()

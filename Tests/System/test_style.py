"""What CONTRIBUTING.md says of the form of sources: their length, and that of their lines."""

import subprocess
import unittest

from support import ROOT

KINDS = {".swift", ".c", ".h", ".inc", ".mjs", ".py", ".rs", ".ts"}
# Given as they are: programs that are measured.
GIVEN = "Benchmarks/kernels/"
LONGEST_FILE, LONGEST_LINE = 600, 120
# A single switch, and the whole C API.
LONG_FILES = {"Sources/WasmInterpreter/Loop.swift", "include/wasi_threads.h"}


class Style(unittest.TestCase):
    def sources(self):
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
        if listed.returncode != 0:
            self.skipTest("this is no clone")
        paths = [ROOT / name for name in listed.stdout.splitlines() if not name.startswith(GIVEN)]
        return [path for path in paths if path.suffix in KINDS and path.exists()]

    def test_files_and_lines_are_short(self):
        sources = self.sources()
        self.assertGreater(len(sources), 100)
        for path in sources:
            name = str(path.relative_to(ROOT))
            lines = path.read_text().splitlines()
            with self.subTest(name):
                if name not in LONG_FILES:
                    self.assertLessEqual(len(lines), LONGEST_FILE)
                self.assertEqual([n for n, line in enumerate(lines, 1) if len(line) > LONGEST_LINE], [])


if __name__ == "__main__":
    unittest.main()

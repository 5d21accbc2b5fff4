"""What CONTRIBUTING.md says of the form of sources: their length, that of their lines, and that what is fetched
to build and test them has one version."""

import re
import subprocess
import unittest

from support import ROOT

KINDS = {".swift", ".c", ".h", ".inc", ".py", ".rs"}
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

    def test_what_is_fetched_has_one_version(self):
        packages = re.findall(r"\.package\((.*)\)", (ROOT / "Package.swift").read_text())
        python = (ROOT / "bindings/python/tests/requirements.txt").read_text().splitlines()
        python = [line for line in python if line and not line.startswith("#")]
        project = (ROOT / "bindings/python/pyproject.toml").read_text()
        python += re.findall(r'"(.*?)"', re.search(r"^requires = \[(.*)\]$", project, re.MULTILINE).group(1))
        # What else an installation by pip in a script names; `-r` names a list.
        for script in (ROOT / "scripts").iterdir():
            text = script.read_text().replace("\\\n", " ") if script.is_file() else ""
            for words in re.findall(r"pip install ([^|\n;]*)", text):
                python += [word.strip('"') for word in re.findall(r"""(?<=\s)["$\w][^\s]*""", words)
                           if not word.startswith(("build/", '"$list"'))]
        self.assertGreater(min(len(packages), len(python) - 6), 0)
        self.assertEqual([package for package in packages if not re.search(r'exact: "\d+\.\d+\.\d+"', package)], [])
        self.assertEqual([name for name in python if "==" not in name], [])


if __name__ == "__main__":
    unittest.main()

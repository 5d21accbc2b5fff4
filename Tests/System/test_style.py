"""What CONTRIBUTING.md says of the form of sources: their length, that of their functions and lines, who calls the
system, that tests end, what is sendable, and that what is fetched to build and test them has one version."""

import ast
import re
import subprocess
import unittest

from support import ROOT

KINDS = {".swift", ".c", ".cpp", ".h", ".hpp", ".inc", ".mjs", ".py", ".rs", ".ts"}
# Given as they are: programs that are measured.
GIVEN = "Benchmarks/kernels/"
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_LINE = 600, 70, 120
# A single switch, the whole C API, and the whole C++ API.
LONG_FILES = {"Sources/WasmInterpreter/Loop.swift", "include/wasi_threads.h", "include/wasi_threads.hpp"}
SWIFT_FUNCTION = re.compile(r"( *)(?:@\S+ |[a-z]+(?:\(set\))? )*(?:func\b|init\b|deinit\b|subscript\b|var\b.*\{$)")


def functions(path):
    """The first line and the length of each function of a source."""
    text = path.read_text()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.lineno, node.end_lineno - node.lineno + 1
        return
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if path.suffix == ".swift":
            found = SWIFT_FUNCTION.match(line)
        else:
            found = re.match(r"()\w.*\)( \{)?$", line)
        if not found:
            continue
        indent = len(found.group(1))
        for end in range(index + 1, len(lines)):
            rest = lines[end]
            if rest.startswith(" " * indent + "}"):
                yield index + 1, end - index + 1
                break
            if rest and not rest.startswith((" " * (indent + 1), " " * indent + "{", " " * indent + ")", "#")):
                break


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

    def test_functions_are_short(self):
        sources = [path for path in self.sources() if path.name != "Loop.swift" and path.suffix != ".inc"
                   and not path.read_text().startswith("// Made by scripts/")]
        counted = 0
        for path in sources:
            for line, length in functions(path):
                counted += 1
                with self.subTest(f"{path.relative_to(ROOT)}:{line}"):
                    self.assertLessEqual(length, LONGEST_FUNCTION)
        self.assertGreater(counted, 1000)

    def test_only_the_platform_calls_the_system(self):
        importers = {path.relative_to(ROOT).parts[1] for path in self.sources()
                     if path.suffix == ".swift" and path.is_relative_to(ROOT / "Sources")
                     and re.search(r"^(@_exported )?import (Glibc|Musl|Darwin|Foundation)$", path.read_text(), re.M)}
        self.assertEqual(importers, {"Platform"})

    def test_tiers_are_peers(self):
        tiers = {"WasmBaseline", "WasmInterpreter", "WasmCompiler", "WasmNative"}
        looked_at = 0
        for path in self.sources():
            if path.suffix != ".swift" or not path.is_relative_to(ROOT / "Sources"):
                continue
            target = path.relative_to(ROOT).parts[1]
            if target not in tiers | {"WasmRuntime"}:
                continue
            looked_at += 1
            text = path.read_text()
            with self.subTest(str(path.relative_to(ROOT))):
                imported = set(re.findall(r"^import (\w+)$", text, re.M)) & tiers
                self.assertLessEqual(imported, {"WasmCompiler"} if target == "WasmNative" else set())
                self.assertNotRegex(text, r"\bas[?!] [A-Z]|unsafeDowncast")
        self.assertGreater(looked_at, 100)

    def test_what_is_sendable_unchecked_has_its_proof(self):
        claims = 0
        for path in self.sources():
            if path.suffix != ".swift":
                continue
            lines = path.read_text().splitlines()
            for number, line in enumerate(lines):
                if "@unchecked Sendable" not in line.split("//")[0]:
                    continue
                claims += 1
                near = lines[max(0, number - 6):number + 8]
                with self.subTest(f"{path.relative_to(ROOT)}:{number + 1}"):
                    self.assertTrue([text for text in near if "// SENDABLE:" in text])
        self.assertGreater(claims, 20)

    def test_swift_tests_have_a_time_limit(self):
        suites = 0
        for path in self.sources():
            if path.suffix != ".swift" or not path.is_relative_to(ROOT / "Tests"):
                continue
            text = path.read_text()
            # A suite that only holds others needs none, and has no test.
            for head in re.findall(r"^@Suite.*$|(?<=\{ )@Suite.*$", text, re.M):
                suites += 1
                self.assertIn(".timeLimit(", head, path.name)
            if "@Test" in text:
                self.assertRegex(text, r"(?m)^@Suite|\{ @Suite", f"{path.name} has tests without a suite")
        self.assertGreater(suites, 20)

    def test_decisions_are_numbered_as_their_files(self):
        records = sorted((ROOT / "docs/decisions").glob("*.md"))
        self.assertGreater(len(records), 10)
        for number, record in enumerate(records, 1):
            self.assertEqual(record.name[:4], f"{number:04}")
            self.assertTrue(record.read_text().startswith(f"# {number}. "), record.name)

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

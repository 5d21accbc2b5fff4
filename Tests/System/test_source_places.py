"""Where things are, in the programmer's words: functions, files and lines in what the command prints."""

import os
import re
import unittest

from support import COMMAND, ROOT, guest, has_compiled_code, run

SOURCE = "Tests/Guests/debug/lines.cpp"


def lines():
    """The numbers of the lines that the guest marks, by their marks."""
    found = {}
    for number, line in enumerate((ROOT / SOURCE).read_text().splitlines(), 1):
        if mark := re.search(r"// line: (\w+)", line):
            found[mark[1]] = number
    return found


class Places(unittest.TestCase):
    def test_a_trap_is_told_in_functions_and_lines(self):
        marks = lines()
        wanted = [
            ("shapes::Circle::divide", "inlined", marks["trap"]),
            ("shapes::Circle::shrink", "function", marks["divide"]),
            ("(anonymous namespace)::shrunk", "function", marks["shrink"]),
            ("_start", "function", marks["shrunk"]),
        ]
        for version in (4, 5):
            for tier in ["interpreter", "compiled"] if has_compiled_code() else ["interpreter"]:
                with self.subTest(version=version, tier=tier):
                    environment = dict(os.environ, WASI_THREADS_TIER=tier)
                    result = run(COMMAND, guest(f"lines-{version}"), env=environment)
                    self.assertEqual(result.returncode, 134, result.stderr)
                    frames = re.findall(r"^    at (.*) \((inlined|function).*\) (.*?):(\d+):\d+$", result.stderr, re.M)
                    told = [(re.sub(r"[(<]\S*$", "", name) or name, kind, int(line)) for name, kind, _, line in frames]
                    for (name, kind, line), (given, *rest) in zip(wanted, told, strict=True):
                        self.assertIn(name.split("::")[-1], given)
                        self.assertEqual(rest, [kind, line])
                    self.assertTrue(all(path.endswith(SOURCE) for _, _, path, _ in frames), frames)


if __name__ == "__main__":
    unittest.main()

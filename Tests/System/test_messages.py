"""Messages: that they are English, and that what users and guests wrote in them is shown for what it is."""

import re
import unittest

import wasm_tools
from support import BUILD, COMMAND, ROOT, run

# What is counted in messages.
WORDS = (
    "bit byte element global label level local memory object operand page parameter result scalar table thread "
    "type value").split()
# Numbers that are constants of the sources, all above 1.
CONSTANTS = re.compile(r"ImplementationLimits\.\w+|Self\.\w+|\w*[mM]aximum\w*")


def messages():
    """The lines of the sources that hold text with values in it, by place."""
    for path in (ROOT / "Sources").rglob("*.swift"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if "\\(" in line and not line.strip().startswith("//") and "preconditionFailure" not in line:
                yield f"{path.relative_to(ROOT)}:{number}", line
    for path in (ROOT / "bindings/python/src").rglob("*.py"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r'\bf"', line):
                yield f"{path.relative_to(ROOT)}:{number}", line


class English(unittest.TestCase):
    def test_a_number_and_its_word_agree(self):
        """Who writes '\\(count) values' writes of '1 values' some day; `counted` does not."""
        words = "|".join(f"{word}s|{word[:-1]}ies" if word.endswith("y") else f"{word}s" for word in WORDS)
        plural = re.compile(rf"(?:\\\(([\w.]+)\)|\{{([\w.]+)\}}) (?:{words})\b")
        found = [
            (place, match[0])
            for place, line in messages()
            for match in plural.finditer(line)
            if not CONSTANTS.fullmatch(match[1] or match[2]) and "locals are more than" not in match.string
        ]
        self.assertEqual(found, [])

    def test_articles(self):
        files = [*(ROOT / "Sources").rglob("*.swift"), *(ROOT / "bindings/python/src").rglob("*.py")]
        files += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs/man").iterdir(), ROOT / "README.md"]
        files += [*(ROOT / "include").glob("*.h")]
        wrong = re.compile(
            r"\b([Aa] (?:argument|array|engine|error|entry|element|embedder|error|export|external|import|instance|"
            r"instruction|interpreter|interrupt|object|offset|operand|option|outcome|i32|i64|f32|f64|LLVM)|"
            r"[Aa]n (?:byte|call|function|guest|handle|limit|linker|memory|module|name|process|table|thread|type|"
            r"value))\b")
        allowed = {"a i32", "an i32"}
        for path in files:
            with self.subTest(path.relative_to(ROOT)):
                found = {match[1] for match in wrong.finditer(path.read_text())} - allowed
                found = {text for text in found if not re.match(r"[Aa] (?:f32|f64)$", text)}
                self.assertEqual({text for text in found if text.split()[1] not in {"f32", "f64", "LLVM"}}, set())

    def test_an_object_of_another_kind(self):
        self.assertNotRegex((ROOT / "Sources/WasiThreads/Handle.swift").read_text(), r"is an? \\\(other\)")


class Names(unittest.TestCase):
    def module(self, text):
        path = BUILD / "tests/names.wasm"
        path.parent.mkdir(parents=True, exist_ok=True)
        run(wasm_tools.program(), "parse", "-", "-o", path, input=text, stdin=None, check=True)
        return path

    def test_an_import_that_nobody_defines(self):
        """Both parts are named in full, whatever is in them, and no character of them does anything."""
        names = {
            "m\\00od": "m\\u{0}od", "\\1b[2J": "\\u{1b}[2J", "back\\\\slash": "back\\\\slash",
            "\\e2\\80\\ae": "\\u{202e}", "pr\\c3\\a9cis": "pr\u00e9cis", "pre\\cc\\81cis": "pre\u0301cis",
            "a\\nb": "a\\u{a}b",
        }
        for written, shown in names.items():
            with self.subTest(written):
                module = self.module(f'(module (import "{written}" "f{written}" (func)) (func (export "a")))')
                result = run(COMMAND, "--invoke", "a", module)
                self.assertEqual(result.returncode, 1)
                self.assertEqual(
                    result.stderr,
                    f"wasi-threads: The module imports {shown}.f{shown} as (func () -> ()), which nobody defines.\n")

    def test_names_of_frames_move_no_cursor(self):
        module = self.module('(module (func $"\\1b[2Jf" (export "_start") unreachable))')
        result = run(COMMAND, module)
        self.assertEqual(result.returncode, 134)
        self.assertIn("\\u{1b}[2Jf", result.stderr)
        self.assertNotIn("\x1b", result.stderr)

    def test_an_illegal_opcode_is_in_one_radix(self):
        path = BUILD / "tests/names.wasm"
        header = b"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0"
        # 0xfd 16383, which is no instruction.
        path.write_bytes(header + b"\n\7\1\5\0\xfd\xff\x7f\x0b")
        self.assertIn("0xfd 16383", run(COMMAND, "validate", path).stderr)


if __name__ == "__main__":
    unittest.main()

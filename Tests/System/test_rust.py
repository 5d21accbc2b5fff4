"""The crate in bindings/rust: its own tests, its example, what the guide shows, its documentation, and its package."""

import os
import re
import shutil
import subprocess
import unittest

from support import BUILD, GUESTS, ROOT, need, run

CRATE = ROOT / "bindings/rust"
OUTPUT = BUILD / "rust"
SQUARES = ROOT / "examples-rust/guests/squares.wasm"
PATIENCE = 600


class Rust(unittest.TestCase):
    def cargo(self, *words, folder=CRATE):
        cargo = need("cargo")
        environment = dict(
            os.environ, PKG_CONFIG_PATH=str(BUILD / "lib/pkgconfig"), CARGO_TARGET_DIR=str(OUTPUT / "target"),
            WASI_THREADS_GUESTS=str(GUESTS), RUSTFLAGS="-D warnings", RUSTDOCFLAGS="-D warnings")
        OUTPUT.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [cargo, *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL)

    def succeed(self, *words, **options):
        result = self.cargo(*words, **options)
        self.assertEqual(result.returncode, 0, result.stdout[-5000:] + result.stderr[-5000:])
        return result

    def test_declarations_are_those_of_the_header(self):
        def counted(text, pattern):
            found = re.findall(pattern, text, re.DOTALL)
            return {name: 0 if not words.strip() or words.strip() == "void" else words.count(",") + 1
                    for name, words in found}
        header = re.sub(r"/\*.*?\*/", "", (ROOT / "include/wasi_threads.h").read_text(), flags=re.DOTALL)
        declared = counted(header, r"\b(wasi_threads_\w+)\(([^()]*)\);")
        used = counted((CRATE / "src/ffi.rs").read_text(), r"\b(wasi_threads_\w+)\(([^()]*)\)")
        self.assertGreater(len(used), 60)
        self.assertEqual(used, {name: declared.get(name) for name in used})

    def test_numbers_are_those_of_the_header(self):
        header = (ROOT / "include/wasi_threads.h").read_text()
        for prefix, path, name in [
                ("LIMIT", "engine.rs", "Limit"), ("TRAP", "error.rs", "TrapCode"), ("ERROR", "error.rs", "ErrorKind")]:
            wanted = {words.replace("_", "").lower(): int(number) for words, number in re.findall(
                rf"^    WASI_THREADS_{prefix}_(\w+) = (\d+)", header, re.MULTILINE)}
            # That there is none is None in Rust.
            wanted.pop("none", None)
            (body,) = re.findall(
                rf"^ *(?:pub enum )?{name} \{{\n(.*?)^ *\}}", (CRATE / "src" / path).read_text(),
                re.MULTILINE | re.DOTALL)
            rows = re.findall(r"^ +(\w+) = (\d+),", body, re.MULTILINE)
            found = {words.lower(): int(number) for words, number in rows}
            self.assertGreater(len(found), 9)
            self.assertEqual(found, wanted)

    def test_own_tests_and_examples_in_the_documentation(self):
        result = self.succeed("test", "--offline")
        passed = [int(count) for count in re.findall(r"test result: ok. (\d+) passed", result.stdout)]
        self.assertEqual(len(passed), 3)
        self.assertGreaterEqual(passed[1], 6)
        self.assertEqual(passed[2], 1)

    def test_all_public_names_are_documented(self):
        self.succeed("doc", "--offline", "--no-deps")

    def test_lints(self):
        if self.cargo("clippy", "--version").returncode != 0:
            self.skipTest("clippy is not installed")
        self.succeed("clippy", "--offline", "--all-targets", "--", "-D", "warnings")

    def test_what_is_published_builds(self):
        result = self.succeed("package", "--offline", "--allow-dirty")
        self.assertIn("Packaged", result.stderr)
        listing = self.succeed("package", "--offline", "--allow-dirty", "--list").stdout.splitlines()
        self.assertIn("LICENSE", listing)
        self.assertEqual((CRATE / "LICENSE").read_bytes(), (ROOT / "LICENSE").read_bytes())

    def program(self, name, source):
        """A program with the crate, from its source."""
        folder = OUTPUT / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "src").mkdir(parents=True)
        (folder / "src/main.rs").write_text(source)
        (folder / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n'
            f'[dependencies]\nwasi-threads = {{ path = "{CRATE}" }}\n')
        # Where cargo has linked it, it finds the library by the variable that it is run with.
        self.succeed("build", "--offline", folder=folder)
        return run(OUTPUT / "target/debug" / name, SQUARES, env=dict(os.environ, LD_LIBRARY_PATH=str(BUILD / "lib")))

    def test_example(self):
        result = self.program("threads", (ROOT / "examples-rust/src/main.rs").read_text())
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[:4], ["status 0, 4 calls of the host", "squares [1, 4, 9, 16]", "mean 50",
                                     "The main thread trapped: integer divide by zero."])
        self.assertRegex(lines[4], r"^  at divide \(function \d+, offset 0x")

    def test_guide(self):
        text = (ROOT / "docs/embedding/rust.md").read_text()
        blocks = re.findall(r"^```rust\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        result = self.program("guide", "\n".join(blocks))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[:3], ["status 0", "mean 50", "attached 10"])
        self.assertEqual(lines[3], "The main thread trapped: too large: 1000, in thread 0.")


if __name__ == "__main__":
    unittest.main()

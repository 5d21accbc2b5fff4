"""What the documents show is compiled and run: the C and Python of the README and of the guide."""

import os
import pathlib
import re
import shutil
import tempfile
import unittest

from support import BUILD, ROOT, compile_c, guest, need, run

OUTPUT = BUILD / "documents"
PRIMES = ROOT / "examples-c/guests/primes.wasm"


def blocks(document, language):
    """The code blocks of a document in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)


def python_with_the_package():
    """The interpreter in which the package was installed, or a skipped test."""
    python = BUILD / "tools/bin/python"
    if not python.exists() or run(python, "-c", "import wasi_threads").returncode != 0:
        raise unittest.SkipTest("the Python package is not installed in build/tools")
    return python


class Documents(unittest.TestCase):
    def setUp(self):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        shutil.copy(PRIMES, OUTPUT / "guest.wasm")

    def program(self, name, code):
        source = OUTPUT / f"{name}.c"
        source.write_text(code)
        compiled = compile_c(source, OUTPUT / name)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        return OUTPUT / name

    def test_installing_step_by_step(self):
        with tempfile.TemporaryDirectory() as home:
            blocks_run = blocks("docs/installing.md", "sh")
            environment = {**os.environ, "HOME": home, "MAKEFLAGS": "--no-print-directory"}
            environment.pop("PKG_CONFIG_PATH", None)
            result = run("sh", "-euc", "\n".join(blocks_run), env=environment)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(result.stdout.count("primes below 200000: 17984"), 2)
            self.assertIn("tier interpreter: yes", result.stdout)
            local = pathlib.Path(home) / ".local"
            self.assertEqual([path for path in local.rglob("*") if not path.is_dir()], [])

    def test_what_troubleshooting_shows(self):
        shown = blocks("docs/troubleshooting.md", "console")
        self.assertGreaterEqual(len(shown), 4)
        environment = {**os.environ, "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}"}
        for block in shown:
            command, said = block.split("\n", 1)
            with self.subTest(command):
                result = run("env", "-C", OUTPUT, "sh", "-c", command.removeprefix("$ "), env=environment)
                self.assertNotEqual(result.returncode, 0)
                self.assertTrue(result.stderr.startswith(said), result.stderr)

    def test_what_the_guide_to_races_shows(self):
        environment = {**os.environ, "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}"}
        shutil.copy(guest("race"), OUTPUT / "race.wasm")
        (block,) = blocks("docs/races.md", "console")
        command, said = block.split("\n", 1)
        result = run("env", "-C", OUTPUT, "sh", "-c", command.removeprefix("$ "), env=environment)
        self.assertEqual(result.returncode, 66)
        self.assertTrue(result.stderr.startswith(said), result.stderr)
        (code,) = blocks("docs/races.md", "python")
        (OUTPUT / "races.py").write_text(code)
        result = run("env", "-C", OUTPUT, python_with_the_package(), "races.py")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^(0x40 count\n)+\d\n$")

    def test_c_of_the_readme(self):
        (code,) = blocks("README.md", "c")
        program = self.program("readme", code)
        result = run("env", "-C", OUTPUT, program)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("primes below 200000: 17984", result.stdout)
        (OUTPUT / "guest.wasm").unlink()
        result = run("env", "-C", OUTPUT, program)
        self.assertEqual(result.returncode, 1)
        self.assertIn("guest.wasm", result.stderr)

    def test_python_of_the_readme(self):
        (code,) = blocks("README.md", "python")
        (OUTPUT / "readme.py").write_text(code)
        result = run("env", "-C", OUTPUT, python_with_the_package(), "readme.py")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, "0 primes below 200000: 17984\n")

    def test_guide_for_c(self):
        code = "\n".join(blocks("docs/embedding/c.md", "c"))
        result = run(self.program("guide", code), PRIMES, guest("reactor"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines()[1:], [
            "2 + 3 = 5", "3 + 4 = 7", "4 + 5 = 9", "outside is an error", "2 threads came and went"])
        self.assertRegex(result.stdout, r"^status 0, \d+ bytes of output\n")

    def test_example_of_the_manual_page(self):
        (code,) = re.findall(
            r"^\.Bd -literal.*?\n(#include.*?)^\.Ed$", (ROOT / "docs/man/libwasi-threads.3").read_text(),
            re.DOTALL | re.MULTILINE)
        program = self.program("manual", code.replace("\\en", "\\n"))
        self.assertEqual(run("env", "-C", OUTPUT, program).returncode, 0)
        (OUTPUT / "guest.wasm").unlink()
        self.assertEqual(run("env", "-C", OUTPUT, program).returncode, 1)

    def cpp(self, name, code, *options):
        source = OUTPUT / f"{name}.cpp"
        source.write_text(code)
        environment = dict(os.environ, PKG_CONFIG_PATH=str(BUILD / "lib/pkgconfig"))
        words = run("pkg-config", "--cflags", "--libs", "wasi-threads", env=environment, check=True).stdout.split()
        compiled = run(
            need("c++"), "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *options, source, "-o",
            OUTPUT / name, *words, f"-Wl,-rpath,{BUILD / 'lib'}", "-pthread")
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        return OUTPUT / name

    def test_guide_for_cpp(self):
        program = self.cpp("guide-cpp", "\n".join(blocks("docs/embedding/cpp.md", "cpp")))
        result = run(program, PRIMES, guest("cpp"), guest("attach"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^status 0: (.*\n)+primes below 200000: 17984\n")
        self.assertEqual(result.stdout.split("17984\n")[1].splitlines(), [
            "sum 42", "thread 0 says good day", "hypotenuse 5.0",
            "The main thread trapped: no root of a negative number.", "  at root_of", "counted to 400"])

    def test_guide_for_cpp_without_exceptions(self):
        (code,) = blocks("docs/embedding/cpp.md", "cpp-expected")
        result = run(self.cpp("guide-expected", code, "-fno-exceptions", "-fno-rtti"), guest("cpp"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        missing, trap = result.stdout.splitlines()
        self.assertIn("no such file", missing)
        self.assertEqual(trap, "The main thread trapped: no roots today.")

    def test_guide_for_python(self):
        program = OUTPUT / "guide.py"
        program.write_text("\n".join(blocks("docs/embedding/python.md", "python")))
        result = run(python_with_the_package(), program, PRIMES, guest("reactor"), guest("attach"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines(), [
            "status 0: primes below 200000: 17984",
            "ended: The embedder had enough.",
            "2 + 3 = 5",
            "The main thread trapped: integer divide by zero.",
            "40 in the first bytes",
            "8 threads counted to 800",
            "21 by pointer",
            "42 by function",
            "abs 5",
            "root 3",
            "no root: KeyError(10)",
        ])

    def test_standard_c_api(self):
        (code,) = blocks("docs/wasm-c-api.md", "c")
        result = run(self.program("wasm-c-api", code))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "2 + 3 = 5\n", ""))


if __name__ == "__main__":
    unittest.main()

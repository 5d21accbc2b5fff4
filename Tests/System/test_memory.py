"""Memory that a guest has the host keep: never much more than its limit, and never the end of the host where the
system refuses it."""

import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

from support import BUILD, GUESTS, PATIENCE, ROOT, compile_c, guest, run

SOURCES = ROOT / "Tests/System/embed"
MIB = 1 << 20


class Hungry(unittest.TestCase):
    def setUp(self):
        guest("hungry")
        self.program = BUILD / "tests/hungry"
        compiled = compile_c(SOURCES / "hungry.c", self.program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))

    def start(self, *arguments, **options):
        return subprocess.run(
            [str(self.program), str(GUESTS), *arguments], capture_output=True, text=True, timeout=PATIENCE, **options)


class Limits(Hungry):
    """What is held, against the limit of a file system."""

    # What a run takes beside the files: instances, stacks, the C library's own.
    OTHER = 6 << 10

    def held(self, mebibytes, *arguments):
        result = self.start(str(mebibytes), *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^-?\d+ -?\d+\n$")
        return map(int, result.stdout.split())

    def test_files_that_were_cut_off_hold_nothing(self):
        most, after = self.held(64, "files")
        self.assertLess(most, 64 * 1024 * 9 / 8 + self.OTHER)
        self.assertLess(after, self.OTHER)

    def test_names_and_what_they_stand_for_are_counted(self):
        for kinds in ["f", "l", "s", "d", "b", "flsdb"]:
            with self.subTest(kinds):
                most, _ = self.held(24, "names", kinds)
                self.assertLess(most, 24 * 1024 * 9 / 8 + self.OTHER)

    def test_what_the_system_does_not_have_is_refused(self):
        self.held(1 << 20, "huge")


class Refusals(Hungry):
    def test_any_large_allocation_may_be_refused(self):
        library = BUILD / "tests/failing.so"
        compiled = run(
            os.environ.get("CC", "cc"), "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
            SOURCES / "failing.c", "-o", library, "-ldl")
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        with tempfile.TemporaryDirectory() as folder:
            count = pathlib.Path(folder, "count")

            def start(number):
                environment = dict(
                    os.environ, LD_PRELOAD=str(library), FAILING_ALLOCATION=str(number),
                    FAILING_BYTES=str(128 << 10), FAILING_COUNT=str(count))
                return self.start("0", env=environment)

            self.assertEqual(start(0).returncode, 0)
            total = int(count.read_text())
            self.assertGreater(total, 40)
            # The first, among which are all that happen once, and then some of the rest.
            for number in [*range(1, min(total, 60) + 1), *range(61, total + 1, max(total // 40, 1))]:
                result = start(number)
                self.assertEqual((number, result.returncode, result.stdout, result.stderr), (number, 0, "", ""))

    def test_address_space_may_end_anywhere(self):
        def limited(bytes):
            return self.start("0", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (bytes, bytes)))

        seen = set()
        for mebibytes in range(40, 400, 12):
            result = limited(mebibytes * MIB)
            # Where the libraries themselves find no room, there is no host.
            if result.returncode == 127:
                continue
            seen.add(mebibytes)
            self.assertEqual((mebibytes, result.returncode, result.stdout, result.stderr), (mebibytes, 0, "", ""))
        self.assertGreater(len(seen), 15)


if __name__ == "__main__":
    unittest.main()

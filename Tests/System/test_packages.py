"""What `make install` and `make deb` give: files, pkg-config, and programs that are built against them."""

import os
import re
import tempfile
import pathlib
import subprocess
import unittest

from support import BUILD, ROOT, need, run

PRIMES = ROOT / "examples-c/guests/primes.wasm"
LAST_LINE_OF_GUEST = "primes below 200000: 17984"
# Far above what installing and packaging takes, with a build that finds nothing to do.
PATIENCE = 600


def make(*arguments):
    result = subprocess.run(
        ["make", "--no-print-directory", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if result.returncode != 0:
        raise AssertionError(result.stdout + result.stderr)


def files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}


def headers():
    return {f"usr/include/{path.name}" for path in (ROOT / "include").glob("*.h*")}


def version():
    text = (ROOT / "Sources/WasiThreads/Version.swift").read_text()
    return re.search(r'= "(.*)"', text).group(1)


class Installed(unittest.TestCase):
    """A test that has a root with an installation in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def pkg_config(self, libdir, *arguments, sysroot=None):
        environment = dict(os.environ, PKG_CONFIG_LIBDIR=str(self.root / libdir / "pkgconfig"))
        environment.pop("PKG_CONFIG_PATH", None)
        if sysroot:
            environment["PKG_CONFIG_SYSROOT_DIR"] = str(sysroot)
        result = run("pkg-config", *arguments, "wasi-threads", env=environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout.split()

    def runs_example(self, libdir, words):
        """Compiles an example with the words of pkg-config, and runs it with the library of the root."""
        program = self.root / "example"
        compiled = run(
            os.environ.get("CC", "cc"),
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            ROOT / "examples-c/threads.c",
            "-o",
            program,
            *words,
        )
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        result = run(program, PRIMES, env=dict(os.environ, LD_LIBRARY_PATH=str(self.root / libdir)))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn(LAST_LINE_OF_GUEST, result.stdout)


class Installation(Installed):
    def test_into_a_staging_folder(self):
        make("install", "PREFIX=/usr", "LIBDIR=/usr/lib/here", f"DESTDIR={self.root}")
        library = f"usr/lib/here/libwasi-threads.so.{version()}"
        self.assertEqual(
            files(self.root),
            {
                "usr/bin/wasi-threads",
                library,
                "usr/lib/here/libwasi-threads.so.0",
                "usr/lib/here/libwasi-threads.so",
                "usr/lib/here/pkgconfig/wasi-threads.pc",
                "usr/share/man/man1/wasi-threads.1",
                "usr/share/man/man3/libwasi-threads.3",
                "usr/share/doc/wasi-threads/reference.md",
            }
            | headers(),
        )
        # What is used is the prefix only.
        words = self.pkg_config("usr/lib/here", "--variable=libdir")
        self.assertEqual(words, ["/usr/lib/here"])
        self.assertEqual(self.pkg_config("usr/lib/here", "--modversion"), [version()])
        self.runs_example(
            "usr/lib/here",
            self.pkg_config("usr/lib/here", "--cflags", "--libs", sysroot=self.root)
            + [f"-I{self.root}/usr/include"],
        )

    def test_into_a_prefix(self):
        make("install", f"PREFIX={self.root}")
        words = self.pkg_config("lib", "--cflags", "--libs")
        self.assertEqual(words, [f"-I{self.root}/include", f"-L{self.root}/lib", "-lwasi-threads"])
        self.runs_example("lib", words)
        result = run(self.root / "bin/wasi-threads", PRIMES)
        self.assertIn(LAST_LINE_OF_GUEST, result.stdout)

    def test_the_staged_prefix_may_be_moved(self):
        self.root = BUILD
        words = self.pkg_config("lib", "--variable=prefix")
        self.assertEqual(pathlib.Path(words[0]).resolve(), BUILD)


class DebianPackages(Installed):
    @classmethod
    def setUpClass(cls):
        for program in ("dpkg-buildpackage", "dh", "lintian"):
            need(program)
        # Fails where lintian finds an error or a warning.
        make("deb")

    def test_contents(self):
        triplet = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH", check=True).stdout.strip()
        contents = {}
        for package in ("libwasi-threads0", "libwasi-threads-dev", "wasi-threads"):
            (path,) = (BUILD / "deb").glob(f"{package}_*.deb")
            folder = self.root / package
            self.assertEqual(run("dpkg", "-x", path, folder).returncode, 0)
            documents = ("usr/share/doc/", "usr/share/lintian/")
            contents[package] = {name for name in files(folder) if not name.startswith(documents)}
            self.assertEqual(run("dpkg", "-x", path, self.root / "all").returncode, 0)
            documents = {
                name.rsplit("/", 1)[1] for name in files(folder) if name.startswith("usr/share/doc/")
            }
            self.assertLessEqual({"copyright", "changelog.gz"}, documents)
        libdir = f"usr/lib/{triplet}"
        self.assertEqual(
            contents,
            {
                "libwasi-threads0": {
                    f"{libdir}/libwasi-threads.so.0",
                    f"{libdir}/libwasi-threads.so.{version()}",
                },
                "libwasi-threads-dev": {
                    f"{libdir}/libwasi-threads.so",
                    f"{libdir}/pkgconfig/wasi-threads.pc",
                    "usr/share/man/man3/libwasi-threads.3.gz",
                }
                | headers(),
                "wasi-threads": {"usr/bin/wasi-threads", "usr/share/man/man1/wasi-threads.1.gz"},
            },
        )
        self.root /= "all"
        words = self.pkg_config(libdir, "--cflags", "--libs", sysroot=self.root)
        # pkg-config leaves out what compilers look at anyway, which is the system's and not this root's.
        self.runs_example(libdir, [f"-I{self.root}/usr/include", f"-L{self.root}/{libdir}", *words])

    def test_dependencies(self):
        def field(package, name):
            (path,) = (BUILD / "deb").glob(f"{package}_*.deb")
            return run("dpkg-deb", "-f", path, name, check=True).stdout.strip()

        self.assertRegex(field("libwasi-threads0", "Depends"), r"\blibc6 \(>= 2\.")
        self.assertRegex(field("libwasi-threads-dev", "Depends"), rf"^libwasi-threads0 \(= {version()}\)")
        self.assertRegex(field("wasi-threads", "Depends"), r"\blibc6 \(>= 2\.")
        self.assertEqual(field("libwasi-threads0", "Multi-Arch"), "same")


if __name__ == "__main__":
    unittest.main()

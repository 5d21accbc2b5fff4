"""What `make install` and `make deb` give: files, pkg-config, and programs that are built against them."""

import os
import re
import shutil
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
                "usr/share/doc/wasi-threads/LICENSE",
                "usr/share/doc/wasi-threads/installed-files",
                "usr/share/bash-completion/completions/wasi-threads",
                "usr/share/fish/vendor_completions.d/wasi-threads.fish",
                "usr/share/zsh/site-functions/_wasi-threads",
                "usr/lib/here/cmake/wasi-threads/wasi-threads-config.cmake",
                "usr/lib/here/cmake/wasi-threads/wasi-threads-config-version.cmake",
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

    def test_without_a_compiler(self):
        """As `sudo make install` after `make`: with what the system has for root alone."""
        tools = self.root / "tools"
        tools.mkdir()
        for name in ("swift", "swiftc", "cc", "gcc", "clang", "strip", "python3", "curl", "apt-get"):
            (tools / name).write_text(f"#!/bin/sh\necho {name} is called >> {self.root}/called\nexit 1\n")
            (tools / name).chmod(0o755)
        result = run("make", "install", f"PREFIX={self.root}/prefix",
                     env=dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertFalse((self.root / "called").exists())
        self.assertTrue((self.root / "prefix/bin/wasi-threads").exists())

    def test_before_it_is_built(self):
        copy = self.root / "copy"
        (copy / "scripts").mkdir(parents=True)
        for name in ("Makefile", "scripts/install"):
            (copy / name).write_bytes((ROOT / name).read_bytes())
            (copy / name).chmod(0o755)
        for words, said in {"install": "run make first", "uninstall": "has installed nothing"}.items():
            result = run("make", "-C", copy, words, f"PREFIX={self.root}/prefix")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(said, result.stderr)
        self.assertFalse((self.root / "prefix").exists())

    def test_uninstalling(self):
        """Takes away what was installed, and nothing else, wherever the library went."""
        for words in ([f"PREFIX={self.root}/a b"], ["PREFIX=/usr", f"DESTDIR={self.root}/c"],
                      [f"PREFIX={self.root}/d", f"LIBDIR={self.root}/e/lib64"]):
            with self.subTest(words):
                before = files(self.root)
                make("install", *words)
                installed = files(self.root) - before
                self.assertGreater(len(installed), 10)
                folder = self.root / next(name for name in installed if name.endswith("wasi_threads.h"))
                (folder.parent / "other.h").write_text("kept")
                make("install", *words)
                make("uninstall", *[word for word in words if not word.startswith("LIBDIR")])
                kept = {str((folder.parent / "other.h").relative_to(self.root))}
                self.assertEqual(files(self.root) - before, kept)
                left = [path for path in self.root.rglob("*") if path.is_dir() and path.name == "wasi-threads"]
                self.assertEqual(left, [])

    def test_what_make_help_says(self):
        said = run("make", "--no-print-directory", "help", check=True).stdout
        text = (ROOT / "Makefile").read_text()
        targets = set(re.search(r"\.PHONY: (.*)", text).group(1).split())
        self.assertEqual(set(re.findall(r"^make ([a-z-]+) ", said, re.MULTILINE)) | {"build"}, targets)

    def test_the_staged_prefix_may_be_moved(self):
        self.root = BUILD
        words = self.pkg_config("lib", "--variable=prefix")
        self.assertEqual(pathlib.Path(words[0]).resolve(), BUILD)


CMAKE = """
cmake_minimum_required(VERSION 3.20)
project(example C)
find_package(wasi-threads @VERSION@ REQUIRED)
add_executable(example threads.c)
target_link_libraries(example PRIVATE wasi-threads::wasi-threads)
message(STATUS "command ${wasi-threads_COMMAND}, version ${wasi-threads_VERSION}")
"""

MESON = """
project('example', 'c')
executable('example', 'threads.c', dependencies: dependency('wasi-threads', version: '>=@VERSION@'))
"""


class BuildSystems(Installed):
    """Programs that find an installation by their build system."""

    def project(self, name, text):
        folder = self.root / "project"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text.replace("@VERSION@", version()))
        (folder / "threads.c").write_bytes((ROOT / "examples-c/threads.c").read_bytes())
        return folder

    def runs(self, program):
        result = run(program, PRIMES)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn(LAST_LINE_OF_GUEST, result.stdout)

    def configure(self, prefix, version_wanted=None):
        text = CMAKE if version_wanted is None else CMAKE.replace("@VERSION@", version_wanted)
        folder = self.project("CMakeLists.txt", text)
        shutil.rmtree(self.root / "out", ignore_errors=True)
        return run("cmake", "-S", folder, "-B", self.root / "out", f"-DCMAKE_PREFIX_PATH={prefix}")

    def test_cmake(self):
        need("cmake")
        make("install", f"PREFIX={self.root}/prefix")
        moved = self.root / "moved"
        (self.root / "prefix").rename(moved)
        for prefix in (moved, BUILD):
            configured = self.configure(prefix)
            self.assertEqual(configured.returncode, 0, configured.stderr)
            self.assertIn(f"command {pathlib.Path(prefix).resolve()}/bin/wasi-threads, version {version()}",
                          configured.stdout)
            run("cmake", "--build", self.root / "out", check=True)
            self.runs(self.root / "out/example")

    def test_cmake_with_another_folder_for_libraries(self):
        need("cmake")
        make("install", f"PREFIX={self.root}/usr", f"LIBDIR={self.root}/usr/lib/x86_64-linux-gnu")
        configured = self.configure(self.root / "usr")
        self.assertEqual(configured.returncode, 0, configured.stderr)
        run("cmake", "--build", self.root / "out", check=True)
        self.runs(self.root / "out/example")

    def test_versions_for_cmake(self):
        need("cmake")
        major, minor, patch = map(int, version().split("."))
        good = ["", f"{major}.{minor}", version(), f"{version()} EXACT"]
        bad = [f"{major}.{minor + 1}", f"{major}.{minor}.{patch + 1}", f"{major + 1}.0", f"{major}.{minor + 1} EXACT"]
        for wanted in good + bad:
            with self.subTest(wanted):
                self.assertEqual(self.configure(BUILD, wanted).returncode == 0, wanted in good)

    def test_meson(self):
        need("meson")
        need("ninja")
        make("install", f"PREFIX={self.root}/prefix")
        folder = self.project("meson.build", MESON)
        environment = dict(os.environ, PKG_CONFIG_PATH=str(self.root / "prefix/lib/pkgconfig"))
        configured = run("meson", "setup", self.root / "out", folder, env=environment)
        self.assertEqual(configured.returncode, 0, configured.stdout)
        run("meson", "compile", "-C", self.root / "out", check=True)
        self.runs(self.root / "out/example")


class Completions(unittest.TestCase):
    """They offer what the command has, and the shells that are here take them."""

    FOLDER = ROOT / "packaging/completions"
    COMMANDS = ("run", "compile", "inspect", "validate")

    def options(self, command):
        text = run(BUILD / "bin/wasi-threads", command, "--help", check=True).stdout
        return set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE))

    def offered(self, *words):
        """What bash offers for the last of the words."""
        script = """source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }
            _wasi_threads; printf '%s\\n' "${COMPREPLY[@]}" """
        result = run("bash", "-c", script, self.FOLDER / "wasi-threads.bash", "wasi-threads", *words)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return set(result.stdout.split())

    def test_options_in_bash(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                long = {word for word in self.offered(command, "-") if word.startswith("--")}
                self.assertEqual(long, self.options(command))
        self.assertEqual(self.offered("--t"), {"--tier", "--timeout", "--trace"})

    def test_words_in_bash(self):
        self.assertLessEqual({*self.COMMANDS, "examples-c/"}, self.offered(""))
        self.assertEqual(self.offered("run", "--tier", ""), {"auto", "interpreter", "compiled"})
        self.assertEqual(self.offered("run", "examples-c/guests/primes."), {"examples-c/guests/primes.wasm"})
        self.assertEqual(self.offered("inspect", "Make"), set(), "a file that is no module")
        self.assertEqual(self.offered("run", "examples-c/guests/primes.wasm", "Make"), {"Makefile"})
        self.assertEqual(self.offered("run", "--dir", "examples-c/gu"), {"examples-c/guests"})
        self.assertEqual(self.offered("--env", "A", "--stdin", "Make"), {"Makefile"})

    def test_features(self):
        source = (ROOT / "Sources/WasmModule/Structure/Feature.swift").read_text()
        names = dict(re.findall(r"case (\w+)(?: = \"([\w-]+)\")?$", source, re.MULTILINE))
        supported = set(re.findall(r"\.(\w+)", source.split("supported: Set<Feature> = [")[1].split("]")[0]))
        features = {names[name] or name for name in supported}
        self.assertEqual(self.offered("--without", ""), features)
        for shell in ("zsh", "fish"):
            text = (self.FOLDER / f"wasi-threads.{shell}").read_text()
            self.assertEqual({name for name in features if name not in text}, set())

    def test_options_of_the_other_shells(self):
        every = set().union(*map(self.options, self.COMMANDS))
        zsh = set(re.findall(r"(--[a-z][\w-]+)\b", (self.FOLDER / "wasi-threads.zsh").read_text()))
        self.assertEqual(zsh, every)
        text = (self.FOLDER / "wasi-threads.fish").read_text()
        fish = set(re.findall(r"^complete .* -l ([\w-]+)", text, re.MULTILINE))
        self.assertEqual({f"--{name}" for name in fish}, every)

    def test_shells_read_them(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                result = run(need(shell), "-n", self.FOLDER / f"wasi-threads.{shell}")
                self.assertEqual((result.returncode, result.stderr), (0, ""))


class Licenses(unittest.TestCase):
    def test_in_every_package(self):
        text = (ROOT / "LICENSE").read_bytes()
        for folder in ("bindings/python", "bindings/rust", "polyfill", "build/share/doc/wasi-threads"):
            self.assertEqual((ROOT / folder / "LICENSE").read_bytes(), text, folder)


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
                    f"{libdir}/cmake/wasi-threads/wasi-threads-config.cmake",
                    f"{libdir}/cmake/wasi-threads/wasi-threads-config-version.cmake",
                    "usr/share/man/man3/libwasi-threads.3.gz",
                }
                | headers(),
                "wasi-threads": {
                    "usr/bin/wasi-threads",
                    "usr/share/man/man1/wasi-threads.1.gz",
                    "usr/share/bash-completion/completions/wasi-threads",
                    "usr/share/fish/vendor_completions.d/wasi-threads.fish",
                    "usr/share/zsh/vendor-completions/_wasi-threads",
                },
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

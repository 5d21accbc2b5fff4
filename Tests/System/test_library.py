"""The built library as others see it: header, exported names, needed libraries, examples."""

import ctypes
import os
import re
import unittest

from support import BUILD, LIBRARY, ROOT, compile_c, guest, need, run


class Header(unittest.TestCase):
    STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", ROOT / "include"]

    def compiles(self, compiler, standard, language):
        for headers in ["wasi_threads.h", "wasm.h", "wasm.h wasi_threads.h"]:
            text = "".join(f"#include <{header}>\n" for header in headers.split())
            result = run(
                compiler, f"-std={standard}", *self.STRICT, "-x", language, "-", input=text, stdin=None)
            self.assertEqual((headers, result.returncode, result.stderr), (headers, 0, ""))

    def test_as_c11(self):
        self.compiles(os.environ.get("CC", "cc"), "c11", "c")

    def test_as_cpp17(self):
        self.compiles(need(os.environ.get("CXX", "c++")), "c++17", "c++")

    def compile(self, compiler, standard, language, text):
        words = ["-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", ROOT / "include", "-c", "-o", os.devnull]
        return run(compiler, f"-std={standard}", *words, "-x", language, "-", input=text, stdin=None)

    def test_values_have_room_for_those_to_come(self):
        layout = (
            "#include <wasi_threads.h>\n{}(sizeof(wasi_threads_value_t) == 32 && "
            "offsetof(wasi_threads_value_t, of) == 16 && {}(wasi_threads_value_t) == 16, \"\");\n")
        for compiler, standard, language, words in [
                (os.environ.get("CC", "cc"), "c11", "c", ("_Static_assert", "_Alignof")),
                (need(os.environ.get("CXX", "c++")), "c++17", "c++", ("static_assert", "alignof"))]:
            result = self.compile(compiler, standard, language, layout.format(*words))
            self.assertEqual((standard, result.returncode, result.stderr), (standard, 0, ""))

    def test_what_returns_an_error_is_marked(self):
        lines = (ROOT / "include/wasi_threads.h").read_text().splitlines()
        returning = [n for n, line in enumerate(lines) if re.match(r"\w+ \*wasi_threads_\w+\(", line)]
        self.assertGreater(len(returning), 80)
        self.assertEqual([lines[n] for n in returning if lines[n - 1] != "WASI_THREADS_OWNED"], [])

    def test_an_error_that_is_not_used_is_a_warning(self):
        text = "#include <wasi_threads.h>\nvoid f(wasi_threads_process_t *process);\n" \
            "void f(wasi_threads_process_t *process) {{ {} }}\n"
        compilers = {"c": os.environ.get("CC", "cc"), "c++": need(os.environ.get("CXX", "c++"))}
        for standard, language in [("c11", "c"), ("c2x", "c"), ("c++14", "c++"), ("c++17", "c++")]:
            with self.subTest(standard):
                compiler = compilers[language]
                call = "wasi_threads_process_wait(process)"
                used = self.compile(compiler, standard, language, text.format(f"wasi_threads_error_delete({call});"))
                self.assertEqual((used.returncode, used.stderr), (0, ""))
                unused = self.compile(compiler, standard, language, text.format(f"{call};"))
                self.assertNotEqual(unused.returncode, 0)
                self.assertIn("unused-result", unused.stderr)


class Versions(unittest.TestCase):
    def test_all_say_the_same(self):
        header = (ROOT / "include/wasi_threads.h").read_text()
        parts = [re.search(rf"#define WASI_THREADS_VERSION_{part} (\d+)$", header, re.MULTILINE).group(1)
                 for part in ("MAJOR", "MINOR", "PATCH")]
        library = ctypes.CDLL(str(LIBRARY))
        library.wasi_threads_version.restype = ctypes.c_char_p
        environment = dict(os.environ, PKG_CONFIG_PATH=str(BUILD / "lib/pkgconfig"))
        told = run("pkg-config", "--modversion", "wasi-threads", env=environment, check=True).stdout
        places = {
            "the header's text": re.search(r'#define WASI_THREADS_VERSION "(.*)"', header).group(1),
            "the library": library.wasi_threads_version().decode(),
            "Version.swift": re.search(r'= "(.*)"', (ROOT / "Sources/WasiThreads/Version.swift").read_text()).group(1),
            "pkg-config": told.strip(),
            "the Python package": re.search(
                r'^version = "(.*)"$', (ROOT / "bindings/python/pyproject.toml").read_text(), re.MULTILINE).group(1),
            "the Debian packages": re.search(
                r"\((.*)\)", (ROOT / "packaging/debian/changelog").read_text()).group(1),
            "CHANGELOG.md": re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE).group(1),
        }
        self.assertEqual(places, dict.fromkeys(places, ".".join(parts)))


class Symbols(unittest.TestCase):
    def declared(self):
        text = (ROOT / "include/wasi_threads.h").read_text()
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        return {name for name in re.findall(r"\b(wasi_threads_\w+)\(", text)} | self.declared_by_macros()

    def declared_by_macros(self):
        """The names of wasm.h, most of which macros make: those in front of a parenthesis, outside of the
        inline functions."""
        marked = run(
            os.environ.get("CC", "cc"), "-E", "-P", "-DWASM_API_EXTERN=exported", "-x", "c",
            ROOT / "include/wasm.h", check=True).stdout
        return set(re.findall(r"\bexported\b[^;{]*?\b(wasm_\w+)\s*\(", marked))

    def test_exported_names_are_those_of_the_map_and_of_the_header(self):
        lines = run("nm", "-D", "--defined-only", LIBRARY, check=True).stdout.splitlines()
        # The version of the names is itself an absolute symbol.
        exported = {line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A"}
        listed = set(re.findall(r"\b((?:wasi_threads|wasm)_\w+);", (ROOT / "pkgconfig/wasi-threads.map").read_text()))
        self.assertEqual(exported, listed)
        self.assertEqual(exported, self.declared())

    def test_name_and_needs(self):
        dynamic = run("readelf", "-d", LIBRARY, check=True).stdout
        self.assertIn("[libwasi-threads.so.0]", dynamic)
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
        allowed = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libffi.so.8"}
        self.assertEqual({name for name in needed if not name.startswith("ld-linux")} - allowed, set())

    def test_a_host_closes_it_and_lives_on(self):
        program = BUILD / "tests/closing"
        compiled = compile_c(ROOT / "Tests/System/embed/closing.c", program, "-ldl", "-Wl,--as-needed")
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        needed = re.findall("NEEDED.*", run("readelf", "-d", program, check=True).stdout)
        self.assertFalse([line for line in needed if "wasi-threads" in line], "it must be opened at run time only")
        result = run(program, LIBRARY, guest("primes"))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


class Examples(unittest.TestCase):
    LAST_LINE_OF_GUEST = "primes below 200000: 17984"

    def test_c(self):
        program = BUILD / "examples/threads"
        compiled = compile_c(ROOT / "examples-c/threads.c", program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        result = run(program, ROOT / "examples-c/guests/primes.wasm")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(self.LAST_LINE_OF_GUEST, result.stdout)

    def expect_output(self, name, guest_name, *lines):
        """An example, compiled as its comment says, prints what matches the lines."""
        program = BUILD / "examples" / name
        compiled = compile_c(ROOT / f"examples-c/{name}.c", program)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
        result = run(program, ROOT / f"examples-c/guests/{guest_name}.wasm")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for line in lines:
            self.assertRegex(result.stdout, rf"(?m)^{line}$")

    def test_hello(self):
        self.expect_output("hello", "greeting", r"Hello from the guest\.")

    def test_host_function(self):
        self.expect_output(
            "host-function", "fold", "up to 100: 338350",
            "up to 2000: .*too large a number for add_square.*")

    def test_attached_threads(self):
        self.expect_output("attach", "primes-library", "thread 1: 5133 primes", "primes below 200000: 17984")

    def test_shared_memory(self):
        self.expect_output(
            "shared-memory", "primes-library", r"process 1 found 9592 primes; there are 9592 in the memory",
            r"process 2 found \d+ primes; there are 17984 in the memory",
            r"of 64 pages; and: A memory of 4259840 bytes does not have 4 bytes at the offset 18446744073709551615\.")

    def test_limits(self):
        self.expect_output(
            "limits", "primes-library", r"processor time: The CPU time limit of 50 ms is over\.",
            r"time: The run time limit of 50 ms is over\.", r"threads: .*limit of 0 threads is reached.*",
            r"memory: .*cannot grow by 1000.*", r"end: The user has given up\.")

    def test_capture(self):
        self.expect_output(
            "capture", "primes", self.LAST_LINE_OF_GUEST,
            r"\d+ bytes from the buffer, \d+ through the function")

    def test_native(self):
        self.expect_output("native", "report", "hello from the guest", "mean 2.5", "low 1", "high 4")

    def test_library(self):
        self.expect_output(
            "library", "geometry", "the guest uses 2 functions of libm", "diagonal of 3 by 4: 5",
            "edge of a cube of 27: 3")

    def test_callback(self):
        self.expect_output("callback", "order", "a\nto\nwasm\nthread\nfunction")

    def test_standard_c_api(self):
        self.expect_output(
            "wasm-c-api", "order-total", "total: 2000", "the guest stored 2000 in 1 page",
            "mean of none: integer divide by zero, in function 2",
            "outside: out of bounds memory access, in function 1",
            "unknown item: no such item is for sale, in function 1", "mean: 750")

    def test_python(self):
        script = ROOT / "examples-python/threads.py"
        result = run("python3", script, ROOT / "examples-c/guests/primes.wasm")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(self.LAST_LINE_OF_GUEST, result.stdout)

    def test_python_ends_a_runaway(self):
        result = run("python3", ROOT / "examples-python/threads.py", "--limit", "0.1", guest("loop"))
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn("Traceback", result.stderr)

    def test_committed_guests_are_what_their_sources_assemble_to(self):
        sources = [*ROOT.glob("examples-*/guests/*.wat")]
        self.assertGreater(len(sources), 1)
        for source in sources:
            with self.subTest(source.stem):
                self.assertEqual(guest(source.stem).read_bytes(), source.with_suffix(".wasm").read_bytes())

    def test_committed_guests_are_what_their_sources_compile_to(self):
        need("clang-22")
        need("wasm-ld-22")
        for source in (ROOT / "examples-c/guests").glob("*.c"):
            with self.subTest(source.stem):
                committed = source.with_suffix(".wasm").read_bytes()
                self.assertEqual(guest(source.stem).read_bytes(), committed)


if __name__ == "__main__":
    unittest.main()

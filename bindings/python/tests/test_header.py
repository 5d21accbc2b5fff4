"""The whole header of a library of the system, bound in one call: what can be called is, the rest says why not."""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import shutil
import subprocess
import zlib
from typing import Callable

import pytest

from wasi_threads import Engine, Linker, MisuseError, Module, Process, native_functions

# What the types are for a guest in C: its long has 32 bits, and what it only hands on is an externref.
FOR_GUESTS = "typedef size_t uLong; typedef externref gzFile;\n"


def header(name: str) -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to preprocess a header with")
    words = [compiler, "-E", "-P", "-"]
    result = subprocess.run(words, input=f"#include <{name}>\n", capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"{name} is not installed")
    return result.stdout


def shared_library(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name)
    except OSError:
        pytest.skip(f"{name} is not installed")


def test_all_of_zlib(engine: Engine, module: Callable[[str], Module]) -> None:
    text, libz = FOR_GUESTS + header("zlib.h"), shared_library("libz.so.1")
    functions = [function for function in native_functions(text) if hasattr(libz, function.name)]
    callable_ones = {function.name: function.type for function in functions if function.type is not None}
    assert callable_ones["crc32"] == "func (i32 i32 i32) -> (i32)"
    assert callable_ones["gzopen"] == "func (i32 i32) -> (externref)"
    assert len(callable_ones) > 40
    refused = {function.name: function.refusal for function in functions if function.refusal is not None}
    for name, reason in [
        ("deflate", "has a pointer"),
        ("gzprintf", "variable number of arguments"),
        ("zlibVersion", "a string, which a guest cannot follow"),
    ]:
        assert re.match("At line [0-9]+, column [0-9]+: ", refused[name]) and reason in refused[name]

    def imported(name: str, type: str) -> str:
        parameters, _, results = type.removeprefix("func ").partition(" -> ")
        words = f"(param {parameters[1:-1]})" + (f" (result {results[1:-1]})" if results not in ("", "()") else "")
        return f'(import "z" "{name}" (func ${name} {words}))'

    guest = module(
        "(module "
        + "\n".join(imported(name, type) for name, type in callable_ones.items())
        + """(memory (export "memory") 1)
        (func (export "check") (param i32 i32) (result i32)
          (call $crc32 (call $adler32 (i32.const 1) (local.get 0) (local.get 1)) (local.get 0) (local.get 1))))"""
    )
    linker = Linker(engine)
    assert linker.define_library(guest, libz, text) == len(callable_ones)
    data = b"a header in one call" * 10
    with Process(engine, guest, linker) as process:
        process.memory().write(100, data)
        assert process.exports.check(100, len(data)) % 2**32 == zlib.crc32(data, zlib.adler32(data))


@pytest.mark.parametrize("name", ["zlib.h", "sqlite3.h", "stdio.h", "math.h", "complex.h", "pthread.h", "unistd.h"])
def test_headers_are_understood(name: str) -> None:
    functions = native_functions(header(name))
    assert functions and all((one.type is None) != (one.refusal is None) for one in functions)


def test_headers_that_are_not_preprocessed() -> None:
    with pytest.raises(MisuseError, match=r"No type ZEXTERN is known here.*cc -E"):
        native_functions("#define ZEXTERN extern\nZEXTERN int f(void);")
    assert native_functions("") == []

"""The declarations of the ABI are those of the header: names, types, structures and enumerators."""

from __future__ import annotations

import ctypes
import pathlib
import re
import subprocess
from typing import Any

import pytest
from conftest import ROOT

from wasi_threads import _abi, _enumerations

cffi = pytest.importorskip("cffi")

PREFIX = "wasi_threads_"


@pytest.fixture(scope="module")
def header(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The preprocessed header, as cffi reads it."""
    # cffi knows the types of these; a header of the system says more than it can read.
    empty = tmp_path_factory.mktemp("include")
    for name in ("stdbool.h", "stddef.h", "stdint.h"):
        (empty / name).touch()
    source = ROOT / "include/wasi_threads.h"
    words = ["cc", "-E", "-P", "-nostdinc", "-DWASI_THREADS_OWNED=", "-isystem", str(empty), str(source)]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    # cffi reads no alignment; a member of this type has it.
    text, count = re.subn(r"_Alignas\(16\) uint8_t (\w+)\[16\];", r"long double \1;", text)
    assert count == 1 and "_Alignas" not in text
    ffi = cffi.FFI()
    ffi.cdef(text)
    return ffi


@pytest.fixture(scope="module")
def names() -> "set[str]":
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "include/wasi_threads.h").read_text(), flags=re.DOTALL)
    return set(re.findall(rf"\b{PREFIX}(\w+)\(", text))


def path_of_library() -> str:
    return str(pathlib.Path(_abi.__file__).with_name(_abi.NAME))


def of_header(type: Any) -> Any:
    """A type of cffi's in words that ctypes has too: objects, structures behind pointers and `env` are
    addresses, and so is a pointer to characters."""
    if type.kind == "primitive":
        if type.cname in ("float", "double", "_Bool"):
            return type.cname
        return f"{'int' if type.cname.startswith('int') else 'uint'}{8 * cffi.FFI().sizeof(type.cname)}"
    if type.kind == "enum":
        return "uint32"
    # What C calls a pointer to a function.
    if type.kind == "function":
        return "function"
    if type.kind == "pointer":
        item = type.item
        if item.kind in ("void", "struct") or item.cname in ("char", "uint8_t"):
            return "address" if item.cname != f"{PREFIX}frame_t" else ("pointer", "frame")
        return ("pointer", of_header(item))
    return type.cname


def of_ctypes(type: Any) -> Any:
    if type is None:
        return "void"
    if type in (ctypes.c_void_p, ctypes.c_char_p):
        return "address"
    if hasattr(type, "_flags_") and hasattr(type, "_argtypes_"):
        return "function"
    if issubclass(type, ctypes._Pointer):
        item = type._type_
        if item is _abi.Frame:
            return ("pointer", "frame")
        return "address" if issubclass(item, ctypes.Structure) else ("pointer", of_ctypes(item))
    if type in (ctypes.c_float, ctypes.c_double, ctypes.c_bool):
        return {ctypes.c_float: "float", ctypes.c_double: "double", ctypes.c_bool: "_Bool"}[type]
    signed = type(-1).value == -1
    return f"{'int' if signed else 'uint'}{8 * ctypes.sizeof(type)}"


def same(name: str, header: Any, result: Any, parameters: Any) -> None:
    ours = (of_ctypes(result), [of_ctypes(parameter) for parameter in parameters])
    assert (of_header(header.result), [of_header(type) for type in header.args]) == ours, name


def test_functions_have_the_names_of_the_header(names: "set[str]") -> None:
    assert set(_abi.FUNCTIONS) == names


# What this package needs no call of, and why.
NOT_WRAPPED = {
    "linker_define": "linker_define_with_caller does all of it",
    "memory_new": "memory_new_typed makes all of them",
    "wasi_config_set_arguments": "wasi_config_add_argument takes any bytes",
    "host_thread_set_stack": "Python threads have stacks of their own, and greenlets share them",
    "host_thread_keep_signals": "a promise that Python code cannot keep: others change the mask",
    "wasi_config_inherit_environment": "os.environb is set variable by variable, as Python has changed it",
}


def test_every_function_is_used_by_the_package(names: "set[str]") -> None:
    used: "set[str]" = set()
    for path in pathlib.Path(_abi.__file__).parent.glob("*.py"):
        if path.name != "_abi.py":
            text = path.read_text()
            used |= set(re.findall(rf"\blibrary\.{PREFIX}(\w+)", text))
            used |= {f"{name}_delete" for name in re.findall(r"\bdeleter\(\"(\w+)\"\)", text)}
    assert names - used == set(NOT_WRAPPED)
    assert used <= names


def test_functions_have_the_types_of_the_header(header: Any) -> None:
    library = header.dlopen(path_of_library())
    for name, (result, parameters) in _abi.FUNCTIONS.items():
        same(name, header.typeof(getattr(library, PREFIX + name)), result, parameters)


def test_cffi_calls_the_library(header: Any) -> None:
    library = header.dlopen(path_of_library())
    assert re.fullmatch(r"\d+\.\d+\.\d+", header.string(library.wasi_threads_version()).decode())


def typedefs(header: Any, kind: str) -> "set[str]":
    ours = [name for name in header.list_types()[0] if name.startswith(PREFIX)]
    found = set()
    for name in ours:
        type = header.typeof(name)
        of = "callback" if type.kind == "function" else type.kind
        # An object is a structure that nobody looks into.
        if of == kind and not (kind == "struct" and type.fields is None):
            found.add(name[len(PREFIX) : -len("_t")])
    return found


def test_callbacks(header: Any) -> None:
    assert set(_abi.CALLBACKS) == typedefs(header, "callback")
    for name, type in _abi.CALLBACKS.items():
        same(name, header.typeof(f"{PREFIX}{name}_t"), type._restype_, type._argtypes_)


def test_structures(header: Any) -> None:
    assert set(_abi.STRUCTURES) == typedefs(header, "struct")
    for name, structure in _abi.STRUCTURES.items():
        type = header.typeof(f"{PREFIX}{name}_t")
        layout = {field: value.offset for field, value in type.fields}
        assert layout == {field: getattr(structure, field).offset for field in layout}, name
        assert [field[0] for field in structure._fields_ if field[0] != "_padding"] == list(layout)
        assert header.sizeof(type) == ctypes.sizeof(structure), name
    members = dict(dict(header.typeof(f"{PREFIX}value_t").fields)["of"].type.fields)
    assert list(members) == [field[0] for field in _abi.ValueOf._fields_]


def test_enumerations(header: Any) -> None:
    assert set(_enumerations.ENUMERATIONS) == typedefs(header, "enum")
    for name, (enumeration, prefix) in _enumerations.ENUMERATIONS.items():
        theirs = header.typeof(f"{PREFIX}{name}_t").relements
        ours = {
            PREFIX.upper() + prefix + member: int(value) for member, value in enumeration.__members__.items()
        }
        assert ours == theirs, name

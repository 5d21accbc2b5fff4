"""Engines and modules."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER
from typing import Any, Callable, Iterable, NamedTuple, Optional, Union

from . import _abi
from ._abi import library
from ._enumerations import ExternalKind, Limit, Tier, ValueKind
from ._errors import check
from ._objects import Object, deleter, expect, made, path_bytes, text, whole
from ._values import FunctionType

# Python's own frames need more than the library's usual 1 MiB; only what is used takes memory.
_HOST_STACK_BYTES = 8 << 20


class Engine(Object):
    """Holds limits, and what modules share. One is enough for a program.

    `tier` says how functions run; by default those that run often are compiled where LLVM is installed.
    `cache` is a directory in which compiled code is kept for later programs, up to `cache_bytes`; it must
    belong to this user, and no guest may be given it.

    `without` names features of WebAssembly that modules may not use, such as "simd".

    With `races`, processes look for data races, which `Process.watch_races` tells of, in the interpreter, or compiled
    with `Tier.COMPILED`.
    `race_suppressions` is a text in the format of ThreadSanitizer's suppressions.

    A limit that is not given is the library's own, which the header states at `wasi_threads_limit_t`, but for
    `host_stack_bytes`: 8 MiB here, since Python functions run on that stack."""

    _name = "engine"
    _delete = deleter("engine")

    def __init__(
        self,
        *,
        threads: Optional[int] = None,
        memory_pages: Optional[int] = None,
        table_elements: Optional[int] = None,
        total_table_elements: Optional[int] = None,
        value_stack_bytes: Optional[int] = None,
        host_stack_bytes: int = _HOST_STACK_BYTES,
        buffer_bytes: Optional[int] = None,
        descriptors: Optional[int] = None,
        guest_stack_bytes: Optional[int] = None,
        compilation_milliseconds: Optional[int] = None,
        compilation_bytes: Optional[int] = None,
        tier: Optional[Tier] = None,
        cache: Optional[Union[str, "os.PathLike[str]"]] = None,
        cache_bytes: int = 1 << 30,
        without: Iterable[str] = (),
        races: bool = False,
        race_suppressions: Optional[str] = None,
    ) -> None:
        if isinstance(without, str):
            raise TypeError(f"The features are a list, as [{without!r}], and no text.")
        if tier is not None:
            expect(tier, Tier, "tier")
        limits = {
            Limit.THREADS: threads,
            Limit.MEMORY_PAGES: memory_pages,
            Limit.TABLE_ELEMENTS: table_elements,
            Limit.TOTAL_TABLE_ELEMENTS: total_table_elements,
            Limit.VALUE_STACK_BYTES: value_stack_bytes,
            Limit.HOST_STACK_BYTES: host_stack_bytes,
            Limit.BUFFER_BYTES: buffer_bytes,
            Limit.DESCRIPTORS: descriptors,
            Limit.GUEST_STACK_BYTES: guest_stack_bytes,
            Limit.COMPILATION_MILLISECONDS: compilation_milliseconds,
            Limit.COMPILATION_BYTES: compilation_bytes,
        }
        config = library.wasi_threads_engine_config_new()
        try:
            for limit, value in limits.items():
                if value is None:
                    continue
                name = f"limit {limit.name.lower()}"
                if not 0 <= whole(value, name) < 1 << 64:
                    raise ValueError(f"The {name} cannot be {value}.")
                check(library.wasi_threads_engine_config_set_limit(config, limit, value))
            if tier is not None:
                check(library.wasi_threads_engine_config_set_tier(config, tier))
            if cache is not None:
                size = ctypes.c_uint64(max(whole(cache_bytes, "size of the cache"), 0))
                check(library.wasi_threads_engine_config_set_cache(config, path_bytes(cache, "cache"), size))
            for feature in without:
                check(library.wasi_threads_engine_config_set_feature(config, text(feature, "feature"), False))
            if races or race_suppressions is not None:
                texts = None if race_suppressions is None else text(race_suppressions, "race_suppressions")
                check(library.wasi_threads_engine_config_set_race_detection(config, races, texts))
            self._owned = made(library.wasi_threads_engine_new, config)
        finally:
            library.wasi_threads_engine_config_delete(config)

    def cancel_compilation(self) -> None:
        """Ends the calls of other threads that make or compile a module of this engine and wait for LLVM: each
        raises Ended. Later calls are not concerned."""
        check(library.wasi_threads_engine_cancel_compilation(self._handle))


Source = Union[bytes, bytearray, memoryview, str, "os.PathLike[str]"]
"""Bytes, or the path of a file."""


class External(NamedTuple):
    """An import or an export of a module."""

    module: Optional[str]
    """The first part of an import's name; None for an export."""
    name: str
    kind: ExternalKind
    type: str
    """In words close to the text format: `func (i32 i32) -> (i64)`, `memory 1 16 shared`."""
    parameters: tuple[ValueKind, ...]
    """Of a function."""
    results: tuple[ValueKind, ...]
    """Of a function; of a table or a global one, the type of what it holds."""
    minimum: int
    """Of a memory in pages of `page_size` bytes, of a table in elements."""
    maximum: Optional[int]
    is_shared: bool
    is_mutable: bool
    is_64: bool
    """Of a memory or a table: whether its addresses or indices have 64 bits."""
    page_size: int
    """Of a memory, in bytes."""

    @property
    def function_type(self) -> FunctionType:
        return FunctionType(self.parameters, self.results)


def _name(address: Optional[int], length: int) -> str:
    return ctypes.string_at(address, length).decode() if address else ""


def _external(described: _abi.External) -> External:
    def kinds(pointer: Any, count: int) -> tuple[ValueKind, ...]:
        return tuple(ValueKind(pointer[index]) for index in range(count))

    return External(
        module=None if described.module is None else _name(described.module, described.module_length),
        name=_name(described.name, described.name_length),
        kind=ExternalKind(described.kind),
        type=described.type.decode(),
        parameters=kinds(described.parameters, described.parameter_count),
        results=kinds(described.results, described.result_count),
        minimum=described.minimum,
        maximum=None if described.maximum == (1 << 64) - 1 else described.maximum,
        is_shared=described.is_shared,
        is_mutable=described.is_mutable,
        is_64=described.is_64,
        page_size=described.page_size,
    )


class Module(Object):
    """A module that was decoded and validated. It never changes, and may run in many processes at a time."""

    _name = "module"
    _delete = deleter("module")
    # The file that it came from, where there was one.
    _label = ""
    # What never changes, and is asked for once.
    _imports: "Optional[list[External]]" = None
    _exports: "Optional[list[External]]" = None
    # For `_exports.signatures`.
    _signatures: "Optional[dict[str, Any]]" = None
    # For `_state.variables`.
    _variables: "Optional[dict[str, Any]]" = None

    def __init__(self, engine: Engine, source: Source) -> None:
        """`source` is the module's bytes, or the path of its file. Raises MalformedError, InvalidError,
        UnsupportedError or LimitError, each with `module_offset`, and FileError."""
        expect(engine, Engine, "engine")
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            self._owned = made(library.wasi_threads_module_new, engine._handle, data, len(data))
        else:
            path = path_bytes(source, "module")
            self._owned = made(library.wasi_threads_module_new_from_file, engine._handle, path)
            self._label = os.fsdecode(path)

    @classmethod
    def from_compiled(cls, engine: Engine, source: Source) -> "Module":
        """A module of what `compile` gave, or of the path of its file: machine code, so whoever can change it
        can run code in this program. Raises MalformedError, IncompatibleError, FileError, and what making a
        module raises."""
        expect(engine, Engine, "engine")
        label = ""
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            handle = made(library.wasi_threads_module_new_compiled, engine._handle, data, len(data))
        else:
            create = library.wasi_threads_module_new_compiled_from_file
            path = path_bytes(source, "module")
            handle = made(create, engine._handle, path)
            label = os.fsdecode(path)
        module: Module = cls.__new__(cls)
        module._owned = handle
        module._label = label
        return module

    def compile(self) -> bytes:
        """The module with all its functions compiled, for `from_compiled`. Raises CompilerError."""
        data = ctypes.c_void_p()
        length = ctypes.c_size_t()
        check(library.wasi_threads_module_compile(self._handle, ctypes.byref(data), ctypes.byref(length)))
        try:
            return ctypes.string_at(data, length.value)
        finally:
            library.wasi_threads_bytes_delete(data)

    def compile_to_file(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """The same into a file, which appears whole or not at all. Raises CompilerError and FileError."""
        check(library.wasi_threads_module_compile_to_file(self._handle, path_bytes(path)))

    @property
    def imports(self) -> list[External]:
        """In the order of the binary."""
        if self._imports is None:
            self._imports = self._externals(library.wasi_threads_module_imports)
        return list(self._imports)

    @property
    def exports(self) -> list[External]:
        """In the order of the binary."""
        if self._exports is None:
            self._exports = self._externals(library.wasi_threads_module_exports)
        return list(self._exports)

    def _state(self) -> str:
        return self._label

    def _externals(self, function: Callable[..., Any]) -> list[External]:
        pointers = POINTER(POINTER(_abi.External))()
        count = ctypes.c_size_t()
        check(function(self._handle, ctypes.byref(pointers), ctypes.byref(count)))
        return [_external(pointers[index].contents) for index in range(count.value)]


def tier_available(tier: Tier) -> "tuple[bool, str]":
    """Whether functions can run in a way on this machine, and with what or why not."""
    description = ctypes.c_char_p()
    is_available: bool = library.wasi_threads_tier_available(tier, ctypes.byref(description))
    return is_available, (description.value or b"").decode()


def validate(engine: Engine, source: bytes) -> None:
    """Decodes and validates a module and keeps nothing. Raises what `Module` raises."""
    expect(engine, Engine, "engine")
    expect(source, bytes, "module")
    check(library.wasi_threads_module_validate(engine._handle, source, len(source)))

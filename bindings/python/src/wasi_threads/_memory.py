"""Linear memories, with the buffer protocol.

What holds: whoever has a view of a memory keeps the library's object, and that keeps the memory where it is;
it never moves and never shrinks. So a view stays good after growth, and after the end of the process.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any, Optional, Union

from . import _waiting
from ._abi import library
from ._engine import Engine
from ._enumerations import WaitResult
from ._errors import MisuseError, check
from ._objects import Single, expect, made, whole
from ._values import counted


class _Byte(ctypes.Union):
    # ctypes gives arrays of c_ubyte a format that memoryview cannot index; a union has the plain one.
    _fields_ = [("value", ctypes.c_ubyte)]


def _data(handle: Optional[int]) -> "tuple[int, int]":
    """Where a memory starts, and how many bytes it has now."""
    base, length = ctypes.c_void_p(), ctypes.c_uint64()
    check(library.wasi_threads_memory_data(handle, ctypes.byref(base), ctypes.byref(length)))
    return base.value or 0, length.value


class Memory(Single):
    """A linear memory, of `PAGE` bytes a page, unless it was made or declared otherwise. Guest threads may read
    and write it at any time.

    `memoryview(memory)` and `numpy.frombuffer(memory, dtype)` look at the guest's own bytes. Growth needs a
    new view, which has the new length; old ones stay good. Before Python 3.12, `memoryview(memory)` has the
    length that the memory had when this object was made; `view()` always has that of now.

    Every access is checked: one that is not wholly inside raises MisuseError, or IndexError by a view."""

    PAGE = 65536

    _owned: Optional[int] = None

    def __new__(
        cls, engine: Engine, minimum_pages: int, maximum_pages: int, *, page_size: int = PAGE, is_64: bool = False
    ) -> "Memory":
        """A shared memory of zeros, for `Linker.define_memory`, with 64-bit addresses or with pages of one byte
        where that is said. Raises LimitError, SystemResourceError and MisuseError."""
        expect(engine, Engine, "engine")
        words = _offset(minimum_pages), _offset(maximum_pages), page_size, is_64
        return wrap(made(library.wasi_threads_memory_new_typed, engine._handle, *words))

    def __init__(
        self, engine: Engine, minimum_pages: int, maximum_pages: int, *, page_size: int = PAGE, is_64: bool = False
    ) -> None:
        """What is said at `__new__`."""

    def __del__(self) -> None:
        handle, self._owned = self._owned, None
        library.wasi_threads_memory_delete(handle)

    def __repr__(self) -> str:
        # A class of the buffer's may be behind it, whose name says nothing.
        return f"<wasi_threads.Memory: {counted(len(self), 'byte')}>"

    def __len__(self) -> int:
        """How many bytes it has now."""
        return _data(self._owned)[1]

    def __buffer__(self, flags: int) -> memoryview:
        """A view of the bytes that it has now. Python 3.12 and later ask for it."""
        base, length = _data(self._owned)
        array: Any = _array(length).from_address(base)
        array.keeps = self
        return memoryview(array)

    def view(self) -> memoryview:
        """A view of the bytes that it has now, to read and to write."""
        return self.__buffer__(0)

    def __getitem__(self, index: Union[int, slice]) -> Any:
        """A byte, or a view of several."""
        return self.view()[index]

    def __setitem__(self, index: Union[int, slice], value: Any) -> None:
        self.view()[index] = value

    def read(self, offset: int, length: int) -> bytes:
        """A copy of bytes."""
        # A length that a guest gave may be any: there is no room for it before it was compared.
        if not 0 <= whole(length, "number of bytes") <= len(self):
            raise MisuseError(f"There are no {counted(length, 'byte')} in a memory of {counted(len(self), 'byte')}.")
        buffer = ctypes.create_string_buffer(length)
        check(library.wasi_threads_memory_read(self._owned, _offset(offset), buffer, length))
        return buffer.raw

    def write(self, offset: int, data: Union[bytes, bytearray, memoryview]) -> None:
        """Copies bytes into it."""
        content = bytes(data)
        check(library.wasi_threads_memory_write(self._owned, _offset(offset), content, len(content)))

    def read_string(self, offset: int, limit: int = 65536) -> bytes:
        """The bytes up to the next NUL. Raises LimitError where these are `limit` or more."""
        buffer = ctypes.create_string_buffer(limit)
        length = ctypes.c_size_t()
        check(
            library.wasi_threads_memory_read_string(
                self._owned, _offset(offset), buffer, limit, ctypes.byref(length)
            )
        )
        return buffer.raw[: length.value]

    def grow(self, pages: int) -> int:
        """Grows by pages of zeros; returns how many there were before. Raises LimitError."""
        previous = ctypes.c_uint64()
        check(library.wasi_threads_memory_grow(self._owned, _offset(pages), ctypes.byref(previous)))
        return previous.value

    def notify(self, offset: int, count: int = 0xFFFF_FFFF) -> int:
        """Lets go threads that wait at `offset`, as `memory.atomic.notify`; returns how many."""
        woken = ctypes.c_uint32()
        check(library.wasi_threads_memory_notify(self._owned, _offset(offset), count, ctypes.byref(woken)))
        return woken.value

    def wait32(self, offset: int, expected: int, timeout: float) -> WaitResult:
        """Waits as `memory.atomic.wait32`, up to `timeout` seconds. Ctrl-C ends the waiting."""
        if not 0 <= timeout < 1 << 33:
            raise ValueError(f"The timeout cannot be {timeout} seconds.")
        result = ctypes.c_uint()
        nanoseconds = int(timeout * 1e9)
        check(
            _waiting.call(
                library.wasi_threads_memory_wait32,
                self._owned,
                _offset(offset),
                expected & 0xFFFF_FFFF,
                nanoseconds,
                ctypes.byref(result),
            )
        )
        return WaitResult(result.value)


def _offset(value: int) -> int:
    """A number for the library, which ctypes would cut off to fit."""
    if not 0 <= whole(value, "offset or number of pages") < 1 << 64:
        raise ValueError(f"{value} is no offset and no number of pages.")
    return value


@functools.lru_cache(maxsize=64)
def _array(length: int) -> Any:
    return type("MemoryBytes", (_Byte * length,), {})


@functools.lru_cache(maxsize=64)
def _memory_type(length: int) -> Any:
    """The class of a memory that has the buffer protocol where a class of Python's own cannot have it."""
    return type("Memory", (Memory, _Byte * length), {"__module__": __name__})


def wrap(handle: int) -> Memory:
    """The memory of a handle, which it owns."""
    if sys.version_info >= (3, 12):
        memory = object.__new__(Memory)
    else:
        base, length = _data(handle)
        memory = _memory_type(length).from_address(base)
    memory._owned = handle
    return memory  # type: ignore[no-any-return,unused-ignore]

"""Tags, and the exceptions of guests.

What holds: an exception of the library belongs to one object here, which frees it.
"""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Sequence

from ._abi import Value, library
from ._engine import Engine
from ._enumerations import ValueKind
from ._errors import Trap, check, let_read_exceptions
from ._objects import Object, Single, deleter, made, text
from ._values import Codec, stated_type

_REFERENCES = (ValueKind.FUNCREF, ValueKind.EXTERNREF, ValueKind.EXNREF)


class Tag(Object):
    """What an exception is, and which values it carries: `parameters`, as hints or kinds. Give it to modules with
    `Linker.define_tag`, or get one that a module exports by `Process.tag`."""

    _name = "tag"
    _delete = deleter("tag")

    def __init__(self, engine: Engine, name: str, parameters: Sequence[Any] = ()) -> None:
        kinds = stated_type(parameters, (), f"the tag {name}").parameters
        array = (ctypes.c_uint * len(kinds))(*kinds)
        words = text(name, "name")
        self._owned = made(library.wasi_threads_tag_new, engine._handle, words, array, len(kinds))

    @classmethod
    def _of(cls, pointer: int) -> "Tag":
        tag: Tag = cls.__new__(cls)
        tag._owned = pointer
        return tag

    @property
    def parameters(self) -> "tuple[ValueKind, ...]":
        """The kinds of the values that an exception of it carries."""
        handle = self._handle
        count = library.wasi_threads_tag_parameter_count(handle)
        return tuple(ValueKind(library.wasi_threads_tag_parameter(handle, index)) for index in range(count))


class GuestException(Exception):
    """An exception of a guest. A host function that raises one throws it in the guest that called, and catches what
    leaves a call of `Caller.exports` as `trap.exception` of a `Trap`, which it throws on by raising that."""

    values: "tuple[Any, ...]"
    """What it carries; None for a reference."""

    def __init__(self, tag: Tag, *values: Any) -> None:
        kinds = tag.parameters
        if any(kind in _REFERENCES for kind in kinds):
            raise TypeError("An exception of Python's carries no references.")
        data = Codec(kinds).pack(values, None, "the exception")
        array = (Value * max(len(kinds), 1))()
        ctypes.memmove(array, data, len(data))
        self._hold(made(library.wasi_threads_exception_new, tag._handle, array, len(kinds)))

    @classmethod
    def _of(cls, pointer: int) -> "GuestException":
        exception = cls.__new__(cls)
        exception._hold(pointer)
        return exception

    def _hold(self, pointer: int) -> None:
        self._owner = _Owner(pointer)
        count = library.wasi_threads_exception_value_count(pointer)
        array = (Value * max(count, 1))()
        check(library.wasi_threads_exception_values(pointer, array, count))
        self.values = tuple(_value(array[index]) for index in range(count))
        self.args = self.values

    def has(self, tag: Tag) -> bool:
        """Whether it has this tag."""
        found: bool = library.wasi_threads_exception_is(self._owner.pointer, tag._handle)
        return found

    def _as_error(self) -> int:
        """The error by which a host function throws it."""
        pointer: int = library.wasi_threads_error_from_exception(self._owner.pointer)
        return pointer


class _Owner(Single):
    """Frees an exception of the library."""

    __slots__ = ("pointer",)

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer

    def __del__(self) -> None:
        library.wasi_threads_exception_delete(self.pointer)


def _value(value: Value) -> Any:
    kind = ValueKind(value.kind)
    if kind in _REFERENCES:
        return None
    return Codec([kind]).unpack(bytes(value), None)[0]


def _of_error(pointer: int) -> Optional[GuestException]:
    """The exception that an error of the library is of."""
    found = ctypes.c_void_p()
    check(library.wasi_threads_error_exception(pointer, ctypes.byref(found)))
    return None if found.value is None else GuestException._of(found.value)


let_read_exceptions(_of_error)


def thrown(exception: BaseException) -> Optional[GuestException]:
    """What a host function throws that raises this."""
    inner = exception.exception if isinstance(exception, Trap) else exception
    return inner if isinstance(inner, GuestException) else None

"""What all objects that stand for one of the library have in common: a handle, and its end."""

from __future__ import annotations

import ctypes
import operator
import os
import threading
from types import TracebackType
from typing import Any, Callable, NoReturn, Optional, SupportsIndex, TypeVar, Union

from . import _host
from ._abi import library
from ._errors import MisuseError, check

Self = TypeVar("Self", bound="Object")


class Single:
    """What there is once: a handle, or what uses one. A copy, here or in another process, would stand for the
    same object of the library, which the first of them to go would delete."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"A {name} cannot be copied or pickled: make one where it is needed.")

    def __reduce__(self) -> NoReturn:
        self.__reduce_ex__(0)


class Object(Single):
    """Stands for one object of the library, which is deleted by `close`, at the end of `with`, or when nobody
    refers to this one any more. Objects may be closed in any order: what is still needed lives on.

    A child after fork has none of the library's threads, so there what its parent had is closed."""

    _name = "object"
    _delete: Callable[[Optional[int]], None]
    _owned: Optional[int] = None
    _forks = 0

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        self = super().__new__(cls)
        self._forks = _host.forks()
        return self

    @property
    def _handle(self) -> int:
        handle = self._owned
        if handle is None or self.closed:
            raise MisuseError(f"The {self._name} is closed.")
        return handle

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._owned is None or self._forks != _host.forks()

    def close(self) -> None:
        """Gives the object back. It may be closed more than once."""
        is_parents = self._forks != _host.forks()
        handle, self._owned = self._owned, None
        if handle is not None and not is_parents:
            type(self)._delete(handle)

    def __repr__(self) -> str:
        state = "closed" if self.closed else self._state()
        return f"<wasi_threads.{type(self).__name__}{': ' * bool(state)}{state}>"

    def _state(self) -> str:
        """What `repr` says of one that is not closed."""
        return ""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        Object.close(self)


def made(function: Callable[..., Any], *arguments: Any) -> int:
    """The handle that a `_new` function stores through its last parameter."""
    handle = ctypes.c_void_p()
    check(function(*arguments, ctypes.byref(handle)))
    assert handle.value is not None
    return handle.value


def expect(value: Any, kind: type, name: str) -> None:
    """Raises TypeError where an argument is of another kind than it has to be."""
    if not isinstance(value, kind):
        raise TypeError(f"The {name} is {value!r}, which is no {kind.__name__}.")


def whole(value: Any, name: str) -> int:
    """An argument that has to be an integer, of Python's or of NumPy's."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"The {name} is {value!r}, which is no int.") from None


def text(value: str, name: str) -> bytes:
    """A text for the library, which ends it at a NUL."""
    expect(value, str, name)
    data = value.encode()
    if b"\0" in data:
        raise ValueError(f"The {name} {value!r} holds a NUL character.")
    return data


Word = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
"""What the system takes as bytes."""


def encoded(word: Word, name: str) -> bytes:
    """A word as the system has it."""
    try:
        return os.fsencode(word)
    except TypeError:
        raise TypeError(f"The {name} is {word!r}, which is no str, bytes or path.") from None


def path_bytes(path: Word, name: str = "path") -> bytes:
    """A path, or another word, for the library, which ends it at a NUL."""
    data = encoded(path, name)
    if b"\0" in data:
        raise ValueError(f"The {name} {path!r} holds a NUL character.")
    return data


def deleter(name: str) -> Any:
    """The function that deletes objects of a kind, as a class attribute."""
    return staticmethod(getattr(library, f"wasi_threads_{name}_delete"))


def report(exception: BaseException) -> None:
    """Has `threading.excepthook` say what a function raised that a guest thread called and that cannot
    fail."""
    details = (type(exception), exception, exception.__traceback__, threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(details))

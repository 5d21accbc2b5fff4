"""Function pointers that lead to a guest, which C functions of the host are given.

What holds: whoever keeps one releases it once, also where nobody does by hand.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any, cast

from . import _abi
from ._abi import library
from ._errors import MisuseError, check
from ._objects import Single


def _release(address: Any) -> None:
    try:
        check(library.wasi_threads_callback_release(address))
    except MisuseError:
        pass  # The guest is gone, and with it what there is to release.


class Callback(Single):
    """A function pointer that the C function of the host which is running was given for an element of a guest's
    table, kept beyond its call: an instance of a `CFUNCTYPE` that ctypes made of an argument. Calling it calls the
    guest, and raises what goes wrong there.

    It may be called wherever an export of the same process or attached thread may be, until it is released or its
    guest is gone; then, and on another thread, a call raises `MisuseError`."""

    def __init__(self, function: Any) -> None:
        if not isinstance(function, _abi.CFunction):
            raise TypeError(f"{function!r} is no C function. Give the argument that ctypes made of the pointer.")
        self._function = cast(Any, function)
        self._address = ctypes.cast(self._function, _abi.NativeFunction)
        check(library.wasi_threads_callback_keep(self._address))
        self._finalizer = weakref.finalize(self, _release, self._address)

    def __call__(self, *arguments: Any) -> Any:
        result = self._function(*arguments)
        check(library.wasi_threads_callback_take_error(self._address))
        return result

    def release(self) -> None:
        """Lets go of the pointer: calls raise from now on. Does nothing the second time."""
        self._finalizer()

    def __enter__(self) -> "Callback":
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def __repr__(self) -> str:
        state = "kept" if self._finalizer.alive else "released"
        return f"<wasi_threads.Callback: {state}>"

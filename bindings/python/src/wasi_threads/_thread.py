"""Host threads that are threads of a process.

What holds: a thread is detached by the host thread that attached it, or, where that never happens, when its
process is gone.
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from . import _abi
from ._abi import ValueKind, library
from ._errors import Error, MisuseError, check, read
from ._exports import Exporter, Signature
from ._values import Scope

_C_TYPES: dict[ValueKind, Any] = {
    ValueKind.I32: ctypes.c_int32,
    ValueKind.I64: ctypes.c_int64,
    ValueKind.F32: ctypes.c_float,
    ValueKind.F64: ctypes.c_double,
    ValueKind.FUNCREF: ctypes.c_void_p,
    ValueKind.EXTERNREF: ctypes.c_void_p,
}
_nothing = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: 0)


def disarm(natives: "list[Any]") -> None:
    """Makes functions that `Thread.native` gave ones that do nothing; where Python calls them, they raise."""
    while natives:
        ctypes.memmove(
            ctypes.addressof(natives.pop()), ctypes.addressof(_nothing), ctypes.sizeof(ctypes.c_void_p)
        )


if TYPE_CHECKING:
    from ._process import Process


class Thread(Exporter):
    """A host thread that `Process.attach` made a thread of a process. Only that host thread may use it.

    Its calls are direct, on the main thread too: there, Ctrl-C waits until the call returns."""

    def __init__(self, process: "Process", handle: int) -> None:
        self._owned: Optional[int] = handle
        self.process = process
        # What `native` gave: C code that must not be called once the thread is detached.
        self._natives: list[Any] = []
        process._attached[handle] = self._natives
        self._own_scope = Scope(process._references, self.id)

    @property
    def _handle(self) -> int:
        if self._owned is None:
            raise MisuseError("The thread is detached.")
        return self._owned

    @property
    def id(self) -> int:
        """The TID."""
        id = ctypes.c_uint32()
        check(library.wasi_threads_thread_id(self._handle, ctypes.byref(id)))
        return id.value

    @property
    def _signatures(self) -> "dict[str, Signature]":
        return self.process._signatures

    @property
    def _scope(self) -> Scope:
        return self._own_scope

    def _invoke(self, *arguments: Any) -> None:
        pointer = library.wasi_threads_thread_call(self._handle, *arguments)
        if pointer is not None:
            raise self.process._explained(read(pointer))

    def native(self, name: str) -> Any:
        """An export as a C function of its natural type, for `qsort` and the like: an instance of a
        `CFUNCTYPE`.

        Called from Python, it raises what `call` raises. Called from C, it returns zero then, and
        `take_error` has the error. It must not be called by C code after the thread was detached. Raises
        ExportError, and ValueTypeError for a function of several results."""
        signature = self._signature(name)
        address = _abi.NativeFunction()
        check(library.wasi_threads_thread_native(self._handle, signature.name, ctypes.byref(address)))
        parameters, results = signature.external.function_type
        result = _C_TYPES[results[0]] if results else None
        kind = ctypes.CFUNCTYPE(result, *(_C_TYPES[parameter] for parameter in parameters))
        function = ctypes.cast(address, kind)
        function.errcheck = self._raise_last
        self._natives.append(function)
        return function

    def _raise_last(self, result: Any, function: Any, arguments: Any) -> Any:
        error = self.take_error()
        if error is not None:
            raise error
        return result

    def take_error(self) -> Optional[Error]:
        """The last error of a call on this thread that had no way to raise it, and forgets it."""
        pointer = library.wasi_threads_thread_take_error(self._handle)
        return None if pointer is None else self.process._explained(read(pointer))

    def detach(self) -> None:
        """Makes the thread leave the process. Raises MisuseError on another host thread, and Trap, Ended and
        Exited where the guest's `free` does not return; then it is detached all the same."""
        handle = self._owned
        # A process that was closed meanwhile has freed it.
        if handle is None or handle not in self.process._attached:
            self._owned = None
            disarm(self._natives)
            return
        pointer = library.wasi_threads_thread_detach(handle)
        error = None if pointer is None else self.process._explained(read(pointer))
        if isinstance(error, MisuseError):
            raise error
        self._owned = None
        disarm(self._natives)
        self.process._attached.pop(handle, None)
        if error is not None:
            raise error

    def __enter__(self) -> "Thread":
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        try:
            self.detach()
        except Error:
            # What ended the process is raised already.
            if value is None:
                raise

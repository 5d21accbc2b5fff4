"""Host threads that are threads of a process.

What holds: a thread is detached by the host thread that attached it, or, where that never happens, when its
process is gone.
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from ._abi import library
from ._errors import Error, MisuseError, check, read
from ._exports import Exporter
from ._values import Scope

if TYPE_CHECKING:
    from ._process import Process


class Thread(Exporter):
    """A host thread that `Process.attach` made a thread of a process. Only that host thread may use it.

    Its calls are direct, on the main thread too: there, Ctrl-C waits until the call returns."""

    def __init__(self, process: "Process", handle: int) -> None:
        self._owned: Optional[int] = handle
        self.process = process
        self._signatures = process._signatures
        process._attached[handle] = None
        self._scope = Scope(process._references, self.id)

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

    def _invoke(self, *arguments: Any) -> None:
        pointer = library.wasi_threads_thread_call(self._handle, *arguments)
        if pointer is not None:
            raise self.process._explained(read(pointer))

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
            return
        pointer = library.wasi_threads_thread_detach(handle)
        error = None if pointer is None else self.process._explained(read(pointer))
        if isinstance(error, MisuseError):
            raise error
        self._owned = None
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

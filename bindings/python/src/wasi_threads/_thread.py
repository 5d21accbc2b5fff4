"""Host threads that are threads of a process.

What holds: a thread is detached by the host thread that it belongs to, or, where that never happens, when its
process is gone.
"""

from __future__ import annotations

import ctypes
import functools
from types import TracebackType
from typing import Any, Callable, Optional, Union

from . import _abi, _signals
from ._abi import library
from ._enumerations import ValueKind
from ._errors import Error, MisuseError, check, read
from ._exports import Signature, exchange
from ._program import Program, disarm
from ._state import Accessors, Holder, Variable
from ._values import Codec, FuncRef, FunctionType, Scope, stated_type

_C_TYPES: dict[ValueKind, Any] = {
    ValueKind.I32: ctypes.c_int32,
    ValueKind.I64: ctypes.c_int64,
    ValueKind.F32: ctypes.c_float,
    ValueKind.F64: ctypes.c_double,
    ValueKind.FUNCREF: ctypes.c_void_p,
    ValueKind.EXTERNREF: ctypes.c_void_p,
}

class ThreadFunction(FuncRef):
    """A function of an attached thread's instance, from `Thread.function`. Calling it calls the guest."""

    __slots__ = ("_attached", "_owner", "_parameters", "_results", "type")

    def __init__(self, attached: "Thread", address: int, type: FunctionType, owner: str) -> None:
        super().__init__(address, attached._scope)
        self._attached = attached
        self._owner = owner
        self._parameters = Codec(type.parameters)
        self._results = Codec(type.results)
        self.type = type

    def __repr__(self) -> str:
        return f"<function of thread {self._attached.id}: {self.type}>"

    def __call__(self, *arguments: Any) -> Any:
        """None, the result, or a tuple of several. As `Thread.call`."""
        call = self._attached._guest_call
        invoke = functools.partial(call, library.wasi_threads_thread_call_function, self._address)
        scope = self._attached._scope
        return exchange(invoke, arguments, self._parameters, self._results, scope, self._owner)


def attach(process: Program, handle: int) -> int:
    """Attaches the calling host thread; returns the thread's handle."""
    thread = ctypes.c_void_p()
    try:
        pointer = _signals.call(
            library.wasi_threads_process_attach,
            handle,
            ctypes.byref(thread),
            interrupt=process._interrupt,
        )
        if pointer is not None:
            raise process._explained(read(pointer))
        assert thread.value is not None
    except BaseException:
        if thread.value is not None:
            process._attached[thread.value] = []
        raise
    return thread.value


class Thread(Holder):
    """A host thread that `Process.attach` made a thread of a process. Only that host thread may use it, until
    another one calls `move`.

    Signals end calls of the main thread as they end those of a `Process`. A function of `native` is the
    exception: there, Ctrl-C waits until it returns."""

    _accessors = Accessors(
        library.wasi_threads_thread_global,
        library.wasi_threads_thread_set_global,
        library.wasi_threads_thread_table_size,
        library.wasi_threads_thread_table_element,
        library.wasi_threads_thread_set_table_element,
    )

    def __init__(self, process: Program, handle: int) -> None:
        self._owned: Optional[int] = handle
        self.process = process
        # What `native` gave: C code that must not be called once the thread is detached.
        self._natives: list[Any] = []
        process._attached[handle] = self._natives
        # Other host threads may not ask for it.
        self._known_id = self.id
        self._own_scope = Scope(process._references, self._known_id)

    def __repr__(self) -> str:
        state = "detached" if self._owned is None else f"of {self.process!r}"
        return f"<wasi_threads.Thread {self._known_id}: {state}>"

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
    def _known_variables(self) -> "dict[str, Variable]":
        return self.process._known_variables

    @property
    def _scope(self) -> Scope:
        return self._own_scope

    def _invoke(self, *arguments: Any) -> None:
        self._guest_call(library.wasi_threads_thread_call, *arguments)

    def _guest_call(self, function: Callable[..., Any], *arguments: Any) -> None:
        pointer = _signals.call(function, self._handle, *arguments, interrupt=self.process._interrupt)
        if pointer is not None:
            raise self.process._explained(read(pointer))

    def move(self) -> None:
        """Moves the thread to the calling host thread, the only one that may use it from now on: for tasks that
        change from one host thread to the next. Raises MisuseError inside a call of it, and on a host thread
        that is inside the process."""
        check(library.wasi_threads_thread_move(self._handle))

    def function(
        self, function: Union[str, FuncRef], type: Optional[FunctionType] = None
    ) -> ThreadFunction:
        """An export of this thread's instance, looked up once for many calls, and to be handed to the guest
        as a funcref. Or a funcref that a call of this thread gave, which takes the type that it has. Raises
        ExportError, Ended, Exited and Trap; a call raises what `call` does."""
        if isinstance(function, FuncRef):
            if type is None:
                raise TypeError("State the type of the funcref: FunctionType(parameters, results).")
            address = function.address_in(self._scope, "Thread.function")
            type = stated_type(*type, "the funcref")
            return ThreadFunction(self, address, type, f"The funcref, {type},")
        signature = self._signature(function)
        found = ctypes.c_void_p()
        pointer = library.wasi_threads_thread_function(self._handle, signature.name, ctypes.byref(found))
        if pointer is not None:
            raise self.process._explained(read(pointer))
        assert found.value is not None
        return ThreadFunction(self, found.value, signature.external.function_type, signature.owner)

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
        pointer = _signals.call(
            library.wasi_threads_thread_detach, handle, interrupt=self.process._interrupt
        )
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

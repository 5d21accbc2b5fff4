"""Programs that run: what there is of a process beside how it is made.

What holds: the library's process is deleted before what its threads may call is freed, also where nobody
refers to the Python object any more, and at the latest when the interpreter exits. Deleting waits for
functions of the host, which need Python to go on, so it never happens inside the garbage collector.
"""

from __future__ import annotations

import _thread
import atexit
import ctypes
import os
import weakref
from functools import partial
from types import TracebackType
from typing import Any, Callable, NamedTuple, Optional, TypeVar, Union

from . import _host, _signals, _tasks, _waiting
from ._abi import library
from ._enumerations import OutcomeKind, Stream
from ._errors import Error, MisuseError, Trap, check, read
from ._exports import Signature
from ._exceptions import Tag
from ._memory import Memory, wrap
from ._objects import made, text, whole
from ._state import Accessors, Holder, Variable
from ._values import Scope, counted
from ._watching import Watching, nanoseconds

# The processes that live, by their handle. Not held: that is for whoever made them.
live: "dict[int, weakref.ref[Program]]" = {}
# What the threads of processes may call that nobody refers to any more, until they are deleted.
orphans: "dict[int, tuple[Any, dict[int, list[Any]]]]" = {}
_is_exiting = False

Self = TypeVar("Self", bound="Program")

_nothing = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: 0)


def disarm(natives: "list[Any]") -> None:
    """Makes functions that `Thread.native` gave ones that do nothing; where Python calls them, they raise."""
    while natives:
        ctypes.memmove(
            ctypes.addressof(natives.pop()), ctypes.addressof(_nothing), ctypes.sizeof(ctypes.c_void_p)
        )



def find(handle: int) -> "Program":
    """The program of a handle."""
    reference = live.get(handle)
    process = reference() if reference else None
    if process is None:
        raise MisuseError("Nobody refers to the process any more; it is about to end.")
    return process


def prepare() -> None:
    """Before a process is made."""
    if _is_exiting:
        raise MisuseError("The interpreter exits: no process can be made any more.")
    if not _host.is_main_interpreter:
        _sweep()


def _sweep() -> None:
    """Deletes what nobody refers to any more, where there is no thread to do so."""
    for handle in list(orphans):
        _delete_orphan(handle)


def _delete_orphan(handle: int) -> None:
    """Deletes a process, on a thread of its own where there may be one: waiting for functions of the host keeps
    nobody there."""
    error = library.wasi_threads_process_delete(handle)
    library.wasi_threads_error_delete(error)
    _, attached = orphans.pop(handle, (None, {}))
    _detach(attached)


def _detach(attached: "dict[int, list[Any]]") -> None:
    """Frees the attached threads of a process that was deleted, which any thread may do."""
    while attached:
        thread, natives = attached.popitem()
        disarm(natives)
        library.wasi_threads_error_delete(library.wasi_threads_thread_detach(thread))


@atexit.register
def _at_exit() -> None:
    """Ends all processes and waits for their threads, while these can still call Python functions."""
    global _is_exiting
    _is_exiting = True
    processes = [process for process in (reference() for reference in list(live.values())) if process]
    for process in processes:
        process._end_at_exit()
    interrupted: Optional[BaseException] = None
    waits: list[Callable[[], None]] = [process.close for process in processes]
    waits += [partial(_wait, handle) for handle in list(orphans)]
    for wait in waits:
        try:
            wait()
        except BaseException as exception:
            # Ctrl-C, while a function of the host does not return: the others must end all the same.
            interrupted = exception
    if interrupted is not None:
        raise interrupted


def _wait(orphan: int) -> None:
    """Waits until an orphan is deleted. That its own thread has done so is an error of no interest."""
    if not _host.is_main_interpreter:
        _delete_orphan(orphan)
        return
    library.wasi_threads_error_delete(_waiting.call(library.wasi_threads_process_delete, orphan))


def _after_fork() -> None:
    """A child has none of the threads that processes wait for: it forgets them."""
    for reference in list(live.values()):
        process = reference()
        if process is not None:
            process._owned = None
    live.clear()
    orphans.clear()


os.register_at_fork(after_in_child=_after_fork)


class Outcome(NamedTuple):
    """Whether and how a process ended."""

    kind: OutcomeKind
    exit_status: int
    """What `proc_exit` was given; otherwise 0."""
    error: Optional[Error]
    """A `Trap` or `Ended` where that was the cause."""


class Program(Holder, Watching):
    """A running program: what is said at `Process`, which makes one."""

    _owned: Optional[int] = None
    # What C code calls.
    _keeps: "list[Any]"
    # Attached threads, by handle, with their C functions: what was never detached goes with the process.
    _attached: "dict[int, list[Any]]"
    # What functions of the host raised, by the thread that called them.
    _failures: "dict[int, BaseException]"
    _references: "dict[int, Any]"
    _functions: "dict[str, Signature]"
    _own_variables: "dict[str, Variable]"
    _accessors = Accessors(
        library.wasi_threads_process_global,
        library.wasi_threads_process_set_global,
        library.wasi_threads_process_table_size,
        library.wasi_threads_process_table_element,
        library.wasi_threads_process_set_table_element,
    )
    # The file of its module, where it has one, and whether nobody sees what it writes: for `repr`.
    _label: str = ""
    _is_silent: bool = False

    # ---- Life ----

    @property
    def _handle(self) -> int:
        handle = self._owned
        if handle is None:
            raise MisuseError("The process is closed.")
        return handle

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._owned is None

    def __repr__(self) -> str:
        of = f" of {self._label}" if self._label else ""
        return f"<wasi_threads.Process{of}: {self._state()}>"

    def _state(self) -> str:
        """Where it stands, and what explains an output that is missing."""
        try:
            outcome = self.outcome
            count = len(self.threads())
        except MisuseError:
            return "closed"
        state = f"alive, {counted(count, 'thread')}"
        if outcome.kind is OutcomeKind.EXITED:
            state = f"exited with {outcome.exit_status}"
        elif outcome.kind is not OutcomeKind.ALIVE:
            state = outcome.kind.name.lower()
        return state + (", output discarded" if self._is_silent else "")

    def close(self) -> None:
        """Ends the process where it has not ended, waits until all its threads are gone and calls into it
        have returned, and frees it. Raises MisuseError inside a host function that it called."""
        handle = self._owned
        if handle is None:
            return
        pointer = _waiting.call(library.wasi_threads_process_delete, handle)
        if pointer is not None:
            error = read(pointer)
            # Where another thread closes it at the same time, it is gone by now.
            gone = library.wasi_threads_process_outcome(handle, None, None, None)
            library.wasi_threads_error_delete(gone)
            if gone is None:
                raise error
        self._owned = None
        live.pop(handle, None)
        _detach(self._attached)
        self._keeps = []
        self._failures.clear()
        self._references.clear()

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
        handle, self._owned = self._owned, None
        if handle is None:
            return
        orphans[handle] = self._keeps, self._attached
        live.pop(handle, None)
        try:
            library.wasi_threads_error_delete(library.wasi_threads_process_end(handle, None))
            # A subinterpreter must have no thread when it ends: there, the next process or the end does it.
            if _host.is_main_interpreter:
                _thread.start_new_thread(_delete_orphan, (handle,))
        except RuntimeError:
            # No thread to be had: `_at_exit` deletes it.
            pass

    # ---- Calls ----

    def run(self) -> int:
        """Runs `_start` until it returns or the guest ends the process; returns the exit status when all its
        threads are gone. Raises Trap, Ended, ExportError, BusyError and MisuseError."""
        status = ctypes.c_uint32()
        self._guest_call(library.wasi_threads_process_run, ctypes.byref(status))
        return status.value

    def run_as_library(self) -> Optional[int]:
        """Runs the `_start` of a command that is used as a library. Where that returns or exits with 0, and no other
        thread lives, the process lives on, so that its exports can be called, and this is None; otherwise it is the
        exit status, as from `run`."""
        is_alive, status = ctypes.c_bool(), ctypes.c_uint32()
        self._guest_call(
            library.wasi_threads_process_run_as_library, ctypes.byref(is_alive), ctypes.byref(status)
        )
        return None if is_alive.value else status.value

    def initialize(self) -> None:
        """Readies a module that is no command, before any call: runs its start function and `_initialize`."""
        self._guest_call(library.wasi_threads_process_initialize)

    async def run_async(self) -> int:
        """`run` for a task of asyncio: on a thread of its own, while the loop goes on. Where the task is cancelled,
        the guest is ended, and the cancellation goes on when all its threads are gone. Functions of the host are
        called on that thread, and on those of the guest."""
        return await _tasks.on_a_thread(self.run, self._cancel)

    async def call_async(self, name: str, *arguments: Any) -> Any:
        """`call` in the same way. Cancelling the task ends the whole process."""
        return await _tasks.on_a_thread(lambda: self.call(name, *arguments), self._cancel)

    def _cancel(self) -> None:
        try:
            self.end("The task that waited for the program was cancelled.")
        except MisuseError:
            # Another thread closes it.
            pass

    @property
    def _signatures(self) -> "dict[str, Signature]":
        return self._functions

    @property
    def _known_variables(self) -> "dict[str, Variable]":
        return self._own_variables

    @property
    def _scope(self) -> Scope:
        return Scope(self._references, 0)

    def _invoke(self, *arguments: Any) -> None:
        self._guest_call(library.wasi_threads_process_call, *arguments)

    def _guest_call(self, function: Callable[..., Any], *arguments: Any) -> None:
        pointer = _signals.call(function, self._handle, *arguments, interrupt=self._interrupt)
        if pointer is not None:
            raise self._explained(read(pointer))

    def _interrupt(self, reason: str) -> None:
        # It may be ending, or closed by another thread.
        words = text(reason, "reason")
        library.wasi_threads_error_delete(library.wasi_threads_process_end(self._owned, words))

    def _explained(self, error: Error) -> Error:
        """The error, with what a function of the host raised as its cause."""
        if isinstance(error, Trap):
            error.__cause__ = self._failures.get(error.thread)
        return error

    # ---- Threads and the end ----

    def spawn(self, start_argument: int = 0) -> int:
        """Spawns a thread as the guest's `thread-spawn` does, and returns its TID."""
        thread = ctypes.c_uint32()
        argument = whole(start_argument, "start argument") & 0xFFFF_FFFF
        check(library.wasi_threads_process_spawn(self._handle, argument, ctypes.byref(thread)))
        return thread.value

    def join(self, thread: int) -> None:
        """Waits until the thread with this TID is gone. Ctrl-C ends the waiting."""
        check(_waiting.call(library.wasi_threads_process_join, self._handle, whole(thread, "TID")))

    def wait(self) -> None:
        """Waits until no spawned thread lives, without ending them. Ctrl-C ends the waiting."""
        check(_waiting.call(library.wasi_threads_process_wait, self._handle))

    def end(self, reason: Optional[str] = None) -> None:
        """Ends the process and does not wait: calls under way raise `Ended` with the reason."""
        words = None if reason is None else text(reason, "reason")
        check(library.wasi_threads_process_end(self._handle, words))

    def _end_at_exit(self) -> None:
        try:
            self.end("The interpreter exits.")
        except MisuseError:
            # Another thread closes it.
            pass

    def set_time_limit(self, seconds: Optional[float]) -> None:
        """Ends the process when so much time has passed from now on, in place of a limit set before. None
        takes the limit away."""
        check(library.wasi_threads_process_set_time_limit(self._handle, nanoseconds(seconds)))

    @property
    def outcome(self) -> Outcome:
        """Whether and how it ended. Does not wait: threads may still be on their way out."""
        kind = ctypes.c_uint()
        status = ctypes.c_uint32()
        reason = ctypes.c_void_p()
        check(
            library.wasi_threads_process_outcome(
                self._handle, ctypes.byref(kind), ctypes.byref(status), ctypes.byref(reason)
            )
        )
        error = None if reason.value is None else self._explained(read(reason.value))
        return Outcome(OutcomeKind(kind.value), status.value, error)

    # ---- Output ----

    def read_output(self, stream: Stream = Stream.STDOUT) -> bytes:
        """What the guest has written to a captured stream and nobody has read. Does not wait."""
        output = bytearray()
        length = ctypes.c_size_t()
        while True:
            check(library.wasi_threads_process_output_length(self._handle, stream, ctypes.byref(length)))
            if length.value == 0:
                return bytes(output)
            buffer = ctypes.create_string_buffer(length.value)
            check(
                library.wasi_threads_process_read_output(
                    self._handle, stream, buffer, len(buffer), ctypes.byref(length)
                )
            )
            output += memoryview(buffer)[: length.value]

    # ---- Memory and attached threads ----

    def memory(self, name: Union[str, int, None] = None) -> Memory:
        """The memory exported as `name`, the one with a number among the module's, imported ones first, or the
        first. It outlives the process. Raises ExportError."""
        if isinstance(name, int):
            # What does not fit the argument is no memory's number either.
            index = name if 0 <= name < 1 << 32 else (1 << 32) - 1
            return wrap(made(library.wasi_threads_process_memory_at, self._handle, index))
        words = None if name is None else text(name, "name")
        return wrap(made(library.wasi_threads_process_memory, self._handle, words))

    def tag(self, name: str) -> Tag:
        """The tag exported as `name`. It outlives the process. Raises ExportError."""
        return Tag._of(made(library.wasi_threads_process_tag, self._handle, text(name, "name")))

    def imported_memory(self, module: str, name: str) -> Memory:
        """The memory that the module imports under these names. Raises ExportError."""
        words = text(module, "module"), text(name, "name")
        return wrap(made(library.wasi_threads_process_imported_memory, self._handle, *words))

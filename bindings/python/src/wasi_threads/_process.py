"""Processes: running programs.

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
from typing import Any, Callable, NamedTuple, Optional

from . import _blocking
from ._abi import OutcomeKind, Stream, library
from ._engine import Engine, Module
from ._errors import Error, MisuseError, Trap, check, read
from ._exports import Exporter, Signature, signatures
from ._linker import Linker
from ._memory import Memory, wrap
from ._objects import made, text
from ._thread import Thread, attach, disarm
from ._values import Scope
from ._wasi import WasiConfig
from ._watching import Watching, nanoseconds

# The processes that live, by their handle. Not held: that is for whoever made them.
_live: "dict[int, weakref.ref[Process]]" = {}
# What the threads of processes may call that nobody refers to any more, until they are deleted.
_orphans: "dict[int, tuple[Any, dict[int, list[Any]]]]" = {}
_is_exiting = False


def find(handle: int) -> "Process":
    """The process of a handle."""
    reference = _live.get(handle)
    process = reference() if reference else None
    if process is None:
        raise MisuseError("Nobody refers to the process any more; it is about to end.")
    return process


def _delete_orphan(handle: int) -> None:
    """Deletes a process on a thread of its own, on which waiting for functions of the host keeps nobody."""
    error = library.wasi_threads_process_delete(handle)
    library.wasi_threads_error_delete(error)
    _, attached = _orphans.pop(handle, (None, {}))
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
    processes = [process for process in (reference() for reference in list(_live.values())) if process]
    for process in processes:
        process._end_at_exit()
    interrupted: Optional[BaseException] = None
    waits: list[Callable[[], None]] = [process.close for process in processes]
    waits += [partial(_wait, handle) for handle in list(_orphans)]
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
    library.wasi_threads_error_delete(_blocking.call(library.wasi_threads_process_delete, orphan))


def _after_fork() -> None:
    """A child has none of the threads that processes wait for: it forgets them."""
    for reference in list(_live.values()):
        process = reference()
        if process is not None:
            process._owned = None
    _live.clear()
    _orphans.clear()


os.register_at_fork(after_in_child=_after_fork)


class Outcome(NamedTuple):
    """Whether and how a process ended."""

    kind: OutcomeKind
    exit_status: int
    """What `proc_exit` was given; otherwise 0."""
    error: Optional[Error]
    """A `Trap` or `Ended` where that was the cause."""


class Process(Exporter, Watching):
    """A program, with its memories, descriptors and threads. Any thread may use it.

    Ctrl-C, and whatever else a signal handler raises, ends the process that the main thread is inside, and is
    then raised there. `with` closes it: ends it, waits for its threads, and frees all that it had."""

    _owned: Optional[int] = None

    def __init__(
        self,
        engine: Engine,
        module: Module,
        linker: Optional[Linker] = None,
        config: Optional[WasiConfig] = None,
    ) -> None:
        """Instantiates the module; no code of it runs yet. Raises LinkError, LimitError, SystemResourceError,
        FileError, and Trap where a segment does not fit."""
        if not isinstance(module, Module):
            raise TypeError(f"{module!r} is no Module. Make one: Module(engine, path_or_bytes).")
        if _is_exiting:
            raise MisuseError("The interpreter exits: no process can be made any more.")
        # The lists themselves, so that what another thread adds meanwhile is held too.
        self._keeps: list[Any] = [linker and linker._keeps, config and config._keeps]
        # Attached threads, by handle, with their C functions: what was never detached goes with the process.
        self._attached: dict[int, list[Any]] = {}
        self._failures: dict[int, BaseException] = {}
        self._references: dict[int, Any] = {}
        self._functions = signatures(module)
        self._owned = made(
            library.wasi_threads_process_new,
            engine._handle,
            module._handle,
            linker and linker._handle,
            config and config._handle,
        )
        _live[self._owned] = weakref.ref(self)

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

    def close(self) -> None:
        """Ends the process where it has not ended, waits until all its threads are gone and calls into it
        have returned, and frees it. Raises MisuseError inside a host function that it called."""
        handle = self._owned
        if handle is None:
            return
        pointer = _blocking.call(library.wasi_threads_process_delete, handle)
        if pointer is not None:
            error = read(pointer)
            # Where another thread closes it at the same time, it is gone by now.
            gone = library.wasi_threads_process_outcome(handle, None, None, None)
            library.wasi_threads_error_delete(gone)
            if gone is None:
                raise error
        self._owned = None
        _live.pop(handle, None)
        _detach(self._attached)
        self._keeps = []
        self._failures.clear()
        self._references.clear()

    def __enter__(self) -> "Process":
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
        _orphans[handle] = self._keeps, self._attached
        _live.pop(handle, None)
        try:
            library.wasi_threads_error_delete(library.wasi_threads_process_end(handle, None))
            _thread.start_new_thread(_delete_orphan, (handle,))
        except RuntimeError:
            # No thread to be had: `_at_exit` deletes it.
            pass

    # ---- Calls ----

    def run(self) -> int:
        """Runs `_start` until it returns or the guest ends the process; returns the exit status when all its
        threads are gone. Raises Trap, Ended, ExportError, BusyError and MisuseError."""
        status = ctypes.c_uint32()
        self._blocking_call(library.wasi_threads_process_run, ctypes.byref(status))
        return status.value

    def initialize(self) -> None:
        """Readies a module that is no command, before any call: runs its start function and `_initialize`."""
        self._blocking_call(library.wasi_threads_process_initialize)

    @property
    def _signatures(self) -> "dict[str, Signature]":
        return self._functions

    @property
    def _scope(self) -> Scope:
        return Scope(self._references, 0)

    def _invoke(self, *arguments: Any) -> None:
        self._blocking_call(library.wasi_threads_process_call, *arguments)

    def _blocking_call(self, function: Any, *arguments: Any) -> None:
        pointer = _blocking.call(function, self._handle, *arguments, interrupt=self._interrupt)
        if pointer is not None:
            raise self._explained(read(pointer))

    def _interrupt(self) -> None:
        self.end("A signal handler of the embedding program raised an exception.")

    def _explained(self, error: Error) -> Error:
        """The error, with what a function of the host raised as its cause."""
        if isinstance(error, Trap):
            error.__cause__ = self._failures.get(error.thread)
        return error

    # ---- Threads and the end ----

    def spawn(self, start_argument: int = 0) -> int:
        """Spawns a thread as the guest's `thread-spawn` does, and returns its TID."""
        thread = ctypes.c_uint32()
        argument = start_argument & 0xFFFF_FFFF
        check(library.wasi_threads_process_spawn(self._handle, argument, ctypes.byref(thread)))
        return thread.value

    def join(self, thread: int) -> None:
        """Waits until the thread with this TID is gone. Ctrl-C ends the waiting."""
        check(_blocking.call(library.wasi_threads_process_join, self._handle, thread))

    def wait(self) -> None:
        """Waits until no spawned thread lives, without ending them. Ctrl-C ends the waiting."""
        check(_blocking.call(library.wasi_threads_process_wait, self._handle))

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

    def memory(self, name: Optional[str] = None) -> Memory:
        """The memory exported as `name`, or the module's first. It outlives the process. Raises
        ExportError."""
        words = None if name is None else text(name, "name")
        return wrap(made(library.wasi_threads_process_memory, self._handle, words))

    def imported_memory(self, module: str, name: str) -> Memory:
        """The memory that the module imports under these names. Raises ExportError."""
        words = text(module, "module"), text(name, "name")
        return wrap(made(library.wasi_threads_process_imported_memory, self._handle, *words))

    def attach(self) -> Thread:
        """Makes the calling host thread a thread of the process, with an instance, a TID, and where the guest
        exports what it takes a stack of its own, until it is detached:

            with process.attach() as thread:
                thread.exports.work(1)

        Several host threads call the guest in parallel so. Raises LimitError, ExportError,
        SystemResourceError, Trap, Ended, Exited, and MisuseError before `initialize` where the module has
        `_initialize`."""
        return Thread(self, attach(self, self._handle))

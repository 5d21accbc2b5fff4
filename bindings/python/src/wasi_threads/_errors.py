"""Errors as exceptions: one class for each kind of the ABI, under `Error`.

What holds: an error of the library is read once, freed, and never seen as a pointer outside of `check`.
"""

from __future__ import annotations

import ctypes
from typing import Any, Callable, NamedTuple, Optional

from . import _abi
from ._abi import library
from ._enumerations import ErrorKind, ThreadOrigin, TrapCode


class Frame(NamedTuple):
    """A function that was active when a thread trapped."""

    function_name: Optional[str]
    """From the module's name section or debug information; None where they have none."""
    function_index: int
    """In the module's function index space: imported functions first."""
    module_offset: int
    """Of the instruction, in bytes from the start of the module."""
    source_file: Optional[str] = None
    """From the module's debug information."""
    line: Optional[int] = None
    column: Optional[int] = None
    is_inlined: bool = False
    """Whether the function was inlined into that of the next frame."""

    def __str__(self) -> str:
        name = self.function_name or f"function {self.function_index}"
        place = f" {self.source_file}:{self.line}" if self.source_file else ""
        return f"at {name} (module offset {self.module_offset:#x}){place}"


class Error(Exception):
    """What the library reports. `message` is a sentence, `kind` what a program reacts to."""

    kind: ErrorKind = ErrorKind.MISUSE

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.frames: tuple[Frame, ...] = ()
        """Of a trap, the innermost first."""

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {frame}" for frame in self.frames)])


class MisuseError(Error):
    """The call itself is wrong: an object that is closed, a value out of range, the wrong time or thread."""


class BusyError(Error):
    """Another thread is inside a call that excludes this one."""

    kind = ErrorKind.BUSY


class FileError(Error, OSError):
    """A file cannot be read, or a path of a file system in memory is wrong. The message says why; `errno` does not:
    what went wrong need not be one of the system's errors."""

    kind = ErrorKind.FILE


class ModuleError(Error):
    """The bytes are no module that can run; `module_offset` says where."""

    module_offset: int = 0


class MalformedError(ModuleError):
    """The bytes do not follow the binary format."""

    kind = ErrorKind.MALFORMED


class InvalidError(ModuleError):
    """The module breaks a rule of validation."""

    kind = ErrorKind.INVALID


class UnsupportedError(ModuleError):
    """The module uses a feature that the library does not have."""

    kind = ErrorKind.UNSUPPORTED


class LimitError(Error):
    """A limit of the engine or of the implementation is reached; by a module, `module_offset` says where."""

    kind = ErrorKind.LIMIT
    module_offset: int = 0


class LinkError(Error):
    """An import that nobody defines, or one whose definition has another type."""

    kind = ErrorKind.LINK


class ExportError(Error, LookupError):
    """No export has the name, or none of the kind that the call needs."""

    kind = ErrorKind.EXPORT


class ValueTypeError(Error, TypeError):
    """Arguments or results differ from the function's type in number or kind."""

    kind = ErrorKind.TYPE


class SystemResourceError(Error):
    """The operating system refuses memory, a thread or a descriptor."""

    kind = ErrorKind.SYSTEM


class Trap(Error):
    """A guest thread trapped, or a host function that it called failed: then `__cause__` is what it
    raised."""

    kind = ErrorKind.TRAP
    code: TrapCode = TrapCode.NONE
    thread: int = 0
    """The TID of the thread that trapped; 0 for the one that ran `_start` or a call."""
    exception = None  # type: Any
    """What nothing in the call has caught, for the code UNCAUGHT_EXCEPTION."""


class Exited(Error):
    """The guest called `proc_exit` with `status` where a result was asked for."""

    kind = ErrorKind.EXITED
    status: int = 0


class Ended(Error):
    """The embedder ended the process, or a limit of time did."""

    kind = ErrorKind.ENDED


class Waiter(NamedTuple):
    """A thread of a deadlock."""

    thread: int
    """The TID; 0 is the one inside `_start` or a call."""
    origin: ThreadOrigin
    name: Optional[str]
    wait_offset: int
    """The address in the memory of its instance, of a word of `wait_bytes`, 4 or 8."""
    wait_bytes: int
    expected: int
    """The value with which it began to wait."""
    value: int
    """The one that was there at the end."""
    seconds: float
    """How long it had waited, to a few milliseconds."""
    object: Optional[str]
    """What it waited for, as in "a mutex of wasi-libc", where that is recognised."""
    holder: Optional[int]
    """The TID of the thread that has the object, or, of a join, of the one that is to end, where the memory shows
    it."""
    frames: tuple[Frame, ...]
    """The innermost first."""
    description: str
    """Sentences with all of this but the frames."""

    def __str__(self) -> str:
        return "\n".join([self.description, *(f"  {frame}" for frame in self.frames)])


class Deadlock(Error):
    """All threads of the process waited for each other, where `Process.detect_deadlocks` asked to be told."""

    kind = ErrorKind.DEADLOCK
    waiters: tuple[Waiter, ...] = ()
    """The threads, by TID, 64 at most."""

    def __str__(self) -> str:
        return "\n".join([self.message, *map(str, self.waiters)])


class HostError(Error):
    """An error that a host function made."""

    kind = ErrorKind.HOST


class CompilerError(Error):
    """LLVM is missing, or cannot compile."""

    kind = ErrorKind.COMPILER


class IncompatibleError(Error):
    """Compiled code of another version of the library, or for another processor."""

    kind = ErrorKind.INCOMPATIBLE


_CLASSES: dict[int, type[Error]] = {
    kind.kind: kind
    for kind in (
        MisuseError,
        BusyError,
        FileError,
        MalformedError,
        InvalidError,
        UnsupportedError,
        LimitError,
        LinkError,
        ExportError,
        ValueTypeError,
        SystemResourceError,
        Trap,
        Exited,
        Ended,
        HostError,
        CompilerError,
        IncompatibleError,
        Deadlock,
    )
}


def _exception_of(pointer: int) -> Any:
    return None if _read_exception is None else _read_exception(pointer)


_read_exception: Optional[Callable[[int], Any]] = None


def let_read_exceptions(read: Callable[[int], Any]) -> None:
    """Says how the exception that an error is of is read: what exceptions are made of needs this module."""
    global _read_exception
    _read_exception = read


def read(pointer: int) -> Error:
    """The exception for an error of the library, which is freed."""
    try:
        message = library.wasi_threads_error_message(pointer).decode("utf-8", "replace")
        error = _CLASSES.get(library.wasi_threads_error_kind(pointer), Error)(message)
        if isinstance(error, (ModuleError, LimitError)):
            error.module_offset = library.wasi_threads_error_module_offset(pointer)
        elif isinstance(error, Exited):
            error.status = library.wasi_threads_error_exit_status(pointer)
        elif isinstance(error, Trap):
            code = library.wasi_threads_error_trap_code(pointer)
            # A library that is newer than this package may have further codes.
            error.code = TrapCode(code) if code in TrapCode._value2member_map_ else TrapCode.NONE
            error.thread = library.wasi_threads_error_thread(pointer)
            if error.code is TrapCode.UNCAUGHT_EXCEPTION:
                error.exception = _exception_of(pointer)
            count = library.wasi_threads_error_frame_count(pointer)
            error.frames = tuple(read_frame(library.wasi_threads_error_frame(pointer, index)) for index in range(count))
        elif isinstance(error, Deadlock):
            count = library.wasi_threads_error_waiter_count(pointer)
            error.waiters = tuple(_waiter(library.wasi_threads_error_waiter(pointer, index)) for index in range(count))
        return error
    finally:
        library.wasi_threads_error_delete(pointer)


def read_frame(pointer: "ctypes._Pointer[_abi.Frame]") -> Frame:
    frame = pointer.contents
    return Frame(
        read_text(frame.function_name),
        frame.function_index,
        frame.module_offset,
        read_text(frame.source_file),
        frame.line or None,
        frame.column or None,
        frame.is_inlined,
    )


def _waiter(pointer: "ctypes._Pointer[_abi.Waiter]") -> Waiter:
    waiter = pointer.contents
    return Waiter(
        waiter.thread,
        ThreadOrigin(waiter.origin),
        read_text(waiter.name),
        waiter.wait_offset,
        waiter.wait_bytes,
        waiter.expected,
        waiter.value,
        waiter.nanoseconds / 1e9,
        read_text(waiter.object),
        None if waiter.holder < 0 else waiter.holder,
        tuple(read_frame(ctypes.pointer(waiter.frames[index])) for index in range(waiter.frame_count)),
        waiter.description.decode("utf-8", "replace"),
    )


def read_text(string: Optional[bytes]) -> Optional[str]:
    return None if string is None else string.decode("utf-8", "replace")


def check(pointer: Optional[int]) -> None:
    """Raises the error that a function of the library returned, if any."""
    if pointer is not None:
        raise read(pointer)


def new_error(message: str) -> int:
    """An error for a host function to return; the library owns it."""
    # What follows a NUL would be lost.
    text = message.encode("utf-8", "backslashreplace").replace(b"\0", b"\\0")
    pointer: int = library.wasi_threads_error_new(ctypes.c_char_p(text))
    return pointer

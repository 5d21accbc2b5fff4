"""The enumerations of the C ABI.

What holds: the names are those of wasi_threads.h without their prefix, in its order; a test reads the header and
compares each enumerator with this file.
"""

from __future__ import annotations

import enum


class ValueKind(enum.IntEnum):
    """The type of a value."""

    I32 = 0
    I64 = 1
    F32 = 2
    F64 = 3
    FUNCREF = 4
    EXTERNREF = 5
    V128 = 6
    EXNREF = 7


class ExternalKind(enum.IntEnum):
    """What is imported or exported."""

    FUNCTION = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3
    TAG = 4


class ErrorKind(enum.IntEnum):
    """What kind of failure an error is."""

    MISUSE = 1
    BUSY = 2
    FILE = 3
    MALFORMED = 4
    INVALID = 5
    UNSUPPORTED = 6
    LIMIT = 7
    LINK = 8
    EXPORT = 9
    TYPE = 10
    SYSTEM = 11
    TRAP = 12
    EXITED = 13
    ENDED = 14
    HOST = 15
    COMPILER = 16
    INCOMPATIBLE = 17
    DEADLOCK = 18


class TrapCode(enum.IntEnum):
    """Why a thread trapped."""

    NONE = 0
    UNREACHABLE = 1
    MEMORY_OUT_OF_BOUNDS = 2
    TABLE_OUT_OF_BOUNDS = 3
    UNINITIALIZED_ELEMENT = 4
    INDIRECT_CALL_TYPE_MISMATCH = 5
    INTEGER_DIVIDE_BY_ZERO = 6
    INTEGER_OVERFLOW = 7
    INVALID_CONVERSION_TO_INTEGER = 8
    CALL_STACK_EXHAUSTED = 9
    UNALIGNED_ATOMIC = 10
    EXPECTED_SHARED_MEMORY = 11
    TRANSLATION_FAILED = 12
    HOST_ERROR = 13
    NULL_EXCEPTION_REFERENCE = 16
    UNCAUGHT_EXCEPTION = 17
    NULL_REFERENCE = 18
    NULL_FUNCTION_REFERENCE = 19


class Tier(enum.IntEnum):
    """How the functions of an engine's modules run."""

    AUTO = 0
    INTERPRETER = 1
    COMPILED = 2
    BASELINE = 3


class Limit(enum.IntEnum):
    """What an engine bounds."""

    THREADS = 0
    MEMORY_PAGES = 1
    TABLE_ELEMENTS = 2
    VALUE_STACK_BYTES = 3
    HOST_STACK_BYTES = 4
    BUFFER_BYTES = 5
    DESCRIPTORS = 6
    GUEST_STACK_BYTES = 7
    TOTAL_TABLE_ELEMENTS = 8
    COMPILATION_MILLISECONDS = 9
    COMPILATION_BYTES = 10


class Stream(enum.IntEnum):
    """The standard streams, by their descriptor."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2


class Permissions(enum.IntFlag):
    """What a guest may do in a directory, beside looking and reading."""

    READ_ONLY = 0
    WRITE_FILES = 1
    CHANGE_DIRECTORIES = 2
    READ_WRITE = 3


class OutcomeKind(enum.IntEnum):
    """Whether and how a process ended."""

    ALIVE = 0
    RETURNED = 1
    EXITED = 2
    TRAPPED = 3
    ENDED = 4
    DEADLOCKED = 5


class WaitResult(enum.IntEnum):
    """How a wait ended."""

    WOKEN = 0
    NOT_EQUAL = 1
    TIMED_OUT = 2


class ThreadOrigin(enum.IntEnum):
    """Where a thread comes from."""

    CALL = 0
    SPAWNED = 1
    ATTACHED = 2


class ThreadEventKind(enum.IntEnum):
    """What a watcher is told of a thread."""

    STARTED = 0
    ENDED = 1


class ThreadExit(enum.IntEnum):
    """How a thread ended."""

    RETURNED = 0
    EXITED = 1
    TRAPPED = 2
    ENDED = 3


class ThreadState(enum.IntEnum):
    """What a thread is doing."""

    RUNNING = 0
    WAITING = 1
    IN_HOST_CALL = 2
    PAUSED = 3
    OUTSIDE = 4


class ProcessLimit(enum.IntEnum):
    """What a process may have, beside the limits of its engine."""

    THREADS = 0
    MEMORY_BYTES = 1


# The prefix of the enumerators of each enumeration, by its name in C.
ENUMERATIONS: dict[str, tuple[type[enum.IntEnum] | type[enum.IntFlag], str]] = {
    "value_kind": (ValueKind, ""),
    "external_kind": (ExternalKind, "EXTERNAL_"),
    "error_kind": (ErrorKind, "ERROR_"),
    "trap_code": (TrapCode, "TRAP_"),
    "tier": (Tier, "TIER_"),
    "limit": (Limit, "LIMIT_"),
    "stream": (Stream, ""),
    "permissions": (Permissions, ""),
    "outcome": (OutcomeKind, "OUTCOME_"),
    "wait_result": (WaitResult, "WAIT_"),
    "thread_origin": (ThreadOrigin, "ORIGIN_"),
    "thread_event_kind": (ThreadEventKind, "THREAD_"),
    "thread_exit": (ThreadExit, "EXIT_"),
    "thread_state": (ThreadState, "THREAD_"),
    "process_limit": (ProcessLimit, "PROCESS_LIMIT_"),
}

"""Runs threaded WebAssembly programs inside Python, through libwasi-threads.so and ctypes only.

from wasi_threads import Engine, Module, Process, Stdio, WasiConfig

engine = Engine()
module = Module(engine, "guest.wasm")
with Process(engine, module, config=WasiConfig(stdout=Stdio.INHERIT)) as process:
    status = process.run()
"""

from ._abi import library
from ._engine import Engine, External, Module, tier_available, validate
from ._enumerations import (
    ErrorKind,
    ExternalKind,
    OutcomeKind,
    Permissions,
    Stream,
    ThreadEventKind,
    ThreadExit,
    ThreadOrigin,
    ThreadState,
    Tier,
    TrapCode,
    ValueKind,
    WaitResult,
)
from ._errors import (
    BusyError,
    CompilerError,
    Deadlock,
    Ended,
    Error,
    Exited,
    ExportError,
    FileError,
    Frame,
    HostError,
    IncompatibleError,
    InvalidError,
    LimitError,
    LinkError,
    MalformedError,
    MisuseError,
    ModuleError,
    SystemResourceError,
    Trap,
    UnsupportedError,
    ValueTypeError,
    Waiter,
)
from ._callback import Callback
from ._exceptions import GuestException, Tag
from ._linker import Caller, DeclaredFunction, Linker, NativeSymbol, native_functions, native_type
from ._exports import ExportedFunction, Exports
from ._memory import Memory
from ._process import Process, Snapshot
from ._program import Outcome, Program
from ._state import Globals, Table
from ._thread import Thread, ThreadFunction
from ._values import FuncRef, FunctionType, externref, f32, f64, funcref, i32, i64, v128
from ._wasi import MemoryFS, Stdio, WasiConfig
from ._watching import Cost, Race, RaceAccess, Stats, ThreadEvent, ThreadInfo

__version__: str = library.wasi_threads_version().decode()
"""The library's version."""

__all__ = [
    "BusyError",
    "Callback",
    "CompilerError",
    "Caller",
    "Cost",
    "DeclaredFunction",
    "Deadlock",
    "Ended",
    "Engine",
    "Error",
    "ErrorKind",
    "Exited",
    "ExportError",
    "ExportedFunction",
    "Exports",
    "External",
    "ExternalKind",
    "FileError",
    "Frame",
    "FuncRef",
    "FunctionType",
    "GuestException",
    "Globals",
    "HostError",
    "IncompatibleError",
    "InvalidError",
    "LimitError",
    "LinkError",
    "Linker",
    "MalformedError",
    "Memory",
    "MemoryFS",
    "MisuseError",
    "Module",
    "ModuleError",
    "NativeSymbol",
    "Race",
    "RaceAccess",
    "Outcome",
    "OutcomeKind",
    "Permissions",
    "Process",
    "Program",
    "Snapshot",
    "Stats",
    "Stdio",
    "Stream",
    "SystemResourceError",
    "Table",
    "Tag",
    "Thread",
    "ThreadEvent",
    "ThreadEventKind",
    "ThreadExit",
    "ThreadFunction",
    "ThreadInfo",
    "ThreadOrigin",
    "ThreadState",
    "Tier",
    "Trap",
    "TrapCode",
    "UnsupportedError",
    "ValueKind",
    "ValueTypeError",
    "WaitResult",
    "Waiter",
    "WasiConfig",
    "__version__",
    "externref",
    "f32",
    "f64",
    "funcref",
    "i32",
    "i64",
    "native_functions",
    "native_type",
    "tier_available",
    "v128",
    "validate",
]


def _publish() -> None:
    """Has tracebacks call exceptions what `except` is written with."""
    for name in __all__:
        value = globals()[name]
        if isinstance(value, type) and issubclass(value, Error):
            value.__module__ = __name__


_publish()

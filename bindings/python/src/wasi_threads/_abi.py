"""The C ABI, as ctypes sees it: everything of wasi_threads.h that this package knows, and nothing else.

What holds: the names are those of the header without their prefix, in its order; a test reads the header and
compares each name, type, structure and enumerator with this file. Nothing here has behaviour.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
from ctypes import CFUNCTYPE, POINTER, c_bool, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t
from ctypes import c_uint, c_uint32, c_uint64, c_void_p
from typing import Any

# ---- Structures ----------------------------------------------------------------------------------------


class ValueOf(ctypes.Union):
    _fields_ = [
        ("i32", c_int32),
        ("i64", c_int64),
        ("f32", c_float),
        ("f64", c_double),
        ("funcref", c_void_p),
        ("externref", c_void_p),
        ("v128", ctypes.c_uint8 * 16),
    ]


class Value(ctypes.Structure):
    # ctypes learnt to align structures in Python 3.13.
    _fields_ = [("kind", c_uint), ("_padding", c_uint * 3), ("of", ValueOf)]


class External(ctypes.Structure):
    # Names are bytes of a length, since one may hold a NUL.
    _fields_ = [
        ("module", c_void_p),
        ("module_length", c_size_t),
        ("name", c_void_p),
        ("name_length", c_size_t),
        ("kind", c_uint),
        ("type", c_char_p),
        ("parameters", POINTER(c_uint)),
        ("parameter_count", c_size_t),
        ("results", POINTER(c_uint)),
        ("result_count", c_size_t),
        ("minimum", c_uint64),
        ("maximum", c_uint64),
        ("is_shared", c_bool),
        ("is_mutable", c_bool),
        ("is_64", c_bool),
        ("page_size", c_uint64),
    ]


class Frame(ctypes.Structure):
    _fields_ = [
        ("function_name", c_char_p),
        ("function_index", c_uint32),
        ("module_offset", c_uint64),
        ("source_file", c_char_p),
        ("line", c_uint32),
        ("column", c_uint32),
        ("is_inlined", c_bool),
    ]


class Waiter(ctypes.Structure):
    _fields_ = [
        ("thread", c_uint32),
        ("origin", c_uint),
        ("name", c_char_p),
        ("wait_offset", c_uint64),
        ("wait_bytes", c_uint32),
        ("expected", c_uint64),
        ("value", c_uint64),
        ("nanoseconds", c_uint64),
        ("object", c_char_p),
        ("holder", c_int64),
        ("frames", POINTER(Frame)),
        ("frame_count", c_size_t),
        ("description", c_char_p),
    ]


class RaceAccess(ctypes.Structure):
    _fields_ = [
        ("thread", c_int64),
        ("origin", c_uint),
        ("name", c_char_p),
        ("is_write", c_bool),
        ("is_atomic", c_bool),
        ("address", c_uint64),
        ("byte_count", c_uint32),
        ("frames", POINTER(Frame)),
        ("frame_count", c_size_t),
        ("spawner", c_int64),
        ("spawn_frames", POINTER(Frame)),
        ("spawn_frame_count", c_size_t),
    ]


class Race(ctypes.Structure):
    _fields_ = [
        ("memory", c_uint32),
        ("address", c_uint64),
        ("byte_count", c_uint32),
        ("access", POINTER(RaceAccess)),
        ("earlier", POINTER(RaceAccess)),
        ("description", c_char_p),
    ]


class NativeSymbol(ctypes.Structure):
    _fields_ = [
        ("symbol", c_char_p),
        ("function", c_void_p),
        ("signature", c_char_p),
        ("attachment", c_void_p),
    ]


class ThreadEvent(ctypes.Structure):
    _fields_ = [("kind", c_uint), ("thread", c_uint32), ("origin", c_uint), ("exit", c_uint)]


class ThreadInfo(ctypes.Structure):
    _fields_ = [
        ("thread", c_uint32),
        ("origin", c_uint),
        ("state", c_uint),
        ("wait_offset", c_uint64),
        ("cpu_nanoseconds", c_uint64),
        ("name", ctypes.c_char * 64),
        ("function", ctypes.c_char * 128),
    ]


class Cost(ctypes.Structure):
    _fields_ = [
        ("count", c_uint64),
        ("nanoseconds", c_uint64),
        ("address", c_uint64),
        ("function", ctypes.c_char * 128),
    ]


class Stats(ctypes.Structure):
    _fields_ = [
        ("nanoseconds", c_uint64),
        ("threads_made", c_uint64),
        ("threads_most", c_uint64),
        ("running_nanoseconds", c_uint64),
        ("waiting_nanoseconds", c_uint64),
        ("host_nanoseconds", c_uint64),
        ("paused_nanoseconds", c_uint64),
        ("memory_bytes", c_uint64),
        ("functions", c_uint64),
        ("functions_compiled", c_uint64),
        ("call_count", c_size_t),
        ("calls", Cost * 10),
        ("wait_count", c_size_t),
        ("waits", Cost * 10),
    ]


STRUCTURES: dict[str, type[ctypes.Structure]] = {
    "value": Value,
    "external": External,
    "frame": Frame,
    "waiter": Waiter,
    "race_access": RaceAccess,
    "race": Race,
    "native_symbol": NativeSymbol,
    "thread_event": ThreadEvent,
    "thread_info": ThreadInfo,
    "cost": Cost,
    "stats": Stats,
}

# ---- Callbacks -----------------------------------------------------------------------------------------

# Addresses instead of pointers to structures: ctypes makes no object for those.
HostFunction = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
CallerFunction = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)
Finalizer = CFUNCTYPE(None, c_void_p)
InputFunction = CFUNCTYPE(c_size_t, c_void_p, c_void_p, c_size_t)
OutputFunction = CFUNCTYPE(c_bool, c_void_p, c_void_p, c_size_t)
MemoryFSVisitor = CFUNCTYPE(None, c_void_p, c_char_p, c_bool)

ThreadWatcher = CFUNCTYPE(None, c_void_p, c_void_p, POINTER(ThreadEvent))
RaceWatcher = CFUNCTYPE(None, c_void_p, c_void_p, POINTER(Race))

# A C function of any type, to be cast.
NativeFunction = CFUNCTYPE(None)

# What all functions of ctypes are, also those of a library.
CFunction: type = NativeFunction.__mro__[1]

NativeVisitor = CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)

CALLBACKS: dict[str, Any] = {
    "host_function": HostFunction,
    "caller_function": CallerFunction,
    "finalizer": Finalizer,
    "input_function": InputFunction,
    "output_function": OutputFunction,
    "memory_fs_visitor": MemoryFSVisitor,
    "native_function": NativeFunction,
    "native_visitor": NativeVisitor,
    "thread_watcher": ThreadWatcher,
    "race_watcher": RaceWatcher,
}

# ---- Functions -----------------------------------------------------------------------------------------

# An object, or an error that a function returns: an address, None for NULL.
P = c_void_p
# Where a function stores an object.
Out = POINTER(c_void_p)
# A text that is copied, or bytes.
Text = c_char_p
Size = c_size_t
OutSize = POINTER(c_size_t)

# By name: the result, and the parameters.
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "version": (Text, ()),
    "error_new": (P, (Text,)),
    "error_delete": (None, (P,)),
    "error_kind": (c_uint, (P,)),
    "error_message": (Text, (P,)),
    "error_trap_code": (c_uint, (P,)),
    "error_thread": (c_uint32, (P,)),
    "error_exit_status": (c_uint32, (P,)),
    "error_module_offset": (c_uint64, (P,)),
    "error_frame_count": (Size, (P,)),
    "error_frame": (POINTER(Frame), (P, Size)),
    "error_waiter_count": (Size, (P,)),
    "error_waiter": (POINTER(Waiter), (P, Size)),
    "tier_available": (c_bool, (c_uint, POINTER(Text))),
    "engine_config_new": (P, ()),
    "engine_config_delete": (None, (P,)),
    "engine_config_set_limit": (P, (P, c_uint, c_uint64)),
    "engine_config_set_race_detection": (P, (P, c_bool, Text)),
    "engine_config_set_tier": (P, (P, c_uint)),
    "engine_config_set_cache": (P, (P, Text, c_uint64)),
    "engine_config_set_feature": (P, (P, Text, c_bool)),
    "engine_new": (P, (P, Out)),
    "engine_delete": (None, (P,)),
    "engine_cancel_compilation": (P, (P,)),
    "module_new": (P, (P, Text, Size, Out)),
    "module_new_from_file": (P, (P, Text, Out)),
    "module_compile": (P, (P, Out, OutSize)),
    "bytes_delete": (None, (P,)),
    "module_compile_to_file": (P, (P, Text)),
    "module_new_compiled": (P, (P, Text, Size, Out)),
    "module_new_compiled_from_file": (P, (P, Text, Out)),
    "module_validate": (P, (P, Text, Size)),
    "module_delete": (None, (P,)),
    "module_imports": (P, (P, POINTER(POINTER(POINTER(External))), OutSize)),
    "module_exports": (P, (P, POINTER(POINTER(POINTER(External))), OutSize)),
    "linker_new": (P, (P, Out)),
    "linker_delete": (None, (P,)),
    "linker_define": (
        P,
        (P, Text, Text, POINTER(c_uint), Size, POINTER(c_uint), Size, HostFunction, P, Finalizer),
    ),
    "linker_define_with_caller": (
        P,
        (P, Text, Text, POINTER(c_uint), Size, POINTER(c_uint), Size, CallerFunction, P, Finalizer),
    ),
    "caller_thread": (P, (P, POINTER(c_uint32))),
    "caller_process": (P, (P, Out)),
    "caller_memory": (P, (P, Out, POINTER(c_uint64))),
    "caller_environment": (P, (P, Out)),
    "caller_fail": (P, (P, P)),
    "caller_call": (P, (P, Text, P, Size, P, Size)),
    "linker_define_native": (P, (P, Text, Text, Text, NativeFunction, P, Finalizer)),
    "native_functions": (P, (Text, NativeVisitor, P)),
    "callback_keep": (P, (NativeFunction,)),
    "callback_release": (P, (NativeFunction,)),
    "callback_take_error": (P, (NativeFunction,)),
    "linker_define_symbols": (P, (P, Text, POINTER(NativeSymbol), Size)),
    "linker_define_library": (P, (P, P, Text, P, Text, OutSize)),
    "native_type": (P, (Text, P, Size, OutSize)),
    "wasi_config_new": (P, ()),
    "wasi_config_delete": (None, (P,)),
    "wasi_config_set_arguments": (P, (P, POINTER(Text), Size)),
    "wasi_config_add_argument": (P, (P, Text, Size)),
    "wasi_config_set_environment": (P, (P, Text, Text)),
    "wasi_config_inherit_environment": (P, (P,)),
    "wasi_config_inherit_stream": (P, (P, c_uint)),
    "wasi_config_set_stream_descriptor": (P, (P, c_uint, c_int)),
    "wasi_config_set_stream_null": (P, (P, c_uint)),
    "wasi_config_set_input": (P, (P, Text, Size)),
    "wasi_config_capture_output": (P, (P, c_uint)),
    "wasi_config_set_input_function": (P, (P, InputFunction, P, Finalizer)),
    "wasi_config_set_output_function": (P, (P, c_uint, OutputFunction, P, Finalizer)),
    "wasi_config_preopen_directory": (P, (P, Text, Text, c_uint32)),
    "wasi_config_preopen_memory_fs": (P, (P, P, Text, c_uint32)),
    "wasi_config_add_socket": (P, (P, c_int)),
    "wasi_config_keep_stats": (P, (P,)),
    "wasi_config_set_trace": (P, (P, c_int)),
    "memory_fs_new": (P, (c_uint64, Out)),
    "memory_fs_delete": (None, (P,)),
    "memory_fs_add_directory": (P, (P, Text)),
    "memory_fs_write_file": (P, (P, Text, Text, Size)),
    "memory_fs_file_length": (P, (P, Text, POINTER(c_uint64))),
    "memory_fs_read_file": (P, (P, Text, c_uint64, P, Size, OutSize)),
    "memory_fs_remove": (P, (P, Text)),
    "memory_fs_list": (P, (P, Text, MemoryFSVisitor, P)),
    "process_new": (P, (P, P, P, P, Out)),
    "process_delete": (P, (P,)),
    "process_run": (P, (P, POINTER(c_uint32))),
    "process_snapshot": (P, (P, Out)),
    "snapshot_process": (P, (P, P, P, Out)),
    "snapshot_delete": (None, (P,)),
    "process_run_as_library": (P, (P, POINTER(c_bool), POINTER(c_uint32))),
    "process_initialize": (P, (P,)),
    "process_call": (P, (P, Text, P, Size, P, Size)),
    "process_spawn": (P, (P, c_uint32, POINTER(c_uint32))),
    "process_join": (P, (P, c_uint32)),
    "process_wait": (P, (P,)),
    "process_end": (P, (P, Text)),
    "process_set_time_limit": (P, (P, c_uint64)),
    "process_outcome": (P, (P, POINTER(c_uint), POINTER(c_uint32), Out)),
    "process_read_output": (P, (P, c_uint, P, Size, OutSize)),
    "process_output_length": (P, (P, c_uint, OutSize)),
    "tag_new": (P, (P, Text, POINTER(c_uint), Size, Out)),
    "tag_delete": (None, (P,)),
    "tag_parameter_count": (Size, (P,)),
    "tag_parameter": (c_uint, (P, Size)),
    "linker_define_tag": (P, (P, Text, Text, P)),
    "process_tag": (P, (P, Text, Out)),
    "exception_new": (P, (P, P, Size, Out)),
    "exception_delete": (None, (P,)),
    "exception_is": (c_bool, (P, P)),
    "exception_value_count": (Size, (P,)),
    "exception_values": (P, (P, P, Size)),
    "error_exception": (P, (P, Out)),
    "error_from_exception": (P, (P,)),
    "memory_new": (P, (P, c_uint64, c_uint64, Out)),
    "memory_new_typed": (P, (P, c_uint64, c_uint64, c_uint64, c_bool, Out)),
    "memory_delete": (None, (P,)),
    "linker_define_memory": (P, (P, Text, Text, P)),
    "process_memory": (P, (P, Text, Out)),
    "process_memory_at": (P, (P, c_uint32, Out)),
    "process_imported_memory": (P, (P, Text, Text, Out)),
    "memory_data": (P, (P, Out, POINTER(c_uint64))),
    "memory_grow": (P, (P, c_uint64, POINTER(c_uint64))),
    "memory_read": (P, (P, c_uint64, P, Size)),
    "memory_write": (P, (P, c_uint64, P, Size)),
    "memory_read_string": (P, (P, c_uint64, P, Size, OutSize)),
    "memory_notify": (P, (P, c_uint64, c_uint32, POINTER(c_uint32))),
    "memory_wait32": (P, (P, c_uint64, c_uint32, c_int64, POINTER(c_uint))),
    "process_watch_threads": (P, (P, ThreadWatcher, P, Finalizer)),
    "process_threads": (P, (P, POINTER(ThreadInfo), Size, OutSize)),
    "process_name_thread": (P, (P, c_uint32, Text)),
    "process_set_limit": (P, (P, c_uint, c_uint64)),
    "process_set_cpu_limit": (P, (P, c_uint64)),
    "process_pause": (P, (P,)),
    "process_detect_deadlocks": (P, (P,)),
    "process_watch_races": (P, (P, RaceWatcher, P, Finalizer)),
    "process_race_count": (P, (P, POINTER(c_uint64))),
    "process_prepare_core_dump": (P, (P,)),
    "process_write_core_dump": (P, (P, Text, c_int)),
    "process_stats": (P, (P, POINTER(Stats))),
    "process_finish_trace": (P, (P,)),
    "process_resume": (P, (P,)),
    "process_attach": (P, (P, Out)),
    "thread_detach": (P, (P,)),
    "thread_move": (P, (P,)),
    "thread_id": (P, (P, POINTER(c_uint32))),
    "thread_call": (P, (P, Text, P, Size, P, Size)),
    "thread_function": (P, (P, Text, Out)),
    "thread_call_function": (P, (P, P, P, Size, P, Size)),
    "thread_native": (P, (P, Text, POINTER(NativeFunction))),
    "thread_take_error": (P, (P,)),
    "process_global": (P, (P, Text, P)),
    "process_set_global": (P, (P, Text, P)),
    "process_table_size": (P, (P, Text, POINTER(c_uint64))),
    "process_table_element": (P, (P, Text, c_uint64, P)),
    "process_set_table_element": (P, (P, Text, c_uint64, P)),
    "thread_global": (P, (P, Text, P)),
    "thread_set_global": (P, (P, Text, P)),
    "thread_table_size": (P, (P, Text, POINTER(c_uint64))),
    "thread_table_element": (P, (P, Text, c_uint64, P)),
    "thread_set_table_element": (P, (P, Text, c_uint64, P)),
    "host_thread_set_stack": (P, (P, Size)),
    "host_thread_keep_signals": (None, (c_bool,)),
}

# ---- The library ---------------------------------------------------------------------------------------

NAME = "libwasi-threads.so.0"


def _load() -> ctypes.CDLL:
    """The library of $WASI_THREADS_LIBRARY, or that of the wheel, or that of the system."""
    carried = pathlib.Path(__file__).with_name(NAME)
    path = os.environ.get("WASI_THREADS_LIBRARY") or (str(carried) if carried.exists() else NAME)
    try:
        # As a CDLL: other Python threads run while a call is under way.
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"The library {NAME} cannot be loaded: {error}. Install the package's wheel, install the "
            "library, or set WASI_THREADS_LIBRARY to its path."
        ) from None
    for name, (result, parameters) in FUNCTIONS.items():
        try:
            function = getattr(library, f"wasi_threads_{name}")
        except AttributeError:
            raise ImportError(f"The library {path} is too old: it has no wasi_threads_{name}.") from None
        function.restype = result
        function.argtypes = parameters
    return library


library = _load()

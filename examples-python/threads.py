#!/usr/bin/env python3
"""Runs a threaded WebAssembly program from Python, by ctypes only.

    threads.py [--limit SECONDS] MODULE [ARGUMENTS]

Prints what the guest wrote, and ends it where it takes longer than the limit. The library is found as
$WASI_THREADS_LIBRARY, as build/lib/libwasi-threads.so beside this script's folder, or by the loader.
"""

import argparse
import ctypes
import os
import pathlib
import sys

STDOUT = 1
ERROR_ENDED = 14

Handle = ctypes.c_void_p
Size = ctypes.c_size_t
Text = ctypes.c_char_p


def load_library():
    built = pathlib.Path(__file__).resolve().parent.parent / "build/lib/libwasi-threads.so"
    fallback = built if built.exists() else "libwasi-threads.so.0"
    return ctypes.CDLL(os.environ.get("WASI_THREADS_LIBRARY", str(fallback)))


library = load_library()


class GuestError(Exception):
    """An error of the library, with its kind."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def raise_error(error, function, arguments):
    """Turns the error that a call returned, if any, into an exception."""
    if error is None:
        return None
    kind = library.wasi_threads_error_kind(error)
    message = library.wasi_threads_error_message(error).decode()
    library.wasi_threads_error_delete(error)
    raise GuestError(kind, message)


def declare(name, *parameters, result=Handle, check=raise_error):
    """Tells ctypes the types of a function; by default it returns an error."""
    function = getattr(library, f"wasi_threads_{name}")
    function.argtypes = parameters
    function.restype = result
    if check is not None:
        function.errcheck = check
    return function


declare("error_kind", Handle, result=ctypes.c_uint, check=None)
declare("error_message", Handle, result=Text, check=None)
declare("error_delete", Handle, result=None, check=None)
engine_new = declare("engine_new", Handle, ctypes.POINTER(Handle))
engine_delete = declare("engine_delete", Handle, result=None, check=None)
module_new_from_file = declare("module_new_from_file", Handle, Text, ctypes.POINTER(Handle))
module_delete = declare("module_delete", Handle, result=None, check=None)
config_new = declare("wasi_config_new", check=None)
config_delete = declare("wasi_config_delete", Handle, result=None, check=None)
config_set_arguments = declare("wasi_config_set_arguments", Handle, ctypes.POINTER(Text), Size)
config_capture_output = declare("wasi_config_capture_output", Handle, ctypes.c_uint)
process_new = declare("process_new", Handle, Handle, Handle, Handle, ctypes.POINTER(Handle))
process_set_time_limit = declare("process_set_time_limit", Handle, ctypes.c_uint64)
process_run = declare("process_run", Handle, ctypes.POINTER(ctypes.c_uint32))
process_read_output = declare(
    "process_read_output", Handle, ctypes.c_uint, ctypes.c_char_p, Size, ctypes.POINTER(Size)
)
process_delete = declare("process_delete", Handle)


def made(function, *arguments):
    """The object that a `_new` function stores through its last parameter."""
    handle = Handle()
    function(*arguments, ctypes.byref(handle))
    return handle


def output(process):
    """All that the guest has written to its standard output and nobody has read."""
    chunks = []
    buffer = ctypes.create_string_buffer(65536)
    length = Size()
    while True:
        process_read_output(process, STDOUT, buffer, len(buffer), ctypes.byref(length))
        if length.value == 0:
            return b"".join(chunks)
        chunks.append(buffer.raw[: length.value])


def run(path, arguments, limit):
    """Runs a module; returns its exit status, or None where the limit ended it, and its output."""
    engine = made(engine_new, None)
    module = made(module_new_from_file, engine, os.fsencode(path))
    config = config_new()
    try:
        words = [os.fsencode(word) for word in (path, *arguments)]
        config_set_arguments(config, (Text * len(words))(*words), len(words))
        config_capture_output(config, STDOUT)
        process = made(process_new, engine, module, None, config)
        try:
            process_set_time_limit(process, int(limit * 1e9))
            status = ctypes.c_uint32()
            try:
                # ctypes lets other Python threads run meanwhile.
                process_run(process, ctypes.byref(status))
                return status.value, output(process)
            except GuestError as error:
                if error.kind != ERROR_ENDED:
                    raise
                return None, output(process)
        finally:
            process_delete(process)
    finally:
        config_delete(config)
        module_delete(module)
        engine_delete(engine)


def main():
    parser = argparse.ArgumentParser(description="Run a threaded WebAssembly program.")
    parser.add_argument("--limit", type=float, default=10, metavar="SECONDS")
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        status, text = run(options.module, options.arguments, options.limit)
    except GuestError as error:
        sys.exit(f"threads.py: {error}")
    sys.stdout.buffer.write(text)
    if status is None:
        sys.exit(f"threads.py: the guest was ended after {options.limit:g} seconds")
    sys.exit(status)


if __name__ == "__main__":
    main()

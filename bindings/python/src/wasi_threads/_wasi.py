"""What a guest is given: arguments, environment, streams, directories, sockets."""

from __future__ import annotations

import collections.abc
import ctypes
import enum
import os
import sys
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Protocol, Union

from . import _abi, _signals
from ._abi import library
from ._enumerations import Permissions, Stream
from ._errors import check
from ._objects import Object, Word, deleter, encoded, expect, made, path_bytes, report, whole

Path = Word


class HasDescriptor(Protocol):
    """A file, a pipe, a socket."""

    def fileno(self) -> int: ...


class Stdio(enum.Enum):
    """What a standard stream is connected to, beside files and functions."""

    NULL = "null"
    """Input is at its end, output is discarded."""
    INHERIT = "inherit"
    """The stream of this program of the same number."""
    CAPTURE = "capture"
    """Kept for `Process.read_output`."""


InputFunction = Callable[[int], bytes]
"""Gives up to so many bytes, b"" at the end."""
OutputFunction = Callable[[bytes], object]
"""Takes what was written."""

Input = Union[Stdio, bytes, int, HasDescriptor, InputFunction]
Output = Union[Stdio, int, HasDescriptor, OutputFunction]


class MemoryFS(Object):
    """Files and directories without a disk. Any thread may use one, while guests do too."""

    class Entry(NamedTuple):
        name: str
        is_directory: bool

    _name = "file system in memory"
    _delete = deleter("memory_fs")

    def __init__(self, limit: int) -> None:
        """`limit` bounds in bytes what it takes: contents, names, and some 256 for each file."""
        if not 0 <= whole(limit, "limit") < 1 << 64:
            raise ValueError(f"The limit cannot be {limit}.")
        self._owned = made(library.wasi_threads_memory_fs_new, limit)

    def add_directory(self, path: Path) -> None:
        """Makes a directory, and those that it stands in."""
        check(library.wasi_threads_memory_fs_add_directory(self._handle, path_bytes(path, "path")))

    def write(self, path: Path, content: bytes) -> None:
        """Makes a file, and the directories that it stands in, or replaces what it holds."""
        name = path_bytes(path, "path")
        check(library.wasi_threads_memory_fs_write_file(self._handle, name, content, len(content)))

    def read(self, path: Path) -> bytes:
        """What a file holds."""
        name = path_bytes(path, "path")
        length = ctypes.c_uint64()
        check(library.wasi_threads_memory_fs_file_length(self._handle, name, ctypes.byref(length)))
        content = bytearray()
        # A guest may write meanwhile: read until the end, wherever that is by then.
        capacity = max(length.value, 1)
        while True:
            buffer = ctypes.create_string_buffer(capacity)
            count = ctypes.c_size_t()
            check(
                library.wasi_threads_memory_fs_read_file(
                    self._handle, name, len(content), buffer, capacity, ctypes.byref(count)
                )
            )
            content += memoryview(buffer)[: count.value]
            if count.value < capacity or len(content) == length.value:
                return bytes(content)

    def remove(self, path: Path) -> None:
        """Removes a file, a symbolic link or an empty directory."""
        check(library.wasi_threads_memory_fs_remove(self._handle, path_bytes(path, "path")))

    def list(self, path: Path = "/") -> "list[MemoryFS.Entry]":
        """What is in a directory, in the order in which it was made."""
        entries: "list[MemoryFS.Entry]" = []

        def visit(_: Optional[int], name: bytes, is_directory: bool) -> None:
            entries.append(MemoryFS.Entry(os.fsdecode(name), is_directory))

        visitor = _abi.MemoryFSVisitor(visit)
        check(library.wasi_threads_memory_fs_list(self._handle, path_bytes(path, "path"), visitor, None))
        return entries


class WasiConfig(Object):
    """What processes are given. Without anything: no argument, no variable, no stream, no file.

    `environment` is a mapping, or True for this program's. One configuration may serve many processes, which
    keep their copy."""

    _name = "configuration"
    _delete = deleter("wasi_config")

    def __init__(
        self,
        *,
        arguments: Iterable[Path] = (),
        environment: Union[Mapping[str, str], bool] = False,
        stdin: Input = Stdio.NULL,
        stdout: Output = Stdio.NULL,
        stderr: Output = Stdio.NULL,
        directories: Optional[Mapping[str, Union[Path, MemoryFS]]] = None,
        permissions: Permissions = Permissions.READ_ONLY,
        stats: bool = False,
        trace: "Union[int, HasDescriptor, None]" = None,
    ) -> None:
        """`directories` are preopens by their name in the guest, all with these permissions. `stats` is for
        `Process.stats`; a timeline of the threads of a process, which Perfetto opens, goes to the file `trace`."""
        # What C code calls, and what has to stay open.
        self._keeps: list[Any] = []
        # What the streams are connected to, for `repr`.
        self._connected: "dict[Stream, str]" = {}
        self._owned = library.wasi_threads_wasi_config_new()
        if isinstance(arguments, (str, bytes)):
            raise TypeError(f"The arguments are a list, as [{arguments!r}], and no text.")
        for argument in arguments:
            word = encoded(argument, "argument")
            check(library.wasi_threads_wasi_config_add_argument(self._handle, word, len(word)))
        if environment is True:
            environment = dict(os.environ)
        expect(environment or {}, collections.abc.Mapping, "environment")
        expect(directories or {}, collections.abc.Mapping, "table of directories")
        for name, value in (environment or {}).items():
            self.set_environment(name, value)
        self.set_input(stdin)
        self.set_output(Stream.STDOUT, stdout)
        self.set_output(Stream.STDERR, stderr)
        for guest_path, source in (directories or {}).items():
            self.preopen(guest_path, source, permissions)
        if stats:
            check(library.wasi_threads_wasi_config_keep_stats(self._handle))
        if trace is not None:
            check(library.wasi_threads_wasi_config_set_trace(self._handle, self._descriptor(trace)))

    def _state(self) -> str:
        return ", ".join(f"{stream.name.lower()} {what}" for stream, what in sorted(self._connected.items()))

    def set_environment(self, name: str, value: str) -> None:
        """Sets a variable of the environment."""
        words = path_bytes(name, "variable"), path_bytes(value, "value")
        check(library.wasi_threads_wasi_config_set_environment(self._handle, *words))

    def set_input(self, source: Input) -> None:
        """Connects standard input to bytes, a file or its descriptor, or a function that is called with how
        many bytes it may return, on any guest thread, and returns b"" at the end."""
        if isinstance(source, bytes):
            self._connected[Stream.STDIN] = "bytes"
            check(library.wasi_threads_wasi_config_set_input(self._handle, source, len(source)))
        elif callable(source):
            callback = _input(source)
            check(
                library.wasi_threads_wasi_config_set_input_function(
                    self._handle, callback, None, _abi.Finalizer()
                )
            )
            self._keeps.append(callback)
            self._connected[Stream.STDIN] = "function"
        elif source is Stdio.CAPTURE:
            raise ValueError("Standard input cannot be captured.")
        else:
            self._connect(Stream.STDIN, source)

    def set_output(self, stream: Stream, target: Output) -> None:
        """Connects standard output or error to a file or its descriptor, or a function that is called with
        what was written, on any guest thread."""
        expect(stream, Stream, "stream")
        if callable(target):
            callback = _output(target)
            check(
                library.wasi_threads_wasi_config_set_output_function(
                    self._handle, stream, callback, None, _abi.Finalizer()
                )
            )
            self._keeps.append(callback)
            self._connected[stream] = "function"
        elif target is Stdio.CAPTURE:
            self._connected[stream] = "captured"
            check(library.wasi_threads_wasi_config_capture_output(self._handle, stream))
        else:
            self._connect(stream, target)

    def _connect(self, stream: Stream, target: Union[Stdio, int, HasDescriptor]) -> None:
        if target is Stdio.NULL:
            self._connected[stream] = "null"
            check(library.wasi_threads_wasi_config_set_stream_null(self._handle, stream))
        elif target is Stdio.INHERIT:
            # What Python has buffered comes first.
            for file in (sys.stdout, sys.stderr):
                if file is not None:
                    file.flush()
            self._connected[stream] = "inherited"
            check(library.wasi_threads_wasi_config_inherit_stream(self._handle, stream))
        else:
            assert not isinstance(target, Stdio)
            number = self._descriptor(target)
            self._connected[stream] = f"descriptor {number}"
            check(library.wasi_threads_wasi_config_set_stream_descriptor(self._handle, stream, number))

    def _descriptor(self, source: Union[int, HasDescriptor]) -> int:
        """The descriptor of a file, which is kept open for the processes that are made later."""
        if isinstance(source, int):
            return source
        if not hasattr(source, "fileno"):
            raise TypeError(
                f"{source!r} is no stream. Give a Stdio, a file, a descriptor, a function, or bytes to read."
            )
        self._keeps.append(source)
        return source.fileno()

    def preopen(
        self, guest_path: str, source: Union[Path, MemoryFS], permissions: Permissions = Permissions.READ_ONLY
    ) -> None:
        """Gives the guest a directory of the host, or the root of a file system in memory, as
        `guest_path`."""
        expect(permissions, Permissions, "set of permissions")
        name = path_bytes(guest_path, "path in the guest")
        if isinstance(source, MemoryFS):
            check(
                library.wasi_threads_wasi_config_preopen_memory_fs(
                    self._handle, source._handle, name, permissions
                )
            )
        else:
            check(
                library.wasi_threads_wasi_config_preopen_directory(
                    self._handle, path_bytes(source, "directory"), name, permissions
                )
            )

    def add_socket(self, socket: Union[int, HasDescriptor]) -> None:
        """Gives the guest a socket, listening or connected."""
        check(library.wasi_threads_wasi_config_add_socket(self._handle, self._descriptor(socket)))


def _input(function: InputFunction) -> Any:
    rest = b""

    def call(_: Optional[int], buffer: int, capacity: int) -> int:
        nonlocal rest
        try:
            data = rest or bytes(_signals.opened(function, capacity))
            # A function that gives more than was asked for is asked again later.
            rest = data[capacity:]
            ctypes.memmove(buffer, data, min(len(data), capacity))
            return min(len(data), capacity)
        except BaseException as exception:
            _signals.note(exception)
            report(exception)
            return ctypes.c_size_t(-1).value

    return _abi.InputFunction(call)


def _output(function: OutputFunction) -> Any:
    def call(_: Optional[int], data: int, length: int) -> bool:
        try:
            _signals.opened(function, ctypes.string_at(data, length))
            return True
        except BaseException as exception:
            _signals.note(exception)
            report(exception)
            return False

    return _abi.OutputFunction(call)

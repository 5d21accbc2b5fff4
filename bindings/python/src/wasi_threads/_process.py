"""Processes: how running programs are made."""

from __future__ import annotations

import weakref
from typing import Any, Optional, Union

from . import _abi, _host, _program
from ._abi import library
from ._engine import Engine, Module
from ._enumerations import Stream
from ._errors import MisuseError
from ._exports import signatures
from ._linker import Linker
from ._objects import Object, deleter, expect, made
from ._program import Program
from ._state import variables
from ._thread import Thread, attach
from ._wasi import WasiConfig

_CALLBACKS = (_abi.CallerFunction, _abi.InputFunction, _abi.OutputFunction)


class Snapshot(Object):
    """What the main instance of a process has between two calls: its memories, globals and tables. Give it to new
    processes in place of a module; it outlives the process that it is of."""

    _name = "snapshot"
    _delete = deleter("snapshot")

    def __init__(self, process: "Process") -> None:
        """Takes one. Raises MisuseError inside of a call and where other threads of the process live, and BusyError."""
        expect(process, Process, "process")
        self._module: Module = process._module
        self._owned = made(library.wasi_threads_process_snapshot, process._handle)

    def _state(self) -> str:
        return self._module._label


class Process(Program):
    """A program, with its memories, descriptors and threads. Any thread may use it.

    A guest runs on the thread that calls, and so do functions of the host that it calls. Ctrl-C, and any
    other signal of SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGALRM that has a handler in Python, ends the process
    that the main thread is inside; then the handler runs, and what it raises is raised by the call.
    `with` closes it: ends it, waits for its threads, and frees all that it had."""

    _module: Module

    def __init__(
        self,
        engine: Engine,
        module: "Union[Module, Snapshot]",
        linker: Optional[Linker] = None,
        config: Optional[WasiConfig] = None,
    ) -> None:
        """Instantiates the module, or that of a snapshot with what it has; no code of it runs yet. Raises LinkError,
        LimitError, SystemResourceError, FileError, and Trap where a segment does not fit."""
        expect(engine, Engine, "engine")
        snapshot = module if isinstance(module, Snapshot) else None
        if isinstance(module, Snapshot):
            module = module._module
        if not isinstance(module, Module):
            raise TypeError(f"{module!r} is no Module. Make one: Module(engine, path_or_bytes).")
        if linker is not None:
            expect(linker, Linker, "linker")
        if config is not None:
            expect(config, WasiConfig, "configuration")
        _program.prepare()
        # The lists themselves, so that what another thread adds meanwhile is held too.
        keeps: list[Any] = [linker and linker._keeps, config and config._keeps]
        if not _host.is_main_interpreter:
            _refuse_foreign_threads(module, keeps)
        self._keeps = keeps
        self._attached = {}
        self._failures = {}
        self._references = {}
        self._functions = signatures(module)
        self._own_variables = variables(module)
        self._label = module._label
        self._module = module
        streams = {} if config is None else config._connected
        self._is_silent = all(streams.get(stream, "null") == "null" for stream in (Stream.STDOUT, Stream.STDERR))
        given = linker and linker._handle, config and config._handle
        if snapshot is None:
            self._owned = made(library.wasi_threads_process_new, engine._handle, module._handle, *given)
        else:
            self._owned = made(library.wasi_threads_snapshot_process, snapshot._handle, *given)
        _program.live[self._owned] = weakref.ref(self)

    def attach(self) -> Thread:
        """Makes the calling host thread a thread of the process, with an instance, a TID, and where the guest
        exports what it takes a stack of its own, until it is detached:

            with process.attach() as thread:
                thread.exports.work(1)

        Several host threads call the guest in parallel so. Raises LimitError, ExportError,
        SystemResourceError, Trap, Ended, Exited, and MisuseError before `initialize` where the module has
        `_initialize`."""
        return Thread(self, attach(self, self._handle))


def _refuse_foreign_threads(module: Module, keeps: "list[Any]") -> None:
    """Threads that a guest spawns would call Python functions in the main interpreter, whatever defined them."""
    spawns = any((entry.module, entry.name) == ("wasi", "thread-spawn") for entry in module.imports)
    calls = any(isinstance(kept, _CALLBACKS) for group in keeps for kept in group or ())
    if spawns and calls:
        raise MisuseError(
            "In a subinterpreter, threads that a guest spawns cannot call Python functions, and this module "
            "imports thread-spawn. Use C functions, captured output and input from bytes, or the main interpreter."
        )

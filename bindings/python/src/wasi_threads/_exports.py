"""What a module exports, as callables of whatever has an instance of it: a process, or an attached thread."""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Callable, Iterator, Sequence

from ._engine import External, Module
from ._enumerations import ExternalKind
from ._errors import ExportError
from ._objects import Single, expect, text
from ._values import Codec, FunctionType, Scope


class Signature:
    """What a call of an export needs to know, found once for a module."""

    __slots__ = ("external", "name", "owner", "parameters", "results")

    def __init__(self, external: External) -> None:
        self.external = external
        self.name = text(external.name, "name of the export")
        self.owner = f"The export {external.name}, {external.type},"
        self.parameters = Codec(external.parameters)
        self.results = Codec(external.results)


def exchange(
    invoke: Callable[..., None],
    arguments: Sequence[Any],
    parameters: Codec,
    results: Codec,
    scope: Scope,
    owner: str,
) -> Any:
    """Calls the guest with Python values; `invoke` takes two arrays of values with their counts."""
    packed = parameters.pack(arguments, scope, owner)
    room = ctypes.create_string_buffer(results.size) if results.count else None
    invoke(packed, parameters.count, room, results.count)
    if room is None:
        return None
    values = results.unpack(room.raw, scope)
    return values[0] if results.count == 1 else tuple(values)


class ExportedFunction(Single):
    """A function that the module exports; calling it calls the guest."""

    __slots__ = ("_exporter", "_signature")

    def __init__(self, exporter: "Exporter", signature: Signature) -> None:
        self._exporter = exporter
        self._signature = signature

    @property
    def name(self) -> str:
        return self._signature.external.name

    @property
    def type(self) -> FunctionType:
        return self._signature.external.function_type

    def __repr__(self) -> str:
        return f"<export {self.name}: {self.type}>"

    def __call__(self, *arguments: Any) -> Any:
        """None, the result, or a tuple of several. As `call` of what exports it."""
        return self._exporter._call(self._signature, arguments)


class Exports(Single):
    """The functions that a module exports, as attributes and by name: `exports.add`, `exports["add"]`."""

    __slots__ = ("_exporter",)

    # The exporter holds none of this, so that it goes with its last reference.
    def __init__(self, exporter: "Exporter") -> None:
        self._exporter = exporter

    def __getitem__(self, name: str) -> ExportedFunction:
        return ExportedFunction(self._exporter, self._exporter._signature(name))

    def __getattr__(self, name: str) -> ExportedFunction:
        try:
            return self[name]
        except ExportError as error:
            raise AttributeError(error.message) from None

    def __repr__(self) -> str:
        return f"<wasi_threads.Exports: {', '.join(self)}>"

    def __contains__(self, name: object) -> bool:
        return name in self._exporter._signatures

    def __iter__(self) -> Iterator[str]:
        return iter(self._exporter._signatures)

    def __len__(self) -> int:
        return len(self._exporter._signatures)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]


def signatures(module: Module) -> "dict[str, Signature]":
    """The functions that a module exports, found once for all its processes. The library cannot be asked for a
    name that holds a NUL."""
    if module._signatures is None:
        module._signatures = {
            external.name: Signature(external)
            for external in module.exports
            if external.kind is ExternalKind.FUNCTION and "\0" not in external.name
        }
    return module._signatures


class Exporter(Single):
    """What has an instance whose exports can be called."""

    __slots__ = ()

    @property
    def _signatures(self) -> "dict[str, Signature]":
        raise NotImplementedError

    @property
    def _scope(self) -> Scope:
        raise NotImplementedError

    def _invoke(self, *arguments: Any) -> None:
        """Calls the guest: takes a name, and two arrays of values with their counts."""
        raise NotImplementedError

    @property
    def exports(self) -> Exports:
        """The functions that the module exports, as attributes and by name."""
        return Exports(self)

    def call(self, name: str, *arguments: Any) -> Any:
        """Calls an exported function; returns None, the result, or a tuple of several. Raises `TypeError` and
        `OverflowError` for arguments of another type, ExportError, Trap, Ended, Exited and MisuseError; where
        the module has one instance for all callers, BusyError while another thread is inside a call."""
        return self._call(self._signature(name), arguments)

    def _signature(self, name: str) -> Signature:
        try:
            return self._signatures[name]
        except KeyError:
            expect(name, str, "name of the export")
            raise ExportError(f"The module exports no function {name}.") from None

    def _call(self, signature: Signature, arguments: Sequence[Any]) -> Any:
        invoke = functools.partial(self._invoke, signature.name)
        return exchange(
            invoke, arguments, signature.parameters, signature.results, self._scope, signature.owner
        )

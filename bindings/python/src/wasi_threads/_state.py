"""Exported globals and tables of whatever has an instance: a process, or an attached thread.

What holds: each thread has globals and tables of its own; nothing of the guest runs when one is looked at.
"""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Iterator, NamedTuple

from ._engine import Module
from ._enumerations import ExternalKind
from ._errors import ExportError, check
from ._exports import Exporter
from ._objects import Single, expect, text, whole
from ._values import Codec, counted


class Variable:
    """What reading and writing an exported global or table needs to know, found once for a module."""

    __slots__ = ("codec", "is_table", "name", "owner")

    def __init__(self, name: str, type: str, codec: Codec, is_table: bool) -> None:
        self.name = text(name, "name of the export")
        self.owner = f"The export {name}, {type},"
        self.codec = codec
        self.is_table = is_table


def variables(module: Module) -> "dict[str, Variable]":
    """The globals and tables that a module exports."""
    if module._variables is None:
        module._variables = {
            external.name: Variable(
                external.name, external.type, Codec(external.results), external.kind is ExternalKind.TABLE
            )
            for external in module.exports
            if external.kind in (ExternalKind.GLOBAL, ExternalKind.TABLE) and "\0" not in external.name
        }
    return module._variables


class Accessors(NamedTuple):
    """The functions of the library that look at globals and tables of one kind of holder."""

    get_global: Callable[..., Any]
    set_global: Callable[..., Any]
    table_size: Callable[..., Any]
    get_element: Callable[..., Any]
    set_element: Callable[..., Any]


class Holder(Exporter):
    """What has an instance of its own, whose globals and tables can be looked at."""

    __slots__ = ()

    # The functions of the library that look at it.
    _accessors: Accessors

    @property
    def _handle(self) -> int:
        raise NotImplementedError

    @property
    def _known_variables(self) -> "dict[str, Variable]":
        raise NotImplementedError

    @property
    def globals(self) -> "Globals":
        """The globals that the module exports, by name: `globals["counter"] = 5`. They are this instance's own.
        Raises ExportError, ValueTypeError for one that does not change, and BusyError while another thread is
        inside a call of the process."""
        return Globals(self)

    def table(self, name: str) -> "Table":
        """An exported table, as a sequence of references. Raises ExportError."""
        return Table(self, self._variable(name, is_table=True))

    def _variable(self, name: str, *, is_table: bool) -> Variable:
        expect(name, str, "name of the export")
        variable = self._known_variables.get(name)
        if variable is None or variable.is_table != is_table:
            raise ExportError(f"The module exports no {'table' if is_table else 'global'} {name}.")
        return variable

    def _get(self, function: Callable[..., Any], variable: Variable, *index: int) -> Any:
        room = ctypes.create_string_buffer(variable.codec.size)
        check(function(self._handle, variable.name, *index, room))
        return variable.codec.unpack(room.raw, self._scope)[0]

    def _set(self, function: Callable[..., Any], variable: Variable, *words: Any) -> None:
        *index, value = words
        packed = variable.codec.pack([value], self._scope, variable.owner)
        check(function(self._handle, variable.name, *index, packed))


class Globals(Single):
    """Exported globals by name."""

    __slots__ = ("_holder",)

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def __getitem__(self, name: str) -> Any:
        return self._holder._get(self._holder._accessors.get_global, self._holder._variable(name, is_table=False))

    def __setitem__(self, name: str, value: Any) -> None:
        variable = self._holder._variable(name, is_table=False)
        self._holder._set(self._holder._accessors.set_global, variable, value)

    def __iter__(self) -> Iterator[str]:
        return (name for name, variable in self._holder._known_variables.items() if not variable.is_table)

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<wasi_threads.Globals: {', '.join(self)}>"


class Table(Single):
    """An exported table: references by index, which is checked."""

    __slots__ = ("_holder", "_variable")

    def __init__(self, holder: Holder, variable: Variable) -> None:
        self._holder = holder
        self._variable = variable

    def __len__(self) -> int:
        size = ctypes.c_uint64()
        check(self._holder._accessors.table_size(self._holder._handle, self._variable.name, ctypes.byref(size)))
        return size.value

    def _index(self, index: int) -> int:
        place, size = whole(index, "index"), len(self)
        if not -size <= place < size:
            raise IndexError(f"The table has {counted(size, 'element')}, and none of the index {index}.")
        return place % size

    def __getitem__(self, index: int) -> Any:
        return self._holder._get(self._holder._accessors.get_element, self._variable, self._index(index))

    def __setitem__(self, index: int, value: Any) -> None:
        self._holder._set(self._holder._accessors.set_element, self._variable, self._index(index), value)

    def __repr__(self) -> str:
        return f"<wasi_threads.Table: {self._variable.owner.rstrip(',')}>"

"""Values between Python and guests, and the types that Python functions state for them.

i32 and i64 are Python integers: what comes from a guest is signed, and what goes to one may be signed or
unsigned, since WebAssembly's integers have no sign. f32 and f64 are floats. A v128 is 16 bytes, and any buffer of
as many goes to a guest. None is the null reference. An externref is any Python object.
"""

from __future__ import annotations

import ctypes
import struct
import typing
from typing import Annotated, Any, Callable, NamedTuple, Optional, Sequence, Tuple

from ._abi import Value
from ._enumerations import ValueKind
from ._objects import Single

i32 = Annotated[int, ValueKind.I32]
i64 = Annotated[int, ValueKind.I64]
f32 = Annotated[float, ValueKind.F32]
f64 = Annotated[float, ValueKind.F64]
externref = Annotated[Any, ValueKind.EXTERNREF]
v128 = Annotated[bytes, ValueKind.V128]


class Scope:
    """Where references are good: externrefs in a process, funcrefs in the instance of one of its threads."""

    __slots__ = ("_objects", "_thread")

    def __init__(self, objects: "dict[int, Any]", thread: int) -> None:
        self._objects = objects
        self._thread = thread

    def is_same(self, other: Optional[Scope]) -> bool:
        return other is not None and other._objects is self._objects and other._thread == self._thread

    def reference(self, value: Any) -> int:
        """The externref that stands for an object, which lives as long as the process from now on."""
        if isinstance(value, ctypes.c_void_p):
            return value.value or 0
        self._objects[id(value)] = value
        return id(value)

    def referent(self, address: int) -> Any:
        """The object behind an externref; one that C code made is a c_void_p."""
        return self._objects.get(address, ctypes.c_void_p(address))


class FuncRef(Single):
    """A function of a guest, to be handed back to the thread that gave it: that of `Process.call`, or an
    attached one."""

    __slots__ = ("_address", "_scope")

    def __init__(self, address: int, scope: Scope) -> None:
        self._address = address
        self._scope = scope

    def address_in(self, scope: Optional[Scope], owner: str) -> int:
        """What the guest knows it by."""
        # The library does not look at what a function of the host returns: it would be called.
        if not self._scope.is_same(scope):
            raise TypeError(f"{owner} has a funcref of another process or thread.")
        return self._address


funcref = Annotated[Optional[FuncRef], ValueKind.FUNCREF]


def counted(count: int, word: str) -> str:
    """A number with the word for what it counts."""
    return f"{count} {word}{'' if count == 1 else 's'}"


class FunctionType(NamedTuple):
    """The parameters and results of a function."""

    parameters: tuple[ValueKind, ...]
    results: tuple[ValueKind, ...]

    def __str__(self) -> str:
        parameters, results = (" ".join(kind.name.lower() for kind in kinds) for kinds in self)
        return f"func ({parameters}) -> ({results})"


# How one value lies in memory: kind, padding, and a union of sixteen bytes. The array is aligned to sixteen
# too, since all that Python allocates is.
_LAYOUTS = {
    ValueKind.I32: "i12xi12x",
    ValueKind.I64: "i12xq8x",
    ValueKind.F32: "i12xf12x",
    ValueKind.F64: "i12xd8x",
    ValueKind.FUNCREF: "i12xQ8x",
    ValueKind.EXTERNREF: "i12xQ8x",
    ValueKind.V128: "i12x16s",
}
_BITS = {ValueKind.I32: 32, ValueKind.I64: 64}


class Codec:
    """Turns Python values into an array of `Value` of these kinds, and back."""

    def __init__(self, kinds: Sequence[ValueKind]) -> None:
        self.kinds = tuple(kinds)
        self.count = len(self.kinds)
        self.has_references = ValueKind.EXTERNREF in kinds or ValueKind.FUNCREF in kinds
        self._struct = struct.Struct("=" + "".join(_LAYOUTS[kind] for kind in self.kinds))
        self.size = self._struct.size
        assert self.size == ctypes.sizeof(Value) * self.count

    def pack(self, values: Sequence[Any], scope: Optional[Scope], owner: str) -> bytes:
        """The bytes of the array. `owner` is what messages call the function."""
        if len(values) != self.count:
            raise TypeError(f"{owner} has {counted(self.count, 'value')}, not {len(values)}.")
        fields: list[Any] = []
        for kind, value in zip(self.kinds, values):
            fields.append(kind)
            fields.append(_field(kind, value, scope, owner))
        return self._struct.pack(*fields)

    def unpack(self, data: bytes, scope: Optional[Scope]) -> list[Any]:
        fields = self._struct.unpack(data)[1::2]
        if not self.has_references:
            return list(fields)
        assert scope is not None
        return [_from_field(kind, field, scope) for kind, field in zip(self.kinds, fields)]


def _field(kind: ValueKind, value: Any, scope: Optional[Scope], owner: str) -> Any:
    """What `struct` packs for a value, or why it is none of that kind."""
    if kind in _BITS:
        bits = _BITS[kind]
        if not isinstance(value, int):
            raise TypeError(f"{owner} has a value of the type {kind.name.lower()}; {value!r} is no int.")
        if not -(1 << (bits - 1)) <= value < 1 << bits:
            raise OverflowError(
                f"{owner} has a value of the type {kind.name.lower()}; {value} is out of range."
            )
        return value - (1 << bits) if value >= 1 << (bits - 1) else value
    if kind in (ValueKind.F32, ValueKind.F64):
        if not isinstance(value, (int, float)):
            raise TypeError(f"{owner} has a value of the type {kind.name.lower()}; {value!r} is no float.")
        # As the processor rounds: a float that is too large for f32 becomes infinite.
        return ctypes.c_float(value).value if kind is ValueKind.F32 else float(value)
    if kind is ValueKind.V128:
        lanes = bytes(memoryview(value)) if _is_buffer(value) else b""
        if len(lanes) != 16:
            raise TypeError(f"{owner} has a value of the type v128; {value!r} is no buffer of 16 bytes.")
        return lanes
    if value is None:
        return 0
    if kind is ValueKind.FUNCREF:
        if not isinstance(value, FuncRef):
            raise TypeError(f"{owner} has a value of the type funcref; {value!r} is no FuncRef.")
        return value.address_in(scope, owner)
    assert scope is not None
    return scope.reference(value)


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


def _from_field(kind: ValueKind, field: Any, scope: Scope) -> Any:
    if kind is ValueKind.FUNCREF:
        return FuncRef(field, scope) if field else None
    if kind is ValueKind.EXTERNREF:
        return scope.referent(field) if field else None
    return field


# ---- Types that functions state ------------------------------------------------------------------------

_PLAIN = {int: ValueKind.I32, bool: ValueKind.I32, float: ValueKind.F64, FuncRef: ValueKind.FUNCREF}


def _kind(hint: Any, owner: str) -> ValueKind:
    if isinstance(hint, ValueKind):
        return hint
    for note in getattr(hint, "__metadata__", ()):
        if isinstance(note, ValueKind):
            return note
    if hint in _PLAIN:
        return _PLAIN[hint]
    raise TypeError(
        f"{owner} is annotated with {hint!r}, which stands for no type of WebAssembly. Use i32, i64, f32, "
        "f64, v128, funcref or externref of wasi_threads; int is i32, and float is f64."
    )


def stated_type(parameters: Sequence[Any], results: Sequence[Any], owner: str) -> FunctionType:
    """The type of lists of kinds, or of the hints that stand for them."""
    return FunctionType(
        tuple(_kind(hint, f"A parameter of {owner}") for hint in parameters),
        tuple(_kind(hint, f"A result of {owner}") for hint in results),
    )


def _results(hint: Any, owner: str) -> tuple[ValueKind, ...]:
    if hint is None or hint is type(None):
        return ()
    if typing.get_origin(hint) in (tuple, Tuple):
        return tuple(_kind(item, f"A result of {owner}") for item in typing.get_args(hint))
    return (_kind(hint, f"The result of {owner}"),)


def function_type(function: Callable[..., Any], caller: type) -> tuple[FunctionType, bool]:
    """The type that a function's hints state, and whether its first parameter is a `caller`."""
    code = getattr(function, "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"The type hints of {name} cannot be read: {error}. State parameters and results."
        ) from None
    if code is None or code.co_flags & 0x0C or code.co_kwonlyargcount:
        raise TypeError(f"{name} has no fixed positional parameters. State parameters and results.")
    names = code.co_varnames[: code.co_argcount]
    if hasattr(function, "__self__"):
        names = names[1:]
    for parameter in (*names, "return"):
        if parameter not in hints:
            raise TypeError(
                f"{name} has no type hint for {parameter}. Add it, or state parameters and results."
            )
    wants_caller = bool(names) and hints[names[0]] is caller
    kinds = tuple(
        _kind(hints[parameter], f"The parameter {parameter} of {name}") for parameter in names[wants_caller:]
    )
    return FunctionType(kinds, _results(hints["return"], name)), wants_caller

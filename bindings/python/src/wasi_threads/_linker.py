"""Linkers: functions of the host, written in Python.

What holds: nothing that a function raises passes through the library; it becomes an error there, and the
process remembers the exception. What C code calls lives as long as the linker and every process made with it.
"""

from __future__ import annotations

import ctypes
import traceback
import weakref
from ctypes import c_uint
from typing import Any, Callable, Iterable, NamedTuple, Optional, Sequence, TypeVar, Union

from . import _abi, _signals
from ._abi import library
from ._engine import Engine, Module
from ._enumerations import ValueKind
from ._errors import MisuseError, check, new_error, read
from ._exceptions import Tag, thrown
from ._exports import Exporter, Signature
from ._memory import Memory
from ._objects import Object, deleter, expect, made, text
from ._program import Program, find
from ._values import Codec, FunctionType, Scope, counted, function_type, stated_type

Function = TypeVar("Function", bound=Callable[..., Any])


class _Environment:
    """Stands for an object of Python's where C has an address."""

    __slots__ = ("__weakref__", "object")

    def __init__(self, object: Any) -> None:
        self.object = object

    @property
    def address(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(id(self))


# By their address, while a linker or a process keeps them.
_environments: "weakref.WeakValueDictionary[int, _Environment]" = weakref.WeakValueDictionary()


def _environment(value: Any) -> "tuple[Optional[ctypes.c_void_p], Any]":
    """What C is given for an environment, and what is to be kept for as long as it may be."""
    if value is None or isinstance(value, ctypes.c_void_p):
        return value, value
    environment = _Environment(value)
    _environments[id(environment)] = environment
    return environment.address, environment


class Caller(Exporter):
    """The call of a host function that is under way. It ends when the function returns. Its exports are those
    of the calling instance: they are called on the same thread, and may call the host in turn."""

    __slots__ = ("_has_failed", "_pointer")

    def __init__(self, pointer: int) -> None:
        self._pointer: Optional[int] = pointer
        self._has_failed = False

    @classmethod
    def from_address(cls, address: int) -> "Caller":
        """The caller that a function of a `CFUNCTYPE` was given as its `wasi_threads_caller_t *`, a c_void_p.
        It must not be used after that function returned."""
        return cls(address)

    @property
    def _handle(self) -> int:
        if self._pointer is None:
            raise MisuseError("The caller is used after its host function returned.")
        return self._pointer

    @property
    def thread(self) -> int:
        """The TID of the calling thread; 0 for the one that runs `_start` or a call of the embedder."""
        thread = ctypes.c_uint32()
        check(library.wasi_threads_caller_thread(self._handle, ctypes.byref(thread)))
        return thread.value

    @property
    def process(self) -> Program:
        """The process of the calling thread. It may be ended; what waits for its threads refuses."""
        process = ctypes.c_void_p()
        check(library.wasi_threads_caller_process(self._handle, ctypes.byref(process)))
        assert process.value is not None
        return find(process.value)

    @property
    def environment(self) -> Any:
        """What the function was defined with as its `environment` or `attachment`, or None."""
        address = ctypes.c_void_p()
        check(library.wasi_threads_caller_environment(self._handle, ctypes.byref(address)))
        if address.value is None:
            return None
        environment = _environments.get(address.value)
        return address if environment is None else environment.object

    def fail(self, error: Union[str, BaseException]) -> None:
        """Lets the calling thread trap when the function returns, with this message, or with this exception,
        its traceback and its cause; what it returns does not count then. Of two errors the first counts. For
        functions that C calls, which cannot raise."""
        made = new_error(error) if isinstance(error, str) else _failure(self, error)
        check(library.wasi_threads_caller_fail(self._handle, made))
        self._has_failed = True

    @property
    def _signatures(self) -> "dict[str, Signature]":
        return self.process._signatures

    @property
    def _scope(self) -> Scope:
        return Scope(self.process._references, self.thread)

    def _invoke(self, *arguments: Any) -> None:
        pointer = library.wasi_threads_caller_call(self._handle, *arguments)
        if pointer is not None:
            raise self.process._explained(read(pointer))

    def read(self, address: int, length: int) -> bytes:
        """A copy of bytes of the memory of the calling instance. Raises MisuseError where they are not wholly
        inside it."""
        return ctypes.string_at(self._place(address, length), length)

    def write(self, address: int, data: bytes) -> None:
        """Writes to the memory of the calling instance, with the error of `read`."""
        ctypes.memmove(self._place(address, len(data)), data, len(data))

    def _place(self, address: int, length: int) -> int:
        """Where bytes of the guest are in this program. Addresses of a guest are unsigned."""
        base, size = ctypes.c_void_p(), ctypes.c_uint64()
        check(library.wasi_threads_caller_memory(self._handle, ctypes.byref(base), ctypes.byref(size)))
        address &= 0xFFFF_FFFF
        if length < 0 or address + length > size.value:
            raise MisuseError(
                f"The memory of {counted(size.value, 'byte')} does not have {counted(length, 'byte')} at {address}."
            )
        return (base.value or 0) + address


class NativeSymbol(NamedTuple):
    """A C function by its name and the letters of its type, as in a table for WAMR: "(ii*~)i"."""

    symbol: str
    function: Any
    """Of a `ctypes.CDLL` or of a `CFUNCTYPE`. Its first parameter, which has no letter, is the caller."""
    signature: str
    attachment: Any = None
    """What `Caller.environment` gives."""


class Linker(Object):
    """Functions, memories and tags of the host by import name, for the modules of one engine."""

    _name = "linker"
    _delete = deleter("linker")

    def __init__(self, engine: Engine) -> None:
        expect(engine, Engine, "engine")
        self._keeps: list[Any] = []
        self._names: list[str] = []
        self._owned = made(library.wasi_threads_linker_new, engine._handle)

    def _state(self) -> str:
        return ", ".join(self._names)

    def function(
        self, module: str, name: str, environment: Any = None
    ) -> Callable[[Function], Function]:
        """Decorates the function that an import stands for; its type hints are the import's type:

            @linker.function("env", "scale")
            def scale(x: f64, n: i32) -> f64: ...

        Plain `int` is i32 and plain `float` is f64; None is no result and a tuple several. A first parameter
        annotated with `Caller` is not of the type. All guest threads call it, at the same time too."""

        def define(function: Function) -> Function:
            self.define(module, name, function, environment=environment)
            return function

        return define

    def define(
        self,
        module: str,
        name: str,
        function: Callable[..., Any],
        parameters: Optional[Sequence[Any]] = None,
        results: Optional[Sequence[Any]] = None,
        environment: Any = None,
    ) -> None:
        """Defines an import as `function`, of the type that its hints state, or of that given here, as hints
        or kinds: then it is called with these parameters only. Processes that exist already do not see the
        definition. `environment` is what `Caller.environment` gives."""
        if not callable(function):
            raise TypeError(f"The function for {module}.{name} is {function!r}, which cannot be called.")
        wants_caller = False
        if parameters is None and results is None:
            type, wants_caller = function_type(function, Caller)
        else:
            type = stated_type(parameters or (), results or (), f"{module}.{name}")
        callback = _callback(function, type, wants_caller, f"{module}.{name}")
        address, kept = _environment(environment)
        check(
            library.wasi_threads_linker_define_with_caller(
                self._handle,
                text(module, "module"),
                text(name, "name"),
                (c_uint * len(type.parameters))(*type.parameters),
                len(type.parameters),
                (c_uint * len(type.results))(*type.results),
                len(type.results),
                callback,
                address,
                _abi.Finalizer(),
            )
        )
        self._keeps += [callback, kept]
        self._names.append(f"{module}.{name}")

    def define_native(
        self,
        module: str,
        name: str,
        prototype: str,
        function: Any,
        environment: Any = None,
    ) -> None:
        """Defines an import as a C function with a C prototype: a function of a `ctypes.CDLL`, or an instance
        of a `CFUNCTYPE`. Guests call it without Python in between, so it is trusted to be what the prototype
        says; the header says what prototypes there are. `environment` is what it gets as its `void *`: a
        c_void_p, or any object, of which C sees an address and `Caller.environment` gives the object."""
        words = text(module, "module"), text(name, "name"), text(prototype, "prototype")
        address = ctypes.cast(_c_function(function), _abi.NativeFunction)
        given, kept = _environment(environment)
        check(
            library.wasi_threads_linker_define_native(
                self._handle, *words, address, given, _abi.Finalizer()
            )
        )
        self._keeps += [function, kept]
        self._names.append(f"{module}.{name}")

    def define_symbols(self, module: str, symbols: Iterable[NativeSymbol]) -> None:
        """Defines C functions by the letters of their types, as imports of one module: all, or where one of
        them is refused none. The header has the letters at `wasi_threads_native_symbol_t`. The functions are
        trusted to be what these say."""
        entries = [NativeSymbol(*symbol) for symbol in symbols]
        table = (_abi.NativeSymbol * len(entries))()
        keeps: list[Any] = []
        for row, entry in zip(table, entries):
            row.symbol = text(entry.symbol, "symbol")
            row.function = ctypes.cast(_c_function(entry.function), ctypes.c_void_p)
            row.signature = text(entry.signature, "signature")
            row.attachment, kept = _environment(entry.attachment)
            keeps += [entry.function, kept]
        name = text(module, "module")
        check(library.wasi_threads_linker_define_symbols(self._handle, name, table, len(entries)))
        self._keeps += keeps
        self._names += [f"{module}.{entry.symbol}" for entry in entries]

    def define_library(
        self,
        module: Module,
        library_of_host: Optional[ctypes.CDLL],
        declarations: str,
        import_module: Optional[str] = None,
    ) -> int:
        """Defines each function that `module` imports, from any module or from this one, that a loaded
        library has and that `declarations`, in C, declares; returns how many. None is the program with its
        libraries."""
        expect(module, Module, "module")
        if library_of_host is not None:
            expect(library_of_host, ctypes.CDLL, "library")
        count = ctypes.c_size_t()
        check(
            library.wasi_threads_linker_define_library(
                self._handle,
                module._handle,
                None if import_module is None else text(import_module, "module"),
                None if library_of_host is None else library_of_host._handle,
                text(declarations, "declarations"),
                ctypes.byref(count),
            )
        )
        self._keeps.append(library_of_host)
        self._names.append(f"{counted(count.value, 'function')} of {library_of_host and library_of_host._name}")
        return count.value

    def define_memory(self, module: str, name: str, memory: Memory) -> None:
        """Defines an import as a shared memory, which all processes made with the linker share."""
        expect(memory, Memory, "memory")
        words = text(module, "module"), text(name, "name")
        check(library.wasi_threads_linker_define_memory(self._handle, *words, memory._owned))
        self._names.append(f"{module}.{name}")

    def define_tag(self, module: str, name: str, tag: Tag) -> None:
        """Defines an import as a tag, which is the same one in all processes made with the linker."""
        words = text(module, "module"), text(name, "name")
        check(library.wasi_threads_linker_define_tag(self._handle, *words, tag._handle))


def _c_function(function: Any) -> Any:
    """A C function, or its address. ctypes would make one of anything that has a place in memory."""
    if function is None or isinstance(function, (_abi.CFunction, ctypes.c_void_p)):
        return function
    raise TypeError(
        f"{function!r} is no C function. Give one of a ctypes.CDLL, an instance of a CFUNCTYPE, or its "
        "address as a c_void_p; a function of Python is for Linker.define."
    )


def _callback(function: Callable[..., Any], type: FunctionType, wants_caller: bool, name: str) -> Any:
    """What the library calls for `function`. Runs on any guest thread."""
    parameters = Codec(type.parameters)
    results = Codec(type.results)
    has_references = parameters.has_references or results.has_references
    is_single = results.count == 1
    owner = f"the host function {name} of the type {type}"

    def call(_: Optional[int], pointer: int, arguments: Optional[int], room: Optional[int]) -> Optional[int]:
        caller = Caller(pointer)
        try:
            scope = caller._scope if has_references else None
            data = ctypes.string_at(arguments or 0, parameters.size) if parameters.count else b""
            values = parameters.unpack(data, scope)
            if wants_caller:
                values.insert(0, caller)
            result = _signals.opened(function, *values)
            if caller._has_failed:
                return None
            if is_single:
                result = (result,)
            elif result is None and results.count == 0:
                result = ()
            elif not isinstance(result, (tuple, list)):
                raise TypeError(f"{owner} returned {result!r}, which is not {counted(results.count, 'result')}.")
            if results.count or result:
                packed = results.pack(result, scope, f"The result of {owner}")
                ctypes.memmove(room or 0, packed, results.size)
            return None
        except BaseException as exception:
            if caller._has_failed:
                return None
            if exception.__traceback__ is not None:
                # The first frame is this one.
                exception.__traceback__ = exception.__traceback__.tb_next or exception.__traceback__
            return _failure(caller, exception)
        finally:
            caller._pointer = None

    return _abi.CallerFunction(call)


def _failure(caller: Caller, exception: BaseException) -> int:
    """The error that a host function returns for what it raised, which its process is told of; a guest's exception
    goes on in the guest."""
    guests = thrown(exception)
    if guests is not None:
        return guests._as_error()
    _signals.note(exception)
    try:
        caller.process._failures.setdefault(caller.thread, exception)
    except Exception:
        # Nobody refers to the process any more, so nobody will ask.
        pass
    try:
        lines = traceback.format_exception(type(exception), exception, exception.__traceback__)
        return new_error("".join(lines).rstrip())
    except BaseException:
        # An exception that cannot be printed, or no memory to do so: the guest thread traps all the same.
        return new_error(f"A host function raised {type(exception).__name__}.")


def native_type(prototype: str) -> str:
    """Which WebAssembly type a C function with this prototype has: `func (i32 f64) -> (f64)`. Raises
    MisuseError with the column where it is not understood."""
    words = text(prototype, "prototype")
    length = ctypes.c_size_t()
    check(library.wasi_threads_native_type(words, None, 0, ctypes.byref(length)))
    buffer = ctypes.create_string_buffer(length.value + 1)
    check(library.wasi_threads_native_type(words, buffer, len(buffer), ctypes.byref(length)))
    return buffer.value.decode()


class DeclaredFunction(NamedTuple):
    """A function that a text of C declares."""

    name: str
    type: Optional[str]
    """Which WebAssembly type it has; None where it cannot be called."""
    refusal: Optional[str]
    """Where in the text and why it cannot be called."""


def native_functions(declarations: str) -> "list[DeclaredFunction]":
    """All functions that a text of C declares: what `Linker.define_library` can define of it, and why not the rest. A
    header is given as the preprocessor makes it (`cc -E`). Of two typedefs with the same name the first counts: one in
    front of the header says what a type is for guests, as `typedef externref gzFile;`."""
    found: list[DeclaredFunction] = []

    def visit(_: Any, name: bytes, type: Optional[bytes], refusal: Optional[bytes]) -> None:
        decoded = [None if words is None else words.decode() for words in (type, refusal)]
        found.append(DeclaredFunction(name.decode(), *decoded))

    words = text(declarations, "declarations")
    check(library.wasi_threads_native_functions(words, _abi.NativeVisitor(visit), None))
    return found

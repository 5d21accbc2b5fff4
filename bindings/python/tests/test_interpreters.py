"""Which Python a guest runs in: the thread that called, subinterpreters, and what cannot go to another process."""

from __future__ import annotations

import ast
import copy
import enum
import inspect
import os
import pathlib
import pickle
import shutil
import sqlite3
import subprocess
import threading
from typing import Any, Callable, Iterator

import pytest
from conftest import PATIENCE, assemble, guest

import wasi_threads
from wasi_threads import (
    Caller,
    Engine,
    Linker,
    Memory,
    MemoryFS,
    Module,
    Process,
    Snapshot,
    Stdio,
    Tag,
    ThreadFunction,
    WasiConfig,
    _objects,
    i32,
)

PACKAGE = pathlib.Path(wasi_threads.__file__).parent
CALLING = '(module (import "env" "f" (func $f (param i32) (result i32))) (func (export "go") (param i32) ' + (
    '(result i32) (call $f (local.get 0))) (table (export "functions") 1 funcref))'
)


# ---- The thread that called ----------------------------------------------------------------------------


def on_a_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(PATIENCE)


@pytest.mark.parametrize("run", [lambda function: function(), on_a_thread], ids=["main", "other"])
@pytest.mark.parametrize("attached", [False, True])
def test_a_function_of_the_host_runs_on_the_thread_that_called(
    engine: Engine, run: "Callable[[Callable[[], object]], None]", attached: bool
) -> None:
    """So what belongs to a thread works in it: thread-locals, connections of sqlite3, toolkits with windows."""
    seen: "list[object]" = []
    local = threading.local()

    def call() -> None:
        local.value = 7
        database = sqlite3.connect(":memory:")
        linker = Linker(engine)

        @linker.function("env", "f")
        def f(a: i32) -> i32:
            row = database.execute("select 5").fetchone()
            seen.append(threading.get_ident())
            return a + local.value + int(row[0])

        with Process(engine, Module(engine, assemble(CALLING)), linker) as process:
            process.initialize()
            if attached:
                with process.attach() as thread:
                    seen.append(thread.exports.go(30))
            else:
                seen.append(process.exports.go(30))
        seen.append(threading.get_ident())

    run(call)
    first, result, second = seen
    assert (first, result) == (second, 42)


def test_streams_of_the_program_are_called_on_the_thread_that_called(engine: Engine) -> None:
    seen: "set[int]" = set()
    config = WasiConfig(stdout=lambda data: seen.add(threading.get_ident()))
    with Process(engine, Module(engine, guest("hello")), config=config) as process:
        process.run()
    assert seen == {threading.get_ident()}


# ---- Copies --------------------------------------------------------------------------------------------


@pytest.fixture
def handles(engine: Engine) -> Iterator["list[Any]"]:
    linker = Linker(engine)
    callers: "list[Caller]" = []

    def f(caller: Caller, a: i32) -> i32:
        callers.append(caller)
        return a

    linker.define("env", "f", f)
    config = WasiConfig(stdout=Stdio.CAPTURE)
    with Process(engine, Module(engine, assemble(CALLING)), linker, config) as process:
        process.exports.go(1)
        snapshot = Snapshot(process)
        with process.attach() as thread:
            function = thread.function("go")
            yield [snapshot, engine, Module(engine, assemble(CALLING)), linker, config, MemoryFS(100), process, thread,
                   Memory(engine, 1, 1), callers[0], process.exports, process.exports.go, function,
                   process.globals, process.table("functions"), Tag(engine, "tag", [i32])]


def test_handles_cannot_be_copied_or_pickled(handles: "list[Any]") -> None:
    """A copy would delete what the first one uses."""
    for handle in handles:
        for make in (copy.copy, copy.deepcopy, pickle.dumps, lambda it: pickle.dumps(it, 0)):
            with pytest.raises(TypeError, match=f"^A {type(handle).__name__} cannot be copied or pickled"):
                make(handle)


def test_every_public_class_that_stands_for_something_is_a_single_one(handles: "list[Any]") -> None:
    copied = (BaseException, enum.Enum, tuple)
    classes = {
        value for value in vars(wasi_threads).values() if inspect.isclass(value) and not issubclass(value, copied)
    }
    assert all(issubclass(value, _objects.Single) for value in classes)
    # And the test above has an object of each.
    covered = {base for handle in handles for base in type(handle).__mro__}
    # One of a callback exists inside of a C function only, which `test_native` looks at.
    assert classes <= covered | {ThreadFunction, wasi_threads.Callback}


def test_errors_can_be_pickled(engine: Engine) -> None:
    with pytest.raises(wasi_threads.MalformedError) as caught:
        Module(engine, b"no module")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (type(error), str(error)) == (type(caught.value), str(caught.value))
    assert error.module_offset == caught.value.module_offset


# ---- Modules -------------------------------------------------------------------------------------------


def test_modules_form_no_circle() -> None:
    """Wherever an import stands: in a function and for types only, too."""
    imports: "dict[str, set[str]]" = {}
    for path in PACKAGE.glob("_*.py"):
        names: "set[str]" = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                names |= {node.module} if node.module else {alias.name for alias in node.names}
        imports[path.stem] = names
    left = dict(imports)
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


# ---- Subinterpreters -----------------------------------------------------------------------------------

SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
# ctypes of Python 3.12 is for interpreters that share the lock.
options = {"isolated": False} if sys.version_info[:2] == (3, 12) else {}
made = interpreters.create(**options)
failed = interpreters.run_string(made, CODE)
interpreters.destroy(made)
print("destroyed" if failed is None else failed)
"""
CODE = """if True:
    import sys
    sys.path[:0] = [PATH]
    from wasi_threads import *
    engine = Engine()
    linker = Linker(engine)

    @linker.function("env", "f")
    def f(a: i32) -> i32:
        print("host", a, flush=True)
        return a + 1

    with Process(engine, Module(engine, sys.argv[1]), linker) as process:
        process.initialize()
        print(process.exports.go(5), flush=True)
        with process.attach() as thread:
            print(thread.exports.go(7), flush=True)
    # Nobody refers to it any more, and there is no thread to delete it.
    process = Process(engine, Module(engine, sys.argv[1]), linker)
    del process
    try:
        Process(engine, Module(engine, sys.argv[2]), linker)
    except MisuseError as error:
        print(error, flush=True)
"""


def python(version: str) -> str:
    """A Python of that version, or the reason why its test is left out."""
    installed = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    found = [str(path) for path in installed] or [shutil.which(f"python{version}") or ""]
    if not found[0]:
        pytest.skip(f"Python {version} is not installed")
    words = [found[0], "-c", "import ctypes, _xxsubinterpreters" if version < "3.13" else "import _interpreters"]
    if subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip(f"Python {version} has no subinterpreters here")
    return found[0]


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_a_subinterpreter_ends_after_it_has_run_guests(version: str, tmp_path: pathlib.Path) -> None:
    calling = tmp_path / "calling.wasm"
    calling.write_bytes(assemble(CALLING))
    code = CODE.replace("PATH", repr(str(PACKAGE.parent)))
    words = [python(version), "-c", SUBINTERPRETER.replace("CODE", repr(code)), str(calling), str(guest("states"))]
    result = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ), timeout=PATIENCE)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [*lines[:4], lines[-1]] == ["host 5", "6", "host 7", "8", "destroyed"]
    assert lines[4].startswith("In a subinterpreter, threads that a guest spawns cannot call Python functions")

"""What objects and errors look like where somebody prints them, and what wrong arguments are called."""

from __future__ import annotations

import pickle
import traceback
import typing
from typing import Any, Callable

import pytest
from conftest import PRIMES, guest, script

import wasi_threads
from wasi_threads import (
    Engine,
    Error,
    FileError,
    Linker,
    Memory,
    MemoryFS,
    Module,
    Process,
    Stdio,
    Tier,
    WasiConfig,
    _engine,
    i32,
    tier_available,
    validate,
)

Make = Callable[[str], Module]


def test_the_state_of_a_process(engine: Engine, module: Make) -> None:
    process = Process(engine, Module(engine, PRIMES))
    assert repr(process) == f"<wasi_threads.Process of {PRIMES}: alive, 0 threads, output discarded>"
    process.run()
    assert repr(process) == f"<wasi_threads.Process of {PRIMES}: returned, output discarded>"
    process.close()
    assert repr(process) == f"<wasi_threads.Process of {PRIMES}: closed>"
    with Process(engine, module("exit"), config=WasiConfig(stdout=Stdio.CAPTURE)) as process:
        process.run()
        assert repr(process).endswith("exit.wasm: exited with 42>")
    with Process(engine, Module(engine, guest("trap").read_bytes())) as process:
        with pytest.raises(Error):
            process.run()
        assert repr(process) == "<wasi_threads.Process: trapped, output discarded>"
    with Process(engine, module("reactor"), config=WasiConfig(stderr=Stdio.CAPTURE)) as process:
        process.initialize()
        with process.attach() as thread:
            inside = repr(thread)
            assert inside.startswith("<wasi_threads.Thread ") and "alive, 1 thread>" in inside
        assert "detached" in repr(thread)
        process.end("enough")
        assert repr(process).endswith("ended>")
        assert repr(process.exports).startswith("<wasi_threads.Exports: ") and "add" in repr(process.exports)


def test_other_objects(engine: Engine) -> None:
    module = Module(engine, PRIMES)
    assert repr(module) == f"<wasi_threads.Module: {PRIMES}>"
    linker = Linker(engine)
    linker.define("env", "f", lambda: None, [], [])
    memory = Memory(engine, 2, 4)
    linker.define_memory("env", "memory", memory)
    assert repr(linker) == "<wasi_threads.Linker: env.f, env.memory>"
    assert repr(memory) == "<wasi_threads.Memory: 2 pages>"
    config = WasiConfig(stdout=Stdio.CAPTURE, stdin=b"x")
    assert repr(config) == "<wasi_threads.WasiConfig: stdin bytes, stdout captured, stderr null>"
    for thing in (module, linker, config):
        thing.close()
        assert repr(thing) == f"<wasi_threads.{type(thing).__name__}: closed>"
    assert repr(engine) == "<wasi_threads.Engine>"
    assert repr(MemoryFS(1 << 20)) == "<wasi_threads.MemoryFS>"


def test_exceptions_are_called_what_except_is_written_with() -> None:
    errors = [getattr(wasi_threads, name) for name in wasi_threads.__all__]
    errors = [value for value in errors if isinstance(value, type) and issubclass(value, Error)]
    assert len(errors) > 15
    for error in errors:
        (line,) = traceback.format_exception_only(error, error("a message"))
        assert line == f"wasi_threads.{error.__name__}: a message\n"
        # What looks up types and pickles by that name finds them.
        typing.get_type_hints(error)
        assert pickle.loads(pickle.dumps(error("a message"))).message == "a message"


def test_files_that_cannot_be_read_are_errors_of_the_system(engine: Engine) -> None:
    for call in (lambda: Module(engine, "nowhere.wasm"), lambda: MemoryFS(1 << 20).read("/nowhere")):
        with pytest.raises(OSError) as raised:
            call()
        assert isinstance(raised.value, FileError) and str(raised.value) == raised.value.message
    with pytest.raises(OSError, match="nowhere"):
        Process(engine, Module(engine, PRIMES), config=WasiConfig(directories={"/": "/nowhere"}))


def test_exports_are_asked_for_once(engine: Engine, monkeypatch: "pytest.MonkeyPatch") -> None:
    asked = []
    function = _engine.library.wasi_threads_module_exports
    monkeypatch.setattr(
        _engine.library, "wasi_threads_module_exports", lambda *words: asked.append(1) or function(*words)
    )
    module = Module(engine, PRIMES)
    for _ in range(3):
        with Process(engine, module):
            assert module.exports == module.exports and module.exports is not module.exports
    assert len(asked) == 1


WRONG: "list[tuple[str, Callable[[Any], object]]]" = [
    ("The limit threads is 'x', which is no int", lambda p: Engine(threads=p.x)),
    ("The limit memory_pages is 1.5, which is no int", lambda p: Engine(memory_pages=1.5)),
    ("The tier is 'x', which is no Tier", lambda p: Engine(tier=p.x)),
    ("The features are a list, as", lambda p: Engine(without="simd")),
    ("The feature is 5", lambda p: Engine(without=[5])),
    ("The cache is 5, which is no str, bytes or path", lambda p: Engine(cache=5)),
    ("The engine is 'x', which is no Engine", lambda p: Module(p.x, b"")),
    ("The module is 5, which is no str, bytes or path", lambda p: Module(p.engine, 5)),
    ("The engine is 'x', which is no Engine", lambda p: Module.from_compiled(p.x, b"")),
    ("The engine is 'x', which is no Engine", lambda p: validate(p.x, b"")),
    ("The module is 'x', which is no bytes", lambda p: validate(p.engine, p.x)),
    ("The engine is 'x', which is no Engine", lambda p: Linker(p.x)),
    ("The engine is 'x', which is no Engine", lambda p: Memory(p.x, 1, 1)),
    ("The offset or number of pages is 'x'", lambda p: Memory(p.engine, p.x, 1)),
    ("The engine is 'x', which is no Engine", lambda p: Process(p.x, p.module)),
    ("The linker is 'x', which is no Linker", lambda p: Process(p.engine, p.module, p.x)),
    ("The configuration is 'x', which is no WasiConfig", lambda p: Process(p.engine, p.module, None, p.x)),
    ("The module is 5, which is no str", lambda p: p.linker.define(5, "f", abs, [i32], [])),
    ("The function for a.f is 'x', which cannot be called", lambda p: p.linker.define("a", "f", p.x, [], [])),
    ("The memory is 'x', which is no Memory", lambda p: p.linker.define_memory("a", "m", p.x)),
    ("The module is 'x', which is no Module", lambda p: p.linker.define_library(p.x, None, "")),
    ("The library is 'x', which is no CDLL", lambda p: p.linker.define_library(p.module, p.x, "")),
    ("The argument is 5, which is no str", lambda p: WasiConfig(arguments=[5])),
    ("The environment is \\['x'\\], which is no Mapping", lambda p: WasiConfig(environment=[p.x])),
    ("The table of directories is \\['x'\\]", lambda p: WasiConfig(directories=[p.x])),
    ("The directory is 5, which is no str", lambda p: WasiConfig(directories={"/": 5})),
    ("The set of permissions is 'x'", lambda p: WasiConfig(directories={"/": "."}, permissions=p.x)),
    ("The stream is 1, which is no Stream", lambda p: WasiConfig().set_output(1, p.x)),
    ("The variable is 5, which is no str", lambda p: WasiConfig(environment={5: "x"})),
    ("The limit is 'x', which is no int", lambda p: MemoryFS(p.x)),
    ("The start argument is 'x', which is no int", lambda p: p.process.spawn(p.x)),
    ("The TID is 'x', which is no int", lambda p: p.process.join(p.x)),
    ("The reason is 5, which is no str", lambda p: p.process.end(5)),
    ("The limit is 'x', which is no number of seconds", lambda p: p.process.set_time_limit(p.x)),
    ("The limit threads is 'x', which is no int", lambda p: p.process.set_limit(threads=p.x)),
    ("The watcher is 'x', which cannot be called", lambda p: p.process.watch_threads(p.x)),
    ("The name of the export is 5, which is no str", lambda p: p.process.call(5)),
    ("The name of the export is 5, which is no str", lambda p: p.process.exports[5]),
    ("The number of bytes is 'x', which is no int", lambda p: p.process.memory().read(0, p.x)),
]


class Things:
    x: Any = "x"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.linker = Linker(engine)
        self.module = Module(engine, PRIMES)
        self.process = Process(engine, self.module)


@pytest.mark.parametrize("words, call", WRONG)
def test_arguments_of_the_wrong_kind_are_named(engine: Engine, words: str, call: "Callable[[Things], object]") -> None:
    things = Things(engine)
    with things.process:
        with pytest.raises(TypeError, match=words):
            call(things)
        # Nothing was harmed.
        assert things.process.run() == 0


def test_faulthandler_as_the_readme_has_it() -> None:
    """Enabled first, it says nothing of faults that are a guest's, and all of those that are not."""
    if not tier_available(Tier.COMPILED)[0]:
        pytest.skip("LLVM is not installed, so no guest faults")
    code = """
import faulthandler, sys
faulthandler.enable()
from wasi_threads import Engine, Module, Process, Tier, Trap
engine = Engine(tier=Tier.COMPILED)
for _ in range(3):
    try:
        with Process(engine, Module(engine, sys.argv[1])) as process:
            process.run()
    except Trap as trap:
        print(trap.code.name)
sys.stdout.flush()
if len(sys.argv) > 2:
    import ctypes
    ctypes.string_at(8)
"""
    result = script(code, guest("trap"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "MEMORY_OUT_OF_BOUNDS\n" * 3, "")
    result = script(code, guest("trap"), "crash")
    assert result.returncode < 0 and result.stdout == "MEMORY_OUT_OF_BOUNDS\n" * 3
    assert "Fatal Python error: Segmentation fault" in result.stderr and "string_at" in result.stderr

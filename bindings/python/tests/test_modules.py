"""Engines and modules: limits, descriptions, and what is wrong with bytes."""

from __future__ import annotations

import pathlib
from typing import Callable

import pytest
from conftest import guest

import wasi_threads
from wasi_threads import Engine, ErrorKind, ExternalKind, Module, Process, Tier, ValueKind, tier_available

Make = Callable[[str], Module]


def test_version() -> None:
    assert wasi_threads.__version__.count(".") == 2


def test_imports_and_exports(module: Make) -> None:
    reactor = module("reactor")
    (spawn,) = reactor.imports
    assert (spawn.module, spawn.name, spawn.type) == ("wasi", "thread-spawn", "func (i32) -> (i32)")
    exports = {export.name: export for export in reactor.exports}
    assert exports["swap"].parameters == (ValueKind.I64, ValueKind.F64)
    memory = exports["memory"]
    assert (memory.kind, memory.minimum, memory.maximum) == (ExternalKind.MEMORY, 1, 1)
    assert memory.is_shared and memory.module is None
    assert exports["table"].maximum is None


def test_from_bytes_and_from_a_path(engine: Engine) -> None:
    path = guest("nothing")
    for source in (path, str(path), path.read_bytes()):
        with Module(engine, source) as module:
            assert module.imports == []


def test_bytes_that_are_no_module(engine: Engine) -> None:
    with pytest.raises(wasi_threads.MalformedError) as raised:
        Module(engine, b"\0asm\1\0\0\0\x01")
    assert raised.value.kind is ErrorKind.MALFORMED
    assert raised.value.module_offset == 9
    with pytest.raises(wasi_threads.InvalidError):
        # A function that is to return an i32 and returns nothing.
        wasi_threads.validate(engine, b"\0asm\1\0\0\0\x01\5\1\x60\0\1\x7f\3\2\1\0\n\4\1\2\0\x0b")


def test_a_file_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(wasi_threads.FileError, match="no-such-file"):
        Module(engine, "/no-such-file")


def test_a_limit_out_of_its_range() -> None:
    with pytest.raises(wasi_threads.LimitError):
        Engine(threads=1 << 40)
    with pytest.raises(ValueError, match="descriptors"):
        Engine(descriptors=-1)


def test_a_closed_engine_is_named() -> None:
    engine = Engine()
    engine.close()
    assert engine.closed
    with pytest.raises(wasi_threads.MisuseError, match="The engine is closed."):
        Module(engine, b"")


def test_tiers() -> None:
    assert tier_available(Tier.INTERPRETER)[0]
    is_available, description = tier_available(Tier.COMPILED)
    assert description
    with (
        Engine(tier=Tier.INTERPRETER) as engine,
        Process(engine, Module(engine, guest("reactor"))) as process,
    ):
        assert process.exports.add(1, 2) == 3
    if not is_available:
        with Engine(tier=Tier.COMPILED) as engine, pytest.raises(wasi_threads.CompilerError):
            Module(engine, guest("reactor"))


def test_compiled_modules(engine: Engine, tmp_path: pathlib.Path) -> None:
    module = Module(engine, guest("reactor"))
    if not tier_available(Tier.COMPILED)[0]:
        with pytest.raises(wasi_threads.CompilerError):
            module.compile()
        pytest.skip(tier_available(Tier.COMPILED)[1])
    data = module.compile()
    path = tmp_path / "compiled"
    module.compile_to_file(path)
    for source in (data, path, str(path)):
        with Process(engine, Module.from_compiled(engine, source)) as process:
            assert process.exports.add(1, 2) == 3
    with pytest.raises(wasi_threads.MalformedError):
        Module.from_compiled(engine, data[:-1])
    with pytest.raises(wasi_threads.FileError):
        module.compile_to_file(tmp_path)


def test_a_cache(tmp_path: pathlib.Path) -> None:
    with Engine(cache=tmp_path / "cache", cache_bytes=1 << 20) as engine:
        with Process(engine, Module(engine, guest("reactor"))) as process:
            assert process.exports.add(1, 2) == 3
    with pytest.raises(ValueError, match="NUL"):
        Engine(cache="a\0b")

"""Memories: views of the guest's own bytes, growth, bounds, and memories that processes share."""

from __future__ import annotations

import gc
import sys
import threading
from typing import Callable, List

import pytest

from wasi_threads import (
    Caller,
    Engine,
    ExportError,
    LimitError,
    Linker,
    LinkError,
    Memory,
    MisuseError,
    Module,
    Process,
    WaitResult,
    i32,
)

Make = Callable[[str], Module]

# A shared memory of its own, from one to ten pages.
GUEST = """(module
  (memory (export "memory") 1 10 shared)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"""

# One that it imports.
IMPORTS = """(module
  (import "env" "memory" (memory 1 4 shared))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 60000000000))))"""


@pytest.fixture
def process(engine: Engine, module: Make) -> Process:
    return Process(engine, module(GUEST))


def test_a_view_looks_at_the_bytes_of_the_guest(process: Process) -> None:
    memory = process.memory("memory")
    view = memoryview(memory)
    assert (view.format, view.itemsize, view.readonly, len(view)) == ("B", 1, False, Memory.PAGE)
    process.exports.store(8, 0x04030201)
    assert bytes(view[8:12]) == b"\1\2\3\4" == bytes(memory[8:12]) and memory[8] == 1
    view[8] = 0xFF
    memory[9] = 0xFF
    memory[10:12] = b"\0\0"
    assert process.exports.load(8) == 0xFFFF
    assert memory.view().cast("I")[2] == 0xFFFF


def test_growth_needs_a_new_view_and_old_ones_stay_good(process: Process) -> None:
    memory = process.memory()
    old = memoryview(memory)
    assert process.exports.grow(2) == 1
    assert memory.grow(1) == 3
    assert len(memory) == 4 * Memory.PAGE == len(memory.view()) == len(memoryview(process.memory()))
    assert len(old) == Memory.PAGE
    if sys.version_info >= (3, 12):
        assert len(memoryview(memory)) == 4 * Memory.PAGE
    old[0] = 7
    assert memory.view()[0] == 7
    memory.view()[3 * Memory.PAGE] = 9
    assert process.exports.load(3 * Memory.PAGE) == 9
    with pytest.raises(LimitError):
        memory.grow(7)
    assert len(memory) == 4 * Memory.PAGE


def test_a_view_outlives_its_process(process: Process) -> None:
    process.exports.store(0, 5)
    view = memoryview(process.memory())
    part = process.memory().view()[:4]
    process.close()
    gc.collect()
    assert view[0] == 5 and bytes(part) == b"\5\0\0\0"


def test_numpy(process: Process) -> None:
    numpy = pytest.importorskip("numpy")
    memory = process.memory()
    numbers = numpy.frombuffer(memory, dtype="<u4", count=16, offset=64)
    process.exports.store(68, 42)
    assert numbers[1] == 42
    numbers[2] = 43
    assert process.exports.load(72) == 43
    whole = numpy.asarray(memory.view())
    assert whole.shape == (Memory.PAGE,) and whole.dtype == numpy.uint8
    process.close()
    assert numbers[1] == 42


def test_copies_are_checked(process: Process) -> None:
    memory = process.memory()
    memory.write(Memory.PAGE - 4, b"text")
    assert memory.read(Memory.PAGE - 4, 4) == b"text"
    assert memory.read(Memory.PAGE, 0) == b""
    for wrong in (
        lambda: memory.write(Memory.PAGE - 3, b"text"),
        lambda: memory.read(Memory.PAGE - 3, 4),
        lambda: memory.read(1 << 63, 1),
        lambda: memory.read(0, 1 << 62),
        lambda: memory.read(0, -1),
    ):
        with pytest.raises(MisuseError):
            wrong()
    for wrong in (lambda: memory.read(-1, 1), lambda: memory.write(1 << 64, b""), lambda: memory.grow(-1)):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(IndexError):
        memory[Memory.PAGE]


def test_strings(process: Process) -> None:
    memory = process.memory()
    memory.write(16, "wörd".encode() + b"\0")
    assert memory.read_string(16) == "wörd".encode()
    with pytest.raises(LimitError):
        memory.read_string(16, 3)
    memory.write(Memory.PAGE - 2, b"ab")
    with pytest.raises(MisuseError):
        memory.read_string(Memory.PAGE - 2)


def test_names_of_memories(engine: Engine, module: Make, process: Process) -> None:
    with pytest.raises(ExportError):
        process.memory("load")
    with pytest.raises(ExportError):
        process.imported_memory("env", "memory")
    with Process(engine, module("nothing")) as other, pytest.raises(ExportError):
        other.memory()


def test_a_memory_of_the_host_is_shared_by_processes(engine: Engine, module: Make) -> None:
    memory = Memory(engine, 1, 4)
    linker = Linker(engine)
    linker.define_memory("env", "memory", memory)
    imports = module(IMPORTS)
    with Process(engine, imports, linker) as one, Process(engine, imports, linker) as two:
        memory.write(64, b"\1")
        assert one.exports.load(64) == two.exports.load(64) == 1
        assert one.imported_memory("env", "memory").read(64, 1) == b"\1"
        waiting = threading.Thread(target=two.exports.wait)
        waiting.start()
        # Only passes when it waits.
        while memory.notify(0) == 0:
            pass
        waiting.join()
    assert memory.read(64, 1) == b"\1"
    assert memory.wait32(64, 0, 60) is WaitResult.NOT_EQUAL
    assert memory.wait32(64, 1, 0.001) is WaitResult.TIMED_OUT
    with pytest.raises(MisuseError):
        memory.notify(1)


def test_a_memory_of_another_type(engine: Engine, module: Make) -> None:
    linker = Linker(engine)
    linker.define_memory("env", "memory", Memory(engine, 1, 10))
    with pytest.raises(LinkError, match="memory"):
        Process(engine, module(IMPORTS), linker)
    with pytest.raises(MisuseError):
        Memory(engine, 3, 2)


def test_a_caller_reads_and_writes(engine: Engine, module: Make) -> None:
    text = """(module
      (import "env" "upper" (func $upper (param i32 i32)))
      (memory (export "memory") 1)
      (data (i32.const 32) "text")
      (func (export "run") (param i32 i32) (call $upper (local.get 0) (local.get 1))))"""
    linker = Linker(engine)
    raised: List[BaseException] = []

    @linker.function("env", "upper")
    def upper(caller: Caller, address: i32, length: i32) -> None:
        try:
            caller.write(address, caller.read(address, length).upper())
        except MisuseError as error:
            raised.append(error)

    with Process(engine, module(text), linker) as process:
        process.exports.run(32, 4)
        assert process.memory().read(32, 4) == b"TEXT"
        for address, length in [(Memory.PAGE - 3, 4), (2**32 - 1, 1), (0, -1)]:
            process.exports.run(address, length)
        assert len(raised) == 3 and "The memory of 65536 bytes does not have" in str(raised[0])


def test_kinds_of_memories(engine: Engine, module: Make) -> None:
    wide, small = Memory(engine, 1, 16, is_64=True), Memory(engine, 5, 1000, page_size=1)
    linker = Linker(engine)
    linker.define_memory("env", "wide", wide)
    linker.define_memory("env", "bytes", small)
    kinds = module("memories")
    described = {described.name: described for described in kinds.imports + kinds.exports}
    assert described["wide"].is_64 and described["wide"].page_size == Memory.PAGE
    assert not described["bytes"].is_64 and described["bytes"].page_size == 1
    assert described["table"].is_64 and described["table"].page_size == 0
    with Process(engine, kinds, linker) as process:
        assert small.grow(3) == 5 and len(small) == 8
        small.write(7, b"\7")
        assert process.exports.byte(7) == 7
        assert process.exports.grow(2) == 0 and len(process.memory(2)) == 2 * Memory.PAGE
        process.memory("plain").write(1, b"\1")
        assert process.memory(3).read(1, 1) == b"\1"
        for number in (4, -1, 1 << 32):
            with pytest.raises(ExportError):
                process.memory(number)
    with pytest.raises(MisuseError):
        Memory(engine, 1, 1, page_size=2)

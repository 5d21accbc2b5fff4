"""A reader of core dumps, as the tool conventions say, that takes nothing which they do not allow.

https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md
"""

import dataclasses
import struct


@dataclasses.dataclass
class Frame:
    instance: int
    function: int
    offset: int
    locals: list
    operands: list


@dataclasses.dataclass
class Dump:
    program: str = ""
    modules: list = dataclasses.field(default_factory=list)
    # (module, memories, globals) of each.
    instances: list = dataclasses.field(default_factory=list)
    # (name, frames) of each.
    threads: list = dataclasses.field(default_factory=list)
    outcome: str = ""
    # (flags, pages) of each, and what is not zero.
    memories: list = dataclasses.field(default_factory=list)
    globals: list = dataclasses.field(default_factory=list)
    data: list = dataclasses.field(default_factory=list)

    def read(self, memory, address, count):
        """Bytes of a memory: those of the data, and zeros elsewhere."""
        found = bytearray(count)
        for number, start, contents in self.data:
            if number == memory:
                for index in range(max(start, address), min(start + len(contents), address + count)):
                    found[index - address] = contents[index - start]
        return bytes(found)


class Reader:
    def __init__(self, contents):
        self.contents, self.at = contents, 0

    @property
    def is_at_end(self):
        return self.at == len(self.contents)

    def take(self, count):
        assert self.at + count <= len(self.contents), "it ends in the middle of something"
        self.at += count
        return self.contents[self.at - count:self.at]

    def byte(self):
        return self.take(1)[0]

    def unsigned(self, bits=32):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                assert value < 1 << bits
                return value

    def signed(self, bits):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                value -= (byte >> 6 & 1) << shift
                assert -(1 << bits - 1) <= value < 1 << bits - 1
                return value

    def name(self):
        return self.take(self.unsigned()).decode()

    def vector(self, read):
        return [read() for _ in range(self.unsigned())]

    def zero(self):
        assert self.byte() == 0

    def value(self):
        kind = self.byte()
        if kind == 1:
            return None
        return {
            0x7F: lambda: self.signed(32), 0x7E: lambda: self.signed(64),
            0x7D: lambda: struct.unpack("<f", self.take(4))[0], 0x7C: lambda: struct.unpack("<d", self.take(8))[0],
        }[kind]()

    def constant(self):
        opcode = self.byte()
        value = {
            0x41: lambda: self.signed(32), 0x42: lambda: self.signed(64),
            0x43: lambda: struct.unpack("<f", self.take(4))[0], 0x44: lambda: struct.unpack("<d", self.take(8))[0],
            0xFD: lambda: (self.unsigned(), self.take(16))[1], 0xD0: lambda: (self.byte(), None)[1],
        }[opcode]()
        assert self.byte() == 0x0B
        return value

    def frame(self):
        self.zero()
        return Frame(
            self.unsigned(), self.unsigned(), self.unsigned(), self.vector(self.value), self.vector(self.value))


def _custom(dump, reader):
    name = reader.name()
    if name == "core":
        reader.zero()
        dump.program = reader.name()
    elif name == "coremodules":
        dump.modules = reader.vector(lambda: (reader.zero(), reader.name())[1])
    elif name == "coreinstances":
        dump.instances = reader.vector(lambda: (
            reader.zero(), reader.unsigned(), reader.vector(reader.unsigned), reader.vector(reader.unsigned))[1:])
    elif name == "corestack":
        reader.zero()
        dump.threads.append((reader.name(), reader.vector(reader.frame)))
    else:
        assert name == "wasi-threads.outcome", name
        dump.outcome = reader.take(len(reader.contents) - reader.at).decode()


def _memory(reader):
    flags = reader.byte()
    pages = reader.unsigned(64)
    if flags & 1:
        reader.unsigned(64)
    return flags, pages


def _segment(reader):
    kind = reader.unsigned()
    assert kind in (0, 2)
    return reader.unsigned() if kind == 2 else 0, reader.constant(), reader.take(reader.unsigned())


def parse(contents):
    reader, dump, last = Reader(contents), Dump(), 0
    assert reader.take(8) == b"\0asm\1\0\0\0"
    while not reader.is_at_end:
        kind = reader.byte()
        section = Reader(reader.take(reader.unsigned()))
        if kind == 0:
            _custom(dump, section)
        else:
            assert kind > last, "the sections are out of order"
            last = kind
            if kind == 5:
                dump.memories = section.vector(lambda: _memory(section))
            elif kind == 6:
                dump.globals = section.vector(lambda: (section.byte(), section.zero(), section.constant())[2])
            else:
                assert kind == 11, kind
                dump.data = section.vector(lambda: _segment(section))
        assert section.is_at_end, f"bytes are left in the section {kind}"
    return dump

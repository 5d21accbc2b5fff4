// What the polyfill has to know of a module before it is compiled, and what it changes in it.
//
// JavaScript tells neither the limits of a memory nor the type of a function, and gives each instance that
// defines a memory one of its own. So the sections are read here, and three things are changed, none of which
// a guest can see: a memory that is defined becomes one that is imported, each memory becomes shared (the
// thread that answers calls of WASI writes to it), and the start function becomes an export, so that a spawn
// waits for no code of the guest.
// https://webassembly.github.io/spec/core/binary/modules.html

export const memoryImport = ["wasi-threads", "memory"];
export const startExport = "wasi-threads start";

const sections = { type: 1, import: 2, function: 3, memory: 5, export: 7, start: 8, code: 10 };
const maximumPages = 65536;
const utf8 = new TextDecoder();

/** A cursor over bytes. Throws a RangeError at the end, and where a number is too long. */
class Reader {
  constructor(bytes, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get isAtEnd() {
    return this.position >= this.end;
  }

  byte() {
    if (this.isAtEnd) throw new RangeError("the module ends too early");
    return this.bytes[this.position++];
  }

  /** An unsigned LEB128 number that JavaScript holds exactly. */
  number() {
    let value = 0;
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError("a number is too long");
  }

  take(count) {
    if (count > this.end - this.position) throw new RangeError("the module ends too early");
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  name() {
    return utf8.decode(this.take(this.number()));
  }

  list(element) {
    return Array.from({ length: Math.min(this.number(), this.end) }, () => element(this));
  }

  valueType() {
    const type = this.byte();
    // A reference to a heap type, which follows as a number.
    return type === 0x63 || type === 0x64 ? `ref ${this.number()}` : type;
  }

  limits() {
    const flags = this.byte();
    const initial = this.number();
    const maximum = flags & 1 ? this.number() : undefined;
    return { initial, maximum, shared: (flags & 2) !== 0, is64: (flags & 4) !== 0, isOther: flags > 7 };
  }
}

function readTypes(reader) {
  const types = [];
  for (let count = reader.number(); count > 0; count--) {
    // Other types than those of functions are not what wasi_thread_start has.
    if (reader.byte() !== 0x60) return types;
    const [parameters, results] = [reader.list((r) => r.valueType()), reader.list((r) => r.valueType())];
    types.push(`${parameters}:${results}`);
  }
  return types;
}

function readImport(reader) {
  const entry = { module: reader.name(), name: reader.name(), kind: reader.byte() };
  if (entry.kind === 0) entry.type = reader.number();
  if (entry.kind === 1) entry.type = [reader.valueType(), reader.limits()];
  if (entry.kind === 2) {
    const start = reader.position;
    entry.limits = reader.limits();
    entry.limitsAt = [start, reader.position];
  }
  if (entry.kind === 3) entry.type = [reader.valueType(), reader.byte()];
  if (entry.kind === 4) entry.type = [reader.byte(), reader.number()];
  return entry;
}

function readExport(reader) {
  return [reader.name(), { kind: reader.byte(), index: reader.number() }];
}

/** The sections of a module, with what is read of them. */
function readSections(bytes) {
  const read = { all: [], types: [], imports: [], functions: [], memories: [], exports: [], start: null };
  const reader = new Reader(bytes, 8);
  while (!reader.isAtEnd) {
    const [id, length] = [reader.byte(), reader.number()];
    const start = reader.position;
    reader.take(length);
    read.all.push({ id, start, end: start + length });
    const body = new Reader(bytes, start, start + length);
    if (id === sections.type) read.types = readTypes(body);
    if (id === sections.import) read.imports = body.list(readImport);
    if (id === sections.function) read.functions = body.list((r) => r.number());
    if (id === sections.memory) read.memories = body.list((r) => r.limits());
    if (id === sections.export) read.exports = body.list(readExport);
    if (id === sections.start) read.start = body.number();
  }
  return read;
}

function leb(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function text(string) {
  const bytes = new TextEncoder().encode(string);
  return [...leb(bytes.length), ...bytes];
}

/** The limits of a memory that all threads share: a maximum has to be there. */
function sharedLimits(limits) {
  return { ...limits, shared: true, maximum: Math.min(limits.maximum ?? maximumPages, maximumPages) };
}

const encodedLimits = ({ initial, maximum }) => [3, ...leb(initial), ...leb(maximum)];

/** A section with an entry more at its end. `bytes` is what it holds, empty for none. */
function withEntry(bytes, entry) {
  const reader = new Reader(bytes);
  const count = bytes.length ? reader.number() : 0;
  return [...leb(count + 1), ...bytes.subarray(reader.position), ...entry];
}

/** The module with the changes that the header speaks of, and how far its code has moved. */
function rewrite(bytes, read, memory) {
  const contents = new Map(read.all.filter((s) => s.id).map((s) => [s.id, bytes.subarray(s.start, s.end)]));
  const section = (id) => contents.get(id) ?? new Uint8Array();
  const imported = read.imports.find((entry) => entry.kind === 2);
  if (imported) {
    const offset = read.all.find((s) => s.id === sections.import).start;
    const body = section(sections.import);
    const [start, end] = imported.limitsAt.map((place) => place - offset);
    contents.set(sections.import, [
      ...body.subarray(0, start), ...encodedLimits(memory), ...body.subarray(end)]);
  } else if (memory) {
    const entry = [...text(memoryImport[0]), ...text(memoryImport[1]), 2, ...encodedLimits(memory)];
    contents.set(sections.import, withEntry(section(sections.import), entry));
    contents.delete(sections.memory);
  }
  if (read.start !== null) {
    contents.set(sections.export, withEntry(section(sections.export), [...text(startExport), 0, ...leb(read.start)]));
    contents.delete(sections.start);
  }
  // Sections stand in the order of their numbers, but for two that came later.
  const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11].filter((id) => contents.has(id));
  const parts = [bytes.subarray(0, 8)];
  let [length, codeStart] = [8, 0];
  const add = (id, body) => {
    const header = [id, ...leb(body.length)];
    parts.push(header, body);
    length += header.length + body.length;
    if (id === sections.code) codeStart = length - body.length;
  };
  for (const id of order) add(id, contents.get(id));
  for (const s of read.all.filter((s) => !s.id)) add(0, bytes.subarray(s.start, s.end));
  const result = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  const codeBefore = read.all.find((s) => s.id === sections.code)?.start ?? 0;
  return { bytes: result, codeMoved: codeStart - codeBefore };
}

/** The type of an exported function, or null. */
function exportedType(read, name) {
  const found = read.exports.find(([other]) => other === name)?.[1];
  if (!found || found.kind !== 0) return null;
  const imported = read.imports.filter((entry) => entry.kind === 0);
  const type = imported[found.index]?.type ?? read.functions[found.index - imported.length];
  return read.types[type] ?? null;
}

/**
 * Reads a module: { bytes, codeMoved, memory, memoryImport, hasStart, start, threadStart, spawns, imports }.
 * `start` and `threadStart` say whether _start and wasi_thread_start are there with their types; a type is the
 * numbers of its parameters, a colon and those of its results.
 */
export function readModule(bytes) {
  const read = readSections(bytes);
  const imported = read.imports.find((entry) => entry.kind === 2);
  const limits = imported?.limits ?? read.memories[0] ?? null;
  const unusable = limits && (limits.is64 || limits.isOther);
  if (unusable || read.memories.length + read.imports.filter((entry) => entry.kind === 2).length > 1) {
    throw new WebAssembly.CompileError(
      "The module has several memories, or one of another kind than memory32: WASI preview 1 has no word for these.");
  }
  const memory = limits && sharedLimits(limits);
  return {
    ...rewrite(bytes, read, memory),
    memory,
    memoryImport: imported ? [imported.module, imported.name] : memoryImport,
    hasStart: exportedType(read, "_start") !== null,
    start: exportedType(read, "_start") === ":",
    // Two i32, which are 0x7f, and no result.
    threadStart: exportedType(read, "wasi_thread_start") === "127,127:",
    spawns: read.imports.some((entry) => entry.module === "wasi" && entry.name === "thread-spawn"),
    imports: read.imports.filter((entry) => entry.kind !== 2).map((entry) => (
      { module: entry.module, name: entry.name, type: entry.kind === 0 ? read.types[entry.type] : null })),
  };
}

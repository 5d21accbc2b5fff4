// What the polyfill has to know of a module before it is compiled, and what it changes in it.
//
// JavaScript tells neither the limits of a memory nor the type of a function, and gives each instance that
// defines a memory one of its own. So the sections are read here, and three things are changed, none of which
// a guest can see: a memory that is defined becomes one that is imported, each memory becomes shared (the
// thread that answers calls of WASI writes to it), and the start function becomes an export, so that a spawn
// waits for no code of the guest.
// https://webassembly.github.io/spec/core/binary/modules.html

import { decode, encode, joined } from "./bytes.mjs";

const memoryImport = ["wasi-threads", "memory"];
const startExport = "wasi-threads start";

// Numbers of sections, and of the kinds of what is imported and exported.
const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const MEMORIES = 5;
const EXPORTS = 7;
const START = 8;
const CODE = 10;
const FUNCTION = 0;
const MEMORY = 2;

const maximumPages = 65536;

// What is being read, and how far: one module at a time, and one part of it after the other. All that reads throws
// a RangeError at the end, and where a number is too long.
let bytes;
let position;

function read(from, part) {
  bytes = from;
  position = 0;
  return part();
}

function take(count) {
  if (count > bytes.length - position) throw new RangeError("it ends too early");
  return bytes.subarray(position, position += count);
}

const byte = () => take(1)[0];

/** An unsigned LEB128 number that JavaScript holds exactly. */
function number() {
  let value = 0;
  for (let factor = 1; factor < 2 ** 56; factor *= 128) {
    const next = byte();
    value += (next & 127) * factor;
    if (next < 128) return value;
  }
  throw new RangeError("a number is too long");
}

const list = (element) => Array.from({ length: Math.min(number(), bytes.length) }, element);
const name = () => decode(take(number()));

function valueType() {
  const type = byte();
  // A reference to a heap type, which follows as a number.
  return type === 0x63 || type === 0x64 ? `ref ${number()}` : type;
}

function limits() {
  const flags = byte();
  return { flags, initial: number(), maximum: flags & 1 ? number() : maximumPages };
}

/** The types of functions in a section of types; other types are not what wasi_thread_start has. */
function readTypes() {
  const types = [];
  for (let count = number(); count > 0 && byte() === 0x60; count--) types.push(`${list(valueType)}:${list(valueType)}`);
  return types;
}

/** By their kinds: functions, tables, memories, globals and tags. */
const importedTypes = [
  number, () => [valueType(), limits()], limits, () => [valueType(), byte()], () => [byte(), number()]];

function readImport() {
  const [module, field, kind] = [name(), name(), byte()];
  const start = position;
  const type = importedTypes[kind]?.();
  return { module, field, kind, type, start, end: position };
}

/** The sections of a module in their order: [id, body], and where the code stands. */
function readSections() {
  const sections = [];
  let code = 0;
  take(8);
  while (position < bytes.length) {
    const [id, body] = [byte(), take(number())];
    sections.push([id, body]);
    if (id === CODE) code = position - body.length;
  }
  return { sections, code };
}

const leb = (value) => (value > 127 ? [(value % 128) | 128, ...leb(Math.floor(value / 128))] : [value]);

const text = (string) => [...leb(string.length), ...encode(string)];

const encodedLimits = ({ initial, maximum }) => [3, ...leb(initial), ...leb(maximum)];

/** A section with an entry more at its end. `body` is what it holds, nothing for none. */
function withEntry(body, entry) {
  const count = body ? read(body, number) : 0;
  return [...leb(count + 1), ...(body?.subarray(position) ?? []), ...entry];
}

/** The module with the changes that the header speaks of. */
function rewrite(header, sections, imported, memory, start) {
  const bodies = new Map(sections);
  if (imported) {
    const body = bodies.get(IMPORTS);
    bodies.set(IMPORTS, [
      ...body.subarray(0, imported.start), ...encodedLimits(memory), ...body.subarray(imported.end)]);
  } else if (memory) {
    bodies.set(IMPORTS, withEntry(
      bodies.get(IMPORTS), [...memoryImport.flatMap(text), MEMORY, ...encodedLimits(memory)]));
    bodies.delete(MEMORIES);
  }
  if (start !== undefined) {
    bodies.set(EXPORTS, withEntry(bodies.get(EXPORTS), [...text(startExport), FUNCTION, ...leb(start)]));
    bodies.delete(START);
  }
  // Sections stand in the order of their numbers, but for two that came later. What has no meaning goes to the end.
  const parts = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11].filter((id) => bodies.has(id))
    .map((id) => [id, bodies.get(id)])
    .concat(sections.filter(([id]) => !id))
    .flatMap(([id, body]) => [[id, ...leb(body.length)], body]);
  return joined([header, ...parts]);
}

/**
 * Reads a module: { bytes, codeMoved, memory, memoryImport, startExport, start, threadStart, imports }.
 * `start` and `threadStart` are the types of _start and wasi_thread_start, and an import is [module, name, type]. A
 * type is the numbers of its parameters, a colon and those of its results; null that of what is no function.
 */
export function readModule(module) {
  const { sections, code } = read(module, readSections);
  const section = (wanted, part) => {
    const found = sections.find(([id]) => id === wanted);
    return found && read(found[1], part);
  };
  const entries = (id, element) => section(id, () => list(element)) ?? [];
  const types = section(TYPES, readTypes) ?? [];
  const imports = entries(IMPORTS, readImport);
  const memories = entries(MEMORIES, limits);
  const exports = entries(EXPORTS, () => [name(), byte(), number()]);
  const functions = [
    ...imports.filter(({ kind }) => kind === FUNCTION).map(({ type }) => type), ...entries(FUNCTIONS, number)];
  const typeOf = (wanted) =>
    types[functions[exports.find(([found, kind]) => found === wanted && kind === FUNCTION)?.[2]]];
  const imported = imports.filter(({ kind }) => kind === MEMORY);
  const [memory, ...others] = [...imported.map(({ type }) => type), ...memories];
  // Bit 2 of the flags is that of memory64.
  if (others.length || memory?.flags > 3) {
    throw new WebAssembly.CompileError(
      "The module has several memories, or one that is not memory32, for which WASI preview 1 has no word.");
  }
  if (memory) {
    memory.maximum = Math.min(memory.maximum, maximumPages);
    memory.shared = true;
  }
  const result = rewrite(module.subarray(0, 8), sections, imported[0], memory, section(START, number));
  return {
    bytes: result,
    codeMoved: read(result, readSections).code - code,
    memory, startExport,
    memoryImport: imported.length ? [imported[0].module, imported[0].field] : memoryImport,
    start: typeOf("_start"),
    threadStart: typeOf("wasi_thread_start"),
    imports: imports.filter(({ kind }) => kind !== MEMORY).map(({ module: from, field, kind, type }) => (
      [from, field, kind === FUNCTION ? types[type] : null])),
  };
}

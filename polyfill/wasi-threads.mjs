// The polyfill's interface: runs modules for wasm32-wasip1-threads in browsers and in Node.
//
// Always true: the guest runs in workers, never on the caller's thread. A worker of the polyfill's own, the
// manager, makes the guest's threads and answers their calls, so that neither waits for the caller.
// https://github.com/WebAssembly/wasi-threads

import { readModule, startExport } from "./module.mjs";
import { signatures } from "./thread.mjs";

const isNode = typeof globalThis.process?.versions?.node === "string";
const resultBytes = 65536;
const defaultMaxThreads = 256;

const isolationMessage = "The module starts a thread, but this page is not cross-origin isolated, so no memory can "
  + "be shared between threads. Serve the page and its workers with the headers \"Cross-Origin-Opener-Policy: "
  + "same-origin\" and \"Cross-Origin-Embedder-Policy: require-corp\", from https or localhost.";

/** The program or the surroundings are not fit to run it; `kind` says what part. */
export class WasiThreadsError extends Error {
  name = "WasiThreadsError";

  constructor(message, kind) {
    super(message);
    this.kind = kind;
  }
}

/** A thread of the guest trapped, which ended all of them. */
export class Trap extends WasiThreadsError {
  name = "Trap";

  constructor({ trap, tid, reason, frames }) {
    super(trap, "trap");
    this.tid = tid;
    this.reason = reason;
    this.frames = frames;
  }
}

/** Whether threads can share memory here. */
export function canShareMemory() {
  return typeof SharedArrayBuffer === "function" && (isNode || globalThis.crossOriginIsolated === true);
}

/** A directory without a disk. What a guest has left in it is there when the guest has ended. */
export class MemoryDirectory {
  /** `entries`: { name: text or bytes or MemoryDirectory or entries }. */
  constructor(entries = {}, { readOnly = false, limit = 2 ** 30 } = {}) {
    this.readOnly = readOnly;
    this.limit = limit;
    this.entries = new Map();
    for (const [name, value] of Object.entries(entries)) this.entries.set(name, asEntry(value));
  }

  /** What is at a path: bytes, a MemoryDirectory, a SymbolicLink or undefined. */
  get(path) {
    return path.split("/").filter(Boolean).reduce((found, name) => found?.entries?.get(name), this);
  }

  /** The text of a file. */
  text(path) {
    const found = this.get(path);
    if (!(found instanceof Uint8Array)) throw new WasiThreadsError(`There is no file "${path}" in memory.`, "file");
    return new TextDecoder().decode(found);
  }

  /** Puts a file where a path says, and makes the directories on the way. */
  set(path, contents) {
    const names = path.split("/").filter(Boolean);
    let directory = this;
    for (const name of names.slice(0, -1)) {
      if (!(directory.entries.get(name) instanceof MemoryDirectory)) {
        directory.entries.set(name, new MemoryDirectory());
      }
      directory = directory.entries.get(name);
    }
    directory.entries.set(names.at(-1), asEntry(contents));
  }

  /** A copy of a directory of the browser's (File System API, also "origin private"). */
  static async from(handle, options) {
    const directory = new MemoryDirectory({}, options);
    for await (const [name, entry] of handle.entries()) {
      directory.entries.set(name, entry.kind === "directory"
        ? await MemoryDirectory.from(entry)
        : new Uint8Array(await (await entry.getFile()).arrayBuffer()));
    }
    return directory;
  }

  /** Writes all files to a directory of the browser's, and removes what is not here. */
  async saveTo(handle) {
    for await (const name of handle.keys()) {
      if (!this.entries.has(name)) await handle.removeEntry(name, { recursive: true });
    }
    for (const [name, entry] of this.entries) {
      if (entry instanceof MemoryDirectory) {
        await entry.saveTo(await handle.getDirectoryHandle(name, { create: true }));
      } else if (entry instanceof Uint8Array) {
        const stream = await (await handle.getFileHandle(name, { create: true })).createWritable();
        await stream.write(entry);
        await stream.close();
      }
    }
  }
}

/** A symbolic link in a MemoryDirectory. */
export class SymbolicLink {
  constructor(target) {
    this.target = target;
  }
}

function asEntry(value) {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array || value instanceof MemoryDirectory || value instanceof SymbolicLink) return value;
  return new MemoryDirectory(value);
}

const toWire = (directory) => [...directory.entries].map(([name, entry]) => [
  name, entry instanceof MemoryDirectory ? toWire(entry) : entry instanceof SymbolicLink ? entry.target : entry]);

const fromWire = (entries) => new Map(entries.map(([name, entry]) => {
  if (typeof entry === "string") return [name, new SymbolicLink(entry)];
  if (entry instanceof Uint8Array) return [name, entry];
  const directory = new MemoryDirectory();
  directory.entries = fromWire(entry);
  return [name, directory];
}));

/** A module that was read and compiled, for any number of processes. */
export class Program {
  constructor(module, info) {
    this.module = module;
    this.info = info;
  }

  /** From bytes, a Response (or a promise of one), or a URL. */
  static async load(source) {
    if (isNode) await import("./node.mjs");
    const bytes = await bytesFrom(await source);
    let info = null;
    try {
      info = readModule(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw new WasiThreadsError(error.message, "module");
    }
    try {
      const module = await WebAssembly.compile(info?.bytes ?? bytes);
      delete info.bytes;
      return new Program(module, { ...info, startExport });
    } catch (error) {
      throw new WasiThreadsError(`The module cannot be compiled: ${error.message}`, "module");
    }
  }
}

async function bytesFrom(source) {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const response = source instanceof Response ? source : await fetch(source);
  if (!response.ok) {
    throw new WasiThreadsError(
      `The module cannot be loaded from ${response.url}: status ${response.status}.`, "module");
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The type of a function that the polyfill defines, in the words of module.mjs; undefined where there is none. */
function definedType(module, name) {
  const expected = name === "thread-spawn" ? "wasi" : "wasi_snapshot_preview1";
  const parameters = module === expected ? signatures.find(([other]) => other === name)?.[1] : undefined;
  const numbers = parameters && [...parameters].map((type) => (type === "I" ? 126 : 127));
  return parameters === undefined ? undefined : `${numbers || ""}:${name === "proc_exit" ? "" : 127}`;
}

function requireRunnable({ info }) {
  for (const { module, name, type } of info.imports) {
    const defined = definedType(module, name);
    if (defined === undefined || type === null) {
      throw new WasiThreadsError(`The module imports ${module}.${name}, which nobody defines: there are `
        + "wasi_snapshot_preview1, wasi.thread-spawn and one memory of any name.", "module");
    }
    if (type !== undefined && type !== defined) {
      throw new WasiThreadsError(`The module imports ${module}.${name} as a function of another type.`, "module");
    }
  }
  if (info.start) return;
  throw new WasiThreadsError(info.hasStart
    ? "The module's _start has parameters or results; a command's has neither."
    : "The module exports no function _start, so that there is nothing to run: link it as a command.", "module");
}

function streamKind(value, name) {
  if (value === undefined || value === null) return null;
  if (typeof value === "function") return "function";
  if (value === "capture" || (value === "inherit" && isNode)) return value;
  throw new WasiThreadsError(`${name} takes "capture", a function${isNode ? ', "inherit"' : ""} or null.`, "options");
}

function inputKind(value) {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array || value === "pipe" || (value === "inherit" && isNode)) return value;
  if (typeof value === "object" && typeof value.text === "string") return new TextEncoder().encode(value.text);
  throw new WasiThreadsError(
    `stdin takes bytes, { text }, "pipe"${isNode ? ', "inherit"' : ""} or null.`, "options");
}

function requireStrings(strings, what) {
  for (const string of strings) {
    if (typeof string !== "string" || string.includes("\0")) {
      throw new WasiThreadsError(`${what} are strings without a NUL character.`, "options");
    }
  }
  return strings;
}

function directoryOf(name, value) {
  if (value instanceof MemoryDirectory) {
    return { name, entries: toWire(value), readOnly: value.readOnly, limit: value.limit };
  }
  const { path, readOnly = false } = typeof value === "string" ? { path: value } : value;
  if (!isNode || typeof path !== "string") {
    throw new WasiThreadsError(
      `The directory ${name} has to be a MemoryDirectory${isNode ? " or a path" : ""}.`, "options");
  }
  return { name, path, readOnly };
}

/** The worker of a process, once it and the worker of the first thread are there. */
async function makeManager(url, options) {
  const makeWorker = isNode ? (await import("./node.mjs")).makeWorker : (...words) => new Worker(...words);
  let worker;
  const refusal = await new Promise((resolve) => {
    const refuse = (reason) => resolve(`The polyfill's worker cannot be loaded from ${url}: ${reason}. Look whether `
      + "all files of the polyfill are served from one folder as JavaScript, with Cross-Origin-Embedder-Policy where "
      + "the page has it, and whether the page's Content-Security-Policy allows them in worker-src.");
    try {
      worker = makeWorker(url, { type: "module", name: "wasi-threads manager" });
    } catch (error) {
      refuse(error.message);
      return;
    }
    worker.onmessage = ({ data }) => resolve(data.refused);
    worker.onerror = (event) => refuse(event.message ?? "the browser does not say why");
    worker.postMessage({ prepare: options });
  });
  if (refusal === undefined) return worker;
  worker?.terminate();
  throw new WasiThreadsError(refusal, "worker");
}

/** One run of a program: its threads, descriptors and memory. */
export class Process {
  /** Fulfilled with the result, or rejected with a Trap or a WasiThreadsError. */
  finished = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));

  /** Loads what a run needs; `source` is a Program or what Program.load takes. */
  static async create(source, options = {}) {
    const program = source instanceof Program ? source : await Program.load(source);
    requireRunnable(program);
    const process = new Process(program, options);
    // From here on the caller may be busy: all that needs its event loop is done.
    process.manager = await makeManager(
      options.managerURL ?? new URL("./manager.mjs", import.meta.url), process.options);
    process.manager.onmessage = ({ data }) => process.hear(data);
    process.manager.onerror = (event) =>
      process.settle({ error: `The polyfill's worker failed: ${event.message}.`, kind: "worker" });
    return process;
  }

  constructor(program, options) {
    this.finished.catch(() => {});
    this.functions = { 1: options.stdout, 2: options.stderr };
    this.memories = Object.values(options.directories ?? {}).filter((value) => value instanceof MemoryDirectory);
    this.onThread = options.onThread;
    const environment = Object.entries(options.environment ?? {});
    for (const [name] of environment) {
      if (!name || name.includes("=")) {
        throw new WasiThreadsError(`"${name}" cannot be the name of a variable.`, "options");
      }
    }
    const isDirect = options.threads === false || !canShareMemory();
    if (isDirect && options.stdin === "pipe") {
      throw new WasiThreadsError("Input that comes later needs a page that is cross-origin isolated.", "isolation");
    }
    this.options = {
      isDirect, isolationMessage, refuseThreads: options.threads === false,
      module: program.module,
      info: program.info,
      arguments: requireStrings(options.arguments ?? ["guest"], "Arguments"),
      environment: requireStrings(environment.map(([name, value]) => `${name}=${value}`), "Variables"),
      stdin: inputKind(options.stdin),
      stdout: streamKind(options.stdout, "stdout"),
      stderr: streamKind(options.stderr, "stderr"),
      directories: Object.entries(options.directories ?? {}).map(([name, value]) => directoryOf(name, value)),
      maxThreads: options.maxThreads ?? defaultMaxThreads,
      prepare: options.prepare ?? 0,
      observes: this.onThread !== undefined,
      threadScript: String(options.threadURL ?? new URL("./thread.mjs", import.meta.url)),
    };
  }

  begin(more) {
    if (this.isStarted) throw new WasiThreadsError("A process runs once. Make another one.", "options");
    this.isStarted = true;
    this.manager.postMessage({ start: more });
  }

  /** Runs the program: { status, stdout, stderr }, the last two as bytes where they were captured. */
  run() {
    this.begin({});
    return this.finished;
  }

  /**
   * Runs the program while the calling thread waits, where it may: in Node and in workers. Gives the status.
   * What goes to functions comes to them after, as does `finished`.
   */
  runSync() {
    if (!canShareMemory()) throw new WasiThreadsError(isolationMessage, "isolation");
    const kind = (value) => (value === "function" ? "capture" : value);
    const result = new SharedArrayBuffer(resultBytes);
    const words = new Int32Array(result);
    try {
      Atomics.wait(words, 0, 1, 0);
    } catch {
      throw new WasiThreadsError("This thread may not wait: call run() and await it.", "options");
    }
    this.begin({ result, stdout: kind(this.options.stdout), stderr: kind(this.options.stderr) });
    Atomics.wait(words, 0, 0);
    const text = new Uint8Array(result, 12, words[2]).slice();
    const outcome = JSON.parse(new TextDecoder().decode(text));
    if (outcome.status === undefined) throw errorOf(outcome);
    return outcome.status;
  }

  /** Ends all threads at once; `finished` is rejected with the reason. */
  end(reason = "The process was ended by the program that runs it.") {
    const outcome = { error: reason, kind: "ended" };
    // Where the manager runs the guest itself, it has no time to listen.
    if (this.options.isDirect) this.settle(outcome);
    else this.manager.postMessage({ end: outcome });
  }

  /** Gives the guest input, where stdin is "pipe". */
  write(data) {
    this.manager.postMessage({ input: typeof data === "string" ? new TextEncoder().encode(data) : data });
  }

  /** The guest's input ends. */
  closeInput() {
    this.manager.postMessage({ inputEnds: true });
  }

  hear({ output, bytes, outcome, thread, state }) {
    if (output) {
      this.functions[output](bytes);
      this.manager.postMessage({ acknowledged: bytes.length });
    } else if (outcome) {
      this.settle(outcome);
    } else if (state) {
      this.onThread(thread, state);
    }
  }

  settle(outcome) {
    // In a browser the manager ends when the threads' workers are gone.
    if (isNode || this.options.isDirect || outcome.kind === "worker") this.manager.terminate();
    outcome.directories?.forEach((entries, index) => { this.memories[index].entries = fromWire(entries); });
    const [stdout, stderr] = outcome.captured ?? [];
    for (const [number, bytes] of [[1, stdout], [2, stderr]]) {
      if (typeof this.functions[number] === "function" && bytes?.length) this.functions[number](bytes);
    }
    if (outcome.status !== undefined) this.resolve({ status: outcome.status, stdout, stderr });
    else this.reject(Object.assign(errorOf(outcome), { stdout, stderr }));
  }
}

function errorOf(outcome) {
  return outcome.trap ? new Trap(outcome) : new WasiThreadsError(outcome.error, outcome.kind);
}

/** Runs a program to its end: { status, stdout, stderr }. */
export async function run(source, options) {
  return (await Process.create(source, options)).run();
}

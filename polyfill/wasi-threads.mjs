// The polyfill's interface: runs modules for wasm32-wasip1-threads in browsers and in Node.
//
// Always true: the guest runs in workers, never on the caller's thread. A worker of the polyfill's own, the
// manager, makes the guest's threads and answers their calls, so that neither waits for the caller.
// https://github.com/WebAssembly/wasi-threads

import { decode, encode } from "./bytes.mjs";
import { readModule } from "./module.mjs";

const isNode = typeof globalThis.process?.versions?.node === "string";
const resultBytes = 65536;
const defaultMaxThreads = 256;

const isolationMessage = "The module starts a thread, which takes a page that is cross-origin isolated: serve it and "
  + "its workers from https or localhost, with \"Cross-Origin-Opener-Policy: same-origin\" and "
  + "\"Cross-Origin-Embedder-Policy: require-corp\".";

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

  constructor({ tid, reason, frames }) {
    super(`${tid ? `Thread ${tid}` : "The main thread"} trapped: ${reason}.`, "trap");
    Object.assign(this, { tid, reason, frames });
  }
}

function refuse(message, kind = "options") {
  throw new WasiThreadsError(message, kind);
}

/** Whether threads can share memory here. */
export function canShareMemory() {
  return isNode || globalThis.crossOriginIsolated === true;
}

const namesOf = (path) => path.split("/").filter(Boolean);

/** A directory without a disk. What a guest has left in it is there when the guest has ended. */
export class MemoryDirectory {
  /** `entries`: { name: text or bytes or MemoryDirectory or entries }. */
  constructor(entries = {}, { readOnly = false, limit = 2 ** 30 } = {}) {
    this.readOnly = readOnly;
    this.limit = limit;
    this.entries = new Map(Object.entries(entries).map(([name, value]) => [name, asEntry(value)]));
  }

  /** What is at a path: bytes, a MemoryDirectory, a SymbolicLink or undefined. */
  get(path) {
    return namesOf(path).reduce((found, name) => isDirectory(found) ? found.entries.get(name) : undefined, this);
  }

  /** The text of a file. */
  text(path) {
    const found = this.get(path);
    return isBytes(found) ? decode(found) : refuse(`There is no file "${path}" in memory.`, "file");
  }

  /** Puts a file where a path says, and makes the directories on the way. */
  set(path, contents) {
    const names = namesOf(path);
    const last = names.pop();
    let { entries } = this;
    for (const name of names) {
      if (!isDirectory(entries.get(name))) entries.set(name, new MemoryDirectory());
      ({ entries } = entries.get(name));
    }
    entries.set(last, asEntry(contents));
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
      if (isDirectory(entry)) {
        await entry.saveTo(await handle.getDirectoryHandle(name, { create: true }));
      } else if (isBytes(entry)) {
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

const isBytes = (value) => value instanceof Uint8Array;
const isDirectory = (value) => value instanceof MemoryDirectory;

function asEntry(value) {
  if (typeof value === "string") return encode(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return isBytes(value) || isDirectory(value) || value instanceof SymbolicLink ? value : new MemoryDirectory(value);
}

/** Entries that came in a message, which leaves classes away. */
const revived = (entries) => new Map([...entries].map(([name, entry]) => [
  name,
  isBytes(entry) ? entry
    : entry.entries ? Object.assign(new MemoryDirectory(), { entries: revived(entry.entries) })
      : new SymbolicLink(entry.target)]));

/** A module that was read and compiled, for any number of processes. */
export class Program {
  constructor(module, info) {
    this.module = module;
    this.info = info;
  }

  /** From bytes, a Response (or a promise of one), or a URL. */
  static async load(source) {
    if (isNode) await import("./node.mjs");
    let bytes = await bytesFrom(await source);
    let info;
    try {
      ({ bytes, ...info } = readModule(bytes));
    } catch (error) {
      // What cannot be read, the compiler tells more of.
      if (!(error instanceof RangeError)) refuse(error.message, "module");
    }
    try {
      return new Program(await WebAssembly.compile(bytes), info);
    } catch (error) {
      return refuse(`The module cannot be compiled: ${error.message}`, "module");
    }
  }
}

async function bytesFrom(source) {
  if (isBytes(source)) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const response = source instanceof Response ? source : await fetch(source);
  if (!response.ok) refuse(`The module cannot be loaded from ${response.url}: status ${response.status}.`, "module");
  return new Uint8Array(await response.arrayBuffer());
}

const inherit = isNode ? ', "inherit"' : "";
const isInherited = (value) => isNode && value === "inherit";

function streamKind(name, value) {
  if (typeof value === "function") return "function";
  if (value === "capture" || isInherited(value)) return value;
  return value == null ? null : refuse(`${name} takes "capture", a function${inherit} or null.`);
}

function inputKind(value) {
  if (isBytes(value) || value === "pipe" || isInherited(value)) return value;
  if (typeof value?.text === "string") return encode(value.text);
  return value == null ? null : refuse(`stdin takes bytes, { text }, "pipe"${inherit} or null.`);
}

function requireStrings(strings, what) {
  const areFit = strings.every((string) => typeof string === "string" && !string.includes("\0"));
  return areFit ? strings : refuse(`${what} are strings without a NUL character.`);
}

function directoryOf([name, value]) {
  const given = typeof value === "string" ? { path: value } : value;
  if (!isDirectory(given) && !(isNode && typeof given?.path === "string")) {
    refuse(`The directory ${name} has to be a MemoryDirectory${isNode ? " or a path" : ""}.`);
  }
  return { ...given, name };
}

function variableOf([name, value]) {
  if (!name || name.includes("=")) refuse(`"${name}" cannot be the name of a variable.`);
  return `${name}=${value}`;
}

/** The worker of a process, once it and the worker of the first thread are there. */
async function makeManager(url, options) {
  const NodeWorker = isNode && (await import("./node.mjs")).Worker;
  let worker;
  const { refused, kind, url: missing = url } = await new Promise((resolve) => {
    try {
      worker = new (NodeWorker || Worker)(url, { type: "module", name: "wasi-threads manager" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve({ refused: message ?? "the browser does not say why" });
      worker.postMessage(["prepare", options]);
    } catch (error) {
      resolve({ refused: error.message });
    }
  });
  if (!refused) return worker;
  worker?.terminate();
  if (kind) refuse(refused, kind);
  return refuse(`The polyfill's worker cannot be loaded from ${missing}: ${refused}. Serve all files from one `
    + "folder as JavaScript, with Cross-Origin-Embedder-Policy where the page has it, and allow them in worker-src of "
    + "a Content-Security-Policy.", "worker");
}

/** One run of a program: its threads, descriptors and memory. */
export class Process {
  #resolve;
  #reject;
  #manager;
  #functions;
  #memories;
  #onThread;
  #options;
  #isStarted = false;

  /** Fulfilled with the result, or rejected with a Trap or a WasiThreadsError. */
  finished = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /** Loads what a run needs; `source` is a Program or what Program.load takes. */
  static async create(source, options = {}) {
    const process = new Process(source instanceof Program ? source : await Program.load(source), options);
    // From here on the caller may be busy: all that needs its event loop is done.
    const manager = await makeManager(
      options.managerURL ?? new URL("./manager.mjs", import.meta.url), process.#options);
    manager.onmessage = ({ data }) => process.#hear(data);
    manager.onerror = ({ message }) =>
      process.#settle({ error: `The polyfill's worker failed: ${message}.`, kind: "worker" });
    process.#manager = manager;
    return process;
  }

  constructor({ module, info }, options) {
    const { stdin, stdout, stderr, threads, directories = {}, onThread } = options;
    this.finished.catch(() => {});
    this.#functions = [stdout, stderr];
    this.#memories = Object.values(directories).filter(isDirectory);
    this.#onThread = onThread;
    const isDirect = threads === false || !canShareMemory();
    if (isDirect && stdin === "pipe") {
      refuse("Input that comes later needs a page that is cross-origin isolated.", "isolation");
    }
    this.#options = {
      isDirect, refusesThreads: threads === false, module,
      info: {
        ...info,
        arguments: requireStrings(options.arguments ?? ["guest"], "Arguments"),
        environment: requireStrings(Object.entries(options.environment ?? {}).map(variableOf), "Variables"),
      },
      stdin: inputKind(stdin),
      stdout: streamKind("stdout", stdout),
      stderr: streamKind("stderr", stderr),
      directories: Object.entries(directories).map(directoryOf),
      maxThreads: options.maxThreads ?? defaultMaxThreads,
      prepare: options.prepare ?? 0,
      observes: onThread !== undefined,
      threadScript: String(options.threadURL ?? new URL("./thread.mjs", import.meta.url)),
    };
  }

  /** Starts the run; with `result`, shared memory of 64 KiB, that tells of the end too. */
  begin(result) {
    if (this.#isStarted) refuse("A process runs once. Make another one.");
    this.#isStarted = true;
    this.#tell("start", result);
  }

  /** Runs the program: { status, stdout, stderr }, the last two as bytes where they were captured. */
  run() {
    this.begin();
    return this.finished;
  }

  /**
   * Runs the program while the calling thread waits, where it may: in Node and in workers. Gives the status.
   * What goes to functions comes to them after, as does `finished`.
   */
  runSync() {
    if (!canShareMemory()) refuse(isolationMessage, "isolation");
    const result = new SharedArrayBuffer(resultBytes);
    const words = new Int32Array(result);
    try {
      Atomics.wait(words, 0, 1, 0);
    } catch {
      refuse("This thread may not wait: call run() and await it.");
    }
    this.begin(result);
    Atomics.wait(words, 0, 0);
    const outcome = JSON.parse(decode(new Uint8Array(result, 12, words[2]).slice()));
    if (outcome.status === undefined) throw errorOf(outcome);
    return outcome.status;
  }

  /** Ends all threads at once; `finished` is rejected with the reason. */
  end(reason = "The process was ended by the program that runs it.") {
    const outcome = { error: reason, kind: "ended" };
    // Where the manager runs the guest itself, it has no time to listen.
    if (this.#options.isDirect) this.#settle(outcome);
    else this.#tell("end", outcome);
  }

  /** Gives the guest input, where stdin is "pipe". */
  write(data) {
    this.#tell("input", typeof data === "string" ? encode(data) : data);
  }

  /** The guest's input ends. */
  closeInput() {
    this.#tell("finish");
  }

  #tell(what, value) {
    this.#manager.postMessage([what, value]);
  }

  #hear({ output, bytes, thread, state, outcome, captured, directories }) {
    if (bytes) {
      this.#functions[output](bytes);
      this.#tell("acknowledge", bytes.length);
    } else if (state) {
      this.#onThread(thread, state);
    } else {
      directories.forEach((entries, index) => { this.#memories[index].entries = revived(entries); });
      this.#settle(outcome, captured);
    }
  }

  #settle(outcome, captured = []) {
    const [stdout, stderr] = captured;
    const { status, kind } = outcome;
    // In a browser the manager ends when the threads' workers are gone.
    if (isNode || this.#options.isDirect || kind === "worker") this.#manager.terminate();
    // Where functions could not be called, since the thread waited.
    this.#functions.forEach((take, number) => {
      const bytes = captured[number];
      if (typeof take === "function" && bytes?.length) take(bytes);
    });
    if (status === undefined) this.#reject(Object.assign(errorOf(outcome), { stdout, stderr }));
    else this.#resolve({ status, stdout, stderr });
  }
}

function errorOf(outcome) {
  return outcome.reason ? new Trap(outcome) : new WasiThreadsError(outcome.error ?? isolationMessage, outcome.kind);
}

/** Runs a program to its end: { status, stdout, stderr }. */
export async function run(source, options) {
  return (await Process.create(source, options)).run();
}

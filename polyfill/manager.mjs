// The worker that makes the threads of one process and answers their calls.
//
// Always true: it never blocks, so that a spawn, a call and the end of the process come through whatever the
// guest's threads, the page and the program that started the process do. What threads share lives here. Once
// there is an outcome, every thread is told and terminated, and nothing that one of them asks is done.
// https://github.com/WebAssembly/wasi-threads

import { OpenDirectory } from "./files.mjs";
import { contentsOf, fill, MemoryRoot } from "./memory.mjs";
import { Input, Output } from "./streams.mjs";
import { System } from "./system.mjs";
import {
  answered, channelBytes, describeTrap, ended, Ended, importsOf, signatures, idle as idleState,
} from "./thread.mjs";
import { fail } from "./types.mjs";

const firstTooHighThread = 2 ** 29;
const idleWorkers = 16;
const captureLimit = 64 * 2 ** 20;
const unacknowledgedLimit = 2 ** 20;

// What thread-spawn gives where there is no thread: negative errnos.
const noThread = -6;
const noThreadStart = -45;
const noInstance = -48;

/** What Node has beside a browser: directories and streams. */
const host = globalThis.wasiThreadsHost ?? null;

class Process {
  constructor(options) {
    this.options = options;
    this.threads = new Set();
    this.idle = [];
    this.lastThread = 0;
    this.outcome = null;
    this.roots = [];
    this.captured = { 1: [], 2: [] };
    this.isDirect = options.isDirect;
    this.resumers = [];
    this.unacknowledged = 0;
    this.input = this.makeInput();
  }

  // Streams and directories

  makeInput() {
    const { stdin } = this.options;
    if (stdin === "inherit") return host.input(0);
    const input = new Input(stdin === "pipe" ? () => {} : null);
    if (stdin instanceof Uint8Array) input.push(stdin);
    if (stdin !== "pipe") input.isAtEnd = true;
    return input;
  }

  makeOutput(number, kind) {
    if (kind === "inherit") return host.output(number);
    if (kind === "capture") return new Output((bytes) => this.capture(number, bytes));
    if (kind === "function") return new Output((bytes) => this.send(number, bytes));
    return new Output(() => {});
  }

  capture(number, bytes) {
    const parts = this.captured[number];
    parts.size = (parts.size ?? 0) + bytes.length;
    if (parts.size > captureLimit) {
      parts.size -= bytes.length;
      fail("nospc");
    }
    parts.push(bytes);
  }

  /** To a function of the program that runs the guest; waits where that does not keep up. */
  send(number, bytes) {
    postMessage({ output: number, bytes });
    this.unacknowledged += bytes.length;
    if (this.isDirect || this.unacknowledged < unacknowledgedLimit) return undefined;
    return new Promise((resolve) => this.resumers.push(resolve));
  }

  acknowledge(count) {
    this.unacknowledged -= count;
    if (this.unacknowledged < unacknowledgedLimit) for (const resume of this.resumers.splice(0)) resume();
  }

  makeDirectory({ name, path, entries, readOnly, limit }) {
    if (path !== undefined) return { name, resource: new OpenDirectory(host.directory(path), readOnly) };
    const root = new MemoryRoot(limit);
    fill(root.directory, entries);
    this.roots.push(root.directory);
    return { name, resource: new OpenDirectory(root.directory, readOnly) };
  }

  // Start

  start() {
    const { info, module, maxThreads } = this.options;
    const { stdout, stderr } = this.options;
    const streams = [this.input, this.makeOutput(1, stdout), this.makeOutput(2, stderr)];
    const descriptors = [
      ...streams.map((resource) => ({ resource })),
      ...this.options.directories.map((directory) => this.makeDirectory(directory)),
    ];
    this.system = new System(
      { exit: (status) => this.end({ status }), sleep: this.isDirect && ((ms) => sleep(ms)) }, descriptors);
    this.memory = info.memory && new WebAssembly.Memory(info.memory);
    this.system.memory = this.memory;
    this.module = module;
    this.maxThreads = maxThreads;
    this.context = {
      arguments: this.options.arguments, environment: this.options.environment, memory: this.memory,
      memoryImport: info.memoryImport, startExport: info.startExport, codeMoved: info.codeMoved,
    };
    if (this.isDirect) return this.runDirectly();
    return this.run(0, 0, (refusal) => {
      if (refusal) this.end({ error: refusal.message, kind: "link" });
    });
  }

  /** A module that starts no thread, where memory cannot be shared: it runs on this thread. */
  runDirectly() {
    const spawn = signatures.findIndex(([name]) => name === "thread-spawn");
    const ask = (index, values) => {
      if (index === spawn && this.options.refuseThreads) return noThread;
      if (index === spawn) this.end({ error: this.options.isolationMessage, kind: "isolation" });
      if (this.outcome) throw new Ended();
      const result = this.system.call(index, values);
      if (this.outcome) throw new Ended();
      return result;
    };
    let instance;
    try {
      instance = new WebAssembly.Instance(this.module, importsOf(this.context, ask));
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return this.trap(0, describeTrap(error, 0));
      return this.end({ error: String(error.message ?? error), kind: "link" });
    }
    try {
      instance.exports[this.context.startExport]?.();
      instance.exports._start();
      return this.end({ status: 0 });
    } catch (error) {
      return error instanceof Ended ? undefined : this.trap(0, describeTrap(error, this.context.codeMoved));
    }
  }

  // Threads

  nextThread() {
    const living = new Set([...this.threads].map((thread) => thread.tid));
    do {
      this.lastThread = (this.lastThread + 1) % firstTooHighThread;
    } while (!this.lastThread || living.has(this.lastThread));
    return this.lastThread;
  }

  spawn(argument, reply) {
    // The first thread is not counted.
    if (this.threads.size - 1 >= this.maxThreads) return reply(noThread);
    if (!this.options.info.threadStart) return reply(noThreadStart);
    const tid = this.nextThread();
    return this.run(tid, argument, (refusal) => reply(refusal ? refusal.code : tid));
  }

  /** Runs a thread; `started` is called once, with a refusal where it did not come to an instance. */
  run(tid, argument, started) {
    const thread = { tid, started, words: new Int32Array(new SharedArrayBuffer(channelBytes)) };
    thread.longs = new BigInt64Array(thread.words.buffer);
    this.threads.add(thread);
    const give = () => {
      thread.worker.thread = thread;
      thread.worker.postMessage({
        lock: this.nameLock(thread.worker),
        module: this.module, process: this.context, channel: thread.words.buffer, tid, argument,
      });
    };
    try {
      thread.worker = this.idle.pop() ?? this.makeWorker();
      give();
    } catch (error) {
      this.refuse(thread, { code: noThread, message: `No worker could be made: ${error.message ?? error}.` });
    }
  }

  /** The name of a worker's lock, the first time; nothing where the host tells that a worker is gone. */
  nameLock(worker) {
    if (worker.lock || host) return undefined;
    worker.lock = crypto.randomUUID();
    return worker.lock;
  }

  makeWorker() {
    const worker = new Worker(this.threadScript, { type: "module", name: "wasi-threads thread" });
    worker.onmessage = ({ data }) => {
      worker.hasSpoken = true;
      if (data?.prepared) worker.prepared();
      else if (!this.outcome) this.hear(worker.thread, data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (!this.outcome) this.failed(worker, event);
    };
    return worker;
  }

  /** Makes workers before they are needed: the first thread's, and as many more as were asked for. */
  async prepare() {
    if (this.isDirect) return;
    await this.loadThreadScript();
    try {
      await this.makeSpare();
    } catch (error) {
      if (!this.isCopy) throw error;
      // A policy of the page may forbid scripts of the kind blob:.
      this.threadScript = this.options.threadScript;
      this.isCopy = false;
      await this.makeSpare();
    }
    await Promise.all(Array.from({ length: this.options.prepare }, () => this.makeSpare()));
  }

  /** A copy of the script of threads, so that no spawn has to wait for the network. */
  async loadThreadScript() {
    this.threadScript = this.options.threadScript;
    this.isCopy = !host;
    if (host) return;
    const response = await fetch(this.threadScript);
    if (!response.ok) {
      throw new Error(`The script of threads cannot be loaded from ${this.threadScript}: status `
        + `${response.status}. Serve all files of the polyfill from one folder.`);
    }
    this.threadScript = URL.createObjectURL(new Blob([await response.text()], { type: "text/javascript" }));
  }

  makeSpare() {
    return new Promise((resolve, reject) => {
      const worker = this.makeWorker();
      worker.prepared = () => {
        this.idle.push(worker);
        resolve();
      };
      worker.refused = (reason) => reject(new Error(
        `A worker cannot be loaded from ${this.threadScript}: ${reason}. Look whether the file is served there as `
        + "JavaScript, and whether the page's Content-Security-Policy allows it in worker-src."));
      worker.postMessage({ prepare: true, lock: this.nameLock(worker) });
    });
  }

  /** A worker has failed in itself: it could not be loaded, or had no memory left. */
  failed(worker, event) {
    const { thread } = worker;
    const reason = event.message ?? "the browser does not say why";
    if (!worker.hasSpoken && worker.refused) worker.refused(reason);
    else if (thread && !worker.hasSpoken) this.refuse(thread, { code: noThread, message: reason });
    else this.end({ error: `The worker of a thread failed: ${reason}.`, kind: "worker" });
  }

  refuse(thread, refusal) {
    this.threads.delete(thread);
    thread.started(refusal);
  }

  /** What a worker has to say: that it asks for a call, or how its thread is. */
  hear(thread, message) {
    if (message === null) return this.answer(thread);
    if (message.ready) {
      if (this.options.observes) postMessage({ thread: thread.tid, state: "started" });
      return thread.started(null);
    }
    if (message.refused) {
      this.retire(thread);
      return thread.started({ code: noInstance, message: message.refused });
    }
    if (message.trap) return this.trap(thread.tid, message.trap);
    if (thread.tid === 0) return this.end({ status: 0 });
    if (this.options.observes) postMessage({ thread: thread.tid, state: "ended" });
    return this.retire(thread);
  }

  /** The thread is over; its worker may run another. */
  retire(thread) {
    this.threads.delete(thread);
    thread.worker.thread = null;
    if (this.idle.length < idleWorkers) this.idle.push(thread.worker);
    else thread.worker.terminate();
  }

  answer(thread) {
    const { words, longs } = thread;
    const [name, parameters] = signatures[words[2]];
    const values = [...parameters].map((type, index) => (type === "I" ? longs[2 + index] : words[4 + 2 * index]));
    const reply = (result) => {
      if (this.outcome) return;
      words[1] = result;
      Atomics.store(words, 0, answered);
      Atomics.notify(words, 0);
    };
    if (name === "thread-spawn") return this.spawn(values[0], reply);
    const result = this.system.call(words[2], values);
    return result instanceof Promise ? result.then(reply, (error) => this.fault(error)) : reply(result);
  }

  // The end

  trap(tid, { reason, message, frames }) {
    const who = tid ? `Thread ${tid}` : "The main thread";
    this.end({ trap: `${who} trapped: ${reason}.`, tid, reason, message, frames: frames.slice(0, 64) });
  }

  /** A mistake of this file's own. */
  fault(error) {
    this.end({ error: `The polyfill failed: ${error?.stack ?? error}`, kind: "worker" });
  }

  async end(outcome) {
    if (this.outcome) return;
    this.outcome = outcome;
    const workers = [...this.idle, ...[...this.threads].map((thread) => thread.worker)];
    for (const { words } of this.threads) {
      Atomics.store(words, 0, ended);
      Atomics.notify(words, 0);
    }
    const gone = workers.map((worker) => worker?.terminate());
    const sharing = this.options.result && new Int32Array(this.options.result);
    await Promise.all(gone);
    this.system?.close();
    await host?.flush?.();
    outcome.captured = [1, 2].map((number) => joined(this.captured[number]));
    outcome.directories = this.roots.map(contentsOf);
    postMessage({ outcome });
    if (sharing) publish(sharing, outcome);
    if (!host) await closeAfter(workers.filter((worker) => worker?.lock));
  }
}

/**
 * Ends this worker when those that it made are gone: Chromium keeps for ever a worker whose maker goes first. Each
 * holds a lock until then.
 */
async function closeAfter(workers) {
  const [longestEnd, rest] = [3000, 500];
  const { locks } = navigator;
  const areSure = locks && workers.every((worker) => worker.hasSpoken);
  if (areSure) await Promise.all(workers.map((worker) => locks.request(worker.lock, () => {})));
  // The lock goes shortly before the worker does.
  setTimeout(close, areSure ? rest : longestEnd);
}

/** For a program that waits for the end instead of being told: [1, status, length, text]. */
function publish(words, outcome) {
  const { captured, directories, ...told } = outcome;
  let text = new TextEncoder().encode(JSON.stringify(told));
  const room = words.byteLength - 12;
  if (text.length > room) text = new TextEncoder().encode(JSON.stringify({ ...told, frames: [] }).slice(0, room));
  new Uint8Array(words.buffer, 12).set(text.subarray(0, room));
  words[2] = text.length;
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Waits on this thread, idly where shared memory can be had. */
function sleep(milliseconds) {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, idleState, milliseconds);
  } catch {
    for (const end = performance.now() + milliseconds; performance.now() < end;);
  }
}

let process;

/** Makes a process, and says when it can start. */
async function prepare(options) {
  process = new Process(options);
  try {
    await process.prepare();
    postMessage({ prepared: true });
  } catch (error) {
    postMessage({ refused: String(error?.message ?? error) });
  }
}

function start(more) {
  Object.assign(process.options, more);
  try {
    process.start();
  } catch (error) {
    process.end({ error: String(error?.message ?? error), kind: "start" });
  }
}

if (globalThis.name === "wasi-threads manager") {
  globalThis.onmessage = ({ data }) => {
    if (data.prepare) prepare(data.prepare);
    else if (data.start) start(data.start);
    else if (data.end) process.end(data.end);
    else if (data.acknowledged) process.acknowledge(data.acknowledged);
    else if (data.input) process.input.push(data.input);
    else if (data.inputEnds) process.input.finish();
  };
}

// The worker that makes the threads of one process and answers their calls.
//
// Always true: it never blocks, so that a spawn, a call and the end of the process come through whatever the
// guest's threads, the page and the program that started the process do. What threads share lives here. Once
// there is an outcome, every thread is told and terminated, and nothing that one of them asks is done. A worker
// has one process, so what that has are this file's variables.
// https://github.com/WebAssembly/wasi-threads

import { encode, joined } from "./bytes.mjs";
import { OpenDirectory } from "./files.mjs";
import { entriesOf, makeTree } from "./memory.mjs";
import { Input, Output } from "./streams.mjs";
import { call, close as closeDescriptors, names, parametersOf, setUp, typeOf } from "./system.mjs";
import { ENOSPC, fail } from "./types.mjs";

const firstTooHighThread = 2 ** 29;
const idleWorkers = 16;
const captureLimit = 64 * 2 ** 20;
const unacknowledgedLimit = 2 ** 20;

// What thread-spawn gives where there is no thread: negative errnos.
const noThread = -6;
const noThreadStart = -45;
const noInstance = -48;

/** What Node has beside a browser: directories and streams. */
const host = globalThis.wasiThreadsHost;

let options, input, outcome, context;
/** What thread.mjs has. It is not imported by name, so that a bundle of this file has no second copy of it. */
let tools;
let scriptOfThreads;
let unacknowledged = 0;
let lastThread = 0;
/** By TID. */
const threads = new Map();
const idle = [];
const trees = [];
/** What standard output and standard error got. */
const captured = [[], []];
const resumers = [];

const tell = (message) => postMessage(message);
const messageOf = (error) => String(error?.message ?? error);

// Streams and directories

function makeInput() {
  const { stdin } = options;
  if (stdin === "inherit") return host.input(0);
  const made = new Input();
  if (stdin instanceof Uint8Array) made.push(stdin);
  made.isAtEnd = stdin !== "pipe";
  return made;
}

function makeOutput(kind, number) {
  if (kind === "inherit") return host.output(1 + number);
  // A program that waits for the end can take nothing meanwhile.
  const isSent = kind === "function" && !options.result;
  return new Output((bytes) => (isSent ? send(number, bytes) : kind && capture(captured[number], bytes)));
}

function capture(parts, bytes) {
  const size = (parts.size ?? 0) + bytes.length;
  if (size > captureLimit) fail(ENOSPC);
  parts.size = size;
  parts.push(bytes);
}

/** To a function of the program that runs the guest; waits where that does not keep up. */
function send(number, bytes) {
  tell({ output: number, bytes });
  unacknowledged += bytes.length;
  if (options.isDirect || unacknowledged < unacknowledgedLimit) return undefined;
  return new Promise((resolve) => resumers.push(resolve));
}

function acknowledge(count) {
  unacknowledged -= count;
  if (unacknowledged < unacknowledgedLimit) for (const resume of resumers.splice(0)) resume();
}

function makeDirectory({ name, path, entries, readOnly, limit }) {
  const node = path === undefined ? makeTree(entries, limit) : host.directory(path);
  if (entries) trees.push(node);
  return { name, resource: new OpenDirectory(node, readOnly) };
}

// Start

/** Why a module cannot be run; undefined where it can. */
function unfitness({ imports, start }) {
  for (const [module, name, type] of imports) {
    const defined = typeOf(module, name);
    if (!defined || type === null) {
      return `The module imports ${module}.${name}, which nobody defines: there are wasi_snapshot_preview1, `
        + "wasi.thread-spawn and a memory.";
    }
    if (type !== defined) return `The module imports ${module}.${name} as a function of another type.`;
  }
  if (start === ":") return undefined;
  return start
    ? "The module's _start has parameters or results; a command's has neither."
    : "The module exports no function _start: link it as a command.";
}

/** Makes what a run needs, and says when it can start. */
async function prepare(given) {
  options = given;
  const { info, threadScript } = options;
  try {
    const unfit = unfitness(info);
    if (unfit) return tell({ refused: unfit, kind: "module" });
    input = makeInput();
    if (!options.isDirect) await prepareWorkers();
    tools = await import(threadScript);
    return tell({ prepared: true });
  } catch (error) {
    return tell({ refused: messageOf(error), url: threadScript });
  }
}

/** With `result`, shared memory of 64 KiB, the end is told there too. */
function start(result) {
  options.result = result;
  try {
    const { info, stdout, stderr } = options;
    const memory = info.memory && new WebAssembly.Memory(info.memory);
    setUp({
      ...tools, memory, exit: (status) => end({ status }), sleep: options.isDirect && sleep,
    }, [
      ...[input, ...[stdout, stderr].map(makeOutput)].map((resource) => ({ resource })),
      ...options.directories.map(makeDirectory),
    ]);
    context = { ...info, names, memory };
    const started = (refusal, error) => refusal && end({ error, kind: "link" });
    if (options.isDirect) runDirectly({ tid: 0, started });
    else run(0, 0, started);
  } catch (error) {
    end({ error: messageOf(error), kind: "start" });
  }
}

/** A module that starts no thread, where memory cannot be shared: it runs on this thread. */
function runDirectly(thread) {
  const ask = (index, values) => {
    if (names[index] === "thread-spawn") {
      if (options.refusesThreads) return noThread;
      end({ kind: "isolation" });
    }
    const result = outcome || call(index, values);
    return outcome ? undefined : result;
  };
  tools.runThread({ module: options.module, process: context, tid: 0 }, ask, (message) => hear(thread, message));
}

/** Waits on this thread, idly where shared memory can be had. */
function sleep(milliseconds) {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, 0, milliseconds);
  } catch {
    for (const until = performance.now() + milliseconds; performance.now() < until;);
  }
}

// Threads

function spawn(argument, reply) {
  // The first thread is not counted.
  if (threads.size > options.maxThreads) return reply(noThread);
  // Two i32, which are 127, and no result.
  if (options.info.threadStart !== "127,127:") return reply(noThreadStart);
  do {
    lastThread = (lastThread + 1) % firstTooHighThread;
  } while (!lastThread || threads.has(lastThread));
  const tid = lastThread;
  return run(tid, argument, (refusal) => reply(refusal || tid));
}

/** Runs a thread; `started` is called once, with an errno and why where there came no instance. */
function run(tid, argument, started) {
  const thread = { tid, started, channel: tools.makeChannel() };
  threads.set(tid, thread);
  try {
    const worker = idle.pop() ?? makeWorker();
    worker.thread = thread;
    thread.worker = worker;
    worker.postMessage({
      module: options.module, process: context, channel: thread.channel.buffer, tid, argument,
    });
  } catch (error) {
    refuse(thread, noThread, `No worker could be made: ${messageOf(error)}.`);
  }
}

function makeWorker() {
  const name = `wasi-threads thread ${crypto.randomUUID()}`;
  const worker = new Worker(scriptOfThreads, { type: "module", name });
  worker.lock = name;
  worker.onmessage = ({ data }) => {
    worker.hasSpoken = true;
    if (data?.prepared) worker.loaded();
    else if (!outcome) hear(worker.thread, data);
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    if (!outcome) failed(worker, event.message ?? "the browser does not say why");
  };
  return worker;
}

/** Makes workers before they are needed: the first thread's, and as many more as were asked for. */
async function prepareWorkers() {
  const { threadScript } = options;
  scriptOfThreads = threadScript;
  if (!host) {
    // A copy, so that no spawn has to wait for the network.
    const response = await fetch(threadScript);
    if (!response.ok) throw new Error(`status ${response.status}`);
    scriptOfThreads = URL.createObjectURL(new Blob([await response.text()], { type: "text/javascript" }));
  }
  try {
    await makeSpare();
  } catch (error) {
    if (host) throw error;
    // A policy of the page may forbid scripts of the kind blob:.
    scriptOfThreads = threadScript;
    await makeSpare();
  }
  await Promise.all(Array.from({ length: options.prepare }, makeSpare));
}

function makeSpare() {
  return new Promise((resolve, reject) => {
    const worker = makeWorker();
    worker.loaded = (reason) => (reason ? reject(new Error(reason)) : resolve(idle.push(worker)));
    worker.postMessage(null);
  });
}

/** A worker has failed in itself: it could not be loaded, or had no memory left. */
function failed(worker, reason) {
  const { thread, hasSpoken } = worker;
  if (hasSpoken) end({ error: `The worker of a thread failed: ${reason}.`, kind: "worker" });
  else if (thread) refuse(thread, noThread, reason);
  else worker.loaded(reason);
}

function refuse(thread, code, message) {
  threads.delete(thread.tid);
  thread.started(code, message);
}

function observe({ tid }, state) {
  if (options.observes) tell({ thread: tid, state });
}

/** What a thread has to say: that it asks for a call, or how it is. */
function hear(thread, message) {
  const { tid } = thread;
  if (!message) {
    answer(thread);
  } else if (message.ready) {
    observe(thread, "started");
    thread.started();
  } else if (message.refused) {
    retire(thread);
    refuse(thread, noInstance, message.refused);
  } else if (message.trap) {
    end({ ...message.trap, tid });
  } else if (tid) {
    observe(thread, "ended");
    retire(thread);
  } else {
    end({ status: 0 });
  }
}

/** The thread is over; its worker may run another. */
function retire(thread) {
  const { worker } = thread;
  threads.delete(thread.tid);
  if (!worker) return;
  worker.thread = null;
  if (idle.length < idleWorkers) idle.push(worker);
  else worker.terminate();
}

function answer({ channel }) {
  const index = channel.index();
  const values = channel.values(parametersOf(names[index]));
  const reply = (result) => outcome || channel.answer(result);
  if (names[index] === "thread-spawn") return spawn(values[0], reply);
  const result = call(index, values);
  return result instanceof Promise ? result.then(reply, fault) : reply(result);
}

// The end

/** A mistake of this file's own. */
function fault(error) {
  end({ error: `The polyfill failed: ${error?.stack ?? error}`, kind: "worker" });
}

async function end(told) {
  if (outcome) return;
  outcome = told;
  const workers = [...idle];
  for (const { channel, worker } of threads.values()) {
    channel.end();
    if (worker) workers.push(worker);
  }
  const stop = () => Promise.all(workers.map((worker) => worker.terminate()));
  // Node says when they are gone. In Firefox a worker that goes may have this one wait for the page's own thread, which
  // may itself wait for the end.
  if (host) await stop();
  closeDescriptors();
  tell({
    outcome,
    captured: captured.map(joined),
    directories: trees.map(entriesOf),
  });
  if (options.result) publish(new Int32Array(options.result));
  if (!host) {
    stop();
    await closeAfter(workers);
  }
}

/**
 * Ends this worker when those that it made are gone: Chromium keeps for ever a worker whose maker goes first. Each
 * holds the lock of its name until then.
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
function publish(words) {
  const room = words.byteLength - 12;
  let text = encode(JSON.stringify(outcome));
  if (text.length > room) text = encode(JSON.stringify({ ...outcome, frames: [] })).subarray(0, room);
  new Uint8Array(words.buffer, 12).set(text);
  words[2] = text.length;
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
}

const handlers = {
  prepare, start, end, acknowledge,
  input: (bytes) => input.push(bytes),
  finish: () => input.finish(),
};

globalThis.onmessage = ({ data: [what, value] }) => handlers[what](value);

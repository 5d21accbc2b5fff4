// What runs in the worker of a thread: an instance of the module, and the calls that it makes.
//
// Always true: a call that touches what threads share (descriptors, threads, the end) is made by the manager
// while this thread waits; all else is answered here. The memory's buffer is asked for anew each time, since
// another thread may have grown it. This file imports nothing, so that a worker is one file to load.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md

/** The functions of preview 1 with their parameters: i is i32, I is i64. The order is the protocol. */
export const signatures = Object.entries({
  args_get: "ii", args_sizes_get: "ii", environ_get: "ii", environ_sizes_get: "ii",
  clock_res_get: "ii", clock_time_get: "iIi", fd_advise: "iIIi", fd_allocate: "iII", fd_close: "i",
  fd_datasync: "i", fd_fdstat_get: "ii", fd_fdstat_set_flags: "ii", fd_fdstat_set_rights: "iII",
  fd_filestat_get: "ii", fd_filestat_set_size: "iI", fd_filestat_set_times: "iIIi", fd_pread: "iiiIi",
  fd_prestat_get: "ii", fd_prestat_dir_name: "iii", fd_pwrite: "iiiIi", fd_read: "iiii",
  fd_readdir: "iiiIi", fd_renumber: "ii", fd_seek: "iIii", fd_sync: "i", fd_tell: "ii", fd_write: "iiii",
  path_create_directory: "iii", path_filestat_get: "iiiii", path_filestat_set_times: "iiiiIIi",
  path_link: "iiiiiii", path_open: "iiiiiIIii", path_readlink: "iiiiii", path_remove_directory: "iii",
  path_rename: "iiiiii", path_symlink: "iiiii", path_unlink_file: "iii", poll_oneoff: "iiii",
  proc_exit: "i", proc_raise: "i", sched_yield: "", random_get: "ii", sock_accept: "iii",
  sock_recv: "iiiiii", sock_send: "iiiii", sock_shutdown: "ii",
  "thread-spawn": "i",
});

const indexOf = new Map(signatures.map(([name], index) => [name, index]));

// A channel: words of 8 bytes. The first holds the state and the answer, the second which function is asked
// for, and the others its arguments.
export const channelBytes = 8 * 12;
export const idle = 0;
export const asked = 1;
export const answered = 2;
export const ended = 3;

/** Thrown to leave the guest's code when the process has ended. */
export class Ended extends Error {}

const success = 0;
const fault = 21;
const inval = 28;

/** The part of a memory from `address` on, or null where it is not all there. */
export function bytesOf(memory, address, count) {
  const [start, length] = [address >>> 0, count >>> 0];
  if (!memory) return null;
  if (start + length > memory.buffer.byteLength) {
    // Another thread may have grown it, which this one is told of late. To grow it by nothing asks.
    memory.grow(0);
    if (start + length > memory.buffer.byteLength) return null;
  }
  return new Uint8Array(memory.buffer, start, length);
}

const nanoseconds = (milliseconds) => BigInt(Math.round(milliseconds * 1e6));
const hrtime = globalThis.process?.hrtime?.bigint;

/** The clocks by their numbers: wall clock, monotonic, processor time of the process and of the thread. */
export const clocks = [
  () => BigInt(Date.now()) * 1000000n,
  () => hrtime?.() ?? nanoseconds(performance.timeOrigin + performance.now()),
  () => nanoseconds(performance.now()),
  () => nanoseconds(performance.now()),
];

function stringTable(strings) {
  const encoded = strings.map((string) => new TextEncoder().encode(`${string}\0`));
  const bytes = new Uint8Array(encoded.reduce((sum, one) => sum + one.length, 0));
  const offsets = [];
  let at = 0;
  for (const one of encoded) {
    bytes.set(one, at);
    offsets.push(at);
    at += one.length;
  }
  return { bytes, offsets };
}

/** The calls that need nothing that threads share, on `process.memory`. */
export function ownCalls(process) {
  const view = (address, count) => {
    const bytes = bytesOf(process.memory, address, count);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, count);
  };
  const put = (method, size, address, value) => {
    const at = view(address, size);
    if (!at) return fault;
    at[method](0, value, true);
    return success;
  };
  const strings = (table) => [
    (pointers, buffer) => {
      const at = view(pointers, table.offsets.length * 4);
      const bytes = bytesOf(process.memory, buffer, table.bytes.length);
      if (!at || !bytes) return fault;
      bytes.set(table.bytes);
      table.offsets.forEach((offset, index) => at.setUint32(index * 4, (buffer >>> 0) + offset, true));
      return success;
    },
    (count, size) =>
      put("setUint32", 4, count, table.offsets.length) || put("setUint32", 4, size, table.bytes.length),
  ];
  const [args_get, args_sizes_get] = strings(stringTable(process.arguments));
  const [environ_get, environ_sizes_get] = strings(stringTable(process.environment));
  return {
    args_get, args_sizes_get, environ_get, environ_sizes_get,
    clock_res_get: (id, result) => (id >>> 0 > 3 ? inval : put("setBigUint64", 8, result, id ? 1000n : 1000000n)),
    clock_time_get: (id, _, result) => (id >>> 0 > 3 ? inval : put("setBigUint64", 8, result, clocks[id]())),
    random_get(address, count) {
      const bytes = bytesOf(process.memory, address, count);
      if (!bytes) return fault;
      // Shared memory is not taken, and no more than so much at a time.
      for (let at = 0; at < bytes.length; at += 65536) {
        bytes.set(crypto.getRandomValues(new Uint8Array(Math.min(65536, bytes.length - at))), at);
      }
      return success;
    },
    sched_yield: () => success,
  };
}

/** The words in which WebAssembly's specification speaks of a trap, from those of each browser. */
const reasons = [
  [/stack|recursion/i, "call stack exhausted"],
  [/unaligned/i, "unaligned atomic"],
  [/shared memory|expected shared/i, "expected shared memory"],
  [/unreachable/i, "unreachable"],
  [/divide by zero|division by zero/i, "integer divide by zero"],
  [/invalid conversion|float unrepresentable|truncat/i, "invalid conversion to integer"],
  [/overflow|unrepresentable/i, "integer overflow"],
  [/signature|indirect call to null|null function/i, "indirect call type mismatch"],
  [/table/i, "out of bounds table access"],
  [/memory|index out of bounds|out of bounds/i, "out of bounds memory access"],
];

/** What is told of a trap: its reason, and the functions that were active, innermost first. */
export function describeTrap(error, codeMoved) {
  const message = String(error?.message ?? error);
  const frames = [];
  for (const line of String(error?.stack ?? "").split("\n")) {
    const found = /wasm-function\[(\d+)\]:(?:0x)?([0-9a-f]+)/.exec(line);
    if (!found) continue;
    const name = /^\s*(?:at (.*?) \(|(.*?)@)/.exec(line);
    frames.push({
      name: name?.[1] ?? (name?.[2] || null),
      function: Number(found[1]), offset: parseInt(found[2], 16) - codeMoved,
    });
  }
  return { reason: reasons.find(([pattern]) => pattern.test(message))?.[1] ?? message, message, frames };
}

/** What an instance imports. `ask` makes a call of the manager, by number. */
export function importsOf(process, ask) {
  const own = ownCalls(process);
  const preview1 = {};
  for (const [name] of signatures) {
    const index = indexOf.get(name);
    preview1[name] = own[name] ?? ((...values) => ask(index, values));
  }
  const { "thread-spawn": spawn, ...functions } = preview1;
  const imports = { wasi_snapshot_preview1: functions };
  imports.wasi = { "thread-spawn": spawn };
  if (process.memory) {
    const [module, name] = process.memoryImport;
    imports[module] = { ...imports[module], [name]: process.memory };
  }
  return imports;
}

/** Asks the manager, and waits. */
function makeAsk(channel) {
  const words = new Int32Array(channel);
  const longs = new BigInt64Array(channel);
  return (index, values) => {
    words[2] = index;
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] === "bigint") longs[2 + i] = values[i];
      else words[4 + 2 * i] = values[i];
    }
    // Whoever has ended the process has left `ended` here, and it stays.
    if (Atomics.compareExchange(words, 0, idle, asked) !== idle) throw new Ended();
    postMessage(null);
    // A wake-up may be late, and be that for the call before.
    while (Atomics.load(words, 0) === asked) Atomics.wait(words, 0, asked);
    if (Atomics.compareExchange(words, 0, answered, idle) !== answered) throw new Ended();
    return words[1];
  };
}

function runThread({ module, process, channel, tid, argument }) {
  let instance;
  try {
    instance = new WebAssembly.Instance(module, importsOf(process, makeAsk(channel)));
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    return postMessage({ refused: String(error?.message ?? error) });
  }
  postMessage({ ready: true });
  instance.exports[process.startExport]?.();
  if (tid) instance.exports.wasi_thread_start(tid, argument);
  else instance.exports._start();
  return postMessage({ done: true });
}

/** Holds a lock as long as this worker lives: nothing else tells the manager that it is gone. */
function hold(name) {
  globalThis.navigator?.locks?.request(name, () => new Promise(() => {}));
}

if (globalThis.name === "wasi-threads thread") {
  globalThis.onmessage = ({ data }) => {
    if (data.lock) hold(data.lock);
    if (data.prepare) return postMessage({ prepared: true });
    try {
      return runThread(data);
    } catch (error) {
      if (error instanceof Ended) return undefined;
      return postMessage({ trap: describeTrap(error, data.process.codeMoved) });
    }
  };
}

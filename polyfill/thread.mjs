// What runs in the worker of a thread: an instance of the module, and the calls that it makes.
//
// Always true: a call that touches what threads share (descriptors, threads, the end) is made by the manager
// while this thread waits; all else is answered here. The memory's buffer is asked for anew each time, since
// another thread may have grown it. This file imports nothing, so that a worker is one file to load.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md

// A channel: words of 8 bytes. The first holds the state and the answer, the second which function is asked
// for, and the others its arguments.
const channelBytes = 8 * 12;
const idle = 0;
const asked = 1;
const answered = 2;
const ended = 3;

/** The manager's side of a channel. */
export function makeChannel() {
  const buffer = new SharedArrayBuffer(channelBytes);
  const [words, longs] = [new Int32Array(buffer), new BigInt64Array(buffer)];
  const tell = (state) => {
    Atomics.store(words, 0, state);
    Atomics.notify(words, 0);
  };
  return {
    buffer,
    /** Which function is asked for. */
    index: () => words[2],
    /** Its arguments: 126 is an i64, all else an i32. */
    values: (types) => types.map((type, index) => (type === 126 ? longs[2 + index] : words[4 + 2 * index])),
    answer(result) {
      words[1] = result;
      tell(answered);
    },
    end: () => tell(ended),
  };
}

/** Thrown to leave the guest's code when the process has ended. */
const leaving = Symbol("the end");

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
const sinceStart = () => nanoseconds(performance.now());
const hrtime = globalThis.process?.hrtime?.bigint;

/** The clocks by their numbers: wall clock, monotonic, processor time of the process and of the thread. */
export const clocks = [
  () => BigInt(Date.now()) * 1000000n,
  hrtime ?? (() => nanoseconds(performance.timeOrigin + performance.now())),
  sinceStart,
  sinceStart,
];

/** The calls that need nothing that threads share, on `process.memory`. */
function ownCalls({ memory, arguments: words, environment }) {
  // JavaScript runs where words begin with their lowest byte.
  const put = (address, words) => {
    const bytes = bytesOf(memory, address, words.byteLength);
    bytes?.set(new Uint8Array(words.buffer));
    return bytes ? success : fault;
  };
  const put32 = (address, ...words) => put(address, Uint32Array.from(words));
  const clock = (number, address, value) =>
    (number >>> 0 > 3 ? inval : put(address, BigUint64Array.of(value())));
  const strings = (list) => {
    const text = new TextEncoder().encode(list.map((string) => `${string}\0`).join(""));
    const starts = [];
    text.forEach((_, index) => index && text[index - 1] || starts.push(index));
    return [
      (pointers, address) => {
        const bytes = bytesOf(memory, address, text.length);
        bytes?.set(text);
        return bytes ? put32(pointers, ...starts.map((start) => address + start)) : fault;
      },
      (count, address) => put32(count, list.length) || put32(address, text.length),
    ];
  };
  const [args_get, args_sizes_get] = strings(words);
  const [environ_get, environ_sizes_get] = strings(environment);
  return {
    args_get, args_sizes_get, environ_get, environ_sizes_get,
    clock_res_get: (number, result) => clock(number, result, () => (number ? 1000n : 1000000n)),
    clock_time_get: (number, _, result) => clock(number, result, clocks[number]),
    random_get(address, count) {
      const bytes = bytesOf(memory, address, count);
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
  [/shared/i, "expected shared memory"],
  [/unreachable/i, "unreachable"],
  [/by zero/i, "integer divide by zero"],
  [/conversion|float unrep|truncat/i, "invalid conversion to integer"],
  [/overflow|unrepresentable/i, "integer overflow"],
  [/signature|indirect call to null|null function/i, "indirect call type mismatch"],
  [/table/i, "out of bounds table access"],
  [/memory|out of bounds/i, "out of bounds memory access"],
];
const mostFrames = 64;
const messageOf = (error) => String(error?.message ?? error);

/** What is told of a trap: its reason, and the functions that were active, innermost first. */
function describeTrap(error, codeMoved) {
  const message = messageOf(error);
  // "at name (place", and in Firefox "name@place".
  const lines = String(error?.stack)
    .matchAll(/^\s*(?:at (.*?) \(|(.*?)@)?.*wasm-function\[(\d+)\]:(?:0x)?([0-9a-f]+)/gm);
  const frames = [...lines].slice(0, mostFrames).map(([, name, other, index, offset]) => ({
    name: name ?? (other || null), function: Number(index), offset: parseInt(offset, 16) - codeMoved,
  }));
  return { reason: reasons.find(([pattern]) => pattern.test(message))?.[1] ?? message, frames };
}

/** What an instance imports. `ask` makes a call of the manager, by number, and gives nothing after the end. */
function importsOf(process, ask) {
  const own = ownCalls(process);
  const functions = Object.fromEntries(process.names.map((name, index) => [name, own[name] ?? ((...values) => {
    const result = ask(index, values);
    if (result === undefined) throw leaving;
    return result;
  })]));
  const imports = { wasi_snapshot_preview1: functions, wasi: functions };
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
    values.forEach((value, at) => {
      if (typeof value === "bigint") longs[2 + at] = value;
      else words[4 + 2 * at] = value;
    });
    // Whoever has ended the process has left `ended` here, and it stays.
    if (Atomics.compareExchange(words, 0, idle, asked) !== idle) return undefined;
    postMessage(null);
    // A wake-up may be late, and be that for the call before.
    while (Atomics.load(words, 0) === asked) Atomics.wait(words, 0, asked);
    return Atomics.compareExchange(words, 0, answered, idle) === answered ? words[1] : undefined;
  };
}

/** Runs a thread, and tells how it goes; nothing any more where the process has ended. */
export function runThread({ module, process, tid, argument }, ask, tell) {
  let exports;
  try {
    ({ exports } = new WebAssembly.Instance(module, importsOf(process, ask)));
  } catch (error) {
    const isTrap = error instanceof WebAssembly.RuntimeError;
    return tell(isTrap ? { trap: describeTrap(error, 0) } : { refused: messageOf(error) });
  }
  try {
    tell({ ready: true });
    exports[process.startExport]?.();
    if (tid) exports.wasi_thread_start(tid, argument);
    else exports._start();
    return tell({ done: true });
  } catch (error) {
    return error === leaving ? undefined : tell({ trap: describeTrap(error, process.codeMoved) });
  }
}

const { name } = globalThis;
if (name?.startsWith("wasi-threads thread")) {
  // Held as long as this worker lives: nothing else tells the manager that it is gone.
  globalThis.navigator?.locks?.request(name, () => new Promise(() => {}));
  globalThis.onmessage = ({ data }) => {
    if (data) runThread(data, makeAsk(data.channel), (message) => postMessage(message));
    else postMessage({ prepared: true });
  };
}

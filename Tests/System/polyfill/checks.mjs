// node checks.mjs CHECK GUESTS: one check of the interface in Node; prints what it found as JSON.

import { readFile } from "node:fs/promises";
import { Worker } from "../../../polyfill/node.mjs";
import { makeChannel } from "../../../polyfill/thread.mjs";
import { MemoryDirectory, Process, Program, run, Trap } from "../../../polyfill/wasi-threads.mjs";

const [check, folder] = process.argv.slice(2);
const load = async (name) => Program.load(new Uint8Array(await readFile(`${folder}/${name}.wasm`)));
const told = (promise) => promise.then((result) => result.status, (error) => [error.name, error.kind, error.message]);

const checks = {
  /** The calling thread waits meanwhile, in spawns too. */
  async sync() {
    const nested = (await Process.create(await load("nested"))).runSync();
    const lines = [];
    const stdout = (bytes) => lines.push(String.fromCharCode(...bytes));
    const hello = await Process.create(await load("hello"), { stdout });
    const status = hello.runSync();
    const before = lines.length;
    await hello.finished;
    let trap;
    try {
      (await Process.create(await load("trap-in-thread"))).runSync();
    } catch (error) {
      trap = [error instanceof Trap, error.tid, error.reason];
    }
    return { nested, status, before, lines, trap };
  },

  /** From outside, whatever the threads do. */
  async end() {
    const program = await load("ending");
    const results = {};
    for (const state of ["busy", "wait", "poll", "descriptor", "read"]) {
      const guest = await Process.create(program, {
        arguments: ["ending", state, "never", "3"], stdin: "pipe", stdout: () => guest.end("enough"),
      });
      results[state] = await told(guest.run());
    }
    // Where the guest has no thread of its own, too.
    const alone = await Process.create(await load("loop"), { threads: false });
    const finished = told(alone.run());
    alone.end("enough");
    return { ...results, alone: await finished };
  },

  /** A wake-up that was for the call before is no answer. */
  async wakeup() {
    const { module, info } = await load("hello");
    const channel = makeChannel();
    const words = new Int32Array(channel.buffer);
    const asked = 1;
    const script = new URL("../../../polyfill/thread.mjs", import.meta.url);
    const worker = new Worker(script, { name: "wasi-threads thread" });
    const messages = [];
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => {
        messages.push(data);
        if (data?.done || data?.trap) return resolve({ messages, state: words[0] });
        if (data !== null) return undefined;
        // Until it sleeps, so that this is what wakes it.
        while (words[0] === asked && Atomics.notify(words, 0) === 0);
        // Asleep again, so that the answer finds it there: without that it has left, and this ends never.
        while (Atomics.notify(words, 0) === 0);
        return channel.answer(0);
      };
      const memory = info.memory && new WebAssembly.Memory(info.memory);
      worker.postMessage({
        module, channel: channel.buffer, tid: 0, argument: 0,
        process: { ...info, names: ["fd_write"], arguments: [], environment: [], memory },
      });
    }).finally(() => channel.end() || worker.terminate());
  },

  async input() {
    const guest = await Process.create(await load("echo"), { stdin: "pipe", stdout: "capture" });
    guest.write("one ");
    guest.write(new TextEncoder().encode("two\n"));
    guest.closeInput();
    return new TextDecoder().decode((await guest.run()).stdout);
  },

  async files() {
    const directory = new MemoryDirectory({ in: "text", below: { deep: "x" } });
    const { status } = await run(await load("files"), { directories: { "/": directory }, stdout: "capture" });
    const readOnly = new MemoryDirectory({ in: "text" }, { readOnly: true });
    const refused = await run(await load("files"), { directories: { "/": readOnly } });
    return { status, out: directory.text("out"), deep: directory.text("below/deep"), refused: refused.status };
  },

  /** Threads come and go; a function of the caller sees it. */
  async observed() {
    const seen = [];
    await run(await load("nested"), { onThread: (tid, state) => seen.push(`${state} ${tid}`) });
    return seen.filter((line) => line.startsWith("started")).sort();
  },

  async output() {
    // More than is sent ahead, to a function that is slower than the guest.
    let count = 0;
    const text = "x".repeat(3 << 20);
    await run(await load("echo"), { stdin: { text }, stdout: (bytes) => { count += bytes.length; } });
    return count;
  },

  async twice() {
    const guest = await Process.create(await load("hello"));
    const first = await told(guest.run());
    return [first, await told((async () => guest.run())())];
  },

  async refusals() {
    const [hello, spawner] = [await load("hello"), await load("thread-start-missing")];
    const outcomes = [
      run(hello, { arguments: ["a\0b"] }), run(hello, { environment: { "A=B": "" } }), run(hello, { stdout: "file" }),
      run(hello, { stdin: "text" }), run(hello, { directories: { "/": 7 } }),
      run(hello, { directories: { "/": "/nowhere/at/all" } }), run(new Uint8Array([0, 97, 115, 109, 1])),
      run(new Uint8Array()), run(spawner, { threads: false }),
    ];
    return Promise.all(outcomes.map(told));
  },
};

console.log(JSON.stringify(await checks[check]()));
process.exit(0);

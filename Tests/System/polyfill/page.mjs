// What a test has a page do, by the name in the page's address; the result goes back to the test.

import { runCases } from "./harness.mjs";

const wanted = new URLSearchParams(location.search);
const { Process, run } = await import(wanted.get("polyfill") ?? "../../../polyfill/wasi-threads.mjs");
const guest = (name) => `/build/guests/${name}.wasm`;
const load = async (name) => (await fetch(guest(name))).arrayBuffer();

/** The message of the error that a promise is rejected with, or what it gives. */
const outcome = (promise) => promise.then(
  ({ status, stdout }) => ({ status, stdout: new TextDecoder().decode(stdout) }),
  (error) => ({ kind: error.kind, message: error.message }));

const tests = {
  async guests() {
    const cases = (await (await fetch("guests.json")).json()).filter((one) => !wanted.get("only")
      || wanted.get("only").split(",").includes(one.guest));
    return runCases(cases, load, Number(wanted.get("runs") ?? 1));
  },

  /** The page's own thread does nothing but count, from the start of the guest to its end. */
  async busy() {
    const process = await Process.create(guest(wanted.get("guest")), {
      prepare: Number(wanted.get("prepare") ?? 0), managerURL: wanted.get("managerURL") ?? undefined,
    });
    const result = new SharedArrayBuffer(65536);
    const words = new Int32Array(result);
    process.begin(result);
    const end = performance.now() + 60000;
    while (!Atomics.load(words, 0) && performance.now() < end);
    const text = new Uint8Array(result, 12, words[2]).slice();
    return { ended: Atomics.load(words, 0), text: new TextDecoder().decode(text) };
  },

  /** Each of these guests, one after the other. */
  async outcomes() {
    const results = {};
    for (const name of wanted.get("guests").split(",")) {
      results[name] = await outcome(run(guest(name), {
        stdout: "capture", maxThreads: 3, threadURL: wanted.get("threadURL") ?? undefined,
      }));
    }
    return { isolated: crossOriginIsolated, results };
  },

  async sync() {
    const process = await Process.create(guest("hello"));
    try {
      return process.runSync();
    } catch (error) {
      return { kind: error.kind, message: error.message };
    }
  },
};

let result;
try {
  result = await tests[wanted.get("test")]();
} catch (error) {
  result = { failed: String(error?.stack ?? error) };
}
await fetch("/result", { method: "POST", body: JSON.stringify(result) });

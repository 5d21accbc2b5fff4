// The beginning of each of the polyfill's workers in Node: gives it what a browser's worker has.

import { parentPort, workerData } from "node:worker_threads";

globalThis.name = workerData.name;
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
if (workerData.name === "wasi-threads manager") {
  globalThis.Worker = (await import("./node.mjs")).Worker;
  globalThis.wasiThreadsHost = await import("./node-host.mjs");
}
await import(workerData.url);
// Messages that came meanwhile wait for this.
parentPort.on("message", (data) => globalThis.onmessage({ data }));

// What Node's workers lack of a browser's, and what is wrong in its older versions. Loaded in Node only.

import v8 from "node:v8";
import { Worker as NodeWorker } from "node:worker_threads";

const entry = new URL("./node-worker.mjs", import.meta.url);

/** A worker with the interface that it has in a browser. */
export class Worker {
  constructor(url, { name }) {
    this.worker = new NodeWorker(entry, { workerData: { url: String(url), name }, execArgv: [], argv: [] });
    this.worker.on("message", (data) => this.onmessage?.({ data }));
    this.worker.on("error", (error) => this.onerror?.({ message: String(error?.message ?? error) }));
  }

  postMessage(message, transfer) {
    this.worker.postMessage(message, transfer);
  }

  /** Fulfilled when the thread is gone. */
  terminate() {
    return this.worker.terminate();
  }
}

// (func (export "probe") (result i32) ...): has a local survive memory.atomic.wait32, and gives it: 7.
const probe = "AGFzbQEAAAABBQFgAAF/AwIBAAUEAQMBAQcJAQVwcm9iZQAAChoBGAEBfz8AQQZqIQBBAEEBQn/+AQIAGiAACw==";

/**
 * The first of the two compilers in the V8 of Node 20 loses locals where a thread waits, in any program. There
 * only the second is used from now on; it takes longer to start.
 */
function avoidBrokenCompiler() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(probe, "base64")));
  if (exports.probe() !== 7) v8.setFlagsFromString("--no-liftoff");
}

avoidBrokenCompiler();

// A worker that tells that it runs, and waits, or computes: what a thread costs without the polyfill.

if (globalThis.postMessage) postMessage(null);
else (await import("node:worker_threads")).parentPort.postMessage(null);
setInterval(() => {}, 1e6);
while (import.meta.url.endsWith("?computing"));

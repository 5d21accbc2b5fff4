// What the driver asks of a page or of Node, as JSON: { threads, rounds, seconds, guests }, the last [[name, bytes]].
// Gives ms for each bare worker and each spawn, by round, and in a page how far its frames are apart meanwhile.

import { Process, Program } from "../../polyfill/wasi-threads.mjs";

const isNode = typeof globalThis.process === "object";
const bare = (kind) => new URL(`bare.mjs${kind}`, import.meta.url);
const makeWorker = isNode
  ? await import("node:worker_threads").then(({ Worker }) => (kind) => new Worker(bare(kind)))
  : (kind) => new Worker(bare(kind), { type: "module" });
// A browser may let a worker that is terminated compute for two seconds more.
const untilOthersAreGone = () => new Promise((resolve) => setTimeout(resolve, 4000));

/** Starts so many workers one after the other, all of which stay until the end; ms for each, and `meanwhile`. */
async function startWorkers(count, kind, meanwhile) {
  const workers = [];
  const begun = performance.now();
  for (let left = count; left > 0; left--) {
    const worker = makeWorker(kind);
    workers.push(worker);
    await new Promise((resolve) => (isNode ? worker.once("message", resolve) : worker.onmessage = resolve));
  }
  const time = (performance.now() - begun) / count;
  const found = await meanwhile();
  for (const worker of workers) worker.terminate();
  return { time, found };
}

/** The longest time between two frames of this page, and the median, in ms. */
async function frames(seconds) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) times.push(await new Promise(requestAnimationFrame));
  const gaps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b);
  return { longest: gaps.at(-1), median: gaps[gaps.length >> 1], count: gaps.length };
}

/** Has a guest start its threads; ms for each, and what `meanwhile` gives while they live. */
async function runGuest(program, count, meanwhile) {
  let took;
  const started = new Promise((resolve) => { took = resolve; });
  const guest = await Process.create(program, { stdin: "pipe", stdout: took });
  const ended = guest.run();
  const bytes = await Promise.race([started, ended.then(() => Promise.reject(new Error("the guest told nothing")))]);
  const found = await meanwhile();
  guest.write("\n");
  await ended;
  return { time: Number(new BigInt64Array(bytes.slice().buffer)[0]) / 1e6 / count, found };
}

export async function measure({ threads, rounds, seconds, guests }) {
  const result = { worker: [], spawn: [], frames: {} };
  const programs = new Map();
  for (const [name, bytes] of guests) programs.set(name, await Program.load(Uint8Array.from(bytes)));
  for (let round = 0; round < rounds; round++) {
    result.worker.push((await startWorkers(threads, "", () => {})).time);
    result.spawn.push((await runGuest(programs.get("waiting"), threads, () => {})).time);
  }
  if (isNode) return result;
  result.frames.none = await frames(seconds);
  for (const [name, program] of programs) {
    result.frames[name] = (await runGuest(program, threads, () => frames(seconds))).found;
    await untilOthersAreGone();
  }
  const { found } = await startWorkers(threads, "?computing", () => frames(seconds));
  result.frames["bare workers that compute"] = found;
  return result;
}

if (isNode) {
  const { readFileSync } = await import("node:fs");
  console.log(JSON.stringify(await measure(JSON.parse(readFileSync(0, "utf8")))));
  process.exit(0);
} else {
  const settings = await (await fetch(new URLSearchParams(location.search).get("settings"))).json();
  const result = await measure(settings).catch((error) => ({ failed: String(error?.stack ?? error) }));
  await fetch("/result", { method: "POST", body: JSON.stringify(result) });
}

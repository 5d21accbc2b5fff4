// Runs the guests of guests.json in the polyfill, in a browser's page or in Node, and gives what each did.

import { canShareMemory, Process, Program, Trap } from "../../../polyfill/wasi-threads.mjs";

const text = (bytes) => new TextDecoder().decode(bytes);

/** What one run did, in the words of the list. */
async function runOnce(program, { guest, arguments: words = [], input, maxThreads }, limit) {
  const process = await Process.create(program, {
    arguments: [guest, ...words], maxThreads, stdout: "capture", stderr: "capture",
    stdin: input === undefined ? "pipe" : { text: input },
  });
  const timer = setTimeout(() => process.end("hang"), limit);
  try {
    const { status, stdout } = await process.run();
    return { status, stdout: text(stdout) };
  } catch (error) {
    const told = { stdout: text(error.stdout ?? new Uint8Array()), message: error.message };
    if (!(error instanceof Trap)) return { ...told, status: "error" };
    return { ...told, status: 134, frames: error.frames.map((frame) => frame.name) };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs each case `runs` times; gives a list of results, the same ones once. */
export async function runCases(cases, load, runs, limit = 60000) {
  const results = [];
  for (const one of cases) {
    const found = new Set();
    try {
      const program = await Program.load(await load(one.guest));
      for (let run = 0; run < runs; run++) found.add(JSON.stringify(await runOnce(program, one, limit)));
    } catch (error) {
      found.add(JSON.stringify({ status: "error", stdout: "", message: error.message }));
    }
    results.push([...found].map((result) => JSON.parse(result)));
  }
  return results;
}

export { canShareMemory };

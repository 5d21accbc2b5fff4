// node preview1.mjs MODULE: a program of Tests/Guests/preview1 in a directory without a disk; its output.

import { readFile } from "node:fs/promises";
import { MemoryDirectory, run } from "../../../polyfill/wasi-threads.mjs";

const [module] = process.argv.slice(2);
const { status, stdout } = await run(new Uint8Array(await readFile(module)), {
  arguments: ["program"], environment: { A: "1", LONG: "two words" }, stdin: { text: "input" }, stdout: "capture",
  directories: { "/": new MemoryDirectory() },
});
process.stdout.write(stdout);
process.exitCode = status;

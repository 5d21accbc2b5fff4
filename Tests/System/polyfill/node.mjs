// node node.mjs GUESTS RUNS: the cases of standard input in Node, results to standard output.

import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { runCases } from "./harness.mjs";

const [folder, runs] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(0, "utf8"));
const results = await runCases(cases, (name) => readFile(`${folder}/${name}.wasm`), Number(runs));
process.stdout.write(JSON.stringify(results));

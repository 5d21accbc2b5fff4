#!/usr/bin/env node
// The polyfill as a command: node cli.mjs [options] module [argument…]. Its options and statuses are those of
// `wasi-threads run`.

import { readFile } from "node:fs/promises";
import { Process, Program, Trap, WasiThreadsError } from "./wasi-threads.mjs";

const usage = `Usage: node cli.mjs [options] module [argument ...]
  --env NAME=VALUE          set a variable of the guest
  --env-inherit             give the guest all variables, before those of --env
  --dir HOST[::GUEST][:ro]  give the guest a directory
  --max-threads COUNT       let at most so many spawned threads live at a time
  --timeout SECONDS         end the guest after this time
`;

function misuse(message) {
  process.stderr.write(`wasi-threads: ${message}\n${usage}`);
  process.exit(64);
}

function directory(word) {
  const readOnly = word.endsWith(":ro");
  const [path, guest = path] = (readOnly ? word.slice(0, -3) : word).split(/::(.*)/s);
  return path && guest ? [guest, { path, readOnly }] : misuse(`--dir takes HOST[::GUEST][:ro], not "${word}".`);
}

function number(word, isFit, text) {
  const value = Number(word);
  return word?.trim() && isFit(value) ? value : misuse(`${text}, not "${word}".`);
}

function parse(words) {
  const options = { environment: {}, directories: {} };
  while (words[0]?.startsWith("-")) {
    const name = words.shift();
    if (name === "--") break;
    if (name === "--help") {
      process.stdout.write(usage);
      process.exit(0);
    }
    if (name === "--env-inherit") {
      options.environment = { ...process.env, ...options.environment };
      continue;
    }
    if (!["--env", "--dir", "--max-threads", "--timeout"].includes(name)) misuse(`There is no option ${name}.`);
    const word = words.shift() ?? misuse(`${name} takes a value.`);
    if (name === "--env") {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? misuse(`--env takes NAME=VALUE, not "${word}".`);
      options.environment[key] = value;
    } else if (name === "--dir") {
      const [guest, given] = directory(word);
      options.directories[guest] = given;
    } else if (name === "--max-threads") {
      options.maxThreads = number(word, (n) => Number.isInteger(n) && n >= 0, "--max-threads takes a number");
    } else {
      options.timeout = number(word, (n) => n > 0 && n < 1e6, "--timeout takes seconds");
    }
  }
  if (!words.length) misuse("Missing <module>.");
  return { options, words };
}

/** The status of a run, or the name of the signal that ended it, once every thread is gone. */
async function main() {
  const { options, words } = parse(process.argv.slice(2));
  let ending = 1;
  try {
    const bytes = await readFile(words[0]).catch((error) => {
      throw new WasiThreadsError(`${words[0]} cannot be read: ${error.message}.`, "module");
    });
    const guest = await Process.create(await Program.load(new Uint8Array(bytes)), {
      ...options, arguments: words, stdin: "inherit", stdout: "inherit", stderr: "inherit",
    });
    const end = (status, reason) => {
      ending = status;
      guest.end(reason);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(signal, "A signal came."));
    if (options.timeout) setTimeout(() => end(124, "The time limit is over."), options.timeout * 1000).unref();
    return (await guest.run()).status;
  } catch (error) {
    if (!(error instanceof WasiThreadsError)) throw error;
    if (error.kind === "ended" && ending !== 124) return ending;
    process.stderr.write(`wasi-threads: ${error.message}\n`);
    if (!(error instanceof Trap)) return ending;
    for (const { name, function: index, offset } of error.frames) {
      const place = `function ${index}, offset 0x${offset.toString(16)}`;
      process.stderr.write(`    at ${name ? `${name} (${place})` : place}\n`);
    }
    return 134;
  }
}

const ended = await main();
if (typeof ended === "number") process.exit(ended);
// As a shell expects: it dies of the signal, once the guest is gone.
process.removeAllListeners(ended);
process.kill(process.pid, ended);

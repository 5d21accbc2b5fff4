// The page to try: a module is dropped, its threads and its output are shown.

import { canShareMemory, Process, Program, Trap } from "./wasi-threads.mjs";

const [file, drop, chosen, run, end, status, threads, output, notice] = [
  "file", "drop", "chosen", "run", "end", "status", "threads", "output", "notice",
].map((id) => document.getElementById(id));
const field = (id) => document.getElementById(id).value;
// More is not shown: a guest can write faster than a page draws.
const longestOutput = 200000;
const mostShownThreads = 200;

let source = null;
let guest = null;

if (!canShareMemory()) {
  notice.hidden = false;
  notice.textContent = "This page is not cross-origin isolated: programs run, but cannot start threads. Serve it by "
    + "“node serve.mjs”, or with the headers Cross-Origin-Opener-Policy: same-origin and "
    + "Cross-Origin-Embedder-Policy: require-corp.";
}

function tell(text, kind = "") {
  status.textContent = text;
  status.className = kind;
}

function choose(given) {
  if (!given) return;
  source = given;
  chosen.textContent = `${given.name} · ${given.size.toLocaleString()} bytes`;
  run.disabled = guest !== null;
  tell("");
}

function write(text, className = "") {
  const isAtEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  output.append(span);
  while (output.textContent.length > longestOutput && output.childElementCount > 1) output.firstChild.remove();
  if (isAtEnd) output.scrollTop = output.scrollHeight;
}

function showThread(tid, state) {
  const id = `thread-${tid}`;
  let item = document.getElementById(id);
  if (!item) {
    if (threads.childElementCount >= mostShownThreads) threads.firstChild.remove();
    item = Object.assign(document.createElement("li"), { id, textContent: tid ? `${tid}` : "main" });
    threads.append(item);
  }
  item.className = state;
  item.title = tid ? `Thread ${tid}: ${state}` : `The main thread: ${state}`;
}

/** Words as a shell has them: with quotes around some. */
const words = (text) => [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
  .map(([, double, single, plain]) => double ?? single ?? plain);

async function start() {
  output.replaceChildren();
  threads.replaceChildren();
  [run.disabled, end.disabled] = [true, false];
  tell("Loading …");
  const began = performance.now();
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  try {
    const program = await Program.load(await source.arrayBuffer());
    guest = await Process.create(program, {
      arguments: [source.name, ...words(field("arguments"))],
      maxThreads: Number(field("most")),
      stdin: { text: field("input") },
      stdout: (bytes) => write(decoders[1].decode(bytes, { stream: true })),
      stderr: (bytes) => write(decoders[2].decode(bytes, { stream: true }), "error"),
      onThread: showThread,
    });
    tell("Running …");
    const result = await guest.run();
    const time = ((performance.now() - began) / 1000).toFixed(2);
    tell(`Ended with status ${result.status} after ${time} s.`, result.status ? "bad" : "good");
  } catch (error) {
    tell(error.message, "bad");
    if (error instanceof Trap) {
      for (const { name, function: index } of error.frames) write(`    at ${name ?? `function ${index}`}\n`, "error");
    }
  } finally {
    for (const item of threads.children) item.className = "ended";
    guest = null;
    [run.disabled, end.disabled] = [false, true];
  }
}

file.addEventListener("change", () => choose(file.files[0]));
run.addEventListener("click", start);
end.addEventListener("click", () => guest?.end("Ended by you."));
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  choose(event.dataTransfer.files[0]);
});

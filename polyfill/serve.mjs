#!/usr/bin/env node
// Serves this folder with the headers that let a page's threads share memory: node serve.mjs [port].

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const types = { ".mjs": "text/javascript", ".html": "text/html; charset=utf-8", ".wasm": "application/wasm" };
const port = Number(process.argv[2] ?? 8080);

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const path = join(folder, normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname)));
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  if (!path.startsWith(folder) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404).end("There is no such file.\n");
    return;
  }
  response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" });
  createReadStream(path).pipe(response);
});

server.listen(port, "127.0.0.1", () => {
  process.stdout.write(`http://localhost:${server.address().port}/\n`);
});

// A tree of files without a disk: the nodes that files.mjs speaks of.

import { encode } from "./bytes.mjs";
import {
  DIRECTORY, EINVAL, EISDIR, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, fail, REGULAR_FILE, SYMBOLIC_LINK,
} from "./types.mjs";

const now = () => BigInt(Date.now()) * 1000000n;
const listedAtOnce = 128;

class Node {
  links = 1;
  size = 0;
  /** Of the last access, modification and change. */
  #times = new Array(3).fill(now());

  /** `root` is what all nodes of a tree share: how much its files may hold together, and what they hold. */
  constructor(root, kind) {
    this.root = root;
    this.kind = kind;
    this.inode = ++root.lastInode;
  }

  /** The contents are others now. */
  touch() {
    this.#times.fill(now(), 1);
  }

  accessed() {
    this.#times[0] = now();
  }

  setTimes(access = this.#times[0], modification = this.#times[1]) {
    this.#times = [access, modification, now()];
  }

  stat() {
    return [0, this.inode, this.kind, this.links, this.size, ...this.#times];
  }
}

class MemoryFile extends Node {
  #bytes;

  constructor(root, contents = new Uint8Array()) {
    super(root, REGULAR_FILE);
    this.#bytes = contents;
    this.size = contents.length;
    root.used += this.size;
  }

  open() {
    return this;
  }

  get contents() {
    return this.#bytes.subarray(0, this.size);
  }

  /** How large it may become. */
  get #limit() {
    return this.size + this.root.limit - this.root.used;
  }

  resize(size) {
    if (size > this.#limit) fail(ENOSPC);
    const old = this.#bytes;
    if (size > old.length) {
      try {
        this.#bytes = new Uint8Array(Math.max(size, Math.min(2 * old.length, size + 2 ** 26)));
      } catch {
        fail(ENOSPC);
      }
      this.#bytes.set(old);
    }
    // What is cut off must not be found again when the file grows.
    if (size < this.size) this.#bytes.fill(0, size, this.size);
    this.root.used += size - this.size;
    this.size = size;
    this.touch();
  }

  read(bytes, position) {
    const part = this.contents.subarray(position, position + bytes.length);
    bytes.set(part);
    this.accessed();
    return part.length;
  }

  write(bytes, position) {
    if (bytes.length && position + bytes.length > this.size) {
      const end = Math.min(position + bytes.length, this.#limit);
      if (end <= position) fail(ENOSPC);
      this.resize(end);
    }
    const part = bytes.subarray(0, this.size - position);
    this.#bytes.set(part, position);
    this.touch();
    return part.length;
  }
}

class MemoryLink extends Node {
  constructor(root, target) {
    super(root, SYMBOLIC_LINK);
    this.target = target;
    this.size = encode(target).length;
  }
}

class MemoryDirectory extends Node {
  /** By name [number, node]. The numbers grow with time, 1 is ".", 2 is "..". */
  entries = new Map();
  #nextNumber = 3n;

  constructor(root, parent) {
    super(root, DIRECTORY);
    this.parent = parent;
  }

  requireThere() {
    if (!this.links) fail(ENOENT);
  }

  get(name) {
    this.requireThere();
    return this.entries.get(name)?.[1];
  }

  set(name, node) {
    this.requireThere();
    this.entries.set(name, [this.entries.get(name)?.[0] ?? this.#nextNumber++, node]);
    this.touch();
    return node;
  }

  list(cookie) {
    if (!this.links) return [];
    const { kind, inode } = this;
    return [
      [1n, inode, kind, "."], [2n, 0n, kind, ".."],
      ...[...this.entries].map(([name, [number, node]]) => [number, node.inode, node.kind, name]),
    ].filter(([number]) => number > cookie).slice(0, listedAtOnce);
  }

  createFile(name, contents) {
    return this.set(name, new MemoryFile(this.root, contents));
  }

  createDirectory(name) {
    return this.set(name, new MemoryDirectory(this.root, this));
  }

  createLink(name, target) {
    this.set(name, new MemoryLink(this.root, target));
  }

  link(name, node) {
    node.links++;
    node.setTimes();
    this.set(name, node);
  }

  remove(name, node) {
    if (node.entries?.size) fail(ENOTEMPTY);
    if (!--node.links && node.kind === REGULAR_FILE) this.root.used -= node.size;
    node.setTimes();
    this.entries.delete(name);
    this.touch();
  }

  rename(name, node, directory, newName, replaced) {
    directory.requireThere();
    const isDirectory = node.kind === DIRECTORY;
    if (isDirectory) for (let inner = directory; inner; inner = inner.parent) if (inner === node) fail(EINVAL);
    if (replaced && isDirectory !== (replaced.kind === DIRECTORY)) fail(isDirectory ? ENOTDIR : EISDIR);
    if (replaced) directory.remove(newName, replaced);
    this.entries.delete(name);
    this.touch();
    directory.set(newName, node);
    if (isDirectory) node.parent = directory;
  }
}

/** Fills a directory with what the program that runs the guest has given, by name: bytes, `target` or `entries`. */
function fill(directory, entries) {
  for (const [name, given] of entries) {
    if (given instanceof Uint8Array) directory.createFile(name, given.slice());
    else if (given.entries) fill(directory.createDirectory(name), given.entries);
    else directory.createLink(name, given.target);
  }
  return directory;
}

/** A tree whose files hold at most so much together. */
export const makeTree = (entries, limit) => fill(new MemoryDirectory({ lastInode: 0n, used: 0, limit }, null), entries);

/** The same the other way. */
export const entriesOf = (directory) => new Map([...directory.entries].map(([name, [, node]]) => [
  name, node.entries ? { entries: entriesOf(node) } : node.contents?.slice() ?? { target: node.target }]));

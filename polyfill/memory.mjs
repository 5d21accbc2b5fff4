// A tree of files without a disk: the nodes that files.mjs speaks of.

import { fail, filetype } from "./types.mjs";

const now = () => BigInt(Date.now()) * 1000000n;

/** How much all files of one tree may hold together. */
export class MemoryRoot {
  lastInode = 0n;
  used = 0;

  constructor(limit = 2 ** 30) {
    this.limit = limit;
    this.directory = new MemoryDirectory(this, null);
  }
}

class Node {
  links = 1;
  access = now();
  modification = this.access;
  change = this.access;
  size = 0;

  constructor(root, kind) {
    this.root = root;
    this.kind = kind;
    this.inode = ++root.lastInode;
  }

  touch() {
    this.modification = this.change = now();
  }

  setTimes(access, modification) {
    this.change = now();
    this.access = access ?? this.access;
    this.modification = modification ?? this.modification;
  }

  stat() {
    const { kind, inode, links, size, access, modification, change } = this;
    return { device: 0n, inode, kind, links, size, access, modification, change };
  }
}

export class MemoryFile extends Node {
  constructor(root, contents = new Uint8Array()) {
    super(root, filetype.file);
    this.bytes = contents;
    this.size = contents.length;
    root.used += this.size;
  }

  open() {
    return this;
  }

  get contents() {
    return this.bytes.subarray(0, this.size);
  }

  resize(size) {
    if (size - this.size > this.root.limit - this.root.used) fail("nospc");
    if (size > this.bytes.length) {
      let bytes;
      try {
        bytes = new Uint8Array(Math.max(size, Math.min(2 * this.bytes.length, size + 2 ** 26)));
      } catch {
        fail("nospc");
      }
      bytes.set(this.contents);
      this.bytes = bytes;
    }
    // What is cut off must not be found again when the file grows.
    if (size < this.size) this.bytes.fill(0, size, this.size);
    this.root.used += size - this.size;
    this.size = size;
    this.touch();
  }

  read(bytes, position) {
    const part = this.contents.subarray(position, position + bytes.length);
    bytes.set(part);
    this.access = now();
    return part.length;
  }

  write(bytes, position) {
    const end = Math.max(Math.min(position + bytes.length, this.size + this.root.limit - this.root.used), 0);
    if (position + bytes.length > this.size) {
      if (end <= position) fail("nospc");
      this.resize(end);
    }
    const part = bytes.subarray(0, Math.min(bytes.length, this.size - position));
    this.bytes.set(part, position);
    this.touch();
    return part.length;
  }
}

class MemoryLink extends Node {
  constructor(root, target) {
    super(root, filetype.link);
    this.target = target;
    this.size = new TextEncoder().encode(target).length;
  }
}

export class MemoryDirectory extends Node {
  /** By name { number, node }. The numbers grow with time, 1 is ".", 2 is "..". */
  entries = new Map();
  nextNumber = 3n;
  isRemoved = false;

  constructor(root, parent) {
    super(root, filetype.directory);
    this.parent = parent;
  }

  requireThere() {
    if (this.isRemoved) fail("noent");
  }

  get(name) {
    this.requireThere();
    return this.entries.get(name)?.node;
  }

  set(name, node) {
    this.requireThere();
    const old = this.entries.get(name);
    this.entries.set(name, { number: old?.number ?? this.nextNumber++, node });
    this.touch();
    return node;
  }

  list(cookie) {
    if (this.isRemoved) return [];
    const found = [];
    if (cookie < 1n) found.push({ next: 1n, inode: this.inode, kind: this.kind, name: "." });
    if (cookie < 2n) found.push({ next: 2n, inode: 0n, kind: this.kind, name: ".." });
    for (const [name, { number, node }] of this.entries) {
      if (number > cookie) found.push({ next: number, inode: node.inode, kind: node.kind, name });
      if (found.length === 128) break;
    }
    return found;
  }

  createFile(name) {
    return this.set(name, new MemoryFile(this.root));
  }

  createDirectory(name) {
    return this.set(name, new MemoryDirectory(this.root, this));
  }

  createLink(name, target) {
    return this.set(name, new MemoryLink(this.root, target));
  }

  link(name, node) {
    node.links++;
    node.change = now();
    this.set(name, node);
  }

  remove(name, node) {
    if (node.entries?.size) fail("notempty");
    node.isRemoved = true;
    if (--node.links === 0 && node.kind === filetype.file) this.root.used -= node.size;
    node.change = now();
    this.entries.delete(name);
    this.touch();
  }

  rename(name, node, directory, newName, replaced) {
    directory.requireThere();
    const isDirectory = node.kind === filetype.directory;
    if (isDirectory && directory.isInside(node)) fail("inval");
    if (replaced && isDirectory !== (replaced.kind === filetype.directory)) fail(isDirectory ? "notdir" : "isdir");
    if (replaced) directory.remove(newName, replaced);
    this.entries.delete(name);
    this.touch();
    directory.set(newName, node);
    if (isDirectory) node.parent = directory;
  }

  isInside(directory) {
    let inner = this;
    while (inner && inner !== directory) inner = inner.parent;
    return inner === directory;
  }
}

/** Fills a directory with what the program that runs the guest has given: [[name, contents]]. */
export function fill(directory, entries) {
  for (const [name, contents] of entries) {
    if (contents instanceof Uint8Array) directory.set(name, new MemoryFile(directory.root, contents.slice()));
    else if (typeof contents === "string") directory.createLink(name, contents);
    else fill(directory.createDirectory(name), contents);
  }
}

/** The same the other way. */
export function contentsOf(directory) {
  return [...directory.entries].map(([name, { node }]) => {
    if (node.kind === filetype.file) return [name, node.contents.slice()];
    return [name, node.kind === filetype.link ? node.target : contentsOf(node)];
  });
}

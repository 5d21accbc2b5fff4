// Open files and directories, wherever they are, and how a path is resolved.
//
// Always true: a path never leads out of the directory that it is given to. What is below it is a tree of
// nodes: memory.mjs has them without a disk, node-host.mjs on Node's. Each has `kind` and `inode`, and
// `stat()`, `setTimes(access, modification)`, `sync()`; a directory also
//   get(name)                        the node of that name, or undefined
//   list(cookie)                     [{ next, inode, kind, name }], some from there on
//   createFile(name), createDirectory(name), createLink(name, target)
//   remove(name, node)               of any kind; a directory is empty
//   link(name, node), rename(name, node, directory, newName, replaced)
// a link `target`, and a file `open(flags)`, `size`, `read(bytes, position)`, `write(bytes, position)`,
// `resize(size)`, `close()`.

import {
  directoryRights, fail, fdflag, fileRights, filetype, oflag, readingRights, rights, writingRights,
} from "./types.mjs";

const maximumLinks = 40;
const maximumName = 255;
const utf8Length = (text) => new TextEncoder().encode(text).length;

/** Where a path leads from a directory: { directory, name, node, mustBeDirectory }; no name for itself. */
function locate(path, start, followsLinks) {
  const stack = [start];
  const rest = path.split("/").filter(Boolean).reverse();
  let mustBeDirectory = path.endsWith("/");
  let links = 0;
  while (rest.length) {
    const name = rest.pop();
    const directory = stack.at(-1);
    if (name === ".") continue;
    if (name === "..") {
      if (stack.length === 1) fail("perm");
      stack.pop();
      continue;
    }
    if (utf8Length(name) > maximumName) fail("nametoolong");
    const node = directory.get(name);
    if (node?.kind === filetype.link && (rest.length || followsLinks)) {
      if (++links > maximumLinks) fail("loop");
      if (node.target.startsWith("/")) fail("perm");
      if (!rest.length && node.target.endsWith("/")) mustBeDirectory = true;
      rest.push(...node.target.split("/").filter(Boolean).reverse());
    } else if (!rest.length) {
      return { directory, name, node, mustBeDirectory };
    } else if (!node) {
      fail("noent");
    } else if (node.kind !== filetype.directory) {
      fail("notdir");
    } else {
      stack.push(node);
    }
  }
  const directory = stack.at(-1);
  directory.requireThere?.();
  return { directory, name: "", node: directory, mustBeDirectory };
}

/** What stands at a place; fails where nothing does, or no directory where one is meant. */
function existing({ node, mustBeDirectory }) {
  if (!node) fail("noent");
  if (mustBeDirectory && node.kind !== filetype.directory) fail("notdir");
  return node;
}

function requireCreatable(place) {
  if (!place.node && !place.mustBeDirectory) return;
  existing(place);
  fail("exist");
}

const withoutSlash = (path) => path.replace(/\/+$/, "");

/** A directory that is open. */
export class OpenDirectory {
  filetype = filetype.directory;
  flags = 0;

  constructor(node, readOnly) {
    this.node = node;
    this.readOnly = readOnly;
    this.rights = directoryRights(readOnly);
    this.inheriting = this.rights | fileRights(readOnly);
  }

  refusal(missing) {
    if (missing & rights("fd_seek fd_tell fd_advise fd_allocate fd_filestat_set_size")) return "badf";
    return missing & rights("path_filestat_set_size") ? "perm" : "notcapable";
  }

  setFlags() {
    fail("badf");
  }

  read() {
    fail("isdir");
  }

  write() {
    fail("isdir");
  }

  available = 0;

  file() {
    fail("isdir");
  }

  directory() {
    return this;
  }

  stat() {
    return this.node.stat();
  }

  setTimes(access, modification) {
    this.node.setTimes(access, modification);
  }

  sync() {
    this.node.sync?.();
  }

  close() {
    this.node.close?.();
  }

  entries(cookie) {
    return this.node.list(cookie);
  }

  at(path, followsLinks) {
    return locate(path, this.node, followsLinks || path.endsWith("/"));
  }

  open({ path, followsLinks, oflags, fdflags, base }) {
    const isNew = (oflags & oflag.creat) && (oflags & oflag.excl);
    const writes = (base & writingRights) !== 0;
    const place = this.at(path, followsLinks && !isNew);
    let { node } = place;
    if (place.name && place.mustBeDirectory && oflags & oflag.creat) fail("isdir");
    if (!node) {
      if (!(oflags & oflag.creat)) fail("noent");
      node = place.directory.createFile(place.name);
    } else if (isNew) {
      fail("exist");
    } else if (node.kind === filetype.link) {
      fail("loop");
    } else if (node.kind === filetype.directory) {
      if (writes || oflags & (oflag.creat | oflag.trunc)) fail("isdir");
      return new OpenDirectory(node.open?.() ?? node, this.readOnly);
    } else if (place.mustBeDirectory || oflags & oflag.directory) {
      fail("notdir");
    }
    const opened = node.open({ reads: (base & readingRights) !== 0, writes: writes || (oflags & oflag.trunc) !== 0 });
    const file = new OpenFile(opened, fdflags, this.readOnly);
    if (oflags & oflag.trunc) opened.resize(0);
    return file;
  }

  filestat(path, followsLinks) {
    return existing(this.at(path, followsLinks)).stat();
  }

  setTimesAt(path, followsLinks, access, modification) {
    existing(this.at(path, followsLinks)).setTimes(access, modification);
  }

  createDirectory(path) {
    const place = locate(withoutSlash(path), this.node, false);
    if (place.node) fail("exist");
    place.directory.createDirectory(place.name);
  }

  removeDirectory(path) {
    const { directory, name, node } = locate(withoutSlash(path), this.node, false);
    if (!node) fail("noent");
    if (node.kind !== filetype.directory) fail("notdir");
    if (!name) fail("inval");
    directory.remove(name, node);
  }

  removeFile(path) {
    const place = this.at(path, false);
    if (existing(place).kind === filetype.directory) fail("isdir");
    place.directory.remove(place.name, place.node);
  }

  createSymbolicLink(path, target) {
    const place = this.at(path, false);
    requireCreatable(place);
    place.directory.createLink(place.name, target);
  }

  readSymbolicLink(path) {
    const node = existing(this.at(path, false));
    if (node.kind !== filetype.link) fail("inval");
    return node.target;
  }

  /** Both are on the same kind of disk. */
  requireSame(other) {
    if (other.node.root !== this.node.root) fail("xdev");
  }

  link(path, other, newPath) {
    this.requireSame(other);
    const node = existing(this.at(path, false));
    const place = other.at(newPath, false);
    requireCreatable(place);
    if (node.kind === filetype.directory) fail("perm");
    place.directory.link(place.name, node);
  }

  rename(path, other, newPath) {
    this.requireSame(other);
    const old = locate(withoutSlash(path), this.node, false);
    const place = locate(withoutSlash(newPath), other.node, false);
    if (!old.node) fail("noent");
    if (!old.name || !place.name) fail("busy");
    const isDirectory = old.node.kind === filetype.directory;
    if ((path.endsWith("/") || newPath.endsWith("/")) && !isDirectory) fail("notdir");
    const replaced = place.node;
    if (replaced && replaced.inode === old.node.inode) return;
    old.directory.rename(old.name, old.node, place.directory, place.name, replaced);
  }
}

/** A file that is open: contents, and a position that its descriptors share. */
export class OpenFile {
  filetype = filetype.file;
  inheriting = 0;
  position = 0;

  constructor(node, flags, readOnly) {
    this.node = node;
    // What the disk does for one of these, it does for all.
    this.flags = flags & (fdflag.rsync | fdflag.sync) ? flags | fdflag.rsync | fdflag.sync | fdflag.dsync : flags;
    this.rights = fileRights(readOnly);
  }

  refusal() {
    return "notcapable";
  }

  setFlags(flags) {
    const fixed = fdflag.dsync | fdflag.rsync | fdflag.sync;
    if ((flags & fixed) & ~this.flags) fail("notsup");
    this.flags = (this.flags & fixed) | (flags & ~fixed);
  }

  file() {
    return this;
  }

  directory() {
    fail("notdir");
  }

  get available() {
    return Math.max(this.node.size - this.position, 0);
  }

  read(parts) {
    const count = this.readAt(parts, this.position);
    this.position += count;
    return count;
  }

  write(parts) {
    const start = this.flags & fdflag.append ? this.node.size : this.position;
    const count = this.writeAt(parts, start);
    this.position = start + count;
    return count;
  }

  readAt(parts, position) {
    if (position > Number.MAX_SAFE_INTEGER) fail("inval");
    let sum = 0;
    for (const part of parts) {
      const count = this.node.read(part, position + sum);
      sum += count;
      if (count < part.length) break;
    }
    return sum;
  }

  writeAt(parts, position) {
    if (position > Number.MAX_SAFE_INTEGER) fail("inval");
    const start = this.flags & fdflag.append ? this.node.size : position;
    let sum = 0;
    for (const part of parts) {
      const count = this.node.write(part, start + sum);
      sum += count;
      if (count < part.length) break;
    }
    return sum;
  }

  seek(offset, whence) {
    const target = [0, this.position, this.node.size][whence] + offset;
    if (target < 0 || target > Number.MAX_SAFE_INTEGER) fail("inval");
    this.position = target;
    return target;
  }

  stat() {
    return this.node.stat();
  }

  setTimes(access, modification) {
    this.node.setTimes(access, modification);
  }

  sync() {
    this.node.sync?.();
  }

  close() {
    this.node.close?.();
  }
}

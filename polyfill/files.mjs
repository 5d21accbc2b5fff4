// Open files and directories, wherever they are, and what is done at a path.
//
// Always true: a path never leads out of the directory that it is given to. What is below it is a tree of
// nodes: memory.mjs has them without a disk, node-host.mjs on Node's. Each has `kind` and `inode`, and
// `stat()`, the words of a `filestat` in its order, `setTimes(access, modification)`, `sync()`; a directory also
//   get(name)                        the node of that name, or undefined
//   list(cookie)                     [[next, inode, kind, name]], some from there on
//   createFile(name), createDirectory(name), createLink(name, target)
//   remove(name, node)               of any kind; a directory is empty
//   link(name, node), rename(name, node, directory, newName, replaced)
// a link `target`, and a file `open(flags)`, `size`, `read(bytes, position)`, `write(bytes, position)`,
// `resize(size)`, `close()`.

import { encode } from "./bytes.mjs";
import {
  APPEND, DIRECTORY, directoryRights, DSYNC, EBADF, EBUSY, EEXIST, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENOENT,
  ENOTCAPABLE, ENOTDIR, ENOTSUP, EPERM, EXDEV, fail, FD_ADVISE, FD_ALLOCATE, FD_FILESTAT_SET_SIZE, FD_SEEK, FD_TELL,
  fileRights, MAXIMUM_SIZE, O_CREAT, O_DIRECTORY, O_EXCL, O_TRUNC, PATH_FILESTAT_SET_SIZE, READING_RIGHTS, RSYNC,
  SYMBOLIC_LINK, SYNC, WRITING_RIGHTS,
} from "./types.mjs";

const maximumLinks = 40;
const maximumName = 255;

const isDirectory = (node) => node.kind === DIRECTORY;
const isLink = (node) => node?.kind === SYMBOLIC_LINK;
const isSlashed = (path) => path.endsWith("/");
/** The names of a path, the first one last. */
const namesOf = (path) => path.split("/").filter(Boolean).reverse();

/** Where a path leads from a directory: [directory, name, node, mustBeDirectory]; no name for itself. */
function locate(path, start, followsLinks) {
  const stack = [start];
  const rest = namesOf(path);
  let mustBeDirectory = isSlashed(path);
  let links = 0;
  while (rest.length) {
    const name = rest.pop();
    const directory = stack.at(-1);
    if (name === ".") continue;
    if (name === "..") {
      if (stack.length === 1) fail(EPERM);
      stack.pop();
      continue;
    }
    if (encode(name).length > maximumName) fail(ENAMETOOLONG);
    const node = directory.get(name);
    if (isLink(node) && (rest.length || followsLinks)) {
      const { target } = node;
      if (++links > maximumLinks) fail(ELOOP);
      if (target[0] === "/") fail(EPERM);
      if (!rest.length && isSlashed(target)) mustBeDirectory = true;
      rest.push(...namesOf(target));
    } else if (!rest.length) {
      return [directory, name, node, mustBeDirectory];
    } else if (!node) {
      fail(ENOENT);
    } else if (isDirectory(node)) {
      stack.push(node);
    } else {
      fail(ENOTDIR);
    }
  }
  const directory = stack.at(-1);
  directory.requireThere?.();
  return [directory, "", directory, mustBeDirectory];
}

const at = (open, path, followsLinks) => locate(path, open.node, followsLinks || isSlashed(path));
/** What a path names where a slash at its end changes nothing. */
const named = (open, path) => locate(path.replace(/\/+$/, ""), open.node);

/** What stands at a place; fails where nothing does, or no directory where one is meant. */
function existing([, , node, mustBeDirectory]) {
  if (!node) fail(ENOENT);
  if (mustBeDirectory && !isDirectory(node)) fail(ENOTDIR);
  return node;
}

/** Where a path leads, where nothing stands yet. */
function vacant(open, path) {
  const place = at(open, path);
  const [, , node, mustBeDirectory] = place;
  if (node || mustBeDirectory) existing(place) && fail(EEXIST);
  return place;
}

/** The node at a path. */
export const nodeAt = (open, path, followsLinks) => existing(at(open, path, followsLinks));

export function openAt(open, path, followsLinks, oflags, fdflags, base) {
  const [creates, truncates, writes] = [oflags & O_CREAT, oflags & O_TRUNC, base & WRITING_RIGHTS];
  const isNew = creates && (oflags & O_EXCL);
  const [directory, name, found, mustBeDirectory] = at(open, path, followsLinks && !isNew);
  let node = found;
  if (name && mustBeDirectory && creates) fail(EISDIR);
  if (!node) {
    if (!creates) fail(ENOENT);
    node = directory.createFile(name);
  } else if (isNew) {
    fail(EEXIST);
  } else if (isLink(node)) {
    fail(ELOOP);
  } else if (isDirectory(node)) {
    if (writes || creates || truncates) fail(EISDIR);
    return new OpenDirectory(node.open?.() ?? node, open.readOnly);
  } else if (mustBeDirectory || oflags & O_DIRECTORY) {
    fail(ENOTDIR);
  }
  const opened = node.open({ reads: base & READING_RIGHTS, writes: writes || truncates });
  const file = new OpenFile(opened, fdflags, open.readOnly);
  if (truncates) opened.resize(0);
  return file;
}

export function createDirectory(open, path) {
  const [directory, name, node] = named(open, path);
  if (node) fail(EEXIST);
  directory.createDirectory(name);
}

export function removeDirectory(open, path) {
  const [directory, name, node] = named(open, path);
  if (!node) fail(ENOENT);
  if (!isDirectory(node)) fail(ENOTDIR);
  if (!name) fail(EINVAL);
  directory.remove(name, node);
}

export function removeFile(open, path) {
  const place = at(open, path);
  if (isDirectory(existing(place))) fail(EISDIR);
  const [directory, name, node] = place;
  directory.remove(name, node);
}

export function createSymbolicLink(open, path, target) {
  const [directory, name] = vacant(open, path);
  directory.createLink(name, target);
}

export function readSymbolicLink(open, path) {
  const node = nodeAt(open, path);
  return isLink(node) ? node.target : fail(EINVAL);
}

/** Both are on the same kind of disk, and no file comes where more may be done with it than where it was. */
function requireMovable(from, to) {
  if (from.readOnly && !to.readOnly) fail(ENOTCAPABLE);
  if (from.node.root !== to.node.root) fail(EXDEV);
}

export function link(open, path, other, newPath) {
  requireMovable(open, other);
  const node = nodeAt(open, path);
  const [directory, name] = vacant(other, newPath);
  if (isDirectory(node)) fail(EPERM);
  directory.link(name, node);
}

export function rename(open, path, other, newPath) {
  requireMovable(open, other);
  const [directory, name, node] = named(open, path);
  const [newDirectory, newName, replaced] = named(other, newPath);
  if (!node) fail(ENOENT);
  if (!name || !newName) fail(EBUSY);
  if ((isSlashed(path) || isSlashed(newPath)) && !isDirectory(node)) fail(ENOTDIR);
  if (replaced?.inode === node.inode) return;
  directory.rename(name, node, newDirectory, newName, replaced);
}

const isADirectory = () => fail(EISDIR);

/** A directory that is open. */
export class OpenDirectory {
  flags = 0;
  read = isADirectory;
  write = isADirectory;
  file = isADirectory;

  constructor(node, readOnly) {
    this.node = node;
    this.readOnly = readOnly;
    this.rights = directoryRights(readOnly);
    this.inheriting = this.rights | fileRights(readOnly);
  }

  refusal(missing) {
    if (missing & (FD_SEEK | FD_TELL | FD_ADVISE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE)) return EBADF;
    return missing & PATH_FILESTAT_SET_SIZE ? EPERM : ENOTCAPABLE;
  }

  setFlags() {
    fail(EBADF);
  }

  directory() {
    return this;
  }
}

/** A file that is open: contents, and a position that its descriptors share. */
export class OpenFile {
  #position = 0;

  constructor(node, flags, readOnly) {
    this.node = node;
    // What the disk does for one of these, it does for all.
    this.flags = flags & (RSYNC | SYNC) ? flags | RSYNC | SYNC | DSYNC : flags;
    this.rights = fileRights(readOnly);
  }

  refusal() {
    return ENOTCAPABLE;
  }

  setFlags(flags) {
    const fixed = DSYNC | RSYNC | SYNC;
    if ((flags & fixed) & ~this.flags) fail(ENOTSUP);
    this.flags = (this.flags & fixed) | (flags & ~fixed);
  }

  file() {
    return this;
  }

  directory() {
    fail(ENOTDIR);
  }

  get available() {
    return Math.max(this.node.size - this.#position, 0);
  }

  /** Without a position, where the last one ended. */
  read(parts, position) {
    return this.#transfer("read", parts, position, position ?? this.#position);
  }

  write(parts, position) {
    return this.#transfer("write", parts, position, this.flags & APPEND ? this.node.size : position ?? this.#position);
  }

  /** Reads into or writes from parts, by the node's method of that name, until one is not done as a whole. */
  #transfer(method, parts, position, start) {
    if (start > MAXIMUM_SIZE) fail(EINVAL);
    let end = start;
    for (const part of parts) {
      const count = this.node[method](part, end);
      end += count;
      if (count < part.length) break;
    }
    if (position === undefined) this.#position = end;
    return end - start;
  }

  seek(offset, whence) {
    const target = [0, this.#position, this.node.size][whence] + offset;
    if (target < 0 || target > MAXIMUM_SIZE) fail(EINVAL);
    return this.#position = target;
  }
}

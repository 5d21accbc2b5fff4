// Directories and streams of the host, for Node.
//
// Always true: each name of a path is looked at by itself and links are followed by files.mjs, which keeps to
// the directory that was given. Node has no openat, so on systems without /proc a program outside that replaces
// directories by links meanwhile could lead a guest elsewhere; on Linux an open directory is reached through
// its descriptor.
// https://nodejs.org/api/fs.html

import fs from "node:fs";
import net from "node:net";
import tty from "node:tty";
import { Input, Output } from "./streams.mjs";
import { errnoNames, fail, Failure, filetype } from "./types.mjs";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
const hasDescriptorPaths = fs.existsSync("/proc/self/fd");

/** Makes a call of the host, whose errors become the guest's. */
function guarding(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure || !error?.code) throw error;
    const name = error.code === "ENOTSUP" ? "notsup" : String(error.code).slice(1).toLowerCase();
    return fail(errnoNames.includes(name) ? name : "io");
  }
}

const kindOf = (stat) =>
  stat.isDirectory() ? filetype.directory
    : stat.isFile() ? filetype.file
      : stat.isSymbolicLink() ? filetype.link
        : stat.isCharacterDevice() ? filetype.characterDevice
          : stat.isBlockDevice() ? filetype.blockDevice : filetype.unknown;

const statOf = (stat) => ({
  device: stat.dev, inode: stat.ino, kind: kindOf(stat), links: stat.nlink, size: stat.size,
  access: stat.atimeNs, modification: stat.mtimeNs, change: stat.ctimeNs,
});

const seconds = (time) => Number(time) / 1e9;

class HostNode {
  root = "host";

  constructor(path, stat) {
    this.path = path;
    this.kind = kindOf(stat);
    this.inode = `${stat.dev}:${stat.ino}`;
  }

  stat() {
    return statOf(guarding(() => fs.lstatSync(this.path, { bigint: true })));
  }

  setTimes(access, modification) {
    const old = this.stat();
    guarding(() => fs.lutimesSync(this.path, seconds(access ?? old.access), seconds(modification ?? old.modification)));
  }

  get target() {
    return guarding(() => fs.readlinkSync(this.path));
  }

  open({ reads, writes }) {
    if (this.kind !== filetype.file) fail("notsup");
    const mode = writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY;
    return new HostFile(guarding(() => fs.openSync(this.path, mode | O_NOFOLLOW | O_NONBLOCK)));
  }
}

class HostFile {
  constructor(fd) {
    this.fd = fd;
  }

  get size() {
    return guarding(() => fs.fstatSync(this.fd)).size;
  }

  stat() {
    return statOf(guarding(() => fs.fstatSync(this.fd, { bigint: true })));
  }

  setTimes(access, modification) {
    const old = this.stat();
    guarding(() => fs.futimesSync(this.fd, seconds(access ?? old.access), seconds(modification ?? old.modification)));
  }

  // The calls of Node take no shared memory everywhere, and copies are cheap beside them.
  read(bytes, position) {
    const copy = new Uint8Array(Math.min(bytes.length, 2 ** 20));
    const count = guarding(() => fs.readSync(this.fd, copy, 0, copy.length, position));
    bytes.set(copy.subarray(0, count));
    return count;
  }

  write(bytes, position) {
    const copy = bytes.slice(0, 2 ** 20);
    return copy.length ? guarding(() => fs.writeSync(this.fd, copy, 0, copy.length, position)) : 0;
  }

  resize(size) {
    guarding(() => fs.ftruncateSync(this.fd, size));
  }

  sync() {
    guarding(() => fs.fsyncSync(this.fd));
  }

  close() {
    fs.closeSync(this.fd);
  }
}

class HostDirectory extends HostNode {
  constructor(path, stat) {
    super(path, stat);
    this.listing = null;
  }

  /** A node that keeps the directory open, whatever is renamed. */
  open() {
    if (!hasDescriptorPaths) return this;
    const fd = guarding(() => fs.openSync(this.path, O_RDONLY | O_DIRECTORY));
    const opened = new HostDirectory(`/proc/self/fd/${fd}/.`, guarding(() => fs.fstatSync(fd, { bigint: true })));
    opened.fd = fd;
    return opened;
  }

  child(name) {
    return `${this.path}/${name}`;
  }

  get(name) {
    let stat;
    try {
      stat = fs.lstatSync(this.child(name), { bigint: true });
    } catch (error) {
      return error.code === "ENOENT" ? undefined : guarding(() => { throw error; });
    }
    return stat.isDirectory() ? new HostDirectory(this.child(name), stat) : new HostNode(this.child(name), stat);
  }

  /** The names as they were when reading began: what is removed meanwhile stays, what is added is not there. */
  list(cookie) {
    if (this.stat().links === 0n) return [];
    if (cookie === 0n || !this.listing) {
      const entries = guarding(() => fs.readdirSync(this.path, { withFileTypes: true }));
      const special = [".", ".."].map((name) => ({ name, kind: filetype.directory }));
      this.listing = [...special, ...entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))];
    }
    const from = Number(cookie < 2n ** 52n ? cookie : 2n ** 52n);
    return this.listing.slice(from, from + 128).map(({ name, kind }, index) => {
      let inode = 0n;
      try {
        inode = name === ".." ? 0n : fs.lstatSync(this.child(name), { bigint: true }).ino;
      } catch {
        // It was removed since.
      }
      return { next: BigInt(from + index + 1), inode, kind, name };
    });
  }

  createFile(name) {
    fs.closeSync(guarding(() => fs.openSync(this.child(name), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o666)));
    return this.get(name);
  }

  createDirectory(name) {
    guarding(() => fs.mkdirSync(this.child(name)));
  }

  createLink(name, target) {
    guarding(() => fs.symlinkSync(target, this.child(name)));
  }

  remove(name, node) {
    const isDirectory = node.kind === filetype.directory;
    guarding(() => (isDirectory ? fs.rmdirSync(this.child(name)) : fs.unlinkSync(this.child(name))));
  }

  link(name, node) {
    guarding(() => fs.linkSync(node.path, this.child(name)));
  }

  rename(name, node, directory, newName) {
    guarding(() => fs.renameSync(this.child(name), directory.child(newName)));
  }

  requireThere() {
    if (guarding(() => fs.statSync(this.path, { bigint: true })).nlink === 0n) fail("noent");
  }

  sync() {
    if (this.fd !== undefined) guarding(() => fs.fsyncSync(this.fd));
  }

  close() {
    if (this.fd !== undefined) fs.closeSync(this.fd);
  }
}

/** A directory that is given to a guest. */
export function directory(path) {
  try {
    return new HostDirectory(path, fs.statSync(path, { bigint: true })).open();
  } catch (error) {
    throw new Error(`The directory ${path} cannot be given to the guest: ${error.message ?? "it is none"}.`);
  }
}

/** The filetype of an inherited stream. */
function adopt(stream, fd) {
  try {
    stream.filetype = kindOf(fs.fstatSync(fd));
  } catch {
    stream.filetype = filetype.unknown;
  }
  return stream;
}

/** Standard input of this process, from which nothing is read before the guest asks. */
export function input(fd) {
  let source = null;
  const open = () => {
    const stat = fs.fstatSync(fd);
    if (tty.isatty(fd)) return new tty.ReadStream(fd);
    if (stat.isFIFO() || stat.isSocket()) return new net.Socket({ fd, readable: true, writable: false });
    return null;
  };
  const readNow = () => {
    const bytes = new Uint8Array(65536);
    const count = fs.readSync(fd, bytes, 0, bytes.length, null);
    if (count) stream.push(bytes.subarray(0, count));
    else stream.finish();
  };
  const demand = () => {
    try {
      if (source === null) {
        source = open() ?? { resume: readNow };
        source.on?.("data", (bytes) => {
          source.pause();
          stream.push(new Uint8Array(bytes));
        });
        source.on?.("end", () => stream.finish());
        source.on?.("error", () => stream.finish());
      }
      source.resume();
    } catch {
      stream.finish();
    }
  };
  // The event loop looks at descriptors between two rounds.
  const round = () => new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
  const look = () => {
    demand();
    return round().then(round);
  };
  const stream = new Input(demand, look);
  return adopt(stream, fd);
}

const pending = new Set();

/** Standard output of this process. A reader that is slow has only the thread wait that writes. */
export function output(fd) {
  let socket = null;
  const isPipe = (() => {
    try {
      const stat = fs.fstatSync(fd);
      return stat.isFIFO() || stat.isSocket();
    } catch {
      return false;
    }
  })();
  const throughSocket = (bytes) => {
    socket ??= new net.Socket({ fd, readable: false, writable: true });
    socket.on("error", () => {});
    const written = new Promise((resolve, reject) => {
      socket.write(bytes, (error) => (error ? reject(new Failure(error.code === "EPIPE" ? "pipe" : "io")) : resolve()));
    });
    pending.add(written);
    const forget = () => pending.delete(written);
    written.then(forget, forget);
    return written;
  };
  const directly = (bytes) => {
    for (let at = 0; at < bytes.length;) at += guarding(() => fs.writeSync(fd, bytes, at));
  };
  return adopt(new Output(isPipe ? throughSocket : directly), fd);
}

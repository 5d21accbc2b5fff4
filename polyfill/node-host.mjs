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
import {
  BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, EIO, ENOENT, ENOTSUP, EPIPE, fail, NONBLOCK, REGULAR_FILE,
  SYMBOLIC_LINK, UNKNOWN,
} from "./types.mjs";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
const hasDescriptorPaths = fs.existsSync("/proc/self/fd");

/** The errors of preview 1 in the order of their numbers, which start with 1. */
const errnoNames = (
  "2big acces addrinuse addrnotavail afnosupport again already badf badmsg busy canceled child connaborted "
  + "connrefused connreset deadlk destaddrreq dom dquot exist fault fbig hostunreach idrm ilseq inprogress intr "
  + "inval io isconn isdir loop mfile mlink msgsize multihop nametoolong netdown netreset netunreach nfile nobufs "
  + "nodev noent noexec nolck nolink nomem nomsg noprotoopt nospc nosys notconn notdir notempty notrecoverable "
  + "notsock notsup notty nxio overflow ownerdead perm pipe proto protonosupport prototype range rofs spipe srch "
  + "stale timedout txtbsy xdev notcapable"
).split(" ");

/** Makes a call of the host, whose errors become the guest's. */
function guarding(call) {
  try {
    return call();
  } catch (error) {
    if (typeof error === "number" || !error?.code) throw error;
    const name = error.code === "ENOTSUP" ? "notsup" : String(error.code).slice(1).toLowerCase();
    return fail(errnoNames.indexOf(name) + 1 || EIO);
  }
}

const kindOf = (stat) =>
  stat.isDirectory() ? DIRECTORY
    : stat.isFile() ? REGULAR_FILE
      : stat.isSymbolicLink() ? SYMBOLIC_LINK
        : stat.isCharacterDevice() ? CHARACTER_DEVICE
          : stat.isBlockDevice() ? BLOCK_DEVICE : UNKNOWN;

const statOf = (stat) =>
  [stat.dev, stat.ino, kindOf(stat), stat.nlink, stat.size, stat.atimeNs, stat.mtimeNs, stat.ctimeNs];

/** The times to set, in seconds, where those that are undefined stay as they were. */
const timesOf = (old, access, modification) =>
  [access ?? old.atimeNs, modification ?? old.mtimeNs].map((time) => Number(time) / 1e9);

class HostNode {
  root = "host";

  constructor(path, stat) {
    this.path = path;
    this.kind = kindOf(stat);
    this.inode = `${stat.dev}:${stat.ino}`;
  }

  hostStat() {
    return guarding(() => fs.lstatSync(this.path, { bigint: true }));
  }

  stat() {
    return statOf(this.hostStat());
  }

  setTimes(...times) {
    const seconds = timesOf(this.hostStat(), ...times);
    guarding(() => fs.lutimesSync(this.path, ...seconds));
  }

  get target() {
    return guarding(() => fs.readlinkSync(this.path));
  }

  open({ reads, writes }) {
    if (this.kind !== REGULAR_FILE) fail(ENOTSUP);
    const mode = writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY;
    return new HostFile(guarding(() => fs.openSync(this.path, mode | O_NOFOLLOW | O_NONBLOCK)));
  }
}

class HostFile {
  kind = REGULAR_FILE;

  constructor(fd) {
    this.fd = fd;
  }

  get size() {
    return guarding(() => fs.fstatSync(this.fd)).size;
  }

  stat() {
    return statOf(guarding(() => fs.fstatSync(this.fd, { bigint: true })));
  }

  setTimes(...times) {
    const seconds = timesOf(guarding(() => fs.fstatSync(this.fd, { bigint: true })), ...times);
    guarding(() => fs.futimesSync(this.fd, ...seconds));
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
    if (this.hostStat().nlink === 0n) return [];
    if (cookie === 0n || !this.listing) {
      const entries = guarding(() => fs.readdirSync(this.path, { withFileTypes: true }));
      const special = [".", ".."].map((name) => ({ name, kind: DIRECTORY }));
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
      return [BigInt(from + index + 1), inode, kind, name];
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
    const isDirectory = node.kind === DIRECTORY;
    guarding(() => (isDirectory ? fs.rmdirSync(this.child(name)) : fs.unlinkSync(this.child(name))));
  }

  link(name, node) {
    guarding(() => fs.linkSync(node.path, this.child(name)));
  }

  rename(name, node, directory, newName) {
    guarding(() => fs.renameSync(this.child(name), directory.child(newName)));
  }

  requireThere() {
    if (guarding(() => fs.statSync(this.path, { bigint: true })).nlink === 0n) fail(ENOENT);
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
    stream.kind = kindOf(fs.fstatSync(fd));
  } catch {
    stream.kind = UNKNOWN;
  }
  return stream;
}

/** Input from which nothing is read before the guest asks. */
class HostInput extends Input {
  #demand;
  #look;

  /**
   * `demand` is called when somebody wants more than there is; `look` gives a promise that is fulfilled when it is
   * known whether there is something at once.
   */
  constructor(demand, look) {
    super();
    this.#demand = demand;
    this.#look = look;
  }

  whenReady() {
    const ready = super.whenReady();
    this.#demand();
    return ready;
  }

  read(vectors) {
    const read = () => super.read(vectors);
    return this.isReady || !(this.flags & NONBLOCK) ? read() : this.#look().then(read);
  }
}

/** Standard input of this process. */
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
  const stream = new HostInput(demand, look);
  return adopt(stream, fd);
}

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
    return new Promise((resolve, reject) => {
      socket.write(bytes, (error) => (error ? reject(error.code === "EPIPE" ? EPIPE : EIO) : resolve()));
    });
  };
  const directly = (bytes) => {
    for (let at = 0; at < bytes.length;) at += guarding(() => fs.writeSync(fd, bytes, at));
  };
  return adopt(new Output(isPipe ? throughSocket : directly), fd);
}

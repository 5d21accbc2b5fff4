// Preview 1 on the side of what threads share: one table of descriptors, and the calls on it.
//
// Always true: the calls of all threads are made one after the other, by the manager. One that has to wait
// gives a promise. A guest's words are read once and used from the copy, and all places for results are
// checked before anything is done. A manager has one process, so what that has are this file's variables.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md

import { encode, joined } from "./bytes.mjs";
import {
  createDirectory, createSymbolicLink, link, nodeAt, openAt, readSymbolicLink, removeDirectory, removeFile, rename,
} from "./files.mjs";
import {
  EBADF, EFAULT, EFBIG, EILSEQ, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOTCAPABLE, ENOTSOCK, ENOTSUP, EPERM, fail,
  FD_ADVISE, FD_ALLOCATE, FD_DATASYNC, FD_FDSTAT_SET_FLAGS, FD_FILESTAT_GET, FD_FILESTAT_SET_SIZE,
  FD_FILESTAT_SET_TIMES, FD_READ, FD_READDIR, FD_SEEK, FD_SYNC, FD_TELL, FD_WRITE, MAXIMUM_SIZE, O_CREAT, O_DIRECTORY,
  O_TRUNC,
  PATH_CREATE_DIRECTORY, PATH_CREATE_FILE, PATH_FILESTAT_GET, PATH_FILESTAT_SET_SIZE, PATH_FILESTAT_SET_TIMES,
  PATH_LINK_SOURCE, PATH_LINK_TARGET, PATH_OPEN, PATH_READLINK, PATH_REMOVE_DIRECTORY, PATH_RENAME_SOURCE,
  PATH_RENAME_TARGET, PATH_SYMLINK, PATH_UNLINK_FILE, POLL_FD_READWRITE, READING_RIGHTS, rightsOf, WRITING_RIGHTS,
} from "./types.mjs";

const maximumVectors = 1024;
const maximumSubscriptions = 4096;
const maximumPath = 4096;
const maximumOffset = 2n ** 63n - 1n;
const maximumDescriptors = 512;
const utf8 = new TextDecoder("utf-8", { fatal: true });
/** What a guest is told of the room that a stream has. */
const pipeBuffer = 4096;

// The module's memory, null for a module without one; what ends the process; how to wait where nothing can give a
// promise; and the clocks and the look into memory that threads have too.
let memory, exit, sleep, clocks, bytesOf;
let descriptors = [];

export function setUp(given, resources) {
  ({ memory, exit, sleep, clocks, bytesOf } = given);
  descriptors = resources.map(({ resource, name }) => (
    { resource, name, uses: 1, base: resource.rights, inheriting: resource.inheriting ?? 0 }));
}

const closeResource = (descriptor) => descriptor?.resource.node.close?.();

export function close() {
  descriptors.forEach(closeResource);
}

// Memory

const bytes = (address, count) => bytesOf(memory, address, count) ?? fail(EFAULT);
/** A copy of words there, and words to go there: JavaScript runs where they begin with their lowest byte. */
const read = (Words, address, count) => new Words(bytes(address, count * Words.BYTES_PER_ELEMENT).slice().buffer);
const bytesOfWords = (words) => new Uint8Array(BigUint64Array.from(words, BigInt).buffer);
const put64 = (address, ...words) => bytes(address, words.length * 8).set(bytesOfWords(words));
const put32 = (address, word) => bytes(address, 4).set(bytesOfWords([word]).subarray(0, 4));

/** A path, or a link's target: one to an absolute path could not be followed, and is refused like one. */
function path(address, count) {
  const part = bytes(address, count);
  if (part.length >= maximumPath) fail(ENAMETOOLONG);
  const copy = part.slice();
  if (copy.includes(0)) fail(EINVAL);
  let found;
  try {
    found = utf8.decode(copy);
  } catch {
    fail(EILSEQ);
  }
  if (!found) fail(ENOENT);
  return found[0] === "/" ? fail(EPERM) : found;
}

/** Has `body` read into or write from the parts of memory that are told of, and stores how much it was. */
function transfer(vectors, count, result, body) {
  bytes(result, 4);
  if (count >>> 0 > maximumVectors) fail(EINVAL);
  const array = read(Uint32Array, vectors, count * 2);
  const parts = Array.from({ length: count }, (_, index) => bytes(array[index * 2], array[index * 2 + 1]));
  const done = parts.some((part) => part.length) ? body(parts) : 0;
  return done instanceof Promise ? done.then((sum) => put32(result, sum)) : put32(result, done);
}

// Arguments

const checked = (value, limit) => (value >>> 0 >= limit ? fail(EINVAL) : value);
const followsLinks = (flags) => checked(flags, 2);

/** A `filesize`, which a host takes as a signed number. */
function size(value) {
  const bits = BigInt.asUintN(64, value);
  return bits > maximumOffset ? fail(EINVAL) : Number(bits);
}

/** The times that a call sets, undefined for one that it leaves. Bit 0 gives the time, bit 1 takes the clock. */
function times(access, modification, flags) {
  checked(flags, 16);
  return [[access, flags & 3], [modification, flags >> 2]].map(([time, bits]) =>
    bits > 2 ? fail(EINVAL) : bits > 1 ? clocks[0]() : bits ? BigInt.asUintN(64, time) : undefined);
}

// Descriptors

function requireRights({ base, resource }, needed) {
  const missing = needed & ~base;
  if (missing) fail(missing & (FD_READ | FD_WRITE) ? EBADF : resource.refusal(missing));
}

function descriptorOf(fd, needed = 0) {
  const found = descriptors[fd] ?? fail(EBADF);
  requireRights(found, needed);
  return found;
}

const fileOf = (fd, needed) => descriptorOf(fd, needed).resource.file();

function directoryOf(fd, needed) {
  const descriptor = descriptorOf(fd);
  const directory = descriptor.resource.directory();
  requireRights(descriptor, needed);
  return directory;
}

function insert(resource, base, inheriting) {
  const descriptor = { resource, base, inheriting, uses: 1 };
  let number = descriptors.indexOf(undefined);
  if (number < 0) number = descriptors.length;
  if (number >= maximumDescriptors) {
    closeResource(descriptor);
    fail(EMFILE);
  }
  descriptors[number] = descriptor;
  return number;
}

/** A call that waits keeps what it uses; the last use closes it. */
function release(descriptor) {
  if (!--descriptor.uses) closeResource(descriptor);
}

function remove(fd) {
  const descriptor = descriptorOf(fd);
  descriptors[fd] = undefined;
  return descriptor;
}

const preopenName = ({ name }) => encode(name ?? fail(EBADF));
const sync = ({ resource }) => resource.node.sync?.();
const notASocket = () => fail(ENOTSOCK);

const streaming = (method) => (descriptor, ...where) => {
  const result = transfer(...where, (parts) => descriptor.resource[method](parts));
  if (!result) return undefined;
  descriptor.uses++;
  return result.finally(() => release(descriptor));
};

const positioned = (method) => (file, vectors, count, offset, result) =>
  transfer(vectors, count, result, (parts) => file[method](parts, size(offset)));

function allocate({ node }, start, count) {
  if (!count) fail(EINVAL);
  const end = start + count;
  if (end > MAXIMUM_SIZE) fail(EFBIG);
  if (end > node.size) node.resize(end);
}

function seek(fd, offset, whence, result) {
  checked(whence, 3);
  // A seek that goes nowhere only tells where that is.
  const file = fileOf(fd, offset || whence !== 1 ? FD_SEEK : FD_TELL);
  bytes(result, 8);
  put64(result, file.seek(Number(offset), whence));
}

function readDirectory({ node }, address, count, cookie, result) {
  bytes(result, 4);
  const buffer = bytes(address, count);
  let [used, next] = [0, BigInt.asUintN(64, cookie)];
  while (used < buffer.length) {
    const entries = node.list(next);
    if (!entries.length) break;
    for (const [number, inode, kind, text] of entries) {
      const name = encode(text);
      const dirent = joined([bytesOfWords([number, inode, name.length + kind * 2 ** 32]), name]);
      const part = dirent.subarray(0, buffer.length - used);
      buffer.set(part, used);
      used += part.length;
      next = number;
    }
  }
  put32(result, used);
}

function open(fd, flags, address, length, oflags, base, inheriting, fdflags, result) {
  const parent = descriptorOf(fd);
  const directory = directoryOf(fd, PATH_OPEN);
  const follows = followsLinks(flags);
  checked(oflags, 16);
  if (oflags & O_DIRECTORY && oflags !== O_DIRECTORY) fail(EINVAL);
  checked(fdflags, 32);
  const name = path(address, length);
  bytes(result, 4);
  const [wanted, wantedBelow] = [rightsOf(base), rightsOf(inheriting)];
  if (wanted & (READING_RIGHTS | WRITING_RIGHTS) & ~parent.inheriting) fail(ENOTCAPABLE);
  if (oflags & O_CREAT) requireRights(parent, PATH_CREATE_FILE);
  if (oflags & O_TRUNC) requireRights(parent, PATH_FILESTAT_SET_SIZE);
  const opened = openAt(directory, name, follows, oflags, fdflags, wanted);
  // Rights that cannot be given are left out: Rust's standard library asks for those to directories always.
  put32(result, insert(
    opened, wanted & parent.inheriting & opened.rights, wantedBelow & parent.inheriting & opened.inheriting));
}

// Waiting

function subscription([userdata, tag, id, timeout, , subclockflags]) {
  const [type, number, flags] = [tag & 255n, id & 0xffffffffn, subclockflags & 0xffffn].map(Number);
  if (!type) {
    if (flags > 1 || number > 1) fail(EINVAL);
    const clock = clocks[flags ? number : 1];
    return { userdata, type, clock, deadline: flags ? timeout : clock() + timeout };
  }
  if (type > 2) fail(EINVAL);
  const { resource } = descriptorOf(number, POLL_FD_READWRITE | (type > 1 ? FD_WRITE : FD_READ));
  return { userdata, type, resource };
}

function poll(input, output, count, result) {
  if (!count || count >>> 0 > maximumSubscriptions) fail(EINVAL);
  const words = read(BigUint64Array, input, count * 6);
  bytes(output, count * 32);
  bytes(result, 4);
  const wishes = Array.from({ length: count }, (_, index) => subscription(words.subarray(index * 6)));
  const isReady = ({ clock, deadline, resource }) =>
    (clock ? clock() >= deadline : resource.isReady !== false);
  const tell = () => {
    const happened = wishes.filter(isReady);
    happened.forEach(({ userdata, type, resource }, index) => {
      const room = type > 1 ? pipeBuffer : resource?.available ?? 0;
      put64(output + index * 32, userdata, type << 16, room, type === 1 && resource.isAtEnd ? 1 : 0);
    });
    if (happened.length) put32(result, happened.length);
    return happened.length;
  };
  // No timer takes more; the loop goes on from there.
  const longest = 2 ** 30;
  const rest = () => Math.max(0, Math.min(longest, ...wishes.filter((wish) => wish.clock)
    .map(({ clock, deadline }) => Math.ceil(Number(deadline - clock()) / 1e6))));
  const wait = async () => {
    do {
      let timer;
      const pause = new Promise((resolve) => { timer = setTimeout(resolve, rest()); });
      await Promise.race([pause, ...wishes.map(({ resource }) => resource?.whenReady?.() ?? pause)]);
      clearTimeout(timer);
    } while (!tell());
  };
  while (!tell()) {
    if (!sleep) return wait();
    sleep(rest());
  }
  return undefined;
}

/** A process has no handlers, so that a signal does what POSIX has it do by default. */
function raise(signal) {
  if ([0, 16, 17, 22, 27].includes(signal)) return;
  if (signal > 17 && signal < 22) fail(ENOTSUP);
  exit(128 + checked(signal, 31));
}

/**
 * The functions by name: what their arguments are, what makes a call, and the rights to the descriptors among them.
 * A function that nothing makes is the thread's own. i and I are i32 and i64; an i32 may be a descriptor x, its file
 * f, its directory d, or lookupflags l, whether links are followed; two make a path p; an I may be a filesize z.
 */
const functions = {
  args_get: ["ii"], args_sizes_get: ["ii"], environ_get: ["ii"], environ_sizes_get: ["ii"],
  clock_res_get: ["ii"], clock_time_get: ["iIi"], random_get: ["ii"], sched_yield: [""], "thread-spawn": ["i"],
  fd_advise: ["fIzi", (file, offset, length, advice) => checked(advice, 6), FD_ADVISE],
  fd_allocate: ["fzz", allocate, FD_ALLOCATE],
  fd_close: ["i", (fd) => release(remove(fd))],
  fd_datasync: ["x", sync, FD_DATASYNC],
  fd_fdstat_get: ["xi", ({ resource, base, inheriting }, stat) =>
    put64(stat, resource.node.kind | (resource.flags << 16), base, inheriting)],
  fd_fdstat_set_flags: ["xi", ({ resource }, flags) => resource.setFlags(checked(flags, 32)), FD_FDSTAT_SET_FLAGS],
  fd_fdstat_set_rights: ["xII", (descriptor, base, inheriting) => {
    const narrower = { base: rightsOf(base), inheriting: rightsOf(inheriting) };
    if (narrower.base & ~descriptor.base || narrower.inheriting & ~descriptor.inheriting) fail(ENOTCAPABLE);
    Object.assign(descriptor, narrower);
  }],
  fd_filestat_get: ["xi", ({ resource }, stat) => put64(stat, ...resource.node.stat()), FD_FILESTAT_GET],
  fd_filestat_set_size: ["fz", ({ node }, length) => node.resize(length), FD_FILESTAT_SET_SIZE],
  fd_filestat_set_times: ["xIIi", ({ resource }, ...changes) => resource.node.setTimes(...times(...changes)),
    FD_FILESTAT_SET_TIMES],
  fd_pread: ["fiiIi", positioned("read"), FD_READ | FD_SEEK],
  // `preopentype` 0, a directory; then the length of its name.
  fd_prestat_get: ["xi", (descriptor, prestat) => put64(prestat, preopenName(descriptor).length * 2 ** 32)],
  fd_prestat_dir_name: ["xii", (descriptor, address, count) => {
    const name = preopenName(descriptor);
    if (count >>> 0 < name.length) fail(ENAMETOOLONG);
    bytes(address, name.length).set(name);
  }],
  fd_pwrite: ["fiiIi", positioned("write"), FD_WRITE | FD_SEEK],
  fd_read: ["xiii", streaming("read"), FD_READ],
  fd_readdir: ["diiIi", readDirectory, FD_READDIR],
  fd_renumber: ["ii", (fd, to) => {
    const [moved, replaced] = [descriptorOf(fd), descriptorOf(to)];
    if (moved === replaced) return;
    descriptors[to] = remove(fd);
    release(replaced);
  }],
  fd_seek: ["iIii", seek],
  fd_sync: ["x", sync, FD_SYNC],
  fd_tell: ["fi", (file, result) => put64(result, file.seek(0, 1)), FD_TELL],
  fd_write: ["xiii", streaming("write"), FD_WRITE],
  path_create_directory: ["dp", createDirectory, PATH_CREATE_DIRECTORY],
  path_filestat_get: ["dlpi", (directory, follows, name, stat) =>
    put64(stat, ...nodeAt(directory, name, follows).stat()), PATH_FILESTAT_GET],
  path_filestat_set_times: ["dlpIIi", (directory, follows, name, ...changes) => {
    const found = times(...changes);
    nodeAt(directory, name, follows).setTimes(...found);
  }, PATH_FILESTAT_SET_TIMES],
  path_link: ["dlpdp", (source, follows, ...where) => (follows ? fail(EINVAL) : link(source, ...where)),
    PATH_LINK_SOURCE, PATH_LINK_TARGET],
  path_open: ["iiiiiIIii", open],
  path_readlink: ["dpiii", (directory, name, address, count, result) => {
    bytes(result, 4);
    const buffer = bytes(address, count);
    const part = encode(readSymbolicLink(directory, name)).subarray(0, buffer.length);
    buffer.set(part);
    put32(result, part.length);
  }, PATH_READLINK],
  path_remove_directory: ["dp", removeDirectory, PATH_REMOVE_DIRECTORY],
  path_rename: ["dpdp", rename, PATH_RENAME_SOURCE, PATH_RENAME_TARGET],
  path_symlink: ["iidp", (address, count, directory, name) => createSymbolicLink(directory, name, path(address, count)),
    PATH_SYMLINK],
  path_unlink_file: ["dp", removeFile, PATH_UNLINK_FILE],
  poll_oneoff: ["iiii", poll],
  proc_exit: ["i", (status) => exit(status >>> 0)],
  proc_raise: ["i", raise],
  sock_accept: ["xii", notASocket],
  sock_recv: ["xiiiii", notASocket],
  sock_send: ["xiiii", notASocket],
  sock_shutdown: ["xi", notASocket],
};

/** The names; the order is the protocol between threads and the manager. */
export const names = Object.keys(functions);

const argument = {
  x: (take, right) => descriptorOf(take(), right()),
  f: (take, right) => fileOf(take(), right()),
  d: (take, right) => directoryOf(take(), right()),
  l: (take) => followsLinks(take()),
  p: (take) => path(take(), take()),
  z: (take) => size(take()),
};

/** Makes a call by its number in `names`: an errno, or a promise of one. */
export function call(index, values) {
  const [letters, make, ...needed] = functions[names[index]];
  const take = () => values.shift();
  const right = () => needed.shift() ?? 0;
  const failed = (failure) => {
    if (typeof failure === "number") return failure;
    throw failure;
  };
  try {
    const result = make(...[...letters].map((letter) => (argument[letter] ?? take)(take, right)));
    return result instanceof Promise ? result.then(() => 0, failed) : 0;
  } catch (failure) {
    return failed(failure);
  }
}

/** The types of a function's parameters, as a module has them: 127 is i32, 126 is i64. */
export const parametersOf = (name) =>
  [...functions[name][0].replaceAll("p", "ii")].map((letter) => (/[Iz]/.test(letter) ? 126 : 127));

/** The type of a function that a module may import, in the words of module.mjs; undefined where there is none. */
export function typeOf(module, name) {
  const expected = name === "thread-spawn" ? "wasi" : "wasi_snapshot_preview1";
  if (module !== expected || !names.includes(name)) return undefined;
  return `${parametersOf(name)}:${name === "proc_exit" ? "" : 127}`;
}

// Preview 1 on the side of what threads share: one table of descriptors, and the calls on it.
//
// Always true: the calls of all threads are made one after the other, by the manager. One that has to wait
// gives a promise. A guest's words are read once and used from the copy, and all places for results are
// checked before anything is done.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md

import { bytesOf, clocks, signatures } from "./thread.mjs";
import { Failure, fail, oflag, readingRights, rights, rightsOf, writingRights } from "./types.mjs";

const maximumVectors = 1024;
const maximumSubscriptions = 4096;
const maximumPath = 4096;
const maximumOffset = 2n ** 63n - 1n;
const utf8 = new TextDecoder("utf-8", { fatal: true });

const unsigned = (value) => value >>> 0;

/** A `filesize`, which a host takes as a signed number. */
function size(value) {
  const bits = BigInt.asUintN(64, value);
  return bits > maximumOffset ? fail("inval") : Number(bits);
}

/** The times that a call sets, undefined for one that it leaves. Bit 0 gives the time, bit 1 takes the clock. */
function times(access, modification, flags) {
  if (unsigned(flags) > 15) fail("inval");
  return [[access, flags & 3], [modification, (flags >> 2) & 3]].map(([time, bits]) =>
    bits === 3 ? fail("inval") : bits === 1 ? BigInt.asUintN(64, time) : bits === 2 ? clocks[0]() : undefined);
}

function followsLinks(flags) {
  return unsigned(flags) > 1 ? fail("inval") : flags === 1;
}

const checked = (flags, limit) => (unsigned(flags) >= limit ? fail("inval") : flags);

export class System {
  /** Set when the module's memory is there; null for a module without one. */
  memory = null;
  descriptors = [];

  /** `host.exit(status)` ends the process, `host.sleep(ms)` waits where nothing can give a promise. */
  constructor(host, descriptors, limit = 512) {
    this.host = host;
    this.limit = Math.max(limit, descriptors.length);
    this.descriptors = descriptors.map(({ resource, name }) => (
      { resource, name, uses: 1, base: resource.rights, inheriting: resource.inheriting }));
  }

  /** Makes a call by its number in the table of signatures: an errno, or a promise of one. */
  call(index, values) {
    const failed = (failure) => {
      if (failure instanceof Failure) return failure.errno;
      throw failure;
    };
    try {
      const result = this[signatures[index][0]](...values);
      return result instanceof Promise ? result.then(() => 0, failed) : 0;
    } catch (failure) {
      return failed(failure);
    }
  }

  close() {
    for (const descriptor of this.descriptors) descriptor?.resource.close();
  }

  // Memory

  bytes(address, count) {
    return bytesOf(this.memory, address, count) ?? fail("fault");
  }

  view(address, count) {
    const bytes = this.bytes(address, count);
    return new DataView(bytes.buffer, bytes.byteOffset, count);
  }

  put32(address, value) {
    this.view(address, 4).setUint32(0, value, true);
  }

  put64(address, value) {
    this.view(address, 8).setBigUint64(0, BigInt(value), true);
  }

  text(address, count) {
    const bytes = this.bytes(address, count);
    if (bytes.length >= maximumPath) fail("nametoolong");
    const copy = bytes.slice();
    if (copy.includes(0)) fail("inval");
    try {
      return utf8.decode(copy);
    } catch {
      return fail("ilseq");
    }
  }

  path(address, count) {
    const path = this.text(address, count);
    if (!path) fail("noent");
    return path[0] === "/" ? fail("perm") : path;
  }

  /** Has `body` read into or write from the parts of memory that are told of, and stores how much it was. */
  transfer(vectors, count, result, body) {
    this.bytes(result, 4);
    if (unsigned(count) > maximumVectors) fail("inval");
    const array = this.view(vectors, count * 8);
    const parts = [];
    for (let at = 0; at < count * 8; at += 8) {
      parts.push(this.bytes(array.getUint32(at, true), array.getUint32(at + 4, true)));
    }
    const done = parts.some((part) => part.length) ? body(parts) : 0;
    if (done instanceof Promise) return done.then((sum) => this.put32(result, sum));
    return this.put32(result, done);
  }

  // Descriptors

  descriptor(number, needed = 0) {
    const found = this.descriptors[unsigned(number)] ?? fail("badf");
    this.require(found, needed);
    return found;
  }

  require(descriptor, needed) {
    const missing = needed & ~descriptor.base;
    if (missing) fail(missing & rights("fd_read fd_write") ? "badf" : descriptor.resource.refusal(missing));
  }

  file(number, needed) {
    return this.descriptor(number, rights(needed)).resource.file();
  }

  directory(number, needed) {
    const descriptor = this.descriptor(number);
    const directory = descriptor.resource.directory();
    this.require(descriptor, rights(needed));
    return directory;
  }

  insert(resource, base, inheriting) {
    let number = this.descriptors.indexOf(undefined);
    if (number < 0) number = this.descriptors.length;
    if (number >= this.limit) {
      resource.close();
      fail("mfile");
    }
    this.descriptors[number] = { resource, base, inheriting, uses: 1 };
    return number;
  }

  /** A call that waits keeps what it uses; the last use closes it. */
  release(descriptor) {
    if (--descriptor.uses === 0) descriptor.resource.close();
  }

  using(descriptor, result) {
    if (!(result instanceof Promise)) return result;
    descriptor.uses++;
    return result.finally(() => this.release(descriptor));
  }

  fd_close(fd) {
    const descriptor = this.descriptor(fd);
    this.descriptors[unsigned(fd)] = undefined;
    this.release(descriptor);
  }

  fd_renumber(fd, to) {
    const [moved, replaced] = [this.descriptor(fd), this.descriptor(to)];
    if (moved === replaced) return;
    this.descriptors[unsigned(to)] = moved;
    this.descriptors[unsigned(fd)] = undefined;
    this.release(replaced);
  }

  fd_fdstat_get(fd, stat) {
    const { resource, base, inheriting } = this.descriptor(fd);
    const at = this.view(stat, 24);
    at.setBigUint64(0, BigInt(resource.filetype) | (BigInt(resource.flags) << 16n), true);
    at.setBigUint64(8, BigInt(base), true);
    at.setBigUint64(16, BigInt(inheriting), true);
  }

  fd_fdstat_set_flags(fd, flags) {
    const { resource } = this.descriptor(fd, rights("fd_fdstat_set_flags"));
    resource.setFlags(checked(flags, 32));
  }

  fd_fdstat_set_rights(fd, base, inheriting) {
    const descriptor = this.descriptor(fd);
    const [newBase, newInheriting] = [rightsOf(base), rightsOf(inheriting)];
    if (newBase & ~descriptor.base || newInheriting & ~descriptor.inheriting) fail("notcapable");
    descriptor.base = newBase;
    descriptor.inheriting = newInheriting;
  }

  preopenName(fd) {
    return new TextEncoder().encode(this.descriptor(fd).name ?? fail("badf"));
  }

  fd_prestat_get(fd, prestat) {
    // `preopentype` 0, a directory; then the length of its name.
    this.put64(prestat, BigInt(this.preopenName(fd).length) << 32n);
  }

  fd_prestat_dir_name(fd, address, count) {
    const name = this.preopenName(fd);
    if (unsigned(count) < name.length) fail("nametoolong");
    this.bytes(address, name.length).set(name);
  }

  // Files

  fd_advise(fd, _, length, advice) {
    this.file(fd, "fd_advise");
    checked(advice, 6);
    size(length);
  }

  fd_allocate(fd, offset, length) {
    const file = this.file(fd, "fd_allocate");
    const [start, count] = [size(offset), size(length)];
    if (!count) fail("inval");
    if (start + count > Number.MAX_SAFE_INTEGER) fail("fbig");
    if (start + count > file.node.size) file.node.resize(start + count);
  }

  fd_datasync(fd) {
    this.descriptor(fd, rights("fd_datasync")).resource.sync();
  }

  fd_sync(fd) {
    this.descriptor(fd, rights("fd_sync")).resource.sync();
  }

  storeStat(address, { device, inode, kind, links, size, access, modification, change }) {
    const words = [device, inode, kind, links, size, access, modification, change];
    const at = this.view(address, 64);
    words.forEach((word, index) => at.setBigUint64(index * 8, BigInt(word), true));
  }

  fd_filestat_get(fd, stat) {
    this.storeStat(stat, this.descriptor(fd, rights("fd_filestat_get")).resource.stat());
  }

  fd_filestat_set_size(fd, newSize) {
    this.file(fd, "fd_filestat_set_size").node.resize(size(newSize));
  }

  fd_filestat_set_times(fd, access, modification, flags) {
    const { resource } = this.descriptor(fd, rights("fd_filestat_set_times"));
    resource.setTimes(...times(access, modification, flags));
  }

  fd_read(fd, vectors, count, result) {
    const descriptor = this.descriptor(fd, rights("fd_read"));
    return this.using(descriptor, this.transfer(vectors, count, result, (parts) => descriptor.resource.read(parts)));
  }

  fd_write(fd, vectors, count, result) {
    const descriptor = this.descriptor(fd, rights("fd_write"));
    return this.using(descriptor, this.transfer(vectors, count, result, (parts) => descriptor.resource.write(parts)));
  }

  fd_pread(fd, vectors, count, offset, result) {
    const file = this.file(fd, "fd_read fd_seek");
    return this.transfer(vectors, count, result, (parts) => file.readAt(parts, size(offset)));
  }

  fd_pwrite(fd, vectors, count, offset, result) {
    const file = this.file(fd, "fd_write fd_seek");
    return this.transfer(vectors, count, result, (parts) => file.writeAt(parts, size(offset)));
  }

  fd_seek(fd, offset, whence, result) {
    checked(whence, 3);
    // A seek that goes nowhere only tells where that is.
    const file = this.file(fd, offset === 0n && whence === 1 ? "fd_tell" : "fd_seek");
    this.bytes(result, 8);
    this.put64(result, file.seek(Number(offset), whence));
  }

  fd_tell(fd, result) {
    this.put64(result, this.file(fd, "fd_tell").position);
  }

  fd_readdir(fd, address, count, cookie, result) {
    const directory = this.directory(fd, "fd_readdir");
    this.bytes(result, 4);
    const buffer = this.bytes(address, count);
    let [used, next] = [0, BigInt.asUintN(64, cookie)];
    while (used < buffer.length) {
      const entries = directory.entries(next);
      if (!entries.length) break;
      for (const entry of entries) {
        const name = new TextEncoder().encode(entry.name);
        const dirent = new Uint8Array(24 + name.length);
        const view = new DataView(dirent.buffer);
        view.setBigUint64(0, entry.next, true);
        view.setBigUint64(8, entry.inode, true);
        view.setUint32(16, name.length, true);
        view.setUint8(20, entry.kind);
        dirent.set(name, 24);
        const part = dirent.subarray(0, buffer.length - used);
        buffer.set(part, used);
        used += part.length;
      }
      next = entries.at(-1).next;
    }
    this.put32(result, used);
  }

  // Paths

  path_create_directory(fd, path, length) {
    this.directory(fd, "path_create_directory").createDirectory(this.path(path, length));
  }

  path_remove_directory(fd, path, length) {
    this.directory(fd, "path_remove_directory").removeDirectory(this.path(path, length));
  }

  path_unlink_file(fd, path, length) {
    this.directory(fd, "path_unlink_file").removeFile(this.path(path, length));
  }

  path_filestat_get(fd, flags, path, length, stat) {
    const directory = this.directory(fd, "path_filestat_get");
    const follows = followsLinks(flags);
    this.storeStat(stat, directory.filestat(this.path(path, length), follows));
  }

  path_filestat_set_times(fd, flags, path, length, access, modification, which) {
    const directory = this.directory(fd, "path_filestat_set_times");
    const follows = followsLinks(flags);
    const changes = times(access, modification, which);
    directory.setTimesAt(this.path(path, length), follows, ...changes);
  }

  /** A file must not come where more may be done with it than where it was. */
  requireNoGain(from, to) {
    if (from.readOnly && !to.readOnly) fail("notcapable");
  }

  path_link(fd, flags, path, length, newFd, newPath, newLength) {
    const source = this.directory(fd, "path_link_source");
    const target = this.directory(newFd, "path_link_target");
    if (followsLinks(flags)) fail("inval");
    this.requireNoGain(source, target);
    source.link(this.path(path, length), target, this.path(newPath, newLength));
  }

  path_rename(fd, path, length, newFd, newPath, newLength) {
    const source = this.directory(fd, "path_rename_source");
    const target = this.directory(newFd, "path_rename_target");
    this.requireNoGain(source, target);
    source.rename(this.path(path, length), target, this.path(newPath, newLength));
  }

  path_symlink(target, targetLength, fd, path, length) {
    const directory = this.directory(fd, "path_symlink");
    const text = this.text(target, targetLength);
    if (!text) fail("noent");
    // A link to an absolute path could not be followed, and is refused like one.
    if (text[0] === "/") fail("perm");
    directory.createSymbolicLink(this.path(path, length), text);
  }

  path_readlink(fd, path, length, address, count, result) {
    const directory = this.directory(fd, "path_readlink");
    this.bytes(result, 4);
    const buffer = this.bytes(address, count);
    const target = new TextEncoder().encode(directory.readSymbolicLink(this.path(path, length)));
    const part = target.subarray(0, buffer.length);
    buffer.set(part);
    this.put32(result, part.length);
  }

  path_open(fd, flags, path, length, oflags, base, inheriting, fdflags, result) {
    const parent = this.descriptor(fd);
    const directory = this.directory(fd, "path_open");
    const follows = followsLinks(flags);
    checked(oflags, 16);
    if (oflags & oflag.directory && oflags !== oflag.directory) fail("inval");
    checked(fdflags, 32);
    const text = this.path(path, length);
    this.bytes(result, 4);
    const [wanted, wantedBelow] = [rightsOf(base), rightsOf(inheriting)];
    if (wanted & (readingRights | writingRights) & ~parent.inheriting) fail("notcapable");
    if (oflags & oflag.creat) this.require(parent, rights("path_create_file"));
    if (oflags & oflag.trunc) this.require(parent, rights("path_filestat_set_size"));
    const opened = directory.open({ path: text, followsLinks: follows, oflags, fdflags, base: wanted });
    // Rights that cannot be given are left out: Rust's standard library asks for those to directories always.
    const number = this.insert(
      opened, wanted & parent.inheriting & opened.rights, wantedBelow & parent.inheriting & opened.inheriting);
    this.put32(result, number);
  }

  // Other calls

  sock_accept(fd) {
    this.descriptor(fd);
    fail("notsock");
  }

  sock_recv(fd) {
    this.descriptor(fd);
    fail("notsock");
  }

  sock_send(fd) {
    this.descriptor(fd);
    fail("notsock");
  }

  sock_shutdown(fd) {
    this.descriptor(fd);
    fail("notsock");
  }

  proc_exit(status) {
    this.host.exit(unsigned(status));
  }

  /** A process has no handlers, so that a signal does what POSIX has it do by default. */
  proc_raise(signal) {
    if ([0, 16, 17, 22, 27].includes(signal)) return;
    if (signal >= 18 && signal <= 21) fail("notsup");
    if (unsigned(signal) > 30) fail("inval");
    this.host.exit(128 + signal);
  }

  subscription(view, at) {
    const [userdata, type] = [view.getBigUint64(at, true), view.getUint8(at + 8)];
    const number = view.getUint32(at + 16, true);
    if (type === 0) {
      const [timeout, flags] = [view.getBigUint64(at + 24, true), view.getUint16(at + 40, true)];
      if (flags > 1 || number > 1) fail("inval");
      const clock = flags ? clocks[number] : clocks[1];
      return { userdata, type, clock, deadline: flags ? timeout : clock() + timeout };
    }
    if (type > 2) fail("inval");
    const right = rights(type === 1 ? "fd_read" : "fd_write") | rights("poll_fd_readwrite");
    return { userdata, type, resource: this.descriptor(number, right).resource };
  }

  poll_oneoff(input, output, count, result) {
    if (!count || unsigned(count) > maximumSubscriptions) fail("inval");
    const view = this.view(input, count * 48);
    this.bytes(output, count * 32);
    this.bytes(result, 4);
    const wishes = Array.from({ length: count }, (_, index) => this.subscription(view, index * 48));
    const isReady = (wish) => (wish.clock ? wish.clock() >= wish.deadline : wish.resource.isReady !== false);
    const store = () => {
      const happened = wishes.filter(isReady);
      happened.forEach(({ userdata, type, resource }, index) => {
        const event = this.view(output + index * 32, 32);
        event.setBigUint64(0, userdata, true);
        event.setBigUint64(8, BigInt(type) << 16n, true);
        const bytes = resource ? (type === 1 ? resource.available : resource.room ?? 4096) : 0;
        event.setBigUint64(16, BigInt(bytes), true);
        event.setBigUint64(24, resource?.isAtEnd && type === 1 ? 1n : 0n, true);
      });
      if (happened.length) this.put32(result, happened.length);
      return happened.length > 0;
    };
    return store() ? undefined : this.waitFor(wishes, store);
  }

  /** Waits until `store` has found something. */
  waitFor(wishes, store) {
    // No timer takes more; the loop goes on from there.
    const longest = 2 ** 30;
    const rest = () => wishes.filter((wish) => wish.clock)
      .reduce((least, { clock, deadline }) => Math.min(least, Math.ceil(Number(deadline - clock()) / 1e6)), longest);
    if (this.host.sleep) {
      while (!store()) this.host.sleep(Math.max(rest(), 0));
      return undefined;
    }
    const inputs = wishes.filter((wish) => wish.resource?.whenReady);
    const wait = async () => {
      while (!store()) {
        let timer;
        const pause = new Promise((resolve) => { timer = setTimeout(resolve, Math.max(rest(), 0)); });
        await Promise.race([pause, ...inputs.map((wish) => wish.resource.whenReady())]);
        clearTimeout(timer);
      }
    };
    return wait();
  }
}

// Standard streams.
//
// Always true: a read that finds nothing gives a promise, so that the manager answers other threads meanwhile.

import { fail, fdflag, filetype, streamRights, rights } from "./types.mjs";

const pipeBuffer = 4096;

class Stream {
  filetype = filetype.unknown;
  inheriting = 0;
  flags = 0;
  available = 0;

  refusal(missing) {
    return missing & rights("fd_seek fd_tell") ? "spipe" : "notcapable";
  }

  setFlags(flags) {
    if (flags & ~fdflag.nonblock) fail("notsup");
    this.flags = flags;
  }

  read() {
    fail("badf");
  }

  write() {
    fail("badf");
  }

  file() {
    fail("spipe");
  }

  directory() {
    fail("notdir");
  }

  stat() {
    return {
      device: 0n, inode: 0n, kind: this.filetype, links: 1, size: 0, access: 0n, modification: 0n, change: 0n,
    };
  }

  setTimes() {
    fail("notsup");
  }

  sync() {
    fail("inval");
  }

  close() {}
}

/** Input that comes in parts; each byte goes to one reader. */
export class Input extends Stream {
  rights = streamRights | rights("fd_read");
  parts = [];
  isAtEnd = false;
  waiting = [];

  /**
   * `demand` is called when somebody wants more than there is; `look` gives a promise that is fulfilled when it is
   * known whether there is something at once.
   */
  constructor(demand, look) {
    super();
    this.demand = demand;
    this.look = look;
  }

  push(bytes) {
    if (bytes.length) this.parts.push(bytes);
    this.available += bytes.length;
    this.wake();
  }

  finish() {
    this.isAtEnd = true;
    this.wake();
  }

  wake() {
    for (const resume of this.waiting.splice(0)) resume();
  }

  get isReady() {
    return this.available > 0 || this.isAtEnd;
  }

  /** Fulfilled when there is something to read, or the end. */
  whenReady() {
    const ready = new Promise((resolve) => this.waiting.push(resolve));
    this.demand?.();
    return ready;
  }

  read(vectors) {
    if (!this.isReady) {
      const isNonblocking = this.flags & fdflag.nonblock;
      if (!isNonblocking) return this.whenReady().then(() => this.read(vectors));
      if (!this.look) fail("again");
      return this.look().then(() => (this.isReady ? this.read(vectors) : fail("again")));
    }
    let sum = 0;
    for (let vector of vectors) {
      while (vector.length && this.available) {
        const part = this.parts[0].subarray(0, vector.length);
        vector.set(part);
        vector = vector.subarray(part.length);
        this.available -= part.length;
        sum += part.length;
        if (part.length === this.parts[0].length) this.parts.shift();
        else this.parts[0] = this.parts[0].subarray(part.length);
      }
    }
    return sum;
  }
}

/** Output that goes to a function, which may give a promise where it cannot take more yet. */
export class Output extends Stream {
  rights = streamRights | rights("fd_write");
  isReady = true;

  constructor(sink) {
    super();
    this.sink = sink;
  }

  room = pipeBuffer;

  write(vectors) {
    const limit = 65536;
    const bytes = new Uint8Array(Math.min(vectors.reduce((sum, one) => sum + one.length, 0), limit));
    let at = 0;
    for (const vector of vectors) {
      const part = vector.subarray(0, limit - at);
      bytes.set(part, at);
      at += part.length;
    }
    const taken = this.sink(bytes);
    return taken?.then ? taken.then(() => bytes.length) : bytes.length;
  }
}

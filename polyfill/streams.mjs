// Standard streams.
//
// Always true: a read that finds nothing gives a promise, so that the manager answers other threads meanwhile.

import { joined } from "./bytes.mjs";
import {
  EAGAIN, EBADF, EINVAL, ENOTCAPABLE, ENOTDIR, ENOTSUP, ESPIPE, fail, FD_READ, FD_SEEK, FD_TELL, FD_WRITE, NONBLOCK,
  STREAM_RIGHTS, UNKNOWN,
} from "./types.mjs";

const longestWrite = 65536;

/** A stream is what is open and, as a file's node, what it is open on. */
class Stream {
  node = this;
  kind = UNKNOWN;
  flags = 0;

  refusal(missing) {
    return missing & (FD_SEEK | FD_TELL) ? ESPIPE : ENOTCAPABLE;
  }

  setFlags(flags) {
    if (flags & ~NONBLOCK) fail(ENOTSUP);
    this.flags = flags;
  }

  read() {
    fail(EBADF);
  }

  write() {
    fail(EBADF);
  }

  file() {
    fail(ESPIPE);
  }

  directory() {
    fail(ENOTDIR);
  }

  stat() {
    return [0, 0, this.kind, 1, 0, 0, 0, 0];
  }

  setTimes() {
    fail(ENOTSUP);
  }

  sync() {
    fail(EINVAL);
  }
}

/** Input that comes in parts; each byte goes to one reader. */
export class Input extends Stream {
  rights = STREAM_RIGHTS | FD_READ;
  available = 0;
  isAtEnd = false;
  #parts = [];
  #waiting = [];

  push(bytes) {
    if (bytes.length) this.#parts.push(bytes);
    this.available += bytes.length;
    this.#wake();
  }

  finish() {
    this.isAtEnd = true;
    this.#wake();
  }

  #wake() {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  get isReady() {
    return this.available > 0 || this.isAtEnd;
  }

  /** Fulfilled when there is something to read, or the end. */
  whenReady() {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  read(vectors) {
    if (!this.isReady) {
      return this.flags & NONBLOCK ? fail(EAGAIN) : this.whenReady().then(() => this.read(vectors));
    }
    const before = this.available;
    const parts = this.#parts;
    for (let vector of vectors) {
      while (vector.length && this.available) {
        const part = parts[0].subarray(0, vector.length);
        vector.set(part);
        vector = vector.subarray(part.length);
        this.available -= part.length;
        parts[0] = parts[0].subarray(part.length);
        if (!parts[0].length) parts.shift();
      }
    }
    return before - this.available;
  }
}

/** Output that goes to a function, which may give a promise where it cannot take more yet. */
export class Output extends Stream {
  rights = STREAM_RIGHTS | FD_WRITE;
  #sink;

  constructor(sink) {
    super();
    this.#sink = sink;
  }

  write(vectors) {
    let room = longestWrite;
    const bytes = joined(vectors.map((vector) => {
      const part = vector.subarray(0, room);
      room -= part.length;
      return part;
    }));
    const { length } = bytes;
    const taken = this.#sink(bytes);
    return taken?.then ? taken.then(() => length) : length;
  }
}

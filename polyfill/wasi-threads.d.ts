// The types of wasi-threads.mjs.

/** What a program that cannot be run is told, or one that was ended. */
export declare class WasiThreadsError extends Error {
  constructor(message: string, kind: ErrorKind);
  /** What is wrong: the module, the options, the surroundings, a worker; or that end() was called. */
  readonly kind: ErrorKind;
  /** What the guest had written, where that was captured. */
  readonly stdout?: Uint8Array;
  readonly stderr?: Uint8Array;
}

export type ErrorKind =
  | "module" | "options" | "isolation" | "worker" | "start" | "link" | "file" | "ended" | "trap";

export interface Frame {
  /** From the module's name section. */
  readonly name: string | null;
  /** The function's index. */
  readonly function: number;
  /** The offset in the module, in bytes. */
  readonly offset: number;
}

/** A thread of the guest trapped, which ended all of them. */
export declare class Trap extends WasiThreadsError {
  /** The thread's TID; 0 for the first. */
  readonly tid: number;
  /** In the words of the specification of WebAssembly. */
  readonly reason: string;
  /** Innermost first. */
  readonly frames: readonly Frame[];
}

/** Whether threads can share memory here: in Node, and in a page that is cross-origin isolated. */
export declare function canShareMemory(): boolean;

export type Contents =
  | string | Uint8Array | ArrayBuffer | MemoryDirectory | SymbolicLink | { [name: string]: Contents };

export interface MemoryDirectoryOptions {
  /** Whether the guest may only read. */
  readOnly?: boolean;
  /** How many bytes its files may hold together; 2 ** 30 by default. */
  limit?: number;
}

/** A directory without a disk. What a guest has left in it is there when the guest has ended. */
export declare class MemoryDirectory {
  constructor(entries?: { [name: string]: Contents }, options?: MemoryDirectoryOptions);
  readonly readOnly: boolean;
  readonly limit: number;
  entries: Map<string, Uint8Array | MemoryDirectory | SymbolicLink>;
  /** What is at a path, without following links. */
  get(path: string): Uint8Array | MemoryDirectory | SymbolicLink | undefined;
  /** The text of a file. */
  text(path: string): string;
  /** Puts a file where a path says, and makes the directories on the way. */
  set(path: string, contents: Contents): void;
  /** A copy of a directory of the browser's. */
  static from(handle: unknown, options?: MemoryDirectoryOptions): Promise<MemoryDirectory>;
  /** Writes all files to a directory of the browser's (FileSystemDirectoryHandle), and removes what is not here. */
  saveTo(handle: unknown): Promise<void>;
}

export declare class SymbolicLink {
  constructor(target: string);
  target: string;
}

/** A module as bytes, a response, or where it is. */
export type Source = Uint8Array | ArrayBuffer | Response | Promise<Response> | URL | string;

/** A module that was read and compiled, for any number of processes. */
export declare class Program {
  private constructor();
  static load(source: Source): Promise<Program>;
  readonly module: WebAssembly.Module;
}

export type Output = "capture" | "inherit" | ((bytes: Uint8Array) => void) | null;

export interface Options {
  /** The first is the program's name; ["guest"] by default. */
  arguments?: string[];
  environment?: { [name: string]: string };
  /** Nothing by default; "inherit" in Node only; "pipe" for write() and closeInput(). */
  stdin?: Uint8Array | { text: string } | "pipe" | "inherit" | null;
  /** Nowhere by default; "inherit" in Node only. */
  stdout?: Output;
  stderr?: Output;
  /** By the guest's names; a path of the host in Node only. */
  directories?: { [name: string]: MemoryDirectory | string | { path: string; readOnly?: boolean } };
  /** How many spawned threads may live at a time; 256 by default. A spawn beyond gives the guest -6. */
  maxThreads?: number;
  /** How many workers are made before the run beside the first; 0 by default. */
  prepare?: number;
  /** false: the module runs without shared memory, and a spawn gives it -6. */
  threads?: false;
  /** Told of each thread; the first has TID 0. */
  onThread?: (tid: number, state: "started" | "ended") => void;
  /** Where the polyfill's workers are, if not beside this module. */
  managerURL?: URL | string;
  threadURL?: URL | string;
}

export interface Result {
  readonly status: number;
  /** Empty where the stream was not captured. */
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** One run of a program: its threads, descriptors and memory. */
export declare class Process {
  private constructor();
  /** Loads what a run needs. From then on nothing waits for the caller's event loop. */
  static create(source: Source | Program, options?: Options): Promise<Process>;
  /** Fulfilled with the result, or rejected with a Trap or a WasiThreadsError. */
  readonly finished: Promise<Result>;
  run(): Promise<Result>;
  /** Runs while the calling thread waits, in Node and in workers, and gives the status. Throws like `finished`. */
  runSync(): number;
  /** Ends all threads at once. */
  end(reason?: string): void;
  /** Gives the guest input, where stdin is "pipe". */
  write(data: Uint8Array | string): void;
  closeInput(): void;
}

/** Runs a program to its end. */
export declare function run(source: Source | Program, options?: Options): Promise<Result>;

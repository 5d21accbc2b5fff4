// Numbers of preview 1, and what a call throws that does not succeed.
//
// Always true: each number is a constant of its own, and nothing but constants stands before: so a bundler puts it
// where it is used.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

/** The errors that the polyfill gives by itself. */
export const EAGAIN = 6;
export const EBADF = 8;
export const EBUSY = 10;
export const EEXIST = 20;
export const EFAULT = 21;
export const EFBIG = 22;
export const EILSEQ = 25;
export const EINVAL = 28;
export const EIO = 29;
export const EISDIR = 31;
export const ELOOP = 32;
export const EMFILE = 33;
export const ENAMETOOLONG = 37;
export const ENOENT = 44;
export const ENOSPC = 51;
export const ENOTDIR = 54;
export const ENOTEMPTY = 55;
export const ENOTSOCK = 57;
export const ENOTSUP = 58;
export const EPERM = 63;
export const EPIPE = 64;
export const ESPIPE = 70;
export const EXDEV = 75;
export const ENOTCAPABLE = 76;

/** The highest number that JavaScript holds exactly: where a file ends at the latest. */
export const MAXIMUM_SIZE = 2 ** 53 - 1;

/** Types of files. */
export const UNKNOWN = 0;
export const BLOCK_DEVICE = 1;
export const CHARACTER_DEVICE = 2;
export const DIRECTORY = 3;
export const REGULAR_FILE = 4;
export const SYMBOLIC_LINK = 7;

/** fdflags */
export const APPEND = 1;
export const DSYNC = 2;
export const NONBLOCK = 4;
export const RSYNC = 8;
export const SYNC = 16;

/** oflags */
export const O_CREAT = 1;
export const O_DIRECTORY = 2;
export const O_EXCL = 4;
export const O_TRUNC = 8;

/** Rights, which in a guest have 64 bits; here those with a meaning. */
export const FD_DATASYNC = 0x1;
export const FD_READ = 0x2;
export const FD_SEEK = 0x4;
export const FD_FDSTAT_SET_FLAGS = 0x8;
export const FD_SYNC = 0x10;
export const FD_TELL = 0x20;
export const FD_WRITE = 0x40;
export const FD_ADVISE = 0x80;
export const FD_ALLOCATE = 0x100;
export const PATH_CREATE_DIRECTORY = 0x200;
export const PATH_CREATE_FILE = 0x400;
export const PATH_LINK_SOURCE = 0x800;
export const PATH_LINK_TARGET = 0x1000;
export const PATH_OPEN = 0x2000;
export const FD_READDIR = 0x4000;
export const PATH_READLINK = 0x8000;
export const PATH_RENAME_SOURCE = 0x10000;
export const PATH_RENAME_TARGET = 0x20000;
export const PATH_FILESTAT_GET = 0x40000;
export const PATH_FILESTAT_SET_SIZE = 0x80000;
export const PATH_FILESTAT_SET_TIMES = 0x100000;
export const FD_FILESTAT_GET = 0x200000;
export const FD_FILESTAT_SET_SIZE = 0x400000;
export const FD_FILESTAT_SET_TIMES = 0x800000;
export const PATH_SYMLINK = 0x1000000;
export const PATH_REMOVE_DIRECTORY = 0x2000000;
export const PATH_UNLINK_FILE = 0x4000000;
export const POLL_FD_READWRITE = 0x8000000;

/** Ends a call with an error, thrown as its number: the guest gets it and goes on. */
export function fail(errno) {
  throw errno;
}

/** Rights of a guest as a number. All bits without a meaning become one, a right that nobody has. */
export function rightsOf(word) {
  const bits = BigInt.asUintN(64, word);
  return Number(bits & 0x3fffffffn) | (bits >> 30n ? 1 << 30 : 0);
}

export const STREAM_RIGHTS = POLL_FD_READWRITE | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET;
export const READING_RIGHTS = FD_READ | FD_READDIR;
export const WRITING_RIGHTS = FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE;

export const fileRights = (readOnly) =>
  STREAM_RIGHTS | FD_READ | FD_SEEK | FD_TELL | FD_SYNC | FD_DATASYNC | FD_ADVISE
  | (readOnly ? 0 : FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE | FD_FILESTAT_SET_TIMES);

export const directoryRights = (readOnly) =>
  PATH_OPEN | FD_READDIR | PATH_READLINK | PATH_FILESTAT_GET | FD_FILESTAT_GET | FD_SYNC | FD_DATASYNC
  | FD_FDSTAT_SET_FLAGS
  | (readOnly ? 0 : PATH_CREATE_DIRECTORY | PATH_CREATE_FILE | PATH_LINK_SOURCE | PATH_LINK_TARGET
    | PATH_RENAME_SOURCE | PATH_RENAME_TARGET | PATH_SYMLINK | PATH_REMOVE_DIRECTORY | PATH_UNLINK_FILE
    | PATH_FILESTAT_SET_TIMES | FD_FILESTAT_SET_TIMES | PATH_FILESTAT_SET_SIZE);

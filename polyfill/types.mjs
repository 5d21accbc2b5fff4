// Numbers of preview 1, and what a call throws that does not succeed.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

/** The error numbers by name, in the order of the witx. */
export const errnoNames = (
  "success 2big acces addrinuse addrnotavail afnosupport again already badf badmsg busy canceled child "
  + "connaborted connrefused connreset deadlk destaddrreq dom dquot exist fault fbig hostunreach idrm ilseq "
  + "inprogress intr inval io isconn isdir loop mfile mlink msgsize multihop nametoolong netdown netreset "
  + "netunreach nfile nobufs nodev noent noexec nolck nolink nomem nomsg noprotoopt nospc nosys notconn notdir "
  + "notempty notrecoverable notsock notsup notty nxio overflow ownerdead perm pipe proto protonosupport "
  + "prototype range rofs spipe srch stale timedout txtbsy xdev notcapable"
).split(" ");

/** A call's answer other than success: the guest gets the number and goes on. */
export class Failure {
  constructor(name) {
    this.errno = errnoNames.indexOf(name);
  }
}

/** Ends a call with an error number, by name. */
export function fail(name) {
  throw new Failure(name);
}

export const filetype = { unknown: 0, blockDevice: 1, characterDevice: 2, directory: 3, file: 4, link: 7 };
export const fdflag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 };
export const oflag = { creat: 1, directory: 2, excl: 4, trunc: 8 };

const rightNames = (
  "fd_datasync fd_read fd_seek fd_fdstat_set_flags fd_sync fd_tell fd_write fd_advise fd_allocate "
  + "path_create_directory path_create_file path_link_source path_link_target path_open fd_readdir path_readlink "
  + "path_rename_source path_rename_target path_filestat_get path_filestat_set_size path_filestat_set_times "
  + "fd_filestat_get fd_filestat_set_size fd_filestat_set_times path_symlink path_remove_directory "
  + "path_unlink_file poll_fd_readwrite sock_shutdown sock_accept"
).split(" ");

/** The bits of rights, by their names with spaces between. */
export function rights(names) {
  return names.split(" ").reduce((bits, name) => bits | (1 << rightNames.indexOf(name)), 0);
}

/** Rights of a guest as a number. All bits without a meaning become one, a right that nobody has. */
export function rightsOf(word) {
  const bits = BigInt.asUintN(64, word);
  return Number(bits & 0x3fffffffn) | (bits >> 30n ? 1 << 30 : 0);
}

const fileReading = rights(
  "fd_read fd_seek fd_tell fd_fdstat_set_flags fd_sync fd_datasync fd_advise fd_filestat_get poll_fd_readwrite");
const fileWriting = rights("fd_write fd_allocate fd_filestat_set_size fd_filestat_set_times");
const directoryReading = rights(
  "path_open fd_readdir path_readlink path_filestat_get fd_filestat_get fd_sync fd_datasync fd_fdstat_set_flags");
const directoryChanging = rights(
  "path_create_directory path_create_file path_link_source path_link_target path_rename_source "
  + "path_rename_target path_symlink path_remove_directory path_unlink_file path_filestat_set_times "
  + "fd_filestat_set_times path_filestat_set_size");

export const streamRights = rights("poll_fd_readwrite fd_fdstat_set_flags fd_filestat_get");
export const readingRights = rights("fd_read fd_readdir");
export const writingRights = rights("fd_write fd_allocate fd_filestat_set_size");
export const fileRights = (readOnly) => fileReading | (readOnly ? 0 : fileWriting);
export const directoryRights = (readOnly) => directoryReading | (readOnly ? 0 : directoryChanging);

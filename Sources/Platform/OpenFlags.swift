// How a file is opened, and the flags of an open file description.
// https://man7.org/linux/man-pages/man2/open.2.html

import CMachine
import Glibc

package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: CInt

    package init(rawValue: CInt) { self.rawValue = rawValue }

    // Without one of these two it is opened for reading.
    package static let writeOnly = OpenFlags(rawValue: O_WRONLY)
    package static let readWrite = OpenFlags(rawValue: O_RDWR)

    package static let create = OpenFlags(rawValue: O_CREAT)
    package static let exclusive = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
    /// A terminal that is opened does not become that of the process.
    package static let noTerminal = OpenFlags(rawValue: O_NOCTTY)
    /// The descriptor stands for a file, and neither reads nor writes it.
    package static let pathOnly = OpenFlags(rawValue: machine_path_only)

    package static let append = OpenFlags(rawValue: O_APPEND)
    package static let nonblock = OpenFlags(rawValue: O_NONBLOCK)
    package static let dsync = OpenFlags(rawValue: O_DSYNC)
    /// Has the bit of `dsync`; Linux has no `rsync` of its own.
    package static let sync = OpenFlags(rawValue: O_SYNC)
}

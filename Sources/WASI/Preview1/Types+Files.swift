// Types of preview 1 that have to do with files, in the order of the witx.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

import Platform
import WasmRuntime

/// `lookupflags`
struct Lookupflags: OptionSet, Sendable {
    let rawValue: UInt32

    static let symlinkFollow = Lookupflags(rawValue: 1 << 0)

    /// Bits without a meaning are refused, so that a later version can give them one.
    init(checking rawValue: UInt32) throws(Failure) {
        guard rawValue <= 1 else { throw .errno(.inval) }
        self.rawValue = rawValue
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    var followsLinks: Bool { contains(.symlinkFollow) }
}

/// `oflags`
struct Oflags: OptionSet, Sendable {
    let rawValue: UInt32

    static let creat = Oflags(rawValue: 1 << 0)
    static let directory = Oflags(rawValue: 1 << 1)
    static let excl = Oflags(rawValue: 1 << 2)
    static let trunc = Oflags(rawValue: 1 << 3)

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(checking rawValue: UInt32) throws(Failure) {
        self.init(rawValue: rawValue)
        guard rawValue < 1 << 4 else { throw .errno(.inval) }
        if contains(.directory), !isDisjoint(with: [.creat, .excl, .trunc]) { throw .errno(.inval) }
    }
}

/// `fstflags` with the times that they are about.
struct FileTimes: Sendable {
    let access: TimeChange
    let modification: TimeChange

    init(atim: UInt64, mtim: UInt64, flags: UInt32) throws(Failure) {
        guard flags < 1 << 4 else { throw .errno(.inval) }
        access = try Self.change(to: atim, flags & 3)
        modification = try Self.change(to: mtim, flags >> 2)
    }

    /// Bit 0 sets the time that is given, bit 1 that of the clock.
    private static func change(to time: UInt64, _ bits: UInt32) throws(Failure) -> TimeChange {
        switch bits {
        case 0: return .leave
        case 1: return .to(time)
        case 2: return .now
        default: throw .errno(.inval)
        }
    }
}

extension Filetype {
    init(_ kind: FileStatus.Kind) {
        self =
            switch kind {
            case .regularFile: .regularFile
            case .directory: .directory
            case .symbolicLink: .symbolicLink
            case .blockDevice: .blockDevice
            case .characterDevice: .characterDevice
            case .socket: .socketStream
            case .pipe: .unknown
            }
    }
}

/// `filestat`
struct Filestat: Sendable {
    static let size: UInt32 = 64

    var device: UInt64 = 0
    var inode: UInt64 = 0
    var filetype: Filetype
    var linkCount: UInt64 = 1
    var size: UInt64 = 0
    var accessTime: UInt64 = 0
    var modificationTime: UInt64 = 0
    var changeTime: UInt64 = 0

    func store(at address: UInt32, in memory: GuestMemory) throws(Failure) {
        let bytes = try unsafe memory.bytes(at: address, count: Self.size, .writes)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        let words = [
            (0, device), (8, inode), (16, UInt64(filetype.rawValue)), (24, linkCount), (32, size),
            (40, accessTime), (48, modificationTime), (56, changeTime),
        ]
        for (offset, word) in words {
            unsafe bytes.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
    }
}

extension Filestat {
    init(_ status: FileStatus) {
        self.init(
            device: status.device, inode: status.inode, filetype: Filetype(status.kind),
            linkCount: status.linkCount, size: status.size, accessTime: status.accessTime,
            modificationTime: status.modificationTime, changeTime: status.changeTime)
    }
}

/// `dirent`, with the name that stands after it.
struct Dirent: Sendable {
    static let size = 24

    var next: UInt64
    var inode: UInt64
    var filetype: Filetype
    var name: [UInt8]

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size + name.count)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(next >> shift & 0xFF)) }
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(inode >> shift & 0xFF)) }
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(name.count >> shift & 0xFF)) }
        bytes += [filetype.rawValue, 0, 0, 0]
        return bytes + name
    }
}

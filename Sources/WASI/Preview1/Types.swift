// Types of preview 1 that lie in guest memory or travel as arguments, in the order of the witx.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

import Platform
import WasmRuntime

/// `filetype`
enum Filetype: UInt8, Sendable {
    case unknown, blockDevice, characterDevice, directory, regularFile, socketDgram, socketStream
    case symbolicLink

    init(_ kind: HostDescriptor.Kind) {
        self =
            switch kind {
            case .regularFile: .regularFile
            case .directory: .directory
            case .blockDevice: .blockDevice
            case .characterDevice, .memoryDevice: .characterDevice
            case .streamSocket: .socketStream
            case .datagramSocket: .socketDgram
            case .pipe: .unknown
            }
    }
}

/// `fdflags`
struct Fdflags: OptionSet, Sendable {
    let rawValue: UInt16

    static let append = Fdflags(rawValue: 1 << 0)
    static let dsync = Fdflags(rawValue: 1 << 1)
    static let nonblock = Fdflags(rawValue: 1 << 2)
    static let rsync = Fdflags(rawValue: 1 << 3)
    static let sync = Fdflags(rawValue: 1 << 4)

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(checking rawValue: UInt32) throws(Failure) {
        guard rawValue < 1 << 5 else { throw .errno(.inval) }
        self.rawValue = UInt16(rawValue)
    }

    /// From the status flags of an open file description of the host.
    init(host flags: OpenFlags) {
        self = []
        if flags.contains(.append) { insert(.append) }
        if flags.contains(.dsync) { insert(.dsync) }
        if flags.contains(.nonblock) { insert(.nonblock) }
        if flags.contains(.sync) { formUnion([.rsync, .sync]) }
    }
}

/// `fdstat`
struct Fdstat: Sendable {
    static let size: UInt32 = 24

    var filetype: Filetype
    var flags: Fdflags
    var rightsBase: Rights
    var rightsInheriting: Rights

    func store(at address: UInt32, in memory: GuestMemory) throws(Failure) {
        let bytes = try unsafe memory.bytes(at: address, count: Self.size, .writes)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe bytes.storeBytes(of: filetype.rawValue, as: UInt8.self)
        unsafe bytes.storeBytes(of: flags.rawValue.littleEndian, toByteOffset: 2, as: UInt16.self)
        unsafe bytes.storeBytes(of: rightsBase.rawValue.littleEndian, toByteOffset: 8, as: UInt64.self)
        unsafe bytes.storeBytes(of: rightsInheriting.rawValue.littleEndian, toByteOffset: 16, as: UInt64.self)
    }
}

/// `eventtype`
enum Eventtype: UInt8, Sendable {
    case clock, fdRead, fdWrite
}

/// `eventrwflags`
struct Eventrwflags: OptionSet, Sendable {
    let rawValue: UInt16

    static let fdReadwriteHangup = Eventrwflags(rawValue: 1 << 0)
}

/// `event`
struct Event: Sendable {
    static let size: UInt32 = 32

    var userdata: UInt64
    var error = Errno.success
    var type: Eventtype
    var nbytes: UInt64 = 0
    var flags: Eventrwflags = []

    func store(at address: UInt32, in memory: GuestMemory) throws(Failure) {
        let bytes = try unsafe memory.bytes(at: address, count: Self.size, .writes)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe bytes.storeBytes(of: userdata.littleEndian, as: UInt64.self)
        unsafe bytes.storeBytes(of: error.rawValue.littleEndian, toByteOffset: 8, as: UInt16.self)
        unsafe bytes.storeBytes(of: type.rawValue, toByteOffset: 10, as: UInt8.self)
        unsafe bytes.storeBytes(of: nbytes.littleEndian, toByteOffset: 16, as: UInt64.self)
        unsafe bytes.storeBytes(of: flags.rawValue.littleEndian, toByteOffset: 24, as: UInt16.self)
    }
}

/// `subscription`: the guest's words, read once and not yet checked against anything but their types.
struct Subscription: Sendable {
    static let size: UInt32 = 48

    /// `subscription_u`
    enum Content: Sendable {
        case clock(id: UInt32, timeout: UInt64, isAbsolute: Bool)
        case fdReadwrite(Eventtype, fd: UInt32)
    }

    var userdata: UInt64
    var content: Content

    init(at address: UInt32, in memory: GuestMemory) throws(Failure) {
        let bytes = try unsafe memory.bytes(at: address, count: Self.size, .reads)
        userdata = unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard let type = unsafe Eventtype(rawValue: bytes.load(fromByteOffset: 8, as: UInt8.self)) else {
            throw .errno(.inval)
        }
        // The clock's identifier and the descriptor share this place.
        let number = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        guard type == .clock else {
            content = .fdReadwrite(type, fd: number)
            return
        }
        let timeout = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        let flags = unsafe UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt16.self))
        // `subclockflags` has one bit, `subscription_clock_abstime`.
        guard flags <= 1 else { throw .errno(.inval) }
        content = .clock(id: number, timeout: timeout, isAbsolute: flags == 1)
    }
}

// A guest without WebAssembly: a memory and an instance to call functions of WASI from.

import CMachine
import Testing
import WASI
import WasmModule
import WasmRuntime

/// How a call came back.
enum Answer: Equatable {
    case errno(Errno)
    case trap(TrapReason)
    /// What a function with a result that is no `errno` gave.
    case value(UInt32)

    static let success = Answer.errno(.success)
}

final class Guest: @unchecked Sendable {
    // SENDABLE: what changes is the memory, which threads share as those of real guests do.
    static let pages: UInt64 = 2
    static let size = UInt32(pages * MemoryType.pageSize)

    let memory: MemoryInstance
    private let wasi: WASIContext
    private let instance = UnsafeMutablePointer<MachineInstance>.allocate(capacity: 1)
    private let stack = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

    init(_ configure: (inout WASIConfiguration) -> Void = { _ in }) throws {
        var configuration = WASIConfiguration()
        configure(&configuration)
        wasi = try WASIContext(configuration)
        memory = try MemoryInstance(
            type: MemoryType(limits: Limits(minimum: Self.pages, maximum: Self.pages), isShared: true),
            limits: StoreLimits())
        instance.initialize(to: MachineInstance())
        instance.pointee.memory0 = memory.machine
    }

    deinit {
        instance.deallocate()
        stack.deallocate()
    }

    func dropMemory() { instance.pointee.memory0 = nil }

    struct Missing: Error { let name: String }

    func function(_ name: String, module: String = "wasi_snapshot_preview1") throws -> FunctionReference {
        guard case .function(let function)? = wasi.external(module: module, name: name) else {
            throw Missing(name: name)
        }
        return function
    }

    /// Calls a function of preview 1, on a thread of a group or outside of any.
    func call(_ name: String, _ arguments: UInt64..., on thread: GuestThread? = nil) throws -> Answer {
        call(try function(name), arguments, on: thread)
    }

    func call(_ function: FunctionReference, _ arguments: [UInt64], on thread: GuestThread?) -> Answer {
        let code = function.machine.pointee.code.pointee
        let context = thread?.stack.context ?? ValueStack(memory: stack).context
        var frame = arguments + [0]
        let reason = code.hostEntry(context, instance, code.hostContext, &frame)
        if let reason = TrapReason(rawValue: reason) { return .trap(reason) }
        #expect(reason == 0)
        if function.type.results.isEmpty { return .success }
        let result = UInt32(truncatingIfNeeded: frame[0])
        return UInt16(exactly: result).flatMap(Errno.init(rawValue:)).map(Answer.errno) ?? .value(result)
    }
}

// MARK: Memory

extension Guest {
    func load<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ address: Int, as type: Integer.Type = UInt32.self
    ) -> Integer {
        Integer(littleEndian: memory.bytes.loadUnaligned(fromByteOffset: address, as: type))
    }

    func store<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, at address: Int) {
        memory.bytes.storeBytes(of: value.littleEndian, toByteOffset: address, as: Integer.self)
    }

    func store(_ text: String, at address: Int) {
        for (index, byte) in text.utf8.enumerated() { memory.bytes[address + index] = byte }
    }

    func bytes(at address: Int, count: Int) -> [UInt8] { Array(memory.bytes[address..<address + count]) }

    func string(at address: Int, count: Int) -> String {
        String(decoding: bytes(at: address, count: count), as: UTF8.self)
    }

    /// Writes an array of iovec.
    func storeVectors(_ vectors: [(address: Int, count: Int)], at address: Int) {
        for (index, vector) in vectors.enumerated() {
            store(UInt32(vector.address), at: address + index * 8)
            store(UInt32(vector.count), at: address + index * 8 + 4)
        }
    }

    /// fd_read or fd_write of one part of memory; how much, where it worked.
    func transfer(
        _ name: String, _ fd: UInt64, at address: Int, count: Int, on thread: GuestThread? = nil
    ) throws -> (answer: Answer, count: Int) {
        // A place for each thread, at the end of memory.
        let scratch = Int(Guest.size) - 16 * (1 + Int(thread?.id ?? 0))
        storeVectors([(address, count)], at: scratch)
        let answer = try call(name, fd, UInt64(scratch), 1, UInt64(scratch + 8), on: thread)
        return (answer, answer == .success ? Int(load(scratch + 8)) : 0)
    }

    func write(_ text: String, to fd: UInt64 = 1) throws -> (answer: Answer, count: Int) {
        store(text, at: 1024)
        return try transfer("fd_write", fd, at: 1024, count: text.utf8.count)
    }

    func read(_ count: Int, from fd: UInt64 = 0) throws -> (answer: Answer, text: String) {
        let (answer, length) = try transfer("fd_read", fd, at: 1024, count: count)
        return (answer, string(at: 1024, count: length))
    }
}

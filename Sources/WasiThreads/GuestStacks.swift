// The stacks and thread-local variables that attached threads have in the guest's memory.
//
// A module whose code has a stack in memory exports `__stack_pointer`, or no thread is attached to it; then it
// must export `malloc` and `free` too, and, where it has thread-local variables, `__tls_size`, `__tls_align`
// and `__wasm_init_tls`.
// A new instance begins with the stack pointer of the main thread, so that `malloc` must not be called in
// it as it is. There is one small landing stack for each process instead, which one thread at a time
// stands on while it allocates or frees its own. The landing stack comes from the main instance's `malloc`
// while nobody is inside of that, and otherwise from `memory.grow`.
// https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md (thread-local storage)

import Platform
import Synchronization
import WasmModule
import WasmRuntime

final class GuestStacks: Sendable {
    /// A block of the guest's memory: a stack that grows down, and after it the thread-local variables.
    struct Block {
        /// What `malloc` gave.
        var address: UInt32
        var stackTop: UInt32
        var tls: UInt32

        init(at address: UInt32, stackBytes: UInt32, _ exports: Exports) {
            self.address = address
            stackTop = Block.aligned(address, to: 16) &+ stackBytes
            tls = Block.aligned(stackTop, to: exports.tlsAlignment)
        }

        private static func aligned(_ address: UInt32, to alignment: UInt32) -> UInt32 {
            (address &+ alignment &- 1) & ~(alignment &- 1)
        }

        /// How many bytes such a block takes, wherever it lies.
        static func byteCount(stackBytes: UInt64, _ exports: Exports) -> UInt64 {
            16 + stackBytes + UInt64(exports.tlsAlignment) + UInt64(exports.tlsBytes)
        }
    }

    private let stackBytes: UInt64
    /// The landing stack, once there is one. Held by the thread that stands on it.
    private let landing = Mutex<Block?>(nil)

    /// What `malloc` and `free` of any guest get by with.
    private static let landingBytes: UInt64 = 16 << 10

    init(stackBytes: UInt64) { self.stackBytes = stackBytes & ~15 }

    /// Allocates the landing stack while the caller is inside the main instance. Where that fails, the first
    /// thread that attaches tries again, and reports it.
    func prepare(on thread: GuestThread, _ main: Instance) throws(Trap) {
        guard let exports = try? Exports(main) else { return }
        let bytes = Block.byteCount(stackBytes: Self.landingBytes, exports)
        let address = try exports.allocate(bytes, on: thread, main)
        if address != 0 {
            landing.withLock { $0 = Block(at: address, stackBytes: UInt32(Self.landingBytes), exports) }
        }
    }

    /// Gives the thread of an instance its stack and thread-local variables; nil where the module has no
    /// stack in memory.
    func allocate(
        on thread: GuestThread, _ instance: Instance, of process: Process
    ) throws(AttachFailure) -> Block? {
        let exports: Exports?
        do { exports = try Exports(instance) } catch { throw .refused(error) }
        guard let exports else {
            guard process.loaded.hidesStack else { return nil }
            let message = "The module's code has a stack in memory, and an attached thread needs one of its own, but"
            throw .refused(EmbedderError(.export, "\(message) __stack_pointer is not exported. \(Exports.howToLink)"))
        }
        let bytes = Block.byteCount(stackBytes: stackBytes, exports)
        if landing.withLock({ $0 == nil }) { try allocateLanding(exports, process) }
        let address = try onLanding(exports, thread, instance) { () throws(Trap) in
            try exports.allocate(bytes, on: thread, instance)
        }
        guard address != 0 else {
            let message = "The guest's malloc has no \(counted(bytes, "byte")) for a stack."
            throw .refused(EmbedderError(.limit, message))
        }
        let block = Block(at: address, stackBytes: UInt32(stackBytes), exports)
        do { try exports.move(to: block, on: thread, instance) } catch { throw .trapped(error) }
        return block
    }

    /// Frees what `allocate` gave.
    func free(_ block: Block, on thread: GuestThread, _ instance: Instance) throws(Trap) {
        // They were there when the block was allocated.
        guard let exports = try? Exports(instance) else { return }
        do {
            try onLanding(exports, thread, instance) { () throws(Trap) in
                _ = try thread.call(exports.free, [.i32(block.address)], of: instance)
            }
        } catch {
            if case .trapped(let trap) = error { throw trap }
        }
    }

    /// Runs `body` while the thread stands on the landing stack, which there is.
    private func onLanding<Result>(
        _ exports: Exports, _ thread: GuestThread, _ instance: Instance, _ body: () throws(Trap) -> Result
    ) throws(AttachFailure) -> Result {
        try landing.withLock { landing throws(AttachFailure) in
            guard let landing else { preconditionFailure("the landing stack is the first one") }
            do throws(Trap) {
                try exports.move(to: landing, on: thread, instance)
                return try body()
            } catch {
                throw .trapped(error)
            }
        }
    }

    private func allocateLanding(_ exports: Exports, _ process: Process) throws(AttachFailure) {
        var hasEnded = false
        do throws(EmbedderError) {
            hasEnded = try process.enter(asBeginning: false) { thread throws(Trap) in
                if landing.withLock({ $0 == nil }) { try prepare(on: thread, process.main) }
            }
        } catch {
            // Somebody is inside the main instance.
            if error.kind != .busy { throw .refused(error) }
        }
        if hasEnded { throw .refused(EmbedderError(process.ending)) }
        try landing.withLock { landing throws(AttachFailure) in
            if landing != nil { return }
            let bytes = Block.byteCount(stackBytes: Self.landingBytes, exports)
            guard let memory = process.main.memories.first,
                let previous = memory.grow(by: (bytes + memory.pageSize - 1) / memory.pageSize)
            else {
                let message = "The guest has no \(counted(bytes, "byte")) for the stack that threads begin on."
                throw .refused(EmbedderError(.limit, message))
            }
            let address = UInt32(truncatingIfNeeded: previous * memory.pageSize)
            landing = Block(at: address, stackBytes: UInt32(Self.landingBytes), exports)
        }
    }
}

/// Why a thread is not attached.
enum AttachFailure: Error {
    case refused(EmbedderError)
    /// The guest's own code, which ends the process.
    case trapped(Trap)
}

extension GuestStacks {
    /// What a module exports so that its threads can have a stack.
    struct Exports {
        let stackPointer: GlobalInstance
        let malloc: FunctionReference
        let free: FunctionReference
        let tlsBytes: UInt32
        let tlsAlignment: UInt32
        let initTLS: FunctionReference?

        /// nil where the module tells of no stack in memory, or its instances share no memory.
        init?(_ instance: Instance) throws(EmbedderError) {
            guard let stackPointer = instance.export("__stack_pointer"),
                let memory = instance.memories.first, memory.isShared
            else { return nil }
            guard case .global(let global) = stackPointer, global.type.value == .i32, global.type.isMutable,
                memory.addressType == .i32
            else { throw Self.missing("a mutable global i32", "__stack_pointer") }
            self.stackPointer = global
            malloc = try Self.function("malloc", [.i32], [.i32], of: instance)
            free = try Self.function("free", [.i32], [], of: instance)
            tlsBytes = try Self.constant("__tls_size", of: instance) ?? 0
            tlsAlignment = max(try Self.constant("__tls_align", of: instance) ?? 16, 16)
            guard tlsAlignment & (tlsAlignment - 1) == 0 else {
                throw Self.missing("a power of two", "__tls_align")
            }
            initTLS = tlsBytes == 0 ? nil : try Self.function("__wasm_init_tls", [.i32], [], of: instance)
        }

        /// What `malloc` gives; 0 is nothing.
        func allocate(
            _ bytes: UInt64, on thread: GuestThread, _ instance: Instance
        ) throws(Trap) -> UInt32 {
            guard let size = UInt32(exactly: bytes) else { return 0 }
            guard case .i32(let address)? = try thread.call(malloc, [.i32(size)], of: instance).first else {
                return 0
            }
            return address
        }

        /// Has the instance go on with the stack and the thread-local variables of a block.
        func move(to block: Block, on thread: GuestThread, _ instance: Instance) throws(Trap) {
            unsafe stackPointer.cell.pointee = UInt64(block.stackTop)
            if let initTLS { _ = try thread.call(initTLS, [.i32(block.tls)], of: instance) }
        }

        private static func function(
            _ name: String, _ parameters: [ValueType], _ results: [ValueType], of instance: Instance
        ) throws(EmbedderError) -> FunctionReference {
            let type = FunctionType(parameters: parameters, results: results)
            guard case .function(let function) = instance.export(name), function.type == type else {
                throw missing("func \(type)", name)
            }
            return function
        }

        private static func constant(_ name: String, of instance: Instance) throws(EmbedderError) -> UInt32? {
            guard let export = instance.export(name) else { return nil }
            guard case .global(let global) = export, case .i32(let value) = global.value else {
                throw missing("a global i32", name)
            }
            return value
        }

        /// What the embedder is told to do.
        static let howToLink = """
            Link it with --export=__stack_pointer --export=malloc --export=free --export=__wasm_init_tls \
            --export=__tls_size --export=__tls_align (with a compiler in front, -Wl,--export=NAME).
            """

        private static func missing(_ what: String, _ name: String) -> EmbedderError {
            let message = "The module exports __stack_pointer, so that its threads need a stack, but not"
            return EmbedderError(.export, "\(message) \(name) as \(what). \(howToLink)")
        }
    }
}

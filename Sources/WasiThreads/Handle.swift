// What an opaque pointer of the C ABI points to: a block that outlives its object.
//
// Always true: a block is never given back to the system, so a pointer that the library once gave out can
// be looked at for ever. A deleted block is used again only after many others were deleted, so that use
// after delete is told in practice, not only in luck.

import Platform
import Synchronization
import WasmModule

/// A block. An embedder's pointer is its address.
private struct HandleBlock: ~Copyable {
    /// "wasithrd": tells a block from other memory.
    static let mark: UInt64 = 0x6472_6874_6973_6177

    let mark = HandleBlock.mark
    /// The object; nil when it was deleted. Under its lock, so that a call and a delete at the same time
    /// see the object or do not, and nothing in between.
    let object: Mutex<(any HandleObject)?>
}

/// A class of which an embedder may hold objects.
protocol HandleObject: AnyObject, Sendable {
    /// What messages call it.
    static var handleName: String { get }
}

@safe
enum Handle {
    /// How many deleted blocks wait before the oldest is used again.
    private static let quarantine = 1024

    @safe
    private struct Retired: @unchecked Sendable {
        // SENDABLE: only handed on under the lock of `retired`.
        var blocks: [UnsafeMutablePointer<HandleBlock>] = unsafe []
        /// `blocks` before this index are in use again.
        var head = 0

        /// The block that was deleted first, unless it was deleted lately.
        mutating func takeOldest() -> UnsafeMutablePointer<HandleBlock>? {
            guard unsafe blocks.count - head > quarantine else { return nil }
            let block = unsafe blocks[head]
            head += 1
            if head > quarantine {
                unsafe blocks.removeFirst(head)
                head = 0
            }
            return unsafe block
        }
    }

    /// Deleted blocks, the oldest first.
    private static let retired = Mutex(Retired())

    /// A pointer to `object`, which lives until `remove`.
    static func make(_ object: any HandleObject) -> OpaquePointer {
        let recycled = unsafe retired.withLock { unsafe $0.takeOldest() }
        if let block = unsafe recycled {
            unsafe block.pointee.object.withLock { $0 = object }
            return OpaquePointer(block)
        }
        let block = UnsafeMutablePointer<HandleBlock>.allocate(capacity: 1)
        unsafe block.initialize(to: HandleBlock(object: Mutex(object)))
        return OpaquePointer(block)
    }

    /// The object behind `pointer`, or why there is none of that class.
    static func object<T: HandleObject>(
        _ pointer: OpaquePointer?, as type: T.Type
    ) throws(EmbedderError) -> T {
        let block = unsafe try Handle.block(pointer, type.handleName)
        return try checked(unsafe block.pointee.object.withLock { $0 }, type)
    }

    /// Takes the object away from its pointer. nil for NULL, and for what is no object of this class: a
    /// function that frees has no way to report that, so it leaves it alone.
    static func remove<T: HandleObject>(_ pointer: OpaquePointer?, as type: T.Type) -> T? {
        guard let block = unsafe try? Handle.block(pointer, type.handleName) else { return nil }
        let taken = unsafe block.pointee.object.withLock { object -> T? in
            guard let found = object as? T else { return nil }
            object = nil
            return found
        }
        if taken != nil { retired.withLock { unsafe $0.blocks.append(block) } }
        return taken
    }

    private static func block(
        _ pointer: OpaquePointer?, _ name: String
    ) throws(EmbedderError) -> UnsafeMutablePointer<HandleBlock> {
        guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The \(name) is NULL.") }
        let block = unsafe UnsafeMutablePointer<HandleBlock>(pointer)
        let isAligned = UInt(bitPattern: pointer) % UInt(MemoryLayout<HandleBlock>.alignment) == 0
        guard isAligned, unsafe block.pointee.mark == HandleBlock.mark else {
            throw EmbedderError(.misuse, "The pointer given as the \(name) is no object of this library.")
        }
        return unsafe block
    }

    private static func checked<T: HandleObject>(
        _ object: consuming (any HandleObject)?, _ type: T.Type
    ) throws(EmbedderError) -> T {
        guard let object else { throw EmbedderError(.misuse, "The \(type.handleName) was deleted.") }
        guard Swift.type(of: object) == type else {
            let other = Swift.type(of: object).handleName
            throw EmbedderError(.misuse, "The pointer given as the \(type.handleName) is \(withArticle(other)).")
        }
        // SAFETY: the line above; a cast that looks at conformances is slower than the calls that need it.
        return unsafe unsafeDowncast(object, to: type)
    }
}

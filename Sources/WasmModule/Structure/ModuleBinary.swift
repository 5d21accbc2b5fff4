// The bytes of a module, kept as long as the module is: bodies, data and names are ranges of them.

/// An owned, immutable copy of a module's binary.
@safe
package final class ModuleBinary: @unchecked Sendable {
    // SENDABLE: nothing writes the bytes after the initialiser returns.
    package let bytes: UnsafeRawBufferPointer
    /// Whether types of vectors are read. No instruction makes such a value yet, so only tests of how values
    /// are laid out ask for them.
    package let hasVectorTypes: Bool

    package var count: Int { unsafe bytes.count }

    /// Copies `bytes`.
    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        unsafe self.init(count: bytes.count) { unsafe $0.copyMemory(from: bytes) }
    }

    /// Makes a binary of `count` bytes and has `fill` write all of them.
    package init<E: Error>(
        count: Int, hasVectorTypes: Bool = false, fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        self.hasVectorTypes = hasVectorTypes
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        do {
            unsafe try fill(buffer)
        } catch {
            unsafe buffer.deallocate()
            throw error
        }
        unsafe bytes = UnsafeRawBufferPointer(buffer)
    }

    deinit { unsafe bytes.deallocate() }
}

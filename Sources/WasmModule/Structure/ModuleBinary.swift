// The bytes of a module, kept as long as the module is: bodies, data and names are ranges of them.

import Platform

/// An owned, immutable copy of a module's binary.
@safe
package final class ModuleBinary: @unchecked Sendable {
    // SENDABLE: nothing writes the bytes after the initialiser returns.
    package let bytes: UnsafeRawBufferPointer
    /// Whether types of vectors are read. No instruction makes such a value yet, so only tests of how values
    /// are laid out ask for them.
    package let hasVectorTypes: Bool

    package var count: Int { unsafe bytes.count }

    /// Copies `bytes`; nil where the system refuses the memory.
    package init?(copying bytes: UnsafeRawBufferPointer, hasVectorTypes: Bool = false) {
        guard let copy = unsafe HostHeap.allocate(max(bytes.count, 1)) else { return nil }
        self.hasVectorTypes = hasVectorTypes
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: copy, count: bytes.count)
        unsafe buffer.copyMemory(from: bytes)
        unsafe self.bytes = UnsafeRawBufferPointer(buffer)
    }

    deinit { unsafe HostHeap.free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
}

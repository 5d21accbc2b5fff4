// Strings and arrays that C code borrows from an object.

/// Memory that lives as long as this object, for pointers that the C ABI gives out.
///
/// Not thread-safe: filled while its owner is made, then only read.
@safe
final class CStringStorage: @unchecked Sendable {
    // SENDABLE: see above; nothing changes after the owner's initialiser.
    private var allocations: [UnsafeMutableRawPointer] = unsafe []

    deinit { for unsafe allocation in unsafe allocations { unsafe allocation.deallocate() } }

    /// A copy of `string` with a NUL byte after it.
    func string(_ string: String) -> UnsafePointer<CChar> {
        let utf8 = string.utf8
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: utf8.count + 1)
        for (index, byte) in utf8.enumerated() { unsafe bytes[index] = CChar(bitPattern: byte) }
        unsafe bytes[utf8.count] = 0
        unsafe allocations.append(UnsafeMutableRawPointer(bytes))
        return unsafe UnsafePointer(bytes)
    }

    /// A copy of `elements`; never nil, so that an empty list is told from none.
    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        for (index, element) in elements.enumerated() { unsafe (copy + index).initialize(to: element) }
        unsafe allocations.append(UnsafeMutableRawPointer(copy))
        return unsafe UnsafePointer(copy)
    }
}

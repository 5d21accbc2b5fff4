// Memory from the host's heap, for blocks whose size a guest chooses: a refusal is nil, where an allocation of
// Swift's own would end the host.
// https://man7.org/linux/man-pages/man3/malloc.3.html

import Glibc

package enum HostHeap {
    /// Aligned for every type of C, its content undefined.
    @inlinable
    package static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? { malloc(bytes) }

    /// `count` elements of zero bytes.
    @inlinable
    package static func allocateZeroed(_ count: Int, stride: Int = 1) -> UnsafeMutableRawPointer? {
        calloc(count, stride)
    }

    @inlinable
    package static func free(_ block: UnsafeMutableRawPointer?) { Glibc.free(block) }
}

extension UnsafeRawBufferPointer {
    /// Where the first zero byte is, by the C library's search.
    @inlinable
    package var firstZero: Int? {
        guard let baseAddress, let end = memchr(baseAddress, 0, count) else { return nil }
        return UnsafeRawPointer(end) - baseAddress
    }
}

// A path or a name as the system calls take it.

import Glibc

/// Bytes without a NUL, and a NUL after them. Not every path is UTF-8, and two that look alike are two.
package struct HostPath: Hashable, Sendable {
    private let terminated: [UInt8]

    /// `bytes` have no NUL.
    package init(_ bytes: some Sequence<UInt8>) {
        var terminated = Array(bytes)
        precondition(!terminated.contains(0), "who makes a path checks it")
        terminated.append(0)
        self.terminated = terminated
    }

    package var bytes: ArraySlice<UInt8> { terminated.dropLast() }

    /// The kernel takes paths that are shorter.
    package static var limit: Int { Int(PATH_MAX) }

    package func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
        terminated.withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress!) }
    }
}

extension HostPath: ExpressibleByStringLiteral {
    package init(stringLiteral text: StaticString) {
        self.init(text.withUTF8Buffer { Array($0) })
    }
}

extension HostPath: CustomStringConvertible {
    /// As messages show it.
    package var description: String { shown(bytes) }
}

/// A descriptor that is closed with this object.
package final class OwnedDescriptor: Sendable {
    package let descriptor: HostDescriptor

    package init(_ descriptor: HostDescriptor) { self.descriptor = descriptor }

    deinit { descriptor.close() }
}

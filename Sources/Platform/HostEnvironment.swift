// What the embedding program has from the system: its environment and its descriptors.

import CMachine
import Glibc

/// The environment's variables, as bytes. No thread may change the environment meanwhile.
package func hostEnvironment() -> [(name: [UInt8], value: [UInt8])] {
    var variables: [(name: [UInt8], value: [UInt8])] = []
    var entry = environ
    while let text = entry.pointee {
        let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
        // What has no name or no "=" is no variable that a guest could be given.
        if let middle = bytes.firstIndex(of: UInt8(ascii: "=")), middle > 0 {
            variables.append((Array(bytes[..<middle]), Array(bytes[(middle + 1)...])))
        }
        entry += 1
    }
    return variables
}

/// The variables that the library and the command heed; each is in their manual pages, which a test compares.
package enum HostVariable: String, CaseIterable, Sendable {
    /// Which tier an engine has whose embedder has not said.
    case tier = "WASI_THREADS_TIER"
    /// The path of LLVM's library.
    case llvm = "WASI_THREADS_LLVM"
    /// Features of the processor that compiled code is not to use.
    case cpuWithout = "WASI_THREADS_CPU_WITHOUT"
    /// What profilers are told.
    case perf = "WASI_THREADS_PERF"
    /// What debuggers are told.
    case gdb = "WASI_THREADS_GDB"
    /// Where the command keeps compiled code.
    case cacheHome = "XDG_CACHE_HOME"
    case home = "HOME"

    /// Its bytes; nil where it is not set, and for a program that runs with rights which whoever started it
    /// lacks (setuid, setgid, capabilities).
    package var value: [UInt8]? {
        guard let text = machine_secure_getenv(rawValue) else { return nil }
        return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// The same as a path; nil where it is empty.
    package var path: HostPath? { value.flatMap { $0.isEmpty ? nil : HostPath($0) } }

    /// The same as text.
    package var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }

    package func holds(_ word: StaticString) -> Bool {
        value.map { $0 == word.withUTF8Buffer { Array($0) } } ?? false
    }
}

package func isOpenDescriptor(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_GETFD) >= 0
}

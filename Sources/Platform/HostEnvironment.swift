// What the embedding program has from the system: its environment and its descriptors.

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

/// One variable of the environment, as text.
package func hostVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

package func isOpenDescriptor(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_GETFD) >= 0
}

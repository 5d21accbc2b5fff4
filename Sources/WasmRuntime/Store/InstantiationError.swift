// Why a module could not be instantiated.

import Platform
import WasmModule

package enum InstantiationError: Error {
    /// An import is given something of another type.
    case importType(module: String, name: String, wanted: ExternalType, given: ExternalType)
    /// A memory, table or the instance itself found no memory of the host; which one.
    case outOfMemory(String)
    /// The host has no address space for a memory that compiled code can use without checks.
    case unguardedMemory
    /// A memory or table begins larger than the embedder allows; which one.
    case limit(String)
}

extension InstantiationError: CustomStringConvertible {
    /// A sentence for the user.
    package var description: String {
        switch self {
        case .importType(let module, let name, let wanted, let given):
            "The module imports \(shown(module)).\(shown(name)) as (\(wanted)), "
                + "but what is defined there is (\(given))."
        case .outOfMemory(let what): "The host has no memory left for \(what)."
        case .unguardedMemory: "The host has no address space left for a memory of compiled code."
        case .limit(let what): "The module exceeds a limit of the engine: \(what)."
        }
    }
}

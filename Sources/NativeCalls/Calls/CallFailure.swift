// Why a call of a C function was not made, or its result could not be handed on.

import Platform
import WasmModule

struct CallFailure: Error {
    enum Reason: @unchecked Sendable {
        // SENDABLE: it does not leave the thread of the call.
        case noMemory
        /// An address that the type's alignment does not divide.
        case misaligned
        /// So many elements from the address on leave the memory, which has so many bytes.
        case outOfBounds(count: UInt64, memory: UInt64)
        case negativeCount(Int64)
        /// A string without an end.
        case endless
        case hostMemory
        /// A result that is too large for a size of the guest.
        case result(UInt64)
        /// A pointer that it returned does not lead into the guest's memory.
        case foreignPointer
        /// What is wrong with a function pointer, as a part of a sentence.
        case callback(String)
        /// What the C function returned.
        case error(OpaquePointer)
    }

    var reason: Reason
    var address: UInt64 = 0
    /// By index; nil for the result.
    var parameter: Int?
}

extension CallFailure {
    /// What is wrong with `what`, as a part of a sentence; `size` and `alignment` are those of an element.
    func words(_ what: String, size: UInt64, alignment: UInt64) -> String {
        switch reason {
        case .noMemory:
            return "the calling module has no memory, and the function takes addresses"
        case .misaligned:
            return "\(what) is the address \(address), which is no multiple of \(alignment)"
        case .outOfBounds(let count, let memory):
            let elements = "\(count) element\(count == 1 ? "" : "s") of \(size) byte\(size == 1 ? "" : "s")"
            let place = "at the address \(address), not all in the memory of \(counted(memory, "byte"))"
            return "\(what) points to \(elements) \(place)"
        case .negativeCount(let count):
            return "the count of the elements of \(what) is \(count)"
        case .endless:
            return "\(what) points to a string at the address \(address) without a NUL byte in the memory"
        case .hostMemory:
            return "the host has no memory left for a copy of \(what)"
        case .result(let bits):
            let value = "\(Int64(bitPattern: bits)) (0x\(String(bits, radix: 16)))"
            return "\(what), \(value), does not fit into the 32 bits that a guest has for it"
        case .foreignPointer:
            return "\(what) is a pointer of the host's, which does not lead into the memory of the guest"
        case .callback(let words):
            return "\(what) is no function pointer that can be used: \(words)"
        case .error:
            return "it failed"
        }
    }
}

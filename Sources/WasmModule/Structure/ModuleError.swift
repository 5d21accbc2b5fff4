// Why a binary is not a module that this library runs.

/// A refusal at load: what is wrong and where.
package struct ModuleError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The bytes do not follow the binary format.
        case malformed
        /// The module does not type-check, or breaks another rule of validation.
        case invalid
        /// The module uses a feature that this library does not have.
        case unsupported(Feature?)
        /// The module uses a feature that was switched off.
        case switchedOff(Feature)
        /// The module is larger than an implementation limit.
        case limit
    }

    package let kind: Kind
    /// The offset in the binary, in bytes.
    package let offset: Int
    /// What is wrong, a clause without a capital or a full stop.
    package let message: String

    package init(_ kind: Kind, at offset: Int, _ message: String) {
        self.kind = kind
        self.offset = offset
        self.message = message
    }
}

extension ModuleError: CustomStringConvertible {
    /// A sentence for the user.
    package var description: String {
        let place = "at byte \(offset) (0x\(String(offset, radix: 16)))"
        switch kind {
        case .malformed: return "The module is malformed \(place): \(message)."
        case .invalid: return "The module is invalid \(place): \(message)."
        case .unsupported(let feature?):
            let feature = feature.rawValue
            return "The module uses \(feature), which this version does not support, \(place): \(message)."
        case .switchedOff(let feature):
            return "The module uses \(feature.rawValue), which is switched off, \(place): \(message)."
        case .unsupported(nil): return "The module is not supported \(place): \(message)."
        case .limit: return "The module exceeds a limit \(place): \(message)."
        }
    }
}

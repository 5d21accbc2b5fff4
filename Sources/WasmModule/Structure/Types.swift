// Types of functions, memories, tables, globals and of what is imported and exported.
// https://webassembly.github.io/spec/core/syntax/types.html

package struct FunctionType: Hashable, Sendable {
    package var parameters: [ValueType]
    package var results: [ValueType]

    package init(parameters: [ValueType], results: [ValueType]) {
        self.parameters = parameters
        self.results = results
    }
}

/// An entry of the type section. Structures and arrays will be further cases.
package enum CompositeType: Hashable, Sendable {
    case function(FunctionType)
}

/// The type of the addresses of a memory or a table.
package enum AddressType: Hashable, Sendable {
    case i32, i64

    package var valueType: ValueType { self == .i32 ? .i32 : .i64 }
}

/// Bounds of a size: pages of a memory, elements of a table.
package struct Limits: Hashable, Sendable {
    package var minimum: UInt64
    package var maximum: UInt64?

    package init(minimum: UInt64, maximum: UInt64? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Whether something with the size `size` and the maximum `maximum` may stand where these limits
    /// are imported. https://webassembly.github.io/spec/core/valid/matching.html#limits
    package func accepts(size: UInt64, maximum other: UInt64?) -> Bool {
        guard size >= minimum else { return false }
        guard let maximum else { return true }
        guard let other else { return false }
        return other <= maximum
    }
}

package struct MemoryType: Hashable, Sendable {
    /// Of memories that name no other, the base-2 logarithm.
    package static let usualPageShift: UInt8 = 16
    /// Of those, and the unit in which an embedder bounds all memories.
    package static let pageSize: UInt64 = 1 << UInt64(usualPageShift)
    /// The largest size of a memory with 32-bit addresses and pages of that size.
    package static let maximumPages32: UInt64 = 65_536

    package var limits: Limits
    package var isShared: Bool
    package var addressType: AddressType
    /// The base-2 logarithm of the size of a page, 16 or 0.
    /// https://github.com/WebAssembly/custom-page-sizes
    package var pageShift: UInt8

    package init(
        limits: Limits, isShared: Bool = false, addressType: AddressType = .i32,
        pageShift: UInt8 = MemoryType.usualPageShift
    ) {
        self.limits = limits
        self.isShared = isShared
        self.addressType = addressType
        self.pageShift = pageShift
    }

    package var pageSize: UInt64 { 1 << UInt64(pageShift) }

    /// How many pages its addresses can reach: all of them, but where their number would not fit an address.
    package var reachablePages: UInt64 {
        let bits = addressType == .i32 ? 32 : 64
        return pageShift == 0 ? .max >> UInt64(64 - bits) : 1 << UInt64(bits - Int(pageShift))
    }

    /// Whether what an access of compiled code can reach ends in pages that nobody can touch, so that it needs no
    /// comparison: an address and an offset of 32 bits, and pages that the host's are parts of.
    package var isGuardable: Bool { addressType == .i32 && pageShift == Self.usualPageShift }
}

package struct TableType: Hashable, Sendable {
    package var element: ValueType
    package var limits: Limits
    package var addressType: AddressType

    package init(element: ValueType, limits: Limits, addressType: AddressType = .i32) {
        self.element = element
        self.limits = limits
        self.addressType = addressType
    }
}

package struct GlobalType: Hashable, Sendable {
    package var value: ValueType
    package var isMutable: Bool

    package init(value: ValueType, isMutable: Bool) {
        self.value = value
        self.isMutable = isMutable
    }
}

/// The type of an import or an export.
package enum ExternalType: Hashable, Sendable {
    case function(FunctionType)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
    /// The type of a tag has parameters only: what an exception of it carries.
    case tag(FunctionType)
}

// MARK: References as wide as their representation

extension FunctionType {
    package var widest: FunctionType {
        FunctionType(parameters: parameters.map(\.widest), results: results.map(\.widest))
    }
}

extension ExternalType {
    package var widest: ExternalType {
        switch self {
        case .function(let type): return .function(type.widest)
        case .tag(let type): return .tag(type.widest)
        case .global(let type): return .global(GlobalType(value: type.value.widest, isMutable: type.isMutable))
        case .table(var type):
            type.element = type.element.widest
            return .table(type)
        case .memory: return self
        }
    }
}

// MARK: Descriptions, in the text format

extension FunctionType: CustomStringConvertible {
    package var description: String { description(depth: 1) }

    func description(depth: Int) -> String {
        "(\(Self.list(parameters, depth))) -> (\(Self.list(results, depth)))"
    }

    private static func list(_ types: [ValueType], _ depth: Int) -> String {
        // Within another type, a long list says nothing that a reader looks for.
        let shown = depth == 0 ? types.prefix(8) : types[...]
        let texts = shown.map { $0.description(depth: depth) } + (shown.count < types.count ? ["…"] : [])
        return texts.joined(separator: " ")
    }
}

extension Limits: CustomStringConvertible {
    package var description: String { maximum.map { "\(minimum) \($0)" } ?? "\(minimum)" }
}

extension MemoryType: CustomStringConvertible {
    package var description: String {
        let address = addressType == .i64 ? "i64 " : ""
        let page = pageShift == Self.usualPageShift ? "" : " (pagesize \(pageSize))"
        return "memory \(address)\(limits)\(isShared ? " shared" : "")\(page)"
    }
}

extension ExternalType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .function(let type): "func \(type)"
        case .table(let type): "table \(type.addressType == .i64 ? "i64 " : "")\(type.limits) \(type.element)"
        case .memory(let type): type.description
        case .tag(let type): "tag \(type)"
        case .global(let type): type.isMutable ? "global (mut \(type.value))" : "global \(type.value)"
        }
    }
}

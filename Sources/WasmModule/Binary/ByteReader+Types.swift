// Types in the binary format. What a later version added is refused by the name of its feature, and type indices
// become the numbers of types.
// https://webassembly.github.io/spec/core/binary/types.html

extension ByteReader {
    mutating func valueType() throws(ModuleError) -> ValueType {
        let first = offset
        switch try byte() {
        case 0x7F: return .i32
        case 0x7E: return .i64
        case 0x7D: return .f32
        case 0x7C: return .f64
        case 0x7B: return .v128
        case let byte: return try referenceType(byte, at: first, "malformed value type")
        }
    }

    mutating func referenceType() throws(ModuleError) -> ValueType {
        let first = offset
        switch try byte() {
        case 0x7B...0x7F:
            throw ModuleError(.malformed, at: first, "malformed reference type: a number or a vector is none")
        case let byte: return try referenceType(byte, at: first, "malformed reference type")
        }
    }

    /// A reference type that begins with a byte, which has been read.
    private mutating func referenceType(
        _ byte: UInt8, at first: Int, _ phrase: String
    ) throws(ModuleError) -> ValueType {
        switch byte {
        case 0x70: return .funcref
        case 0x6F: return .externref
        case 0x69: return .exnref
        case 0x63: return .reference(nullable: true, try heapType())
        case 0x64: return .reference(nullable: false, try heapType())
        default:
            guard let feature = UnsupportedEncodings.feature(ofHeapType: byte) else {
                throw ModuleError(.malformed, at: first, "\(phrase) \(hexadecimal(byte))")
            }
            throw ModuleError(.unsupported(feature), at: first, "reference type \(hexadecimal(byte))")
        }
    }

    mutating func heapType() throws(ModuleError) -> HeapType {
        let first = offset
        let number = try s33()
        if number >= 0 { return try definedType(number, at: first) }
        switch number {
        case 0x70 - 0x80: return .func
        case 0x6F - 0x80: return .extern
        case 0x69 - 0x80: return .exn
        default:
            let byte = UInt8(truncatingIfNeeded: number & 0x7F)
            guard number >= -64, let feature = UnsupportedEncodings.feature(ofHeapType: byte) else {
                throw ModuleError(.malformed, at: first, "malformed heap type \(number)")
            }
            throw ModuleError(.unsupported(feature), at: first, "heap type \(hexadecimal(byte))")
        }
    }

    /// What a type index stands for.
    private func definedType(_ index: Int64, at first: Int) throws(ModuleError) -> HeapType {
        guard let types else { preconditionFailure("types are read where their indices are known") }
        let count = Int64(types.numbers.count)
        if index < count { return .concrete(types.numbers[Int(index)]) }
        guard index < count + Int64(groupSize) else {
            throw unknown("type", UInt32(index), count: types.numbers.count + groupSize, at: first)
        }
        return .recursive(UInt32(index - count))
    }

    /// Reads the type of a block into the immediates of `instruction`.
    mutating func blockType(into instruction: inout Instruction) throws(ModuleError) {
        let form: Instruction.BlockForm
        switch peek() {
        case 0x40:
            _ = try byte()
            form = .empty
        case let byte? where byte & 0xC0 == 0x40:
            instruction.first = try valueType().word
            form = .result
        default:
            let first = offset
            let index = try s33()
            guard let index = UInt32(exactly: index) else {
                throw ModuleError(.malformed, at: first, "malformed block type")
            }
            instruction.first = index
            form = .typeIndex
        }
        instruction.second = form.rawValue
    }

    mutating func globalType() throws(ModuleError) -> GlobalType {
        let value = try valueType()
        let first = offset
        switch try byte() {
        case 0: return GlobalType(value: value, isMutable: false)
        case 1: return GlobalType(value: value, isMutable: true)
        case let byte: throw ModuleError(.malformed, at: first, "malformed mutability \(hexadecimal(byte))")
        }
    }

    mutating func tableType() throws(ModuleError) -> TableType {
        let element = try referenceType()
        let (limits, flags) = try limits(allowing: [.maximum, .isWide])
        return TableType(element: element, limits: limits, addressType: flags.contains(.isWide) ? .i64 : .i32)
    }

    mutating func memoryType() throws(ModuleError) -> MemoryType {
        let (limits, flags) = try limits(allowing: [.maximum, .isShared, .isWide, .pageSize])
        var type = MemoryType(
            limits: limits, isShared: flags.contains(.isShared), addressType: flags.contains(.isWide) ? .i64 : .i32)
        guard flags.contains(.pageSize) else { return type }
        let first = offset
        let shift = try u32()
        guard shift < 64 else {
            throw ModuleError(.malformed, at: first, "invalid custom page size: 2^\(shift)")
        }
        guard shift == 0 || shift == MemoryType.usualPageShift else {
            throw ModuleError(.invalid, at: first, "invalid custom page size: 2^\(shift), not 1 or 2^16")
        }
        type.pageShift = UInt8(shift)
        return type
    }

    private struct LimitsFlags: OptionSet {
        let rawValue: UInt8
        static let maximum = LimitsFlags(rawValue: 1)
        static let isShared = LimitsFlags(rawValue: 2)
        /// Of 64-bit addresses.
        static let isWide = LimitsFlags(rawValue: 4)
        static let pageSize = LimitsFlags(rawValue: 8)
    }

    private mutating func limits(allowing allowed: LimitsFlags) throws(ModuleError) -> (Limits, LimitsFlags) {
        let first = offset
        let flags = LimitsFlags(rawValue: try byte())
        guard flags.isSubset(of: allowed) else {
            throw ModuleError(.malformed, at: first, "malformed limits flags \(hexadecimal(flags.rawValue))")
        }
        let minimum = try u64()
        return (Limits(minimum: minimum, maximum: flags.contains(.maximum) ? try u64() : nil), flags)
    }
}

/// A byte as the specification writes it.
func hexadecimal(_ byte: UInt8) -> String { "0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))" }

// A module as bytes: a header, then the module's binary.
//
//     8 bytes "wasi-thr" | 4 bytes format | 4 bytes 0 | 8 bytes length of the binary | 8 bytes checksum
//
// Numbers are little-endian. The checksum is FNV-1a of the binary with 64 bits: it finds what was changed by
// accident, and need not find more, since the binary is validated like any other.

enum SerializedModule {
    private static let mark: [UInt8] = Array("wasi-thr".utf8)
    private static let format: UInt32 = 1
    private static let headerBytes = 32

    static func bytes(of binary: UnsafeRawBufferPointer) -> [UInt8] {
        header(of: binary) + binary
    }

    /// The binary in bytes that `bytes(of:)` has made; nil in others.
    static func binary(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard bytes.count >= headerBytes else { return nil }
        let binary = UnsafeRawBufferPointer(rebasing: bytes[headerBytes...])
        return bytes[..<headerBytes].elementsEqual(header(of: binary)) ? binary : nil
    }

    private static func header(of binary: UnsafeRawBufferPointer) -> [UInt8] {
        mark + littleEndian(UInt64(format)) + littleEndian(UInt64(binary.count))
            + littleEndian(checksum(binary))
    }

    private static func littleEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

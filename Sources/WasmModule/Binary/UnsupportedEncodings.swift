// Encodings that later versions and proposals have given a meaning, so that a refusal can name the
// feature instead of calling the module malformed.
//
// Always true: nothing here is also in the opcode table or accepted as a type.
// https://webassembly.github.io/spec/core/appendix/index-instructions.html
// https://webassembly.github.io/spec/core/binary/types.html

enum UnsupportedEncodings {
    /// Opcodes of one byte.
    static func feature(ofOpcode byte: UInt8) -> Feature? {
        switch byte {
        case 0x06...0x0A, 0x18, 0x19, 0x1F: .exceptionHandling
        case 0x12, 0x13: .tailCalls
        case 0x14, 0x15, 0xD4...0xD6: .functionReferences
        case 0xD3: .garbageCollection
        default: nil
        }
    }

    /// Opcodes with a prefix.
    static func feature(ofPrefix prefix: UInt8, number: UInt32) -> Feature? {
        switch (prefix, number) {
        case (0xFB, 0...30): .garbageCollection
        case (0xFC, 19...22): .wideArithmetic
        case (0xFD, 0...255): .simd
        case (0xFD, 256...275): .relaxedSIMD
        default: nil
        }
    }

    /// Abstract heap types, whose nullable references have the same byte.
    static func feature(ofHeapType byte: UInt8) -> Feature? {
        switch byte {
        case 0x69, 0x74: .exceptionHandling
        case 0x6A...0x6E, 0x71...0x73: .garbageCollection
        default: nil
        }
    }

    /// What may stand in the type section beside function types.
    static func feature(ofTypeForm byte: UInt8) -> Feature? {
        switch byte {
        case 0x4E, 0x4F, 0x50, 0x5E, 0x5F: .garbageCollection
        default: nil
        }
    }
}

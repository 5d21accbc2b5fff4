// Encodings of types that later versions and proposals have given a meaning, so that a refusal can name the
// feature instead of calling the module malformed; those of instructions stand in the table of instructions.
//
// Always true: nothing here is also accepted as a type.
// https://webassembly.github.io/spec/core/binary/types.html

enum UnsupportedEncodings {
    /// Abstract heap types, whose nullable references have the same byte.
    static func feature(ofHeapType byte: UInt8) -> Feature? {
        switch byte {
        case 0x6A...0x6E, 0x71...0x74: .garbageCollection
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

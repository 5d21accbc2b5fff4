// Modules of later versions are refused by the name of the feature and the byte where it begins.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct UnsupportedFeatureTests {
    @Test(arguments: [
        ([0x14, 0], .functionReferences), ([0xD4], .functionReferences), ([0xD5, 0], .functionReferences),
        ([0xD3], .garbageCollection), ([0xFB, 0x00, 0], .garbageCollection), ([0xFC, 19], .wideArithmetic),
        ([0xFC, 22], .wideArithmetic),
    ] as [(Bytes, Feature)])
    func instructions(bytes: Bytes, feature: Feature) {
        // The body begins at byte 23, after the preamble, two sections and its own size.
        expect(function([0x01] + bytes + [0x0B]), .unsupported(feature), "opcode", at: 24)
    }

    @Test(arguments: [
        [0x16], [0x27], [0xC5], [0xFF], [0xFC, 18], [0xFC, 23], [0xFE, 0x04], [0xFE, 0x4F], [0xFB, 31],
        [0xFE, 0x80, 0x02], [0xFD, 0x94, 0x02], [0xFD, 0x9A, 0x01],
    ] as [Bytes])
    func illegalOpcodes(bytes: Bytes) {
        expect(function([0x01] + bytes + [0x0B]), .malformed, "illegal opcode", at: 24)
    }

    @Test(arguments: [
        ([0x63, 0x00], .functionReferences), ([0x64, 0x70], .functionReferences),
        ([0x63, 0x6E], .garbageCollection), ([0x6D], .garbageCollection), ([0x71], .garbageCollection),
        ([0x63, 0x69], .functionReferences),
    ] as [(Bytes, Feature)])
    func types(bytes: Bytes, feature: Feature) {
        expect(module(section(1, [1, 0x60, 1] + bytes + [0])), .unsupported(feature), "", at: 13)
        expect(module(section(6, [1] + bytes + [0, 0x0B])), .unsupported(feature), "", at: 11)
        expect(function([0x02] + bytes + [0x0B, 0x0B]), .unsupported(feature), "")
        expect(function(locals: [1, 1] + bytes, [0x0B]), .unsupported(feature), "")
    }

    @Test(arguments: [0x4E, 0x4F, 0x50, 0x5E, 0x5F] as Bytes)
    func typeForms(form: UInt8) {
        expect(module(section(1, [1, form, 0])), .unsupported(.garbageCollection), "type form", at: 11)
    }

    @Test func definitions() {
        let imported = { (description: Bytes) in section(2, [1] + name("") + name("") + description) }
        expect(module(section(5, [1, 4, 1])), .unsupported(.memory64), "", at: 11)
        expect(module(section(4, [1, 0x70, 4, 1])), .unsupported(.memory64), "", at: 12)
        expect(module(section(5, [1, 8, 1, 0])), .unsupported(.customPageSizes), "", at: 11)
        expect(module(section(4, [1, 0x40, 0])), .unsupported(.functionReferences), "", at: 11)
        expect(module(section(5, [2, 0, 1, 0, 1])), .unsupported(.multipleMemories), "", at: 13)
        expect(module(imported([2, 0, 1]), oneMemory), .unsupported(.multipleMemories), "")
    }

    @Test func memoryIndices() {
        let load = { (argument: Bytes) in
            function([0x41, 0, 0x28] + argument + [0x1A, 0x0B], between: oneMemory)
        }
        expect(load([0x42, 0, 0]), .unsupported(.multipleMemories), "an access to memory 0", at: 31)
        expect(load([0x80, 0x01, 0]), .malformed, "malformed memop flags")
        expect(function([0x3F, 1, 0x1A, 0x0B], between: oneMemory), .invalid, "unknown memory 1")
    }

    @Test func theSentenceNamesFeatureAndPlace() throws {
        let error = try #require(refusal(module(section(5, [1, 4, 1]))))
        #expect("\(error)".contains("memory64") && "\(error)".contains("byte 11"))
    }
}

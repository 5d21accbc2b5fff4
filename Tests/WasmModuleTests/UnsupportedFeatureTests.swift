// Modules of later versions are refused by the name of the feature and the byte where it begins.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct UnsupportedFeatureTests {
    @Test(arguments: [
        ([0xD3], .garbageCollection), ([0xFB, 0x00, 0], .garbageCollection),
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
        ([0x63, 0x6E], .garbageCollection), ([0x6D], .garbageCollection), ([0x71], .garbageCollection),
        ([0x64, 0x72], .garbageCollection),
    ] as [(Bytes, Feature)])
    func types(bytes: Bytes, feature: Feature) {
        expect(module(section(1, [1, 0x60, 1] + bytes + [0])), .unsupported(feature), "", at: 12 + bytes.count)
        expect(module(section(6, [1] + bytes + [0, 0x0B])), .unsupported(feature), "", at: 10 + bytes.count)
        expect(function([0x02] + bytes + [0x0B, 0x0B]), .unsupported(feature), "")
        expect(function(locals: [1, 1] + bytes, [0x0B]), .unsupported(feature), "")
    }

    @Test(arguments: [0x4E, 0x4F, 0x50, 0x5E, 0x5F] as Bytes)
    func typeForms(form: UInt8) {
        expect(module(section(1, [1, form, 0])), .unsupported(.garbageCollection), "type form", at: 11)
    }

    @Test func theSentenceNamesFeatureAndPlace() throws {
        let error = try #require(refusal(module(section(1, [1, 0x5F, 0]))))
        #expect("\(error)".contains("gc") && "\(error)".contains("byte 11"))
    }
}

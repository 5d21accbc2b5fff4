// Truncated, mutated and oversized modules are refused, and cost no more than their size.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct HostileInputTests {
    /// A valid module with something in every section.
    private let sample: Bytes = {
        let body: Bytes = [
            1, 2, 0x7E, 0x02, 0x40, 0x20, 0, 0x0D, 0, 0x41, 0, 0x28, 2, 4, 0x1A, 0x0B, 0x03, 0x7F, 0x41, 1,
            0x0B, 0x04, 0x01, 0x05, 0x0B, 0x20, 0, 0x0E, 1, 0, 0, 0x0B,
        ]
        let types: Bytes = [2, 0x60, 1, 0x7F, 0, 0x60, 0, 0]
        return module(
            section(0, name("note") + [1]), section(1, types),
            section(2, [1] + name("wasi") + name("f") + [0, 0]), section(3, [2, 0, 1]),
            section(4, [1, 0x70, 1, 1, 9]), section(5, [1, 3, 1, 2]),
            section(6, [1, 0x7F, 1, 0x41, 1, 0x41, 2, 0x6A, 0x0B]), section(7, [1] + name("g") + [0, 1]),
            section(8, [2]), section(9, [2, 0, 0x41, 0, 0x0B, 1, 1, 5, 0x70, 1, 0xD2, 0, 0x0B]),
            section(12, [1]), section(10, [2] + leb(body.count) + body + [5, 0, 0xFC, 0x09, 0, 0x0B]),
            section(11, [1, 0, 0x41, 0, 0x0B, 1, 0xAA]), section(0, name("name") + [1, 4, 1, 1, 1, 0x67]))
    }()

    /// SplitMix64, so that a failure comes back.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return word ^ word >> 31
        }
    }

    @Test func theSampleIsValid() throws {
        let sample = try decode(sample)
        #expect(sample.functionName(1) == "g" && sample.features.contains(.threads))
    }

    @Test func prefixesAreRefusedOrShorterModules() {
        var accepted = 0
        for length in 0..<sample.count where (try? decode(Array(sample[..<length]))) != nil { accepted += 1 }
        // A module may end after any section, as long as functions have code and data is as many as counted.
        #expect(accepted == 5)
    }

    @Test func mutationsNeverCrash() {
        var generator = Generator(state: 2)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 8..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            if let module = try? decode(bytes) {
                accepted += 1
                _ = module.functionName(1)
            }
        }
        #expect(accepted > 0)
    }

    @Test func errorsLieInTheBinary() {
        var generator = Generator(state: 3)
        for _ in 0..<2_000 {
            var bytes = sample
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
            do throws(ModuleError) {
                _ = try decode(bytes)
            } catch {
                #expect(0...bytes.count ~= error.offset)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 9, 10, 11] as [UInt8])
    func hugeCountsReserveNothing(id: UInt8) {
        expect(module(section(id, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0])), .malformed, "unexpected end")
    }

    @Test func limits() {
        let parameters = Bytes(repeating: 0x7F, count: 1_001)
        expect(module(section(1, [1, 0x60] + leb(1_001) + parameters + [0])), .limit, "1001 parameters")
        expect(module(section(5, leb(101) + Bytes(repeating: 0, count: 202))), .limit, "101 memories")
        expect(function(locals: [1] + leb(50_001) + [0x7F], [0x0B]), .limit, "50001 locals")
        expect(
            function(locals: [2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 1, 0x7F], [0x0B]), .malformed,
            "too many locals")
        let body = Bytes(repeating: 0x01, count: 7_654_321) + [0x0B]
        expect(function(body), .limit, "a function body has 7654323 bytes")
    }

    @Test func callsOfManyResultsEndAtALimit() {
        let body = [Bytes](repeating: [0x10, 0], count: 1_001).joined() + [0x00, 0x0B]
        expect(
            function(results: Bytes(repeating: 0x7F, count: 1_000), body), .limit,
            "more than 1000000 operands")
    }
}

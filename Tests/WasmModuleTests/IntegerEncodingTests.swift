// LEB128 as strict as the specification has it: no byte too many, no bit beyond the width.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct IntegerEncodingTests {
    private func global(_ type: UInt8, _ opcode: UInt8, _ immediate: Bytes) -> Bytes {
        module(section(6, [1, type, 0, opcode] + immediate + [0x0B]))
    }

    private func constant(_ bytes: Bytes) throws -> ConstantExpression.Instruction {
        try decode(bytes).globals[0].initializer.instructions[0]
    }

    @Test(arguments: [
        ([0x00], 0), ([0x7F], -1), ([0x3F], 63), ([0x40], -64), ([0x80, 0x00], 0), ([0xFF, 0x7F], -1),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0x07], Int32.max), ([0x80, 0x80, 0x80, 0x80, 0x78], Int32.min),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0x7F], -1),
    ] as [(Bytes, Int32)])
    func signed32(bytes: Bytes, value: Int32) throws {
        #expect(try constant(global(0x7F, 0x41, bytes)) == .i32(value))
    }

    @Test(arguments: [
        ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F], Int64.min),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00], Int64.max), ([0x40], -64),
    ] as [(Bytes, Int64)])
    func signed64(bytes: Bytes, value: Int64) throws {
        #expect(try constant(global(0x7E, 0x42, bytes)) == .i64(value))
    }

    @Test func signedTooLong() {
        expect(
            global(0x7F, 0x41, [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), .malformed,
            "integer representation too long", at: 14)
        expect(
            global(0x7E, 0x42, Bytes(repeating: 0xFF, count: 10) + [0x7F]), .malformed,
            "integer representation too long")
    }

    @Test(arguments: [0x70, 0x0F, 0x08, 0x77, 0x3F] as Bytes)
    func signed32WithBitsBeyond(last: UInt8) {
        expect(global(0x7F, 0x41, [0x80, 0x80, 0x80, 0x80, last]), .malformed, "integer too large")
    }

    @Test(arguments: [0x01, 0x7E, 0x40] as Bytes)
    func signed64WithBitsBeyond(last: UInt8) {
        let bytes = Bytes(repeating: 0x80, count: 9) + [last]
        expect(global(0x7E, 0x42, bytes), .malformed, "integer too large")
    }

    @Test func unsigned() throws {
        let start = { (index: Bytes) in
            preamble + emptyType + section(3, [1, 0]) + section(8, index) + section(10, [1, 2, 0, 0x0B])
        }
        #expect(try decode(start([0x80, 0x80, 0x80, 0x80, 0x00])).start == 0)
        expect(start([0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), .malformed, "integer representation too long")
        expect(start([0x80, 0x80, 0x80, 0x80, 0x10]), .malformed, "integer too large")
        expect(start([0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), .invalid, "unknown function 4294967295")
    }

    @Test func blockTypesHave33Bits() {
        expect(
            function([0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x0B, 0x0B]), .invalid, "unknown type 4294967295")
        expect(function([0x02, 0x80, 0x80, 0x80, 0x80, 0x70, 0x0B, 0x0B]), .malformed, "malformed block type")
        expect(function([0x02, 0x80, 0x80, 0x80, 0x80, 0x20, 0x0B, 0x0B]), .malformed, "integer too large")
    }
}

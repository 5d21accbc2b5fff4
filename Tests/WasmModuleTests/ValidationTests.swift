// The typing rules for bodies, one example of each kind of error. The specification's own suite has more.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct ValidationTests {
    private let table = section(4, [1, 0x70, 0, 1])

    @Test func operandTypes() {
        expect(
            function([0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0, 0x6A, 0x1A, 0x0B]), .invalid,
            "type mismatch: i32.add expects i32 but the stack holds f64", at: 34)
        expect(
            function([0x6A, 0x1A, 0x0B]),
            .invalid, "type mismatch: i32.add expects i32 but the stack holds nothing")
        expect(function([0x1A, 0x0B]), .invalid, "type mismatch: drop expects a value")
        expect(function([0x41, 0, 0x0B]), .invalid, "type mismatch: 1 values too many")
        expect(function(results: [0x7F], [0x0B]), .invalid, "type mismatch: end expects i32")
    }

    @Test func indices() {
        expect(function([0x20, 0, 0x0B]), .invalid, "unknown local 0")
        expect(function([0x23, 0, 0x0B]), .invalid, "unknown global 0")
        expect(function([0x10, 1, 0x0B]), .invalid, "unknown function 1")
        expect(function([0x0C, 1, 0x0B]), .invalid, "unknown label 1")
        expect(function([0x11, 0, 0, 0x0B]), .invalid, "unknown table 0")
        expect(function([0x11, 1, 0, 0x0B], between: table), .invalid, "unknown type 1")
        expect(function([0x41, 0, 0x28, 2, 0, 0x1A, 0x0B]), .invalid, "unknown memory 0")
        expect(function([0xFC, 0x0D, 0, 0x0B]), .invalid, "unknown elem segment 0")
        expect(function([0xFC, 0x09, 0, 0x0B], between: section(12, [0])), .invalid, "unknown data segment 0")
    }

    @Test func globalsAreSetOnlyWhereMutable() {
        let global = section(6, [1, 0x7F, 0, 0x41, 0, 0x0B])
        expect(function([0x41, 0, 0x24, 0, 0x0B], between: global), .invalid, "immutable global 0")
    }

    @Test func functionReferencesAreDeclared() throws {
        expect(function([0xD2, 0, 0x1A, 0x0B]), .invalid, "undeclared function reference 0")
        let exported = section(7, [1] + name("f") + [0, 0])
        #expect(throws: Never.self) { try decode(function([0xD2, 0, 0x1A, 0x0B], between: exported)) }
    }

    @Test func selects() {
        let select = { (type: Bytes, select: Bytes) in type + type + [0x41, 0] + select + [0x1A, 0x0B] }
        expect(function(select([0xD0, 0x70], [0x1B])), .invalid, "type mismatch: select of funcref must name")
        expect(function([0x41, 0, 0x42, 0, 0x41, 0, 0x1B, 0x1A, 0x0B]), .invalid, "type mismatch: select has")
        expect(function(select([0x41, 0], [0x1C, 0])), .invalid, "invalid result arity")
        expect(function(select([0x41, 0], [0x1C, 2, 0x7F, 0x7F])), .invalid, "invalid result arity")
        #expect(throws: Never.self) { try decode(function(select([0xD0, 0x70], [0x1C, 1, 0x70]))) }
    }

    @Test func alignments() {
        let load = { (argument: Bytes) in
            function([0x41, 0, 0x28] + argument + [0x1A, 0x0B], between: oneMemory)
        }
        let atomic = { (alignment: UInt8) in
            function([0x41, 0, 0xFE, 0x10, alignment, 0, 0x1A, 0x0B], between: oneMemory)
        }
        expect(load([3, 0]), .invalid, "alignment must not be larger than natural")
        #expect(throws: Never.self) { try decode(load([0, 0])) }
        expect(load([2, 0x80, 0x80, 0x80, 0x80, 0x10]), .invalid, "offset out of range")
        expect(atomic(1), .invalid, "alignment must not be larger than natural, and an atomic access needs")
        expect(atomic(3), .invalid, "alignment must not be larger than natural")
        #expect(throws: Never.self) { try decode(atomic(2)) }
        expect(function([0xFE, 0x03, 1, 0x0B]), .malformed, "zero byte expected")
    }

    @Test func blocks() {
        expect(function([0x05, 0x0B]), .malformed, "END opcode expected")
        expect(function([0x0B, 0x01]), .malformed, "section size mismatch")
        expect(function([0x02, 0x40, 0x0B]), .malformed, "unexpected end of section or function")
        expect(
            function([0x41, 0, 0x04, 0x7F, 0x41, 0, 0x0B, 0x1A, 0x0B]),
            .invalid, "type mismatch: an if without else")
        expect(function([0x41, 0, 0x02, 0x40, 0x1A, 0x0B, 0x1A, 0x0B]), .invalid, "type mismatch: drop")
    }

    @Test func branchTables() {
        let body: Bytes = [0x02, 0x7F, 0x02, 0x40, 0x00, 0x0E, 1, 0, 1, 0x0B, 0x00, 0x0B, 0x1A, 0x0B]
        expect(
            function(body),
            .invalid, "type mismatch: label 0 of br_table takes 0 values, the default takes 1")
        // The same in a table long enough for its labels to be looked at only once each.
        let long = [0x0E] + leb(9) + Bytes(repeating: 0, count: 9) + [1]
        expect(
            function([0x02, 0x7F, 0x02, 0x40, 0x00] + long + [0x0B, 0x00, 0x0B, 0x1A, 0x0B]), .invalid,
            "type mismatch: label 0")
    }

    @Test func codeThatCannotRunIsStillTyped() {
        #expect(throws: Never.self) { try decode(function([0x00, 0x6A, 0x1B, 0x1A, 0x0B])) }
        expect(function([0x00, 0x42, 0, 0x45, 0x1A, 0x0B]), .invalid, "type mismatch: i32.eqz expects i32")
        expect(function([0x00, 0x41, 0, 0x0B]), .invalid, "type mismatch: 1 values too many")
    }
}

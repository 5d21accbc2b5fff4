// Types of different modules are the same exactly when their recursive groups are, and numbers are given back.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct DefinedTypeTests {
    /// `(func (param (ref null $index)))`
    private func taking(_ index: Int) -> Bytes {
        // Heap types are signed numbers; one more byte keeps the sign.
        let leb = leb(index)
        let index = leb[leb.count - 1] & 0x40 == 0 ? leb : leb.dropLast() + [leb[leb.count - 1] | 0x80, 0]
        return [0x60, 1, 0x63] + index + [0]
    }

    private func types(_ types: [Bytes]) -> Bytes { module(section(1, leb(types.count) + types.flatMap { $0 })) }

    @Test func theSameTypeOfTwoModules() throws {
        let chain: [Bytes] = [[0x60, 1, 0x7C, 1, 0x7D], taking(0), taking(1)]
        let one = try decode(types(chain))
        let other = try decode(types([[0x60, 0, 0]] + [chain[0], taking(1), taking(2)]))
        #expect(one.heldTypes.numbers == Array(other.heldTypes.numbers.dropFirst()))
        #expect(Set(one.heldTypes.numbers).count == 3)
    }

    /// A type that names itself and one that names that are spelled differently, though both take the same.
    @Test func groupsAreComparedAsTheyAreSpelled() throws {
        let module = try decode(types([taking(0), taking(0)]))
        #expect(module.types[0] == module.types[1])
        #expect(module.heldTypes.numbers[0] != module.heldTypes.numbers[1])
        let again = try decode(types([taking(0), taking(1), taking(0)]))
        #expect(again.heldTypes.numbers[0] == module.heldTypes.numbers[0])
        #expect(again.heldTypes.numbers[1] == module.heldTypes.numbers[0])
        #expect(again.heldTypes.numbers[2] == module.heldTypes.numbers[1])
    }

    @Test func numbersAreGivenBack() throws {
        // No other test has a type of so many parameters.
        let wide: Bytes = [0x60] + leb(777) + Array(repeating: 0x7B, count: 777) + [0]
        let number = try #require(try decode(types([wide, taking(0)])).heldTypes.numbers.first)
        let held: FunctionType? = DefinedTypes.shared.functionType(number)
        // Another test may have been given it.
        #expect(held?.parameters.count != 777)
        let refused = types([wide, [0x60, 1, 0x01, 0]])
        let kept = try decode(types([wide]))
        #expect(throws: ModuleError.self) { try decode(refused) }
        #expect(DefinedTypes.shared.functionType(kept.heldTypes.numbers[0])?.parameters.count == 777)
    }

    /// Each type of a chain holds the one before it, and all go with the last.
    @Test func chainsOfAnyLength() throws {
        var bytes: Bytes = leb(1_000_000) + [0x60, 2, 0x7B, 0x7B, 0]
        for index in 0..<999_999 { bytes += taking(index) }
        let binary = module(section(1, bytes))
        let first = try decode(binary).heldTypes.numbers[0]
        #expect(DefinedTypes.shared.functionType(first)?.parameters != [.v128, .v128])
    }

    @Test func aTypeIsToBeThere() {
        expect(types([taking(1)]), .invalid, "unknown type 1")
        expect(types([taking(1), taking(0)]), .invalid, "unknown type 1")
        expect(module(section(4, [1, 0x63, 0, 0, 1])), .invalid, "unknown type 0")
        expect(function([0xD0, 7, 0x1A, 0x0B]), .invalid, "unknown type 7")
        expect(types([[0x60, 1, 0x63, 0x40, 0]]), .malformed, "malformed heap type")
    }

    @Test func tablesWithoutAFirstValue() {
        expect(module(section(4, [1, 0x64, 0x70, 0, 1])), .invalid, "type mismatch: a table of (ref func)")
        expect(module(section(4, [1, 0x40, 1, 0x70, 0, 1])), .malformed, "zero byte expected")
    }

    @Test func messagesSpellTypes() {
        let types = section(1, [2, 0x60, 1, 0x7E, 0, 0x60, 0, 0])
        let body = section(10, [1, 6, 0, 0xD0, 0, 0x14, 1, 0x0B])
        expect(
            module(types, section(3, [1, 1]), body), .invalid,
            "type mismatch: call_ref expects (ref null func () -> ()) but the stack holds "
                + "(ref null func (i64) -> ())")
    }
}

// What the translator makes of constants, comparisons and pairs of operations must be what the plain
// operations do. Each form is run beside one that leaves the translator nothing to shorten: its operands
// come from locals, and its result goes through one.

import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

/// A type as the cases below need it.
struct Kind: Sendable, CustomTestStringConvertible {
    let byte: UInt8
    let constant: UInt8
    let operations: ClosedRange<UInt8>
    let comparisons: ClosedRange<UInt8>
    let eqz: UInt8
    let values: [Int64]
    let value: @Sendable (Int64) -> Value

    var testDescription: String { byte == 0x7F ? "i32" : "i64" }

    static let i32 = Kind(
        byte: 0x7F, constant: 0x41, operations: 0x6A...0x78, comparisons: 0x46...0x4F, eqz: 0x45,
        values: boundaries.map { Int64(Int32(truncatingIfNeeded: $0)) },
        value: { .i32(UInt32(truncatingIfNeeded: $0)) })
    static let i64 = Kind(
        byte: 0x7E, constant: 0x42, operations: 0x7C...0x8A, comparisons: 0x51...0x5A, eqz: 0x50,
        values: boundaries, value: { .i64(UInt64(bitPattern: $0)) })

    private static let boundaries: [Int64] = [
        0, 1, 2, 3, 5, 31, 32, 33, 63, 64, -1, -2, -31, 0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001,
        -0x7FFF_FFFF, -0x8000_0000, -0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, .max, .max - 1,
        .min, .min + 1,
    ]

    /// The instruction that pushes a constant.
    func push(_ constant: Int64) -> Bytes { [self.constant] + signedLEB(constant) }
}

@Suite(.timeLimit(.minutes(5))) struct FusionTests {
    /// A module whose function i has the body `bodies[i]`, two parameters and a result.
    private func module(of kind: Kind, resultByte: UInt8, _ bodies: [Bytes]) -> Bytes {
        let type: Bytes = [1, 0x60, 2, kind.byte, kind.byte, 1, resultByte]
        let locals: Bytes = [2, 1, resultByte, 1, kind.byte]
        return preamble + section(1, type) + section(3, leb(bodies.count) + bodies.map { _ in 0 })
            + section(10, vector(bodies.map { leb((locals + $0).count + 1) + locals + $0 + [0x0B] }))
    }

    /// Runs all bodies on all pairs of values; each must do what the first does.
    private func compare(_ kind: Kind, resultByte: UInt8, constant: Int64, _ bodies: [Bytes]) throws {
        let runner = try Runner(module(of: kind, resultByte: resultByte, bodies))
        for value in kind.values {
            let expected = runner.call(0, kind.value(value), kind.value(constant)).outcome
            for index in bodies.indices.dropFirst() {
                let outcome = runner.call(UInt32(index), kind.value(value), kind.value(constant)).outcome
                #expect(outcome == expected, "form \(index) of \(bodies[index]), \(value) and \(constant)")
            }
        }
    }

    @Test(arguments: [Kind.i32, .i64]) func constants(_ kind: Kind) throws {
        for operation in kind.operations {
            for constant in kind.values {
                try compare(kind, resultByte: kind.byte, constant: constant, [
                    [0x20, 0, 0x20, 1, operation, 0x21, 2, 0x20, 2],
                    [0x20, 0] + kind.push(constant) + [operation],
                    [0x20, 0] + kind.push(constant) + [operation, 0x22, 2],
                ])
                try compare(kind, resultByte: kind.byte, constant: constant, [
                    [0x20, 1, 0x20, 0, operation, 0x21, 2, 0x20, 2],
                    kind.push(constant) + [0x20, 0, operation],
                ])
            }
        }
    }

    @Test(arguments: [Kind.i32, .i64]) func comparisonsAndBranches(_ kind: Kind) throws {
        for comparison in kind.comparisons {
            for constant in kind.values {
                let plain: Bytes = [0x20, 0, 0x20, 1, comparison, 0x21, 2, 0x20, 2]
                let fixed = [0x20, 0] + kind.push(constant) + [comparison]
                let slots: Bytes = [0x20, 0, 0x20, 1, comparison]
                try compare(kind, resultByte: 0x7F, constant: constant, [
                    plain, fixed, choose(fixed), choose(slots), leave(fixed), leave(slots),
                ])
                let negated = plain + [0x45, 0x21, 2, 0x20, 2]
                try compare(kind, resultByte: 0x7F, constant: constant, [
                    negated, fixed + [0x45], slots + [0x45], choose(fixed + [0x45]), choose(slots + [0x45]),
                    leave(fixed + [0x45]), leave(slots + [0x45]),
                ])
            }
        }
    }

    /// `if` with the condition: 1 or 0.
    private func choose(_ condition: Bytes) -> Bytes {
        condition + [0x04, 0x7F, 0x41, 1, 0x05, 0x41, 0, 0x0B]
    }

    /// `br_if` with the condition: 1 or 0.
    private func leave(_ condition: Bytes) -> Bytes {
        [0x02, 0x40] + condition + [0x0D, 0, 0x41, 0, 0x0F, 0x0B, 0x41, 1]
    }

    @Test(arguments: [Kind.i32, .i64]) func tests(_ kind: Kind) throws {
        let plain: Bytes = [0x20, 0, kind.eqz, 0x21, 2, 0x20, 2]
        let test: Bytes = [0x20, 0, kind.eqz]
        try compare(kind, resultByte: 0x7F, constant: 0, [
            plain, choose(test), leave(test), choose(test + [0x45, 0x45]), leave(test + [0x45, 0x45]),
        ])
    }

    @Test func masks() throws {
        for mask in Kind.i32.values {
            let plain: Bytes = [0x20, 0, 0x20, 1, 0x71, 0x21, 2, 0x41, 0, 0x20, 2, 0x47, 0x21, 2, 0x20, 2]
            let fixed = [0x20, 0] + Kind.i32.push(mask) + [0x71]
            try compare(.i32, resultByte: 0x7F, constant: mask, [plain, choose(fixed), leave(fixed)])
            let negated = plain + [0x45, 0x21, 2, 0x20, 2]
            try compare(.i32, resultByte: 0x7F, constant: mask, [
                negated, choose(fixed + [0x45]), leave(fixed + [0x45]),
            ])
        }
    }

    @Test func shiftedSums() throws {
        for distance in Kind.i32.values {
            let shifted = [0x20, 0] + Kind.i32.push(distance) + [0x74]
            let plain = shifted + [0x21, 3, 0x20, 3, 0x20, 1, 0x6A]
            try compare(.i32, resultByte: 0x7F, constant: distance, [
                plain, shifted + [0x20, 1, 0x6A], [0x20, 1] + shifted + [0x6A],
                shifted + Kind.i32.push(distance) + [0x6A], Kind.i32.push(distance) + shifted + [0x6A],
            ])
        }
    }

    /// Sums up the numbers below its first parameter, with a loop whose end the translator shortens.
    @Test func countingLoops() throws {
        let body: Bytes = [
            0x03, 0x40, 0x20, 2, 0x20, 3, 0x6A, 0x21, 2,
            0x20, 3, 0x41, 1, 0x6A, 0x22, 3, 0x41, 0xE4, 0, 0x47, 0x0D, 0, 0x0B, 0x20, 2,
        ]
        let runner = try Runner(module(of: .i32, resultByte: 0x7F, [body]))
        #expect(runner.call(0, .i32(0), .i32(0)).outcome == "\([Value.i32(4950)])")
    }
}

/// Signed LEB128.
func signedLEB(_ value: Int64) -> Bytes {
    var rest = value
    var bytes: Bytes = []
    while true {
        let group = UInt8(truncatingIfNeeded: rest) & 0x7F
        rest >>= 7
        if rest == 0 && group & 0x40 == 0 || rest == -1 && group & 0x40 != 0 { return bytes + [group] }
        bytes.append(group | 0x80)
    }
}

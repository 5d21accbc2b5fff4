// Floating point on compiled code: a signalling NaN becomes quiet where arithmetic meets it, whatever LLVM
// knows of the other operand, and conversions trap exactly at their bounds.
// https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation

import Testing
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM) struct NativeFloatTests {
    /// Arithmetic on `X` that a compiler would like to fold, all of which gives an arithmetic NaN for a NaN.
    private static let arithmetic = [
        "(T.add X (T.const -0))", "(T.add X (T.const 0))", "(T.sub X (T.const 0))", "(T.mul X (T.const 1))",
        "(T.mul (T.const 1) X)", "(T.div X (T.const 1))", "(T.mul X (T.const -1))", "(T.sub (T.const -0) X)",
        "(T.div X (T.const -1))", "(T.add X X)", "(T.sub X (local.get $zero))", "(T.mul X (local.get $one))",
        "(T.mul X (T.convert_i32_s (local.get $int)))", "(T.mul X (T.neg (T.const -1)))",
        "(T.mul X (select (local.get $one) (T.const -1) (local.get $flag)))",
        "(T.mul X (if (result T) (local.get $flag) (then (T.const 1)) (else (T.const 1))))",
        "(T.mul X (T.sqrt (local.get $one)))", "(T.div X (global.get $g))",
        "(T.mul X (block (result T) (br_if 0 (T.const 1) (local.get $flag)) (drop) (T.const 1)))",
        "(select (T.mul X (local.get $p)) (local.get $one) (T.eq (local.get $p) (T.const 1)))",
        "(T.min X (T.const 1))", "(T.max (T.const 1) X)", "(T.min X X)", "(T.sqrt X)", "(T.ceil X)",
        "(T.floor X)", "(T.trunc X)", "(T.nearest X)", "(T.floor (T.floor X))",
    ]

    private func module(_ type: String, _ bits: String, _ expressions: [String]) -> String {
        let functions = expressions.enumerated().map { index, expression in
            let body = expression.replacing("X", with: "(\(type).reinterpret_\(bits) (local.get 0))")
                .replacing("T.", with: "\(type).").replacing("result T", with: "result \(type)")
            return """
                (func (export "\(index)") (param \(bits)) (param $flag i32) (param $p \(type)) (result \(bits))
                  (local $zero \(type)) (local $one \(type)) (local $int i32)
                  (local.set $one (\(type).const 1)) (local.set $int (i32.const 1))
                  (global.set $g (\(type).const 1))
                  (\(bits).reinterpret_\(type) \(body)))
                """
        }
        return "(module (global $g (mut \(type)) (\(type).const 0)) \(functions.joined(separator: "\n")))"
    }

    @Test func makesSignallingNaNsQuiet() throws {
        let narrow = try assemble(module("f32", "i32", Self.arithmetic))
        let wide = try assemble(module("f64", "i64", Self.arithmetic))
        for mixture in Mixture.allCases {
            let (machine32, machine64) = (try Machine(narrow, mixture), try Machine(wide, mixture))
            for _ in 0..<2 {
                for (index, expression) in Self.arithmetic.enumerated() {
                    let arguments32: [Value] = [.i32(0x7FA0_0001), .i32(1), .f32(0x3F80_0000)]
                    guard case .success(let first) = try machine32.call("\(index)", arguments32),
                        case .i32(let bits) = first[0]
                    else { throw ModuleText(description: expression) }
                    #expect(bits & 0x7FC0_0000 == 0x7FC0_0000, "\(mixture): \(expression) \(bits)")
                    let arguments64: [Value] = [
                        .i64(0x7FF4_0000_0000_0001), .i32(1), .f64(0x3FF0_0000_0000_0000),
                    ]
                    guard case .success(let second) = try machine64.call("\(index)", arguments64),
                        case .i64(let bits) = second[0]
                    else { throw ModuleText(description: expression) }
                    #expect(
                        bits & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000, "\(mixture): \(expression) \(bits)")
                }
            }
        }
    }

    @Test func keepsTheBitsOfWhatIsNoArithmetic() throws {
        let expressions = [
            "X", "(T.neg (T.neg X))", "(T.copysign X (T.const 1))", "(T.abs X)",
            "(select X X (local.get $flag))",
        ]
        let stories = try expectAgreement(
            module("f32", "i32", expressions),
            expressions.indices.map { ("\($0)", [.i32(0x7FA0_0001), .i32(0), .f32(0)]) })
        #expect(stories.allSatisfy { $0 == "\([Value.i32(0x7FA0_0001)])" })
    }

    @Test func convertsBetweenTheWidths() throws {
        let text = """
            (module
              (func (export "there and back") (param i32) (result i32)
                (i32.reinterpret_f32 (f32.demote_f64 (f64.promote_f32 (f32.reinterpret_i32 (local.get 0))))))
              (func (export "demote") (param i64) (result i32)
                (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get 0))))))
            """
        let stories = try expectAgreement(
            text,
            [0x7FA0_0001, 0x3F80_0000, 0x8000_0000, 0x7F80_0000, 1].map { ("there and back", [.i32($0)]) }
                + [0x3FF0_0000_1000_0000, 0x3FF0_0000_3000_0000, 0x47EF_FFFF_F000_0000, 1]
                .map { ("demote", [.i64($0)]) })
        #expect(stories[0] == "\([Value.i32(0x7FE0_0001)])")
        #expect(stories[1] == "\([Value.i32(0x3F80_0000)])")
    }

    @Test func truncatesAtTheBounds() throws {
        let bounds = [-0x1p31, 0x1p31, 0x1p32, -0x1p63, 0x1p63, 0x1p64, 0, -1, 1]
        let doubles = bounds.flatMap { [$0, $0.nextUp, $0.nextDown, $0 - 1, $0 + 1, $0 - 0.5, $0 + 0.5] }
            + [.nan, .infinity, -.infinity, 0.9, -0.9]
        let floats = bounds.map { Float($0) }.flatMap { [$0, $0.nextUp, $0.nextDown, $0 - 0.5] } + [.nan, .infinity]
        var text = "(module"
        var calls: [(name: String, arguments: [Value])] = []
        for target in ["i32", "i64"] {
            for source in ["f32", "f64"] {
                for kind in ["trunc", "trunc_sat"] {
                    for sign in ["s", "u"] {
                        let name = "\(target).\(kind)_\(source)_\(sign)"
                        text += "(func (export \"\(name)\") (param \(source)) (result \(target)) "
                        text += "(\(name) (local.get 0)))\n"
                        let values: [Value] = source == "f32"
                            ? floats.map { .f32($0.bitPattern) } : doubles.map { .f64($0.bitPattern) }
                        calls += values.map { (name, [$0]) }
                    }
                }
            }
        }
        try expectAgreement(text + ")", calls)
    }
}

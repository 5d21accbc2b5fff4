// Values of one slot and of two, wherever values lie: in locals, operands, globals, frames of calls in and out,
// bridges between instances, and calls that go over to compiled code.

import CMachine
import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

@Suite("Slots", .timeLimit(.minutes(15)))
struct SlotTests {
    private static func zero(_ type: ValueType) -> Value { value(type, 0) }

    /// A value of a type that no other number has.
    private static func value(_ type: ValueType, _ number: UInt64) -> Value {
        let bits = number &* 0x0101_0101_0101_0101
        switch type {
        case .i32: return .i32(UInt32(truncatingIfNeeded: bits))
        case .i64: return .i64(bits)
        case .f32: return .f32(UInt32(truncatingIfNeeded: number))
        case .f64: return .f64(number << 32 | number)
        default: return .v128([bits, bits << 1])
        }
    }

    @Test("values keep to where they belong in random functions", .needsLLVM, arguments: 0..<16)
    func randomFunctions(_ seed: UInt64) throws {
        var numbers = RandomNumbers(state: seed)
        var functions: [MovingFunction] = []
        for index in 0..<6 {
            var writer = FunctionWriter(numbers, callees: functions)
            functions.append(writer.write(named: "f\(index)"))
            numbers = writer.numbers
        }
        let imported = functions[..<2].map { "(import \"m\" \"f\" (func \($0.signature)))" }
        let globals = ["i32", "i64", "f32", "f64"].map { "(global $\($0) (mut \($0)) (\($0).const 0))" }
        let common = { (count: Int) in
            """
            (import "m" "zero" (global $zero v128))
            \(FunctionWriter.tagDefinitions)
            (global $v128 (mut v128) (global.get $zero))
            \(globals.joined(separator: "\n"))
            (table \(count) funcref)
            (elem (i32.const 0) func \((0..<count).map(String.init).joined(separator: " ")))

            """
        }
        let texts = functions.map(\.text)
        let whole = try assemble("(module \(common(functions.count))\(texts.joined())\(FunctionWriter.throwers))")
        // The same with the first functions in an instance of their own, which the others import.
        let first = try assemble("(module \(common(2))\(texts[..<2].joined())\(FunctionWriter.throwers))")
        let others = "\(texts[2...].joined())\(FunctionWriter.throwers)"
        let second = try assemble("(module \(imported.joined())\(common(functions.count))\(others))")
        let zero = External.global(
            GlobalInstance(type: GlobalType(value: .v128, isMutable: false), value: .v128([0, 0])))
        for mixture in Mixture.allCases {
            let alone = try Machine(whole, mixture, imports: [zero])
            try check(functions[...], alone, mixture, seed)
            let inner = try Machine(first, mixture, imports: [zero])
            let functionsOfInner = (0..<2).map { inner.instance.export("f\($0)")! }
            let outer = try Machine(
                second, mixture, imports: functionsOfInner + [zero])
            try check(functions[2...], outer, mixture, seed)
        }
    }

    private func check(
        _ functions: ArraySlice<MovingFunction>, _ machine: Machine, _ mixture: Mixture, _ seed: UInt64
    ) throws {
        for _ in 0..<3 {
            for (index, function) in zip(functions.indices, functions) {
                var arguments: [Value] = [.i32(0), .i32(1)]
                for (number, type) in function.parameters.dropFirst(2).enumerated() {
                    arguments.append(Self.value(type, UInt64(number) + 3))
                }
                let expected = function.results(arguments, zero: Self.zero)
                let results = try machine.call("f\(index)", arguments).get()
                guard results == expected else {
                    Issue.record("\(mixture), seed \(seed), f\(index): \(results), not \(expected)\n\(function.text)")
                    return
                }
            }
        }
    }

    @Test("the host gets and gives values of two slots", .needsLLVM, arguments: Mixture.allCases)
    func hostFunction(_ mixture: Mixture) throws {
        let type = FunctionType(parameters: [.i32, .v128, .i64], results: [.v128, .i32, .i64])
        let host = HostFunction(
            type: type,
            entry: { _, _, _, frame in
                let frame = frame!
                let (narrow, low, high, last) = (frame[0], frame[1], frame[2], frame[3])
                (frame[0], frame[1], frame[2], frame[3]) = (high, low, narrow + 1, last + 1)
                return 0
            })
        let text = """
            (module (import "m" "f" (func $f (param i32 v128 i64) (result v128 i32 i64)))
              (func (export "g") (param i32 v128 i64) (result v128 i32 i64)
                local.get 0 local.get 1 local.get 2 call $f))
            """
        let machine = try Machine(
            try assemble(text), mixture, imports: [host.external])
        for _ in 0..<3 {
            let results = try machine.call("g", [.i32(4), .v128([5, 6]), .i64(7)]).get()
            #expect(results == [.v128([6, 5]), .i32(5), .i64(8)])
        }
    }

    @Test("a global of two slots is among others", .needsLLVM, arguments: Mixture.allCases)
    func globals(_ mixture: Mixture) throws {
        let text = """
            (module (import "m" "g" (global $g (mut v128))) (import "m" "h" (global $h v128))
              (global $a (mut i32) (i32.const 1)) (global $b (mut v128) (global.get $h))
              (global $c (export "c") (mut i64) (i64.const 2))
              (func (export "f") (param i32 v128 i64) (result i32 v128 v128 i64)
                global.get $a global.get $b global.get $g global.get $c
                local.get 0 global.set $a local.get 1 global.set $b local.get 1 global.set $g
                local.get 2 global.set $c))
            """
        let imports = [true, false].map { isMutable in
            External.global(
                GlobalInstance(type: GlobalType(value: .v128, isMutable: isMutable), value: .v128([8, 9])))
        }
        let machine = try Machine(try assemble(text), mixture, imports: imports)
        var expected: [Value] = [.i32(1), .v128([8, 9]), .v128([8, 9]), .i64(2)]
        for number in UInt64(10)..<14 {
            let vector = Value.v128([number, number + 1])
            let arguments: [Value] = [.i32(UInt32(number)), vector, .i64(number)]
            #expect(try machine.call("f", arguments).get() == expected)
            expected = [arguments[0], vector, vector, arguments[2]]
        }
        guard case .global(let last)? = machine.instance.export("c") else { return }
        #expect(last.value == .i64(13))
    }

    @Test("a frame that no word can name is refused, whatever its operands come from")
    func frameTooLarge() throws {
        let locals = "(local\(String(repeating: " i32", count: 50_000)))"
        let operands = String(repeating: "i32.const 0\n", count: 14_600)
        let results = String(repeating: "i32.const 0\n", count: 1000)
        // The results of a block that nothing leaves reach beyond, and are none; those of the other one are.
        for (body, reason) in [("", TrapReason.unreachable), ("\(results) br 0", .translationFailed)] {
            let text = """
                (module (type $t (func (result\(String(repeating: " i32", count: 1000)))))
                  (func (export "f") \(locals) \(operands) block (type $t) \(body) unreachable end unreachable))
                """
            guard case .failure(let trap) = try Machine(text, .interpreted).call("f") else {
                Issue.record("it returned")
                return
            }
            #expect(trap.reason == reason)
        }
    }
}

// Calls in place of the function that makes them: the stack stays as it is, whatever is called by whom.

import CMachine
import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

@Suite("Tail calls", .timeLimit(.minutes(5)))
struct TailCallTests {
    /// More than any stack here has room for.
    private static let iterations = 300_000

    @Test("functions call each other in constant stack, directly and through a table", .needsLLVM)
    func mutual() throws {
        let text = """
            (module (type $t (func (param i32 i64) (result i64)))
              (table funcref (elem $even $odd $plain))
              (func $plain (param i32 i64) (result i64) local.get 1 local.get 0 i64.extend_i32_u i64.add)
              (func $even (export "even") (param i32 i64) (result i64)
                (if (i32.eqz (local.get 0)) (then (return (i64.const 100))))
                (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))
              (func $odd (param i32 i64) (result i64) (local i64 i64 i64)
                (if (i32.eqz (local.get 0)) (then (return_call $plain (i32.const 5) (local.get 1))))
                (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 0)))
              (func (export "outOfBounds") (result i64)
                (return_call_indirect (type $t) (i32.const 0) (i64.const 0) (i32.const 9)))
              (func (export "mismatch") (return_call_indirect (i32.const 0))))
            """
        let iterations = UInt32(Self.iterations)
        let stories = try expectAgreement(
            text,
            [
                ("even", [.i32(iterations), .i64(0)]), ("even", [.i32(iterations + 1), .i64(0)]), ("outOfBounds", []),
                ("mismatch", []),
            ])
        #expect(stories[0] == "\([Value.i64(100)])")
        #expect(stories[1] == "\([Value.i64(UInt64(iterations / 2) + 1 + 5)])")
        #expect(stories[2].hasPrefix("out of bounds table access"))
        #expect(stories[3].hasPrefix("indirect call type mismatch"))
    }

    @Test("two instances call each other in constant stack", .needsLLVM, arguments: Mixture.allCases)
    func instances(_ mixture: Mixture) throws {
        let types = FunctionTypeNumbers()
        let inner = """
            (module (type $t (func (param i32) (result i32 i64))) (table (export "t") 1 funcref)
              (global $calls (export "calls") (mut i32) (i32.const 0))
              (func (export "g") (param i32) (result i32 i64) (local i64 i64)
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (return_call_indirect (type $t) (local.get 0) (i32.const 0))))
            """
        let outer = """
            (module (import "m" "t" (table 1 funcref)) (import "m" "g" (func $g (param i32) (result i32 i64)))
              (elem (i32.const 0) $f) (global $last (mut i64) (i64.const 0))
              (func $f (export "f") (param i32) (result i32 i64)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 7) (i64.const 8))))
                (return_call $g (i32.sub (local.get 0) (i32.const 1))))
              (func (export "h") (result i64) 
                (call $f (i32.const \(Self.iterations))) (global.set $last) (drop) (global.get $last)))
            """
        let first = try Machine(try assemble(inner), mixture, types: types)
        let imports = [first.instance.export("t")!, first.instance.export("g")!]
        let second = try Machine(try assemble(outer), mixture, imports: imports, types: types)
        for iteration in 1...3 {
            #expect(try second.call("f", [.i32(UInt32(Self.iterations))]).get() == [.i32(7), .i64(8)])
            #expect(try second.call("h").get() == [.i64(8)])
            guard case .global(let calls)? = first.instance.export("calls") else { return }
            #expect(calls.value == .i32(UInt32(2 * iteration * Self.iterations)))
        }
    }

    @Test("a function of the host is called in place of a guest's", .needsLLVM, arguments: Mixture.allCases)
    func hostFunction(_ mixture: Mixture) throws {
        let type = FunctionType(parameters: [.i32, .i64], results: [.i64, .i32])
        let types = FunctionTypeNumbers()
        let host = HostFunction(
            type: type, types: types,
            entry: { _, _, _, frame in
                let (first, second) = (frame![0], frame![1])
                (frame![0], frame![1]) = (second + 1, first + 1)
                return 0
            })
        let text = """
            (module (type $t (func (param i32 i64) (result i64 i32)))
              (import "m" "f" (func $f (param i32 i64) (result i64 i32))) (table funcref (elem $f))
              (func $direct (param i32) (result i64 i32) (return_call $f (local.get 0) (i64.const 5)))
              (func $indirect (param i32) (result i64 i32)
                (return_call_indirect (type $t) (local.get 0) (i64.const 6) (i32.const 0)))
              (func (export "g") (param i32) (result i64 i32 i64 i32)
                (call $direct (local.get 0)) (call $indirect (local.get 0))))
            """
        let machine = try Machine(try assemble(text), mixture, imports: [host.external], types: types)
        for _ in 0..<3 {
            #expect(try machine.call("g", [.i32(1)]).get() == [.i64(6), .i32(2), .i64(7), .i32(2)])
        }
    }

    @Test("the results of the callee must be the function's")
    func validation() throws {
        for text in [
            "(module (func $f (result i32) i32.const 0) (func (return_call $f)))",
            "(module (func $f) (func (result i32) (return_call $f)))",
            """
            (module (type $t (func (result i64))) (table 1 funcref)
              (func (result i32) (return_call_indirect (type $t) (i32.const 0))))
            """,
        ] {
            #expect(throws: ModuleError.self) { try decode(try assemble(text)) }
        }
    }
}

// Calls in place of the function that makes them: the stack stays as it is, whatever is called by whom.

import CMachine
import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

@Suite("Tail calls", .timeLimit(.minutes(15)))
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

    @Test("a loop that was come in at goes on after what is called in place of its callee", .needsLLVM,
        arguments: Mixture.allCases)
    func calledByLoop(_ mixture: Mixture) throws {
        let neverCompiled = """
            (module (func (export "g") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
            """
        let text = """
            (module (import "m" "g" (func $g (param i32) (result i32)))
              (func (export "f") (result i32) (local i32 i32)
                (loop $again
                  (local.set 1 (i32.add (local.get 1) (call $middle (local.get 0))))
                  (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))
                (i32.mul (local.get 1) (i32.const 100)))
              (func $middle (param i32) (result i32) (return_call $g (local.get 0))))
            """
        let last = try Machine(try assemble(neverCompiled), .interpreted).instance.export("g")!
        let machine = try Machine(try assemble(text), mixture, imports: [last])
        for _ in 0..<3 { #expect(try machine.call("f").get() == [.i32(505_000)]) }
        #expect(mixture != .eager || machine.compiler.loops.load(ordering: .relaxed) > 0)
    }

    @Test("two instances call each other in constant stack", .needsLLVM, arguments: Mixture.allCases)
    func instances(_ mixture: Mixture) throws {
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
        let first = try Machine(try assemble(inner), mixture)
        let imports = [first.instance.export("t")!, first.instance.export("g")!]
        let second = try Machine(try assemble(outer), mixture, imports: imports)
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
        let host = HostFunction(
            type: type,
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
        let machine = try Machine(try assemble(text), mixture, imports: [host.external])
        for _ in 0..<3 {
            #expect(try machine.call("g", [.i32(1)]).get() == [.i64(6), .i32(2), .i64(7), .i32(2)])
        }
    }

    /// Registers, the stack, several results; from and to functions with other arguments. The depth of the host's stack
    /// is that of a call or two.
    @Test("arguments of all kinds go along, in constant stack", .needsLLVM)
    func arguments() throws {
        let many = Array(repeating: "i32", count: 9).joined(separator: " ")
        let floats = Array(repeating: "f64", count: 10).joined(separator: " ")
        func get(_ range: Range<Int>) -> String { range.map { "(local.get \($0))" }.joined(separator: " ") }
        let text = """
            (module
              (func $few (export "few") (param i32 i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $many (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 1) (i32.const 2)
                  (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (local.get 0)))
              (func $many (param \(many)) (result i32)
                (if (i32.eqz (i32.and (local.get 0) (i32.const 1)))
                  (then (return_call $few (local.get 0) (i32.add (local.get 1) (local.get 7)))))
                (return_call $floats (local.get 0) (i32.add (local.get 1) (local.get 8))
                  \((0..<10).map { "(f64.const \($0))" }.joined(separator: " "))))
              (func $floats (param i32 i32 \(floats)) (result i32)
                (return_call $mixed (local.get 0) (local.get 1) (f32.demote_f64 (local.get 4)) (local.get 11)
                  (i64.const 3) (v128.const i32x4 1 2 3 4)))
              (func $mixed (param i32 i32 f32 f64 i64 v128) (result i32)
                (return_call $few (local.get 0)
                  (i32.add (local.get 1)
                    (i32.add (i32.trunc_f32_s (local.get 2))
                      (i32.add (i32.trunc_f64_s (local.get 3))
                        (i32.add (i32.wrap_i64 (local.get 4)) (i32x4.extract_lane 3 (local.get 5))))))))
              (func $pair (export "pair") (param i32 i64) (result i32 i64 f64)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 1) (local.get 1) (f64.const 2))))
                (return_call $riap (i64.add (local.get 1) (i64.const 2)) (i32.sub (local.get 0) (i32.const 1))))
              (func $riap (param i64 i32) (result i32 i64 f64)
                (return_call $pair (local.get 1) (local.get 0)))
              (func $self (export "self") (param i32 i32) (result i32) (local i32)
                (if (local.get 2) (then (unreachable)))
                (local.set 2 (i32.const 5))
                (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $self (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 2)))))
            """
        let turns = UInt32(Self.iterations)
        let stories = try expectAgreement(
            text, [("few", [.i32(turns), .i32(0)]), ("pair", [.i32(turns), .i64(0)]), ("self", [.i32(turns), .i32(0)])])
        var sum: UInt32 = 0
        for left in (1...turns).reversed() {
            sum &+= (left - 1) & 1 == 0 ? 6 : left + 2 + 9 + 3 + 4
        }
        #expect(stories[0] == "\([Value.i32(sum)])")
        let pair: [Value] = [.i32(1), .i64(UInt64(turns) * 2), .f64((2.0).bitPattern)]
        #expect(stories[1] == "\(pair)")
        #expect(stories[2] == "\([Value.i32(turns * 5)])")
    }

    @Test("a call in place of a function leaves its tries and what it holds", .needsLLVM)
    func exceptions() throws {
        let text = """
            (module (tag $a (param i32))
              (func $throw (param i32) (result i32) (throw $a (local.get 0)))
              (func $leaves (param i32) (result i32) (local exnref)
                (block $h (result i32) (try_table (catch $a $h) (return_call $throw (local.get 0))) (unreachable))
                (drop) (i32.const -1))
              (func (export "caught") (param i32) (result i32)
                (block $h (result i32) (try_table (result i32) (catch $a $h) (call $leaves (local.get 0)))))
              (func $turn (param i32 exnref) (result i32)
                (block $h (result i32 exnref)
                  (try_table (catch_ref $a $h) (drop (call $throw (local.get 0)))) (unreachable))
                (local.set 1) (drop)
                (if (i32.eqz (local.get 0)) (then
                  (block $v (result i32) (try_table (catch $a $v) (throw_ref (local.get 1))) (unreachable))
                  (return)))
                (return_call $other (local.get 1) (i32.sub (local.get 0) (i32.const 1))))
              (func $other (param exnref i32) (result i32) (return_call $turn (local.get 1) (local.get 0)))
              (func (export "turns") (param i32) (result i32) (call $turn (local.get 0) (ref.null exn))))
            """
        let stories = try expectAgreement(text, [("caught", [.i32(5)]), ("turns", [.i32(100_000)])])
        #expect(stories == ["\([Value.i32(5)])", "\([Value.i32(0)])"])
    }

    /// One function stays with the interpreter, since it is asked for by none of these.
    @Test("a loop that compiled code has entered calls in place", .needsLLVM)
    func loops() throws {
        let text = """
            (module
              (func $a (export "f") (param i32 i32) (result i32) (local i32)
                (local.set 2 (i32.const 30))
                (loop $l (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
                (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $b (i32.add (local.get 1) (i32.const 3)) (i32.sub (local.get 0) (i32.const 1))))
              (func $b (param i32 i32) (result i32) (local i32)
                (local.set 2 (i32.const 30))
                (loop $l (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
                (return_call $a (local.get 1) (local.get 0))))
            """
        #expect(try expectAgreement(text, [("f", [.i32(50_000), .i32(0)])]) == ["\([Value.i32(150_000)])"])
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

// Exceptions of both encodings, thrown and caught in frames of every tier.

import CMachine
import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

@Suite("Exceptions", .timeLimit(.minutes(15)))
struct ExceptionTests {
    private static func i32(_ value: Int) -> String { "\([Value.i32(UInt32(bitPattern: Int32(value)))])" }

    @Test("whoever is nearest catches, with the values", .needsLLVM)
    func catching() throws {
        let text = """
            (module (tag $a (param i32 i64)) (tag $b (param i32 i64)) (tag $empty)
              (func $throw (param i32 i32) (result f64)
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a (local.get 1) (i64.const 7))))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b (local.get 1) (i64.const 8))))
                (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $empty)))
                (if (i32.eq (local.get 0) (i32.const 4)) (then unreachable))
                (f64.const 9))
              (func $between (param i32 i32) (result f64) (local i64)
                (f64.add (f64.const 1) (call $throw (local.get 0) (local.get 1))))
              (func $inner (export "inner") (param i32 i32) (result i32) (local $n i32)
                (local.set $n (i32.const 50))
                (i32.const 1000)
                (block $onB (result i32 i64)
                  (block $onA (result i32 i64)
                    (try_table (catch $a $onA) (catch $b $onB)
                      (local.set $n (i32.add (local.get $n) (i32.const 1)))
                      (drop (call $between (local.get 0) (local.get 1)))
                      (local.set $n (i32.add (local.get $n) (i32.const 1))))
                    (local.get $n) (i64.const 0) (br $onB))
                  (i32.wrap_i64) (i32.add) (local.get $n) (i32.add) (i64.const 0))
                (i32.wrap_i64) (i32.sub) (i32.add))
              (func (export "outer") (param i32 i32) (result i32)
                (block $all (try_table (catch_all $all) (return (call $inner (local.get 0) (local.get 1)))))
                (i32.const -5)))
            """
        let calls: [(String, [Value])] = (0...4).flatMap { kind in
            ["inner", "outer"].map { ($0, [Value.i32(UInt32(kind)), .i32(3)]) }
        }
        let stories = try expectAgreement(text, calls.map { (name: $0.0, arguments: $0.1) })
        #expect(stories[0] == Self.i32(1052) && stories[1] == stories[0])
        #expect(stories[2] == Self.i32(1061) && stories[3] == stories[2])
        #expect(stories[4] == Self.i32(995) && stories[5] == stories[4])
        #expect(stories[6].hasPrefix("uncaught exception") && stories[7] == Self.i32(-5))
        #expect(stories[8].hasPrefix("unreachable") && stories[9].hasPrefix("unreachable"))
    }

    @Test("a reference to an exception throws it again, from wherever it was kept", .needsLLVM)
    func references() throws {
        let text = """
            (module (tag $a (param i32)) (global $g (mut exnref) (ref.null exn)) (table $t 2 exnref)
              (func $make (param i32) (result exnref)
                (block $h (result i32 exnref) (try_table (catch_ref $a $h) (throw $a (local.get 0))) unreachable)
                (global.set $g) (drop) (global.get $g))
              (func $value (param exnref) (result i32)
                (block $h (result i32) (try_table (catch $a $h) (throw_ref (local.get 0))) unreachable))
              (func (export "many") (param i32) (result i32) (local $first exnref) (local $n i32)
                (local.set $first (call $make (i32.const 11)))
                (table.set $t (i32.const 1) (call $make (i32.const 22)))
                (loop $l
                  (drop (call $make (local.get $n)))
                  (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get 0))))
                (i32.add (call $value (local.get $first))
                  (i32.add (call $value (table.get $t (i32.const 1))) (call $value (global.get $g)))))
              (func (export "null") (throw_ref (ref.null exn)))
              (func (export "all") (param i32) (result i32) (local exnref)
                (block $h (result exnref) (try_table (catch_all_ref $h) (throw $a (local.get 0))) unreachable)
                (local.set 1) (call $value (local.get 1))))
            """
        let stories = try expectAgreement(
            text, [("many", [.i32(5000)]), ("null", []), ("all", [.i32(4)]), ("many", [.i32(5000)])])
        #expect(stories[0] == Self.i32(11 + 22 + 4999) && stories[3] == stories[0])
        #expect(stories[1].hasPrefix("null exception reference"))
        #expect(stories[2] == Self.i32(4))
    }

    @Test("labels of loops and of the function take what is caught", .needsLLVM)
    func labels() throws {
        let text = """
            (module (tag $a (param i32))
              (func $throw (param i32) (throw $a (local.get 0)))
              (func (export "loop") (param i32) (result i32)
                (i32.const 500) (local.get 0)
                (loop $l (param i32) (result i32)
                  (local.set 0)
                  (if (i32.gt_s (local.get 0) (i32.const 0))
                    (then (try_table (catch $a $l) (call $throw (i32.sub (local.get 0) (i32.const 1))))))
                  (local.get 0))
                (i32.add))
              (func (export "function") (param i32) (result i32)
                (try_table (catch $a 0) (call $throw (local.get 0))) (i32.const 1)))
            """
        let stories = try expectAgreement(text, [("loop", [.i32(2000)]), ("function", [.i32(6)])])
        #expect(stories == [Self.i32(500), Self.i32(6)])
    }

    @Test("an exception passes a deep stack", .needsLLVM)
    func deep() throws {
        let text = """
            (module (tag $a (param i32))
              (func $down (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (throw $a (i32.const 77))))
                (i32.add (i32.const 1) (call $up (i32.sub (local.get 0) (i32.const 1)))))
              (func $up (param i32) (result i32) (local i64)
                (i32.sub (call $down (local.get 0)) (i32.const 1)))
              (func (export "f") (param i32) (result i32)
                (block $h (result i32) (try_table (result i32) (catch $a $h) (call $down (local.get 0))))))
            """
        #expect(try expectAgreement(text, [("f", [.i32(900)])]) == [Self.i32(77)])
    }

    @Test("the legacy encoding catches, rethrows and delegates", .needsLLVM)
    func legacy() throws {
        let text = """
            (module (tag $a (param i32)) (tag $b)
              (func $throw (param i32 i32)
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a (local.get 1))))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b))))
              (func (export "catch") (param i32 i32) (result i32) (local $n i32)
                i32.const 100
                try (result i32)
                  (local.set $n (i32.const 3)) (call $throw (local.get 0) (local.get 1)) i32.const 10
                catch $a
                  local.get $n i32.add
                catch_all
                  i32.const 20
                end
                i32.add)
              (func (export "again") (param i32 i32) (result i32)
                try (result i32)
                  try (result i32)
                    (call $throw (local.get 0) (local.get 1)) i32.const 1
                  catch_all
                    try throw $b catch $b rethrow 1 end
                    i32.const 2
                  end
                catch $a
                catch $b
                  i32.const 4
                end)
              (func (export "delegate") (param i32 i32) (result i32)
                try $outer (result i32)
                  try (result i32)
                    try (result i32)
                      (call $throw (local.get 0) (local.get 1)) i32.const 1
                    delegate $outer
                  catch_all
                    i32.const 999
                  end
                catch $a
                catch_all
                  i32.const 5
                end)
              (func (export "away") (param i32 i32) (result i32)
                try (result i32)
                  try (call $throw (local.get 0) (local.get 1)) delegate 1
                  i32.const 6
                catch_all
                  i32.const 998
                end))
            """
        let names = ["catch", "again", "delegate", "away"]
        let calls = names.flatMap { name in (0...2).map { (name: name, arguments: [Value.i32($0), .i32(7)]) } }
        let stories = try expectAgreement(text, calls)
        #expect(stories[0...2] == [Self.i32(110), Self.i32(110), Self.i32(120)])
        #expect(stories[3...5] == [Self.i32(1), Self.i32(7), Self.i32(4)])
        #expect(stories[6...8] == [Self.i32(1), Self.i32(7), Self.i32(5)])
        #expect(stories[9] == Self.i32(6) && stories[10...].allSatisfy { $0.hasPrefix("uncaught exception") })
    }

    /// What catches has values in all registers that calls keep, and so have those that it passes through.
    @Test("an exception goes from each tier through each to each", .needsLLVM, arguments: FunctionTier.allCases)
    func fromTierToTier(_ thrower: FunctionTier) throws {
        let names = (0..<6).map { "$v\($0)" }
        let locals = names.map { "(local \($0) i32)" }.joined()
        let values = names.enumerated().map { "(local.set \($1) (i32.mul (local.get 0) (i32.const \($0 + 3))))" }
            .joined()
        let turns = names.map { "(local.set \($0) (i32.rotl (local.get \($0)) (local.get 0)))" }.joined()
        let sum = names.map { "(i32.add (local.get \($0)))" }.joined()
        let bytes = try assemble(
            """
            (module (tag $a (param i32))
              (func $throw (param i32) \(locals) \(values)
                (if (i32.eqz (i32.and (local.get 0) (i32.const 1))) (then (throw $a (i32.const 0) \(sum)))))
              (func $between (param i32) (result i32) \(locals) \(values)
                (loop $l \(turns) (call $throw (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
                  (br_if $l (i32.gt_s (local.get 0) (i32.const -9))))
                (i32.const 0) \(sum))
              (func (export "f") (param i32) (result i32) \(locals) \(values)
                (loop $l \(turns)
                  (block $h (result i32)
                    (try_table (catch $a $h) (br $h (call $between (local.get 0)))) (unreachable))
                  (local.set $v0 (i32.add (local.get $v0)))
                  (br_if $l (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
                (i32.const 0) \(sum)))
            """)
        func story(_ tiers: [FunctionTier]) throws -> [String] {
            let machine = try Machine(bytes, .interpreted, tiers: tiers)
            return try (1..<20).map { try machine.call("f", [.i32($0)]).story }
        }
        let expected = try story([.interpreter, .interpreter, .interpreter])
        for between in FunctionTier.allCases {
            for catcher in FunctionTier.allCases {
                #expect(try story([thrower, between, catcher]) == expected, "\(thrower), \(between), \(catcher)")
            }
        }
    }

    @Test("tags are told apart across instances", .needsLLVM, arguments: Mixture.allCases)
    func instances(_ mixture: Mixture) throws {
        let inner = try Machine(
            try assemble(
                """
                (module (tag $a (export "a") (param i32 i64)) (tag $b (param i32 i64))
                  (func (export "a!") (param i32) (throw $a (local.get 0) (i64.const 1)))
                  (func (export "b!") (param i32) (throw $b (local.get 0) (i64.const 1))))
                """), mixture)
        let text = """
            (module (import "m" "a!" (func $a (param i32))) (import "m" "b!" (func $b (param i32)))
              (import "m" "a" (tag $a (param i32 i64))) (tag $mine (param i32 i64)) (global $g (mut i32) (i32.const 30))
              (func $call (param i32) (if (local.get 0) (then (call $a (i32.const 5))) (else (call $b (i32.const 6)))))
              (func (export "f") (param i32) (result i32)
                (block $all
                  (block $h (result i32 i64)
                    (try_table (catch $mine $h) (catch $a $h) (catch_all $all) (call $call (local.get 0)))
                    unreachable)
                  (i32.wrap_i64) (i32.add) (i32.add (global.get $g)) (return))
                (i32.const -1)))
            """
        let imports = ["a!", "b!", "a"].map { inner.instance.export($0)! }
        let outer = try Machine(try assemble(text), mixture, imports: imports)
        for _ in 0..<3 {
            #expect(try outer.call("f", [.i32(1)]).get() == [.i32(36)])
            #expect(try outer.call("f", [.i32(0)]).get() == [.i32(UInt32.max)])
        }
    }

    @Test("what nobody catches names its tag and its values", arguments: [Mixture.interpreted, .compiled, .baseline])
    func uncaught(_ mixture: Mixture) throws {
        let text = """
            (module (tag $a (export "failure") (param i32 f64)) (tag $b)
              (func (export "f") (throw $a (i32.const -3) (f64.const 1.5))) (func (export "g") (throw $b)))
            """
        let machine = try Machine(text, mixture)
        for (name, message) in [("f", "tag \"failure\" with (i32 -3, f64 1.5)"), ("g", "tag 1")] {
            guard case .failure(let trap) = try machine.call(name) else {
                Issue.record("\(name) returned")
                continue
            }
            #expect(trap.reason == .uncaughtException && trap.description == "uncaught exception: \(message)")
            #expect(trap.frames.count == 1)
        }
    }

    @Test("handlers by the thousand are found in time")
    func manyHandlers() throws {
        let tries = String(repeating: "try_table (catch $b 0)\n", count: 3000)
        let text = """
            (module (tag $a) (tag $b)
              (func (export "f") block $h block try_table (catch $a $h)
                \(tries) throw $a \(String(repeating: "end\n", count: 3000)) end end unreachable end))
            """
        #expect(try Machine(text, .interpreted).call("f").get() == [])
    }

    @Test("clauses and labels must fit")
    func validation() throws {
        for text in [
            "(module (tag (param i32)) (func (block (try_table (catch 0 0)))))",
            "(module (tag) (func (block (try_table (catch_ref 0 0)))))",
            "(module (tag) (func (block (try_table (catch 0 5)))))", "(module (func (throw 0)))",
            "(module (tag (result i32)))", "(module (func (throw_ref (i32.const 0))))",
            "(module (func try delegate 9))", "(module (func block rethrow 0 end))",
        ] {
            #expect(throws: ModuleError.self, "\(text)") { try decode(try assemble(text)) }
        }
    }
}

// What compiled code has to keep right when it catches: values that live into a handler, references to exceptions in
// its frames, the value stack, and hostile shapes of tries.

import CMachine
import ModuleBytes
import Testing
import WasmCompiler
import WasmModule
import WasmRuntime

@Suite("Catching in compiled code", .timeLimit(.minutes(15)))
struct CatchingTests {
    private static func i32(_ value: Int) -> String { "\([Value.i32(UInt32(bitPattern: Int32(value)))])" }

    @Test("no function is left to the interpreter for its exceptions or tail calls", .needsLLVM)
    func everythingIsCompiled() throws {
        let text = """
            (module (type $f (func (param i32) (result i32))) (tag $a (param i32)) (table 2 funcref)
              (global $g (mut exnref) (ref.null exn)) (table $t 2 exnref)
              (func (param exnref) (local exnref) (throw_ref (local.get 0)))
              (func (result exnref) (global.get $g))
              (func (param i32) (result exnref) (table.get $t (local.get 0)))
              (func (result i32) (block $h (result i32) (try_table (result i32) (catch $a $h) (i32.const 1))))
              (func (result exnref)
                (block $h (result exnref) (try_table (catch_all_ref $h) (throw $a (i32.const 1))) (unreachable)))
              (func (param i32) (result i32) (return_call 5 (local.get 0)))
              (func (param i32) (result i32) (return_call_indirect (type $f) (local.get 0) (i32.const 0)))
              (func try nop catch $a drop catch_all rethrow 0 end)
              (func try try nop delegate 0 catch_all end))
            """
        let module = try decode(try assemble(text))
        #expect(module.functions.indices.allSatisfy(module.isCompilable))
        let llvm = try #require(InstalledLLVM.shared)
        let target = Target(hostOf: llvm)
        let all = Array(module.functions.indices)
        #expect(try module.complaint(CompilationJob(functions: all, loops: all), for: target, with: llvm) == nil)
    }

    /// More values of each type than there are registers, some set inside of the try; arguments on the stack; the
    /// callee uses the registers that calls keep.
    @Test("locals and operands live into a handler", .needsLLVM, arguments: [false, true])
    func values(_ isLegacy: Bool) throws {
        let types = ["i32", "i64", "f32", "f64"]
        let locals = (0..<40).map { "(local $l\($0) \(types[$0 % 4]))" }.joined(separator: " ")
        let sets = (0..<40).map { index in
            let type = types[index % 4]
            return "(local.set $l\(index) (\(type).const \(index + 1)))"
        }
        let changes = (0..<40).filter { $0 % 3 == 0 }.map { index in
            let type = types[index % 4]
            return "(local.set $l\(index) (\(type).add (local.get $l\(index)) (\(type).const 100)))"
        }
        let sum = (0..<40).map { index in
            let value = "(local.get $l\(index))"
            let number = [
                "(i64.extend_i32_u \(value))", value, "(i64.trunc_f32_u \(value))", "(i64.trunc_f64_u \(value))",
            ]
            return "(local.set $s (i64.add (local.get $s) \(number[index % 4])))"
        }
        let many = Array(repeating: "i32", count: 12).joined(separator: " ")
        let arguments = (0..<12).map { $0 == 0 ? "(local.get 0)" : "(i32.const \($0))" }.joined(separator: " ")
        let body = """
            \(changes.prefix(7).joined(separator: "\n"))
            (drop (call $busy \(arguments)))
            \(changes.dropFirst(7).joined(separator: "\n"))
            """
        let caught = isLegacy
            ? "try \(body) catch $a (i64.extend_i32_u) (local.set $s) end"
            : """
            (block $out (block $h (result i32) (try_table (catch $a $h) \(body)) (br $out))
              (i64.extend_i32_u) (local.set $s))
            """
        let text = """
            (module (tag $a (param i32))
              (func $throw (param i32) (if (local.get 0) (then (throw $a (i32.const 1000)))))
              (func $busy (param \(many)) (result i32) (local i32)
                (local.set 12 (i32.mul (i32.add (local.get 0) (local.get 3)) (local.get 5)))
                (call $throw (local.get 0))
                (i32.add (local.get 12) (i32.mul (local.get 11) (i32.add (local.get 10) (local.get 9)))))
              (func (export "f") (param i32) (result i64) \(locals) (local $s i64)
                \(sets.joined(separator: "\n"))
                (i64.const 7000000) (i64.const 30000000)
                \(caught)
                \(sum.joined(separator: "\n"))
                (i64.sub) (local.get $s) (i64.add)))
            """
        let base = 7_000_000 - 30_000_000 + (1...40).reduce(0, +)
        let stories = try expectAgreement(text, [("f", [.i32(0)]), ("f", [.i32(1)])])
        let results = [base + 14 * 100, base + 1000 + 7 * 100]
        #expect(stories == results.map { "\([Value.i64(UInt64(bitPattern: Int64($0)))])" })
    }

    @Test("values of every type are thrown and caught", .needsLLVM)
    func types() throws {
        let text = """
            (module (tag $a (param f32 v128 f64 i32 i64 funcref externref)) (elem declare func $throw)
              (func $throw (param i32)
                (throw $a (f32.const 1.5) (v128.const i64x2 5 6) (f64.const 2.5) (local.get 0) (i64.const 8)
                  (ref.func $throw) (ref.null extern)))
              (func (export "f") (param i32) (result i32 i64 i64 i32 i32) (local f32 v128 f64 i32 i64 i32 i32)
                (block $h (result f32 v128 f64 i32 i64 funcref externref)
                  (try_table (catch $a $h) (call $throw (local.get 0))) (unreachable))
                (local.set 7 (ref.is_null)) (local.set 6 (ref.is_null)) (local.set 5) (local.set 4) (local.set 3)
                (local.set 2) (local.set 1)
                (i32.add (local.get 4) (i32.trunc_f32_s (f32.mul (local.get 1) (f32.const 100))))
                (i64x2.extract_lane 1 (local.get 2))
                (i64.add (local.get 5) (i64.trunc_f64_s (f64.mul (local.get 3) (f64.const 10))))
                (local.get 6) (local.get 7)))
            """
        let results: [Value] = [.i32(157), .i64(6), .i64(33), .i32(0), .i32(1)]
        #expect(try expectAgreement(text, [("f", [.i32(7)])]) == ["\(results)"])
    }

    @Test("who catches anything has no room for values", .needsLLVM)
    func anything() throws {
        let text = """
            (module (tag $a (param v128 v128 i32 i32 v128))
              (func $throw (param i32)
                (throw $a (v128.const i64x2 1 2) (v128.const i64x2 3 4) (local.get 0) (i32.const 8)
                  (v128.const i64x2 5 6)))
              (func (export "f") (param i32) (result i32) (local i64 i64 i64 i64)
                (local.set 1 (i64.const 1)) (local.set 2 (i64.const 2)) (local.set 3 (i64.const 3))
                (block $h (try_table (catch_all $h) (call $throw (local.get 0))))
                (block $r (result exnref) (try_table (catch_all_ref $r) (call $throw (local.get 0))) (unreachable))
                (drop)
                try (call $throw (local.get 0)) catch_all end
                (i32.wrap_i64 (i64.add (local.get 1) (i64.add (local.get 2) (local.get 3))))))
            """
        #expect(try expectAgreement(text, [("f", [.i32(7)])]) == [Self.i32(6)])
    }

    /// Frames that hold references are passed by exceptions as often as the value stack has slots: each must give back
    /// its own.
    @Test("what an exception passes leaves nothing on the value stack", .needsLLVM)
    func valueStack() throws {
        let text = """
            (module (tag $a (param i32)) (global $null exnref (ref.null exn))
              (func $throw (param i32) (throw $a (local.get 0)))
              (func $hold (param i32 exnref) (local exnref exnref exnref)
                (local.set 2 (local.get 1)) (local.set 3 (local.get 1)) (call $throw (local.get 0)))
              (func $again (param i32)
                (block $h (result exnref)
                  (try_table (catch_all_ref $h) (call $hold (local.get 0) (global.get $null))) (unreachable))
                (throw_ref))
              (func (export "f") (param i32) (result i32) (local $s i32)
                (loop $l
                  (block $h (result i32) (try_table (catch $a $h) (call $again (local.get 0))) (unreachable))
                  (local.set $s (i32.add (local.get $s)))
                  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $s)))
            """
        let count = 60_000
        #expect(try expectAgreement(text, [("f", [.i32(UInt32(count))])]) == [
            "\([Value.i32(UInt32(truncatingIfNeeded: count * (count + 1) / 2))])"
        ])
    }

    /// A recursion in which each frame holds an exception of its own while thousands of others come and go.
    @Test("exceptions that frames hold stay, and others go", .needsLLVM)
    func held() throws {
        let text = """
            (module (tag $a (param i32))
              (func $make (param i32) (result exnref)
                (block $h (result exnref) (try_table (catch_all_ref $h) (throw $a (local.get 0))) (unreachable)))
              (func $value (param exnref) (result i32)
                (block $h (result i32) (try_table (catch $a $h) (throw_ref (local.get 0))) (unreachable)))
              (func $churn (param i32)
                (loop $l (drop (call $make (local.get 0)))
                  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
              (func $down (export "f") (param i32) (result i32) (local exnref)
                (if (i32.eqz (local.get 0)) (then (call $churn (i32.const 3000)) (return (i32.const 0))))
                (local.set 1 (call $make (local.get 0)))
                (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (call $value (local.get 1)))))
            """
        #expect(try expectAgreement(text, [("f", [.i32(400)])]) == [Self.i32(400 * 401 / 2)])
    }

    @Test("a call goes over to compiled code inside of handlers, and throws again there", .needsLLVM)
    func loopsInHandlers() throws {
        let text = """
            (module (tag $a (param i32)) (tag $b)
              (func $throw (param i32) (throw $a (local.get 0)))
              (func $turns (param i32) (result i32) (local i32)
                try
                  (call $throw (local.get 0))
                catch $a
                  local.set 1
                  try
                    (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    throw $b
                  catch $b
                    (local.set 0 (i32.const 50))
                    (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (if (i32.eq (local.get 1) (i32.const 60)) (then rethrow 1) (else rethrow 2))
                  end
                end
                (local.get 1))
              (func (export "f") (param i32) (result i32)
                try (result i32) (call $turns (local.get 0)) catch $a catch $b i32.const -1 end)
              (func (export "left") (param i32) (result i32) (local i32)
                (block $in (result i32)
                  (try_table (catch $a $in)
                    (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
                  (block $out (result i32) (try_table (catch $a $out) (call $throw (i32.const 9))) (unreachable))
                  (return))
                (drop) (i32.const -9)))
            """
        let stories = try expectAgreement(text, [("f", [.i32(70)]), ("f", [.i32(60)]), ("left", [.i32(80)])])
        #expect(stories == [Self.i32(70), Self.i32(-1), Self.i32(9)])
    }

    /// Compiled code of a loop has left the try that the loop is in.
    @Test("an exception after a loop is not caught by the try around it", .needsLLVM)
    func afterLoop() throws {
        let text = """
            (module (tag $a)
              (func (export "f") (param i32) (result i32)
                (block $h
                  (try_table (catch $a $h)
                    (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
                  (throw $a))
                (i32.const 5)))
            """
        let stories = try expectAgreement(text, [("f", [.i32(100)])])
        #expect(stories[0].hasPrefix("uncaught exception"))
    }

    @Test("the stack can end in a try and in a handler", .needsLLVM)
    func exhaustion() throws {
        let text = """
            (module (tag $a)
              (func $down (export "f") (result i32)
                (block $h (try_table (catch $a $h) (return (call $down)))) (i32.const 1))
              (func $again (export "g") (result i32)
                (block $h (try_table (catch $a $h) (throw $a)))
                (i32.add (call $again) (i32.const 1)))
              (func (export "h") (result i32)
                (block $h (try_table (catch $a $h) (throw $a))) (i32.const 3)))
            """
        let stories = try expectAgreement(text, [("f", []), ("g", []), ("h", [])])
        #expect(stories[0] == stories[1] && stories[2] == Self.i32(3))
    }

    @Test("a throw in every place of a cleanup goes outwards", .needsLLVM)
    func cleanups() throws {
        // Each level cleans up, and throws another exception there when its turn has come.
        let depth = 24
        var inner = "(call $throw (i32.const -1))"
        for level in 0..<depth {
            inner = """
                (block $out\(level)
                  (block $c\(level) (result exnref)
                    (try_table (catch_all_ref $c\(level)) \(inner)) (br $out\(level)))
                  (call $log (i32.const \(level)))
                  (if (i32.eq (local.get 0) (i32.const \(level))) (then (throw $b (i32.const \(level)))))
                  (throw_ref))
                """
        }
        let text = """
            (module (tag $a (param i32)) (tag $b (param i32)) (global $n (mut i32) (i32.const 0))
              (func $throw (param i32) (throw $a (local.get 0)))
              (func $log (param i32) (global.set $n (i32.add (global.get $n) (i32.add (local.get 0) (i32.const 1)))))
              (func $work (param i32) \(inner))
              (func (export "f") (param i32) (result i32)
                (global.set $n (i32.const 0))
                (block $hb (result i32)
                  (block $ha (result i32)
                    (try_table (catch $a $ha) (catch $b $hb) (call $work (local.get 0))) (unreachable))
                  (i32.add (global.get $n)) (return))
                (i32.add (i32.mul (i32.const 1000)) (global.get $n))))
            """
        let calls = (0...depth).map { (name: "f", arguments: [Value.i32(UInt32($0))]) }
        let sum = depth * (depth + 1) / 2
        let expected = (0..<depth).map { Self.i32($0 * 1000 + sum) } + [Self.i32(sum - 1)]
        #expect(try expectAgreement(text, calls) == expected)
    }

    @Test("tries by the hundred inside of each other are compiled in time", .needsLLVM)
    func deepNesting() throws {
        let count = 300
        let tries = (0..<count).map { _ in "block $h block try_table (catch $b 0) (catch $a $h)" }
        let ends = String(repeating: "end end end\n", count: count)
        let text = """
            (module (tag $a) (tag $b) (func $throw (throw $a))
              (func (export "f") \(tries.joined(separator: "\n")) (call $throw) \(ends)))
            """
        #expect(try expectAgreement(text, [("f", [])]) == ["[]"])
    }
}

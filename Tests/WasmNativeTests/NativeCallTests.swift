// Calls, loops and memory on compiled code, beside the interpreter.

import Foundation
import Testing
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM) struct NativeCallTests {
    @Test func passManyParametersAndResults() throws {
        let types = (0..<28).map { ["i32", "f64", "i64", "f32"][$0 % 4] }
        let list = types.joined(separator: " ")
        let gets = types.indices.map { "(local.get \($0))" }.joined(separator: " ")
        let changed = types.enumerated()
            .map { "(\($1).add (local.get \($0)) (\($1).const \($0)))" }.joined(separator: " ")
        let text = """
            (module (type $t (func (param \(list)) (result \(list)))) (table funcref (elem $change $pass))
              (func $pass (type $t) \(gets) (call $change))
              (func $change (type $t) \(changed))
              (func $indirectly (export "indirectly") (type $t) \(gets)
                (call_indirect (type $t) (i32.const 1)) (call_indirect (type $t) (i32.const 0)))
              (func $directly (export "directly") (type $t) \(gets) (call $pass) (call $indirectly)))
            """
        let arguments: [Value] = types.indices.map { index in
            switch index % 4 {
            case 0: .i32(UInt32(index) &* 0x9E37_79B9)
            case 1: .f64(Double(index).bitPattern)
            case 2: .i64(UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
            default: .f32(Float(index).bitPattern)
            }
        }
        try expectAgreement(text, [("directly", arguments), ("indirectly", arguments)])
    }

    /// Loops that a call under way leaves the interpreter at, with operands below them.
    private static let loops = """
        (module (memory 1)
          (func (export "nested") (param $n i32) (result i64) (local $i i32) (local $j i32) (local $t i64)
            (i64.const 1000) (f64.const 1.5)
            (loop $outer (result i64)
              (local.set $j (i32.const 0))
              (i64.const 7)
              (loop $inner (param i64) (result i64)
                (i64.mul (i64.const 3))
                (i64.add (i64.extend_i32_u (local.get $j)))
                (local.set $j (i32.add (local.get $j) (i32.const 1)))
                (br_if $inner (i32.lt_u (local.get $j) (i32.const 150))))
              (local.set $t)
              (i64.store (i32.const 8) (i64.xor (local.get $t) (i64.load (i32.const 8))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $outer (i32.lt_u (local.get $i) (local.get $n)))
              (i64.load (i32.const 8)))
            (local.set $t)
            (i64.trunc_sat_f64_s) (i64.add) (i64.add (local.get $t)) (i64.add (i64.extend_i32_u (local.get $i))))
          (func (export "ways") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
            (loop $outer
              (local.set $i (i32.const 0))
              (block $after
                (loop $middle
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (local.set $j (i32.const 9))
                  (i32.const 3)
                  (loop $inner (param i32)
                    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5))))
                    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                    (br_if $outer (i32.eq (i32.rem_u (local.get $n) (i32.const 37)) (i32.const 5)))
                    (br_if $after (i32.eq (i32.rem_u (local.get $n) (i32.const 41)) (i32.const 7)))
                    (local.get $j)
                    (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1))))
                    (drop))
                  (br_if $middle (i32.lt_u (local.get $i) (i32.const 11)))))
              (br_if $outer (i32.gt_s (local.get $n) (i32.const 0))))
            (local.set $i (i32.const 6))
            (loop $last
              (local.set $sum (i32.xor (local.get $sum) (i32.shl (local.get $i) (local.get $i))))
              (br_if $last (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (local.get $sum))
          (func (export "table") (param $n i32) (result i32) (local $sum i32)
            (i32.const 77)
            (loop $again (param i32) (result i32)
              (block $three (param i32) (result i32) (block $two (param i32) (result i32)
                (block $one (param i32) (result i32)
                  (br_table $one $two $three $one (i32.rem_u (local.get $n) (i32.const 5))))
                (i32.add (i32.const 1)))
                (local.set $sum (i32.add (local.get $sum) (local.get $n))))
              (i32.mul (i32.const 3))
              (local.tee $n (i32.sub (local.get $n) (i32.const 1)))
              (if (param i32) (result i32) (then (br $again))))
            (i32.add (local.get $sum)))
          (func (export "values") (param $n i32) (result i32 i64 f64)
            (i32.const 1) (i64.const 2) (f64.const 3)
            (loop $again (param i32 i64 f64) (result i32 i64 f64)
              (f64.add (f64.const 0.5))
              (if (param i32 i64 f64) (result i32 i64 f64) (i32.and (local.get $n) (i32.const 1))
                (then (f64.mul (f64.const 1.0001)))
                (else (f64.sub (f64.const 0.25))))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $again (local.get $n)))))
        """

    @Test func goOverToCompiledCodeAtLoops() throws {
        for (name, iterations) in [("nested", 300), ("ways", 5000), ("ways", 60), ("table", 1000), ("values", 1000)] {
            let expected = try Machine(Self.loops, .interpreted).call(name, [.i32(UInt32(iterations))]).story
            let machine = try Machine(Self.loops, .eager)
            #expect(try machine.call(name, [.i32(UInt32(iterations))]).story == expected, "\(name)")
            #expect(machine.compiler.loops.load(ordering: .relaxed) == 1, "\(name): all its loops, once")
        }
    }

    /// A call that is at the second loop finds the code that was made when another was at the first.
    @Test func oneCompilationServesAllLoopsOfAFunction() throws {
        let text = """
            (module (func (export "either") (param $which i32) (param $n i32) (result i32) (local $sum i32)
              (block (br 0) (loop (br 0)))
              (if (local.get $which)
                (then (loop $again
                  (local.set $sum (i32.add (local.get $sum) (local.get $n)))
                  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
                (else (i32.const 5) (loop $again (param i32)
                  (local.set $sum (i32.mul (i32.const 3) (i32.add (local.get $sum))))
                  (i32.const 7)
                  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))
                  (drop))))
              (local.get $sum)))
            """
        let bytes = try assemble(text)
        let (machine, reference) = (try Machine(bytes, .eager), try Machine(bytes, .interpreted))
        for which in [1, 0, 1] as [UInt32] {
            let arguments: [Value] = [.i32(which), .i32(100)]
            #expect(try machine.call("either", arguments).story == reference.call("either", arguments).story)
            #expect(machine.compiler.loops.load(ordering: .relaxed) == 1)
        }
    }

    @Test func atomicsOfEveryWidth() throws {
        var text = "(module (memory 1 1)"
        var calls: [(name: String, arguments: [Value])] = []
        let widths = [("i32", "", 4), ("i32", "8", 1), ("i32", "16", 2), ("i64", "", 8), ("i64", "8", 1),
                      ("i64", "16", 2), ("i64", "32", 4)]
        for (type, width, bytes) in widths {
            let suffix = width.isEmpty ? "" : "_u"
            let parameters = "(param i32 \(type) \(type))"
            for operation in ["add", "sub", "and", "or", "xor", "xchg", "cmpxchg", "load", "store"] {
                let name = "\(type) \(operation) \(width)"
                let access = switch operation {
                case "load": "(\(type).atomic.load\(width)\(suffix) (local.get 0))"
                case "store":
                    "(\(type).atomic.store\(width) (local.get 0) (local.get 1)) (local.get 2)"
                case "cmpxchg":
                    "(\(type).atomic.rmw\(width).cmpxchg\(suffix) (local.get 0) (local.get 1) (local.get 2))"
                default: "(\(type).atomic.rmw\(width).\(operation)\(suffix) (local.get 0) (local.get 1))"
                }
                text += "(func (export \"\(name)\") \(parameters) (result \(type)) \(access))\n"
                text += "(func (export \"\(name) dropped\") \(parameters) (drop \(access)))\n"
                for address in [16, 16 + UInt32(bytes), 17, 65535, 65536, 65537, .max] as [UInt32] {
                    for (first, second) in [(0, 5), (UInt64.max, 0x1234_5678_9ABC_DEF0)] as [(UInt64, UInt64)] {
                        let values: [Value] = type == "i64"
                            ? [.i64(first), .i64(second)]
                            : [.i32(UInt32(truncatingIfNeeded: first)), .i32(UInt32(truncatingIfNeeded: second))]
                        calls.append((name, [.i32(address)] + values))
                        calls.append(("\(name) dropped", [.i32(address)] + values))
                    }
                }
            }
        }
        try expectAgreement(text + ")", calls)
    }

    @Test func memoryThatAnotherThreadGrows() throws {
        let text = """
            (module (import "" "memory" (memory 1 200 shared))
              (func (export "grow") (param $n i32)
                (loop $again (drop (memory.grow (i32.const 1)))
                  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
              (func (export "watch") (result i32) (local $last i32) (local $seen i32)
                (loop $again
                  (local.set $last (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
                  (i64.store (local.get $last) (i64.const 5))
                  (local.set $seen (i32.add (local.get $seen)
                    (i64.ne (i64.load (local.get $last)) (i64.const 5))))
                  (br_if $again (i32.lt_u (memory.size) (i32.const 150))))
                (local.get $seen)))
            """
        let bytes = try assemble(text)
        for mixture in [Mixture.compiled, .eager] {
            let type = MemoryType(limits: Limits(minimum: 1, maximum: 200), isShared: true)
            let memory = External.memory(try MemoryInstance(type: type, limits: StoreLimits()))
            let grower = try Machine(bytes, mixture, imports: [memory])
            let watcher = try Machine(bytes, mixture, imports: [memory])
            // SENDABLE: each machine is used by one thread.
            nonisolated(unsafe) let other = grower
            let thread = Thread { _ = try? other.call("grow", [.i32(149)]) }
            thread.start()
            #expect(try watcher.call("watch").story == "\([Value.i32(0)])", "\(mixture)")
            while !thread.isFinished { Thread.sleep(forTimeInterval: 0) }
        }
    }
}

// Traps: the same reason at the same instruction with the same frames, however the functions run.

import CMachine
import Testing
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM) struct NativeTrapTests {
    /// Instructions that trap, with what they leave behind dropped, and why.
    private static let traps: [(String, TrapReason)] = [
        ("(unreachable)", .unreachable),
        ("(drop (i32.load (i32.const 65533)))", .memoryOutOfBounds),
        ("(drop (i32.load8_u (i32.const 65536)))", .memoryOutOfBounds),
        ("(drop (i64.load offset=4294967295 (i32.const -1)))", .memoryOutOfBounds),
        ("(drop (f64.mul (f64.load (i32.const 65530)) (f64.const 2)))", .memoryOutOfBounds),
        // Where the way that traps in another manner could have a frame of its own.
        ("(drop (i32.load (i32.const 65533))) (if (local.get $zero) (then (unreachable)))", .memoryOutOfBounds),
        // Addresses that the interpreter adds up in the access.
        ("(drop (i32.load (i32.sub (local.get $zero) (i32.const 1))))", .memoryOutOfBounds),
        ("(drop (i32.load8_u (i32.add (i32.eqz (local.get $zero)) (i32.sub (local.get $zero) (i32.const 9)))))",
            .memoryOutOfBounds),
        ("(i32.store8 (i32.const 65536) (i32.const 1))", .memoryOutOfBounds),
        ("(i64.store (i32.const 65529) (i64.const -1))", .memoryOutOfBounds),
        ("(i32.store (i32.const 65534) (i32.add (i32.load (i32.const 65534)) (i32.const 1)))",
            .memoryOutOfBounds),
        ("(drop (i32.div_s (i32.const 1) (local.get $zero)))", .integerDivideByZero),
        ("(drop (i64.rem_u (i64.const 1) (i64.extend_i32_u (local.get $zero))))", .integerDivideByZero),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", .integerOverflow),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", .invalidConversionToInteger),
        ("(drop (i64.trunc_f32_u (f32.const -1)))", .integerOverflow),
        ("(drop (table.get $t (i32.const 7)))", .tableOutOfBounds),
        ("(table.set $t (i32.const -1) (ref.null func))", .tableOutOfBounds),
        ("(call_indirect (type $none) (i32.const 9))", .tableOutOfBounds),
        ("(call_indirect (type $none) (i32.const 1))", .uninitializedElement),
        ("(call_indirect (type $none) (i32.const 0))", .indirectCallTypeMismatch),
        ("(table.fill $t (i32.const 1) (ref.null func) (i32.const 9))", .tableOutOfBounds),
        ("(table.copy (i32.const 1) (i32.const 0) (i32.const 9))", .tableOutOfBounds),
        ("(table.init $e (i32.const 0) (i32.const 0) (i32.const 2))", .tableOutOfBounds),
        ("(memory.fill (i32.const 65000) (i32.const 7) (i32.const 1000))", .memoryOutOfBounds),
        ("(memory.copy (i32.const 0) (i32.const 65000) (i32.const 1000))", .memoryOutOfBounds),
        ("(memory.copy (i32.const 65000) (i32.const 0) (i32.const 1000))", .memoryOutOfBounds),
        ("(memory.init $d (i32.const 0) (i32.const 1) (i32.const 9))", .memoryOutOfBounds),
        ("(drop (i32.atomic.load (i32.const 2)))", .unalignedAtomic),
        ("(drop (i64.atomic.rmw.add (i32.const 65537) (i64.const 0)))", .memoryOutOfBounds),
        ("(drop (i64.atomic.rmw16.or_u (i32.const 65536) (i64.const 0x10000)))", .memoryOutOfBounds),
        ("(i64.atomic.store (i32.const 65536) (i64.const 1))", .memoryOutOfBounds),
        ("(drop (i32.atomic.rmw.cmpxchg (i32.const 65536) (i32.const 0) (i32.const 0)))", .memoryOutOfBounds),
        ("(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))", .expectedSharedMemory),
        ("(drop (memory.atomic.notify (i32.const 2) (i32.const 0)))", .unalignedAtomic),
        ("(call $inner (i32.const 1))", .callStackExhausted),
    ]

    @Test func haveReasonAndFramesOnAllTiers() throws {
        for (instruction, reason) in Self.traps {
            let stories = try expectAgreement(
                """
                (module (memory 1 1) (table $t 4 funcref) (type $none (func)) (data $d "12345678")
                  (elem $e func $inner) (elem (table $t) (i32.const 0) func $inner)
                  (func $inner (param $zero i32)
                    (i32.store (i32.const 8) (i32.const 1))
                    \(instruction)
                    (i32.store (i32.const 16) (i32.const 1)))
                  (func $middle (param i32) (result i32)
                    (if (local.get 0) (then (call $inner (i32.const 0))))
                    (call $inner (i32.const 0)) (i32.const 1))
                  (func $outer (export "outer") (result i32)
                    (i32.add (call $middle (i32.const 1)) (call $middle (i32.const 0)))))
                """, [("outer", [])])
            if reason != .callStackExhausted {
                #expect(stories[0].hasPrefix("\(reason): 0@"), "\(instruction): \(stories[0])")
            }
        }
    }

    @Test func haveTheValueThatTheHandlerOfFaultsGives() {
        #expect(TrapReason.memoryOutOfBounds.rawValue == machine_reason_memory_out_of_bounds)
        #expect(TrapReason.uncaughtException.rawValue == machine_reason_uncaught_exception)
    }

    @Test func passThroughFunctionsOfTheHost() throws {
        let text = """
            (module (import "host" "call" (func $host (param i32) (result i32)))
              (func $first (export "first") (param i32) (result i32)
                (i32.add (call $host (local.get 0)) (i32.const 1)))
              (func $second (export "second") (param i32) (result i32)
                (i32.add (call $first (local.get 0)) (i32.const 1))))
            """
        let type = FunctionType(parameters: [.i32], results: [.i32])
        var expected: [String] = []
        for mixture in Mixture.allCases {
            let host = HostFunction(
                type: type,
                entry: { _, _, _, frame in
                    let argument = UInt32(truncatingIfNeeded: frame![0])
                    frame![0] = MachineSlot(argument + 1)
                    return argument == 7 ? TrapReason.hostError.rawValue : 0
                })
            let machine = try Machine(
                try assemble(text), mixture, imports: [host.external])
            let stories = try [7, 8, 7, 9].map {
                try machine.call("second", [.i32($0)]).story
            }
            if mixture == .interpreted { expected = stories }
            #expect(stories == expected, "\(mixture)")
        }
        #expect(expected[1] == "\([Value.i32(11)])")
    }

    @Test func ofARecursionThatNeverEndsLeaveTheStackAsItWas() throws {
        let text = """
            (module
              (func $a (export "a") (param i32 f64) (result i32)
                (i32.add (call $b (local.get 0) (local.get 1)) (i32.const 1)))
              (func $b (param i32 f64) (result i32) (i32.add (call $a (local.get 0) (local.get 1)) (i32.const 1)))
              (func (export "fine") (result i32) (i32.const 5)))
            """
        for mixture in Mixture.allCases {
            let machine = try Machine(text, mixture)
            for _ in 0..<20 {
                let result = try machine.call("a", [.i32(0), .f64(0)])
                guard case .failure(let trap) = result else {
                    Issue.record("\(mixture): \(result)")
                    return
                }
                #expect(trap.reason == .callStackExhausted, "\(mixture)")
                #expect(trap.frames.count >= 50, "\(mixture)")
                #expect(trap.frames.allSatisfy { $0.functionIndex < 2 }, "\(mixture)")
                #expect(try machine.call("fine").story == "\([Value.i32(5)])", "\(mixture)")
            }
        }
    }
}

// How deep calls get: the same on all mixtures of tiers, or deeper.

import CMachine
import Foundation
import Testing
import WasmInterpreter
import WasmModule
import WasmRuntime

@Suite(.needsLLVM, .timeLimit(.minutes(15)))
struct StackDepthTests {
    /// Two functions that call each other: small ones, ones with many locals, and ones with many operands.
    private static let pairs: [(name: String, text: String)] = [
        ("small", pair(locals: 0, operands: 0)), ("locals", pair(locals: 40, operands: 0)),
        ("operands", pair(locals: 0, operands: 30)), ("both", pair(locals: 20, operands: 20)),
    ]

    /// The operands below the call, and the locals, only make the frames large.
    private static func pair(locals: Int, operands: Int) -> String {
        func function(_ name: String, calling other: String) -> String {
            """
            (func $\(name) (export "\(name)") (param i32) (result i32)
              (local\(String(repeating: " i64", count: locals)))
              (if (result i32) (i32.eqz (local.get 0))
                (then (i32.const 0))
                (else
                  \(String(repeating: "(local.get 0) ", count: operands))
                  (i32.add (i32.const 1) (call $\(other) (i32.sub (local.get 0) (i32.const 1))))
                  \(operands == 0 ? "" : "local.set 0")
                  \(String(repeating: "drop ", count: operands))
                  \(operands == 0 ? "" : "local.get 0"))))
            """
        }
        return "(module \(function("a", calling: "b")) \(function("b", calling: "a")))"
    }

    /// The greatest depth at which a call of `a` returns.
    private static func depth(_ machine: Machine) throws -> Int {
        func fits(_ depth: Int) throws -> Bool {
            switch try machine.call("a", [.i32(UInt32(depth))]) {
            case .success(let values):
                #expect(values == [.i32(UInt32(depth))])
                return true
            case .failure(let trap):
                #expect(trap.reason == .callStackExhausted)
                return false
            }
        }
        var (low, high) = (1, 1 << 20)
        while low + 1 < high {
            let middle = (low + high) / 2
            if try fits(middle) { low = middle } else { high = middle }
        }
        return low
    }

    /// On a stack that has room for as much compiled code as the value stack has for frames.
    private static func onAThread(_ body: @escaping @Sendable () throws -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            do { try body() } catch { Issue.record("\(error)") }
            done.signal()
        }
        thread.stackSize = 2 << 20
        thread.start()
        done.wait()
    }

    @Test(arguments: pairs.map(\.name))
    func whatFitsInTheInterpreterFits(in name: String) throws {
        let text = try #require(Self.pairs.first { $0.name == name }).text
        Self.onAThread {
            let interpreted = try Self.depth(try Machine(text, .interpreted))
            for mixture in Mixture.allCases {
                let reached = try Self.depth(try Machine(text, mixture))
                #expect(reached >= interpreted, "\(mixture)")
            }
        }
    }

    @Test(arguments: pairs.map(\.name))
    func whatFitsCompiledFitsInTheInterpreter(in name: String) throws {
        let text = try #require(Self.pairs.first { $0.name == name }).text
        Self.onAThread {
            let interpreted = try Self.depth(try Machine(text, .interpreted))
            let compiled = try Self.depth(try Machine(text, .compiled, interpretsDeepCalls: false))
            #expect(compiled <= interpreted)
            #expect(compiled > interpreted / 4)
        }
    }
}

// Where a trap says that it happened.

import ModuleBytes
import Testing
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct TrapTests {
    /// Function 0 divides its parameter's predecessor by it, after a comparison that is fused; 1 calls 0,
    /// and 2 calls itself for ever.
    private static let divide: Bytes = [
        0, 0x20, 0, 0x41, 7, 0x46, 0x04, 0x40, 0x0B, 0x41, 1, 0x20, 0, 0x6D, 0x0B,
    ]
    private static let outer: Bytes = [0, 0x20, 0, 0x10, 0, 0x0B]
    private static let endless: Bytes = [0, 0x20, 0, 0x10, 2, 0x0B]
    private static let bytes =
        preamble + section(1, [1, 0x60, 1, 0x7F, 1, 0x7F]) + section(3, [3, 0, 0, 0])
        + section(10, vector([divide, outer, endless].map { leb($0.count) + $0 }))

    private func trap(_ function: UInt32, _ argument: UInt32) throws -> Trap? {
        let result = try Runner(Self.bytes).call(function, .i32(argument))
        guard case .failure(let trap) = result else { return nil }
        return trap
    }

    @Test func namesTheInstructionAndTheCallsThatLedThere() throws {
        let start = Self.bytes.count - (Self.divide.count + Self.outer.count + Self.endless.count + 3) + 1
        let trap = try trap(1, 0)
        #expect(trap?.reason == .integerDivideByZero)
        #expect(trap?.frames == [
            Trap.Frame(functionIndex: 0, name: nil, offset: start + 13),
            Trap.Frame(functionIndex: 1, name: nil, offset: start + Self.divide.count + 1 + 3),
        ])
    }

    @Test func boundsTheFramesOfARecursion() throws {
        let trap = try trap(2, 1)
        #expect(trap?.reason == .callStackExhausted)
        #expect(trap?.frames.count == 100)
        #expect(trap?.frames.allSatisfy { $0.functionIndex == 2 } == true)
    }

    @Test func leavesTheStackAsItWas() throws {
        let runner = try Runner(Self.bytes)
        for _ in 0..<1_000 {
            #expect(runner.call(2, .i32(1)).outcome == "\(TrapReason.callStackExhausted)")
            #expect(runner.call(1, .i32(1)).outcome == "\([Value.i32(1)])")
        }
    }
}

// What the owner of a walk sees between two instructions.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct FunctionWalkTests {
    private func walk(_ bytes: Bytes) throws -> FunctionWalk { try FunctionWalk(decode(bytes), function: 0) }

    @Test func immediatesAndOffsets() throws {
        var walk = try walk(
            function(
                parameters: [0x7F], locals: [1, 2, 0x7E],
                [0x20, 0, 0x28, 1, 0x80, 0x08, 0x41, 0x7F, 0x36, 2, 0, 0x0B], between: oneMemory))
        #expect(walk.locals == [.i32, .i64, .i64])
        _ = try walk.next()
        let load = try #require(try walk.next())
        #expect(load.opcode == .i32Load && load.second == 1 && load.constant == 1024)
        let constant = try #require(try walk.next())
        #expect(constant.opcode == .i32Const && constant.constant == 0xFFFF_FFFF)
        #expect(constant.offset == load.offset + 4)
        #expect(walk.operands == [.i32, .i32])
    }

    @Test func controlStack() throws {
        var walk = try walk(function([0x41, 0, 0x02, 0x7F, 0x41, 1, 0x0C, 0, 0x0B, 0x1A, 0x1A, 0x0B]))
        #expect(walk.controls.map(\.kind) == [.function])
        _ = try walk.next()
        _ = try walk.next()
        #expect(walk.controls.map(\.kind) == [.function, .block])
        #expect(walk.controls[1].height == 1 && walk.controls[1].labelTypes == [.i32])
        _ = try walk.next()
        _ = try walk.next()
        #expect(!walk.isReachable && walk.operands == [.i32])
        _ = try walk.next()
        #expect(walk.isReachable && walk.operands == [.i32, .i32])
        while try walk.next() != nil {}
        #expect(walk.controls.isEmpty && !walk.isReachable)
        #expect(try walk.next() == nil)
    }

    @Test func labelsOfATable() throws {
        var walk = try walk(function([0x02, 0x40, 0x41, 0, 0x0E, 2, 1, 0, 1, 0x0B, 0x0B]))
        while let instruction = try walk.next(), instruction.opcode != .brTable {}
        #expect(walk.labels == [1, 0, 1])
    }

    @Test func unknownOperands() throws {
        var walk = try walk(function([0x00, 0x1B, 0x1A, 0x0B]))
        _ = try walk.next()
        _ = try walk.next()
        #expect(walk.operands == [nil])
    }
}

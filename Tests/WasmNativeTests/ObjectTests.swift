// What is refused: objects that are no longer what the compiler made, and tables of lines that are not.

import Glibc
import ModuleBytes
import Platform
import Testing
import WasmCompiler
import WasmModule
import WasmNative
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM) struct ObjectTests {
    private static let text = """
        (module (memory 1) (func $f (export "f") (param i32 f64) (result f64)
          (f64.add (f64.load (local.get 0)) (f64.mul (local.get 1) (f64.const 2.5))))
          (func (export "g") (param i32) (result f64) (call $f (local.get 0) (f64.const 1))))
        """

    private func object() throws -> (bytes: [UInt8], module: Module) {
        let module = try decode(try assemble(Self.text))
        let llvm = try #require(InstalledLLVM.shared)
        let job = CompilationJob(functions: [0, 1])
        let object = try module.compile(job, for: Target(hostOf: llvm), with: llvm)
        return (object.withBytes { Array($0) }, module)
    }

    /// What a module says of its branches changes which way the code goes straight on.
    @Test func dependOnBranchHints() throws {
        let llvm = try #require(InstalledLLVM.shared)
        let code = { (hint: String) throws -> [UInt8] in
            let module = try decode(try assemble("""
                (module (func (export "f") (param i32 i64) (result i64)
                  \(hint) (if (local.get 0) (then (local.set 1 (i64.rotl (local.get 1) (i64.const 3)))
                    (local.set 1 (i64.div_u (local.get 1) (i64.extend_i32_u (local.get 0))))))
                  (local.get 1)))
                """))
            let object = try module.compile(CompilationJob(functions: [0]), for: Target(hostOf: llvm), with: llvm)
            return object.withBytes { Array($0) }
        }
        let annotation = { (value: String) in "(@metadata.code.branch_hint \"\\\(value)\")" }
        let (likely, unlikely) = (try code(annotation("01")), try code(annotation("00")))
        #expect(likely != unlikely)
    }

    private func link(_ bytes: [UInt8], of module: Module) throws(ObjectError) -> CompiledCode {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return try CompiledCode(UnsafeRawBufferPointer(copy), of: module)
    }

    @Test func areLinkedWhole() throws {
        let (bytes, module) = try object()
        let code = try link(bytes, of: module)
        #expect(code.address(of: .function(0)) != nil)
        #expect(code.address(of: .function(2)) == nil)
    }

    @Test func areRefusedWhereTheyEnd() throws {
        let (bytes, module) = try object()
        for count in 0..<bytes.count {
            do {
                _ = try link(Array(bytes.prefix(count)), of: module)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func areRefusedOrLinkedWithChangedBytes() throws {
        let (bytes, module) = try object()
        var generator = SplitMix(state: 1)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<changed.count, using: &generator)
                changed[index] = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator)!
            }
            // Also the headers and tables, where most of the bytes have a meaning.
            if let code = try? link(changed, of: module) { _ = code.address(of: .function(0)) }
        }
    }

    @Test func ofOthersAreRefused() throws {
        let (_, module) = try object()
        let others: [[UInt8]] = [
            [], Array("#!/bin/sh".utf8), [0x7F, 0x45, 0x4C, 0x46], Array(repeating: 0xFF, count: 5000),
            Array(repeating: 0, count: 5000), try assemble("(module)"),
        ]
        for bytes in others {
            #expect(throws: ObjectError.self) { try link(bytes, of: module) }
        }
    }

    @Test func tablesOfLinesMayBeGarbage() {
        var generator = SplitMix(state: 2)
        for count in 0..<3_000 {
            var bytes = (0..<count % 400).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // A header that is taken for one, so that the program after it runs.
            if count % 2 == 0, bytes.count > 16 {
                bytes.replaceSubrange(0..<10, with: [UInt8(bytes.count & 0xFF), 1, 0, 0, 4, 0, 5, 0, 0, 0])
            }
            _ = LineTable(bytes).line(of: UInt(count))
            _ = LineTable(bytes).lineBehind(UInt(count))
        }
    }

    @Test func piecesOfTheCodeSpaceComeBack() throws {
        var generator = SplitMix(state: 3)
        var blocks: [CodeBlock] = []
        for _ in 0..<2_000 {
            if blocks.count > 20 || (!blocks.isEmpty && Bool.random(using: &generator)) {
                blocks.remove(at: Int.random(in: 0..<blocks.count, using: &generator))
                continue
            }
            let block = try CodeSpace.allocate(Int.random(in: 0...100_000, using: &generator))
            block.memory[0] = 1
            block.memory[block.memory.count - 1] = 1
            let range = (block.memory.baseAddress! ..< block.memory.baseAddress! + block.memory.count)
            for other in blocks {
                let start = other.memory.baseAddress!
                #expect(!range.overlaps(start..<start + other.memory.count))
            }
            try block.seal(textBytes: 1)
            blocks.append(block)
        }
        #expect(throws: SystemError.self) { try CodeSpace.allocate(1 << 40) }
    }
}

/// Numbers of chance that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

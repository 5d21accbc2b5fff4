// Requests wait until the engine is as old as they take to be compiled.

import ModuleBytes
import Testing
import WasmModule
import WasmNative

@Suite(.timeLimit(.minutes(5)), .needsLLVM) struct WaitingRequests {
    private let folder = Folder()

    /// A small function and a large one.
    private static let text = """
        (module (func (param i32) (result i32) (local.get 0))
          (func (param i32) (result i32) (local.get 0)
            \(Array(repeating: "(i32.add (i32.const 1))", count: 500).joined(separator: " "))))
        """

    private func compiler(nanosecondsPerByte: UInt64) -> BackgroundCompiler {
        let cache = CodeCache(directory: folder.path, byteLimit: 1 << 20, version: "1")
        return BackgroundCompiler(
            llvmPath: nil, callThreshold: 1, turnThreshold: 1, nanosecondsPerByte: nanosecondsPerByte,
            cache: cache)
    }

    @Test func aLargeFunctionWaitsBehindASmallOne() throws {
        let compiler = compiler(nanosecondsPerByte: 100_000_000)
        let module = code(of: try decode(try assemble(Self.text)), compiler)
        let runner = try Runner(module)
        #expect(try runner.call(1, 1) == [.i32(501)])
        // What is asked for second is compiled first, and kept: the large one is due in minutes.
        while folder.files.isEmpty { #expect(try runner.call(0, 7) == [.i32(7)]) }
        compiler.close()
        #expect(module.functionsWithoutCode == [1])
    }

    @Test func aCompilerThatWaitsIsClosed() throws {
        let compiler = compiler(nanosecondsPerByte: 1 << 50)
        let module = code(of: try decode(try assemble(Self.text)), compiler)
        #expect(try Runner(module).call(0, 7) == [.i32(7)])
        compiler.close()
        #expect(module.functionsWithoutCode == [0, 1])
        #expect(folder.files == [])
    }
}

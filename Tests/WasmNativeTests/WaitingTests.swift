// Requests wait until the engine is as old as they take to be compiled.

import ModuleBytes
import Platform
import Testing
import WasmCompiler
import WasmModule
import WasmNative
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM) struct WaitingRequests {
    private let folder = Folder()

    /// A small function and a large one.
    private static let text = """
        (module (func (param i32) (result i32) (local.get 0))
          (func (param i32) (result i32) (local.get 0)
            \(Array(repeating: "(i32.add (i32.const 1))", count: 500).joined(separator: " "))))
        """

    private func compiler(nanosecondsPerByte: UInt64) -> BackgroundCompiler {
        let cache = CodeCache(directory: HostPath(folder.path.utf8), byteLimit: 1 << 20, version: "1")
        return BackgroundCompiler(
            llvmPath: nil, callThreshold: 1, backEdgeThreshold: 1, nanosecondsPerByte: nanosecondsPerByte,
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

    @Test func aRequestGoesWithItsModule() throws {
        let compiler = compiler(nanosecondsPerByte: 1 << 50)
        weak var kept: ModuleCode?
        do {
            let module = code(of: try decode(try assemble(Self.text)), compiler)
            kept = module
            #expect(try Runner(module).call(0, 7) == [.i32(7)])
        }
        #expect(kept == nil)
        compiler.close()
    }

    @Test func whatIsBeyondTheLimitOfMemoryIsInterpreted() throws {
        let compiler = compiler(nanosecondsPerByte: 0)
        let module = code(of: try decode(try assemble(Self.text)), compiler)
        try compiler.compileAll(module, CompilationBounds(memory: CompilationLimits.memory(forBytes: 100)))
        #expect(module.functionsWithoutCode == [1])
        #expect(try Runner(module).call(1, 1) == [.i32(501)])
        compiler.close()
    }

    @Test func aCancelledCompilationIsAnError() throws {
        let compiler = compiler(nanosecondsPerByte: 0)
        let module = code(of: try decode(try assemble(Self.text)), compiler)
        let cancellation = Cancellation()
        cancellation.cancel()
        #expect(throws: NativeFailure.self) {
            try compiler.compileAll(module, CompilationBounds(cancellation: cancellation))
        }
        #expect(try Runner(module).call(1, 1) == [.i32(501)])
        compiler.close()
    }
}

// What tiers and the runtime say to each other.

import CMachine
import ModuleBytes
import Synchronization
import Testing
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

/// Asks others for code, as a tier would that makes code of its own first: the requests come from counts.
private final class RelayingTier: CompilingTier {
    let callThreshold: UInt32 = 3
    let backEdgeThreshold: UInt32 = 5
    let interpretsDeepCalls = true
    let needsGuardedMemory = true
    let requests = Mutex<[String]>([])
    private let next = ImmediateCompiler(isEager: true)

    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        requests.withLock { $0.append("function \(function.pointee.definedIndex)") }
        next.request(function, of: module)
    }

    func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        requests.withLock { $0.append("loops of \(function.pointee.definedIndex)") }
        next.requestOSREntry(of: function, of: module)
    }
}

@Suite(.needsLLVM, .timeLimit(.minutes(2)))
struct TierTests {
    @Test func aTierIsAskedOnceForEachFunctionAndForItsLoops() throws {
        let bytes = try assemble(
            """
            (module
              (func (export "once") (result i32) (i32.const 1))
              (func (export "turns") (param i32) (result i32)
                (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 0)))
            """)
        let tier = RelayingTier()
        let code = ModuleCode(
            try decode(bytes), portable: Interpreter(), compiler: tier)
        let instance = try Instance(code, imports: [], limits: StoreLimits())
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        let stack = ValueStack(memory: memory)
        func call(_ name: String, _ arguments: [Value] = []) throws -> [Value] {
            guard case .function(let function)? = instance.export(name) else { return [] }
            return try instance.call(function, arguments, on: stack.context)
        }
        for _ in 0..<10 { #expect(try call("once") == [.i32(1)]) }
        #expect(try call("turns", [.i32(1000)]) == [.i32(0)])
        #expect(try call("turns", [.i32(1000)]) == [.i32(0)])
        #expect(tier.requests.withLock { $0 } == ["function 0", "loops of 1"])
        #expect(code.codes.isCompiled)
        #expect(!(code.codes + 1).isCompiled)
        #expect((code.codes + 1).hasOSREntry)
    }

    @Test func whatIsPublishedAgainReplacesWhatWasThere() throws {
        let text = """
            (module
              (func $first (export "first") (result i32) (i32.const 1))
              (func (export "second") (result i32) (i32.const 2))
              (func (export "direct") (result i32) (call $first)))
            """
        let machine = try Machine(text, .even)
        let code = machine.instance.code
        machine.compiler.compile(.init(functions: [1]), of: code)
        #expect(try machine.call("first").story == "\([Value.i32(1)])")
        let other = code.codes[1]
        code.publish(try #require(other.native), entry: other.nativeEntry, of: 0)
        #expect(try machine.call("first").story == "\([Value.i32(2)])")
    }
}

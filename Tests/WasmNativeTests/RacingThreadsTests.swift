// Threads in the same loop of the same function: every one arrives in compiled code.
//
// RACES=N in the environment takes N times as many races.

import CMachine
import Foundation
import ModuleBytes
import Synchronization
import Testing
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

/// Compiles the loops that it was asked for when it is told to.
private final class TimedCompiler: CompilingTier {
    let needsGuardedMemory = true
    let interpretsDeepCalls = true
    let callThreshold: UInt32 = 0
    let backEdgeThreshold: UInt32
    private let request = Mutex<ModuleCode?>(nil)
    private let compiler = ImmediateCompiler(isEager: false)

    init(backEdgeThreshold: UInt32) { self.backEdgeThreshold = backEdgeThreshold }

    var isAsked: Bool { request.withLock { $0 != nil } }

    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {}

    func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        request.withLock { $0 = module }
    }

    func compile() {
        guard let module = request.withLock({ $0 }) else { return }
        compiler.compile(CompilationJob(functions: [], loops: [0]), of: module)
    }

    /// The module holds its compiler.
    func forget() { request.withLock { $0 = nil } }
}

@Suite(.needsLLVM, .timeLimit(.minutes(60))) struct RacingThreads {
    /// The inner loop has more back edges than the threshold between two calls.
    private static let text = """
        (module (import "test" "arrived" (func $arrived (result i32)))
          (func (export "f") (local i32)
            (loop $outer
              (local.set 0 (i32.const \(iterationsBetweenLooks)))
              (loop $inner (br_if $inner (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
              (br_if $outer (i32.eqz (call $arrived))))))
        """
    private static let iterationsBetweenLooks = 5_000
    private static let backEdgeThreshold: UInt32 = 300

    /// Looks on one thread, by the word of its guest, where it is.
    private final class Look: @unchecked Sendable {
        // SENDABLE: one thread uses it at a time.
        private let code: ModuleCode
        private let compiler: TimedCompiler
        /// The thread that has the loop compiled, when all have looked at it many times.
        private let isFirst: Bool
        private var looks = 0
        private var hasCompiled = false
        private var looksBeforeRequest = 0
        private var looksSinceCode = 0
        private(set) var isLost = false
        private static let looksBeforeCode = 1_000
        /// A count may be put back by a thread that was away: by the threshold, for each of some threads.
        private static let patience = 50

        init(_ code: ModuleCode, _ compiler: TimedCompiler, isFirst: Bool) {
            self.code = code
            self.compiler = compiler
            self.isFirst = isFirst
        }

        /// Whether the guest is to end: it is in compiled code, or should have been there long since.
        func hasArrived(_ context: UnsafeMutablePointer<MachineContext>) -> Bool {
            if context.pointee.unwindTarget != nil { return true }
            looks += 1
            if code.codes.hasOSREntry { looksSinceCode += 1 }
            // Set before the compiler is asked: whoever does that may be away for long.
            if code.codes.pointee.isOSREntryRequested == 0 { looksBeforeRequest += 1 }
            isLost = looksSinceCode > Self.patience || looksBeforeRequest > Self.patience
            if isFirst, !hasCompiled, looks >= Self.looksBeforeCode, compiler.isAsked {
                compiler.compile()
                hasCompiled = true
            }
            return isLost
        }
    }

    private final class Failures: Sendable { let count = Atomic<Int>(0) }

    private func race(_ threads: Int, _ bytes: [UInt8]) throws -> Int {
        let compiler = TimedCompiler(backEdgeThreshold: Self.backEdgeThreshold)
        defer { compiler.forget() }
        let code = ModuleCode(
            try decode(bytes), portable: Interpreter(), compiler: compiler)
        let looks = (0..<threads).map { Look(code, compiler, isFirst: $0 == 0) }
        let failures = Failures()
        let group = DispatchGroup()
        for look in looks {
            group.enter()
            Thread { [self] in
                do { try run(code, look) } catch { failures.count.add(1, ordering: .relaxed) }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(failures.count.load(ordering: .relaxed) == 0)
        return looks.count(where: \.isLost)
    }

    private func run(_ code: ModuleCode, _ look: Look) throws {
        let host = HostFunction(
            type: FunctionType(parameters: [], results: [.i32]),
            entry: { context, _, look, slots in
                let look = Unmanaged<Look>.fromOpaque(look!).takeUnretainedValue()
                slots![0] = look.hasArrived(context!) ? 1 : 0
                return 0
            }, context: look)
        let instance = try Instance(code, imports: [host.external], limits: StoreLimits())
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        let stack = ValueStack(memory: memory)
        try instance.initialize()
        guard case .function(let function)? = instance.export("f") else { return }
        _ = try instance.call(function, [], on: stack.context)
    }

    @Test(arguments: [2, 4, 16]) func everyThreadArrives(threads: Int) throws {
        let times = Int(ProcessInfo.processInfo.environment["RACES"] ?? "") ?? 1
        let bytes = try assemble(Self.text)
        var lost = 0
        for _ in 0..<20 * times { lost += try race(threads, bytes) }
        #expect(lost == 0, "threads that stay in the interpreter, of \(20 * times) races of \(threads)")
    }
}

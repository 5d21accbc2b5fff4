// The host thread that compiles, while programs run in the interpreter or wait for it.
//
// Always true: one thread at a time compiles for an engine. It exists while there are requests, unless LLVM
// gives up: then it stays asleep for ever, since LLVM must not be entered or left any more. Nobody waits for
// it: once the compiler is closed, what it still makes is dropped. What is published is complete.

import CMachine
import Platform
import Synchronization
import WasmCompiler
import WasmModule
import WasmRuntime

package final class BackgroundCompiler: CompilerOwner, CompilingTier {
    package let callThreshold: UInt32
    package let backEdgeThreshold: UInt32
    package let interpretsDeepCalls: Bool
    package var needsGuardedMemory: Bool { true }

    private enum Phase { case idle, running, refused, closed }

    private struct State {
        var phase = Phase.idle
        var requests: RequestQueue
    }

    private let llvmPath: HostPath?
    /// What is asked instead where LLVM cannot be used.
    private let substitute: (any CompilingTier)?
    /// Keeps what is made; nil where nothing is kept.
    private let cache: CodeCache?
    private let state: Guarded<State>
    private let beginning = HostClock.monotonic.now
    /// Something was asked for, or nothing will be any more.
    private let work = WakeWord.allocate()
    private static let hasChanged: UInt32 = 1

    /// LLVM is opened when the time of the first request has come: from `llvmPath`, or from its default place.
    package init(
        llvmPath: HostPath?, callThreshold: UInt32, backEdgeThreshold: UInt32, nanosecondsPerByte: UInt64 = 0,
        interpretsDeepCalls: Bool = true, memoryLimit: UInt64 = .max, cache: CodeCache? = nil,
        substitute: (any CompilingTier)? = nil
    ) {
        self.llvmPath = llvmPath
        self.substitute = substitute
        state = Guarded(
            State(requests: RequestQueue(nanosecondsPerByte: nanosecondsPerByte, memoryLimit: memoryLimit)))
        self.cache = cache
        self.callThreshold = callThreshold
        self.interpretsDeepCalls = interpretsDeepCalls
        self.backEdgeThreshold = backEdgeThreshold
        Compilers.closeAtExit()
    }

    deinit { work.deallocate() }

    // MARK: Requests

    package func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        enqueue(CompilationRequest(function, .function, module))
    }

    package func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        enqueue(CompilationRequest(function, .loops, module))
    }

    private func enqueue(_ request: CompilationRequest) {
        let isRefused = ForkGate.holding {
            state.withLock { state in
                if state.phase == .idle { start(&state) }
                if state.phase == .running { state.requests.append(request) }
                return state.phase == .refused
            }
        }
        if isRefused { substitute.map(request.pass) } else { work.post(Self.hasChanged) }
    }

    // MARK: Code that exists or is wanted at once

    /// Publishes what the cache has for a module. Before the module runs.
    package func restore(_ module: ModuleCode) {
        guard let cache, let digest = module.digest else { return }
        cache.forEachObject(of: digest) { (try? module.adopt($0)) == true }
    }

    /// Compiles the functions of a module that have no code yet, on all processors, and waits for it. Before
    /// the module runs.
    package func compileAll(
        _ module: ModuleCode, _ bounds: CompilationBounds = CompilationBounds()
    ) throws(NativeFailure) {
        let missing = module.functionsWithoutCode
        guard !missing.isEmpty else { return }
        let compilation = try ParallelCompilation(
            module.module, missing, llvmPath: llvmPath, bounds, watching: module.watch)
        try compilation.run { _, object throws(NativeFailure) in
            do throws(ObjectError) {
                _ = try object.withBytes { object throws(ObjectError) in try module.adopt(object) }
            } catch {
                throw .unusable(error)
            }
            if let digest = module.digest { cache?.add(object, of: digest) }
        }
    }

    // MARK: The thread's life

    private func start(_ state: inout State) {
        state.phase = .refused
        Compilers.closeAtExit()
        if Compilers.start(self) { state.phase = .running }
    }

    /// Ends the thread as soon as it is out of LLVM, without waiting for it. What is asked for later is not
    /// compiled, and what is being compiled is dropped.
    package func close() {
        state.withLock { state in
            state.phase = .closed
            _ = state.requests.removeAll()
        }
        work.post(Self.hasChanged)
    }

    override func giveUp() { refuse() }

    /// Everything stays with the interpreter, or goes to the substitute.
    private func refuse() {
        let rest = state.withLock { state in
            if state.phase == .running { state.phase = .refused }
            return state.requests.removeAll()
        }
        guard let substitute else { return }
        for request in rest { request.pass(to: substitute) }
    }

    // MARK: The thread

    override func compileOnThread() {
        HostThread.setName("wasm-compiler", 0)
        var largestBatch = Self.firstBatch
        while let batch = takeBatch(largestBatch) {
            do {
                try Compilers.compiling(for: self, path: llvmPath) { compile(batch, for: $1, with: $0) }
                largestBatch = min(2 * largestBatch, Self.laterBatches)
            } catch {
                refuse()
            }
        }
    }

    /// What to compile next, once it is time; nil where there is nothing: then the thread leaves.
    private func takeBatch(_ largestBatch: Int) -> CompilationBatch? {
        while true {
            work.clear(Self.hasChanged)
            let next = state.withLock { state in
                let next = state.requests.takeNext(largestBatch, age: HostClock.monotonic.now - beginning)
                if case .nothing = next, state.phase == .running { state.phase = .idle }
                return next
            }
            switch next {
            case .batch(let batch): return batch
            case .later(let wait):
                ForkGate.letting {
                    _ = work.wait(for: Self.hasChanged, until: Deadline(after: Int64(clamping: wait)))
                }
            case .nothing: return nil
            }
        }
    }

    /// Bytes of functions. Small objects are ready sooner, and a short program has some to keep when it ends.
    /// Large ones let their functions call each other directly.
    private static let firstBatch = 4 << 10
    private static let laterBatches = 32 << 10

    private func compile(_ batch: CompilationBatch, for target: Target, with llvm: LLVM) {
        let start = HostClock.monotonic.now
        guard let object = try? batch.module.compile(batch.job, for: target, with: llvm),
            state.withLock({ $0.phase == .running }), let module = batch.code,
            let code = try? object.withBytes({ try CompiledCode($0, of: batch.module) })
        else { return }
        module.publish(code)
        module.noteCompilation(of: code.symbols.count, since: start)
        if let digest = module.digest { cache?.add(object, of: digest) }
    }
}

// The host thread that compiles, while programs run in the interpreter or wait for it.
//
// Always true: one thread at a time compiles for an engine. It exists while there are requests, unless LLVM
// gives up: then it stays asleep for ever, since LLVM must not be entered or left any more. What is published
// is complete.

import CMachine
import Platform
import Synchronization
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmRuntime

package final class BackgroundCompiler: NativeCompiler, CompilerOwner {
    package let callThreshold: UInt32
    package let turnThreshold: UInt32
    package let interpretsDeepCalls: Bool

    private enum Phase { case idle, running, refused, closed }

    private struct State {
        var phase = Phase.idle
        var requests: RequestQueue
        /// The thread that runs, or the last one that did.
        var thread: CompilerThread?
    }

    private let llvmPath: String?
    /// Keeps what is made; nil where nothing is kept.
    private let cache: CodeCache?
    private let state: Guarded<State>
    private let beginning = HostClock.monotonic.now
    /// Something was asked for, or nothing will be any more.
    private let work = WakeWord.allocate()
    private static let hasChanged: UInt32 = 1
    /// The thread has left, or is parked.
    private let end = WakeWord.allocate()
    private static let hasLeft: UInt32 = 1
    private static let isParked: UInt32 = 2

    /// The thread, while it runs.
    private let current = Atomic<HostThread.Handle>(0)

    /// LLVM is opened when the time of the first request has come: from `llvmPath`, or where it usually is.
    package init(
        llvmPath: String?, callThreshold: UInt32, turnThreshold: UInt32, nanosecondsPerByte: UInt64 = 0,
        interpretsDeepCalls: Bool = true, cache: CodeCache? = nil
    ) {
        self.llvmPath = llvmPath
        state = Guarded(State(requests: RequestQueue(nanosecondsPerByte: nanosecondsPerByte)))
        self.cache = cache
        self.callThreshold = callThreshold
        self.interpretsDeepCalls = interpretsDeepCalls
        self.turnThreshold = turnThreshold
        Compilers.closeAtExit()
    }

    deinit {
        end.deallocate()
        work.deallocate()
    }

    // MARK: Requests

    package func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        enqueue(CompilationRequest(function: function, form: .function, module: module))
    }

    package func requestLoops(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        enqueue(CompilationRequest(function: function, form: .loops, module: module))
    }

    private func enqueue(_ request: CompilationRequest) {
        state.withLock { state in
            if state.phase == .idle { start(&state) }
            if state.phase == .running { state.requests.append(request) }
        }
        work.post(Self.hasChanged)
    }

    // MARK: Code that exists or is wanted at once

    /// Publishes what the cache has for a module. Before the module runs.
    package func restore(_ module: ModuleCode) {
        guard let cache, let digest = module.digest else { return }
        cache.forEachObject(of: digest) { (try? module.adopt($0)) == true }
    }

    /// Compiles the functions of a module that have no code yet, on all processors, and waits for it. Before
    /// the module runs.
    package func compileAll(_ module: ModuleCode) throws(NativeFailure) {
        let missing = module.functionsWithoutCode
        guard !missing.isEmpty else { return }
        let (llvm, target) = try Compilers.open(path: llvmPath)
        let compilation = ParallelCompilation(module.module, missing, target, llvm)
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
        // The one before has left the lock by now, and has nothing else to do.
        state.thread?.join()
        state.thread = nil
        end.clear(Self.hasLeft)
        guard let thread = CompilerThread(of: self) else { return }
        state.thread = thread
        state.phase = .running
        Compilers.add(self)
    }

    /// Ends the thread, and waits for it. What is asked for later is not compiled.
    package func close() {
        let thread = state.withLock { state in
            defer {
                state.phase = .closed
                state.requests.removeAll()
                state.thread = nil
            }
            return state.thread
        }
        work.post(Self.hasChanged)
        if let thread, thread.isOfThisProcess, end.wait(for: Self.hasLeft) & Self.isParked == 0 { thread.join() }
        Compilers.remove(self)
    }

    /// Whether the caller is the thread of this compiler. LLVM may fail while somebody waits for that thread.
    var isCurrent: Bool { current.load(ordering: .relaxed) == HostThread.current }

    /// LLVM cannot go on, and its caller must not return to it.
    func park() -> Never {
        refuse()
        end.post(Self.isParked | Self.hasLeft)
        HostThread.sleepForever()
    }

    /// Everything stays with the interpreter.
    private func refuse() {
        state.withLock { state in
            state.requests.removeAll()
            if state.phase == .running { state.phase = .refused }
        }
    }

    // MARK: The thread

    func compileOnThread() {
        HostThread.setName("wasm-compiler", 0)
        current.store(HostThread.current, ordering: .relaxed)
        defer { current.store(0, ordering: .relaxed) }
        var largestBatch = Self.firstBatch
        while let batch = takeBatch(largestBatch) {
            do {
                let (llvm, target) = try Compilers.open(path: llvmPath)
                try Compilers.guarding { compile(batch, for: target, with: llvm) }
                largestBatch = min(2 * largestBatch, Self.laterBatches)
            } catch {
                refuse()
            }
        }
        end.post(Self.hasLeft)
    }

    /// What to compile next, once it is time; nil where there is nothing: then the thread leaves.
    private func takeBatch(_ largestBatch: Int) -> [CompilationRequest]? {
        while true {
            work.clear(Self.hasChanged)
            let next = state.withLock { state in
                let next = state.requests.takeNext(largestBatch, age: HostClock.monotonic.now - beginning)
                if case .nothing = next, state.phase == .running { state.phase = .idle }
                return next
            }
            switch next {
            case .batch(let batch): return batch
            case .later(let wait): _ = work.wait(for: Self.hasChanged, until: Deadline(after: Int64(clamping: wait)))
            case .nothing: return nil
            }
        }
    }

    /// Bytes of functions. Small objects are ready sooner, and a short program has some to keep when it ends;
    /// whoever closes the compiler waits for one at most. Large ones let their functions call each other
    /// directly.
    private static let firstBatch = 4 << 10
    private static let laterBatches = 32 << 10

    private func compile(_ batch: [CompilationRequest], for target: Target, with llvm: LLVM) {
        let module = batch[0].module
        var job = CompilationJob(functions: [])
        for request in batch { request.add(to: &job) }
        guard let object = try? module.module.compile(job, for: target, with: llvm),
            let code = try? object.withBytes({ try CompiledCode($0, of: module.module) })
        else { return }
        module.publish(code)
        if let digest = module.digest { cache?.add(object, of: digest) }
    }

    // MARK: Frames

    package func frames(of context: UnsafePointer<MachineContext>) -> [Trap.Frame] { context.nativeFrames }
}

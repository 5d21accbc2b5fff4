// The host thread that compiles, while programs run in the interpreter or wait for it.
//
// Always true: one thread at a time compiles for an engine. It exists while there are requests, unless LLVM
// gives up: then it stays asleep for ever, since LLVM must not be entered or left any more. What is published
// is complete.

import CMachine
import Glibc
import Synchronization
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmRuntime

package final class BackgroundCompiler: NativeCompiler {
    package let callThreshold: UInt32
    package let turnThreshold: UInt32

    private enum Phase { case idle, running, refused, closed }

    private struct State {
        var phase = Phase.idle
        var requests: [CompilationRequest] = []
        /// The thread that runs, or the last one that did.
        var thread: Thread?
    }

    private struct Thread: @unchecked Sendable {
        // SENDABLE: one holder at a time joins it and frees its stack.
        let host: pthread_t
        let stack: UnsafeMutableRawBufferPointer
        private let process = hostProcessID

        init(host: pthread_t, stack: UnsafeMutableRawBufferPointer) {
            self.host = host
            self.stack = stack
        }

        /// A child after a fork has the memory of this thread, but not the thread: nothing would end a wait.
        var isOfThisProcess: Bool { process == hostProcessID }

        func join() {
            HostThread.join(host)
            HostThread.freeStack(stack)
        }
    }

    private let llvmPath: String?
    private let state = Guarded(State())
    /// The thread has left, or is parked.
    private let end = WakeWord.allocate()
    private static let hasLeft: UInt32 = 1
    private static let isParked: UInt32 = 2

    /// LLVM is opened with the first request: from `llvmPath`, or where it usually is.
    package init(llvmPath: String?, callThreshold: UInt32, turnThreshold: UInt32) {
        self.llvmPath = llvmPath
        self.callThreshold = callThreshold
        self.turnThreshold = turnThreshold
        RunningCompilers.closeAtExit()
    }

    deinit { end.deallocate() }

    // MARK: Requests

    package func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        enqueue(.function(function, module))
    }

    package func request(_ loop: UnsafeMutablePointer<MachineLoop>, of module: ModuleCode) {
        enqueue(.loop(loop, module))
    }

    /// Compiles all functions of a module, and waits for it.
    package func compileAll(_ module: ModuleCode) throws(NativeFailure) {
        let completion = Completion()
        guard enqueue(.all(module, completion)) else {
            if case .failure(let reason) = LLVM.shared(path: llvmPath) { throw .unavailable(reason) }
            throw .gaveUp
        }
        try completion.wait()
    }

    /// False where nothing is compiled any more.
    @discardableResult
    private func enqueue(_ request: CompilationRequest) -> Bool {
        state.withLock { state in
            if state.phase == .idle { start(&state) }
            guard state.phase == .running else { return false }
            state.requests.append(request)
            return true
        }
    }

    // MARK: The thread's life

    /// LLVM's passes recurse.
    private static let stackBytes = 8 << 20

    private func start(_ state: inout State) {
        state.phase = .refused
        RunningCompilers.closeAtExit()
        // The one before has left the lock by now, and has nothing else to do.
        state.thread?.join()
        state.thread = nil
        end.clear(Self.hasLeft)
        guard let stack = try? HostThread.makeStack(Self.stackBytes) else { return }
        let argument = Unmanaged.passRetained(self)
        let thread = try? HostThread.start(on: stack, argument.toOpaque()) { argument in
            Unmanaged<BackgroundCompiler>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }
        guard let thread else {
            argument.release()
            HostThread.freeStack(stack)
            return
        }
        state.thread = Thread(host: thread, stack: stack)
        state.phase = .running
        RunningCompilers.add(self)
    }

    /// Ends the thread, and waits for it. What is asked for later is not compiled.
    package func close() {
        let (thread, abandoned) = state.withLock { state in
            defer {
                state.phase = .closed
                state.requests = []
                state.thread = nil
            }
            return (state.thread, state.requests)
        }
        Self.fail(abandoned, .gaveUp)
        if let thread, thread.isOfThisProcess, end.wait(for: Self.hasLeft) & Self.isParked == 0 { thread.join() }
        RunningCompilers.remove(self)
    }

    /// Whether the caller is the thread of this compiler.
    fileprivate var isCurrent: Bool { state.withLock { $0.thread?.host == HostThread.current } }

    /// LLVM cannot go on, and its caller must not return to it.
    fileprivate func park() -> Never {
        let abandoned = state.withLock { state in
            defer { state.requests = [] }
            state.phase = .refused
            return state.requests
        }
        current.withLock { $0?.finish(.gaveUp) }
        Self.fail(abandoned, .gaveUp)
        end.post(Self.isParked | Self.hasLeft)
        while true { pause() }
    }

    private static func fail(_ requests: [CompilationRequest], _ failure: NativeFailure) {
        for case .all(_, let completion) in requests { completion.finish(failure) }
    }

    /// Who waits for what is being compiled.
    private let current = Guarded<Completion?>(nil)

    // MARK: The thread

    private func run() {
        HostThread.setName("wasm-compiler", 0)
        switch LLVM.shared(path: llvmPath) {
        case .failure(let reason): refuseAll(reason)
        case .success(let llvm):
            llvm.onFatalError { _ in RunningCompilers.parkCurrent() }
            RunningCompilers.closeInExitHandler()
            let target = Target(hostOf: llvm)
            while let batch = takeBatch() { compile(batch, for: target, with: llvm) }
        }
        end.post(Self.hasLeft)
    }

    /// Without LLVM, everything stays with the interpreter.
    private func refuseAll(_ reason: LLVM.Unavailable) {
        let abandoned = state.withLock { state in
            defer { state.requests = [] }
            if state.phase == .running { state.phase = .refused }
            return state.requests
        }
        Self.fail(abandoned, .unavailable(reason))
    }

    /// What to compile next; nil where there is nothing: then the thread leaves.
    private func takeBatch() -> [CompilationRequest]? {
        state.withLock { state in
            let batch = Self.takeBatch(&state.requests)
            guard batch.isEmpty else { return batch }
            if state.phase == .running { state.phase = .idle }
            return nil
        }
    }

    /// Requests of one module, as many as are worth one object. Small objects are ready sooner, and whoever
    /// closes the compiler waits for one at most; large ones let their functions call each other directly.
    private static func takeBatch(_ requests: inout [CompilationRequest]) -> [CompilationRequest] {
        let largestBatch = 32 << 10
        var batch: [CompilationRequest] = []
        var bytes = 0
        var rest: [CompilationRequest] = []
        for request in requests {
            let isFirst = batch.isEmpty
            let fits = isFirst || (request.module === batch[0].module && bytes < largestBatch && !request.isAll)
            if fits, isFirst || !batch[0].isAll {
                batch.append(request)
                bytes += request.bodyBytes
            } else {
                rest.append(request)
            }
        }
        requests = rest
        return batch
    }

    private func compile(_ batch: [CompilationRequest], for target: Target, with llvm: LLVM) {
        let module = batch[0].module
        var job = CompilationJob(functions: [])
        for request in batch { request.add(to: &job) }
        if case .all(_, let completion) = batch[0] { current.withLock { $0 = completion } }
        let failure = module.compile(job, for: target, with: llvm, loops: batch.compactMap(\.machineLoop))
        if case .all(_, let completion) = batch[0] {
            current.withLock { $0 = nil }
            completion.finish(failure)
        }
    }

    // MARK: Frames

    package func frames(of context: UnsafePointer<MachineContext>) -> [Trap.Frame] { context.nativeFrames }
}

/// The compilers that have a thread. They must not compile while the process takes LLVM apart at its exit.
private enum RunningCompilers {
    private static let all = Guarded<[BackgroundCompiler]>([])
    /// Registered behind the ends that LLVM has when it is opened, so it runs before them. LLVM registers more
    /// of them later.
    private static let closing: Void = { atexit { RunningCompilers.closeAll() } }()
    /// Runs before all of them, where the first thread is the one that exits.
    private static let closingFirst: Void = {
        machine_at_thread_end({ _ in RunningCompilers.closeAll() }, nil)
    }()

    static func add(_ compiler: BackgroundCompiler) {
        all.withLock { $0.append(compiler) }
    }

    static func remove(_ compiler: BackgroundCompiler) {
        all.withLock { $0.removeAll { $0 === compiler } }
    }

    static func closeInExitHandler() { _ = closing }

    static func closeAtExit() {
        if HostThread.isFirst { _ = closingFirst }
    }

    private static func closeAll() { all.withLock { $0 }.forEach { $0.close() } }

    static func parkCurrent() {
        all.withLock { $0 }.first(where: \.isCurrent)?.park()
    }
}

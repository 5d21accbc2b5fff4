// Compiles many functions on all processors, for a caller who waits.
//
// Functions go into objects in the order of the module, some at a time; each thread makes one object after
// the other, with a context of LLVM's of its own. Functions of different objects call each other through
// their `MachineCode`. Always true: when `run` returns, no thread begins another object; one that is in LLVM
// then goes on to the end of its object, which nobody sees, and leaves.

import Platform
import WasmCompiler
import WasmModule
import WasmRuntime

package final class ParallelCompilation: CompilerOwner, @unchecked Sendable {
    // SENDABLE: what changes is guarded.
    private enum End { case gaveUp, cancelled }

    private struct State {
        /// The next object to be made.
        var next = 0
        var finished: [(index: Int, object: Result<[UInt8], CompilationError>)] = []
        /// How many threads have not left.
        var running = 0
        var end: End?
    }

    private let module: Module
    private let jobs: [CompilationJob]
    private let threadCount: Int
    private let target: Target
    private let llvmPath: HostPath?
    private let bounds: CompilationBounds
    private let state = Guarded(State())
    /// Something was finished, a thread has left, or there is an end.
    private let progress = WakeWord.allocate()
    private static let isPosted: UInt32 = 1

    /// Of all functions of a module.
    package convenience init(
        all module: Module, llvmPath: HostPath?, _ bounds: CompilationBounds = CompilationBounds()
    ) throws(NativeFailure) {
        try self.init(module, Array(module.functions.indices), llvmPath: llvmPath, bounds)
    }

    init(
        _ module: Module, _ functions: [Int], llvmPath: HostPath?, _ bounds: CompilationBounds,
        watching: RaceWatching? = nil
    ) throws(NativeFailure) {
        self.module = module
        self.llvmPath = llvmPath
        self.bounds = bounds
        target = try Compilers.open(path: llvmPath).1
        let plan = CompilationPlan(module, functions, memory: bounds.memory, watching: watching)
        jobs = plan.jobs
        threadCount = plan.threadCount
    }

    deinit { progress.deallocate() }

    /// What the code that is made rests on.
    package func stamp(version: String) -> CodeStamp { .of(target, version: version) }

    package var objectCount: Int { jobs.count }

    /// Calls `receive`, on this thread, with the number of each object and the object, in the order in which
    /// they are made. Ends with the first failure, or when the time is up.
    package func run(
        _ receive: (Int, [UInt8]) throws(NativeFailure) -> Void
    ) throws(NativeFailure) {
        defer { close() }
        guard let cancellation = bounds.cancellation else { return try receiveAll(receive) }
        try cancellation.during({ () throws(NativeFailure) in try receiveAll(receive) }) { [weak self] in
            self?.end(.cancelled)
        }
    }

    private func receiveAll(_ receive: (Int, [UInt8]) throws(NativeFailure) -> Void) throws(NativeFailure) {
        start()
        var received = 0
        while received < jobs.count {
            progress.clear(Self.isPosted)
            let (finished, end, isOver) = state.withLock { state in
                defer { state.finished = [] }
                return (state.finished, state.end, state.running == 0)
            }
            if end == .cancelled { throw .cancelled }
            for (index, object) in finished {
                switch object {
                case .success(let bytes): try receive(index, bytes)
                case .failure(let error): throw .refused(error)
                }
            }
            received += finished.count
            guard finished.isEmpty else { continue }
            if isOver || end == .gaveUp { throw .gaveUp }
            if progress.wait(for: Self.isPosted, until: bounds.deadline) == 0 { return }
        }
    }

    // MARK: Threads

    private func start() {
        for _ in 0..<threadCount {
            state.withLock { $0.running += 1 }
            if !Compilers.start(self) { state.withLock { $0.running -= 1 } }
        }
    }

    override func compileOnThread() {
        HostThread.setName("wasm-compiler", 1)
        try? Compilers.compiling(for: self, path: llvmPath) { llvm, _ in
            while let index = takeJob() {
                let object = Result { () throws(CompilationError) in
                    try module.compile(jobs[index], for: target, with: llvm)
                }
                state.withLock { $0.finished.append((index, object)) }
                progress.post(Self.isPosted)
            }
        }
        state.withLock { $0.running -= 1 }
        progress.post(Self.isPosted)
    }

    private func takeJob() -> Int? {
        state.withLock { state in
            guard state.next < jobs.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    // MARK: Ends

    override func giveUp() { end(.gaveUp) }

    private func end(_ end: End) {
        state.withLock { state in
            if state.end == nil { state.end = end }
        }
        progress.post(Self.isPosted)
    }

    private func close() {
        state.withLock { $0.next = jobs.count }
    }
}

/// Which functions go into which object, and how many threads make objects at a time.
struct CompilationPlan {
    private(set) var jobs: [CompilationJob] = []
    let threadCount: Int

    /// Large enough that most calls stay inside of an object, small enough that all threads end together.
    private static let largestJob = 96 << 10
    /// LLVM works on each function for some time, however small it is.
    private static let mostFunctions = 2_000

    init(_ module: Module, _ functions: [Int], memory limit: UInt64, watching: RaceWatching? = nil) {
        // Where there is memory for one small object only, one thread makes it.
        let ofOne = CompilationLimits.memory(forBytes: Self.largestJob)
        threadCount = max(1, Int(clamping: min(UInt64(Processor.availableCount), limit / ofOne)))
        let most = limit / UInt64(threadCount)
        var (bytes, memory) = (0, UInt64(0))
        for function in functions {
            let size = module.functions[function].body.count
            let needed = CompilationLimits.memory(forBytes: size)
            guard needed <= most else { continue }
            let count = jobs.last?.functions.count ?? Self.mostFunctions
            if bytes >= Self.largestJob || count >= Self.mostFunctions || memory + needed > most {
                jobs.append(CompilationJob(functions: [], watching: watching))
                (bytes, memory) = (0, 0)
            }
            jobs[jobs.count - 1].functions.append(function)
            bytes += size
            memory += needed
        }
    }
}

// Compiles many functions on all processors, for a caller who waits.
//
// Functions go into objects in the order of the module, some at a time; each thread makes one object after
// the other, with a context of LLVM's of its own. Functions of different objects call each other through
// their `MachineCode`. Always true: when `run` returns, its threads are gone, unless LLVM gave up in one.

import Platform
import WasmCompiler
import WasmModule
import WasmRuntime

package final class ParallelCompilation: CompilerOwner {
    private struct State {
        /// The next object to be made.
        var next = 0
        var finished: [(index: Int, object: Result<[UInt8], CompilationError>)] = []
        var threads: [CompilerThread] = []
        /// How many of them have not left.
        var running = 0
        var isParked = false
    }

    private let module: Module
    private let jobs: [CompilationJob]
    private let target: Target
    private let llvm: LLVM
    private let state = Guarded(State())
    /// Something was finished, or a thread has left.
    private let progress = WakeWord.allocate()
    /// All threads have left.
    private let end = WakeWord.allocate()
    private static let isPosted: UInt32 = 1

    /// Of all functions of a module.
    package convenience init(all module: Module, llvmPath: HostPath?) throws(NativeFailure) {
        let (llvm, target) = try Compilers.open(path: llvmPath)
        self.init(module, Array(module.functions.indices), target, llvm)
    }

    init(_ module: Module, _ functions: [Int], _ target: Target, _ llvm: LLVM) {
        self.module = module
        self.target = target
        self.llvm = llvm
        jobs = Self.jobs(module, functions)
    }

    deinit {
        progress.deallocate()
        end.deallocate()
    }

    /// Large enough that most calls stay inside of an object, small enough that all threads end together.
    private static func jobs(_ module: Module, _ functions: [Int]) -> [CompilationJob] {
        let largestJob = 96 << 10
        var jobs: [CompilationJob] = []
        var bytes = largestJob
        for function in functions {
            if bytes >= largestJob {
                jobs.append(CompilationJob(functions: []))
                bytes = 0
            }
            jobs[jobs.count - 1].functions.append(function)
            bytes += module.functions[function].body.count
        }
        return jobs
    }

    /// What the code that is made rests on.
    package func stamp(version: String) -> CodeStamp { .of(target, version: version) }

    package var objectCount: Int { jobs.count }

    /// Calls `receive`, on this thread, with the number of each object and the object, in the order in which
    /// they are made. Ends with the first failure.
    package func run(
        _ receive: (Int, [UInt8]) throws(NativeFailure) -> Void
    ) throws(NativeFailure) {
        Compilers.add(self)
        defer { Compilers.remove(self) }
        start()
        var received = 0
        do throws(NativeFailure) {
            while received < jobs.count {
                let (finished, isOver) = state.withLock { state in
                    defer { state.finished = [] }
                    return (state.finished, state.isParked || state.running == 0)
                }
                for (index, object) in finished {
                    switch object {
                    case .success(let bytes): try receive(index, bytes)
                    case .failure(let error): throw .refused(error)
                    }
                }
                received += finished.count
                if finished.isEmpty {
                    if isOver { throw .gaveUp }
                    _ = progress.wait(for: Self.isPosted)
                }
                progress.clear(Self.isPosted)
            }
        } catch {
            close()
            throw error
        }
        close()
    }

    // MARK: Threads

    private func start() {
        for _ in 0..<min(Processor.availableCount, jobs.count) {
            state.withLock { state in
                guard let thread = CompilerThread(of: self) else { return }
                state.threads.append(thread)
                state.running += 1
            }
        }
    }

    func compileOnThread() {
        HostThread.setName("wasm-compiler", 1)
        try? Compilers.guarding {
            while let index = takeJob() {
                let object = Result { () throws(CompilationError) in
                    try module.compile(jobs[index], for: target, with: llvm)
                }
                state.withLock { $0.finished.append((index, object)) }
                progress.post(Self.isPosted)
            }
        }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { end.postToAll(Self.isPosted) }
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

    var isCurrent: Bool {
        state.withLock { $0.threads.contains(where: \.isCurrent) }
    }

    func park() -> Never {
        state.withLock { $0.isParked = true }
        progress.post(Self.isPosted)
        end.postToAll(Self.isPosted)
        HostThread.sleepForever()
    }

    func close() {
        guard state.withLock({ $0.threads.allSatisfy(\.isOfThisProcess) }) else { return }
        let mustWait = state.withLock { state in
            state.next = jobs.count
            return state.running > 0
        }
        if mustWait { _ = end.wait(for: Self.isPosted) }
        // Where one is parked, another may wait for a lock of LLVM's for ever, so their stacks stay.
        let gone = state.withLock { state in
            defer { if !state.isParked { state.threads = [] } }
            return state.isParked ? [] : state.threads
        }
        for thread in gone { thread.join() }
    }
}

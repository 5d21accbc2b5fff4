// One running program: the group of the wasi-threads proposal, as an embedder holds it.
//
// Always true: one host thread at a time runs the main instance; the group knows every host thread that
// runs guest code, so ending it reaches them all.
// https://github.com/WebAssembly/wasi-threads

import Platform
import Synchronization
import WASI
import WasmModule
import WasmRuntime

/// Any thread may use it.
package final class Process: HandleObject {
    package static let handleName = "process"

    package let module: Module
    let main: Instance
    let group: ThreadGroup
    let streams: ProcessStreams
    let programName: String
    /// Keeps the code and the limits that the instances use.
    let loaded: LoadedModule
    private let state = Mutex(State())
    /// Where attached threads have their stacks in the guest's memory.
    let guestStacks: GuestStacks
    /// Of the instances' memories and tables, with what the memories have together.
    let storeLimits: StoreLimits
    let budget: StoreBudget
    /// The attached threads, by TID: what a closed process takes its instances away from.
    let attached = Mutex<[UInt32: AttachedThread]>([:])

    /// What has been asked of the main instance.
    struct State {
        /// The host thread that is inside a call.
        var caller: HostThread.Handle?
        /// Whether `_start` or `_initialize` was called, after which neither may be.
        var hasBegun = false
        /// Whether the start function was called.
        var hasStarted = false
        var hasTimeLimit = false
        var hasProcessorTimeLimit = false
    }

    /// The memories of the main instance that a linker defines.
    let definedMemories: [MemoryInstance]

    /// Links and instantiates, without running code of the guest. With a snapshot the main instance has what that has.
    package init(
        engine: Engine, module loaded: LoadedModule, linker: Linker?, configuration: ProcessConfiguration,
        snapshot: Snapshot? = nil
    ) throws(EmbedderError) {
        guard loaded.engine === engine, linker == nil || linker!.engine === engine else {
            throw EmbedderError(.misuse, "The module and the linker must be of the engine of the process.")
        }
        let streams = ProcessStreams(configuration.streams, limit: Int(engine.limits[.bufferBytes]))
        let wasi = try WASIConfiguration(
            configuration, streams, descriptorLimit: Int(engine.limits[.descriptors])
        ).context()
        var limits = engine.limits.store
        budget = StoreBudget()
        limits.memoryBudget = budget
        storeLimits = limits
        let recorder = Recorder(configuration, loaded.module)
        let imports = try ProcessImports(
            engine: engine, limits: limits, definitions: linker?.definitions ?? [:], wasi: wasi
        ).resolve(loaded.module.imports, recorded: recorder != nil)
        let main: Instance
        do {
            main = try loaded.instantiate(imports, limits)
        } catch {
            throw EmbedderError(error)
        }
        do {
            try main.initialize()
        } catch {
            throw EmbedderError(error, thread: 0)
        }
        if let snapshot { try snapshot.restore(main) }
        let races = try main.code.watch.map { watch throws(EmbedderError) in
            guard let races = RaceDetection(main.code, watch, memories: main.memories) else {
                throw EmbedderError(.system, "The system has no address space for the race detector.")
            }
            return races
        }
        self.loaded = loaded
        self.module = loaded.module
        programName = configuration.programName
        self.main = main
        self.streams = streams
        guestStacks = GuestStacks(stackBytes: engine.limits[.guestStackBytes])
        group = ThreadGroup(
            name: configuration.programName, limits: engine.limits.thread, stacks: engine.stacks, races: races,
            recorder: recorder
        ) { [limits] () throws(ThreadRefusal) in
            try InstanceThread { () throws(InstantiationError) in
                try Instance(threadOf: main, limits: limits)
            }
        }
        let defined = linker?.definitions.values.compactMap { given in
            guard case .memory(let memory) = given else { return nil as MemoryInstance? }
            return main.memories.contains { $0 === memory } ? memory : nil
        }
        definedMemories = defined ?? []
        // Others may notify there for ever.
        if !definedMemories.isEmpty { group.wakers.add() }
        if let snapshot {
            state.withLock { state in
                state.hasBegun = snapshot.hasBegun
                state.hasStarted = snapshot.hasStarted
            }
        }
    }
}

// MARK: Calls into the main instance

extension Process {
    /// Runs `_start`, and returns the exit status when all threads are gone.
    package func run() throws(EmbedderError) -> UInt32 {
        try start { _ = $0 }
        return try status()
    }

    /// Runs `_start`. Where that returns, or calls `proc_exit` with 0, and no other thread lives, the process lives on,
    /// for calls of its exports, and the result is nil; otherwise that of `run`.
    package func runAsLibrary() throws(EmbedderError) -> UInt32? {
        let stackPointer = main.stackPointer
        let before = unsafe stackPointer?.cell.pointee
        try start { group.outlivesStart.store($0, ordering: .relaxed) }
        guard group.outcome != nil else {
            // `proc_exit` leaves the frames in the guest's stack.
            if let stackPointer, let before { unsafe stackPointer.cell.pointee = before }
            return nil
        }
        return try status()
    }

    /// Runs `_start`; `isRunning` is told when it begins and when it is over.
    private func start(_ isRunning: (Bool) -> Void) throws(EmbedderError) {
        let start = try entryPoint("_start")
        guard !group.includesCurrentThread else { throw .onGuestThread }
        try enter(asBeginning: true) { thread throws(Trap) in
            isRunning(true)
            defer { isRunning(false) }
            do throws(Trap) {
                _ = try thread.call(start, [], of: main)
            } catch {
                guard error.reason == .exited, group.outcome == nil else { throw error }
                return
            }
            group.endStart()
        }
    }

    /// The exit status of a process that has ended, when all its threads are gone.
    private func status() throws(EmbedderError) -> UInt32 {
        switch try finish() {
        case .returned: return 0
        case .exited(let status): return status
        case let outcome: throw EmbedderError(outcome)
        }
    }

    /// Runs `_initialize`, where the module has it.
    package func initialize() throws(EmbedderError) {
        let initialize = module.export(named: "_initialize") == nil ? nil : try entryPoint("_initialize")
        let failed = try enter(asBeginning: true) { thread throws(Trap) in
            if let initialize { _ = try thread.call(initialize, [], of: main) }
            try guestStacks.prepare(on: thread, main)
        }
        if failed { throw EmbedderError(ending) }
    }

    /// Calls an exported function. `resultCount` is for how many results the caller has room.
    package func call(
        _ name: String, _ arguments: [Value], resultCount: Int? = nil
    ) throws(EmbedderError) -> [Value] {
        let callee = try function(name)
        try main.check(arguments, resultCount: resultCount, of: callee, name)
        var results: [Value] = []
        let failed = try enter(asBeginning: false) { thread throws(Trap) in
            results = try thread.call(callee, arguments, of: main)
        }
        if failed { throw EmbedderError(ending) }
        return results
    }

    /// An exported function without parameters and results.
    private func entryPoint(_ name: String) throws(EmbedderError) -> FunctionReference {
        let function = try function(name)
        guard function.type == FunctionType(parameters: [], results: []) else {
            throw EmbedderError(.export, "The export \(name) is func \(function.type), not func () -> ().")
        }
        return function
    }

    /// Whether the process began, or has nothing that must begin it.
    var isReadyForThreads: Bool {
        module.export(named: "_initialize") == nil || state.withLock { $0.hasBegun }
    }

    /// Has the calling thread run `body` as the one thread inside the main instance, after the start
    /// function where nothing ran before. Returns whether it left because the process ended.
    @discardableResult
    func enter(
        asBeginning: Bool, _ body: (GuestThread) throws(Trap) -> Void
    ) throws(EmbedderError) -> Bool {
        let mustStart = try beginCall(asBeginning: asBeginning)
        defer { state.withLock { $0.caller = nil } }
        let thread: GuestThread
        do {
            thread = try group.beginCall(isTimed: asBeginning)
        } catch {
            throw embedderError(error)
        }
        defer { group.endCall(thread) }
        do throws(Trap) {
            if mustStart { try thread.start(main) }
            try body(thread)
            return false
        } catch {
            // The other two ways of leaving guest code have an outcome already.
            if error.reason != .interrupted, error.reason != .exited { group.end(.trapped(error, tid: 0)) }
            return true
        }
    }

    /// Claims the main instance for the calling thread. Returns whether the start function must run.
    private func beginCall(asBeginning: Bool) throws(EmbedderError) -> Bool {
        try state.withLock { state throws(EmbedderError) in
            if let caller = state.caller {
                throw caller == HostThread.current
                    ? EmbedderError(.misuse, "This thread is inside a call of the process already.")
                    : EmbedderError(.busy, "Another thread is inside a call of the process.")
            }
            if let outcome = group.outcome { throw EmbedderError(afterEnd: outcome) }
            if asBeginning, state.hasBegun || state.hasStarted {
                let message = "The process has begun: _start and _initialize are called once, first."
                throw EmbedderError(.misuse, message)
            }
            defer { state.hasStarted = true }
            state.hasBegun = state.hasBegun || asBeginning
            state.caller = HostThread.current
            return !state.hasStarted
        }
    }

    /// Runs `body`, which is short and calls nobody, with the main instance, while no other thread runs it.
    func withMain(_ body: (Instance) throws(EmbedderError) -> Void) throws(EmbedderError) {
        try state.withLock { state throws(EmbedderError) in
            if let caller = state.caller, caller != HostThread.current {
                throw EmbedderError(.busy, "Another thread is inside a call of the process.")
            }
            try body(main)
        }
    }

    /// Runs `body`, which calls nobody, with the main instance, while no call of it is under way and none begins. It is
    /// told what of `State` the instance has behind it.
    func withIdleMain<Result>(
        _ body: (Instance, _ hasBegun: Bool, _ hasStarted: Bool) throws(EmbedderError) -> Result
    ) throws(EmbedderError) -> Result {
        let (hasBegun, hasStarted) = try state.withLock { state throws(EmbedderError) in
            if let caller = state.caller {
                throw caller == HostThread.current
                    ? EmbedderError(.misuse, "This thread is inside a call of the process.")
                    : EmbedderError(.busy, "Another thread is inside a call of the process.")
            }
            if let outcome = group.outcome { throw EmbedderError(afterEnd: outcome) }
            state.caller = HostThread.current
            return (state.hasBegun, state.hasStarted)
        }
        defer { state.withLock { $0.caller = nil } }
        return try body(main, hasBegun, hasStarted)
    }

    /// Notes a limit, where 0 is none. Returns whether there is anything to set.
    func takeLimit(_ value: UInt64, _ isSet: WritableKeyPath<State, Bool> & Sendable) -> Bool {
        state.withLock { state in
            defer { state[keyPath: isSet] = value != 0 }
            return value != 0 || state[keyPath: isSet]
        }
    }

    /// Whether nothing has run in it.
    var isUntouched: Bool { state.withLock { !$0.hasStarted && !$0.hasBegun } }

    /// How the process ended; only where it has.
    var ending: Outcome {
        if let outcome = group.outcome { return outcome }
        preconditionFailure("guest code is left early only at an end")
    }
}

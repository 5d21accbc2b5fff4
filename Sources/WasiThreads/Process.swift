// One running program: the group of the wasi-threads proposal, as an embedder holds it.
//
// Always true: one host thread at a time runs the main instance; the group knows every host thread that
// runs guest code, so ending it reaches them all.
// https://github.com/WebAssembly/wasi-threads

import Synchronization
import WASI
package import WasmModule
package import WasmRuntime

/// Any thread may use it.
package final class Process: HandleObject {
    package static let handleName = "process"

    let module: Module
    let main: Instance
    let group: ThreadGroup
    let streams: ProcessStreams
    /// Keeps the code and the limits that the instances use.
    private let loaded: LoadedModule
    private let state = Mutex(State())

    /// What has been asked of the main instance.
    private struct State {
        /// The host thread that is inside a call, by the system's name for it.
        var caller: HostThread.ID?
        /// Whether `_start` or `_initialize` was called, after which neither may be.
        var hasBegun = false
        /// Whether the start function was called.
        var hasStarted = false
        var hasTimeLimit = false
    }

    /// Links and instantiates, without running code of the guest.
    package init(
        engine: Engine, module loaded: LoadedModule, linker: Linker?, configuration: ProcessConfiguration
    ) throws(EmbedderError) {
        guard loaded.engine === engine, linker == nil || linker!.engine === engine else {
            throw EmbedderError(.misuse, "The module and the linker must be of the engine that the process is made with.")
        }
        let streams = ProcessStreams(configuration.streams, limit: Int(engine.limits[.bufferBytes]))
        let wasi = try WASIConfiguration(
            configuration, streams, maximumDescriptors: Int(engine.limits[.descriptors])
        ).context()
        let imports = try ProcessImports(
            engine: engine, definitions: linker?.definitions ?? [:], wasi: wasi
        ).resolve(loaded.module.imports)
        let limits = engine.limits.store
        let main: Instance
        do {
            main = try Instance(loaded.code, imports: imports, limits: limits)
        } catch {
            throw EmbedderError(error)
        }
        self.loaded = loaded
        self.module = loaded.module
        self.main = main
        self.streams = streams
        group = ThreadGroup(
            name: configuration.programName, limits: engine.limits.thread, stacks: engine.stacks
        ) { () throws(ThreadRefusal) in
            try ProcessThread(siblingOf: main, imports: imports, limits: limits)
        }
    }
}

// MARK: Calls into the main instance

extension Process {
    /// Runs `_start`, and returns the exit status when all threads are gone.
    package func run() throws(EmbedderError) -> UInt32 {
        let start = try function("_start")
        guard start.type == FunctionType(parameters: [], results: []) else {
            throw EmbedderError(.export, "The export _start is func \(start.type), not func () -> ().")
        }
        guard !group.includesCurrentThread else { throw .onGuestThread }
        try enter(asBeginning: true) { thread throws(Trap) in
            try thread.running { context throws(Trap) in _ = unsafe try main.call(start, [], on: context) }
            group.end(.returned)
        }
        switch try finish() {
        case .returned: return 0
        case .exited(let status): return status
        case let outcome: throw EmbedderError(outcome)
        }
    }

    /// Runs `_initialize`, where the module has it.
    package func initialize() throws(EmbedderError) {
        let initialize = module.export(named: "_initialize") == nil ? nil : try function("_initialize")
        if let initialize, initialize.type != FunctionType(parameters: [], results: []) {
            throw EmbedderError(.export, "The export _initialize is func \(initialize.type), not func () -> ().")
        }
        let failed = try enter(asBeginning: true) { thread throws(Trap) in
            guard let initialize else { return }
            try thread.running { context throws(Trap) in _ = unsafe try main.call(initialize, [], on: context) }
        }
        if failed { throw EmbedderError(ending) }
    }

    /// Calls an exported function. `resultCount` is for how many results the caller has room.
    package func call(
        _ name: String, _ arguments: [Value], resultCount: Int? = nil
    ) throws(EmbedderError) -> [Value] {
        let callee = try function(name)
        let type = callee.type
        guard arguments.map(\.type) == type.parameters, resultCount ?? type.results.count == type.results.count else {
            let given = FunctionType(parameters: arguments.map(\.type), results: [])
            throw EmbedderError(
                .type, "The export \(name) is func \(type); it was called with \(given.parametersDescription)"
                    + " and room for \(resultCount ?? type.results.count) results.")
        }
        for case .funcref(let address) in arguments where !isFunction(address) {
            throw EmbedderError(.misuse, "An argument of \(name) is a funcref that is no function of this process.")
        }
        var results: [Value] = []
        let failed = try enter(asBeginning: false) { thread throws(Trap) in
            results = try thread.running { context throws(Trap) in
                unsafe try main.call(callee, arguments, on: context)
            }
        }
        if failed { throw EmbedderError(ending) }
        return results
    }

    /// Has the calling thread run `body` as the one thread inside the main instance, after the start
    /// function where nothing ran before. Returns whether it left because the process ended.
    @discardableResult
    private func enter(
        asBeginning: Bool, _ body: (GuestThread) throws(Trap) -> Void
    ) throws(EmbedderError) -> Bool {
        let mustStart = try beginCall(asBeginning: asBeginning)
        defer { state.withLock { $0.caller = nil } }
        let thread: GuestThread
        do {
            thread = try group.attach()
        } catch {
            throw embedderError(error)
        }
        defer { group.detach(thread) }
        do throws(Trap) {
            if mustStart {
                try thread.running { context throws(Trap) in unsafe try main.runStart(on: context) }
            }
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
                throw EmbedderError(.misuse, "The process has begun already: _start and _initialize are called once, first.")
            }
            defer { state.hasStarted = true }
            state.hasBegun = state.hasBegun || asBeginning
            state.caller = HostThread.current
            return !state.hasStarted
        }
    }

    /// Notes a limit of time. Returns whether there is anything to set.
    func takeTimeLimit(_ nanoseconds: UInt64) -> Bool {
        state.withLock { state in
            defer { state.hasTimeLimit = nanoseconds != 0 }
            return nanoseconds != 0 || state.hasTimeLimit
        }
    }

    /// How the process ended; only where it has.
    private var ending: Outcome {
        guard let outcome = group.outcome else { preconditionFailure("guest code is left early at an end alone") }
        return outcome
    }
}

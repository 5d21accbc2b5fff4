// A host thread that is a thread of a process: it has an instance, a TID and a stack of its own.
//
// Always true: only the host thread that attached, or that it moved to, uses the instance, and only inside the
// gate of its guest thread; a call writes nothing that other threads look at. Whoever finds the gate closed
// does not go in, so what is inside can be taken away behind a closed gate.
// https://github.com/WebAssembly/wasi-threads#design-choice-instance-per-thread

import CMachine
import Platform
import Synchronization
import WasmModule
import WasmRuntime

package final class AttachedThread: HandleObject, @unchecked Sendable {
    // SENDABLE: `depth`, `exit` and `natives` are used inside the gate only; so is `inner`, and, with the gate
    // closed and nobody inside, under the lock of `link`.
    package static let handleName = "thread"

    package let id: UInt32
    /// The `HostThread.number` of the thread that attached, or that it moved to. Written inside the gate, or
    /// when nobody goes in any more.
    private let owner = Atomic<UInt64>(HostThread.number)
    /// The `HostThread.number` of the thread that is inside, which is how it knows that it is; 0 for none.
    private let insider = Atomic<UInt64>(0)
    private let thread: GuestThread
    private var inner: Inner?
    /// How many calls nest on this thread.
    private var depth = 0
    /// By the export's name. They live as long as this object, since C may hold the pointers.
    private var natives: [ExactName: ThreadPointer] = [:]
    /// Of a call that had no way to return it, also one on a thread that is not the owner.
    private let lastError = Mutex<EmbedderError?>(nil)
    /// How it left guest code for the last time, where that was not by returning.
    private var exit: ThreadEvent.Exit?
    private let link: Mutex<Link>
    /// Of the host thread that it runs on.
    private let hostThread: Mutex<HostThreadEnd>

    /// What the owner uses inside the gate.
    final class Inner {
        let group: ThreadGroup
        let instance: Instance
        let stack: GuestStacks.Block?
        fileprivate var byAddress: [UInt: ThreadFunction] = [:]
        fileprivate var byName: [ExactName: ThreadFunction] = [:]
        /// Most calls are of the function that was called last.
        fileprivate var last: ThreadFunction?

        fileprivate init(_ group: ThreadGroup, _ instance: Instance, _ stack: GuestStacks.Block?) {
            self.group = group
            self.instance = instance
            self.stack = stack
        }
    }

    private enum Link {
        case process(Process)
        /// The process was deleted.
        case over(Outcome)
        case detached
    }

    fileprivate init(_ thread: GuestThread, _ inner: Inner, of process: Process) {
        id = thread.id
        self.thread = thread
        self.inner = inner
        link = Mutex(.process(process))
        hostThread = Mutex(.current)
    }

    /// Goes in, for the owner; every `enter` has its `leave`.
    private func enter() throws(EmbedderError) -> Inner {
        let number = HostThread.number
        if insider.load(ordering: .relaxed) != number {
            guard owner.load(ordering: .relaxed) == number else { throw wrongThread }
            guard thread.gate.enter() else { throw notAttached }
            // It may have moved a moment ago.
            guard owner.load(ordering: .relaxed) == number else {
                leaveGate()
                throw wrongThread
            }
            insider.store(number, ordering: .relaxed)
            thread.acquireFromHost()
            if thread.clock.isCounting.load(ordering: .relaxed) { thread.clock.begin() }
        }
        depth += 1
        return inner!
    }

    /// Runs `body` with the thread's instance, while no call of it runs.
    func withInstance(_ body: (Instance) throws(EmbedderError) -> Void) throws(EmbedderError) {
        let inner = try enter()
        defer { leave() }
        try body(inner.instance)
    }

    private func leave() {
        depth -= 1
        guard depth == 0 else { return }
        thread.releaseToHost()
        if thread.clock.isCounting.load(ordering: .relaxed) { thread.clock.end() }
        insider.store(0, ordering: .relaxed)
        leaveGate()
    }

    private func leaveGate() {
        guard !thread.gate.leave() else { return }
        thread.group.detach(thread, exit: exit ?? .ended)
        thread.gate.forsake()
    }

    /// Makes the calling host thread the one that may use it. The gate tells where nobody does.
    package func move() throws(EmbedderError) {
        if let process, process.group.includesCurrentThread {
            throw EmbedderError(.misuse, "A thread cannot move to one that is inside the process.")
        }
        if thread.gate.enter() {
            thread.group.move(thread)
            owner.store(HostThread.number, ordering: .relaxed)
            observe(.current)
            leaveGate()
        } else if thread.gate.isForsaken || isAbandoned {
            owner.store(HostThread.number, ordering: .relaxed)
        } else {
            throw isInsideCall
        }
    }

    /// From now on the end of this host thread is its concern; of none for nil.
    private func observe(_ host: HostThreadEnd?) {
        hostThread.withLock { current in
            current.remove(self)
            guard let host else { return }
            host.add(self)
            current = host
        }
    }

    /// Whether the calling host thread is inside a call of it.
    private var isInside: Bool { insider.load(ordering: .relaxed) == HostThread.number }

    private var isInsideCall: EmbedderError {
        EmbedderError(.misuse, "Thread \(id) is inside a call, and cannot be moved or detached there.")
    }

    private var isOwned: Bool { owner.load(ordering: .relaxed) == HostThread.number }

    private var wrongThread: EmbedderError {
        let message = "Thread \(id) of the process is another host thread, and only that one may use it."
        return EmbedderError(.misuse, message)
    }

    /// Why the gate is closed.
    private var notAttached: EmbedderError {
        link.withLock { link in
            switch link {
            case .process(let process):
                // Else another host thread is inside, which is about to move it.
                process.group.isEnding ? EmbedderError(afterEnd: process.ending) : wrongThread
            case .over(let outcome): EmbedderError(afterEnd: outcome)
            case .detached: EmbedderError(.misuse, "The thread was detached.")
            }
        }
    }

    /// The process was deleted: lets go of all that it had. The gate is closed, and nobody is inside.
    func abandon(_ outcome: Outcome) {
        let taken = link.withLock { link in
            defer { inner = nil }
            link = .over(outcome)
            return inner
        }
        withExtendedLifetime(taken) {}
    }

    /// Takes the error of a call that had no way to return it.
    package func takeLastError() throws(EmbedderError) -> EmbedderError? {
        guard isOwned else { throw wrongThread }
        return lastError.withLock { error in
            defer { error = nil }
            return error
        }
    }

    /// Keeps the error of such a call.
    func keep(_ error: EmbedderError) { lastError.withLock { $0 = error } }
}

// MARK: Calls

/// A function as an attached thread calls it. Each thread has its own, so that threads that call the same
/// function at the same time count no references to the same objects.
@safe
final class ThreadFunction {
    let name: String
    let machine: UnsafePointer<MachineFunction>
    let parameters: [ValueType]
    let results: [ValueType]
    let kinds: ValueKinds
    let slots: Int
    /// Whether a parameter takes fewer references than its kind says.
    let isNarrow: Bool

    fileprivate init(_ name: String, _ function: FunctionReference) {
        self.name = name
        unsafe machine = function.machine
        // Copies, which share no storage with the module's.
        parameters = function.type.parameters.map { $0 }
        results = function.type.results.map { $0 }
        isNarrow = function.type.parameters.contains { $0 != $0.widest }
        kinds = ValueKinds(function.type)
        slots = function.type.callSlots
    }

    deinit { kinds.deallocate() }

    /// Refuses references of the right kind that are not of their parameters' types.
    func checkNarrow(_ frame: UnsafeMutablePointer<MachineSlot>) throws(EmbedderError) {
        for (index, parameter) in parameters.enumerated() where parameter != parameter.widest {
            let argument = unsafe Value(frame + Int(kinds.parameter(index).slot), type: parameter)
            guard argument.isOf(parameter) else {
                throw EmbedderError(narrowArgument: index, argument, parameter, of: name)
            }
        }
    }

    var type: FunctionType { FunctionType(parameters: parameters, results: results) }
}

extension AttachedThread.Inner {
    /// An exported function.
    func function(named name: String) throws(EmbedderError) -> ThreadFunction {
        let exact = ExactName(name)
        if let last, ExactName(last.name) == exact { return last }
        if let known = byName[exact] { return remember(known) }
        let function = ThreadFunction(name, try instance.exportedFunction(name))
        byName[exact] = function
        return remember(function)
    }

    /// The function that a funcref stands for.
    func function(at address: UInt) throws(EmbedderError) -> ThreadFunction {
        if let last, unsafe UInt(bitPattern: last.machine) == address { return last }
        if let known = byAddress[address] { return remember(known) }
        guard let index = instance.functionIndex(of: address) else {
            throw EmbedderError(.misuse, "The function is none of the thread's: each thread has its own.")
        }
        let name = instance.module.functionName(index) ?? "number \(index)"
        return remember(ThreadFunction(name, instance.function(index)))
    }

    private func remember(_ function: ThreadFunction) -> ThreadFunction {
        unsafe byAddress[UInt(bitPattern: function.machine)] = function
        last = function
        return function
    }
}

extension AttachedThread {
    /// The funcref of an exported function of this thread's instance.
    func address(ofExport name: String) throws(EmbedderError) -> UInt {
        let inner = try enter()
        defer { leave() }
        return unsafe UInt(bitPattern: try inner.function(named: name).machine)
    }

    /// A C function that calls an exported function of this thread's instance.
    func native(named name: String) throws(EmbedderError) -> UnsafeRawPointer {
        let inner = try enter()
        defer { leave() }
        if let known = natives[ExactName(name)] { return unsafe known.function }
        let made = try ThreadPointer(try inner.function(named: name), of: self)
        natives[ExactName(name)] = made
        return unsafe made.function
    }

    /// Calls the function that `find` gives: `put` stores its arguments in the slots, or says why not, and
    /// `take` finds the results there. From a host function that this thread has called, too.
    @inline(__always)
    func call(
        _ find: (Inner) throws(EmbedderError) -> ThreadFunction,
        put: (ThreadFunction, Instance, UnsafeMutablePointer<MachineSlot>) throws(EmbedderError) -> Void,
        take: (ThreadFunction, UnsafeMutablePointer<MachineSlot>) -> Void
    ) throws(EmbedderError) {
        let inner = try enter()
        defer { leave() }
        // An interrupt may be a pause, which the call will wait for.
        if thread.isInterrupted, thread.group.isEnding { throw notAttached }
        let function = try find(inner)
        unsafe try run(function.machine, slots: function.slots, of: inner) {
            instance, frame throws(EmbedderError) in
            unsafe try put(function, instance, frame)
        } take: { frame in
            unsafe take(function, frame)
        }
    }

    /// The same for a function of this thread's that its caller holds.
    @inline(__always)
    func call(
        _ function: UnsafePointer<MachineFunction>, slots: Int,
        put: (Instance, UnsafeMutablePointer<MachineSlot>) throws(EmbedderError) -> Void,
        take: (UnsafeMutablePointer<MachineSlot>) -> Void
    ) throws(EmbedderError) {
        let inner = try enter()
        defer { leave() }
        if thread.isInterrupted, thread.group.isEnding { throw notAttached }
        unsafe try run(function, slots: slots, of: inner, put: put, take: take)
    }

    @inline(__always)
    private func run(
        _ function: UnsafePointer<MachineFunction>, slots: Int, of inner: Inner,
        put: (Instance, UnsafeMutablePointer<MachineSlot>) throws(EmbedderError) -> Void,
        take: (UnsafeMutablePointer<MachineSlot>) -> Void
    ) throws(EmbedderError) {
        let frame: UnsafeMutablePointer<MachineSlot>
        do throws(Trap) {
            unsafe frame = try thread.frame(slots: slots)
        } catch {
            throw report(error)
        }
        unsafe try put(inner.instance, frame)
        do throws(Trap) {
            unsafe try thread.run(function, in: frame, slots: slots, of: inner.instance)
        } catch {
            throw report(error)
        }
        unsafe take(frame)
    }

    /// Ends the process where a trap does, and gives what the embedder is told.
    private func report(_ trap: Trap) -> EmbedderError {
        let group = thread.group
        exit = ThreadEvent.Exit(trap.reason)
        if trap.reason != .interrupted, trap.reason != .exited { group.end(.trapped(trap, tid: id)) }
        guard let outcome = group.outcome else {
            preconditionFailure("guest code is left early only at an end")
        }
        return EmbedderError(outcome)
    }
}

// MARK: Attach and detach

extension Process {
    /// Makes the calling host thread a thread of the process.
    package func attach() throws(EmbedderError) -> AttachedThread {
        guard !group.includesCurrentThread else {
            throw EmbedderError(.misuse, "A thread that is inside the process cannot attach to it.")
        }
        guard isReadyForThreads else {
            throw EmbedderError(.misuse, "The module exports _initialize: initialize the process first.")
        }
        let thread: GuestThread
        do { thread = try group.attach() } catch { throw embedderError(error) }
        do {
            let made = AttachedThread(thread, try ready(thread), of: self)
            HostThreadEnd.current.add(made)
            attached.withLock { $0[thread.id] = made }
            group.announce(thread)
            thread.releaseToHost()
            if !thread.gate.leave() {
                group.detach(thread, exit: .ended)
                thread.gate.forsake()
            }
            return made
        } catch {
            if case .trapped(let trap) = error, trap.reason != .interrupted, trap.reason != .exited {
                group.end(.trapped(trap, tid: thread.id))
            }
            group.detach(thread, exit: nil)
            switch error {
            case .refused(let refusal): throw refusal
            case .trapped: throw EmbedderError(ending)
            }
        }
    }

    /// An instance for the thread, ready to be called.
    private func ready(_ thread: GuestThread) throws(AttachFailure) -> AttachedThread.Inner {
        let instance: Instance
        do {
            instance = try Instance(threadOf: main, limits: storeLimits)
        } catch {
            throw .refused(EmbedderError(error))
        }
        do throws(Trap) {
            try instance.initialize()
            try thread.start(instance)
        } catch {
            throw .trapped(error)
        }
        let stack = try guestStacks.allocate(on: thread, instance, of: self)
        return AttachedThread.Inner(group, instance, stack)
    }
}

extension AttachedThread {
    /// Ends what `attach` began: frees the stack in the guest, the instance and the TID. On the host thread
    /// that attached; when the process was deleted, on any. The thread is detached even where the guest's
    /// `free` traps, which is the error then.
    package func detach() throws(EmbedderError) {
        guard isOwned || isAbandoned else { throw wrongThread }
        guard !isInside else { throw isInsideCall }
        guard let process else { return }
        guard !process.group.includesCurrentThread else {
            throw EmbedderError(.misuse, "A thread that is inside the process cannot be detached from it.")
        }
        var failure: EmbedderError?
        if thread.gate.enter() {
            guard isOwned || isAbandoned else {
                leaveGate()
                throw wrongThread
            }
            // Guest code may call host functions, and those call or detach this thread.
            insider.store(HostThread.number, ordering: .relaxed)
            thread.acquireFromHost()
            depth = 1
            defer {
                depth = 0
                insider.store(0, ordering: .relaxed)
            }
            if let inner, let stack = inner.stack, !inner.group.isEnding {
                do {
                    try process.guestStacks.free(stack, on: thread, inner.instance)
                } catch {
                    failure = report(error)
                }
            }
            thread.group.detach(thread, exit: exit ?? (thread.group.isEnding ? .ended : .returned))
        } else if !thread.gate.isForsaken, !isAbandoned {
            throw isInsideCall
        }
        _ = process.attached.withLock { $0.removeValue(forKey: id) }
        let taken = link.withLock { link in
            defer { inner = nil }
            link = .detached
            return inner
        }
        observe(nil)
        withExtendedLifetime(taken) {}
        if let failure { throw failure }
    }

    private var isAbandoned: Bool {
        link.withLock { if case .over = $0 { true } else { false } }
    }

    /// The process, where there is one still.
    private var process: Process? {
        link.withLock { if case .process(let process) = $0 { process } else { nil } }
    }
}

extension AttachedThread: HostThreadObserver {
    /// The host thread was unwound from inside a call, by pthread_exit or a cancellation in a function of the host:
    /// what it did in the guest is half done, so the process ends, and nobody waits for the call.
    package func hostThreadEnds() {
        guard isInside else { return }
        thread.group.end(.ended("The host thread of thread \(id) ended inside a call."))
        exit = .ended
        depth = 0
        insider.store(0, ordering: .relaxed)
        leaveGate()
    }
}

// A C function pointer that leads to a function of a guest, which a host function was given.
//
// Always true: the code that the pointer leads to is never freed, so that a call at any time, on any thread, is an
// error at the worst. What a callback is bound to is used by its owner only: the host thread of the instance whose
// function it is, between the beginning and the end of a call that has it; everybody else looks at `state`.

import CFFI
import CMachine
import Platform
import Synchronization
import WasmModule
import WasmRuntime

package final class Callback: @unchecked Sendable {
    // SENDABLE: what is not constant is atomic, inside of `state`, or used by the owner only, as said above.

    /// What it leads to.
    struct Target {
        let plan: CallbackPlan
        let shape: CallbackPlan.Shape
        let machine: UnsafePointer<MachineFunction>
        /// SAFETY: the registry goes with its instance, and ends its callbacks first.
        let instance: Unmanaged<Instance>
        let registry: Unmanaged<InstanceCallbacks>
    }

    /// Where its function runs, for calls from outside of those that were given it.
    package struct Home: Sendable {
        /// By which the embedder finds its process.
        package let process: UInt
        /// The TID; 0 for the main instance.
        package let thread: UInt32
        /// The `HostThread.number` of its thread.
        package fileprivate(set) var owner: UInt64

        init(process: UInt, thread: UInt32) {
            self.process = process
            self.thread = thread
            owner = HostThread.number
        }
    }

    private struct State {
        var home: Home?
        var outside: CallFromOutside?
        var keeps = 0
        /// Of a call that had no way to return it.
        var error: (any Error)?
    }

    /// Calls a function that is at home there from outside of the calls that were given it; throws what an embedder
    /// is told.
    package typealias CallFromOutside =
        @Sendable (
            _ home: Home, _ instance: Instance, _ function: UnsafePointer<MachineFunction>, _ slots: Int,
            _ put: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?,
            _ take: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?
        ) throws -> Void

    /// The function that C calls.
    let function: UnsafeRawPointer
    private let closure: UnsafeMutablePointer<ffi_closure>
    private let owner = Atomic<UInt64>(0)
    private let hasError = Atomic<Bool>(false)
    private let state = Mutex(State())
    private var target: Target?
    /// How many calls under way have it, and where the innermost of them runs.
    private var calls = 0
    private var context: UnsafeMutablePointer<MachineContext>?

    // MARK: All of them

    private struct All {
        var byFunction: [UInt: Callback] = [:]
        /// Those that are bound to nothing, the oldest first.
        var free: [Callback] = []
    }

    private static let all = Mutex(All())
    /// So many rest before the oldest leads to another function: a pointer that is used too late is told so.
    private static let resting = 1024

    /// Any callback, by its function pointer.
    package static func find(_ function: UnsafeRawPointer) -> Callback? {
        all.withLock { $0.byFunction[UInt(bitPattern: function)] }
    }

    /// One that leads to nothing yet; nil where the host has no memory for code.
    private static func unbound() -> Callback? {
        let rested = all.withLock { all -> Callback? in
            all.free.count > resting ? all.free.removeFirst() : nil
        }
        if let rested { return rested }
        var code: UnsafeMutableRawPointer?
        guard let closure = ffi_closure_alloc(MemoryLayout<ffi_closure>.size, &code), let code else { return nil }
        let made = Callback(code, closure.assumingMemoryBound(to: ffi_closure.self))
        all.withLock { $0.byFunction[UInt(bitPattern: code)] = made }
        return made
    }

    private init(_ function: UnsafeRawPointer, _ closure: UnsafeMutablePointer<ffi_closure>) {
        self.function = function
        self.closure = closure
    }

    /// A callback that leads to `target`, for the calling thread.
    static func bind(_ target: Target, home: Home, outside: @escaping CallFromOutside) -> Callback? {
        guard let callback = unbound() else { return nil }
        // SAFETY: `all` keeps it for ever.
        let object = Unmanaged.passUnretained(callback).toOpaque()
        let status = ffi_prep_closure_loc(
            callback.closure, target.plan.signature.cif,
            { _, result, arguments, callback in
                Unmanaged<Callback>.fromOpaque(callback.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                    $0.take(arguments, result)
                }
            }, object, UnsafeMutableRawPointer(mutating: callback.function))
        guard status == FFI_OK else { return nil }
        callback.target = target
        callback.state.withLock { state in
            state.home = home
            state.outside = outside
        }
        callback.owner.store(home.owner, ordering: .releasing)
        return callback
    }

    /// Leads to nothing from now on. Its instance goes, so no call is under way.
    func end() {
        owner.store(0, ordering: .relaxed)
        state.withLock { state in
            state.home = nil
            state.outside = nil
            state.keeps = 0
        }
        Self.all.withLock { $0.free.append(self) }
    }

    // MARK: Calls that have it

    /// A call begins that has it, on the thread that runs its instance now.
    func begin(_ context: UnsafeMutablePointer<MachineContext>) {
        let number = HostThread.number
        if owner.load(ordering: .relaxed) != number {
            owner.store(number, ordering: .relaxed)
            state.withLock { $0.home?.owner = number }
        }
        calls += 1
        self.context = context
    }

    /// Such a call ends. Returns an error that another thread met meanwhile.
    func endCall() -> HostFailure? {
        calls -= 1
        guard hasError.load(ordering: .relaxed) else { return nil }
        return state.withLock { state in
            // Of one that is kept, the embedder asks.
            guard state.keeps == 0 else { return nil }
            defer { state.error = nil }
            hasError.store(false, ordering: .relaxed)
            return state.error.map { HostFailure("\($0)") }
        }
    }

    // MARK: Called by C

    private func take(
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ result: UnsafeMutableRawPointer?
    ) {
        guard owner.load(ordering: .relaxed) == HostThread.number, calls > 0 else {
            return takeOutside(arguments, result)
        }
        let target = target.unsafelyUnwrapped
        let registry = target.registry
        registry._withUnsafeGuaranteedRef { registry in
            var bits: UInt64 = 0
            if registry.failure == nil {
                registry.failure = GuestThread.withCurrent(context.unsafelyUnwrapped) { thread in
                    run(target, on: thread.unsafelyUnwrapped, arguments, &bits)
                }
            }
            target.shape.result.store(bits, at: result)
        }
    }

    /// Runs the function inside of the call that has it. Returns what is to be thrown when that ends.
    @inline(__always)
    private func run(
        _ target: Target, on thread: GuestThread,
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ bits: inout UInt64
    ) -> HostFailure? {
        // An interrupt may be a pause, which the call will wait for.
        if thread.isInterrupted, thread.group.isEnding { return nil }
        do throws(Trap) {
            let frame = try thread.frame(slots: target.shape.slots)
            if let failure = target.put(arguments, frame) { return failure }
            let trap = target.instance._withUnsafeGuaranteedRef { instance -> Trap? in
                do throws(Trap) {
                    try thread.run(target.machine, in: frame, slots: target.shape.slots, of: instance)
                    return nil
                } catch {
                    return error
                }
            }
            if let trap { throw trap }
            return target.take(frame, &bits)
        } catch {
            return failure(of: error, on: thread)
        }
    }

    /// A trap ends the process, as any; an exception is thrown on when the host function returns.
    @inline(never)
    private func failure(of trap: Trap, on thread: GuestThread) -> HostFailure? {
        switch trap.reason {
        case .interrupted, .exited: return nil
        case .uncaughtException: return HostFailure("\(trap)", exception: trap.exception)
        default:
            thread.group.end(.trapped(trap, tid: thread.id))
            return nil
        }
    }

    @inline(never)
    private func takeOutside(
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ result: UnsafeMutableRawPointer?
    ) {
        var bits: UInt64 = 0
        let (home, outside, isKept) = state.withLock { ($0.home, $0.outside, $0.keeps > 0) }
        do {
            guard let home, let outside else {
                throw CallbackMisuse("The function pointer leads to nothing: the thread of its guest is gone.")
            }
            guard isKept else {
                let isOwner = home.owner == HostThread.number
                throw isOwner ? CallbackMisuse.tooLate : CallbackMisuse.wrongThread
            }
            // SAFETY: it is kept, and the embedder does not delete the process while it calls.
            let target = target.unsafelyUnwrapped
            let instance = target.instance.takeUnretainedValue()
            try outside(home, instance, target.machine, target.shape.slots) { frame in
                target.put(arguments, frame)
            } _: { frame in
                target.take(frame, &bits)
            }
        } catch {
            state.withLock { $0.error = error }
            hasError.store(true, ordering: .relaxed)
        }
        // What it was bound to last says which result C waits for.
        target?.shape.result.store(bits, at: result)
    }
}

/// What is wrong with the use of a callback.
package struct CallbackMisuse: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    static let tooLate = CallbackMisuse(
        """
        The function pointer was called after the call that it was given to. Keep it meanwhile, with \
        wasi_threads_callback_keep, and release it when nobody calls it any more.
        """)
    static let wrongThread = CallbackMisuse(
        """
        The function pointer was called on another host thread than that of the guest that gave it. Call it on the \
        thread that the host function was called on.
        """)
}

extension Callback {
    /// What the embedder does with it, from any thread but where said otherwise.

    /// Lets it be called after the call that has it, which is under way on the calling thread.
    package func keep() throws(CallbackMisuse) {
        let isOwner = owner.load(ordering: .relaxed) == HostThread.number
        let failure = state.withLock { state -> CallbackMisuse? in
            guard state.keeps > 0 || (isOwner && calls > 0) else {
                return isOwner ? CallbackMisuse.tooLate : CallbackMisuse.wrongThread
            }
            if state.keeps == 0 { state.error = nil }
            state.keeps += 1
            return nil
        }
        if let failure { throw failure }
    }

    package func release() throws(CallbackMisuse) {
        let failure = state.withLock { state -> CallbackMisuse? in
            guard state.keeps > 0 else {
                return CallbackMisuse("The function pointer is not kept, or its guest is gone.")
            }
            state.keeps -= 1
            return nil
        }
        if let failure { throw failure }
    }

    /// The last error of a call that had no way to return it, which is forgotten.
    package func takeError() -> (any Error)? {
        state.withLock { state in
            defer { state.error = nil }
            hasError.store(false, ordering: .relaxed)
            return state.error
        }
    }
}

// MARK: Values

extension Callback.Target {
    /// Where the memory of the guest begins, and how long it is.
    @inline(__always)
    private var memory: (base: UInt, length: UInt64) {
        let machine = instance._withUnsafeGuaranteedRef { $0.machine.pointee.memory0.unsafelyUnwrapped }
        return (UInt(bitPattern: machine.pointee.base), machine.length)
    }

    /// Stores what C gives in a frame.
    @inline(__always)
    fileprivate func put(
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ frame: UnsafeMutablePointer<MachineSlot>
    ) -> HostFailure? {
        for index in shape.parameters.indices {
            let value = shape.parameters[index]
            let bits = UnsafeRawPointer(arguments.unsafelyUnwrapped[index].unsafelyUnwrapped).bits(size: value.hostSize)
            switch value {
            case .none, .reference: frame[index] = bits
            case .scalar(let scalar):
                guard let slot = scalar.slot(bits) else { return tooLarge(index, bits) }
                frame[index] = slot
            case .address:
                guard let address = address(bits) else { return outside(index, bits) }
                frame[index] = address
            }
        }
        return nil
    }

    /// Takes what the guest gives from a frame.
    @inline(__always)
    fileprivate func take(_ frame: UnsafeMutablePointer<MachineSlot>, _ bits: inout UInt64) -> HostFailure? {
        switch shape.result {
        case .none: break
        case .scalar(let scalar): bits = scalar.hostBits(frame[0])
        case .reference: bits = frame[0]
        case .address:
            let address = UInt64(UInt32(truncatingIfNeeded: frame[0]))
            let memory = memory
            guard address <= memory.length else {
                let place = "the address \(address), which is not in its memory of \(counted(memory.length, "byte"))"
                return HostFailure("The guest's function returned \(place).")
            }
            bits = address == 0 ? 0 : UInt64(memory.base) + address
        }
        return nil
    }

    /// The address that a pointer is for the guest: 0 for NULL; nil where it does not point into its memory.
    @inline(__always)
    private func address(_ bits: UInt64) -> UInt64? {
        guard bits != 0 else { return 0 }
        let distance = bits &- UInt64(memory.base)
        return distance <= UInt64(UInt32.max) ? distance : nil
    }

    @inline(never)
    private func tooLarge(_ index: Int, _ bits: UInt64) -> HostFailure {
        let value = "\(Int64(bitPattern: bits)) (0x\(String(bits, radix: 16)))"
        let reason = "which does not fit into the 32 bits that a guest has for it"
        return HostFailure("The argument \(index + 1) of a guest's function is \(value), \(reason).")
    }

    @inline(never)
    private func outside(_ index: Int, _ bits: UInt64) -> HostFailure {
        let reason = "is a pointer of the host's, which is not into the guest's memory"
        let advice = "Declare it as wasi_threads_externref_t where the guest only hands it on."
        return HostFailure("The argument \(index + 1) of a guest's function \(reason). \(advice)")
    }
}

extension CallbackPlan.Value {
    /// Gives C the result as libffi wants it: integers fill a register.
    @inline(__always)
    fileprivate func store(_ bits: UInt64, at place: UnsafeMutableRawPointer?) {
        switch self {
        case .none: break
        case .scalar(.float): place?.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
        default: place?.storeBytes(of: bits, as: UInt64.self)
        }
    }
}

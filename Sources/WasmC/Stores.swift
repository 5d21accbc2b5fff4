// wasm_config_*, wasm_engine_* and wasm_store_*.
//
// Configuration and engine are the classes of the other C ABI; a store is of this one only.

import CMachine
import CWasmAPI
import Platform
import Synchronization
import WasiThreads
import WasmRuntime

/// Where the objects of one embedding live.
///
/// Always true: a slot of a global, a table or a frame that guest code of the store can reach holds null, or
/// a function or an object that lives until the store ends. For what crosses from the host, `keep` sees to
/// it; for functions of instances that hand them on, `keep(instance)`. After the end, no guest code runs and
/// no such slot is read.
final class Store: @unchecked Sendable {
    // SENDABLE: the embedder uses a store on one thread at a time; `caller` tells where calls do not.
    let engine: Engine
    let limits: StoreLimits
    /// The stack of all calls into it.
    private let stack: CallStack
    /// The host thread that is inside a call; 0 for none.
    private let caller = Atomic<UInt>(0)
    private(set) var hasEnded = false
    /// What a host function returned that is on its way to the outermost call.
    var passingTrap: TrapReference?
    /// Externrefs, by what they refer to.
    private var references: [UInt: Reference] = [:]
    /// Instances and host functions whose functions a guest may hold.
    private var owners: [ObjectIdentifier: AnyObject] = [:]

    init(_ engine: Engine) throws(SystemError) {
        self.engine = engine
        limits = engine.limits.store
        stack = try CallStack(engine.limits.thread, engine.stacks)
    }

    var context: UnsafeMutablePointer<MachineContext> { stack.context }

    /// Keeps what a slot refers to.
    func keep(_ owner: AnyObject) { owners[ObjectIdentifier(owner)] = owner }

    /// Keeps an externref. Returns the one that stands for its object from now on.
    func keep(_ reference: Reference) -> Reference {
        let identity = reference.identity &* 16 | UInt(reference.kind)
        if let kept = references[identity] { return kept }
        references[identity] = reference
        return reference
    }

    func end() {
        hasEnded = true
        if context.pointee.depth == 0 { forget() }
    }

    private func forget() {
        // What goes may have finalizers that look at the store.
        let gone = (references, owners, passingTrap)
        references = [:]
        owners = [:]
        passingTrap = nil
        withExtendedLifetime(gone) {}
    }

    /// Why the calling thread may not run guest code; nil where it has begun a call, which `leave` ends.
    @inline(__always)
    func enter() -> StaticString? {
        if hasEnded { return "The store of the call was deleted." }
        let thread = UInt(HostThread.current)
        let (isFirst, other) = caller.compareExchange(
            expected: 0, desired: thread, ordering: .acquiring)
        return isFirst || other == thread ? nil : "The store of the call is in use on another thread."
    }

    @inline(__always)
    func leave() {
        guard context.pointee.depth == 0 else { return }
        caller.store(0, ordering: .releasing)
        if hasEnded { forget() }
    }
}

// MARK: Configuration and engine

/// What an engine is to be made with.
private final class Configuration {
    let limits = EngineLimits()
}

@c @implementation
public func wasm_config_new() -> OpaquePointer? { owned(Configuration()) }

@c @implementation
public func wasm_config_delete(_ config: OpaquePointer?) { release(config) }

@c @implementation
public func wasm_engine_new() -> OpaquePointer? { owned(Engine()) }

@c @implementation
public func wasm_engine_new_with_config(_ config: OpaquePointer?) -> OpaquePointer? {
    defer { release(config) }
    return owned(Engine(limits: object(config, as: Configuration.self)?.limits ?? EngineLimits()))
}

@c @implementation
public func wasm_engine_delete(_ engine: OpaquePointer?) { release(engine) }

// MARK: Store

@c @implementation
public func wasm_store_new(_ engine: OpaquePointer?) -> OpaquePointer? {
    guard let engine = object(engine, as: Engine.self) else { return nil }
    return (try? Store(engine)).map(owned)
}

@c @implementation
public func wasm_store_delete(_ store: OpaquePointer?) {
    object(store, as: Store.self)?.end()
    release(store)
}

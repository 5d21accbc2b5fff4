// wasm_func_*: functions of guests and of the host, and calls of both.

import CMachine
import CWasmAPI
import CWasmFamilies
import Platform
import WasmModule
import WasmRuntime

final class FuncReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_FUNC)

    let function: FunctionReference
    /// What runs it; nil for a function of the host.
    private let tier: (any PortableTier)?
    /// Of the parameters, and then of the results.
    private let places: UnsafeMutablePointer<ValueSlot>
    private let parameterCount: Int
    private let resultCount: Int
    private let slots: Int
    /// Whether a parameter takes fewer references than its kind says.
    private let isNarrow: Bool

    init(_ function: FunctionReference, _ store: Store) {
        self.function = function
        tier = if case .instance(let instance) = function.owner { instance.code.portable } else { nil }
        // No call has this number of arguments.
        parameterCount = function.type.hasVectors ? -1 : function.type.parameters.count
        resultCount = function.type.results.count
        slots = function.type.callSlots
        isNarrow = function.type.parameters.contains(where: \.isNarrow)
        places = function.type.places()
        super.init(Self.kind, store)
    }

    deinit { places.deallocate() }

    override var identity: UInt { UInt(bitPattern: function.machine) }
    override var holder: any HostInfoHolder {
        switch function.owner {
        case .instance(let instance): instance
        case .host(let host): host
        }
    }
}

/// The kind of a value, and its first slot in the frame of a call.
struct ValueSlot {
    let kind: wasm_valkind_t
    let slot: UInt32
}

extension FunctionType {
    var hasVectors: Bool { parameters.contains(.v128) || results.contains(.v128) }

    /// A new array for its parameters and then its results. Not Swift's, which would be retained at each call.
    func places() -> UnsafeMutablePointer<ValueSlot> {
        let made = [parameters, results].flatMap { types in
            let layout = SlotLayout(types)
            return types.enumerated().map { ValueSlot(kind: $1.kind, slot: UInt32(layout[$0])) }
        }
        let places = UnsafeMutablePointer<ValueSlot>.allocate(capacity: max(made.count, 1))
        for (index, place) in made.enumerated() { (places + index).initialize(to: place) }
        return places
    }
}

// MARK: Calls

extension FuncReference {
    /// Calls it with arguments and results of C. Returns the trap that C owns.
    fileprivate func call(
        _ arguments: UnsafePointer<wasm_val_vec_t>?, _ results: UnsafeMutablePointer<wasm_val_vec_t>?
    ) -> OpaquePointer? {
        // SAFETY: this object holds the store, and the caller holds this object.
        Unmanaged.passUnretained(store.unsafelyUnwrapped)._withUnsafeGuaranteedRef { store in
            if let refusal = store.enter() { return TrapReference(store, "\(refusal)").owned }
            defer { store.leave() }
            return call(arguments, results, in: store)
        }
    }

    @inline(__always)
    private func call(
        _ arguments: UnsafePointer<wasm_val_vec_t>?, _ results: UnsafeMutablePointer<wasm_val_vec_t>?,
        in store: Store
    ) -> OpaquePointer? {
        let context = store.context
        guard let frame = context.frame(of: slots) else {
            return TrapReference(store, TrapReason.callStackExhausted.description).owned
        }
        guard parameterCount == arguments?.pointee.count ?? 0 else { return mismatch(arguments) }
        for index in 0..<parameterCount {
            let value = arguments.unsafelyUnwrapped.pointee.data[index]
            guard let slot = value.slot(as: places[index].kind, in: store) else { return mismatch(arguments) }
            frame[Int(places[index].slot)] = slot
        }
        guard !isNarrow || isAccepted(frame) else { return mismatch(arguments) }
        let raw = context.enter(function.machine, frame, slots: slots, entry: tier?.entry, caller: nil)
        if raw != 0 { return store.trap(raw, tier).owned }
        // Looked at after the call: whoever only waits for a trap gives no room.
        guard resultCount <= results?.pointee.count ?? 0 else { return noRoom(results) }
        // The values that they replace need not be initialized, so they have nothing to delete.
        for index in 0..<resultCount {
            let place = places[parameterCount + index]
            let value = wasm_val_t(frame[Int(place.slot)], place.kind, in: store)
            results.unsafelyUnwrapped.pointee.data[index] = value
        }
        return nil
    }

    /// Calls it where it takes and gives nothing.
    func callStart() -> OpaquePointer? { call(nil, nil) }

    /// Whether the arguments are of types that stand for less than their kinds.
    @inline(never)
    private func isAccepted(_ frame: UnsafeMutablePointer<MachineSlot>) -> Bool {
        function.type.parameters.enumerated().allSatisfy { index, type in
            frame[Int(places[index].slot)].narrowed(to: type) != nil
        }
    }

    /// The trap for a call whose arguments are not those of the type.
    @inline(never)
    private func mismatch(_ arguments: UnsafePointer<wasm_val_vec_t>?) -> OpaquePointer {
        let given = (0..<(arguments?.pointee.count ?? 0)).map { index in
            let kind = arguments.unsafelyUnwrapped.pointee.data[index].kind
            return ValueType(kind: kind)?.description ?? "the unknown kind \(kind)"
        }
        let words = given.joined(separator: " ")
        let call = "The function is func \(function.type); it was called with (\(words))"
        guard !function.type.hasVectors else {
            return TrapReference(store, call + ", but wasm.h has no values of the type v128.").owned
        }
        let hint = ", or with a reference that is no function of the type that is needed, or of another store."
        return TrapReference(store, call + hint).owned
    }

    /// The trap for a call that has returned, and whose results have nowhere to go.
    @inline(never)
    private func noRoom(_ results: UnsafeMutablePointer<wasm_val_vec_t>?) -> OpaquePointer {
        let room = results?.pointee.count ?? 0
        let call = "The function is func \(function.type); it was called with room for \(counted(room, "result"))"
        return TrapReference(store, call + ", and has returned.").owned
    }
}

extension wasm_val_vec_t {
    /// How many values there are; 0 where the vector says so or has nowhere to hold them.
    @inline(__always)
    fileprivate var count: Int { data == nil ? 0 : size }
}

@c @implementation
public func wasm_func_call(
    _ function: OpaquePointer?, _ arguments: UnsafePointer<wasm_val_vec_t>?,
    _ results: UnsafeMutablePointer<wasm_val_vec_t>?
) -> OpaquePointer? {
    guard let function = reference(function, as: FuncReference.self) else {
        return TrapReference(nil, "What was called is NULL or no function.").owned
    }
    // It lives until it returns, whatever a host function deletes meanwhile.
    let held = Unmanaged.passRetained(function)
    defer { held.release() }
    return held._withUnsafeGuaranteedRef { $0.call(arguments, results) }
}

// MARK: Types

@c @implementation
public func wasm_func_type(_ function: OpaquePointer?) -> OpaquePointer? {
    reference(function, as: FuncReference.self).map { owned(FunctionTypeObject($0.function.type)) }
}

@c @implementation
public func wasm_func_param_arity(_ function: OpaquePointer?) -> Int {
    reference(function, as: FuncReference.self)?.function.type.parameters.count ?? 0
}

@c @implementation
public func wasm_func_result_arity(_ function: OpaquePointer?) -> Int {
    reference(function, as: FuncReference.self)?.function.type.results.count ?? 0
}

// MARK: Functions of the host

/// The reference to a new function, or nil, with the finalizer called, where an argument is NULL.
private func newFunction(
    _ store: OpaquePointer?, _ type: OpaquePointer?, _ callback: HostCall.Callback?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: Finalizer?
) -> OpaquePointer? {
    guard let store = object(store, as: Store.self), let type = FunctionTypeObject.at(function: type),
        let callback, !type.functionType.hasVectors
    else {
        finalizer?(environment)
        return nil
    }
    let function = HostCall.function(store, type.functionType, callback, environment, finalizer)
    return FuncReference(function, store).owned
}

@c @implementation
public func wasm_func_new(
    _ store: OpaquePointer?, _ type: OpaquePointer?, _ callback: wasm_func_callback_t?
) -> OpaquePointer? {
    newFunction(store, type, callback.map { .plain($0) }, nil, nil)
}

@c @implementation
public func wasm_func_new_with_env(
    _ store: OpaquePointer?, _ type: OpaquePointer?, _ callback: wasm_func_callback_with_env_t?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: Finalizer?
) -> OpaquePointer? {
    newFunction(store, type, callback.map { .withEnvironment($0) }, environment, finalizer)
}

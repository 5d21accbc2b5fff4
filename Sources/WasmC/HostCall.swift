// A C function of wasm.h that guests can call.
//
// Always true: the environment is the C function's until this object goes, which is when no reference and no
// guest has the function any more.

import CMachine
import CWasmAPI
import WasmModule
import WasmRuntime

final class HostCall: @unchecked Sendable {
    // SENDABLE: one thread at a time uses the store, and this with it.
    enum Callback {
        case plain(wasm_func_callback_t)
        case withEnvironment(wasm_func_callback_with_env_t)
    }

    // SAFETY: it runs only below a call, which holds the store.
    private unowned(unsafe) let store: Store
    private let type: FunctionType
    /// Of the parameters, and then of the results.
    private let places: UnsafeMutablePointer<ValueSlot>
    private let parameters: Int
    private let count: Int
    private let callback: Callback
    private let environment: UnsafeMutableRawPointer?
    private let finalizer: Finalizer?
    // SAFETY: it holds this object, and nobody else does for longer than a call.
    private unowned(unsafe) var hostFunction: HostFunction?

    private init(
        _ store: Store, _ type: FunctionType, _ callback: Callback,
        _ environment: UnsafeMutableRawPointer?, _ finalizer: Finalizer?
    ) {
        self.store = store
        self.type = type
        places = type.places()
        parameters = type.parameters.count
        count = parameters + type.results.count
        self.callback = callback
        self.environment = environment
        self.finalizer = finalizer
    }

    deinit {
        places.deallocate()
        finalizer?(environment)
    }

    /// The function of a host function's machine code.
    static func function(of code: UnsafePointer<MachineCode>) -> FunctionReference {
        // SAFETY: all host functions in a store are made by `function`.
        let call = Unmanaged<HostCall>.fromOpaque(code.pointee.hostContext.unsafelyUnwrapped)
        return call.takeUnretainedValue().hostFunction.unsafelyUnwrapped.reference
    }

    /// A new function of the host's.
    static func function(
        _ store: Store, _ type: FunctionType, _ callback: Callback,
        _ environment: UnsafeMutableRawPointer?, _ finalizer: Finalizer?
    ) -> FunctionReference {
        let call = HostCall(store, type, callback, environment, finalizer)
        let function = HostFunction(
            type: type,
            entry: { _, _, call, frame in
                // SAFETY: the instance or the reference that is called through holds it.
                Unmanaged<HostCall>.fromOpaque(call.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                    $0.run(frame.unsafelyUnwrapped)
                }
            }, context: call)
        call.hostFunction = function
        return function.reference
    }
}

extension HostCall {
    /// Takes the arguments from the frame, and puts the results there. Returns 0 or a raw `TrapReason`.
    private func run(_ frame: UnsafeMutablePointer<MachineSlot>) -> UInt32 {
        return withUnsafeTemporaryAllocation(of: wasm_val_t.self, capacity: max(count, 1)) { values in
            let first = values.baseAddress!
            for index in 0..<count {
                let place = places[index]
                let slot = index < parameters ? frame[Int(place.slot)] : 0
                (first + index).initialize(to: wasm_val_t(slot, place.kind, in: store))
            }
            var arguments = wasm_val_vec_t(size: parameters, data: first)
            var results = wasm_val_vec_t(size: count - parameters, data: first + parameters)
            let trap = callC(&arguments, &results)
            defer { for index in 0..<count where first[index].isReference { wasm_val_delete(first + index) } }
            if let trap = trap ?? take(first + parameters, results, frame) {
                store.passingTrap = trap
                return TrapReason.hostError.rawValue
            }
            return 0
        }
    }

    /// Calls the C function, and takes over the trap that it returns.
    private func callC(
        _ arguments: inout wasm_val_vec_t, _ results: inout wasm_val_vec_t
    ) -> TrapReference? {
        let trap =
            switch callback {
            case .plain(let function): function(&arguments, &results)
            case .withEnvironment(let function): function(environment, &arguments, &results)
            }
        guard trap != nil else { return nil }
        defer { release(trap) }
        return reference(trap, as: TrapReference.self)
            ?? TrapReference(store, "The host function returned a reference that is no trap.")
    }

    /// Puts the results into the frame. Returns a trap where they are not those of the type.
    private func take(
        _ values: UnsafeMutablePointer<wasm_val_t>, _ results: wasm_val_vec_t,
        _ frame: UnsafeMutablePointer<MachineSlot>
    ) -> TrapReference? {
        guard results.data == values else {
            let message = "The host function replaced its vector of results instead of writing into it."
            return TrapReference(store, message)
        }
        for index in 0..<(count - parameters) {
            let place = places[parameters + index]
            guard let slot = values[index].slot(as: place.kind, in: store) else {
                let message = "The host function of type func \(type) gave a result \(index) of another type."
                return TrapReference(store, message)
            }
            frame[Int(place.slot)] = slot
        }
        return nil
    }
}

extension HostFunction {
    var reference: FunctionReference {
        guard case .function(let function) = external else {
            preconditionFailure("a host function is a function to whoever imports it")
        }
        return function
    }
}

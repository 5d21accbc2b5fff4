// A C function that guests import, and what it sees of its caller.

import CMachine
import CWasiThreads
import NativeCalls
import WasmModule
import WasmRuntime

/// Always true: `environment` is the C function's from the definition until this object goes, which is
/// when the linker and all processes that use it are gone.
@safe
final class HostCallback: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser; the C side answers for what `environment` is.
    @unsafe
    enum Function {
        case plain(wasi_threads_host_function_t)
        case withCaller(wasi_threads_caller_function_t)
    }

    private let type: FunctionType
    private let kinds: ValueKinds
    private let function: Function
    private let environment: UnsafeMutableRawPointer?
    private let finalizer: wasi_threads_finalizer_t?

    init(
        _ type: FunctionType, _ function: Function, _ environment: UnsafeMutableRawPointer?,
        _ finalizer: wasi_threads_finalizer_t?
    ) {
        self.type = type
        kinds = ValueKinds(type)
        unsafe self.function = function
        unsafe self.environment = environment
        unsafe self.finalizer = finalizer
    }

    deinit {
        kinds.deallocate()
        unsafe finalizer?(environment)
    }

    /// The function that guests call.
    func hostFunction(_ engine: Engine) -> HostFunction {
        unsafe HostFunction(
            type: type,
            entry: { context, caller, callback, frame in
                // SAFETY: the calling instance holds its imports, and so this callback.
                unsafe Unmanaged<HostCallback>.fromOpaque(callback!)._withUnsafeGuaranteedRef {
                    unsafe $0.call(context!, caller!, frame!)
                }
            }, context: self)
    }

    /// Takes the arguments from the frame, and puts the results there. Returns 0 or a raw `TrapReason`.
    private func call(
        _ context: UnsafeMutablePointer<MachineContext>, _ instance: UnsafeMutablePointer<MachineInstance>,
        _ frame: UnsafeMutablePointer<MachineSlot>
    ) -> UInt32 {
        let kinds = kinds
        let count = max(kinds.parameterCount + kinds.resultCount, 1)
        return unsafe withUnsafeTemporaryAllocation(of: wasi_threads_value_t.self, capacity: count) {
            values in
            let arguments = values.baseAddress!
            let results = unsafe arguments + kinds.parameterCount
            for index in 0..<kinds.parameterCount {
                let value = unsafe wasi_threads_value_t(frame, kinds.parameter(index))
                unsafe (arguments + index).initialize(to: value)
            }
            for index in 0..<kinds.resultCount {
                unsafe (results + index).initialize(to: wasi_threads_value_t(0, kinds.result(index).kind))
            }
            unsafe context.releaseToHost()
            let failure = unsafe callC(arguments, results, context, instance)
            unsafe context.acquireFromHost()
            if let failure {
                return unsafe failure.raise(on: context)
            }
            for index in 0..<kinds.resultCount {
                // The kind is the definition's, whatever the function has made of it.
                unsafe results[index].store(in: frame, kinds.result(index))
            }
            return 0
        }
    }

    /// Calls the C function. Returns what its error says.
    private func callC(
        _ arguments: UnsafeMutablePointer<wasi_threads_value_t>,
        _ results: UnsafeMutablePointer<wasi_threads_value_t>,
        _ context: UnsafeMutablePointer<MachineContext>, _ instance: UnsafeMutablePointer<MachineInstance>
    ) -> HostFailure? {
        switch unsafe function {
        case .plain(let function):
            unsafe function(environment, arguments, results)
            return nil
        case .withCaller(let function):
            var caller = unsafe Caller(context: context, instance: instance, environment: environment)
            let error = unsafe withUnsafeMutablePointer(to: &caller) { caller in
                defer { unsafe caller.pointee.mark = 0 }
                return unsafe function(environment, OpaquePointer(caller), arguments, results)
            }
            let returned = unsafe error.map { unsafe takeFailure(of: $0) }
            return caller.failure ?? returned
        }
    }
}

/// What an error says that a host function gave away.
func takeFailure(of error: OpaquePointer) -> HostFailure {
    unsafe Handle.remove(error, as: ErrorObject.self).map { HostFailure($0.error) }
        ?? HostFailure("The host function returned a pointer that is no error of this library.")
}

extension HostFailure {
    init(_ error: EmbedderError) { self.init(error.message, exception: error.exception) }
}

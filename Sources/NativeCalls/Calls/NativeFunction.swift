// A C function that guests import.

import CMachine
import WasmModule
import WasmRuntime

package final class NativeFunction: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser; the C side answers for what it is called with.

    /// What is called, and what it is called with.
    package struct Target {
        package var function: UnsafeRawPointer
        package var environment: UnsafeMutableRawPointer?
        /// Is told that `environment` is no longer used.
        package var finalizer: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?

        package init(
            _ function: UnsafeRawPointer, environment: UnsafeMutableRawPointer?,
            finalizer: (@convention(c) (UnsafeMutableRawPointer?) -> Void)? = nil
        ) {
            self.function = function
            self.environment = environment
            self.finalizer = finalizer
        }
    }

    /// Takes an error that a C function returned, and gives its message.
    package typealias TakeError = @Sendable (OpaquePointer) -> HostFailure

    /// What the embedder above knows of errors and of processes.
    package struct Embedding: Sendable {
        let takeError: TakeError
        let callFromOutside: Callback.CallFromOutside

        package init(takeError: @escaping TakeError, callFromOutside: @escaping Callback.CallFromOutside) {
            self.takeError = takeError
            self.callFromOutside = callFromOutside
        }
    }

    private let prototype: NativePrototype
    private let name: String
    private let target: Target
    private let embedding: Embedding
    /// What calls read, and nothing else of this object.
    private let native: UnsafeMutablePointer<NativeCall>

    /// `name` is the import's, for messages.
    package init(_ prototype: NativePrototype, name: String, target: Target, _ embedding: Embedding) {
        self.prototype = prototype
        native = .allocate(capacity: 1)
        native.initialize(
            to: NativeCall(
                shape: prototype.plan.shape, function: target.function, environment: target.environment))
        self.name = name
        self.target = target
        self.embedding = embedding
    }

    deinit {
        native.deallocate()
        target.finalizer?(target.environment)
    }

    /// The function that guests call; it holds this object.
    package func hostFunction() -> HostFunction {
        HostFunction(
            type: prototype.type,
            entry: { context, caller, function, frame in
                // SAFETY: the calling instance holds its imports, and so this function.
                Unmanaged<NativeFunction>.fromOpaque(function.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                    $0.call(context.unsafelyUnwrapped, caller.unsafelyUnwrapped, frame.unsafelyUnwrapped)
                }
            }, context: self, declaration: prototype.text,
            function: native.pointee.shape.isPlain ? target.function : nil)
    }

    /// Returns 0 or a raw `TrapReason`.
    @inline(__always)
    private func call(
        _ context: UnsafeMutablePointer<MachineContext>, _ instance: UnsafeMutablePointer<MachineInstance>,
        _ frame: UnsafeMutablePointer<MachineSlot>
    ) -> UInt32 {
        context.releaseToHost()
        defer { context.acquireFromHost() }
        do throws(CallFailure) {
            guard native.pointee.shape.needsCaller else {
                try native.pointee.call(instance, frame, caller: nil, outside: nil)
                return 0
            }
            var caller = Caller(context: context, instance: instance, environment: target.environment)
            let thrown = withUnsafeMutablePointer(to: &caller) { caller -> CallFailure? in
                defer { caller.pointee.mark = 0 }
                do throws(CallFailure) {
                    try native.pointee.call(instance, frame, caller: caller, outside: embedding.callFromOutside)
                    if case .function = native.pointee.shape.result { try giveElement(frame, instance) }
                    return nil
                } catch {
                    return error
                }
            }
            if let said = caller.failure {
                // What it returned does not count, but is freed.
                if case .error(let error) = thrown?.reason { _ = embedding.takeError(error) }
                return trap(context, said)
            }
            guard let thrown else { return 0 }
            return trap(context, thrown)
        } catch {
            return trap(context, error)
        }
    }

    /// Makes an element of the guest's table of the C function that was returned: 0 for NULL.
    @inline(never)
    private func giveElement(
        _ frame: UnsafeMutablePointer<MachineSlot>, _ machine: UnsafeMutablePointer<MachineInstance>
    ) throws(CallFailure) {
        guard let function = UnsafeRawPointer(bitPattern: UInt(frame[0])) else { return }
        // SAFETY: the instance runs, so it lives.
        let instance = Unmanaged<Instance>.fromOpaque(machine.pointee.object).takeUnretainedValue()
        let returned = prototype.plan.returned!
        frame[0] = MachineSlot(
            try InstanceCallbacks.of(instance).element(for: function, returned, instance) {
                let plan = NativePrototype(returned, text: prototype.text)
                let target = Target(function, environment: target.environment)
                return NativeFunction(
                    plan, name: "the function that \(name) returned", target: target, embedding
                ).hostFunction()
            })
    }

    // MARK: Failures

    @inline(never)
    private func trap(_ context: UnsafeMutablePointer<MachineContext>, _ failure: CallFailure) -> UInt32 {
        if case .error(let error) = failure.reason { return trap(context, embedding.takeError(error)) }
        let step = failure.parameter.map { native.pointee.shape.steps[$0] }
        var size = step?.elementSize ?? 1
        var alignment = step?.alignment ?? 1
        if step == nil, case .structure(let ofResult, let itsAlignment, _, _) = native.pointee.shape.result {
            (size, alignment) = (ofResult, itsAlignment)
        }
        let words = failure.words(
            prototype.describe(parameter: failure.parameter), size: size, alignment: alignment)
        return trap(context, HostFailure("in the call of \(name), \(prototype.text): \(words)"))
    }

    @inline(never)
    private func trap(_ context: UnsafeMutablePointer<MachineContext>, _ failure: HostFailure) -> UInt32 {
        failure.raise(on: context)
    }
}

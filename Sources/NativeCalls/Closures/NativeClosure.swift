// A C function pointer that leads to a function with a context: made with a closure of libffi.
//
// Always true: the pointer can be called as long as the closure lives, on any thread.
// https://github.com/libffi/libffi/blob/master/doc/libffi.texi (The Closure API)

import CFFI
import CMachine
import WasmModule

/// The arguments of one call, in the order of the function's parameters.
package struct NativeArguments {
    fileprivate let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    fileprivate let sizes: UnsafePointer<UInt8>
    package let count: Int

    /// The bits of an argument, as a frame holds them.
    @inline(__always)
    fileprivate func slot(_ index: Int) -> MachineSlot {
        UnsafeRawPointer(pointers.unsafelyUnwrapped[index].unsafelyUnwrapped).bits(size: Int(sizes[index]))
    }

    /// Stores them in the slots of a frame: C has natural types only for those that take one.
    package func copy(to frame: UnsafeMutablePointer<MachineSlot>) {
        for index in 0..<count { frame[index] = slot(index) }
    }
}

package enum NativeClosureFailure: Error {
    /// C returns one value at most.
    case severalResults
    /// A type of value that C has no natural type for.
    case unsupportedType(ValueType)
    /// The host has no memory for code.
    case noMemory
}

package final class NativeClosure: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser.
    /// The function that C calls.
    package let function: UnsafeRawPointer
    private let closure: UnsafeMutableRawPointer
    private let signature: ForeignSignature
    private let sizes: UnsafeMutablePointer<UInt8>
    private let parameterCount: Int
    private let result: ValueType?
    private let entry: Entry
    private let context: UnsafeMutableRawPointer

    /// Runs one call with its context and a pointer to its `NativeArguments`, and gives the result, which
    /// counts for nothing where the function has none. A C function, since it is called without counting
    /// a reference.
    package typealias Entry =
        @convention(c) (_ context: UnsafeMutableRawPointer, _ arguments: UnsafeRawPointer) -> MachineSlot

    /// Makes a pointer to a function of the type's natural signature: int32_t, int64_t, float, double, and
    /// void * for references. Each call goes to `entry` with `context`.
    package init(
        _ type: FunctionType, context: UnsafeMutableRawPointer, entry: @escaping Entry
    ) throws(NativeClosureFailure) {
        guard type.results.count <= 1 else { throw .severalResults }
        var parameters: [ForeignType] = []
        for parameter in type.parameters { parameters.append(try Self.foreign(parameter)) }
        let result = if let first = type.results.first { try Self.foreign(first) } else { ForeignType.void }
        guard let signature = ForeignSignature(parameters, result: result) else { throw .noMemory }
        var code: UnsafeMutableRawPointer?
        guard let closure = ffi_closure_alloc(MemoryLayout<ffi_closure>.size, &code), let code else {
            throw .noMemory
        }
        self.signature = signature
        self.closure = closure
        function = UnsafeRawPointer(code)
        parameterCount = parameters.count
        self.result = type.results.first
        precondition(SlotLayout(type.parameters).isUniform, "an argument is stored by its index")
        sizes = .allocate(capacity: max(parameters.count, 1))
        for (index, parameter) in type.parameters.enumerated() {
            (sizes + index).initialize(to: parameter == .i32 || parameter == .f32 ? 4 : 8)
        }
        self.entry = entry
        self.context = context
        let status = ffi_prep_closure_loc(
            closure.assumingMemoryBound(to: ffi_closure.self), signature.cif,
            { _, result, arguments, closure in
                // SAFETY: C calls while the closure lives, by its contract.
                Unmanaged<NativeClosure>.fromOpaque(closure.unsafelyUnwrapped)._withUnsafeGuaranteedRef {
                    $0.take(arguments, result)
                }
            }, Unmanaged.passUnretained(self).toOpaque(), code)
        guard status == FFI_OK else { throw .noMemory }
    }

    deinit {
        ffi_closure_free(closure)
        sizes.deallocate()
    }

    private static func foreign(_ type: ValueType) throws(NativeClosureFailure) -> ForeignType {
        switch type.widest {
        case .i32: .scalar(.int32)
        case .i64: .scalar(.int64)
        case .f32: .scalar(.float)
        case .f64: .scalar(.double)
        case .funcref, .externref: .pointer
        default: throw .unsupportedType(type)
        }
    }

    @inline(__always)
    private func take(
        _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ place: UnsafeMutableRawPointer?
    ) {
        let given = NativeArguments(pointers: arguments, sizes: UnsafePointer(sizes), count: parameterCount)
        let slot = withUnsafePointer(to: given) { entry(context, UnsafeRawPointer($0)) }
        guard let result, let place else { return }
        switch result {
        case .f32: place.storeBytes(of: UInt32(truncatingIfNeeded: slot), as: UInt32.self)
        // libffi wants small integers widened to a register.
        case .i32: place.storeBytes(of: CScalar.int32.hostBits(slot), as: UInt64.self)
        default: place.storeBytes(of: slot, as: UInt64.self)
        }
    }
}

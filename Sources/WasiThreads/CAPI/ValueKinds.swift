// The kinds of the values of one function, as calls over the C ABI read them.
//
// Always true: nothing changes from `init` to `deallocate`. Plain memory, so that threads that call at the same
// time count no references to what they share.

import CMachine
import CWasiThreads
import WasmModule

@safe
struct ValueKinds {
    let parameterCount: Int
    let resultCount: Int
    /// Of the parameters, and then of the results.
    private let kinds: UnsafeMutablePointer<wasi_threads_value_kind_t>

    init(_ type: FunctionType) {
        let types = type.parameters + type.results
        parameterCount = type.parameters.count
        resultCount = type.results.count
        unsafe kinds = .allocate(capacity: max(types.count, 1))
        for (index, type) in types.enumerated() {
            unsafe (kinds + index).initialize(to: wasi_threads_value_kind_t(type))
        }
    }

    func deallocate() { unsafe kinds.deallocate() }

    @inline(__always)
    func parameter(_ index: Int) -> wasi_threads_value_kind_t { unsafe kinds[index] }

    @inline(__always)
    func result(_ index: Int) -> wasi_threads_value_kind_t { unsafe kinds[parameterCount + index] }
}

extension wasi_threads_value_t {
    /// What a frame holds, as a value of a kind.
    @inline(__always)
    init(_ slot: MachineSlot, _ kind: wasi_threads_value_kind_t) {
        unsafe self.init()
        unsafe self.kind = kind
        // All members begin where the union does, and those of the kinds in use are no longer.
        unsafe of.i64 = Int64(bitPattern: slot)
    }

    /// What a frame holds for the value, as one of a kind.
    @inline(__always)
    func slot(as kind: wasi_threads_value_kind_t) -> MachineSlot {
        let bits = unsafe UInt64(bitPattern: of.i64)
        let isShort = kind.rawValue == WASI_THREADS_I32.rawValue || kind.rawValue == WASI_THREADS_F32.rawValue
        return isShort ? bits & 0xFFFF_FFFF : bits
    }
}

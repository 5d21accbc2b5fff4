// The kinds of the values of one function and where a frame has them, as calls over the C ABI read them.
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
    private let places: UnsafeMutablePointer<Slot>

    struct Slot {
        let kind: wasi_threads_value_kind_t
        /// The first that the value takes.
        let slot: UInt32
    }

    init(_ type: FunctionType) {
        parameterCount = type.parameters.count
        resultCount = type.results.count
        unsafe places = .allocate(capacity: max(parameterCount + resultCount, 1))
        let made = [type.parameters, type.results].flatMap { types in
            let layout = SlotLayout(types)
            return types.enumerated().map {
                Slot(kind: wasi_threads_value_kind_t($1), slot: UInt32(layout[$0]))
            }
        }
        for (index, place) in made.enumerated() { unsafe (places + index).initialize(to: place) }
    }

    func deallocate() { unsafe places.deallocate() }

    @inline(__always)
    func parameter(_ index: Int) -> Slot { unsafe places[index] }

    @inline(__always)
    func result(_ index: Int) -> Slot { unsafe places[parameterCount + index] }
}

extension wasi_threads_value_t {
    /// What a frame has of a value.
    @inline(__always)
    init(_ frame: UnsafeMutablePointer<MachineSlot>, _ place: ValueKinds.Slot) {
        unsafe self.init(frame[Int(place.slot)], place.kind)
        guard place.kind == WASI_THREADS_V128 else { return }
        unsafe setVector(SIMD2(frame[Int(place.slot)], frame[Int(place.slot) + 1]))
    }

    /// Puts it where a frame has it.
    @inline(__always)
    func store(in frame: UnsafeMutablePointer<MachineSlot>, _ place: ValueKinds.Slot) {
        unsafe frame[Int(place.slot)] = slot(as: place.kind)
        guard place.kind == WASI_THREADS_V128 else { return }
        unsafe frame[Int(place.slot) + 1] = vector[1]
    }

    /// What a slot holds, as a value of a kind; of a v128 the low half.
    @inline(__always)
    init(_ slot: MachineSlot, _ kind: wasi_threads_value_kind_t) {
        unsafe self.init()
        unsafe self.kind = kind
        // All members begin where the union does, and only a v128 is longer.
        unsafe of.i64 = kind.rawValue == WASI_THREADS_EXNREF.rawValue ? 0 : Int64(bitPattern: slot)
    }

    /// What a slot holds for the value, as one of a kind.
    @inline(__always)
    func slot(as kind: wasi_threads_value_kind_t) -> MachineSlot {
        let bits = unsafe UInt64(bitPattern: of.i64)
        let isShort = kind.rawValue == WASI_THREADS_I32.rawValue || kind.rawValue == WASI_THREADS_F32.rawValue
        if kind.rawValue == WASI_THREADS_EXNREF.rawValue { return 0 }
        return isShort ? bits & 0xFFFF_FFFF : bits
    }
}

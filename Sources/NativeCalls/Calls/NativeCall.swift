// One call of a C function: makes the arguments, calls, and takes the result.
//
// Always true: a call neither locks nor counts references, and allocates only for strings that are long.
// Guest memory may change at any time: what is checked is a copy, but for the bytes behind a pointer that the
// C function gets, which lie in the memory whatever they are.

import CFFI
import CMachine
import Platform
import WasmRuntime

struct NativeCall: BitwiseCopyable {
    // SAFETY: the `NativeFunction` that this belongs to keeps what the pointers point to.
    let shape: CallShape
    let function: UnsafeRawPointer
    let environment: UnsafeMutableRawPointer?

    func call(
        _ instance: UnsafeMutablePointer<MachineInstance>, _ frame: UnsafeMutablePointer<MachineSlot>,
        caller: UnsafeMutablePointer<Caller>?
    ) throws(CallFailure) {
        try withUnsafeTemporaryAllocation(byteCount: shape.areaBytes, alignment: 16) {
            area throws(CallFailure) in
            let area = area.baseAddress.unsafelyUnwrapped
            let memory = try memory(of: instance)
            guard shape.hasStrings else {
                try call(area, memory, frame, caller, nil)
                return
            }
            for step in shape.steps where step.kind == .string {
                area.storeBytes(of: nil, toByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self)
            }
            defer { freeStrings(area) }
            try call(area, memory, frame, caller, nil)
        }
    }

    @inline(__always)
    private func memory(of instance: UnsafeMutablePointer<MachineInstance>) throws(CallFailure) -> MemoryView? {
        guard shape.needsMemory else { return nil }
        guard let machine = instance.pointee.memory0 else { throw CallFailure(reason: .noMemory) }
        return MemoryView(machine)
    }

    /// The same for a function that takes function pointers or tells errno; apart, since it takes its time.
    @inline(never)
    func callWithExtras(
        _ instance: UnsafeMutablePointer<MachineInstance>, _ frame: UnsafeMutablePointer<MachineSlot>,
        caller: UnsafeMutablePointer<Caller>, outside: @escaping Callback.CallFromOutside
    ) throws(CallFailure) {
        try withUnsafeTemporaryAllocation(byteCount: shape.areaBytes, alignment: 16) {
            area throws(CallFailure) in
            let area = area.baseAddress.unsafelyUnwrapped
            let memory = try memory(of: instance)
            for step in shape.steps where step.kind == .string || step.kind == .callback {
                area.storeBytes(of: nil, toByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self)
            }
            defer { freeStrings(area) }
            let signals = machine_native_hold_signals(MACHINE_SIGNALS_HELD)
            if signals == MACHINE_SIGNALS_LET_IN { _ = machine_native_hold_signals(signals) }
            defer {
                _ = machine_native_hold_signals(signals)
                endCallbacks(area, caller)
            }
            try call(area, memory, frame, caller, outside)
        }
    }

    @inline(__always)
    private func call(
        _ area: UnsafeMutableRawPointer, _ memory: MemoryView?, _ frame: UnsafeMutablePointer<MachineSlot>,
        _ caller: UnsafeMutablePointer<Caller>?, _ outside: Callback.CallFromOutside?
    ) throws(CallFailure) {
        if shape.cif == nil {
            // All registers are loaded, also those without an argument.
            for offset in stride(from: 0, to: shape.resultOffset, by: 8) {
                area.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
            }
        }
        var strings = StringArea(at: area + shape.stringsOffset)
        for index in shape.steps.indices {
            if let outside, shape.steps[index].kind == .callback {
                try makeCallback(index, area, frame, caller.unsafelyUnwrapped, outside)
            } else {
                try make(index, area, memory, frame, caller, &strings)
            }
        }
        var destination: UnsafeMutableRawPointer?
        if case .structure(let size, let alignment, _, _) = shape.result {
            // Before anything happens: the place of a result stays good.
            destination = try memory.unsafelyUnwrapped.pointer(
                UInt64(UInt32(truncatingIfNeeded: frame[0])), elements: 1, size: size, alignment: alignment,
                parameter: nil)
        }
        let result = area + shape.resultOffset
        if outside != nil, shape.errnoSlot >= 0 {
            try callTellingErrno(area, result, memory.unsafelyUnwrapped, frame, caller.unsafelyUnwrapped)
        } else {
            callC(area, result)
        }
        try take(result, frame, destination, memory)
    }

    // MARK: Arguments

    /// Makes the argument of one C parameter.
    @inline(__always)
    private func make(
        _ index: Int, _ area: UnsafeMutableRawPointer, _ memory: MemoryView?,
        _ frame: UnsafeMutablePointer<MachineSlot>, _ caller: UnsafeMutablePointer<Caller>?,
        _ strings: inout StringArea
    ) throws(CallFailure) {
        // A pointer, since a copy of all its fields would cost more than the call.
        let step = shape.steps.baseAddress.unsafelyUnwrapped + index
        let place = area + step.pointee.destination
        switch step.pointee.kind {
        case .scalar:
            place.storeBytes(of: step.pointee.scalar.hostBits(frame[step.pointee.slot]), as: UInt64.self)
        case .reference:
            place.storeBytes(of: frame[step.pointee.slot], as: UInt64.self)
        case .opaque:
            let address = UInt64(UInt32(truncatingIfNeeded: frame[step.pointee.slot]))
            let base = UInt64(UInt(bitPattern: memory.unsafelyUnwrapped.base))
            place.storeBytes(of: address == 0 ? 0 : base &+ address, as: UInt64.self)
        case .callback, .errno:
            break
        case .environment:
            place.storeBytes(of: environment, as: UnsafeMutableRawPointer?.self)
        case .caller:
            place.storeBytes(of: caller, as: UnsafeMutablePointer<Caller>?.self)
        case .onlyMember:
            place.store(
                step.pointee.scalar.hostBits(frame[step.pointee.slot]), size: Int(step.pointee.elementSize))
        case .memory:
            let address = UInt64(UInt32(truncatingIfNeeded: frame[step.pointee.slot]))
            var pointer: UnsafeMutableRawPointer?
            if address != 0 || !step.pointee.isNullable {
                pointer = try memory.unsafelyUnwrapped.pointer(
                    address, elements: try count(step, index, frame), size: step.pointee.elementSize,
                    alignment: step.pointee.alignment, parameter: index)
            }
            place.storeBytes(of: pointer, as: UnsafeMutableRawPointer?.self)
        case .string:
            let address = UInt64(UInt32(truncatingIfNeeded: frame[step.pointee.slot]))
            var string: UnsafeMutableRawPointer?
            if address != 0 || !step.pointee.isNullable {
                string = try strings.copy(
                    address, memory.unsafelyUnwrapped, overflow: area + step.pointee.overflow,
                    parameter: index)
            }
            place.storeBytes(of: string, as: UnsafeMutableRawPointer?.self)
        case .structure:
            let address = UInt64(UInt32(truncatingIfNeeded: frame[step.pointee.slot]))
            let source = try memory.unsafelyUnwrapped.pointer(
                address, elements: 1, size: step.pointee.elementSize, alignment: step.pointee.alignment,
                parameter: index)
            for leaf in shape.leaves[step.pointee.firstLeaf..<step.pointee.endOfLeaves] {
                let bits = (UnsafeRawPointer(source) + leaf.guestOffset).bits(size: leaf.scalar.guestSize)
                (place + leaf.hostOffset).store(
                    leaf.scalar.asMember.hostBits(bits), size: leaf.scalar.hostSize)
            }
        }
    }

    /// How many elements the guest says that it points to.
    @inline(__always)
    private func count(
        _ step: UnsafePointer<CallStep>, _ index: Int, _ frame: UnsafeMutablePointer<MachineSlot>
    ) throws(CallFailure) -> UInt64 {
        guard step.pointee.countSlot >= 0 else { return step.pointee.count }
        let count = try integer(step.pointee.countScalar, frame[step.pointee.countSlot], index)
        guard step.pointee.factorSlot >= 0 else { return count }
        let factor = try integer(step.pointee.factorScalar, frame[step.pointee.factorSlot], index)
        // Where the second is no factor after all, and 0, the first still counts.
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: max(factor, 1))
        return isTooLarge ? .max : product
    }

    @inline(__always)
    private func integer(_ scalar: CScalar, _ slot: MachineSlot, _ index: Int) throws(CallFailure) -> UInt64 {
        let bits = scalar.hostBits(slot)
        guard scalar.isUnsigned || Int64(bitPattern: bits) >= 0 else {
            throw CallFailure(reason: .negativeCount(Int64(bitPattern: bits)), parameter: index)
        }
        return bits
    }

    // MARK: Function pointers

    /// Makes the argument of a parameter that is a function pointer.
    @inline(never)
    private func makeCallback(
        _ index: Int, _ area: UnsafeMutableRawPointer, _ frame: UnsafeMutablePointer<MachineSlot>,
        _ caller: UnsafeMutablePointer<Caller>, _ outside: @escaping Callback.CallFromOutside
    ) throws(CallFailure) {
        let step = shape.steps[index]
        let place = area + step.destination
        let element = UInt32(truncatingIfNeeded: frame[step.slot])
        guard element != 0 || !step.isNullable else {
            return place.storeBytes(of: nil, as: UnsafeRawPointer?.self)
        }
        // SAFETY: the instance runs, so it lives.
        let instance = Unmanaged<Instance>.fromOpaque(caller.pointee.instance.pointee.object).takeUnretainedValue()
        let plan = shape.callbacks[step.callback].takeUnretainedValue()
        do throws(CallFailure) {
            let given = try InstanceCallbacks.of(instance).pointer(
                toElement: element, plan, caller.pointee, instance, outside)
            switch given {
            case .function(let function): place.storeBytes(of: function, as: UnsafeRawPointer.self)
            case .callback(let callback):
                callback.begin(caller.pointee.context)
                area.storeBytes(
                    of: Unmanaged.passUnretained(callback).toOpaque(), toByteOffset: step.overflow,
                    as: UnsafeMutableRawPointer?.self)
                place.storeBytes(of: callback.function, as: UnsafeRawPointer.self)
            }
        } catch {
            throw CallFailure(reason: error.reason, parameter: index)
        }
    }

    /// What callbacks met becomes what the caller fails with.
    @inline(never)
    private func endCallbacks(_ area: UnsafeMutableRawPointer, _ caller: UnsafeMutablePointer<Caller>?) {
        guard let caller else { return }
        var failure: HostFailure?
        for step in shape.steps where step.kind == .callback {
            guard let callback = area.load(fromByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self) else {
                continue
            }
            // SAFETY: callbacks are never freed.
            let met = Unmanaged<Callback>.fromOpaque(callback)._withUnsafeGuaranteedRef { $0.endCall() }
            failure = failure ?? met
        }
        // SAFETY: the instance runs, so it lives.
        let object = Unmanaged<Instance>.fromOpaque(caller.pointee.instance.pointee.object)
        let met = object._withUnsafeGuaranteedRef { instance -> HostFailure? in
            guard instance.callbacks != nil else { return nil }
            let registry = InstanceCallbacks.of(instance)
            defer { registry.failure = nil }
            return registry.failure
        }
        if caller.pointee.failure == nil { caller.pointee.failure = met ?? failure }
    }

    private func freeStrings(_ area: UnsafeMutableRawPointer) {
        for step in shape.steps where step.kind == .string {
            area.load(fromByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self).map(HostHeap.free)
        }
    }

    // MARK: The call

    /// The same, after which the caller has what errno is, and where the guest wants it.
    @inline(never)
    private func callTellingErrno(
        _ area: UnsafeMutableRawPointer, _ result: UnsafeMutableRawPointer, _ memory: MemoryView,
        _ frame: UnsafeMutablePointer<MachineSlot>, _ caller: UnsafeMutablePointer<Caller>
    ) throws(CallFailure) {
        let address = UInt64(UInt32(truncatingIfNeeded: frame[shape.errnoSlot]))
        let place = try memory.pointer(
            address, elements: 1, size: 4, alignment: 4, parameter: shape.steps.count)
        cffi_set_errno(0)
        callC(area, result)
        caller.pointee.errno = (cffi_errno(), place)
    }

    @inline(__always)
    private func callC(_ area: UnsafeMutableRawPointer, _ result: UnsafeMutableRawPointer) {
        guard let cif = shape.cif else {
            return callInRegisters(area.assumingMemoryBound(to: UInt64.self), result)
        }
        let pointers = (area + shape.pointersOffset).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        let steps = shape.steps.baseAddress.unsafelyUnwrapped
        for index in 0..<shape.steps.count { pointers[index] = area + steps[index].destination }
        let target = unsafeBitCast(function, to: (@convention(c) () -> Void).self)
        ffi_call(cif, target, result, pointers)
    }

    /// SAFETY: the planner found that all arguments are in registers; see `CallingConvention`.
    @inline(__always)
    private func callInRegisters(_ area: UnsafeMutablePointer<UInt64>, _ result: UnsafeMutableRawPointer) {
        let floats = UnsafeMutableRawPointer(area + CallingConvention.integerRegisters)
            .assumingMemoryBound(to: Double.self)
        if case .scalar(let scalar) = shape.result, scalar.isFloat {
            let function = unsafeBitCast(self.function, to: CallingConvention.FloatFunction.self)
            result.storeBytes(
                of: function(
                    area[0], area[1], area[2], area[3], area[4], area[5], floats[0], floats[1], floats[2],
                    floats[3], floats[4], floats[5], floats[6], floats[7]), as: Double.self)
        } else {
            let function = unsafeBitCast(self.function, to: CallingConvention.IntegerFunction.self)
            result.storeBytes(
                of: function(
                    area[0], area[1], area[2], area[3], area[4], area[5], floats[0], floats[1], floats[2],
                    floats[3], floats[4], floats[5], floats[6], floats[7]), as: UInt64.self)
        }
    }

    // MARK: The result

    /// Puts the result where the guest finds it.
    @inline(__always)
    private func take(
        _ result: UnsafeMutableRawPointer, _ frame: UnsafeMutablePointer<MachineSlot>,
        _ destination: UnsafeMutableRawPointer?, _ memory: MemoryView?
    ) throws(CallFailure) {
        switch shape.result {
        case .none: break
        case .scalar(let scalar):
            frame[0] = try scalar.checkedSlot(result.load(as: UInt64.self))
        case .reference, .function:
            frame[0] = result.load(as: UInt64.self)
        case .address:
            let memory = memory.unsafelyUnwrapped
            let bits = result.load(as: UInt64.self)
            let address = bits &- UInt64(UInt(bitPattern: memory.base))
            guard bits == 0 || address <= memory.length else { throw CallFailure(reason: .foreignPointer) }
            frame[0] = bits == 0 ? 0 : address
        case .error:
            if let error = result.load(as: OpaquePointer?.self) {
                throw CallFailure(reason: .error(error))
            }
        case .onlyMember(let scalar):
            frame[0] = try scalar.checkedSlot(UnsafeRawPointer(result).bits(size: scalar.hostSize))
        case .structure(_, _, let firstLeaf, let endOfLeaves):
            for leaf in shape.leaves[firstLeaf..<endOfLeaves] {
                let bits = UnsafeRawPointer(result + leaf.hostOffset).bits(size: leaf.scalar.hostSize)
                (destination.unsafelyUnwrapped + leaf.guestOffset).store(
                    try leaf.scalar.asMember.checkedSlot(bits), size: leaf.scalar.guestSize)
            }
        }
    }
}

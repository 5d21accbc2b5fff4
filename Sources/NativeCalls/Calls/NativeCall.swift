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
            var memory: MemoryView?
            if shape.needsMemory {
                guard let machine = instance.pointee.memory0 else { throw CallFailure(reason: .noMemory) }
                memory = MemoryView(machine)
            }
            guard shape.hasStrings else {
                try call(area, memory, frame, caller)
                return
            }
            for step in shape.steps where step.kind == .string {
                area.storeBytes(of: nil, toByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self)
            }
            defer { freeStrings(area) }
            try call(area, memory, frame, caller)
        }
    }

    @inline(__always)
    private func call(
        _ area: UnsafeMutableRawPointer, _ memory: MemoryView?, _ frame: UnsafeMutablePointer<MachineSlot>,
        _ caller: UnsafeMutablePointer<Caller>?
    ) throws(CallFailure) {
        if shape.cif == nil {
            // All registers are loaded, also those without an argument.
            for offset in stride(from: 0, to: shape.resultOffset, by: 8) {
                area.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
            }
        }
        var strings = StringArea(at: area + shape.stringsOffset)
        for index in shape.steps.indices {
            try make(index, area, memory, frame, caller, &strings)
        }
        var destination: UnsafeMutableRawPointer?
        if case .structure(let size, let alignment, _, _) = shape.result {
            // Before anything happens: the place of a result stays good.
            destination = try memory.unsafelyUnwrapped.pointer(
                UInt64(UInt32(truncatingIfNeeded: frame[0])), elements: 1, size: size, alignment: alignment,
                parameter: nil)
        }
        let result = area + shape.resultOffset
        callC(area, result)
        try take(result, frame, destination)
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
        let scalar = step.pointee.countScalar
        let bits = scalar.hostBits(frame[step.pointee.countSlot])
        guard scalar.isUnsigned || Int64(bitPattern: bits) >= 0 else {
            throw CallFailure(reason: .negativeCount(Int64(bitPattern: bits)), parameter: index)
        }
        return bits
    }

    private func freeStrings(_ area: UnsafeMutableRawPointer) {
        for step in shape.steps where step.kind == .string {
            area.load(fromByteOffset: step.overflow, as: UnsafeMutableRawPointer?.self).map(HostHeap.free)
        }
    }

    // MARK: The call

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
        _ destination: UnsafeMutableRawPointer?
    ) throws(CallFailure) {
        switch shape.result {
        case .none: break
        case .scalar(let scalar):
            frame[0] = try scalar.checkedSlot(result.load(as: UInt64.self))
        case .reference:
            frame[0] = result.load(as: UInt64.self)
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

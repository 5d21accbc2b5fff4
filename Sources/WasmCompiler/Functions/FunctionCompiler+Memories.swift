// The memories of a function: where they are, and whether an access is inside.
//
// Of a memory with 32-bit addresses and pages of the usual size, whatever an index and an offset reach is in its
// reservation, where nothing can be touched that is out of bounds: nothing is compared. In all others the index is
// compared with the memory's length, which the function keeps in a variable, and loads when it begins and after calls,
// so that LLVM sees which comparisons are made already. Always true: the variable is not greater than the length, since
// memories do not shrink. So an index that is not below it is compared again, with the length as it is by then.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

struct CompiledMemory {
    let base: IRValue
    /// Where the length is, and the variable that keeps it: of a memory whose accesses are checked.
    let length: (place: IRValue, kept: IRValue)?
}

extension FunctionCompiler {
    /// In the block where variables are made: lets the function have the lengths of the memories that it accesses.
    mutating func prepareCheckedMemories() {
        guard module.memories.contains(where: { !$0.isGuardable }) else { return }
        var walk = control.walk
        while let instruction = try? walk.next() {
            guard instruction.opcode.transferredBytes != nil else { continue }
            if memories[instruction.first] == nil, !module.memories[Int(instruction.first)].isGuardable {
                addMemory(instruction.first)
            }
        }
        loadLengths()
    }

    private mutating func addMemory(_ index: UInt32) {
        let structure = structure(ofMemory: index)
        let base = index == 0 ? memoryBase! : ir.field(structure, MachineLayout.memoryBase)
        let isChecked = !module.memories[Int(index)].isGuardable
        let place = isChecked ? ir.offset(structure, bytes: MachineLayout.byteLength) : nil
        memories[index] = CompiledMemory(base: base, length: place.map { ($0, ir.alloca(ir.types.i64)) })
    }

    private func structure(ofMemory index: UInt32) -> IRValue {
        if index == 0 { return ir.field(instance, MachineLayout.memory0) }
        let structures = ir.field(instance, MachineLayout.memories)
        return ir.field(structures, Int(index) * MemoryLayout<UnsafeRawPointer>.stride)
    }

    /// Where the length of a memory is, in bytes.
    func lengthPlace(ofMemory index: UInt32) -> IRValue {
        ir.offset(structure(ofMemory: index), bytes: MachineLayout.byteLength)
    }

    mutating func base(ofMemory index: UInt32) -> IRValue {
        if index == 0 { return memoryBase! }
        if let memory = memories[index] { return memory.base }
        let here = ir.insertBlock
        ir.position(head)
        addMemory(index)
        if let here { ir.position(here) }
        return memories[index]!.base
    }

    /// After what may have grown a memory.
    func loadLengths() {
        for (_, memory) in memories.sorted(by: { $0.key < $1.key }) {
            guard let length = memory.length else { continue }
            let value = ir.load(ir.types.i64, length.place)
            // Other threads change it, and what is loaded is some value that it has had.
            ir.f.pointee.LLVMSetOrdering(value, LLVMAtomicOrderingUnordered)
            ir.store(value, length.kept)
        }
    }

    /// The index of an access as one of 64 bits, in a block where what it touches is inside the memory or faults; nil
    /// in one that cannot be reached, since it never is inside.
    mutating func start(of index: IRValue, in memory: UInt32, offset: UInt64, bytes: UInt64) -> IRValue? {
        let type = module.memories[Int(memory)]
        let start = type.addressType == .i64 ? index : ir.zext(index, ir.types.i64)
        guard let length = memories[memory]?.length else { return start }
        let (extent, isBeyond) = offset.addingReportingOverflow(bytes)
        guard !isBeyond, extent <= Self.greatestExtent else {
            trap(.memoryOutOfBounds)
            ir.position(ir.block(in: code))
            return nil
        }
        let (look, failed, passed) = (ir.block(in: code), ir.block(in: code), ir.block(in: code))
        let isKnown = isInside(start, extent, type, ir.load(ir.types.i64, length.kept))
        ir.branch(if: isKnown, passed, else: look, isLikely: true)
        ir.position(look)
        let now = ir.load(ir.types.i64, length.place)
        ir.f.pointee.LLVMSetVolatile(now, 1)
        ir.branch(if: isInside(start, extent, type, now), passed, else: failed)
        ir.position(failed)
        trap(.memoryOutOfBounds)
        ir.position(passed)
        return start
    }

    /// No memory is as long, and twice as much is no negative number.
    private static var greatestExtent: UInt64 { 1 << 62 }

    /// Whether an access is inside a memory of a length, or begins inside and faults where it is not.
    private func isInside(_ start: IRValue, _ extent: UInt64, _ type: MemoryType, _ length: IRValue) -> IRValue {
        // The length is a number of the host's pages, and what follows them is the reservation's end at least.
        let isWhole = type.pageShift == MemoryType.usualPageShift
        if isWhole, extent <= UInt64(MemoryInstance.tailBytes) { return ir.icmp(LLVMIntULT, start, length) }
        let isEndInside = ir.icmp(LLVMIntULE, ir.add(start, ir.i64(extent)), length)
        if type.addressType == .i32 { return isEndInside }
        return ir.and(ir.icmp(LLVMIntULE, start, length), isEndInside)
    }
}

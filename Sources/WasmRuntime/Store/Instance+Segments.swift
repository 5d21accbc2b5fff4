// Constant expressions, and the segments that fill tables and memories.
// https://webassembly.github.io/spec/core/exec/modules.html#instantiation

import CMachine
import WasmModule

extension Instance {
    /// Puts the first value of a global into its slots.
    func evaluate(_ global: Global, into cell: UnsafeMutablePointer<MachineSlot>) {
        guard global.type.value.slots > 1 else {
            cell.pointee = evaluate(global.initializer)
            return
        }
        switch global.initializer.instructions[0] {
        case .globalGet(let index):
            let source = machine.pointee.globals[Int(index)].unsafelyUnwrapped
            cell.update(from: source, count: global.type.value.slots)
        case .v128(let halves): (cell.pointee, cell[1]) = (halves[0], halves[1])
        default: preconditionFailure("no other constant instruction gives a value of two slots")
        }
    }

    /// The value of a constant expression of this module, which validation has accepted, and which takes one
    /// slot.
    func evaluate(_ expression: ConstantExpression) -> MachineSlot {
        // Nearly all expressions are one instruction; those need no stack.
        if expression.instructions.count == 1 { return leaf(expression.instructions[0]) }
        var stack: [MachineSlot] = []
        for instruction in expression.instructions {
            guard let operation = arithmetic(instruction) else {
                stack.append(leaf(instruction))
                continue
            }
            let right = stack.removeLast()
            stack.append(operation(stack.removeLast(), right))
        }
        return stack.removeLast()
    }

    /// The value of an instruction that takes no operands.
    private func leaf(_ instruction: ConstantExpression.Instruction) -> MachineSlot {
        switch instruction {
        case .i32(let value): UInt64(UInt32(bitPattern: value))
        case .i64(let value): UInt64(bitPattern: value)
        case .f32(let bits): UInt64(bits)
        case .f64(let bits): bits
        case .refNull: 0
        case .refFunc(let index): UInt64(UInt(bitPattern: function(index).machine))
        case .globalGet(let index): machine.pointee.globals[Int(index)].unsafelyUnwrapped.pointee
        case .v128: preconditionFailure("a vector takes two slots")
        case .i32Add, .i32Sub, .i32Mul, .i64Add, .i64Sub, .i64Mul:
            preconditionFailure("validation gives every operator its operands")
        }
    }

    /// What an instruction makes of two operands; nil where it takes none.
    private func arithmetic(
        _ instruction: ConstantExpression.Instruction
    ) -> ((MachineSlot, MachineSlot) -> MachineSlot)? {
        switch instruction {
        case .i32Add: { ($0 &+ $1) & 0xFFFF_FFFF }
        case .i32Sub: { ($0 &- $1) & 0xFFFF_FFFF }
        case .i32Mul: { ($0 &* $1) & 0xFFFF_FFFF }
        case .i64Add: { $0 &+ $1 }
        case .i64Sub: { $0 &- $1 }
        case .i64Mul: { $0 &* $1 }
        default: nil
        }
    }

    /// The second step of three: writes the active segments, elements first, then data.
    ///
    /// A segment that does not fit traps and leaves those before it written. The instance must outlive that:
    /// a table that it shares with others may hold its functions by then.
    package func initialize() throws(Trap) {
        for (index, segment) in module.elements.enumerated() {
            switch segment.mode {
            case .passive: continue
            case .declarative: break
            case .active(let table, let offset):
                let count = UInt64(segment.elements.count)
                let trap = initializeTable(
                    Int(table), at: evaluate(offset), from: 0, segment: index, count: count)
                if let trap { throw Trap(trap) }
            }
            droppedElements.insert(index)
        }
        for (index, segment) in module.data.enumerated() {
            guard case .active(let memory, let offset) = segment.mode else { continue }
            if !belongsToParent(memory: Int(memory)) {
                let count = UInt64(segment.bytes.count)
                let trap = initializeMemory(
                    Int(memory), at: evaluate(offset), from: 0, segment: index, count: count)
                if let trap { throw Trap(trap) }
            }
            droppedData.insert(index)
        }
    }

    /// Whether the parent has written the memory's active segments already, and its threads work with what
    /// became of them. An imported memory is written again, as the specification has it.
    private func belongsToParent(memory index: Int) -> Bool {
        hasParent && index >= module.importedMemoryCount && module.memories[index].isShared
    }

    /// table.init. A dropped segment counts as empty.
    package func initializeTable(
        _ table: Int, at destination: UInt64, from source: UInt64, segment: Int, count: UInt64
    ) -> TrapReason? {
        let elements = module.elements[segment].elements
        return tables[table].initialize(
            at: destination, from: source,
            segmentCount: droppedElements.contains(segment) ? 0 : UInt64(elements.count), count: count
        ) { evaluate(elements[$0]) }
    }

    /// memory.init. A dropped segment counts as empty.
    package func initializeMemory(
        _ memory: Int, at destination: UInt64, from source: UInt64, segment: Int, count: UInt64
    ) -> TrapReason? {
        let bytes = module.binary.bytes[module.data[segment].bytes]
        return memories[memory].machine.initialize(
            at: destination, from: source,
            of: droppedData.contains(segment) ? UnsafeRawBufferPointer(start: nil, count: 0)
                : UnsafeRawBufferPointer(rebasing: bytes), count: count)
    }

    package func dropElements(_ segment: Int) { droppedElements.insert(segment) }
    package func dropData(_ segment: Int) { droppedData.insert(segment) }

    package func table(_ index: Int) -> TableInstance { tables[index] }
}

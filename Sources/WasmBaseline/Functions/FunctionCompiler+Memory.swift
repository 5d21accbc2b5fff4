// Loads, stores and atomic accesses.
//
// A 32-bit index and a 32-bit offset stay inside the memory's reservation, so an access that is out of bounds
// faults, and the handler of the fault makes a trap of it. An i32 in a register has an upper half of zeros, so it
// can be an index as it is.

import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    /// The place that an access means, and the operand whose register is in it.
    private mutating func address(_ index: Operand, _ offset: UInt64) -> (Address, held: Operand) {
        if index.kind == .constant, let sum = Int32(exactly: index.bits + offset) {
            return (Address(.r14, Int(sum)), index)
        }
        let held = inRegister(index)
        if let small = Int32(exactly: offset) {
            return (Address(.r14, index: gp(held), displacement: Int(small)), held)
        }
        asm.move(.r11, immediate: offset)
        asm.compute(.add, .r11, .gp(gp(held)), .bits64)
        return (Address(.r14, index: .r11), held)
    }

    mutating func compile(_ load: LoadInstruction, _ instruction: Instruction) {
        let (address, held) = address(pop(), instruction.constant)
        release(held)
        switch load {
        case .i32Load: loadInteger(address, .i32)
        case .i64Load: loadInteger(address, .i64)
        case .f32Load: loadFloat(address, .f32)
        case .f64Load: loadFloat(address, .f64)
        case .i32Load8S: loadNarrow(address, .signed8, .i32)
        case .i32Load8U: loadNarrow(address, .unsigned8, .i32)
        case .i32Load16S: loadNarrow(address, .signed16, .i32)
        case .i32Load16U: loadNarrow(address, .unsigned16, .i32)
        case .i64Load8S: loadNarrow(address, .signed8, .i64)
        case .i64Load8U: loadNarrow(address, .unsigned8, .i64, .bits32)
        case .i64Load16S: loadNarrow(address, .signed16, .i64)
        case .i64Load16U: loadNarrow(address, .unsigned16, .i64, .bits32)
        case .i64Load32S: loadNarrow(address, .signed32, .i64)
        case .i64Load32U:
            let target = take()
            markPlace()
            asm.load(target, address, .bits32)
            push(target, .i64)
        }
    }

    private mutating func loadInteger(_ address: Address, _ type: ValueType) {
        let target = take()
        markPlace()
        asm.load(target, address, type.width)
        push(target, type)
    }

    private mutating func loadFloat(_ address: Address, _ type: ValueType) {
        let target = takeFloat()
        markPlace()
        asm.load(target, address, type.precision)
        push(target, type)
    }

    private mutating func loadNarrow(
        _ address: Address, _ kind: NarrowLoad, _ type: ValueType, _ width: Width? = nil
    ) {
        let target = take()
        markPlace()
        asm.extend(target, .memory(address), kind, width ?? type.width)
        push(target, type)
    }

    mutating func compile(_ store: StoreInstruction, _ instruction: Instruction) {
        let size: Size = switch store {
        case .i32Store, .f32Store, .i64Store32: .double
        case .i64Store, .f64Store: .quad
        case .i32Store8, .i64Store8: .byte
        case .i32Store16, .i64Store16: .word
        }
        var value = pop()
        let index = pop()
        if let immediate = immediate(value, size) {
            let (address, held) = address(index, instruction.constant)
            markPlace()
            asm.store(immediate: immediate, address, size)
            return release(held)
        }
        value = value.type.isFloat ? inFloatRegister(value) : inRegister(value)
        let (address, held) = address(index, instruction.constant)
        markPlace()
        if value.type.isFloat {
            asm.store(xmm(value), address, value.type.precision)
        } else {
            asm.store(gp(value), address, size)
        }
        release(held)
        release(value)
    }

    /// A constant that is stored as it is.
    private func immediate(_ value: Operand, _ size: Size) -> Int32? {
        guard value.kind == .constant else { return nil }
        return size == .quad
            ? Int32(exactly: Int64(bitPattern: value.bits)) : Int32(truncatingIfNeeded: value.bits)
    }

    /// Whether it is the memory whose base has a register, and its pages are those that all memories had once.
    func isPlain(_ memory: UInt32) -> Bool { memory == 0 && module.memories[0].isGuardable }

    mutating func compileMemorySize() {
        let target = take()
        asm.load(target, instance)
        asm.load(target, Address(target, MachineLayout.memory0))
        asm.load(target, Address(target, MachineLayout.byteLength))
        asm.shift(.right, target, by: UInt8(MemoryType.usualPageShift), .bits64)
        push(target, .i32)
    }

    // MARK: Atomics

    mutating func compile(_ atomic: AtomicInstruction, _ instruction: Instruction) {
        let access = AtomicAccess(atomic)
        switch atomic.kind {
        case .load:
            let (address, held) = atomicAddress(pop(), instruction, access)
            release(held)
            switch access.size {
            case .byte: loadNarrow(address, .unsigned8, access.type, .bits32)
            case .word: loadNarrow(address, .unsigned16, access.type, .bits32)
            case .double:
                let target = take()
                markPlace()
                asm.load(target, address, .bits32)
                push(target, access.type)
            case .quad: loadInteger(address, .i64)
            }
        case .store:
            let value = owned(pop())
            let (address, held) = atomicAddress(pop(), instruction, access)
            markPlace()
            asm.exchange(value, address, access.size)
            release(held)
            release(value)
        case .modification(let modification): compile(modification, instruction, access)
        case .exchange: compileCompareExchange(instruction, access)
        }
    }

    private mutating func compile(
        _ modification: AtomicModification, _ instruction: Instruction, _ access: AtomicAccess
    ) {
        let operation: Arithmetic
        switch modification {
        case .add, .sub, .xchg:
            let value = owned(pop())
            if modification == .sub { asm.negate(value, .bits64) }
            let (address, held) = atomicAddress(pop(), instruction, access)
            markPlace()
            if modification == .xchg {
                asm.exchange(value, address, access.size)
            } else {
                asm.lockedExchangeAdd(value, address, access.size)
            }
            release(held)
            return pushNarrow(value, access)
        case .and: operation = .and
        case .or: operation = .or
        case .xor: operation = .xor
        }
        var value = pop()
        var index = pop()
        move(&value, outOf: .rax)
        move(&index, outOf: .rax)
        take(.rax)
        value = inRegister(value)
        let changed = take()
        let (address, held) = atomicAddress(index, instruction, access)
        markPlace()
        switch access.size {
        case .byte: asm.extend(.rax, .memory(address), .unsigned8, .bits32)
        case .word: asm.extend(.rax, .memory(address), .unsigned16, .bits32)
        case .double: asm.load(.rax, address, .bits32)
        case .quad: asm.load(.rax, address)
        }
        let turn = asm.newLabel()
        asm.bind(turn)
        asm.move(changed, .rax)
        asm.compute(operation, changed, .gp(gp(value)), .bits64)
        markPlace()
        asm.lockedCompareExchange(changed, address, access.size)
        asm.jump(.notEqual, turn)
        release(held)
        release(value)
        release(changed)
        pushNarrow(.rax, access)
    }

    private mutating func compileCompareExchange(_ instruction: Instruction, _ access: AtomicAccess) {
        var replacement = pop()
        var expected = pop()
        var index = pop()
        move(&replacement, outOf: .rax)
        move(&index, outOf: .rax)
        if !(expected.kind == .gp && expected.gp == .rax) {
            take(.rax)
            load(expected, .rax)
            release(expected)
        }
        expected = Operand(kind: .gp, register: GP.rax.rawValue, type: access.type)
        replacement = inRegister(replacement)
        let (address, held) = atomicAddress(index, instruction, access)
        markPlace()
        asm.lockedCompareExchange(gp(replacement), address, access.size)
        release(held)
        release(replacement)
        pushNarrow(.rax, access)
    }

    /// What was in memory, whose upper bits are zero.
    private mutating func pushNarrow(_ register: GP, _ access: AtomicAccess) {
        switch access.size {
        case .byte: asm.extend(register, .gp(register), .unsigned8, .bits32)
        case .word: asm.extend(register, .gp(register), .unsigned16, .bits32)
        case .double: asm.move(register, register, .bits32)
        case .quad: break
        }
        push(register, access.type)
    }

    /// An address that is out of bounds and unaligned is out of bounds.
    private mutating func atomicAddress(
        _ index: Operand, _ instruction: Instruction, _ access: AtomicAccess
    ) -> (Address, held: Operand) {
        let bytes = Int(access.size.rawValue)
        guard bytes > 1 else { return address(index, instruction.constant) }
        let effective = owned(index)
        if let small = Int32(exactly: instruction.constant) {
            if small != 0 { asm.compute(.add, .gp(effective), immediate: small, .bits64) }
        } else {
            asm.move(.r11, immediate: instruction.constant)
            asm.compute(.add, effective, .gp(.r11), .bits64)
        }
        asm.test(effective, immediate: Int32(bytes - 1), .bits32)
        let label = asm.newLabel()
        asm.jump(.notEqual, label)
        outOfLine.append(
            OutOfLineCode(.unaligned(effective, bytes: bytes), label: label, back: label, offset: offset))
        let held = Operand(kind: .gp, register: effective.rawValue, type: .i32)
        return (Address(.r14, index: effective), held)
    }

    mutating func emitUnaligned(_ address: GP, _ bytes: Int) {
        asm.load(.r11, instance)
        asm.load(.r11, Address(.r11, MachineLayout.memory0))
        asm.load(.r11, Address(.r11, MachineLayout.byteLength))
        asm.compute(.add, .gp(address), immediate: Int32(bytes), .bits64)
        asm.compute(.compare, .r11, .gp(address), .bits64)
        let isInside = asm.jumpShort(.aboveOrEqual)
        trap(.memoryOutOfBounds)
        asm.land(isInside)
        trap(.unalignedAtomic)
    }
}

/// What an atomic instruction accesses.
private struct AtomicAccess {
    let type: ValueType
    let size: Size

    init(_ atomic: AtomicInstruction) {
        let name = atomic.opcode
        size = Size(rawValue: name.transferredBytes.unsafelyUnwrapped).unsafelyUnwrapped
        type = name.isOfI32 ? .i32 : .i64
    }
}

extension Opcode {
    /// Whether an atomic access gives or takes an i32.
    fileprivate var isOfI32: Bool {
        guard let signature else { return false }
        return signature.resultCount == 0 ? signature.operands[1] == .i32 : signature.results[0] == .i32
    }
}

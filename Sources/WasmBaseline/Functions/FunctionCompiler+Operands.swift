// Operands: where they are, and how they come into registers.
//
// Always true: a register is in `free`, or belongs to one operand, which is on the stack or in the hands of who has
// popped it, or to a local. An i32 in a register or in the slot of an operand has an upper half of zeros; one in
// the slot of a local may have anything there. Nothing here changes the flags.

import WasmModule

extension FunctionCompiler {
    // MARK: The stack

    mutating func push(_ operand: Operand) {
        if operands.unspilled.count > BaselineLimits.unspilledOperands { spillAll() }
        operands.push(operand, slots: 1)
    }

    mutating func push(_ register: GP, _ type: ValueType) {
        push(Operand(kind: .gp, register: register.rawValue, type: type))
    }

    mutating func push(_ register: XMM, _ type: ValueType) {
        push(Operand(kind: .xmm, register: register.rawValue, type: type))
    }

    mutating func push(constant bits: UInt64, _ type: ValueType) {
        push(Operand(kind: .constant, type: type, bits: bits))
    }

    mutating func push(_ comparison: Comparison) {
        self.comparison = comparison
        push(Operand(kind: .flags, type: .i32))
    }

    /// What is popped keeps its register until it is released.
    mutating func pop() -> Operand {
        var operand = operands.pop()
        switch operand.kind {
        case .slot: operand.bits = UInt64(operands.slot(operands.count))
        case .local: waitingLocals -= 1
        case .constant, .gp, .xmm, .flags: break
        }
        return operand
    }

    mutating func drop(_ count: Int) { for _ in 0..<count { release(pop()) } }

    mutating func release(_ operand: Operand) {
        switch operand.kind {
        case .gp: free |= 1 << UInt16(operand.register)
        case .xmm: freeFloats |= 1 << UInt16(operand.register)
        case .slot, .constant, .local, .flags: break
        }
    }

    mutating func release(_ register: GP) { free |= 1 << UInt16(register.rawValue) }
    mutating func release(_ register: XMM) { freeFloats |= 1 << UInt16(register.rawValue) }

    // MARK: Registers

    /// A register for the caller.
    mutating func take() -> GP {
        if free == 0 { spillOne(.gp) }
        let number = UInt8(free.trailingZeroBitCount)
        free &= free - 1
        return GP(rawValue: number).unsafelyUnwrapped
    }

    mutating func takeFloat() -> XMM {
        if freeFloats == 0 { spillOne(.xmm) }
        let number = UInt8(freeFloats.trailingZeroBitCount)
        freeFloats &= freeFloats - 1
        return XMM(rawValue: number).unsafelyUnwrapped
    }

    /// This register, which nobody has who has popped something.
    mutating func take(_ register: GP) {
        let bit: UInt16 = 1 << UInt16(register.rawValue)
        if free & bit == 0 { evict(register) }
        free &= ~bit
    }

    /// Moves the operand on the stack that is in a register elsewhere.
    private mutating func evict(_ register: GP) {
        for height in operands.unspilled.reversed() {
            guard operands[height].kind == .gp, operands[height].register == register.rawValue else { continue }
            if free == 0 { return spill(height) }
            let other = take()
            asm.move(other, register)
            operands[height].register = other.rawValue
            return release(register)
        }
        preconditionFailure("a register that is not free belongs to an operand")
    }

    /// The operand that waits longest is most likely to go on waiting.
    private mutating func spillOne(_ kind: Operand.Kind) {
        for height in operands.unspilled where operands[height].kind == kind { return spill(height) }
        preconditionFailure("no operation has as many operands as there are registers")
    }

    /// Gets a popped operand out of a register.
    mutating func move(_ operand: inout Operand, outOf register: GP) {
        guard operand.kind == .gp, operand.gp == register else { return }
        let other = take()
        asm.move(other, register)
        release(register)
        operand.register = other.rawValue
    }

    // MARK: Spilling

    mutating func spill(_ height: Int) {
        let operand = operands[height]
        guard operand.kind != .slot else { return }
        store(operand, slot(operands.slot(height)))
        release(operand)
        if operand.kind == .local { waitingLocals -= 1 }
        operands[height] = Operand(kind: .slot, type: operand.type)
    }

    /// Puts all operands into their slots.
    mutating func spillAll() {
        for height in operands.unspilled { spill(height) }
        operands.markSpilled()
    }

    /// Leaves no operand in a register that a call may change, but for the topmost ones, which the call takes.
    mutating func spillForCall(taking count: Int) {
        for height in operands.unspilled where height < operands.count - count {
            if operands[height].kind == .gp || operands[height].kind == .xmm { spill(height) }
        }
    }

    /// Stores a value as a slot; of an f32, only its own bytes.
    mutating func store(_ operand: Operand, _ address: Address) {
        switch operand.kind {
        case .constant: store(constant: operand.bits, address)
        case .gp: asm.store(operand.gp, address)
        case .xmm: asm.store(operand.xmm, address, operand.type.precision)
        case .slot:
            asm.load(.r11, slot(Int(operand.bits)))
            asm.store(.r11, address)
        case .local:
            let index = Int(operand.bits)
            if let register = register(of: index) {
                if operand.type.isFloat {
                    asm.store(XMM(rawValue: register)!, address, operand.type.precision)
                } else {
                    asm.store(GP(rawValue: register)!, address)
                }
            } else {
                asm.load(.r11, local(index), operand.type.isFourBytes ? .bits32 : .bits64)
                asm.store(.r11, address)
            }
        case .flags: preconditionFailure("flags are read by the next instruction")
        }
    }

    private mutating func store(constant bits: UInt64, _ address: Address) {
        if let immediate = Int32(exactly: Int64(bitPattern: bits)) {
            asm.store(immediate: immediate, address, .quad)
        } else {
            asm.move(.r11, immediate: bits)
            asm.store(.r11, address)
        }
    }

    // MARK: Values in registers

    /// The operand in a register, which may be a local's.
    mutating func inRegister(_ operand: Operand) -> Operand {
        switch operand.kind {
        case .gp: return operand
        case .local where register(of: Int(operand.bits)) != nil: return operand
        default:
            let target = take()
            load(operand, target)
            return Operand(kind: .gp, register: target.rawValue, type: operand.type)
        }
    }

    mutating func inFloatRegister(_ operand: Operand) -> Operand {
        switch operand.kind {
        case .xmm: return operand
        case .local where register(of: Int(operand.bits)) != nil: return operand
        default:
            let target = takeFloat()
            load(operand, target)
            return Operand(kind: .xmm, register: target.rawValue, type: operand.type)
        }
    }

    /// The register of what `inRegister` gave.
    func gp(_ operand: Operand) -> GP {
        operand.kind == .gp ? operand.gp : GP(rawValue: survey.registers[Int(operand.bits)]).unsafelyUnwrapped
    }

    func xmm(_ operand: Operand) -> XMM {
        operand.kind == .xmm ? operand.xmm : XMM(rawValue: survey.registers[Int(operand.bits)]).unsafelyUnwrapped
    }

    /// The operand in a register that may be changed.
    mutating func owned(_ operand: Operand) -> GP {
        if operand.kind == .gp { return operand.gp }
        let target = take()
        load(operand, target)
        return target
    }

    mutating func ownedFloat(_ operand: Operand) -> XMM {
        if operand.kind == .xmm { return operand.xmm }
        let target = takeFloat()
        load(operand, target)
        return target
    }

    mutating func load(_ operand: Operand, _ target: GP) {
        switch operand.kind {
        case .constant: asm.move(target, immediate: operand.bits)
        case .gp: if operand.gp != target { asm.move(target, operand.gp) }
        case .slot: asm.load(target, slot(Int(operand.bits)), operand.type.width)
        case .local:
            if let register = register(of: Int(operand.bits)) {
                asm.move(target, GP(rawValue: register)!, operand.type.width)
            } else {
                asm.load(target, local(Int(operand.bits)), operand.type.width)
            }
        case .flags, .xmm: preconditionFailure("\(operand) is no integer")
        }
    }

    mutating func load(_ operand: Operand, _ target: XMM) {
        let precision = operand.type.precision
        switch operand.kind {
        case .constant where operand.bits == 0: asm.compute(.xor, target, target)
        case .constant:
            asm.move(.r11, immediate: operand.bits)
            asm.move(target, bits: .r11, precision)
        case .xmm: if operand.xmm != target { asm.move(target, operand.xmm) }
        case .slot: asm.load(target, slot(Int(operand.bits)), precision)
        case .local:
            if let register = register(of: Int(operand.bits)) {
                asm.move(target, XMM(rawValue: register)!)
            } else {
                asm.load(target, local(Int(operand.bits)), precision)
            }
        case .flags, .gp: preconditionFailure("\(operand) is no floating-point number")
        }
    }

    /// The second operand of an instruction: a register, a place in memory, or `r11` with a constant.
    mutating func source(_ operand: Operand) -> RM {
        switch operand.kind {
        case .gp: return .gp(operand.gp)
        case .slot: return .memory(slot(Int(operand.bits)))
        case .local: return register(of: Int(operand.bits)).map(RM.register) ?? .memory(local(Int(operand.bits)))
        case .constant:
            asm.move(.r11, immediate: operand.bits)
            return .gp(.r11)
        case .flags, .xmm: preconditionFailure("\(operand) is no integer")
        }
    }

    /// The same of a floating-point number; `xmm15` has a constant.
    mutating func floatSource(_ operand: Operand) -> RM {
        switch operand.kind {
        case .xmm: return .xmm(operand.xmm)
        case .slot: return .memory(slot(Int(operand.bits)))
        case .local: return register(of: Int(operand.bits)).map(RM.register) ?? .memory(local(Int(operand.bits)))
        case .constant:
            load(operand, .xmm15)
            return .xmm(.xmm15)
        case .flags, .gp: preconditionFailure("\(operand) is no floating-point number")
        }
    }

    // MARK: Flags

    /// Makes a number of what was compared, where the next instruction does not read the flags.
    mutating func materializeFlags() {
        let operand = operands.pop()
        let target = take()
        set(target, comparison)
        push(target, operand.type)
    }

    mutating func set(_ target: GP, _ comparison: Comparison) {
        switch comparison {
        case .condition(let condition): asm.set(condition, target)
        case .floatEqual, .floatNotEqual:
            let isEqual = comparison == .floatEqual
            asm.set(isEqual ? .noParity : .parity, .r11)
            asm.set(isEqual ? .equal : .notEqual, target)
            asm.compute(isEqual ? .and : .or, target, .gp(.r11), .bits32)
        }
        asm.extend(target, .gp(target), .unsigned8, .bits32)
    }

    /// The condition that the topmost operand, which goes, is not 0, in the flags.
    mutating func popCondition() -> Comparison {
        let operand = pop()
        if operand.kind == .flags { return comparison }
        let value = inRegister(operand)
        asm.test(gp(value), gp(value), .bits32)
        release(value)
        return .condition(.notEqual)
    }

    mutating func jump(_ comparison: Comparison, _ label: CodeLabel) {
        switch comparison {
        case .condition(let condition): asm.jump(condition, label)
        case .floatEqual:
            let unordered = asm.jumpShort(.parity)
            asm.jump(.equal, label)
            asm.land(unordered)
        case .floatNotEqual:
            asm.jump(.parity, label)
            asm.jump(.notEqual, label)
        }
    }
}

extension ValueType {
    @inline(__always) var isFourBytes: Bool { self == .i32 || self == .f32 }
}

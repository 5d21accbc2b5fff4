// Integer instructions, and comparisons.
// https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations

import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ numeric: NumericInstruction) {
        switch numeric.kind {
        case .integerComparison(let type, let comparison): compare(comparison, type)
        case .floatComparison(let type, let comparison): compare(comparison, type)
        case .integerOperation(let type, let operation): compute(operation, type)
        case .floatOperation(let type, let operation): compute(operation, type)
        case .conversion(let conversion): convert(conversion)
        }
    }

    // MARK: Comparisons

    private mutating func compare(_ comparison: IntegerComparison, _ type: ValueType) {
        if comparison == .eqz { return compareWithZero(type) }
        let condition: Condition = switch comparison {
        case .eqz, .eq: .equal
        case .ne: .notEqual
        case .ltS: .less
        case .ltU: .below
        case .gtS: .greater
        case .gtU: .above
        case .leS: .lessOrEqual
        case .leU: .belowOrEqual
        case .geS: .greaterOrEqual
        case .geU: .aboveOrEqual
        }
        let second = pop()
        let first = inRegister(pop())
        compute(.compare, gp(first), second, type.width)
        release(first)
        release(second)
        push(.condition(condition))
    }

    private mutating func compareWithZero(_ type: ValueType) {
        let operand = pop()
        if operand.kind == .flags { return push(comparison.inverted) }
        let value = inRegister(operand)
        asm.test(gp(value), gp(value), type.width)
        release(value)
        push(.condition(.equal))
    }

    // MARK: Operations

    private mutating func compute(_ operation: IntegerOperation, _ type: ValueType) {
        switch operation {
        case .clz: countZeros(fromHighest: true, type)
        case .ctz: countZeros(fromHighest: false, type)
        case .popcnt:
            let value = pop()
            let source = source(value)
            release(value)
            let target = take()
            asm.countBits(target, source, type.width)
            push(target, type)
        case .add: computeSum(type)
        case .sub: computeDifference(type)
        case .mul: multiply(type)
        case .and: computeInOrder(.and, type, isCommutative: true)
        case .or: computeInOrder(.or, type, isCommutative: true)
        case .xor: computeInOrder(.xor, type, isCommutative: true)
        case .shl: shift(.left, type)
        case .shrS: shift(.arithmeticRight, type)
        case .shrU: shift(.right, type)
        case .rotl: shift(.rotateLeft, type)
        case .rotr: shift(.rotateRight, type)
        case .divS: divide(isSigned: true, wantsRemainder: false, type)
        case .divU: divide(isSigned: false, wantsRemainder: false, type)
        case .remS: divide(isSigned: true, wantsRemainder: true, type)
        case .remU: divide(isSigned: false, wantsRemainder: true, type)
        }
    }

    /// The bits of a constant as an immediate operand of that width.
    private func immediate(_ operand: Operand, _ width: Width) -> Int32? {
        guard operand.kind == .constant else { return nil }
        return width == .bits32
            ? Int32(truncatingIfNeeded: operand.bits) : Int32(exactly: Int64(bitPattern: operand.bits))
    }

    private mutating func compute(_ operation: Arithmetic, _ target: GP, _ second: Operand, _ width: Width) {
        if let immediate = immediate(second, width) {
            asm.compute(operation, .gp(target), immediate: immediate, width)
        } else {
            let source = source(second)
            asm.compute(operation, target, source, width)
        }
    }

    private mutating func computeInOrder(_ operation: Arithmetic, _ type: ValueType, isCommutative: Bool) {
        var second = pop()
        var first = pop()
        if isCommutative, first.kind != .gp, second.kind == .gp { swap(&first, &second) }
        let target = owned(first)
        compute(operation, target, second, type.width)
        release(second)
        push(target, type)
    }

    /// Where the first operand is to stay, an address is computed.
    private mutating func computeSum(_ type: ValueType) {
        let top = operands.count - 1
        let (first, second) = (operands[top - 1], operands[top])
        let isInPlace = first.kind == .gp || (second.kind == .gp && first.kind != .local)
        guard !isInPlace, let base = localRegister(first) else {
            return computeInOrder(.add, type, isCommutative: true)
        }
        let address: Address
        if let immediate = immediate(second, type.width) {
            address = Address(base, Int(immediate))
        } else if second.kind == .gp {
            address = Address(base, index: second.gp)
        } else if let other = localRegister(second) {
            address = Address(base, index: other)
        } else {
            return computeInOrder(.add, type, isCommutative: true)
        }
        drop(2)
        let target = take()
        asm.loadAddress(target, address, type.width)
        push(target, type)
    }

    private mutating func computeDifference(_ type: ValueType) {
        let top = operands.count - 1
        guard let base = localRegister(operands[top - 1]), let immediate = immediate(operands[top], type.width),
            immediate != .min
        else { return computeInOrder(.sub, type, isCommutative: false) }
        drop(2)
        let target = take()
        asm.loadAddress(target, Address(base, -Int(immediate)), type.width)
        push(target, type)
    }

    /// The register of a local that is not read yet.
    private func localRegister(_ operand: Operand) -> GP? {
        operand.kind == .local ? register(of: Int(operand.bits)).flatMap(GP.init) : nil
    }

    private mutating func multiply(_ type: ValueType) {
        let top = operands.count - 1
        guard let immediate = immediate(operands[top], type.width) else {
            var second = pop()
            var first = pop()
            if first.kind != .gp, second.kind == .gp { swap(&first, &second) }
            let target = owned(first)
            let source = source(second)
            asm.multiply(target, source, type.width)
            release(second)
            return push(target, type)
        }
        drop(1)
        let first = pop()
        if immediate > 0, immediate & (immediate - 1) == 0 {
            let target = owned(first)
            asm.shift(.left, target, by: UInt8(immediate.trailingZeroBitCount), type.width)
            return push(target, type)
        }
        let source = source(first)
        release(first)
        let target = take()
        asm.multiply(target, source, immediate: immediate, type.width)
        push(target, type)
    }

    // MARK: Bits

    private mutating func countZeros(fromHighest: Bool, _ type: ValueType) {
        let value = pop()
        let source = source(value)
        release(value)
        let bits: UInt64 = type == .i32 ? 32 : 64
        let target = take()
        // `target` may be the source.
        asm.scan(target, source, fromHighest: fromHighest, type.width)
        let isFound = asm.jumpShort(.notEqual)
        asm.move(target, immediate: fromHighest ? 2 * bits - 1 : bits)
        asm.land(isFound)
        if fromHighest { asm.compute(.xor, .gp(target), immediate: Int32(bits - 1), type.width) }
        push(target, type)
    }

    private mutating func shift(_ operation: Shift, _ type: ValueType) {
        let distance = pop()
        var value = pop()
        if distance.kind == .constant {
            let target = owned(value)
            let count = UInt8(distance.bits & (type == .i32 ? 31 : 63))
            if count != 0 { asm.shift(operation, target, by: count, type.width) }
            return push(target, type)
        }
        if distance.kind == .gp, distance.gp == .rcx {
            let target = owned(value)
            asm.shift(operation, target, type.width)
            release(.rcx)
            return push(target, type)
        }
        move(&value, outOf: .rcx)
        take(.rcx)
        load(distance, .rcx)
        release(distance)
        let target = owned(value)
        asm.shift(operation, target, type.width)
        release(.rcx)
        push(target, type)
    }

    // MARK: Division

    private mutating func divide(isSigned: Bool, wantsRemainder: Bool, _ type: ValueType) {
        let divisor = pop()
        let dividend = pop()
        let width = type.width
        if divisor.kind == .constant, !isSigned, divisor.bits != 0, divisor.bits & (divisor.bits - 1) == 0 {
            return divide(dividend, byPower: divisor.bits, wantsRemainder, type)
        }
        load(divisor, .r11)
        release(divisor)
        if !(dividend.kind == .gp && dividend.gp == .rax) {
            take(.rax)
            load(dividend, .rax)
            release(dividend)
        }
        take(.rdx)
        if divisor.kind != .constant || divisor.bits == 0 {
            asm.test(.r11, .r11, width)
            trap(.integerDivideByZero, if: .equal)
        }
        let mayBeMinusOne = divisor.kind != .constant || immediate(divisor, width) == -1
        if isSigned, mayBeMinusOne {
            if wantsRemainder { divideSignedForRemainder(width) } else { divideSigned(width) }
        } else if isSigned {
            asm.extendSign(width)
            asm.divide(by: .r11, isSigned: true, width)
        } else {
            asm.compute(.xor, .rdx, .gp(.rdx), .bits32)
            asm.divide(by: .r11, isSigned: false, width)
        }
        release(wantsRemainder ? .rax : .rdx)
        push(wantsRemainder ? .rdx : .rax, type)
    }

    private mutating func divide(
        _ dividend: Operand, byPower divisor: UInt64, _ wantsRemainder: Bool, _ type: ValueType
    ) {
        let target = owned(dividend)
        if wantsRemainder {
            let mask = Operand(kind: .constant, type: type, bits: divisor - 1)
            compute(.and, target, mask, type.width)
        } else if divisor > 1 {
            asm.shift(.right, target, by: UInt8(divisor.trailingZeroBitCount), type.width)
        }
        push(target, type)
    }

    private mutating func divideSigned(_ width: Width) {
        asm.compute(.compare, .gp(.r11), immediate: -1, width)
        let isPlain = asm.jumpShort(.notEqual)
        // The least dividend is the one whose negation overflows.
        asm.move(.rdx, .rax, width)
        asm.negate(.rdx, width)
        trap(.integerOverflow, if: .overflow)
        asm.land(isPlain)
        asm.extendSign(width)
        asm.divide(by: .r11, isSigned: true, width)
    }

    /// The remainder by -1 is 0, which the machine's division would not give for the least dividend.
    private mutating func divideSignedForRemainder(_ width: Width) {
        asm.compute(.compare, .gp(.r11), immediate: -1, width)
        let isPlain = asm.jumpShort(.notEqual)
        asm.compute(.xor, .rdx, .gp(.rdx), .bits32)
        let isDone = asm.jumpShort(nil)
        asm.land(isPlain)
        asm.extendSign(width)
        asm.divide(by: .r11, isSigned: true, width)
        asm.land(isDone)
    }
}

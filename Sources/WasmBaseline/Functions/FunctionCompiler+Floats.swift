// Floating-point instructions.
// https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations

import WasmModule
import WasmRuntime

extension FunctionCompiler {
    /// Of two numbers that may be unordered, `above` and `aboveOrEqual` are false.
    mutating func compare(_ comparison: FloatComparison, _ type: ValueType) {
        var second = pop()
        var first = pop()
        if comparison == .lt || comparison == .le { swap(&first, &second) }
        first = inFloatRegister(first)
        let source = floatSource(second)
        asm.compare(xmm(first), source, type.precision)
        release(first)
        release(second)
        switch comparison {
        case .eq: push(.floatEqual)
        case .ne: push(.floatNotEqual)
        case .lt, .gt: push(.condition(.above))
        case .le, .ge: push(.condition(.aboveOrEqual))
        }
    }

    mutating func compute(_ operation: FloatOperation, _ type: ValueType) {
        switch operation {
        case .abs: computeOnBits(.and, mask: ~signBit(type) & allBits(type), type)
        case .neg: computeOnBits(.xor, mask: signBit(type), type)
        case .ceil: round(.up, type)
        case .floor: round(.down, type)
        case .trunc: round(.towardZero, type)
        case .nearest: round(.nearest, type)
        case .sqrt:
            let value = pop()
            let source = floatSource(value)
            release(value)
            let target = takeFloat()
            asm.compute(.squareRoot, target, source, type.precision)
            push(target, type)
        case .add: computeInOrder(.add, type)
        case .sub: computeInOrder(.subtract, type)
        case .mul: computeInOrder(.multiply, type)
        case .div: computeInOrder(.divide, type)
        case .min: computeExtremum(.minimum, .or, type)
        case .max: computeExtremum(.maximum, .and, type)
        case .copysign: copySign(type)
        }
    }

    private func signBit(_ type: ValueType) -> UInt64 { type == .f32 ? 1 << 31 : 1 << 63 }
    private func allBits(_ type: ValueType) -> UInt64 { type == .f32 ? 0xFFFF_FFFF : .max }

    private mutating func computeInOrder(_ operation: FloatArithmetic, _ type: ValueType) {
        let second = pop()
        let target = ownedFloat(pop())
        let source = floatSource(second)
        asm.compute(operation, target, source, type.precision)
        release(second)
        push(target, type)
    }

    private mutating func round(_ rounding: Rounding, _ type: ValueType) {
        let value = pop()
        let source = floatSource(value)
        release(value)
        let target = takeFloat()
        asm.round(target, source, rounding, type.precision)
        push(target, type)
    }

    /// Puts a number's bits into `xmm15`.
    private mutating func loadScratch(_ bits: UInt64, _ type: ValueType) {
        asm.move(.r11, immediate: bits)
        asm.move(.xmm15, bits: .r11, type.precision)
    }

    private mutating func computeOnBits(_ operation: FloatLogic, mask: UInt64, _ type: ValueType) {
        let target = ownedFloat(pop())
        loadScratch(mask, type)
        asm.compute(operation, target, .xmm15)
        push(target, type)
    }

    private mutating func copySign(_ type: ValueType) {
        let sign = ownedFloat(pop())
        let target = ownedFloat(pop())
        loadScratch(signBit(type), type)
        asm.compute(.and, sign, .xmm15)
        // The mask's complement and the number.
        asm.compute(.andNot, .xmm15, target)
        asm.move(target, .xmm15)
        asm.compute(.or, target, sign)
        release(sign)
        push(target, type)
    }

    private mutating func computeExtremum(_ operation: FloatArithmetic, _ equal: FloatLogic, _ type: ValueType) {
        let second = inFloatRegister(pop())
        let target = ownedFloat(pop())
        let other = xmm(second)
        asm.compare(target, .xmm(other), type.precision)
        let isUnordered = asm.jumpShort(.parity)
        let isDifferent = asm.jumpShort(.notEqual)
        // Of two zeros, the one with the sign that counts.
        asm.compute(equal, target, other)
        let afterEqual = asm.jumpShort(nil)
        asm.land(isUnordered)
        asm.compute(.add, target, .xmm(other), type.precision)
        let afterUnordered = asm.jumpShort(nil)
        asm.land(isDifferent)
        asm.compute(operation, target, .xmm(other), type.precision)
        asm.land(afterEqual)
        asm.land(afterUnordered)
        release(second)
        push(target, type)
    }
}

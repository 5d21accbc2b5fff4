// Conversions between number types.
// https://webassembly.github.io/spec/core/exec/numerics.html#conversions

import WasmModule
import WasmRuntime

/// A conversion from a floating-point type to an integer, which traps or saturates where the number does not fit.
struct Truncation {
    let from: ValueType
    let to: ValueType
    let isSigned: Bool
    let saturates: Bool
}

extension FunctionCompiler {
    mutating func convert(_ conversion: Conversion) {
        switch conversion {
        case .i32WrapI64: wrap()
        case .i64ExtendI32S: extend(.signed32, .i64)
        case .i64ExtendI32U: extendUnsigned()
        case .i32Extend8S: extend(.signed8, .i32)
        case .i32Extend16S: extend(.signed16, .i32)
        case .i64Extend8S: extend(.signed8, .i64)
        case .i64Extend16S: extend(.signed16, .i64)
        case .i64Extend32S: extend(.signed32, .i64)
        case .i32ReinterpretF32: reinterpret(.f32, .i32)
        case .i64ReinterpretF64: reinterpret(.f64, .i64)
        case .f32ReinterpretI32: reinterpret(.i32, .f32)
        case .f64ReinterpretI64: reinterpret(.i64, .f64)
        case .f32ConvertI32S: convertSigned(.bits32, .f32)
        case .f32ConvertI64S: convertSigned(.bits64, .f32)
        case .f64ConvertI32S: convertSigned(.bits32, .f64)
        case .f64ConvertI64S: convertSigned(.bits64, .f64)
        // An upper half of zeros makes a positive number of 64 bits of it.
        case .f32ConvertI32U: convertUnsigned32(.f32)
        case .f64ConvertI32U: convertUnsigned32(.f64)
        case .f32ConvertI64U: convertUnsigned64(.f32)
        case .f64ConvertI64U: convertUnsigned64(.f64)
        case .f32DemoteF64: changePrecision(.f64, .f32)
        case .f64PromoteF32: changePrecision(.f32, .f64)
        case .i32TruncF32S: truncate(.f32, .i32, isSigned: true)
        case .i32TruncF32U: truncate(.f32, .i32, isSigned: false)
        case .i32TruncF64S: truncate(.f64, .i32, isSigned: true)
        case .i32TruncF64U: truncate(.f64, .i32, isSigned: false)
        case .i64TruncF32S: truncate(.f32, .i64, isSigned: true)
        case .i64TruncF32U: truncate(.f32, .i64, isSigned: false)
        case .i64TruncF64S: truncate(.f64, .i64, isSigned: true)
        case .i64TruncF64U: truncate(.f64, .i64, isSigned: false)
        case .i32TruncSatF32S: truncate(.f32, .i32, isSigned: true, saturates: true)
        case .i32TruncSatF32U: truncate(.f32, .i32, isSigned: false, saturates: true)
        case .i32TruncSatF64S: truncate(.f64, .i32, isSigned: true, saturates: true)
        case .i32TruncSatF64U: truncate(.f64, .i32, isSigned: false, saturates: true)
        case .i64TruncSatF32S: truncate(.f32, .i64, isSigned: true, saturates: true)
        case .i64TruncSatF32U: truncate(.f32, .i64, isSigned: false, saturates: true)
        case .i64TruncSatF64S: truncate(.f64, .i64, isSigned: true, saturates: true)
        case .i64TruncSatF64U: truncate(.f64, .i64, isSigned: false, saturates: true)
        }
    }

    // MARK: Integers

    private mutating func wrap() {
        let value = pop()
        if value.kind == .constant { return push(constant: value.bits & 0xFFFF_FFFF, .i32) }
        let source = source(value)
        release(value)
        let target = take()
        switch source {
        case .register(let register): asm.move(target, GP(rawValue: register)!, .bits32)
        case .memory(let address): asm.load(target, address, .bits32)
        }
        push(target, .i32)
    }

    private mutating func extend(_ kind: NarrowLoad, _ type: ValueType) {
        let value = pop()
        let source = source(value)
        release(value)
        let target = take()
        asm.extend(target, source, kind, type.width)
        push(target, type)
    }

    /// An i32 has an upper half of zeros already.
    private mutating func extendUnsigned() {
        let value = pop()
        if value.kind == .constant { return push(constant: value.bits, .i64) }
        push(owned(value), .i64)
    }

    private mutating func reinterpret(_ from: ValueType, _ to: ValueType) {
        let value = pop()
        if value.kind == .constant { return push(constant: value.bits, to) }
        if to.isFloat {
            let held = inRegister(value)
            let target = takeFloat()
            asm.move(target, bits: gp(held), to.precision)
            release(held)
            push(target, to)
        } else {
            let held = inFloatRegister(value)
            let target = take()
            asm.move(target, bits: xmm(held), from.precision)
            release(held)
            push(target, to)
        }
    }

    // MARK: To floating point

    /// The register is cleared first, so that nothing waits for what was in it.
    private mutating func clearedFloat() -> XMM {
        let target = takeFloat()
        asm.compute(.xor, target, target)
        return target
    }

    private mutating func convertSigned(_ width: Width, _ type: ValueType) {
        let value = inRegister(pop())
        let target = clearedFloat()
        asm.convert(target, gp(value), width, type.precision)
        release(value)
        push(target, type)
    }

    private mutating func convertUnsigned32(_ type: ValueType) { convertSigned(.bits64, type) }

    private mutating func convertUnsigned64(_ type: ValueType) {
        let value = owned(pop())
        let target = clearedFloat()
        asm.test(value, value, .bits64)
        let isLarge = asm.jumpShort(.sign)
        asm.convert(target, value, .bits64, type.precision)
        let isDone = asm.jumpShort(nil)
        asm.land(isLarge)
        // Half of it, with a lowest bit that says whether anything was lost, so that rounding is the same.
        asm.move(.r11, value)
        asm.shift(.right, value, by: 1, .bits64)
        asm.compute(.and, .gp(.r11), immediate: 1, .bits32)
        asm.compute(.or, value, .gp(.r11), .bits64)
        asm.convert(target, value, .bits64, type.precision)
        asm.compute(.add, target, .xmm(target), type.precision)
        asm.land(isDone)
        release(value)
        push(target, type)
    }

    private mutating func changePrecision(_ from: ValueType, _ to: ValueType) {
        let value = pop()
        let source = floatSource(value)
        release(value)
        let target = takeFloat()
        asm.convert(target, source, from: from.precision)
        push(target, to)
    }

    // MARK: To integers

    private mutating func truncate(_ from: ValueType, _ to: ValueType, isSigned: Bool, saturates: Bool = false) {
        let truncation = Truncation(from: from, to: to, isSigned: isSigned, saturates: saturates)
        // Stays where it is until the slow way, which is out of line, has read it.
        let source = ownedFloat(pop())
        let target = take()
        let (slow, back) = (asm.newLabel(), asm.newLabel())
        switch (to, isSigned) {
        case (.i32, true):
            asm.truncate(target, source, .bits64, from.precision)
            asm.extend(.r11, .gp(target), .signed32, .bits64)
            asm.compute(.compare, .r11, .gp(target), .bits64)
            asm.jump(.notEqual, slow)
            asm.move(target, target, .bits32)
        case (.i32, false):
            asm.truncate(target, source, .bits64, from.precision)
            asm.move(.r11, target, .bits32)
            asm.compute(.compare, .r11, .gp(target), .bits64)
            asm.jump(.notEqual, slow)
        case (_, true):
            asm.truncate(target, source, .bits64, from.precision)
            // The least integer is also what does not fit.
            asm.compute(.compare, .gp(target), immediate: 1, .bits64)
            asm.jump(.overflow, slow)
        case (_, false): truncateUnsigned64(target, source, from, slow)
        }
        asm.bind(back)
        outOfLine.append(
            OutOfLineCode(.truncation(truncation, source, target), label: slow, back: back, offset: offset))
        release(source)
        push(target, to)
    }

    private mutating func truncateUnsigned64(_ target: GP, _ source: XMM, _ from: ValueType, _ slow: CodeLabel) {
        asm.move(.r11, immediate: from == .f32 ? UInt64(Float(0x1p63).bitPattern) : Double(0x1p63).bitPattern)
        asm.move(.xmm15, bits: .r11, from.precision)
        asm.compare(source, .xmm(.xmm15), from.precision)
        let isLarge = asm.jumpShort(.aboveOrEqual)
        asm.truncate(target, source, .bits64, from.precision)
        asm.test(target, target, .bits64)
        asm.jump(.sign, slow)
        let isDone = asm.jumpShort(nil)
        asm.land(isLarge)
        asm.move(.r11, bits: source, from.precision)
        asm.compute(.subtract, source, .xmm(.xmm15), from.precision)
        asm.truncate(target, source, .bits64, from.precision)
        asm.move(source, bits: .r11, from.precision)
        asm.test(target, target, .bits64)
        asm.jump(.sign, slow)
        asm.move(.r11, immediate: 1 << 63)
        asm.compute(.xor, target, .gp(.r11), .bits64)
        asm.land(isDone)
    }

    /// The number does not fit, or is the least i64.
    mutating func emitSlowTruncation(_ truncation: Truncation, _ source: XMM, _ target: GP, _ back: CodeLabel) {
        let precision = truncation.from.precision
        let isWide = truncation.to == .i64
        asm.compare(source, .xmm(source), precision)
        let isNumber = asm.jumpShort(.noParity)
        if truncation.saturates {
            asm.move(target, immediate: 0)
            asm.jump(back)
        } else {
            trap(.invalidConversionToInteger)
        }
        asm.land(isNumber)
        if truncation.saturates {
            let least: UInt64 = truncation.isSigned ? (isWide ? 1 << 63 : 1 << 31) : 0
            let most: UInt64 = (isWide ? .max : 0xFFFF_FFFF) >> (truncation.isSigned ? 1 : 0)
            asm.compute(.xor, .xmm15, .xmm15)
            asm.compare(source, .xmm(.xmm15), precision)
            asm.move(target, immediate: most)
            asm.jump(.above, back)
            asm.move(target, immediate: least)
            return asm.jump(back)
        }
        if isWide, truncation.isSigned {
            // The least i64, which fits.
            asm.move(
                .r11, immediate: truncation.from == .f32
                    ? UInt64(Float(-0x1p63).bitPattern) : Double(-0x1p63).bitPattern)
            asm.move(.xmm15, bits: .r11, precision)
            asm.compare(source, .xmm(.xmm15), precision)
            asm.jump(.equal, back)
        }
        trap(.integerOverflow)
    }
}

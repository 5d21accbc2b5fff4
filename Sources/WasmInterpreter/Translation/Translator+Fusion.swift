// Two operations in one, where the second consumes what the first has just made. Always true: the first is
// taken back only when its result is a temporary that nothing else can see.

import CMachine
import WasmModule

extension Translator {
    /// A load from an address that was just added up; false where it was not.
    mutating func translateFusedLoad(_ load: Operation, _ offset: UInt32) throws(TranslationError) -> Bool {
        guard let start = producer(of: operands.last), let forms = load.addressForms else { return false }
        switch Operation(rawValue: words[start]) {
        case .i32Add:
            let (first, second) = (words[start + 2], words[start + 3])
            retract(start)
            _ = pop()
            emit(forms.indexed, result: try push(), first, second)
            append(imm: offset)
            return true
        case .i32AddImm where offset == 0:
            let first = words[start + 2]
            let displacement = immediate(at: start + 3)
            retract(start)
            _ = pop()
            emit(forms.displaced, result: try push(), first)
            append(imm: displacement)
            return true
        default: return false
        }
    }

    /// A binary operation on what was just loaded, multiplied or shifted; false where there is no such form.
    mutating func translateFused(_ operation: Operation) throws(TranslationError) -> Bool {
        let second = operands[operands.count - 1]
        let first = operands[operands.count - 2]
        if let start = producer(of: second),
            let form = operation.fused(with: Operation(rawValue: words[start])!)
        {
            return try emitFused(form, producer: start, other: first, at: operands.count - 2)
        }
        guard operation.isFusedEitherWay, let start = producer(of: first),
            let form = operation.fused(with: Operation(rawValue: words[start])!)
        else { return false }
        // Not at its own height: an operand of the one that is taken back may stand there.
        try reserve()
        return try emitFused(form, producer: start, other: second, at: operands.count)
    }

    /// Replaces the operation at `start`; `other` is the operand that is not its result, and `height`
    /// where it goes if it is symbolic.
    private mutating func emitFused(
        _ form: FusedForm, producer start: Int, other: Operand, at height: Int
    ) throws(TranslationError) -> Bool {
        let made = Array(words[(start + 2)...])
        if form == .i32ShlAdd, immediate(at: start + 3) > 31 { return false }
        if case .loaded = form { takeIn(start) } else { retract(start) }
        drop(2)
        let otherSlot = locate(other, at: height)
        switch form {
        case .loaded(let operation):
            emit(operation, result: try push(), otherSlot)
            words.append(contentsOf: made)
        case .multiplied(let operation):
            emit(operation, result: try push(), made[0], made[1], otherSlot)
        case .i32ShlAdd:
            emit(.i32ShlAdd, result: try push(), made[0], made[1], otherSlot)
        }
        return true
    }
}

/// How a binary operation takes in the one that made an operand.
enum FusedForm: Equatable {
    case loaded(Operation)
    case multiplied(Operation)
    case i32ShlAdd
}

extension Operation {
    /// Loads whose address is a sum of two slots, or of a slot and an immediate.
    fileprivate var addressForms: (indexed: Operation, displaced: Operation)? {
        switch self {
        case .load32: (.load32Indexed, .load32Displaced)
        case .load64: (.load64Indexed, .load64Displaced)
        case .load8U: (.load8UIndexed, .load8UDisplaced)
        default: nil
        }
    }

    /// Whether the operand that was just made may be the first one as well.
    fileprivate var isFusedEitherWay: Bool { self != .f64Sub }

    fileprivate func fused(with producer: Operation) -> FusedForm? {
        switch (self, producer) {
        case (.i32Add, .load32): .loaded(.i32AddLoad)
        case (.i32Xor, .load32): .loaded(.i32XorLoad)
        case (.f32Add, .load32): .loaded(.f32AddLoad)
        case (.f32Mul, .load32): .loaded(.f32MulLoad)
        case (.f64Add, .load64): .loaded(.f64AddLoad)
        case (.f64Sub, .load64): .loaded(.f64SubLoad)
        case (.f64Mul, .load64): .loaded(.f64MulLoad)
        case (.f32Add, .f32Mul): .multiplied(.f32MulAdd)
        case (.f64Add, .f64Mul): .multiplied(.f64MulAdd)
        case (.i32Add, .i32ShlImm): .i32ShlAdd
        default: nil
        }
    }
}

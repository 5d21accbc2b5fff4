// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// What the instructions of the family `atomic` do.

package enum AtomicKind: Hashable, Sendable {
    case load
    case store
    case modification(AtomicModification)
    case exchange
}

/// What distinguishes those of `modification`.
package enum AtomicModification: UInt8, CaseIterable, Sendable {
    case add, sub, and, or, xor, xchg
}

extension AtomicInstruction {
    package var kind: AtomicKind {
        switch self {
        case .i32AtomicLoad, .i64AtomicLoad, .i32AtomicLoad8U, .i32AtomicLoad16U, .i64AtomicLoad8U,
            .i64AtomicLoad16U, .i64AtomicLoad32U: .load
        case .i32AtomicStore, .i64AtomicStore, .i32AtomicStore8, .i32AtomicStore16, .i64AtomicStore8,
            .i64AtomicStore16, .i64AtomicStore32: .store
        case .i32AtomicRmwAdd, .i64AtomicRmwAdd, .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i64AtomicRmw8AddU,
            .i64AtomicRmw16AddU, .i64AtomicRmw32AddU: .modification(.add)
        case .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU, .i32AtomicRmw16SubU, .i64AtomicRmw8SubU,
            .i64AtomicRmw16SubU, .i64AtomicRmw32SubU: .modification(.sub)
        case .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU, .i64AtomicRmw8AndU,
            .i64AtomicRmw16AndU, .i64AtomicRmw32AndU: .modification(.and)
        case .i32AtomicRmwOr, .i64AtomicRmwOr, .i32AtomicRmw8OrU, .i32AtomicRmw16OrU, .i64AtomicRmw8OrU,
            .i64AtomicRmw16OrU, .i64AtomicRmw32OrU: .modification(.or)
        case .i32AtomicRmwXor, .i64AtomicRmwXor, .i32AtomicRmw8XorU, .i32AtomicRmw16XorU, .i64AtomicRmw8XorU,
            .i64AtomicRmw16XorU, .i64AtomicRmw32XorU: .modification(.xor)
        case .i32AtomicRmwXchg, .i64AtomicRmwXchg, .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU,
            .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU, .i64AtomicRmw32XchgU: .modification(.xchg)
        case .i32AtomicRmwCmpxchg, .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU, .i32AtomicRmw16CmpxchgU,
            .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU: .exchange
        }
    }
}

// Where values lie in slots of 8 bytes: the one definition for locals, operands, globals, constants, frames of
// calls between guest and host, and for all tiers.
//
// Always true: values lie one after another without gaps, each in as many slots as its type takes, the bits in
// the low bytes. A slot is aligned to its 8 bytes, and so is a value of two slots, whose low half comes first.

extension ValueType {
    /// How many slots a value of this type takes.
    package var slots: Int { self == .v128 ? 2 : 1 }
}

/// Where each value of a list lies, from slot 0 on.
package struct SlotLayout: Sendable {
    /// How many slots all values take together.
    package let slots: Int
    /// The slot of each value; empty where each takes one, so that its index is its slot.
    private let starts: [UInt32]

    package init(_ types: some Collection<ValueType>) {
        slots = types.reduce(0) { $0 + $1.slots }
        guard slots != types.count else {
            starts = []
            return
        }
        var next = 0
        starts = types.map { type in
            defer { next += type.slots }
            return UInt32(next)
        }
    }

    /// The first slot of a value.
    package subscript(index: Int) -> Int { starts.isEmpty ? index : Int(starts[index]) }

    /// Whether the index of a value is its slot.
    package var isUniform: Bool { starts.isEmpty }
}

extension FunctionType {
    package var parameterSlots: Int { parameters.reduce(0) { $0 + $1.slots } }
    package var resultSlots: Int { results.reduce(0) { $0 + $1.slots } }

    /// Where a call from outside puts the arguments, and finds the results: both from slot 0 on.
    package var callSlots: Int { max(parameterSlots, resultSlots) }
}

/// The frame of a call of a guest's function, as the interpreter keeps it and compiled code comes in with:
///
///     parameters | other locals | record of the caller | operands
///
/// Results are left from slot 0 on, and do not reach the record.
package struct FrameLayout: Sendable {
    /// What stands between the locals and the operands: where the caller goes on, and its frame.
    package static let recordSlots = 2

    package let parameterSlots: Int
    package let locals: SlotLayout
    /// Where the exceptions stand, after the locals, that handlers of the legacy encoding have caught.
    package let firstCaught: Int
    /// Where the locals end and the record begins.
    package let localsEnd: Int

    /// `locals` are the types of all locals, parameters first; `caught` is how many handlers are inside of each other.
    package init(_ type: FunctionType, locals: [ValueType], caught: Int) {
        parameterSlots = type.parameterSlots
        self.locals = SlotLayout(locals + Array(repeating: .exnref, count: caught))
        firstCaught = self.locals.slots - caught * ValueType.exnref.slots
        localsEnd = Self.localsEnd(localSlots: self.locals.slots, resultSlots: type.resultSlots)
    }

    package static func localsEnd(localSlots: Int, resultSlots: Int) -> Int { max(localSlots, resultSlots) }

    /// Where the operands begin.
    package var firstOperand: Int { localsEnd + Self.recordSlots }
}

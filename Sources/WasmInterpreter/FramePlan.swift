// Where the values of a frame stand while its function is at a word.
//
// A function is translated twice for it: up to the word, to know which instruction is under way, and up to that
// instruction, to know the operands before it. Always true: what is told of an operand is in that place whenever the
// function comes to the word; what a word at or after it would have put there is not told.

import CMachine
import WasmModule
import WasmRuntime

struct FramePlan {
    struct Value {
        enum Place {
            case slot(Int)
            case constant(UInt64)
            case nowhere
        }

        let place: Place
        let type: ValueType
        /// Where its own slots begin, which a callee has whose argument it is.
        let ownSlot: Int

        fileprivate func read(_ frame: UnsafePointer<MachineSlot>) -> KnownValue {
            switch place {
            case .slot(let slot): KnownValue(frame[slot], type)
            case .constant(let bits): KnownValue(bits, type)
            case .nowhere: .unavailable
            }
        }
    }

    let locals: [Value]
    let operands: [Value]

    func values(of frame: UnsafePointer<MachineSlot>, below end: Int?) -> FrameValues {
        let left = operands.prefix { $0.ownSlot < end ?? .max }
        return FrameValues(locals: locals.map { $0.read(frame) }, operands: left.map { $0.read(frame) })
    }
}

extension FramePlan {
    /// For a word by its index in the body.
    init?(_ moduleCode: ModuleCode, function: Int, at word: Int) {
        let counting: Translator.Counting? = moduleCode.compiler == nil ? nil : .nothing
        do {
            var finding = try Translator(moduleCode, function: function, counting: counting)
            guard let origin = try finding.run(stopBehind: word) else { return nil }
            var translator = try Translator(moduleCode, function: function, counting: counting)
            for _ in 0..<origin.step { _ = try translator.takeStep() }
            let before = translator.operandValues(before: word)
            let step = try translator.takeStep()
            locals = translator.localValues
            operands = translator.hasLabel(at: word, after: step) ? translator.operandValues(before: .max) : before
        } catch {
            // It could not be translated, so it does not run.
            return nil
        }
    }
}

extension Translator {
    fileprivate var localValues: [FramePlan.Value] {
        control.locals.enumerated().map { index, type in
            FramePlan.Value(place: .slot(layout.locals[index]), type: type, ownSlot: layout.locals[index])
        }
    }

    /// The operands as the words before an index have left them.
    fileprivate func operandValues(before word: Int) -> [FramePlan.Value] {
        // An instruction to come may take in the last operation, which has then not run.
        let pending = lastResult.flatMap { $0 >= word ? words[$0 + 1] : nil }
        return (0..<operands.count).map { height in
            let place: FramePlan.Value.Place =
                switch operands[height] {
                case .slot(let slot): slot == pending ? .nowhere : .slot(Int(slot))
                case .constant(let bits): .constant(bits)
                }
            return FramePlan.Value(place: place, type: control.type(at: height), ownSlot: operands.slot(height))
        }
    }

    /// Whether the word comes after a label of the last step, and so has the operands that are there whichever way
    /// leads to it.
    fileprivate func hasLabel(at word: Int, after step: ControlStep?) -> Bool {
        switch step {
        case .begin: control.labels[control.labels.count - 1].kind == .loop
        case .end, .delegate: lastOperation.map { word >= $0 } ?? false
        default: false
        }
    }
}

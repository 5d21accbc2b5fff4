// The regions of tries and their handlers, of both encodings.
//
// Always true: the words of a region follow each other, and so do regions in the order in which they begin.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    /// The region of the innermost try that is not over, among the labels below a number.
    func innermostRegion(below count: Int) -> Int? {
        labels[..<count].last { $0.isRegionOpen }?.region
    }

    /// Begins the region of a try, with the handlers of a `try_table`.
    mutating func beginRegion() -> Int {
        let region = regions.count
        regions.append(HandlerRegion(start: words.count, in: innermostRegion(below: labels.count)))
        guard control.labels[control.labels.count - 1].kind == .tryTable else { return region }
        for target in control.catchTargets {
            let first = slot(control.labels[target.label].height)
            let values = target.tag.map { module.tagType($0).parameterSlots } ?? 0
            let handler = Handler(
                tag: target.tag, slot: first, reference: target.hasReference ? first + MachineWord(values) : nil,
                target: labels[target.label].start ?? 0)
            if labels[target.label].start == nil {
                labels[target.label].handlers.append((region, regions[region].handlers.count))
            }
            regions[region].handlers.append(handler)
        }
        return region
    }

    /// Ends the region of a label, if that has one that is not over.
    mutating func endRegion(of index: Int) {
        guard let region = labels[index].region, labels[index].isRegionOpen else { return }
        labels[index].isRegionOpen = false
        regions[region].end = words.count
    }

    /// Has the exceptions of the last label's region go on as if thrown inside of another label.
    mutating func delegate(to index: Int) {
        guard let region = labels[labels.count - 1].region else { return }
        regions[region].next = innermostRegion(below: index + 1)
    }

    /// Before an operand of a type goes to a global or a table: what it refers to stays.
    mutating func keepException(_ type: ValueType, at height: Int) {
        guard type.isException else { return }
        spill(height)
        emit(.keepException, slot(height))
    }

    /// The same for an instruction on tables.
    mutating func keepException(before instruction: Instruction) {
        guard case .table(let table) = instruction.kind else { return }
        switch table {
        case .tableSet: keepException(module.tables[Int(instruction.first)].element, at: operands.count - 1)
        case .tableGrow, .tableFill:
            keepException(module.tables[Int(instruction.first)].element, at: operands.count - 2)
        case .tableGet, .tableSize, .tableInit, .tableCopy, .elemDrop: break
        }
    }

    /// A handler of the legacy encoding, whose code stands after the body of its try.
    mutating func beginHandler(_ fallsThrough: Bool) throws(TranslationError) {
        let index = labels.count - 1
        if fallsThrough {
            spillAll()
            labels[index].patches.append(emitForward(.br))
        }
        endRegion(of: index)
        let number = labels[..<index].count { $0.caught != nil }
        let caught = MachineWord(layout.firstCaught + number)
        labels[index].caught = caught
        let height = control.labels[index].height
        regions[labels[index].region.unsafelyUnwrapped].handlers.append(
            Handler(tag: control.caught.tag, slot: slot(height), reference: caught, target: words.count))
        try reset(to: height, pushing: control.caught.types)
    }
}

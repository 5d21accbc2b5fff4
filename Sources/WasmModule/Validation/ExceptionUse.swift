// What a function has to do with exceptions, found in one walk over it, for all tiers.

package struct ExceptionUse: Equatable, Sendable {
    /// Whether it has a try, of either encoding.
    package fileprivate(set) var catches = false
    /// Whether a local or an operand may be a reference to an exception.
    package fileprivate(set) var holdsReferences = false
    /// How many handlers of the legacy encoding are inside of each other. Each keeps what it has caught.
    package fileprivate(set) var handlerDepth = 0
}

extension Module {
    package func exceptionUse(ofDefined index: Int) -> ExceptionUse {
        var use = ExceptionUse()
        // A signature may have a reference where the module has no instruction of the proposal.
        guard !features.isDisjoint(with: [.exceptionHandling, .legacyExceptions]),
            var walk = try? FunctionWalk(self, function: index)
        else { return use }
        use.holdsReferences = walk.locals.contains(where: \.isException)
        while let instruction = try? walk.next() {
            if case .control(let control) = instruction.kind { use.note(control, instruction, walk) }
            if case .some(.some(let type)) = walk.operands.last, type.isException { use.holdsReferences = true }
        }
        return use
    }
}

extension ExceptionUse {
    fileprivate mutating func note(
        _ control: ControlInstruction, _ instruction: Instruction, _ walk: borrowing FunctionWalk
    ) {
        switch control {
        case .tryTable:
            catches = true
            if walk.catchClauses.contains(where: \.hasReference) { holdsReferences = true }
        case .try: catches = true
        case .catch, .catchAll:
            holdsReferences = true
            let depth = walk.controls.count { $0.kind == .catch || $0.kind == .catchAll }
            handlerDepth = max(handlerDepth, depth)
        case .call: note(results: walk.module.functionType(instruction.first))
        case .callIndirect, .callRef:
            if case .function(let type) = walk.module.types[Int(instruction.first)] { note(results: type) }
        default: break
        }
    }

    private mutating func note(results type: FunctionType) {
        if type.results.contains(where: \.isException) { holdsReferences = true }
    }
}

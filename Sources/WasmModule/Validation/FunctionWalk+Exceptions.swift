// Throwing and catching, in the encoding of version 3 and in the legacy one.
// https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions
// https://github.com/WebAssembly/exception-handling/blob/main/proposals/exception-handling/legacy/Exceptions.md

/// A clause of a `try_table`.
package struct CatchClause: BitwiseCopyable, Sendable {
    /// nil for one that catches all.
    package let tag: UInt32?
    /// Whether the exception goes to the label too, after its values.
    package let hasReference: Bool
    package let label: UInt32
}

extension FunctionWalk {
    /// The clauses of the last `try_table`.
    package var catchClauses: [CatchClause] {
        stride(from: 0, to: labels.count, by: 3).map { first in
            CatchClause(
                tag: labels[first] < 2 ? labels[first + 1] : nil, hasReference: labels[first] & 1 != 0,
                label: labels[first + 2])
        }
    }

    /// The labels of the clauses are those around the block.
    mutating func applyTryTable(_ instruction: Instruction) throws(ModuleError) {
        for clause in catchClauses {
            var given = try values(of: clause.tag)
            if clause.hasReference { given.append(.reference(nullable: false, .exn)) }
            let types = try labelTypes(clause.label)
            guard given.match(types) else {
                throw invalid(
                    "type mismatch: a catch clause gives (\(given.map(\.description).joined(separator: " "))), label "
                        + "\(clause.label) takes (\(types.map(\.description).joined(separator: " ")))")
            }
        }
        try enterBlock(.tryTable, instruction)
    }

    mutating func applyThrow(_ tag: UInt32) throws(ModuleError) {
        try pop(tagType(tag).parameters)
        markUnreachable()
    }

    private func tagType(_ index: UInt32) throws(ModuleError) -> FunctionType {
        guard index < module.tagTypeIndices.count else {
            throw unknown("tag", index, count: module.tagTypeIndices.count)
        }
        return module.tagType(index)
    }

    /// The types of what a clause catches.
    private func values(of tag: UInt32?) throws(ModuleError) -> [ValueType] {
        guard let tag else { return [] }
        return try tagType(tag).parameters
    }

    // MARK: Legacy

    /// `catch` of a tag, or `catch_all`.
    mutating func applyCatch(_ tag: UInt32?) throws(ModuleError) {
        let kind = controls[controls.count - 1].kind
        guard kind == .try || kind == .catch else {
            throw ModuleError(
                .malformed, at: current.offset, "END opcode expected: \(current.opcode.name) stands outside of a try")
        }
        let values = try values(of: tag)
        let frame = try popFrame()
        try pushFrame(tag == nil ? .catchAll : .catch, parameters: values, results: frame.results)
    }

    /// The end of a try whose exceptions go to what encloses a label.
    mutating func applyDelegate(_ depth: UInt32) throws(ModuleError) {
        guard controls[controls.count - 1].kind == .try else {
            throw ModuleError(
                .malformed, at: current.offset, "END opcode expected: delegate stands outside of a try")
        }
        let frame = try popFrame()
        _ = try labelTypes(depth)
        try push(frame.results)
    }

    mutating func applyRethrow(_ depth: UInt32) throws(ModuleError) {
        _ = try labelTypes(depth)
        let kind = controls[controls.count - 1 - Int(depth)].kind
        guard kind == .catch || kind == .catchAll else {
            throw invalid("invalid rethrow label \(depth): it is not of a catch")
        }
        markUnreachable()
    }
}

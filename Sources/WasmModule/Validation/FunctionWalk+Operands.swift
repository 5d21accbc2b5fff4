// The operand stack of the validation algorithm.
//
// In code that cannot run, the stack below the block's height gives values of any type.
// https://webassembly.github.io/spec/core/appendix/algorithm.html

extension FunctionWalk {
    /// Pops a value of the type `expected`.
    @inline(__always)
    mutating func pop(_ expected: ValueType) throws(ModuleError) {
        if operands.count > height, operands[operands.count - 1] == expected {
            operands.removeLast()
        } else {
            try popOther(expected)
        }
    }

    @inline(never)
    private mutating func popOther(_ expected: ValueType) throws(ModuleError) {
        guard operands.count > height else {
            guard isReachable else { return }
            throw mismatch(expected, found: "nothing")
        }
        if let actual = operands.removeLast(), !actual.matches(expected) {
            throw mismatch(expected, found: actual.description)
        }
    }

    /// Pops a value of any type; nil where even that is unknown.
    mutating func popAny() throws(ModuleError) -> ValueType? {
        guard operands.count > height else {
            guard isReachable else { return nil }
            throw invalid("type mismatch: \(current.opcode.name) expects a value but the stack is empty")
        }
        return operands.removeLast()
    }

    /// Pops a reference, and gives its type.
    mutating func popReference() throws(ModuleError) -> ValueType {
        guard let type = try popAny() else { return .reference(nullable: true, .bottom) }
        guard type.isReference else {
            throw invalid("type mismatch: \(current.opcode.name) expects a reference but the stack holds \(type)")
        }
        return type
    }

    /// Pops values of these types, the last first.
    mutating func pop(_ types: some BidirectionalCollection<ValueType>) throws(ModuleError) {
        for type in types.reversed() { try pop(type) }
    }

    mutating func push(_ types: some Collection<ValueType>) throws(ModuleError) {
        guard types.isEmpty || operands.count + types.count <= ImplementationLimits.operands else {
            throw ModuleError(
                .limit, at: current.offset,
                "more than \(ImplementationLimits.operands) operands are on the stack")
        }
        for type in types { operands.append(type) }
    }

    /// Checks that values of these types are on top of the stack, and leaves them there.
    func checkTop(_ types: [ValueType]) throws(ModuleError) {
        var index = operands.count
        for type in types.reversed() {
            guard index > height else {
                guard isReachable else { return }
                throw mismatch(type, found: "nothing")
            }
            index -= 1
            if let actual = operands[index], !actual.matches(type) {
                throw mismatch(type, found: actual.description)
            }
        }
    }

    // MARK: Errors

    func invalid(_ message: String) -> ModuleError { ModuleError(.invalid, at: current.offset, message) }

    func unknown(_ what: String, _ index: UInt32, count: Int) -> ModuleError {
        WasmModule.unknown(what, index, count: count, at: current.offset)
    }

    private func mismatch(_ expected: ValueType, found: String) -> ModuleError {
        invalid("type mismatch: \(current.opcode.name) expects \(expected) but the stack holds \(found)")
    }
}

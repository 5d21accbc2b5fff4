// The rules for definitions: types within their bounds, indices that stand for something.
// https://webassembly.github.io/spec/core/valid/modules.html

import Platform

extension ModuleSections {
    // MARK: Types

    /// The function type with this index.
    func functionType(_ index: UInt32, at offset: Int) throws(ModuleError) -> FunctionType {
        guard index < types.count else { throw unknown("type", index, count: types.count, at: offset) }
        switch types[Int(index)] {
        case .function(let type): return type
        }
    }

    func check(_ type: TableType, at offset: Int) throws(ModuleError) {
        guard type.addressType == .i32 else {
            return try check(type.limits, within: .max, "table size must be at most 2^64-1", at: offset)
        }
        try check(type.limits, within: UInt64(UInt32.max), "table size must be at most 2^32-1", at: offset)
    }

    func check(_ type: MemoryType, at offset: Int) throws(ModuleError) {
        try check(
            type.limits, within: type.reachablePages,
            "memory size must be at most \(counted(type.reachablePages, "page")) of \(counted(type.pageSize, "byte"))",
            at: offset)
        guard !type.isShared || type.limits.maximum != nil else {
            throw ModuleError(.invalid, at: offset, "shared memory must have maximum")
        }
    }

    private func check(
        _ limits: Limits, within bound: UInt64, _ phrase: String, at offset: Int
    ) throws(ModuleError) {
        guard limits.minimum <= bound, limits.maximum ?? 0 <= bound else {
            throw ModuleError(.invalid, at: offset, "\(phrase), not \(limits)")
        }
        guard limits.minimum <= limits.maximum ?? bound else {
            throw ModuleError(
                .invalid, at: offset, "size minimum must not be greater than maximum: \(limits)")
        }
    }

    // MARK: Indices

    func checkFunction(_ index: UInt32, at offset: Int) throws(ModuleError) {
        guard index < functionTypeIndices.count else {
            throw unknown("function", index, count: functionTypeIndices.count, at: offset)
        }
    }

    func checkTable(_ index: UInt32, at offset: Int) throws(ModuleError) {
        guard index < tables.count else { throw unknown("table", index, count: tables.count, at: offset) }
    }

    func checkMemory(_ index: UInt32, at offset: Int) throws(ModuleError) {
        guard index < memories.count else {
            throw unknown("memory", index, count: memories.count, at: offset)
        }
    }

    func checkGlobal(_ index: UInt32, at offset: Int) throws(ModuleError) {
        guard index < globalTypes.count else {
            throw unknown("global", index, count: globalTypes.count, at: offset)
        }
    }

    func checkTag(_ index: UInt32, at offset: Int) throws(ModuleError) {
        guard index < tagTypeIndices.count else {
            throw unknown("tag", index, count: tagTypeIndices.count, at: offset)
        }
    }

    /// The type of a global that a constant expression may read.
    func constantGlobal(_ index: UInt32, at offset: Int) throws(ModuleError) -> GlobalType {
        try checkGlobal(index, at: offset)
        let type = globalTypes[Int(index)]
        guard !type.isMutable else {
            throw ModuleError(
                .invalid, at: offset, "constant expression required: global \(index) is mutable")
        }
        return type
    }

    // MARK: Start and segments

    func checkStart(_ index: UInt32, at offset: Int) throws(ModuleError) {
        try checkFunction(index, at: offset)
        let type = try functionType(functionTypeIndices[Int(index)], at: offset)
        guard type.parameters.isEmpty && type.results.isEmpty else {
            throw ModuleError(
                .invalid, at: offset, "start function \(index) must have type () -> (), not \(type)")
        }
    }

    func checkSegment(of type: ValueType, intoTable index: UInt32, at offset: Int) throws(ModuleError) {
        let table = tables[Int(index)]
        guard type.matches(table.element) else {
            throw ModuleError(
                .invalid, at: offset,
                "type mismatch: a segment of \(type) cannot initialize table \(index) of \(table.element)")
        }
    }
}

/// The refusal of an index beyond its index space.
func unknown(_ what: String, _ index: UInt32, count: Int, at offset: Int) -> ModuleError {
    ModuleError(.invalid, at: offset, "unknown \(what) \(index): the module has \(count)")
}

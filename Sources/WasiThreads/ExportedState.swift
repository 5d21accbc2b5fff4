// The globals and tables that a module exports, as an embedder reads and writes them.
//
// Always true: whoever looks is the only one that may run the instance at that time, so nothing is atomic. What is
// stored is of the type that the module says, and a function that is stored is one of the same instance.
// https://webassembly.github.io/spec/core/exec/runtime.html#global-instances

import CMachine
import Platform
import WasmModule
import WasmRuntime

extension Instance {
    private func exportedGlobal(_ name: String) throws(EmbedderError) -> GlobalInstance {
        guard case .global(let global) = export(name) else { throw lacks("global", name) }
        return global
    }

    private func exportedTable(_ name: String) throws(EmbedderError) -> TableInstance {
        guard case .table(let table) = export(name) else { throw lacks("table", name) }
        return table
    }

    private func lacks(_ kind: String, _ name: String) -> EmbedderError {
        guard let export = export(name) else {
            return EmbedderError(.export, "The module has no export \(shown(name)).")
        }
        return EmbedderError(.export, "The export \(shown(name)) is no \(kind) but (\(export.type)).")
    }

    /// Why a value of `type` is not to be had, or not to be stored.
    private func check(_ value: Value?, _ type: ValueType, _ name: String) throws(EmbedderError) {
        guard !type.isException else {
            throw EmbedderError(.type, "The export \(shown(name)) holds an exnref, which no host has.")
        }
        guard let value else { return }
        guard value.type == type.widest else {
            let message = "holds values of the type \(type), and was given \(value.type)."
            throw EmbedderError(.type, "The export \(shown(name)) \(message)")
        }
        if case .funcref(let address) = value, address != 0, functionIndex(of: address) == nil {
            throw EmbedderError(.misuse, "What \(shown(name)) was given is a funcref of no function of the instance.")
        }
        guard value.isOf(type) else {
            let given = value.isNull ? "null" : "a function of another type"
            throw EmbedderError(
                .type, "The export \(shown(name)) holds values of the type \(type), and was given \(given).")
        }
    }

    func globalValue(_ name: String) throws(EmbedderError) -> Value {
        let global = try exportedGlobal(name)
        try check(nil, global.type.value, name)
        return global.value
    }

    func setGlobal(_ name: String, to value: Value) throws(EmbedderError) {
        let global = try exportedGlobal(name)
        guard global.type.isMutable else {
            throw EmbedderError(.type, "The export \(shown(name)) is a global that does not change.")
        }
        try check(value, global.type.value, name)
        unsafe value.store(in: global.cell)
    }

    func tableSize(_ name: String) throws(EmbedderError) -> UInt64 { try exportedTable(name).count }

    func element(_ index: UInt64, ofTable name: String) throws(EmbedderError) -> Value {
        let table = try exportedTable(name)
        try check(nil, table.type.element, name)
        guard let slot = table[index] else { throw beyond(table, index, name) }
        return unsafe withUnsafePointer(to: slot) { unsafe Value($0, type: table.type.element) }
    }

    func setElement(_ index: UInt64, ofTable name: String, to value: Value) throws(EmbedderError) {
        let table = try exportedTable(name)
        try check(value, table.type.element, name)
        var slot: MachineSlot = 0
        unsafe withUnsafeMutablePointer(to: &slot) { unsafe value.store(in: $0) }
        guard table.set(index, to: slot) == nil else { throw beyond(table, index, name) }
    }

    private func beyond(_ table: TableInstance, _ index: UInt64, _ name: String) -> EmbedderError {
        let size = counted(table.count, "element")
        return EmbedderError(.misuse, "The table \(shown(name)) has \(size), and none of the index \(index).")
    }
}

// wasm_extern_*: what is imported and exported.

import CWasmAPI
import CWasmFamilies
import WasmModule
import WasmRuntime

extension Reference {
    /// What an import may be given; nil where this is nothing of the kind.
    var external: External? {
        switch self {
        case let function as FuncReference: .function(function.function)
        case let global as GlobalReference: .global(global.global)
        case let table as TableReference: .table(table.table)
        case let memory as MemoryReference: .memory(memory.memory)
        default: nil
        }
    }

    static func make(_ external: External, _ store: Store) -> Reference {
        switch external {
        case .function(let function): FuncReference(function, store)
        case .global(let global): GlobalReference(global, store)
        case .table(let table): TableReference(table, store)
        case .memory(let memory): MemoryReference(memory, store)
        case .tag: preconditionFailure("a module that exports a tag is not loaded")
        }
    }
}

@c @implementation
public func wasm_extern_kind(_ external: OpaquePointer?) -> wasm_externkind_t {
    Reference.at(external).map { wasm_externkind_t($0.kind) } ?? 0
}

@c @implementation
public func wasm_extern_type(_ external: OpaquePointer?) -> OpaquePointer? {
    (Reference.at(external)?.external?.type).map { owned(ExternTypeObject.make($0)) }
}

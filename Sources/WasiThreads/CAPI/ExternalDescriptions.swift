// The imports and exports of a module, in the form that C code reads.

import CWasiThreads
import WasmModule

@safe
final class ExternalDescriptions: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser.
    let imports: UnsafePointer<UnsafePointer<wasi_threads_external_t>?>
    let importCount: Int
    let exports: UnsafePointer<UnsafePointer<wasi_threads_external_t>?>
    let exportCount: Int
    private let storage = CStringStorage()

    init(_ module: Module) {
        let storage = self.storage
        let imports = unsafe module.imports.map { entry in
            unsafe storage.external(module: entry.module, name: entry.name, type: entry.type)
        }
        let exports = unsafe module.exports.map { entry in
            unsafe storage.external(module: nil, name: entry.name, type: module.type(of: entry))
        }
        unsafe self.imports = unsafe storage.array(imports)
        importCount = unsafe imports.count
        unsafe self.exports = unsafe storage.array(exports)
        exportCount = unsafe exports.count
    }
}

extension CStringStorage {
    fileprivate func external(
        module: String?, name: String, type: ExternalType
    ) -> UnsafePointer<wasi_threads_external_t>? {
        var external = unsafe wasi_threads_external_t()
        if let module {
            unsafe external.module = unsafe string(module)
            unsafe external.module_length = module.utf8.count
        }
        unsafe external.name = unsafe string(name)
        unsafe external.name_length = name.utf8.count
        unsafe external.type = unsafe string(type.description)
        unsafe external.maximum = UInt64.max
        switch type {
        case .function(let function):
            unsafe external.kind = WASI_THREADS_EXTERNAL_FUNCTION
            unsafe (external.parameters, external.parameter_count) = unsafe kinds(function.parameters)
            unsafe (external.results, external.result_count) = unsafe kinds(function.results)
        case .tag(let tag):
            unsafe external.kind = WASI_THREADS_EXTERNAL_TAG
            unsafe (external.parameters, external.parameter_count) = unsafe kinds(tag.parameters)
        case .table(let table):
            unsafe external.kind = WASI_THREADS_EXTERNAL_TABLE
            unsafe (external.results, external.result_count) = unsafe kinds([table.element])
            unsafe external.setLimits(table.limits)
            unsafe external.is_64 = table.addressType == .i64
        case .memory(let memory):
            unsafe external.kind = WASI_THREADS_EXTERNAL_MEMORY
            unsafe external.setLimits(memory.limits)
            unsafe external.is_shared = memory.isShared
            unsafe external.is_64 = memory.addressType == .i64
            unsafe external.page_size = memory.pageSize
        case .global(let global):
            unsafe external.kind = WASI_THREADS_EXTERNAL_GLOBAL
            unsafe (external.results, external.result_count) = unsafe kinds([global.value])
            unsafe external.is_mutable = global.isMutable
        }
        return unsafe array([external])
    }

    private func kinds(_ types: [ValueType]) -> (UnsafePointer<wasi_threads_value_kind_t>, Int) {
        unsafe (array(types.map(wasi_threads_value_kind_t.init)), types.count)
    }
}

extension wasi_threads_external_t {
    fileprivate mutating func setLimits(_ limits: Limits) {
        unsafe minimum = limits.minimum
        unsafe maximum = limits.maximum ?? UInt64.max
    }
}

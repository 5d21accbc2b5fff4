// wasm_memory_*.

import CWasmAPI
import CWasmFamilies
import WasiThreads
import WasmModule
import WasmRuntime

final class MemoryReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_MEMORY)

    let memory: MemoryInstance

    init(_ memory: MemoryInstance, _ store: Store) {
        self.memory = memory
        super.init(Self.kind, store)
    }

    override var identity: UInt { UInt(bitPattern: memory.machine) }
    override var holder: any HostInfoHolder { memory }
}

@c @implementation
public func wasm_memory_new(_ store: OpaquePointer?, _ type: OpaquePointer?) -> OpaquePointer? {
    guard let store = object(store, as: Store.self),
        case .memory(let type)? = ExternTypeObject.at(type)?.type,
        type.limits.minimum <= type.limits.maximum ?? .max,
        type.limits.maximum ?? 0 <= type.reachablePages,
        let memory = try? MemoryInstance(type: type, limits: store.limits)
    else { return nil }
    return MemoryReference(memory, store).owned
}

@c @implementation
public func wasm_memory_type(_ memory: OpaquePointer?) -> OpaquePointer? {
    reference(memory, as: MemoryReference.self).map { owned(ExternTypeObject.make(.memory($0.memory.type))) }
}

@c @implementation
public func wasm_memory_data(_ memory: OpaquePointer?) -> UnsafeMutablePointer<byte_t>? {
    let base = reference(memory, as: MemoryReference.self)?.memory.bytes.baseAddress
    return base?.assumingMemoryBound(to: byte_t.self)
}

@c @implementation
public func wasm_memory_data_size(_ memory: OpaquePointer?) -> Int {
    reference(memory, as: MemoryReference.self).map { Int($0.memory.byteLength) } ?? 0
}

@c @implementation
public func wasm_memory_size(_ memory: OpaquePointer?) -> wasm_memory_pages_t {
    reference(memory, as: MemoryReference.self).map { wasm_memory_pages_t(clamping: $0.memory.pages) } ?? 0
}

@c @implementation
public func wasm_memory_grow(_ memory: OpaquePointer?, _ delta: wasm_memory_pages_t) -> Bool {
    reference(memory, as: MemoryReference.self)?.memory.grow(by: UInt64(delta)) != nil
}

// The types of functions, globals, tables and memories, and wasm_externtype_*.
//
// A pointer of C to any of the five is a retained object of a subclass of `ExternTypeObject`, whichever C
// type it has; the conversions between those are casts. All are immutable.

import CWasmAPI
import WasmModule

class ExternTypeObject {
    /// In which references are as wide as their kinds: the interface has no more.
    let type: ExternalType

    init(_ type: ExternalType) { self.type = type.widest }

    /// The object that stands for a type.
    static func make(_ type: ExternalType) -> ExternTypeObject {
        switch type {
        case .function(let function): FunctionTypeObject(function)
        case .global, .tag: ExternTypeObject(type)
        case .table(let table): LimitsTypeObject(type, table.limits)
        case .memory(let memory): LimitsTypeObject(type, memory.limits)
        }
    }

    /// The object behind a pointer that C gave; nil for NULL.
    static func at(_ pointer: OpaquePointer?) -> ExternTypeObject? {
        object(pointer, as: ExternTypeObject.self)
    }

    final var kind: wasm_externkind_t {
        switch type {
        case .function: wasm_externkind_t(WASM_EXTERN_FUNC.rawValue)
        case .global: wasm_externkind_t(WASM_EXTERN_GLOBAL.rawValue)
        case .table: wasm_externkind_t(WASM_EXTERN_TABLE.rawValue)
        case .memory: wasm_externkind_t(WASM_EXTERN_MEMORY.rawValue)
        case .tag: preconditionFailure("a module that imports or exports a tag is not loaded")
        }
    }
}

@c @implementation
public func wasm_externtype_delete(_ type: OpaquePointer?) { release(type) }

@c @implementation
public func wasm_externtype_copy(_ type: OpaquePointer?) -> OpaquePointer? { retain(type) }

@c @implementation
public func wasm_externtype_kind(_ type: OpaquePointer?) -> wasm_externkind_t {
    ExternTypeObject.at(type)?.kind ?? 0
}

// MARK: Functions

final class FunctionTypeObject: ExternTypeObject {
    let functionType: FunctionType
    /// What C borrows.
    fileprivate let vectors: UnsafeMutablePointer<wasm_valtype_vec_t>

    init(_ type: FunctionType) {
        let type = type.widest
        functionType = type
        vectors = .allocate(capacity: 2)
        vectors.initialize(to: Self.vector(type.parameters))
        (vectors + 1).initialize(to: Self.vector(type.results))
        super.init(.function(type))
    }

    deinit {
        wasm_valtype_vec_delete(vectors)
        wasm_valtype_vec_delete(vectors + 1)
        vectors.deallocate()
    }

    private static func vector(_ types: [ValueType]) -> wasm_valtype_vec_t {
        var vector = wasm_valtype_vec_t()
        wasm_valtype_vec_new_uninitialized(&vector, types.count)
        for (index, type) in types.prefix(vector.size).enumerated() {
            vector.data[index] = type.pointer
        }
        return vector
    }

    /// The function type behind a pointer that C gave; nil for NULL and for a type of another kind.
    static func at(function pointer: OpaquePointer?) -> FunctionTypeObject? {
        ExternTypeObject.at(pointer) as? FunctionTypeObject
    }
}

/// The types in a vector that C gave up, which is empty then; nil where one of them is NULL.
private func take(_ vector: UnsafeMutablePointer<wasm_valtype_vec_t>?) -> [ValueType]? {
    guard let vector, vector.pointee.data != nil else { return [] }
    defer { wasm_valtype_vec_delete(vector) }
    let types = UnsafeBufferPointer(start: vector.pointee.data, count: vector.pointee.size)
        .compactMap { ValueType(pointer: $0) }
    return types.count == vector.pointee.size ? types : nil
}

@c @implementation
public func wasm_functype_new(
    _ parameters: UnsafeMutablePointer<wasm_valtype_vec_t>?,
    _ results: UnsafeMutablePointer<wasm_valtype_vec_t>?
) -> OpaquePointer? {
    let (parameters, results) = (take(parameters), take(results))
    guard let parameters, let results else { return nil }
    return owned(FunctionTypeObject(FunctionType(parameters: parameters, results: results)))
}

@c @implementation
public func wasm_functype_params(_ type: OpaquePointer?) -> UnsafePointer<wasm_valtype_vec_t>? {
    FunctionTypeObject.at(function: type).map { UnsafePointer($0.vectors) }
}

@c @implementation
public func wasm_functype_results(_ type: OpaquePointer?) -> UnsafePointer<wasm_valtype_vec_t>? {
    FunctionTypeObject.at(function: type).map { UnsafePointer($0.vectors + 1) }
}

// MARK: Globals

private func globalType(_ pointer: OpaquePointer?) -> GlobalType? {
    guard case .global(let type)? = ExternTypeObject.at(pointer)?.type else { return nil }
    return type
}

@c @implementation
public func wasm_globaltype_new(
    _ content: OpaquePointer?, _ mutability: wasm_mutability_t
) -> OpaquePointer? {
    guard let value = ValueType(pointer: content) else { return nil }
    let isMutable = UInt32(mutability) == WASM_VAR.rawValue
    return owned(ExternTypeObject.make(.global(GlobalType(value: value, isMutable: isMutable))))
}

@c @implementation
public func wasm_globaltype_content(_ type: OpaquePointer?) -> OpaquePointer? {
    globalType(type)?.value.pointer
}

@c @implementation
public func wasm_globaltype_mutability(_ type: OpaquePointer?) -> wasm_mutability_t {
    let mutability = globalType(type)?.isMutable == true ? WASM_VAR : WASM_CONST
    return wasm_mutability_t(mutability.rawValue)
}

// MARK: Tables and memories

extension Limits {
    fileprivate init(_ limits: wasm_limits_t) {
        let maximum = limits.max == wasm_limits_max_default ? nil : UInt64(limits.max)
        self.init(minimum: UInt64(limits.min), maximum: maximum)
    }
}

/// The type of a table or of a memory.
private final class LimitsTypeObject: ExternTypeObject {
    /// What C borrows.
    let limits: UnsafeMutablePointer<wasm_limits_t>

    init(_ type: ExternalType, _ limits: Limits) {
        self.limits = .allocate(capacity: 1)
        self.limits.initialize(
            to: wasm_limits_t(
                min: UInt32(clamping: limits.minimum),
                max: limits.maximum.map { UInt32(clamping: $0) } ?? wasm_limits_max_default))
        super.init(type)
    }

    deinit { limits.deallocate() }
}

@c @implementation
public func wasm_tabletype_new(
    _ element: OpaquePointer?, _ limits: UnsafePointer<wasm_limits_t>?
) -> OpaquePointer? {
    guard let element = ValueType(pointer: element), element.isReference, let limits else { return nil }
    return owned(ExternTypeObject.make(.table(TableType(element: element, limits: Limits(limits.pointee)))))
}

@c @implementation
public func wasm_tabletype_element(_ type: OpaquePointer?) -> OpaquePointer? {
    guard case .table(let table)? = ExternTypeObject.at(type)?.type else { return nil }
    return table.element.pointer
}

@c @implementation
public func wasm_tabletype_limits(_ type: OpaquePointer?) -> UnsafePointer<wasm_limits_t>? {
    (ExternTypeObject.at(type) as? LimitsTypeObject).map { UnsafePointer($0.limits) }
}

@c @implementation
public func wasm_memorytype_new(_ limits: UnsafePointer<wasm_limits_t>?) -> OpaquePointer? {
    guard let limits else { return nil }
    return owned(ExternTypeObject.make(.memory(MemoryType(limits: Limits(limits.pointee)))))
}

@c @implementation
public func wasm_memorytype_limits(_ type: OpaquePointer?) -> UnsafePointer<wasm_limits_t>? {
    (ExternTypeObject.at(type) as? LimitsTypeObject).map { UnsafePointer($0.limits) }
}

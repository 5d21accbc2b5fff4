// wasm_instance_*.

import CWasmAPI
import CWasmFamilies
import WasiThreads
import WasmModule
import WasmRuntime

final class InstanceReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_INSTANCE)

    let instance: Instance

    init(_ instance: Instance, _ store: Store) {
        self.instance = instance
        super.init(Self.kind, store)
    }

    override var identity: UInt { UInt(bitPattern: instance.machine) }
    override var holder: any HostInfoHolder { instance }
}

/// Why there is no instance.
private struct Refusal: Error {
    let message: String
}

extension Store {
    /// An instance of a module, or the trap that C owns.
    fileprivate func instantiate(
        _ module: ModuleReference, _ imports: UnsafePointer<wasm_extern_vec_t>?
    ) throws(Refusal) -> Instance {
        let loaded = module.shared.loaded
        guard !hasEnded else { throw Refusal(message: "The store of the instance was deleted.") }
        guard loaded.engine === engine else {
            throw Refusal(message: "The module and the store are of different engines.")
        }
        let externals = try resolve(loaded.module.imports, imports)
        do {
            return try loaded.instantiate(externals, limits)
        } catch {
            throw Refusal(message: error.description)
        }
    }

    /// The objects that C gives for the imports, in their order. Types are compared when the module is
    /// instantiated.
    private func resolve(
        _ wanted: [Import], _ given: UnsafePointer<wasm_extern_vec_t>?
    ) throws(Refusal) -> [External] {
        let count = given?.pointee.data == nil ? 0 : given.unsafelyUnwrapped.pointee.size
        guard count >= wanted.count else {
            throw Refusal(message: "The module imports \(wanted.count) objects, and \(count) were given.")
        }
        var externals: [External] = []
        for (index, entry) in wanted.enumerated() {
            let name = "The module imports \(entry.module).\(entry.name) as (\(entry.type))"
            let reference = Reference.at(given.unsafelyUnwrapped.pointee.data[index])
            guard let external = reference?.external else {
                throw Refusal(message: "\(name), and what was given for it is NULL or no such object.")
            }
            guard reference?.store === self else {
                throw Refusal(message: "\(name), and what was given for it is of another store.")
            }
            externals.append(external)
        }
        return externals
    }

    /// Fills the instance's memories and tables, and runs its start function. Returns the trap that C owns.
    fileprivate func start(_ instance: Instance) -> OpaquePointer? {
        do {
            try instance.initialize()
        } catch {
            return TrapReference(self, error.description).owned
        }
        guard let start = instance.module.start else { return nil }
        return FuncReference(instance.function(start), self).callStart()
    }
}

@c @implementation
public func wasm_instance_new(
    _ store: OpaquePointer?, _ module: OpaquePointer?, _ imports: UnsafePointer<wasm_extern_vec_t>?,
    _ trap: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    func fail(_ reason: OpaquePointer) -> OpaquePointer? {
        if let trap { trap.pointee = reason } else { release(reason) }
        return nil
    }
    guard let store = object(store, as: Store.self), let module = reference(module, as: ModuleReference.self)
    else { return fail(TrapReference(nil, "The store or the module is NULL or no such object.").owned) }
    do {
        let instance = try store.instantiate(module, imports)
        // Before anything may have got hold of its functions, also where it fails later.
        if module.shared.handsOnFunctions { store.keep(instance) }
        if let trap = store.start(instance) { return fail(trap) }
        return InstanceReference(instance, store).owned
    } catch {
        return fail(TrapReference(store, error.message).owned)
    }
}

@c @implementation
public func wasm_instance_exports(
    _ instance: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_extern_vec_t>?
) {
    guard let out else { return }
    guard let reference = reference(instance, as: InstanceReference.self), let store = reference.store else {
        return wasm_extern_vec_new_empty(out)
    }
    let instance = reference.instance
    wasm_extern_vec_new_uninitialized(out, instance.module.exports.count)
    for (index, export) in instance.module.exports.prefix(out.pointee.size).enumerated() {
        out.pointee.data[index] = Reference.make(instance.external(export), store).owned
    }
}

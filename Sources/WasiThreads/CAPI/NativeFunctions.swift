// wasi_threads_linker_define_native, _symbols and _library, wasi_threads_native_type, and wasi_threads_callback_*.

import CWasiThreads
import NativeCalls
import Platform
import WasmModule
import WasmRuntime

/// Reads a text of C, and says where it is refused. `what` is how the message calls the text.
private func reading<Result>(
    _ text: [UInt8], _ what: String, _ body: () throws(PrototypeError) -> Result
) throws(EmbedderError) -> Result {
    do {
        return try body()
    } catch {
        throw EmbedderError(.misuse, "\(what) is refused at \(error.place(in: text)). \(error.reason)")
    }
}

private func prototype(_ text: UnsafePointer<CChar>?) throws(EmbedderError) -> NativePrototype {
    let text = unsafe try bytes(text, "prototype")
    let shown = shown(text.prefix(1000))
    return try reading(text, "The prototype \"\(shown)\"") { () throws(PrototypeError) in
        try NativePrototype(text)
    }
}

extension NativePrototype {
    /// The function that guests call under `name`.
    fileprivate func hostFunction(_ name: ImportName, _ target: NativeFunction.Target, _ engine: Engine)
        -> HostFunction
    {
        unsafe NativeFunction(self, name: name.description, target: target, embedding)
            .hostFunction()
    }
}

private let embedding = NativeFunction.Embedding { error in
    unsafe takeFailure(of: error)
} callFromOutside: { home, instance, function, slots, put, take in
    unsafe try Process.callBack(home, instance, function, slots: slots, put, take)
}

@c @implementation
public func wasi_threads_linker_define_native(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ prototype: UnsafePointer<CChar>?, _ function: wasi_threads_native_function_t?,
    _ env: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let name = ImportName(
            module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        let prototype = unsafe try WasiThreads.prototype(prototype)
        guard let function else {
            throw EmbedderError(.misuse, "The argument function is NULL.")
        }
        let target = unsafe NativeFunction.Target(
            unsafe unsafeBitCast(function, to: UnsafeRawPointer.self), environment: env, finalizer: finalizer)
        try linker.define(name) { prototype.hostFunction(name, target, linker.engine) }
    }
}

@c @implementation
public func wasi_threads_linker_define_symbols(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?,
    _ symbols: UnsafePointer<wasi_threads_native_symbol_t>?, _ count: Int
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let module = unsafe try string(module, "module")
        var plans: [(name: ImportName, plan: Symbol)] = unsafe []
        for unsafe symbol in unsafe try array(symbols, count, "symbols") {
            let name = ImportName(module: module, name: unsafe try string(symbol.symbol, "symbols: a symbol"))
            unsafe plans.append((name, unsafe try Symbol(symbol, name)))
        }
        unsafe try linker.define(all: plans) { name, symbol in
            unsafe symbol.prototype.hostFunction(name, symbol.target, linker.engine)
        }
    }
}

/// An entry of a table of native symbols.
@unsafe
private struct Symbol {
    let prototype: NativePrototype
    let target: NativeFunction.Target

    init(_ symbol: wasi_threads_native_symbol_t, _ name: ImportName) throws(EmbedderError) {
        guard let function = unsafe symbol.function else {
            throw EmbedderError(.misuse, "The function of the symbol \(name.name) is NULL.")
        }
        guard unsafe symbol.signature != nil else {
            let message = "The signature of the symbol \(name.name) is NULL, and says its type."
            throw EmbedderError(.misuse, "\(message) Write one as \"(ii)i\".")
        }
        let signature = unsafe try bytes(symbol.signature, "signature")
        let shown = shown(signature.prefix(1000))
        unsafe prototype = try reading(signature, "The signature \"\(shown)\" of \(name.name)") {
            () throws(PrototypeError) in
            try NativePrototype(symbol: name.name.name, signature: signature)
        }
        unsafe target = unsafe NativeFunction.Target(
            UnsafeRawPointer(function), environment: symbol.attachment)
    }
}

@c @implementation
public func wasi_threads_linker_define_library(
    _ linker: OpaquePointer?, _ module: OpaquePointer?, _ importModule: UnsafePointer<CChar>?,
    _ library: UnsafeMutableRawPointer?, _ declarations: UnsafePointer<CChar>?,
    _ count: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let module = unsafe try Handle.object(module, as: LoadedModule.self)
        guard module.engine === linker.engine else {
            throw EmbedderError(.misuse, "The module must be of the engine of the linker.")
        }
        let importModule = unsafe importModule == nil
            ? nil : ExactName(unsafe try string(importModule, "import_module"))
        let text = unsafe try bytes(declarations, "declarations")
        let declared = try reading(text, "The text of declarations") { () throws(PrototypeError) in
            try NativeDeclarations(text)
        }
        let defined = linker.definitions
        let wanted = Set(
            module.module.functionImports.filter { importModule == nil || $0.module == importModule }
        ).filter { defined[$0] == nil }
        var plans: [(name: ImportName, plan: Symbol)] = unsafe []
        try unsafe LoadedLibrary.withSymbols(of: library) { find throws(EmbedderError) in
            for name in wanted {
                guard let function = unsafe find(name.name.name) else { continue }
                let prototype = try reading(text, "The declaration of \(name.name)") {
                    () throws(PrototypeError) in try declared.prototype(named: name.name.name)
                }
                guard let prototype else { continue }
                let target = unsafe NativeFunction.Target(UnsafeRawPointer(function), environment: nil)
                unsafe plans.append((name, Symbol(prototype: prototype, target: target)))
            }
        }
        unsafe try linker.define(all: plans) { name, symbol in
            unsafe symbol.prototype.hostFunction(name, symbol.target, linker.engine)
        }
        unsafe count?.pointee = unsafe plans.count
    }
}

extension Symbol {
    fileprivate init(prototype: NativePrototype, target: NativeFunction.Target) {
        unsafe self.prototype = prototype
        unsafe self.target = target
    }
}

extension Module {
    /// The names of the functions that it imports.
    fileprivate var functionImports: [ImportName] {
        imports.compactMap { entry in
            guard case .function = entry.type else { return nil }
            return ImportName(entry)
        }
    }
}

@c @implementation
public func wasi_threads_native_type(
    _ prototype: UnsafePointer<CChar>?, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let words = Array("func \(unsafe try WasiThreads.prototype(prototype).type)".utf8)
        _ = unsafe try array(UnsafePointer(buffer), capacity, "buffer")
        unsafe length?.pointee = words.count
        guard capacity > 0 else { return }
        let shown = words.prefix(capacity - 1)
        for (index, byte) in shown.enumerated() { unsafe buffer![index] = CChar(bitPattern: byte) }
        unsafe buffer![shown.count] = 0
    }
}

// MARK: Callbacks

private func callback(_ function: wasi_threads_native_function_t?) throws(EmbedderError) -> Callback {
    guard let function else { throw EmbedderError(.misuse, "The argument callback is NULL.") }
    guard let known = unsafe Callback.find(unsafeBitCast(function, to: UnsafeRawPointer.self)) else {
        let message = "The argument callback is no function pointer that a guest gave a host function."
        throw EmbedderError(.misuse, message)
    }
    return known
}

private func using(
    _ function: wasi_threads_native_function_t?, _ body: (Callback) throws(CallbackMisuse) -> Void
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let callback = try callback(function)
        do throws(CallbackMisuse) { try body(callback) } catch { throw EmbedderError(.misuse, error.description) }
    }
}

@c @implementation
public func wasi_threads_callback_keep(_ callback: wasi_threads_native_function_t?) -> OpaquePointer? {
    unsafe using(callback) { callback throws(CallbackMisuse) in try callback.keep() }
}

@c @implementation
public func wasi_threads_callback_release(_ callback: wasi_threads_native_function_t?) -> OpaquePointer? {
    unsafe using(callback) { callback throws(CallbackMisuse) in try callback.release() }
}

@c @implementation
public func wasi_threads_callback_take_error(_ callback: wasi_threads_native_function_t?) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        guard let error = try WasiThreads.callback(callback).takeError() else { return }
        throw error as? EmbedderError ?? EmbedderError(.misuse, "\(error)")
    }
}

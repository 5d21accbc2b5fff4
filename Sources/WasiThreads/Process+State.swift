// What an embedder looks at in a process: functions, memories, output.

import CMachine
import Platform
import WASI
import WasmModule
import WasmRuntime

extension Process {
    var engine: Engine { loaded.engine }

    package func functionType(ofExport name: String) throws(EmbedderError) -> FunctionType {
        try function(name).type
    }

    func function(_ name: String) throws(EmbedderError) -> FunctionReference {
        try main.exportedFunction(name)
    }

    /// The memory exported under `name`, or the first for nil.
    func memory(exportedAs name: String?) throws(EmbedderError) -> Memory {
        guard let name else {
            if let first = main.memories.first { return held(first) }
            throw EmbedderError(.export, "The module has no memory.")
        }
        guard case .memory(let memory) = main.export(name) else {
            throw EmbedderError(.export, "The module exports no memory \(shown(name)).")
        }
        return held(memory)
    }

    func memory(at index: Int) throws(EmbedderError) -> Memory {
        guard index < main.memories.count else {
            throw EmbedderError(
                .export, "The module has no memory \(index): the number of its memories is \(main.memories.count).")
        }
        return Memory(engine: engine, instance: main.memories[index])
    }

    func memory(importedAs name: ImportName) throws(EmbedderError) -> Memory {
        let imported = module.imports.filter { if case .memory = $0.type { true } else { false } }
        let index = imported.firstIndex { ImportName($0) == name }
        guard let index else { throw EmbedderError(.export, "The module imports no memory \(name).") }
        return held(main.memories[index])
    }

    private func held(_ memory: MemoryInstance) -> Memory {
        Memory(engine: engine, instance: memory, waker: OutsideWaker(of: group))
    }

    /// What keeps the output of a stream.
    func output(_ stream: Int) throws(EmbedderError) -> OutputBuffer {
        guard let buffer = streams.captured[stream] else {
            throw EmbedderError(.misuse, "The output of the stream \(stream) is not captured.")
        }
        return buffer
    }
}

extension Instance {
    func exportedFunction(_ name: String) throws(EmbedderError) -> FunctionReference {
        guard let export = export(name) else {
            throw EmbedderError(.export, "The module has no export \(shown(name)).")
        }
        guard case .function(let function) = export else {
            throw EmbedderError(.export, "The export \(shown(name)) is no function but (\(export.type)).")
        }
        return function
    }

    /// What code that was compiled from C has its stack pointer in, where the module exports that.
    var stackPointer: GlobalInstance? {
        guard case .global(let global) = export("__stack_pointer"), global.type.isMutable else { return nil }
        return global
    }
}

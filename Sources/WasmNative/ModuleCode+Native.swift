// How a module's functions and loops get compiled code.

import CMachine
import WasmCompiler
import WasmModule
import WasmRuntime

extension ModuleCode {
    /// Lets calls of the functions in `code`, and calls that are at loops of them, enter it. The module keeps
    /// it.
    package func publish(_ code: CompiledCode) {
        keep(code)
        for symbol in code.symbols {
            switch symbol {
            case .function(let index): publish(index, in: code)
            case .osrEntry(let index): publishOSREntry(of: index, in: code)
            case .entry, .loops: continue
            }
        }
    }

    private func publishOSREntry(of index: Int, in code: CompiledCode) {
        guard let address = code.address(of: .osrEntry(index)) else { return }
        publish(unsafeBitCast(address, to: MachineOSREntry.self), of: index)
    }

    private func publish(_ index: Int, in code: CompiledCode) {
        // One entry serves all functions of a type.
        let type = module.functionTypeIndices[module.importedFunctionCount + index]
        guard let address = code.address(of: .function(index)),
            let entry = code.address(of: .entry(typeIndex: Int(type)))
        else { return }
        publish(
            UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped,
            entry: unsafeBitCast(entry, to: MachineNativeEntry.self), of: index)
    }

    // MARK: Before the module runs

    /// Publishes an object that was made before. Returns whether it has anything that was not there.
    package func adopt(_ object: UnsafeRawBufferPointer) throws(ObjectError) -> Bool {
        let code = try CompiledCode(object, of: module)
        var isOfUse = false
        for symbol in code.symbols {
            switch symbol {
            case .function(let index) where codes[index].native == nil:
                publish(index, in: code)
                isOfUse = isOfUse || codes[index].native != nil
            case .osrEntry(let index) where !(codes + index).hasOSREntry:
                publishOSREntry(of: index, in: code)
                isOfUse = true
            case .function, .loops, .entry, .osrEntry: continue
            }
        }
        if isOfUse { keep(code) }
        return isOfUse
    }

    package var functionsWithoutCode: [Int] {
        module.functions.indices.filter { codes[$0].native == nil && module.isCompilable($0) }
    }
}

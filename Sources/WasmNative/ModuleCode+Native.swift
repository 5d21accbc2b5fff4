// How a module's functions and loops get compiled code.

import CMachine
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmRuntime

extension ModuleCode {
    /// Lets calls of the functions in `code`, and calls that are at these loops, enter it. The module keeps
    /// it.
    package func publish(_ code: CompiledCode, loops: [UnsafeMutablePointer<MachineLoop>] = []) {
        keep(code)
        for case .function(let index) in code.symbols { publish(index, in: code) }
        for loop in loops {
            let symbol = Symbol.loop(
                function: Int(loop.pointee.code.pointee.definedIndex), loop: Int(loop.pointee.index))
            if let address = code.address(of: symbol) {
                loop.publish(unsafeBitCast(address, to: MachineLoopEntry.self))
            }
        }
    }

    private func publish(_ index: Int, in code: CompiledCode) {
        // One entry serves all functions of a type.
        let type = module.functionTypeIndices[module.importedFunctionCount + index]
        guard let address = code.address(of: .function(index)),
            let entry = code.address(of: .entry(typeIndex: Int(type)))
        else { return }
        (codes + index).publish(
            native: UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped,
            entry: unsafeBitCast(entry, to: MachineNativeEntry.self))
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
            case .loop(let function, let loop):
                guard let address = code.address(of: symbol) else { continue }
                let entry = unsafeBitCast(address, to: MachineLoopEntry.self)
                if nativeInterpreter.prepareLoop(loop, ofFunction: function, entry) { isOfUse = true }
            case .function, .entry: continue
            }
        }
        if isOfUse { keep(code) }
        return isOfUse
    }

    package var functionsWithoutCode: [Int] {
        module.functions.indices.filter { codes[$0].native == nil && module.isCompilable($0) }
    }

    private var nativeInterpreter: Interpreter {
        // SAFETY: whoever makes compiled code for a module has made its code with an interpreter.
        unsafeDowncast(tier, to: Interpreter.self)
    }
}

extension UnsafeMutablePointer<MachineLoop> {
    package var compilationEntry: CompilationJob.LoopEntry {
        .init(function: Int(pointee.code.pointee.definedIndex), loop: Int(pointee.index))
    }
}

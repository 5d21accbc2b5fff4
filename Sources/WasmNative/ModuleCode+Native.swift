// How a module's functions and loops get compiled code.

import CMachine
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmRuntime

extension ModuleCode {
    /// Compiles, links and publishes. Returns why it could not.
    package func compile(
        _ job: CompilationJob, for target: Target, with llvm: LLVM,
        loops: [UnsafeMutablePointer<MachineLoop>] = []
    ) -> NativeFailure? {
        do throws(CompilationError) {
            let bytes = try module.compile(job, for: target, with: llvm)
            do throws(ObjectError) {
                publish(try CompiledCode(bytes, of: module), functions: job.functions, loops: loops)
                return nil
            } catch {
                return .unusable(error)
            }
        } catch {
            return .refused(error)
        }
    }

    /// Lets calls of these functions, and calls that are at these loops, enter compiled code. The module
    /// keeps it.
    func publish(
        _ compiled: CompiledCode, functions: [Int], loops: [UnsafeMutablePointer<MachineLoop>] = []
    ) {
        keep(compiled)
        let imported = module.importedFunctionCount
        for index in functions {
            // One entry serves all functions of a type.
            let type = module.functionTypeIndices[imported + index]
            guard let address = compiled.address(of: .function(index)),
                let entry = compiled.address(of: .entry(typeIndex: Int(type)))
            else { continue }
            (codes + index).publish(
                native: UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped,
                entry: unsafeBitCast(entry, to: MachineNativeEntry.self))
        }
        for loop in loops {
            let entry = loop.compilationEntry
            if let address = compiled.address(of: .loop(function: entry.function, loop: entry.loop)) {
                loop.publish(unsafeBitCast(address, to: MachineLoopEntry.self))
            }
        }
    }
}

extension UnsafeMutablePointer<MachineLoop> {
    package var compilationEntry: CompilationJob.LoopEntry {
        .init(function: Int(pointee.code.pointee.definedIndex), loop: Int(pointee.index))
    }
}

// What the background compiler is asked for.

import CMachine
import WasmCompiler
import WasmModule
import WasmRuntime

struct CompilationRequest: @unchecked Sendable {
    // SENDABLE: the pointer stays valid as long as the module, which the request holds.
    enum Form { case function, loops }

    let function: UnsafeMutablePointer<MachineCode>
    let form: Form
    let module: ModuleCode

    private var definedIndex: Int { Int(function.pointee.definedIndex) }

    /// How much there is to compile.
    var bodyBytes: Int { module.module.functions[definedIndex].body.count }

    func add(to job: inout CompilationJob) {
        switch form {
        case .function: job.functions.append(definedIndex)
        case .loops: job.loops.append(definedIndex)
        }
    }
}

// What the background compiler is asked for.

import CMachine
import WasmCompiler
import WasmModule
import WasmRuntime

enum CompilationRequest: @unchecked Sendable {
    // SENDABLE: the pointers stay valid as long as the module, which the request holds.
    case function(UnsafeMutablePointer<MachineCode>, ModuleCode)
    case loop(UnsafeMutablePointer<MachineLoop>, ModuleCode)
}

extension CompilationRequest {
    var module: ModuleCode {
        switch self { case .function(_, let module), .loop(_, let module): module }
    }

    var machineLoop: UnsafeMutablePointer<MachineLoop>? {
        if case .loop(let loop, _) = self { loop } else { nil }
    }

    /// How much there is to compile.
    var bodyBytes: Int {
        switch self {
        case .function(let code, let module):
            module.module.functions[Int(code.pointee.definedIndex)].body.count
        case .loop(let loop, let module):
            module.module.functions[Int(loop.pointee.code.pointee.definedIndex)].body.count
        }
    }

    func add(to job: inout CompilationJob) {
        switch self {
        case .function(let code, _): job.functions.append(Int(code.pointee.definedIndex))
        case .loop(let loop, _): job.loopEntries.append(loop.compilationEntry)
        }
    }
}

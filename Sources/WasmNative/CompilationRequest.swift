// What the background compiler is asked for.
//
// Always true: it does not keep the module. A request for a module that is gone is no request.

import CMachine
import WasmCompiler
import WasmModule
import WasmRuntime

struct CompilationRequest: @unchecked Sendable {
    // SENDABLE: the reference is looked at under the lock of the queue, and by the thread that compiles.
    enum Form { case function, loops }

    let definedIndex: Int
    let form: Form
    /// How much there is to compile.
    let bodyBytes: Int
    private(set) weak var module: ModuleCode?

    init(_ function: UnsafeMutablePointer<MachineCode>, _ form: Form, _ module: ModuleCode) {
        definedIndex = Int(function.pointee.definedIndex)
        self.form = form
        self.module = module
        bodyBytes = module.module.functions[definedIndex].body.count
    }

    /// Asks another tier for the same.
    func pass(to tier: any CompilingTier) {
        guard let module else { return }
        let function = module.codes + definedIndex
        switch form {
        case .function: tier.request(function, of: module)
        case .loops: tier.requestOSREntry(of: function, of: module)
        }
    }

    func add(to job: inout CompilationJob) {
        switch form {
        case .function: job.functions.append(definedIndex)
        case .loops: job.loops.append(definedIndex)
        }
    }
}

/// Requests for one module, to be compiled together. The module's code may go meanwhile.
struct CompilationBatch: @unchecked Sendable {
    // SENDABLE: made by the thread that compiles, and used by it only.
    let module: Module
    private(set) weak var code: ModuleCode?
    private(set) var job = CompilationJob(functions: [])

    init(of code: ModuleCode) {
        module = code.module
        self.code = code
    }

    mutating func add(_ request: CompilationRequest) { request.add(to: &job) }
}

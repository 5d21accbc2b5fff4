// Runs small modules on the interpreter.

import CMachine
import ModuleBytes
import WasmInterpreter
import WasmModule
import WasmRuntime

/// An instance with a stack to run it on.
final class Runner {
    private let instance: Instance
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private let stack: ValueStack

    init(_ bytes: Bytes) throws {
        let code = ModuleCode(try decode(bytes), portable: Interpreter())
        instance = try Instance(code, imports: [], limits: StoreLimits())
        stack = ValueStack(memory: memory)
        try instance.initialize()
    }

    deinit { memory.deallocate() }

    func call(_ index: UInt32, _ arguments: Value...) -> Result<[Value], Trap> {
        let function = instance.function(index)
        return Result { () throws(Trap) in try instance.call(function, arguments, on: stack.context) }
    }
}

extension Result<[Value], Trap> {
    /// The result, or the words of the trap.
    var outcome: String {
        switch self {
        case .success(let values): "\(values)"
        case .failure(let trap): "\(trap.reason)"
        }
    }
}

// The machine that code is made for.

import CLLVM
import Platform
import WasmRuntime

/// What decides which instructions may be used.
package struct Target: Hashable, Sendable {
    package var triple: String
    package var cpu: String
    package var features: String
    /// What a processor must have for the code to run on it, in the order of names.
    package var neededFeatures: [String]

    /// The machine that this runs on. Of what LLVM finds, only that is used which can be found without LLVM,
    /// so that code that was made before can be refused where a feature is missing. `excluded` are names of
    /// features, with commas between them, that are not to be used, nor what needs them.
    package init(hostOf llvm: LLVM, without excluded: String? = nil) {
        let excluded = excluded?.split(separator: ",").map(String.init) ?? []
        let functions = llvm.functions.pointee
        triple = functions.take(functions.LLVMGetDefaultTargetTriple())
        cpu = functions.take(functions.LLVMGetHostCPUName())
        let found = functions.take(functions.LLVMGetHostCPUFeatures()).split(separator: ",")
        let used = found.filter {
            let name = String($0.dropFirst())
            return $0.hasPrefix("+") && Processor.features.contains(name) && !excluded.contains(name)
        }
        // What is taken away comes last, since it takes away what needs it too.
        let unused = found.map { $0.dropFirst() }.filter { !used.contains("+\($0)") }
        features = (used.map(String.init) + unused.map { "-\($0)" }).joined(separator: ",")
        neededFeatures = used.map { String($0.dropFirst()) }.sorted()
    }
}

/// LLVM's code generator for a target, for one thread.
struct TargetMachine: ~Copyable {
    let machine: LLVMTargetMachineRef
    let dataLayout: String
    private let llvm: LLVM

    init(_ target: Target, _ llvm: LLVM) throws(CompilationError) {
        let functions = llvm.functions.pointee
        var description: LLVMTargetRef?
        var message: UnsafeMutablePointer<CChar>?
        guard functions.LLVMGetTargetFromTriple(target.triple, &description, &message) == 0, let description
        else { throw .refused(functions.take(message)) }
        // Level 1 gives nearly all of the speed of level 2 in half of its time.
        let machine = functions.LLVMCreateTargetMachine(
            description, target.triple, target.cpu, target.features, LLVMCodeGenLevelLess, LLVMRelocPIC,
            LLVMCodeModelSmall)
        guard let machine else { throw .refused("no code generator for \(target.triple)") }
        self.machine = machine
        self.llvm = llvm
        let layout = functions.LLVMCreateTargetDataLayout(machine)
        dataLayout = functions.take(functions.LLVMCopyStringRepOfTargetData(layout))
        functions.LLVMDisposeTargetData(layout)
    }

    deinit { llvm.functions.pointee.LLVMDisposeTargetMachine(machine) }
}

// Which tiers this machine has.

import Platform
import WasmBaseline
import WasmNative
import WasmRuntime

extension TierChoice {
    /// Whether functions can run in this way here, and in words with what, or why not. Opens LLVM.
    package var availability: (isAvailable: Bool, text: String) {
        switch self {
        case .interpreter: return (true, "interpreter")
        case .baseline, .eagerBaseline:
            return BaselineTier.isAvailable
                ? (true, "compiler of one pass for \(Processor.architecture)")
                : (false, "the compiler of one pass makes code for x86-64 with SSE4.1 and POPCNT only")
        case .auto, .compiled, .eager: break
        }
        let rest = BaselineTier.isAvailable && self == .auto
            ? "interpreter, and the compiler of one pass for what runs often" : "interpreter only"
        return switch (self, NativeTier.compilerName(llvmPath: HostVariable.llvm.path)) {
        case (.compiled, .success(let name)): (true, name)
        case (.compiled, .failure(let failure)): (false, failure.description)
        case (_, .success(let name)): (true, "interpreter, and \(name) for what runs often")
        case (_, .failure(let failure)): (true, "\(rest), since \(failure.description)")
        }
    }
}

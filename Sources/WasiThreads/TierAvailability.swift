// Which tiers this machine has.

import Platform
import WasmNative
import WasmRuntime

extension TierChoice {
    /// Whether functions can run in this way here, and in words with what, or why not. Opens LLVM.
    package var availability: (isAvailable: Bool, text: String) {
        switch (self, NativeTier.compilerName(llvmPath: HostVariable.llvm.path)) {
        case (.interpreter, _): (true, "interpreter")
        case (.compiled, .success(let name)): (true, name)
        case (.compiled, .failure(let failure)): (false, failure.description)
        case (_, .success(let name)): (true, "interpreter, and \(name) for what runs often")
        case (_, .failure(let failure)): (true, "interpreter only, since \(failure.description)")
        }
    }
}

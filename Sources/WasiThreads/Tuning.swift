// Numbers that cannot change a result, only how soon it is there.

import Platform
import WasmRuntime

/// Which tiers run the functions of an engine's modules.
package enum TierChoice: String, CaseIterable, Sendable {
    /// The interpreter first, and compiled code for what runs often.
    case auto
    case interpreter
    /// Everything is compiled when it is loaded.
    case compiled
    /// Everything is compiled when it is loaded, in one pass and without LLVM.
    case baseline
    /// As `auto`, but every function and loop from its first call and back edge on: for tests.
    case eager
    /// The same with the compiler of one pass.
    case eagerBaseline = "eager-baseline"
}

extension TierChoice {
    static var ofEnvironment: TierChoice? { allCases.first { HostVariable.tier.holds($0) } }
}

extension HostVariable {
    fileprivate func holds(_ choice: TierChoice) -> Bool { value == Array(choice.rawValue.utf8) }
}

/// Where compiled code is kept from one run to the next.
package struct CacheSettings: Hashable, Sendable {
    package var directory: HostPath
    package var byteLimit: UInt64

    package init(directory: HostPath, byteLimit: UInt64) {
        self.directory = directory
        self.byteLimit = byteLimit
    }
}

enum Tuning {
    // With these, what was interpreted has taken about as long as it takes LLVM, so that neither is in vain.

    /// Calls after which a function is compiled.
    static let callThreshold: UInt32 = 20_000
    /// Back edges after which a loop is.
    static let backEdgeThreshold: UInt32 = 100_000
    /// About how long LLVM takes for a byte of a function's body: a request waits for as long.
    static let nanosecondsPerByte: UInt64 = 10_000

    // The same for the compiler of one pass, which takes a fiftieth of that, and whose code takes a page.
    static let baselineCallThreshold: UInt32 = 200
    static let baselineBackEdgeThreshold: UInt32 = 1_000
}

// What compiled code rests on, beside its module: where one of these differs, it must not run.

import Platform
import WasmCompiler
import WasmRuntime

package struct CodeStamp: Hashable, Sendable {
    /// Of this library.
    package var version: String
    package var architecture: String
    /// What the processor must have: LLVM's names, in order.
    package var features: [String]
    /// Of `CodeLayout`.
    package var layout: Digest

    private static let currentLayout = SHA256.digest(of: Array(CodeLayout.text.utf8))

    init(version: String, features: [String]) {
        self.version = version
        self.features = features
        architecture = Processor.architecture
        layout = Self.currentLayout
    }

    /// Of code that runs here, by the library with this version.
    package static func ofThisMachine(version: String) -> CodeStamp {
        CodeStamp(version: version, features: Processor.features.sorted())
    }

    /// Of code that is made for a target.
    package static func of(_ target: Target, version: String) -> CodeStamp {
        CodeStamp(version: version, features: target.neededFeatures)
    }
}

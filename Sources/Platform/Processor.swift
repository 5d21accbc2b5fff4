// The processor that this runs on, and the library that runs.

import CMachine
import Glibc

package enum Processor {
    #if arch(x86_64)
        package static let architecture = "x86_64-linux"
    #elseif arch(arm64)
        package static let architecture = "aarch64-linux"
    #endif

    /// What compiled code may rest on, by LLVM's names.
    package static let features: Set<String> = {
        var has = [Bool](repeating: false, count: machine_feature_count())
        machine_find_features(&has)
        return Set(has.indices.filter { has[$0] }.map { String(cString: machine_feature_name($0)) })
    }()

    /// How many processors the system runs on, at least 1.
    package static var onlineCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

    /// How many threads can run at the same time.
    package static var availableCount: Int { Int(machine_processor_count()) }
}

/// What the linker calls this build of the library, or of the program that it is part of: no two builds
/// that differ have the same. Empty where the linker gave no name.
package let buildIdentity: [UInt8] = {
    var identity = [UInt8](repeating: 0, count: 64)
    let count = machine_build_identity(&identity, identity.count)
    return Array(identity.prefix(count))
}()

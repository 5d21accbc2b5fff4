// The state that WASI keeps for one process, shared by all its threads.

import WasmModule
import WasmRuntime

/// Lives as long as the host functions made from it, which the instances hold; then it closes the
/// descriptors that it owns.
package final class WASIContext: Sendable {
    let arguments: StringTable
    let environment: StringTable
    let descriptors: DescriptorTable

    package init(_ configuration: WASIConfiguration) throws(WASIConfigurationError) {
        arguments = try configuration.argumentStrings()
        environment = try configuration.environmentStrings()
        var descriptors = [
            try Descriptor(configuration.standardInput, number: 0, name: "standard input"),
            try Descriptor(configuration.standardOutput, number: 1, name: "standard output"),
            try Descriptor(configuration.standardError, number: 2, name: "standard error"),
        ]
        for preopen in configuration.preopens {
            descriptors.append(try Descriptor(preopen, configuration.pathResolver))
        }
        for socket in configuration.sockets { descriptors.append(try Descriptor(socket: socket)) }
        self.descriptors = DescriptorTable(descriptors, limit: configuration.descriptorLimit)
    }

    /// What a module that imports `name` from `module` gets; nil where WASI has no such thing.
    package func external(module: String, name: String) -> External? {
        let name = ExactName(name)
        switch ExactName(module) {
        case Preview1.moduleName:
            guard let function = Preview1.functions.first(where: { $0.name == name }) else { return nil }
            precondition(
                SlotLayout(function.type.parameters).isUniform, "a call finds its arguments by their indices")
            return unsafe HostFunction(
                type: function.type, entry: function.entry, context: self
            ).external
        case ThreadSpawn.moduleName where name == ThreadSpawn.name:
            return ThreadSpawn.external()
        default:
            return nil
        }
    }
}

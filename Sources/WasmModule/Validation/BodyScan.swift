// The instructions of a function's body one after another, without a look at types: for a tier that wants to know
// what is in the function before it makes code of it. Takes a fraction of the time of a `FunctionWalk`.
//
// Always true: the module is valid, so every read gives an instruction, up to the last `end`.

package struct BodyScan {
    /// The types of the locals, parameters first.
    package let locals: [ValueType]
    /// The labels of the last `br_table`, the default last.
    package private(set) var labels: [UInt32] = []
    private var reader: ByteReader
    private let lookup = OpcodeLookup.shared

    /// Begins the body of a function, `definedIndex` among those that the valid module defines.
    package init(_ module: Module, function definedIndex: Int) {
        let type = module.functionType(UInt32(module.importedFunctionCount + definedIndex))
        var features = FeatureSet()
        reader = ByteReader(module.binary, module.functions[definedIndex].body, types: module.heldTypes)
        do {
            locals = try reader.locals(after: type.parameters, features: &features)
        } catch {
            preconditionFailure("a module is valid once it is loaded: \(error)")
        }
    }

    /// nil after the function's last `end`.
    package mutating func next() -> Instruction? {
        guard !reader.isAtEnd else { return nil }
        do {
            return try reader.instruction(lookup, labels: &labels).0
        } catch {
            preconditionFailure("a module is valid once it is loaded: \(error)")
        }
    }
}

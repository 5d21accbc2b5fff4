// From bytes to a valid module.

extension Module {
    /// Decodes and validates all of `binary`, which uses nothing of `refused`.
    package static func decode(
        _ binary: ModuleBinary, refusing refused: Set<Feature> = []
    ) throws(ModuleError) -> Module {
        let refused = refused.reduce(into: FeatureSet()) { $0.insert($1) }
        var sections = try ModuleDecoder.sections(of: binary, refusing: refused)
        let module = Module(sections)
        let features = try module.validateBodies()
        if !features.isDisjoint(with: refused) { throw try module.firstUse(of: refused) }
        sections.features.formUnion(features.features)
        return Module(sections)
    }

    /// Where a function body first uses one of these features, which one does.
    private func firstUse(of refused: FeatureSet) throws(ModuleError) -> ModuleError {
        for index in functions.indices {
            var walk = try FunctionWalk(self, function: index)
            var offset = functions[index].body.lowerBound
            while walk.features.isDisjoint(with: refused), let instruction = try walk.next() {
                offset = instruction.offset
            }
            if let error = walk.features.refusal(by: refused, at: offset) { return error }
        }
        preconditionFailure("a body uses what was found in one")
    }

    /// Validates all function bodies, and returns the features that they use.
    private func validateBodies() throws(ModuleError) -> FeatureSet {
        var features = FeatureSet()
        for index in functions.indices {
            var walk = try FunctionWalk(self, function: index)
            while try walk.next() != nil {}
            features.formUnion(walk.features)
        }
        return features
    }
}

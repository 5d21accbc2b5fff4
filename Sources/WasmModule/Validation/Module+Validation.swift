// From bytes to a valid module.

extension Module {
    /// Decodes and validates all of `binary`.
    package static func decode(_ binary: ModuleBinary) throws(ModuleError) -> Module {
        var sections = try ModuleDecoder.sections(of: binary)
        let features = try Module(sections).validateBodies()
        sections.features.formUnion(features.features)
        return Module(sections)
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

// The names of functions and globals, from the custom section `name`.
//
// The section is outside of validation: what is wrong in it costs the name and nothing else.
// https://webassembly.github.io/spec/core/appendix/custom.html#name-section

extension Module {
    /// The name of a function, looked up in the binary; nil where there is none.
    package func functionName(_ index: UInt32) -> String? {
        names(ofKind: 1) { map throws(ModuleError) in try Self.name(index, in: map) }
    }

    /// Each function that has a name, in the order of the binary.
    package func forEachFunctionName(_ body: (UInt32, String) -> Void) {
        _ = names(ofKind: 1) { map throws(ModuleError) -> Void? in
            var reader = map
            for _ in 0..<(try reader.u32()) { body(try reader.u32(), try reader.name()) }
            return nil
        }
    }

    /// The global that a linker has given a name of its own: of an export, or in the section; nil where there is none.
    package func global(ofLinker name: String) -> UInt32? {
        if let export = export(named: name), export.kind == .global { return export.index }
        return names(ofKind: 7) { map throws(ModuleError) in try Self.index(of: name, in: map) }
            .flatMap { Int($0) < globalTypes.count ? $0 : nil }
    }

    /// Looks into the name map of the subsection with an id.
    private func names<Found>(ofKind kind: UInt8, _ look: (ByteReader) throws(ModuleError) -> Found?) -> Found? {
        guard let nameSection else { return nil }
        var reader = ByteReader(binary, nameSection)
        do throws(ModuleError) {
            while !reader.isAtEnd {
                let id = try reader.byte()
                let contents = try reader.skip(Int(try reader.u32()))
                if id == kind { return try look(ByteReader(binary, contents)) }
            }
        } catch {}
        return nil
    }

    private static func index(of name: String, in contents: ByteReader) throws(ModuleError) -> UInt32? {
        var reader = contents
        for _ in 0..<(try reader.u32()) {
            let index = try reader.u32()
            if ExactName(try reader.name()) == ExactName(name) { return index }
        }
        return nil
    }

    /// Looks an index up in a name map, whose indices should rise but may not.
    private static func name(_ index: UInt32, in contents: ByteReader) throws(ModuleError) -> String? {
        var reader = contents
        for _ in 0..<(try reader.u32()) {
            guard try reader.u32() == index else {
                _ = try reader.skip(Int(try reader.u32()))
                continue
            }
            return try reader.name()
        }
        return nil
    }
}

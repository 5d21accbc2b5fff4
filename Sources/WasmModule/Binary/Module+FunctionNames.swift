// The names of functions, from the custom section `name`.
//
// The section is outside of validation: what is wrong in it costs the name and nothing else.
// https://webassembly.github.io/spec/core/appendix/custom.html#name-section

extension Module {
    /// The name of a function, looked up in the binary; nil where there is none.
    package func functionName(_ index: UInt32) -> String? {
        guard let nameSection else { return nil }
        var reader = ByteReader(binary, nameSection)
        do throws(ModuleError) {
            while !reader.isAtEnd {
                let id = try reader.byte()
                let contents = try reader.skip(Int(try reader.u32()))
                guard id == 1 else { continue }
                return try Self.name(index, in: ByteReader(binary, contents))
            }
        } catch {}
        return nil
    }

    /// Each function that has a name, in the order of the binary.
    package func forEachFunctionName(_ body: (UInt32, String) -> Void) {
        guard let nameSection else { return }
        var reader = ByteReader(binary, nameSection)
        do throws(ModuleError) {
            while !reader.isAtEnd {
                let id = try reader.byte()
                let contents = try reader.skip(Int(try reader.u32()))
                guard id == 1 else { continue }
                var names = ByteReader(binary, contents)
                for _ in 0..<(try names.u32()) { body(try names.u32(), try names.name()) }
            }
        } catch {}
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

// What the decoder says about bytes that are no module.

import ModuleBytes
import Testing
import WasmModule

/// Why `bytes` are refused; records an issue where they are not.
func refusal(_ bytes: Bytes, sourceLocation: SourceLocation = #_sourceLocation) -> ModuleError? {
    do throws(ModuleError) {
        _ = try decode(bytes)
    } catch {
        return error
    }
    Issue.record("the module is accepted", sourceLocation: sourceLocation)
    return nil
}

/// Expects that `bytes` are refused for this reason.
func expect(
    _ bytes: Bytes, _ kind: ModuleError.Kind, _ phrase: String, at offset: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let error = refusal(bytes, sourceLocation: sourceLocation) else { return }
    #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
    #expect(error.message.hasPrefix(phrase), "\(error)", sourceLocation: sourceLocation)
    if let offset { #expect(error.offset == offset, "\(error)", sourceLocation: sourceLocation) }
}

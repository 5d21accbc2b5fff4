// Small modules, put together from bytes.

import Testing
import WasmModule

typealias Bytes = [UInt8]

/// Unsigned LEB128.
func leb(_ value: Int) -> Bytes {
    var rest = value
    var bytes: Bytes = []
    repeat {
        let group = UInt8(rest & 0x7F)
        rest >>= 7
        bytes.append(rest == 0 ? group : group | 0x80)
    } while rest != 0
    return bytes
}

func vector(_ items: [Bytes]) -> Bytes { leb(items.count) + items.joined() }
func name(_ text: String) -> Bytes { leb(text.utf8.count) + text.utf8 }
func section(_ id: UInt8, _ contents: Bytes) -> Bytes { [id] + leb(contents.count) + contents }

let preamble: Bytes = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00]

/// A module of these sections.
func module(_ sections: Bytes...) -> Bytes { preamble + sections.joined() }

/// A section with type 0, `() -> ()`.
let emptyType = section(1, [1, 0x60, 0, 0])
let oneMemory = section(5, [1, 0, 1])

/// A module with one function of the given type (its parameters and results as vectors), in front of
/// whose code section stand `sections`.
func function(
    parameters: Bytes = [], results: Bytes = [], locals: Bytes = [0], _ instructions: Bytes,
    between sections: Bytes = []
) -> Bytes {
    let type = [0x60] + leb(parameters.count) + parameters + leb(results.count) + results
    let body = locals + instructions
    return preamble + section(1, [1] + type) + section(3, [1, 0]) + sections
        + section(10, [1] + leb(body.count) + body)
}

func decode(_ bytes: Bytes) throws(ModuleError) -> Module {
    try Module.decode(ModuleBinary(count: bytes.count) { unsafe $0.copyBytes(from: bytes) })
}

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

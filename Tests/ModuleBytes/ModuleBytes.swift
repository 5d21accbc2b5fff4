// Small modules, put together from bytes.

import WasmModule

package typealias Bytes = [UInt8]

/// Unsigned LEB128.
package func leb(_ value: Int) -> Bytes {
    var rest = value
    var bytes: Bytes = []
    repeat {
        let group = UInt8(rest & 0x7F)
        rest >>= 7
        bytes.append(rest == 0 ? group : group | 0x80)
    } while rest != 0
    return bytes
}

package func vector(_ items: [Bytes]) -> Bytes { leb(items.count) + items.joined() }
package func name(_ text: String) -> Bytes { leb(text.utf8.count) + text.utf8 }
package func section(_ id: UInt8, _ contents: Bytes) -> Bytes { [id] + leb(contents.count) + contents }

package let preamble: Bytes = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00]

/// A module of these sections.
package func module(_ sections: Bytes...) -> Bytes { preamble + sections.joined() }

/// A section with type 0, `() -> ()`.
package let emptyType = section(1, [1, 0x60, 0, 0])
package let oneMemory = section(5, [1, 0, 1])

/// A module with one function of the given type (its parameters and results as vectors), in front of
/// whose code section stand `sections`.
package func function(
    parameters: Bytes = [], results: Bytes = [], locals: Bytes = [0], _ instructions: Bytes,
    between sections: Bytes = []
) -> Bytes {
    let type = [0x60] + leb(parameters.count) + parameters + leb(results.count) + results
    let body = locals + instructions
    return preamble + section(1, [1] + type) + section(3, [1, 0]) + sections
        + section(10, [1] + leb(body.count) + body)
}

package func decode(_ bytes: Bytes, hasVectorTypes: Bool = false) throws(ModuleError) -> Module {
    try Module.decode(bytes.withUnsafeBytes { unsafe ModuleBinary(copying: $0, hasVectorTypes: hasVectorTypes)! })
}

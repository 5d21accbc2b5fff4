// A tag: what exceptions are told apart by. https://webassembly.github.io/spec/core/exec/runtime.html#tag-instances

import WasmModule

/// Always true: two tags are the same exactly when they are the same object.
package final class TagInstance: Sendable {
    /// What an exception of it carries are the parameters.
    package let type: FunctionType
    /// What the module that defines it calls it, for messages.
    package let name: String
    /// The number of its type.
    let typeNumber: UInt32

    /// What compiled code tells it from others by.
    var identity: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    package init(type: FunctionType, name: String) {
        self.type = type
        self.name = name
        typeNumber = DefinedTypes.shared.number(of: type)
    }

    /// A tag of a type that has a number.
    private init(type: FunctionType, number: UInt32, name: String) {
        self.type = type
        self.name = name
        typeNumber = number
        DefinedTypes.shared.retain(number)
    }

    /// A tag that a module defines, by its index.
    convenience init(_ index: UInt32, of module: Module) {
        let export = module.exports.first { $0.kind == .tag && $0.index == index }
        let number = module.heldTypes.numbers[Int(module.tagTypeIndices[Int(index)])]
        self.init(
            type: module.tagType(index), number: number, name: export.map { "\"\($0.name)\"" } ?? "\(index)")
    }

    deinit { DefinedTypes.shared.release(typeNumber) }
}

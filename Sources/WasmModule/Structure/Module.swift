// A decoded module: its sections as the binary gives them, in the specification's index spaces.
//
// Always true of a `Module` that left the decoder: it is valid, so every index in it stands for
// something, and function bodies can be walked without meeting an error.
// https://webassembly.github.io/spec/core/syntax/modules.html

package struct Import: Sendable {
    package var module: String
    package var name: String
    package var type: ExternalType
    /// The number of the type of a function or a tag.
    package var typeNumber: UInt32?
}

package struct Export: Sendable {
    package enum Kind: UInt8, Sendable { case function = 0, table, memory, global, tag }

    package var name: String
    package var kind: Kind
    package var index: UInt32
}

/// A function that the module defines.
package struct Function: Sendable {
    package var typeIndex: UInt32
    /// Where its locals and instructions stand in the binary.
    package var body: Range<Int>
}

package struct Global: Sendable {
    package var type: GlobalType
    package var initializer: ConstantExpression
}

package struct ElementSegment: Sendable {
    package enum Mode: Sendable {
        case passive
        case declarative
        case active(table: UInt32, offset: ConstantExpression)
    }

    package var type: ValueType
    package var mode: Mode
    package var elements: [ConstantExpression]
}

package struct DataSegment: Sendable {
    package enum Mode: Sendable {
        case passive
        case active(memory: UInt32, offset: ConstantExpression)
    }

    package var mode: Mode
    /// Where its bytes stand in the binary.
    package var bytes: Range<Int>
}

/// A valid module. It is immutable, and any thread may use it.
package final class Module: Sendable {
    package let binary: ModuleBinary
    package let types: [CompositeType]
    /// The numbers of these, which live as long as the module.
    package let heldTypes: HeldTypes
    package let imports: [Import]
    /// The types of all functions, imported ones first, as indices into `types`.
    package let functionTypeIndices: [UInt32]
    /// The functions that the module defines.
    package let functions: [Function]
    /// Imported ones first, as in the next two.
    package let tables: [TableType]
    package let memories: [MemoryType]
    package let globalTypes: [GlobalType]
    /// The globals that the module defines.
    package let globals: [Global]
    /// What the elements of the tables begin with that the module defines; nil for null.
    package let tableInitializers: [ConstantExpression?]
    /// Where each of `globals` lies among them.
    package let globalSlots: SlotLayout
    /// The types of all tags, imported ones first, as indices into `types`.
    package let tagTypeIndices: [UInt32]
    package let exports: [Export]
    package let start: UInt32?
    package let elements: [ElementSegment]
    package let data: [DataSegment]
    /// What the data count section says; nil where the module has none.
    package let dataCount: UInt32?
    /// The functions that occur outside of bodies and the start section, which `ref.func` may name.
    package let declaredFunctions: Set<UInt32>
    package let features: Set<Feature>
    /// Where the payload of the custom section `name` stands.
    package let nameSection: Range<Int>?
    /// The same of those with debug information, by their names.
    package let debugSections: [String: Range<Int>]
    /// Where the contents of the code section begin.
    package let codeSectionStart: Int
    package let branchHints: BranchHints

    package let importedFunctionCount: Int
    package let importedTableCount: Int
    package let importedMemoryCount: Int
    package let importedGlobalCount: Int
    package let importedTagCount: Int

    /// Takes over what the decoder has collected and the validator has accepted.
    init(_ sections: consuming ModuleSections) {
        binary = sections.binary
        types = sections.types
        heldTypes = sections.heldTypes
        imports = sections.imports
        functionTypeIndices = sections.functionTypeIndices
        functions = sections.functions
        tables = sections.tables
        tableInitializers = sections.tableInitializers
        memories = sections.memories
        globalTypes = sections.globalTypes
        globals = sections.globals
        globalSlots = SlotLayout(globals.lazy.map(\.type.value))
        tagTypeIndices = sections.tagTypeIndices
        exports = sections.exports
        start = sections.start
        elements = sections.elements
        data = sections.data
        dataCount = sections.dataCount
        declaredFunctions = sections.declaredFunctions
        features = sections.features
        nameSection = sections.nameSection
        debugSections = sections.debugSections
        codeSectionStart = sections.codeSectionStart
        branchHints = sections.branchHints
        importedFunctionCount = functionTypeIndices.count - functions.count
        importedTableCount = imports.count { if case .table = $0.type { true } else { false } }
        importedMemoryCount = imports.count { if case .memory = $0.type { true } else { false } }
        importedGlobalCount = globalTypes.count - globals.count
        importedTagCount = imports.count { if case .tag = $0.type { true } else { false } }
    }

    /// The number of a function's type, by its index.
    package func typeNumber(ofFunction index: UInt32) -> UInt32 {
        heldTypes.numbers[Int(functionTypeIndices[Int(index)])]
    }

    /// The type of a function by its index, imported ones first.
    package func functionType(_ index: UInt32) -> FunctionType {
        switch types[Int(functionTypeIndices[Int(index)])] {
        case .function(let type): type
        }
    }

    /// The type of a tag by its index, imported ones first.
    package func tagType(_ index: UInt32) -> FunctionType {
        switch types[Int(tagTypeIndices[Int(index)])] {
        case .function(let type): type
        }
    }

    /// The type of an export.
    package func type(of export: Export) -> ExternalType {
        let index = Int(export.index)
        return switch export.kind {
        case .function: .function(functionType(export.index))
        case .table: .table(tables[index])
        case .memory: .memory(memories[index])
        case .global: .global(globalTypes[index])
        case .tag: .tag(tagType(export.index))
        }
    }

    package func export(named name: String) -> Export? {
        exports.first { ExactName($0.name) == ExactName(name) }
    }
}

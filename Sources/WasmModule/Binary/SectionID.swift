// The sections of a module. https://webassembly.github.io/spec/core/binary/modules.html#sections

enum SectionID: UInt8 {
    case custom = 0, type, `import`, function, table, memory, global, export, start, element, code, data,
        dataCount, tag

    /// The place among the sections, of which each stands at most once; nil for custom sections, which
    /// may stand anywhere.
    var order: Int? {
        let sections: [SectionID] = [
            .type, .import, .function, .table, .memory, .tag, .global, .export, .start, .element,
            .dataCount, .code, .data,
        ]
        return sections.firstIndex(of: self)
    }
}

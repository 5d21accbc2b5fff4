// What the decoder collects on its way through the sections, before it is known to be valid.

struct ModuleSections {
    let binary: ModuleBinary
    var types: [CompositeType] = []
    var imports: [Import] = []
    var functionTypeIndices: [UInt32] = []
    var functions: [Function] = []
    var tables: [TableType] = []
    var memories: [MemoryType] = []
    var globalTypes: [GlobalType] = []
    var globals: [Global] = []
    var tagTypeIndices: [UInt32] = []
    var exports: [Export] = []
    var start: UInt32?
    var elements: [ElementSegment] = []
    var data: [DataSegment] = []
    var dataCount: UInt32?
    var declaredFunctions: Set<UInt32> = []
    var features: Set<Feature> = []
    var nameSection: Range<Int>?
    var branchHints = BranchHints()

    init(binary: ModuleBinary) { self.binary = binary }
}

// What the decoder collects on its way through the sections, before it is known to be valid.

struct ModuleSections {
    let binary: ModuleBinary
    var types: [CompositeType] = []
    /// The numbers of these.
    let heldTypes = HeldTypes()
    var imports: [Import] = []
    var functionTypeIndices: [UInt32] = []
    var functions: [Function] = []
    var tables: [TableType] = []
    /// Of the tables that the module defines.
    var tableInitializers: [ConstantExpression?] = []
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
    var debugSections: [String: Range<Int>] = [:]
    var codeSectionStart = 0
    var branchHints = BranchHints()

    init(binary: ModuleBinary) { self.binary = binary }
}

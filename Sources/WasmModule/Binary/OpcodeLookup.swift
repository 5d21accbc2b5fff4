// The table of instructions laid out for speed: a flat array of trivial rows, found by encoding.
//
// Always true: it says exactly what `Opcode` says, from which it is made once.

@safe
struct OpcodeLookup: @unchecked Sendable {
    // SENDABLE: the rows are written before the initialiser returns, and never freed.
    private let rows: UnsafePointer<Row>
    /// Where the rows of each prefix begin, and how many there are.
    private let pages: [(first: Int, count: Int)]

    /// What the decoder and the validator need of an instruction.
    struct Row {
        /// Stands for the address type of the memory that the instruction names, among the operands.
        static let address = ValueType(word: 1)

        /// Nil where the encoding is no instruction.
        var opcode: Opcode?
        var kind = InstructionKind.control(.unreachable)
        var immediates: Immediates = .none
        /// The validator has a rule of its own for the instruction.
        var isSpecial = false
        /// The immediates have bounds of their own, or say which type an address among the operands has.
        var hasBounds = false
        var operandCount: UInt8 = 0
        var resultCount: UInt8 = 0
        /// The operands, the last pushed first.
        var operands = (ValueType.i32, ValueType.i32, ValueType.i32, ValueType.i32)
        /// The results, the first pushed first.
        var results = (ValueType.i32, ValueType.i32)
        var features = FeatureSet()
    }

    static let shared = OpcodeLookup()

    private init() {
        // The numbers of a page begin with 0, and are without large gaps.
        var pages = Array(repeating: (first: 0, count: 0), count: Self.prefixes.count + 1)
        pages[0].count = 256
        for opcode in Opcode.allCases {
            let (prefix, number) = opcode.encoding
            let page = Self.page(prefix)
            pages[page].count = max(pages[page].count, Int(number) + 1)
        }
        var total = 0
        for page in pages.indices {
            pages[page].first = total
            total += pages[page].count
        }
        let rows = UnsafeMutablePointer<Row>.allocate(capacity: total)
        unsafe rows.initialize(repeating: Row(), count: total)
        for opcode in Opcode.allCases {
            let (prefix, number) = opcode.encoding
            unsafe rows[pages[Self.page(prefix)].first + Int(number)] = Row(opcode)
        }
        unsafe self.rows = UnsafePointer(rows)
        self.pages = pages
    }

    /// The row of an opcode of one byte.
    @inline(__always)
    subscript(byte: UInt8) -> Reference {
        // SAFETY: a byte is below 256, the size of the first page.
        unsafe Reference(row: rows + Int(byte))
    }

    /// The row of an opcode with a prefix; nil where that is no instruction.
    subscript(prefix: UInt8, number: UInt32) -> Reference? {
        guard Self.isPrefix(prefix) else { return nil }
        let page = pages[Self.page(prefix)]
        guard number < page.count else { return nil }
        // SAFETY: `number` is below the size of the page.
        let row = unsafe Reference(row: rows + (page.first + Int(number)))
        return row.opcode == nil ? nil : row
    }

    /// A row where it stands: copying all of it would cost more than what is looked at.
    @safe
    struct Reference {
        // SAFETY: rows are never freed.
        fileprivate let row: UnsafePointer<Row>

        var opcode: Opcode? { unsafe row.pointee.opcode }
        var kind: InstructionKind { unsafe row.pointee.kind }
        var immediates: Immediates { unsafe row.pointee.immediates }
        var isSpecial: Bool { unsafe row.pointee.isSpecial }
        var hasBounds: Bool { unsafe row.pointee.hasBounds }
        var operandCount: UInt8 { unsafe row.pointee.operandCount }
        var resultCount: UInt8 { unsafe row.pointee.resultCount }
        var operands: (ValueType, ValueType, ValueType, ValueType) { unsafe row.pointee.operands }
        var results: (ValueType, ValueType) { unsafe row.pointee.results }
        var features: FeatureSet { unsafe row.pointee.features }
    }

    static func isPrefix(_ byte: UInt8) -> Bool { prefixes ~= byte }

    private static let prefixes: ClosedRange<UInt8> = 0xFB...0xFE

    /// Opcodes of one byte have the first page.
    private static func page(_ prefix: UInt8) -> Int { prefix == 0 ? 0 : Int(prefix - prefixes.lowerBound) + 1 }
}

extension OpcodeLookup.Row {
    fileprivate init(_ opcode: Opcode) {
        self.opcode = opcode
        kind = InstructionKind(opcode)
        immediates = opcode.immediates
        hasBounds = immediates.haveBounds
        features = FeatureSet(opcode.feature)
        guard let signature = opcode.signature else {
            isSpecial = true
            return
        }
        precondition(signature.operandCount <= 4 && signature.resultCount <= 2)
        operandCount = UInt8(signature.operandCount)
        resultCount = UInt8(signature.resultCount)
        let last = signature.operandCount - 1
        func operand(_ distance: Int) -> ValueType {
            distance <= last ? Self.valueType(signature[last - distance]) : .i32
        }
        func result(_ index: Int) -> ValueType {
            index < signature.resultCount ? Self.valueType(signature[last + 1 + index]) : .i32
        }
        operands = (operand(0), operand(1), operand(2), operand(3))
        results = (result(0), result(1))
    }

    private static func valueType(_ letter: Signature.Letter) -> ValueType {
        switch letter {
        case .i32: .i32
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        case .v128: .v128
        case .address: address
        }
    }
}

extension Immediates {
    fileprivate var haveBounds: Bool {
        switch self {
        case .access, .atomic, .accessLane, .lane, .shuffle: true
        case .none, .block, .label, .labels, .function, .typeIndex, .typeAndTable, .local, .global, .table, .element,
            .elementAndTable, .twoTables, .valueTypes, .heapType, .i32, .i64, .f32, .f64, .v128, .memoryIndex,
            .dataAndMemory, .data, .twoMemories, .zero, .tag, .catches:
            // Where these name something, the instruction has a rule of its own.
            false
        }
    }
}

// The opcode table laid out for speed: a flat array of trivial rows, found by encoding.
//
// Always true: it says exactly what `Opcode.table` says, from which it is made once.

@safe
struct OpcodeLookup: @unchecked Sendable {
    // SENDABLE: the rows are written before the initialiser returns, and never freed.
    private let rows: UnsafePointer<Row>

    /// What the decoder and the validator need of an instruction.
    struct Row {
        /// Stands for the address type of the memory that the instruction names, among the operands.
        static let address = ValueType(word: 1)

        /// Nil where the encoding is no instruction.
        var opcode: Opcode?
        var immediates: Immediates = .none
        /// The validator has a rule of its own for the instruction.
        var isSpecial = false
        /// An index or an alignment among the immediates needs a look at the module.
        var namesEntity = false
        var operandCount: UInt8 = 0
        /// The operands, the last pushed first.
        var operands = (ValueType.i32, ValueType.i32, ValueType.i32)
        var result: ValueType?
        var features = FeatureSet()
    }

    static let shared = OpcodeLookup(Opcode.table)

    private static let pages = 3

    private init(_ table: [OpcodeRow]) {
        let rows = UnsafeMutablePointer<Row>.allocate(capacity: 256 * Self.pages)
        unsafe rows.initialize(repeating: Row(), count: 256 * Self.pages)
        for row in table {
            let page = Self.page(ofPrefix: UInt8(row.encoding >> 8))!
            unsafe rows[page << 8 | Int(row.encoding & 0xFF)] = Row(row)
        }
        unsafe self.rows = UnsafePointer(rows)
    }

    /// The row of an opcode of one byte.
    @inline(__always)
    subscript(byte: UInt8) -> Row {
        // SAFETY: a byte is below 256, the size of the first page.
        get { unsafe rows[Int(byte)] }
    }

    /// The row of an opcode with a prefix; nil where that is no instruction.
    subscript(prefix: UInt8, number: UInt32) -> Row? {
        guard let page = Self.page(ofPrefix: prefix), page > 0, number < 256 else { return nil }
        // SAFETY: `page` is below `pages`, and `number` below the size of a page.
        let row = unsafe rows[page << 8 | Int(number)]
        return row.opcode == nil ? nil : row
    }

    static func isPrefix(_ byte: UInt8) -> Bool { 0xFB...0xFE ~= byte }

    private static func page(ofPrefix prefix: UInt8) -> Int? {
        switch prefix {
        case 0: 0
        case 0xFC: 1
        case 0xFE: 2
        default: nil
        }
    }
}

extension OpcodeLookup.Row {
    fileprivate init(_ row: OpcodeRow) {
        precondition(row.signature.operands.count <= 3)
        self.init(
            opcode: row.opcode, immediates: row.immediates, isSpecial: row.signature.isSpecial,
            namesEntity: row.immediates.nameEntity, operandCount: UInt8(row.signature.operands.count),
            result: row.signature.result.map(Self.valueType),
            features: FeatureSet(row.feature))
        var types = row.signature.operands.reversed().map(Self.valueType)
        types += Array(repeating: .i32, count: 3 - types.count)
        operands = (types[0], types[1], types[2])
    }

    private static func valueType(_ letter: Signature.Letter) -> ValueType {
        switch letter {
        case .i32: .i32
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        case .address: address
        }
    }

    /// Puts the type of addresses where the signature has a memory's.
    mutating func resolveAddress(_ type: ValueType) {
        if operands.0 == Self.address { operands.0 = type }
        if operands.1 == Self.address { operands.1 = type }
        if operands.2 == Self.address { operands.2 = type }
        if result == Self.address { result = type }
    }
}

extension Immediates {
    fileprivate var nameEntity: Bool {
        switch self {
        case .memory, .atomic, .memoryIndex, .dataAndMemory, .twoMemories, .data, .element: true
        default: false
        }
    }
}

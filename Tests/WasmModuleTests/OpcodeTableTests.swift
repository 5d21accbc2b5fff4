// The opcode table agrees with the enumeration beside it, and with itself.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct OpcodeTableTests {
    @Test func rowsStandAtTheirRawValue() {
        #expect(Opcode.table.map(\.opcode) == Opcode.allCases)
    }

    @Test func encodingsRise() {
        // In the order of the binary format, so that none occurs twice.
        let encodings = Opcode.table.map(\.encoding)
        #expect(zip(encodings, encodings.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func onlyTypedSelectSharesAName() {
        var seen: Set<String> = []
        #expect(Opcode.allCases.filter { !seen.insert($0.name).inserted } == [.selectT])
    }

    @Test func namesAreTheEnumerationsCases() {
        for opcode in Opcode.allCases where opcode != .selectT {
            let name = opcode.name.filter { $0 != "." && $0 != "_" }
            #expect("\(opcode)".lowercased() == name.lowercased())
        }
    }

    @Test func onlyMemoryInstructionsTakeAddresses() {
        for row in Opcode.table where !row.signature.isSpecial {
            let takesAddress = row.signature.operands.contains(.address) || row.signature.result == .address
            switch row.immediates {
            case .memory, .atomic, .memoryIndex, .dataAndMemory: #expect(takesAddress, "\(row.name)")
            default: #expect(!takesAddress, "\(row.name)")
            }
        }
    }

    @Test func featuresAreSupported() {
        for row in Opcode.table {
            if let feature = row.feature { #expect(Feature.supported.contains(feature), "\(row.name)") }
        }
    }

    /// Every instruction, in code that cannot run, where any operands do: so each row has a rule.
    @Test func everyInstructionValidates() throws {
        for row in Opcode.table where row.opcode != .else && row.opcode != .end {
            let prefix = UInt8(row.encoding >> 8)
            let number = row.encoding & 0xFF
            let encoding = prefix == 0 ? [UInt8(number)] : [prefix] + leb(Int(number))
            let bytes = everything([0x00] + encoding + immediates(row) + closing(row))
            #expect(throws: Never.self, "\(row.name)") { try decode(bytes) }
        }
    }

    /// A module with one of each thing, whose function has the body `body`.
    private func everything(_ body: Bytes) -> Bytes {
        function(
            locals: [1, 1, 0x7F], body + [0x00, 0x0B],
            between: section(4, [1, 0x70, 0, 1]) + section(5, [1, 3, 1, 1])
                + section(6, [1, 0x7F, 1, 0x41, 0, 0x0B]) + section(9, [1, 3, 0, 1, 0]) + section(12, [1]))
            + section(11, [1, 1, 0])
    }

    private func immediates(_ row: OpcodeRow) -> Bytes {
        switch row.immediates {
        case .none: []
        case .block: [0x40]
        case .label, .function, .local, .global, .table, .element, .memoryIndex, .data: [0]
        case .labels, .typeAndTable, .elementAndTable, .twoTables, .dataAndMemory, .twoMemories: [0, 0]
        case .valueTypes: [1, 0x7F]
        case .heapType: [0x70]
        case .i32, .i64, .fence: [0]
        case .f32: [0, 0, 0, 0]
        case .f64: [0, 0, 0, 0, 0, 0, 0, 0]
        case .memory(let alignment), .atomic(let alignment): [alignment, 0]
        }
    }

    private func closing(_ row: OpcodeRow) -> Bytes { row.immediates == .block ? [0x0B] : [] }
}

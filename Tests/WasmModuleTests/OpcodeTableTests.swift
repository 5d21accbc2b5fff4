// The table of instructions agrees with itself, and with the decoder and the validator.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct OpcodeTableTests {
    @Test func familiesHoldEachInstructionOnce() {
        for opcode in Opcode.allCases { #expect("\(InstructionKind(opcode))".hasSuffix(".\(opcode))")) }
        #expect(ControlInstruction.allCases.allSatisfy { InstructionKind($0.opcode) == .control($0) })
        #expect(NumericInstruction.allCases.allSatisfy { InstructionKind($0.opcode) == .numeric($0) })
        #expect(
            SynchronizationInstruction.allCases.allSatisfy { InstructionKind($0.opcode) == .synchronization($0) })
    }

    @Test func noEncodingOccursTwice() {
        let encodings = Opcode.allCases.map { UInt64($0.encoding.prefix) << 32 | UInt64($0.encoding.number) }
        #expect(Set(encodings).count == Opcode.allCases.count)
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

    @Test func exactlyAccessesTakeAddresses() {
        for opcode in Opcode.allCases {
            guard let signature = opcode.signature else { continue }
            let takesAddress = signature.operands.contains(.address)
            #expect(takesAddress == (opcode.transferredBytes != nil), "\(opcode.name)")
            #expect(!signature.results.contains(.address), "\(opcode.name)")
        }
    }

    @Test func onlyWhatTrapsHasChecks() {
        for opcode in Opcode.allCases where opcode.checks > 0 { #expect(opcode.mayTrap, "\(opcode.name)") }
    }

    @Test func featuresAreSupported() {
        for opcode in Opcode.allCases {
            if let feature = opcode.feature { #expect(Feature.supported.contains(feature), "\(opcode.name)") }
        }
    }

    /// Every instruction, in code that cannot run, where any operands do: so each row has a rule.
    @Test func everyInstructionValidates() throws {
        for opcode in Opcode.allCases where opcode != .else && opcode != .end {
            let (prefix, number) = opcode.encoding
            let encoding = prefix == 0 ? [UInt8(number)] : [prefix] + leb(Int(number))
            let bytes = everything([0x00] + opening(opcode) + encoding + immediates(opcode) + closing(opcode))
            #expect(throws: Never.self, "\(opcode.name)") { try decode(bytes) }
        }
    }

    /// A module with one of each thing, whose function has the body `body`.
    private func everything(_ body: Bytes) -> Bytes {
        function(
            locals: [1, 1, 0x7F], body + [0x00, 0x0B],
            between: section(4, [1, 0x70, 0, 1]) + section(5, [1, 3, 1, 1])
                + section(13, [1, 0, 0]) + section(6, [1, 0x7F, 1, 0x41, 0, 0x0B]) + section(9, [1, 3, 0, 1, 0])
                + section(12, [1]))
            + section(11, [1, 1, 0])
    }

    private func immediates(_ opcode: Opcode) -> Bytes {
        switch opcode.immediates {
        case .none: []
        case .block: [0x40]
        case .label, .function, .typeIndex, .local, .global, .table, .element, .memoryIndex, .data, .tag: [0]
        case .catches: [0x40, 1, 2, 0]
        case .labels, .typeAndTable, .elementAndTable, .twoTables, .dataAndMemory, .twoMemories: [0, 0]
        case .valueTypes: [1, 0x7F]
        case .heapType: [0x70]
        case .i32, .i64, .zero: [0]
        case .f32: [0, 0, 0, 0]
        case .f64: [0, 0, 0, 0, 0, 0, 0, 0]
        case .v128, .shuffle: Bytes(repeating: 0, count: 16)
        case .lane: [0]
        case .accessLane: [0, 0, 0]
        case .access(let bytes), .atomic(let bytes): [UInt8(bytes.trailingZeroBitCount), 0]
        }
    }

    /// What must stand before it: a try, and of one that throws again a handler.
    private func opening(_ opcode: Opcode) -> Bytes {
        switch opcode {
        case .catch, .catchAll, .delegate: [0x06, 0x40, 0x00]
        case .rethrow: [0x06, 0x40, 0x19]
        // A label that takes a reference.
        case .brOnNonNull: [0x02, 0x70, 0x00]
        default: []
        }
    }

    private func closing(_ opcode: Opcode) -> Bytes {
        let opens = opcode.immediates == .block || opcode.immediates == .catches
        return opens || [.catch, .catchAll, .rethrow, .brOnNonNull].contains(opcode) ? [0x0B] : []
    }
}

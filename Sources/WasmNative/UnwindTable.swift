// How frames of compiled code are left for their callers, and where they catch: what LLVM says of both in the
// sections `.eh_frame` and `.gcc_except_table`. They are read when code throws for the first time.
//
// Always true: what the bytes say wrongly or in a form that LLVM does not make for us is as if they did not say
// it, and nothing is read outside of them.
// https://refsp.linuxbase.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/ehframechpt.html
// https://itanium-cxx-abi.github.io/cxx-abi/exceptions.pdf, section "Language Specific Data Area"

import CMachine

struct UnwindTable: Sendable {
    /// Bytes with the address where they lie.
    struct Section: Sendable {
        let bytes: [UInt8]
        let address: UInt
    }

    private struct Function {
        var start: UInt
        var end: UInt
        var kept: [MachineKeptRegister] = []
        var landings: [Landing] = []
        /// How many bytes of arguments the function has put on the stack, from an address on.
        var pushed: [(from: UInt, bytes: UInt64)] = []
    }

    /// Where calls go on whose callee throws.
    private struct Landing {
        let calls: Range<UInt>
        let target: UInt
    }

    /// By address.
    private let functions: [Function]

    init(frames: Section, handlers: Section?) {
        var parser = FrameParser(frames, handlers)
        parser.run()
        functions = parser.functions.sorted { $0.start < $1.start }
    }

    private func function(at address: UInt) -> Function? {
        var (low, high) = (0, functions.count)
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address < functions[low - 1].end ? functions[low - 1] : nil
    }

    /// As `LocatedCode` says.
    func enterHandler(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool {
        let address = UInt(registers.pointee.address) - 1
        guard let function = function(at: address),
            let landing = function.landings.first(where: { $0.calls.contains(address) })
        else { return false }
        registers.pointee.address = UInt64(landing.target)
        registers.pointee.stack += function.pushed.last { $0.from <= address }?.bytes ?? 0
        return true
    }

    func leaveFrame(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool {
        guard let function = function(at: UInt(registers.pointee.address) - 1) else { return false }
        function.kept.withUnsafeBufferPointer { machine_unwind_step(registers, $0.baseAddress, Int64($0.count)) }
        return true
    }

    // MARK: Frames

    /// What functions of one kind have in common.
    private struct CommonEntry {
        var codeFactor: UInt64 = 1
        var dataFactor: Int64 = 1
        var addressForm: UInt8 = 0
        var handlerForm: UInt8?
    }

    private struct FrameParser {
        let frames: Section
        let handlers: Section?
        var functions: [Function] = []
        private var common: [Int: CommonEntry] = [:]

        init(_ frames: Section, _ handlers: Section?) {
            self.frames = frames
            self.handlers = handlers
        }

        mutating func run() {
            var offset = 0
            while offset + 8 <= frames.bytes.count {
                var reader = DwarfReader(bytes: frames.bytes, offset: offset, end: frames.bytes.count)
                let length = Int(reader.integer(4))
                let start = reader.offset
                guard length >= 4, length <= frames.bytes.count - start else { return }
                var entry = DwarfReader(bytes: frames.bytes, offset: start, end: start + length)
                let distance = Int(entry.integer(4))
                if distance == 0 {
                    common[offset] = Self.commonEntry(&entry)
                } else if let kind = common[start - distance] {
                    function(kind, &entry)
                }
                offset = start + length
            }
        }

        private static func commonEntry(_ entry: inout DwarfReader) -> CommonEntry? {
            var kind = CommonEntry()
            guard entry.integer(1) == 1 else { return nil }
            var letters: [UInt8] = []
            while entry.offset < entry.end {
                let letter = UInt8(entry.integer(1))
                if letter == 0 { break }
                letters.append(letter)
            }
            guard letters.first == UInt8(ascii: "z") else { return nil }
            kind.codeFactor = entry.unsigned()
            kind.dataFactor = entry.signed()
            _ = entry.unsigned()
            _ = entry.unsigned()
            for letter in letters.dropFirst() {
                switch letter {
                case UInt8(ascii: "R"): kind.addressForm = UInt8(entry.integer(1))
                case UInt8(ascii: "L"): kind.handlerForm = UInt8(entry.integer(1))
                case UInt8(ascii: "P"):
                    // A function that nobody calls.
                    guard entry.skip(form: UInt8(entry.integer(1))) else { return nil }
                default: return nil
                }
            }
            return kind
        }

        private mutating func function(_ kind: CommonEntry, _ entry: inout DwarfReader) {
            guard let start = entry.relativeAddress(form: kind.addressForm, in: frames.address) else { return }
            let length = UInt(entry.integer(4))
            var function = Function(start: start, end: start &+ length)
            let augmentation = Int(truncatingIfNeeded: entry.unsigned() & 0xFFFF)
            let program = entry.offset + augmentation
            if augmentation > 0, let form = kind.handlerForm,
                let address = entry.relativeAddress(form: form, in: frames.address), let handlers
            {
                function.landings = UnwindTable.landings(at: address, in: handlers, of: start)
            }
            guard program <= entry.end else { return }
            entry.offset = program
            runProgram(kind, &entry, &function)
            functions.append(function)
        }

        /// Where registers are kept does not change in the body, and the frame pointer stays: calls are there.
        private func runProgram(_ kind: CommonEntry, _ entry: inout DwarfReader, _ function: inout Function) {
            var address = function.start
            func keep(_ number: UInt64, _ offset: UInt64) {
                let index = machine_unwind_register(number)
                guard index >= 0, !function.kept.contains(where: { $0.index == UInt32(index) }) else { return }
                let bytes = Int32(truncatingIfNeeded: Int64(truncatingIfNeeded: offset) &* kind.dataFactor)
                function.kept.append(MachineKeptRegister(index: UInt32(index), offset: bytes))
            }
            while entry.offset < entry.end {
                let opcode = entry.integer(1)
                let low = opcode & 0x3F
                switch (opcode >> 6, low) {
                case (1, _): address &+= UInt(low &* kind.codeFactor)
                case (2, _): keep(low, entry.unsigned())
                // The three lengths of an advance.
                case (0, 0x02): address &+= UInt(entry.integer(1) &* kind.codeFactor)
                case (0, 0x03): address &+= UInt(entry.integer(2) &* kind.codeFactor)
                case (0, 0x04): address &+= UInt(entry.integer(4) &* kind.codeFactor)
                case (0, 0x05): keep(entry.unsigned(), entry.unsigned())
                // DW_CFA_GNU_args_size
                case (0, 0x2E): function.pushed.append((address, entry.unsigned()))
                // What the stack's pointer was is known from the frame's.
                case (3, _), (0, 0x00), (0, 0x0A), (0, 0x0B), (0, 0x2D): break
                case (0, 0x06), (0, 0x07), (0, 0x08), (0, 0x0D), (0, 0x0E): _ = entry.unsigned()
                case (0, 0x09), (0, 0x0C): _ = (entry.unsigned(), entry.unsigned())
                default: return
                }
            }
        }
    }

    // MARK: Handlers

    private static func landings(at address: UInt, in section: Section, of function: UInt) -> [Landing] {
        guard address >= section.address, address < section.address &+ UInt(section.bytes.count) else { return [] }
        var reader = DwarfReader(
            bytes: section.bytes, offset: Int(address - section.address), end: section.bytes.count)
        // Landings are counted from the function's start; types follow the table, and are nobody's.
        guard reader.integer(1) == DwarfForm.omitted else { return [] }
        if reader.integer(1) != DwarfForm.omitted { _ = reader.unsigned() }
        let form = UInt8(reader.integer(1))
        let end = min(reader.offset + Int(truncatingIfNeeded: reader.unsigned() & 0xFFFF_FFFF), reader.end)
        var landings: [Landing] = []
        while reader.offset < end {
            guard let start = reader.number(form: form), let length = reader.number(form: form),
                let target = reader.number(form: form)
            else { return [] }
            _ = reader.unsigned()
            guard target != 0 else { continue }
            let first = function &+ start
            landings.append(Landing(calls: first..<max(first, first &+ length), target: function &+ target))
        }
        return landings
    }
}

/// How a number is written in these sections.
private enum DwarfForm {
    static let omitted: UInt64 = 0xFF
    static let uleb128: UInt8 = 0x01
    static let udata4: UInt8 = 0x03
    /// A distance from where it stands, of four bytes; the second by way of a pointer.
    static let near: UInt8 = 0x1B
    static let nearIndirect: UInt8 = 0x9B
}

extension DwarfReader {
    fileprivate mutating func number(form: UInt8) -> UInt? {
        switch form {
        case DwarfForm.uleb128: UInt(unsigned())
        case DwarfForm.udata4: UInt(integer(4))
        default: nil
        }
    }

    fileprivate mutating func relativeAddress(form: UInt8, in base: UInt) -> UInt? {
        guard form == DwarfForm.near else { return nil }
        let place = base &+ UInt(offset)
        return place &+ UInt(bitPattern: Int(Int32(truncatingIfNeeded: integer(4))))
    }

    fileprivate mutating func skip(form: UInt8) -> Bool {
        guard form == DwarfForm.near || form == DwarfForm.nearIndirect else { return false }
        _ = integer(4)
        return true
    }
}

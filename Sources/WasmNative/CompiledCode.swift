// An object of the compiler's, with addresses: code that runs.
//
// Always true: it is executable and does not change; it lies in the code space as long as this object lives.

import CMachine
import Platform
import Synchronization
import WasmCompiler
import WasmModule
import WasmRuntime

package final class CompiledCode: LocatedCode {
    private let block: CodeBlock
    private let addresses: [Symbol: UInt]
    private let lines: LineTable
    /// In `block`: how frames are left, and where they catch.
    private let frames: Range<Int>?
    private let handlers: Range<Int>?
    /// Made of these when code throws for the first time.
    private let unwindTable = Mutex<UnwindTable?>(nil)
    private let module: Module
    /// Where the code of functions and loops begins, by address.
    private let starts: [(address: UInt, definedIndex: Int)]
    /// What a debugger knows of it, where one was asked for.
    private let image: DebuggerImage?

    /// `bytes` is what the compiler made of `module`. They are copied.
    package init(_ bytes: UnsafeRawBufferPointer, of module: Module) throws(ObjectError) {
        self.module = module
        let object = try ObjectFile(bytes)
        let layout = Layout(object)
        do {
            block = try CodeSpace.allocate(layout.byteCount)
        } catch {
            throw .system(error.code)
        }
        frames = layout.range(of: ".eh_frame", in: object)
        handlers = layout.range(of: ".gcc_except_table", in: object)
        let linker = ObjectLinker(object, layout, block.memory)
        try linker.link()
        addresses = linker.addresses()
        for symbol in addresses.keys {
            guard symbol.definedIndex ?? 0 < module.functions.count else {
                throw .malformed("it has functions that the module has not")
            }
        }
        starts = linker.starts().sorted { $0.address < $1.address }
        lines = LineTable(try linker.debugLines())
        do {
            try block.seal(textBytes: layout.textBytes)
        } catch {
            throw .system(error.code)
        }
        let functions = linker.functions(of: module)
        CodeObservers.writeMap(functions.map(\.function))
        image = CodeObservers.hasDebugger ? linker.image(names: functions) : nil
        CodeRegistry.add(self, at: range)
    }

    deinit { CodeRegistry.remove(range) }

    private var range: Range<UInt> {
        let start = UInt(bitPattern: block.memory.baseAddress)
        return start..<start + UInt(block.memory.count)
    }

    package func address(of symbol: Symbol) -> UInt? { addresses[symbol] }

    /// What is in it, in no order.
    var symbols: some Collection<Symbol> { addresses.keys }

    package func frame(of address: UInt, offset: Int, isFault: Bool) -> Trap.Frame? {
        guard let start = starts.last(where: { $0.address <= address }), start.definedIndex >= 0 else {
            return nil
        }
        let index = UInt32(module.importedFunctionCount + start.definedIndex)
        let line = offset != 0 ? offset : self.offset(of: address, isFault, in: start.definedIndex)
        let body = module.functions[start.definedIndex].body
        return Trap.Frame(
            functionIndex: index, name: module.functionName(index),
            offset: body.contains(line) ? line : body.lowerBound)
    }
}

extension CompiledCode {
    package func enterHandler(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool {
        unwinding { $0.enterHandler(registers) }
    }

    package func leaveFrame(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool {
        unwinding { $0.leaveFrame(registers) }
    }

    private func unwinding(_ body: (UnwindTable) -> Bool) -> Bool {
        guard let frames else { return false }
        let table = unwindTable.withLock { table in
            if let table { return table }
            let made = UnwindTable(frames: section(frames), handlers: handlers.map(section))
            table = made
            return made
        }
        return body(table)
    }

    private func section(_ range: Range<Int>) -> UnwindTable.Section {
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(block.memory)[range])
        return UnwindTable.Section(bytes: Array(bytes), address: UInt(bitPattern: bytes.baseAddress))
    }

    /// The offset of the instruction that the code at an address comes from. The code generator leaves some
    /// accesses without a place, mostly when it makes them of more than one instruction: what follows, which
    /// consumes what was loaded, has it.
    private func offset(of address: UInt, _ isFault: Bool, in function: Int) -> Int {
        let line = lines.line(of: address)
        guard isFault, !module.isAccess(at: line, in: function) else { return line }
        let next = lines.lineBehind(address)
        return module.isAccess(at: next, in: function) ? next : line
    }
}

extension Module {
    /// Whether the instruction at an offset reads or writes a memory.
    fileprivate func isAccess(at offset: Int, in function: Int) -> Bool {
        guard functions[function].body.contains(offset), var walk = try? FunctionWalk(self, function: function)
        else { return false }
        while let instruction = try? walk.next(), instruction.offset <= offset {
            guard instruction.offset == offset else { continue }
            return instruction.opcode.transferredBytes != nil
        }
        return false
    }
}

/// Where the sections of an object go: text first, then, from a page of its own on, what is read.
struct Layout {
    private(set) var offsets: [Int: Int] = [:]
    private(set) var textBytes = 0
    private(set) var byteCount = 0

    init(_ object: ObjectFile) {
        place(object) { $0.isText }
        textBytes = byteCount
        byteCount = Mapping.roundedToPages(byteCount)
        place(object) { !$0.isText }
    }

    /// Where a section lies, by its name; nil where there is none.
    func range(of name: String, in object: ObjectFile) -> Range<Int>? {
        guard let index = object.sections.firstIndex(where: { $0.name == name && $0.hasBytes }),
            let start = offsets[index]
        else { return nil }
        return start..<start + object.sections[index].size
    }

    private mutating func place(_ object: ObjectFile, _ isWanted: (ObjectFile.Section) -> Bool) {
        for (index, section) in object.sections.enumerated() where section.isLoaded && isWanted(section) {
            byteCount = (byteCount + section.alignment - 1) / section.alignment * section.alignment
            offsets[index] = byteCount
            byteCount += section.size
        }
    }
}

/// Copies sections to their places and lets them refer to each other.
struct ObjectLinker {
    private let object: ObjectFile
    private let layout: Layout
    private let memory: UnsafeMutableRawBufferPointer

    init(_ object: ObjectFile, _ layout: Layout, _ memory: UnsafeMutableRawBufferPointer) {
        self.object = object
        self.layout = layout
        self.memory = memory
    }

    private var base: UInt { UInt(bitPattern: memory.baseAddress) }

    func link() throws(ObjectError) {
        for (index, place) in layout.offsets {
            let section = object.sections[index]
            if section.hasBytes { memory[place..<place + section.size].copyBytes(from: bytes(of: section)) }
        }
        for (index, place) in layout.offsets {
            let target = UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + object.sections[index].size])
            for relocation in try object.relocations(of: index) {
                try apply(relocation, to: target, at: base + UInt(place))
            }
        }
    }

    /// Where the code behind the compiler's symbols is.
    func addresses() -> [Symbol: UInt] {
        var addresses: [Symbol: UInt] = [:]
        for symbol in object.symbols {
            guard let address = textAddress(of: symbol), let known = Symbol(symbol.name) else { continue }
            addresses[known] = address
        }
        return addresses
    }

    /// Where code begins, and of which function of the module it is; -1 where it is of none.
    func starts() -> [(address: UInt, definedIndex: Int)] {
        object.symbols.compactMap { symbol in
            guard !symbol.isSectionItself, !symbol.name.isEmpty, let address = textAddress(of: symbol) else {
                return nil
            }
            return (address, Symbol(symbol.name)?.definedIndex ?? -1)
        }
    }

    private func textAddress(of symbol: ObjectFile.Symbol) -> UInt? {
        guard let place = layout.offsets[symbol.section], symbol.value < UInt64(layout.textBytes),
            place + Int(symbol.value) < layout.textBytes
        else { return nil }
        return base + UInt(place) + UInt(symbol.value)
    }

    /// What there is to tell of the code, by the names of the symbols.
    func functions(of module: Module) -> [(symbol: String, function: CodeObservers.Function)] {
        guard CodeObservers.perfMap != nil || CodeObservers.hasDebugger else { return [] }
        return object.symbols.compactMap { symbol in
            guard let place = layout.offsets[symbol.section], !symbol.name.isEmpty, !symbol.isSectionItself
            else { return nil }
            let name = Symbol(symbol.name)?.definedIndex.flatMap {
                module.functionName(UInt32(module.importedFunctionCount + $0))
            }
            let address = base + UInt(place) &+ UInt(truncatingIfNeeded: symbol.value)
            // Debuggers take what stands after a point for a number of their own.
            let words = name ?? String(symbol.name.map { $0 == "." ? "_" : $0 })
            return (symbol.name, .init(name: words, address: address, byteCount: symbol.size))
        }
    }

    func image(names functions: [(symbol: String, function: CodeObservers.Function)]) -> DebuggerImage {
        DebuggerImage(
            object, addresses: layout.offsets.mapValues { base + UInt($0) },
            names: Dictionary(functions.map { ($0.symbol, $0.function.name) }) { first, _ in first })
    }

    /// The line table, with the addresses of the code in it.
    func debugLines() throws(ObjectError) -> [UInt8] {
        let found = object.sections.firstIndex { $0.name == ".debug_line" && $0.hasBytes }
        guard let index = found else { return [] }
        let lines = UnsafeMutableRawBufferPointer.allocate(
            byteCount: object.sections[index].size, alignment: MemoryLayout<UInt64>.alignment)
        defer { lines.deallocate() }
        lines.copyBytes(from: bytes(of: object.sections[index]))
        for relocation in try object.relocations(of: index)
        where try symbolAddress(relocation.symbol) != nil {
            try apply(relocation, to: lines, at: 0)
        }
        return Array(lines)
    }

    private func bytes(of section: ObjectFile.Section) -> Slice<UnsafeRawBufferPointer> {
        object.bytes[section.offset..<section.offset + section.size]
    }

    /// nil for what is not loaded.
    private func symbolAddress(_ index: Int) throws(ObjectError) -> UInt? {
        guard index < object.symbols.count else { throw .malformed("a relocation names no symbol") }
        let symbol = object.symbols[index]
        guard let place = layout.offsets[symbol.section] else {
            if symbol.section == 0 { throw .unsupported("it refers to \(symbol.name)") }
            return nil
        }
        return base &+ UInt(place) &+ UInt(truncatingIfNeeded: symbol.value)
    }

    private func apply(
        _ relocation: ObjectFile.Relocation, to section: UnsafeMutableRawBufferPointer, at address: UInt
    ) throws(ObjectError) {
        guard let symbol = try symbolAddress(relocation.symbol) else {
            throw .unsupported("it refers to what is not loaded")
        }
        let kind = RelocationKind(relocation.type)
        guard let kind, relocation.offset >= 0, relocation.offset <= section.count - kind.byteCount else {
            throw .unsupported("it has a relocation of the type \(relocation.type)")
        }
        let value = Int64(truncatingIfNeeded: symbol) &+ relocation.addend
        let place = Int64(truncatingIfNeeded: address) &+ Int64(relocation.offset)
        switch kind {
        case .absolute64:
            section.storeBytes(of: value, toByteOffset: relocation.offset, as: Int64.self)
        case .relative32:
            guard let distance = Int32(exactly: value &- place) else { throw .unsupported("it is too large") }
            section.storeBytes(of: distance, toByteOffset: relocation.offset, as: Int32.self)
        }
    }
}

/// The few relocations that code of the small model, made to lie anywhere, needs.
private enum RelocationKind {
    case absolute64, relative32

    var byteCount: Int { self == .absolute64 ? 8 : 4 }

    init?(_ type: UInt32) {
        switch type {
        case ELF.RelocationType.absolute64: self = .absolute64
        case ELF.RelocationType.relative32, ELF.RelocationType.call32: self = .relative32
        default: return nil
        }
    }
}

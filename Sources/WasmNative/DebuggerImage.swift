// What a debugger is told of an object: its bytes, with the addresses of its sections and the names of its functions.
//
// Always true: the debugger's list has the image as long as it lives.

import CMachine
import Platform
import WasmRuntime

/// An object that a debugger knows of.
final class DebuggerImage: @unchecked Sendable {
    // SENDABLE: the memory is written in the initialiser only.
    private let bytes: UnsafeMutableRawBufferPointer
    private let entry: UnsafeMutableRawPointer?

    /// `addresses` is where the sections lie, by their index; `names` what the symbols shall be called.
    init(_ object: ObjectFile, addresses: [Int: UInt], names: [String: String]) {
        var image = Array(object.bytes)
        object.place(sectionsAt: addresses, in: &image)
        object.rename(names, in: &image)
        bytes = .allocate(byteCount: image.count, alignment: MemoryLayout<UInt64>.alignment)
        bytes.copyBytes(from: image)
        entry = machine_debugger_announce(bytes.baseAddress, bytes.count)
    }

    deinit {
        machine_debugger_forget(entry)
        bytes.deallocate()
    }
}

extension ObjectFile {
    /// Writes addresses into the headers of sections.
    fileprivate func place(sectionsAt addresses: [Int: UInt], in image: inout [UInt8]) {
        let field = MemoryLayout<ELF.SectionHeader>.offset(of: \.sh_addr)!
        for (index, address) in addresses { image.store(UInt64(address), at: headerOffset(index) + field) }
    }

    /// Gives symbols other names, which are put after everything else, together with those they had.
    fileprivate func rename(_ names: [String: String], in image: inout [UInt8]) {
        guard let table = symbolTable, let texts = nameTable else { return }
        var strings = Array(image[texts.offset..<texts.offset + texts.size])
        for (index, symbol) in symbols.enumerated() {
            guard let name = names[symbol.name] else { continue }
            image.store(
                UInt32(strings.count), at: table.offset + index * MemoryLayout<ELF.Symbol>.stride)
            strings += Array(name.utf8) + [0]
        }
        let header = headerOffset(texts.index)
        image.store(UInt64(image.count), at: header + MemoryLayout<ELF.SectionHeader>.offset(of: \.sh_offset)!)
        image.store(UInt64(strings.count), at: header + MemoryLayout<ELF.SectionHeader>.offset(of: \.sh_size)!)
        image += strings
    }
}

extension [UInt8] {
    fileprivate mutating func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    }
}

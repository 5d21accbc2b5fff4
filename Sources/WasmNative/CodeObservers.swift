// What profilers and debuggers are told of compiled code, where the environment asks for it:
//
//     WASI_THREADS_PERF=map   a line for each function in /tmp/perf-PID.map, which perf reads
//     WASI_THREADS_GDB=on     each object with its addresses, by GDB's interface for such code
//
// Always true: nothing happens without being asked for; what cannot be told is left out.

import CMachine
import Platform
import Synchronization
import WasmModule
import WasmRuntime

enum CodeObservers {
    static let perfMap: String? =
        HostVariable.perf.holds("map") ? "/tmp/perf-\(HostProcess.id).map" : nil
    static let hasDebugger = HostVariable.gdb.holds("on")

    /// A piece of code, as others shall call it.
    struct Function {
        let name: String
        let address: UInt
        let byteCount: UInt64
    }

    private static let fileLock = Mutex(())

    static func writeMap(_ functions: [Function]) {
        guard let perfMap else { return }
        let lines = functions.filter { $0.byteCount > 0 }.map {
            "\(String($0.address, radix: 16)) \(String($0.byteCount, radix: 16)) \($0.name)\n"
        }
        fileLock.withLock { _ in try? append(lines.joined(), toFile: perfMap) }
    }
}

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

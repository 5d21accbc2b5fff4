// What the main instance of a process has between two calls, for other processes to begin with.
//
// Always true: nothing changes after the initialiser. What a linker defines is not in it, and neither is what WASI has:
// descriptors, arguments, clocks. References to functions are kept by their index, so that they mean the same in
// another instance.

import CMachine
import Platform
import WasmModule
import WasmRuntime

package final class Snapshot: HandleObject {
    package static let handleName = "snapshot"

    /// The bytes of a memory.
    private final class Image: Sendable {
        let bytes: HostBytes

        init(_ bytes: consuming HostBytes) { self.bytes = bytes }
    }

    private enum Content: Sendable {
        case value(Value)
        case function(UInt32)
    }

    let loaded: LoadedModule
    let hasBegun: Bool
    let hasStarted: Bool
    /// By index; nil for one that a linker defines.
    private let memories: [Image?]
    private let globals: [Content]
    private let tables: [[Content]]

    /// Nobody runs the instance meanwhile. `isOwn` tells the memories of the process from those of a linker.
    init(
        _ instance: Instance, of loaded: LoadedModule, hasBegun: Bool, hasStarted: Bool,
        isOwn: (MemoryInstance) -> Bool
    ) throws(EmbedderError) {
        self.loaded = loaded
        self.hasBegun = hasBegun
        self.hasStarted = hasStarted
        var images: [Image?] = []
        for memory in instance.memories { images.append(isOwn(memory) ? try Self.image(of: memory) : nil) }
        memories = images
        var globals: [Content] = []
        for (index, type) in instance.module.globalTypes.enumerated() {
            let cell = unsafe instance.machine.pointee.globals[index].unsafelyUnwrapped
            globals.append(try Self.content(unsafe Value(cell, type: type.value), "global \(index)", instance))
        }
        self.globals = globals
        var tables: [[Content]] = []
        for (number, table) in instance.tables.enumerated() {
            var elements: [Content] = []
            elements.reserveCapacity(Int(table.count))
            for index in 0..<table.count {
                let slot = table[index].unsafelyUnwrapped
                let value = unsafe withUnsafePointer(to: slot) { unsafe Value($0, type: table.type.element) }
                elements.append(try Self.content(value, "element \(index) of the table \(number)", instance))
            }
            tables.append(elements)
        }
        self.tables = tables
    }

    private static func image(of memory: MemoryInstance) throws(EmbedderError) -> Image {
        var bytes = HostBytes()
        let length = unsafe Int(memory.machine.length)
        guard bytes.resize(to: length) else {
            throw EmbedderError(.system, "The host has no memory for a snapshot of \(counted(length, "byte")).")
        }
        let source = unsafe UnsafeRawBufferPointer(start: memory.machine.pointee.base, count: length)
        unsafe copyPages(from: source, to: bytes.bytes)
        return Image(bytes)
    }

    private static func content(
        _ value: Value, _ place: String, _ instance: Instance
    ) throws(EmbedderError) -> Content {
        switch value {
        case .funcref(let address) where address != 0:
            guard let index = instance.functionIndex(of: address) else {
                let reason = "is a function of the host's, which another process does not have."
                throw EmbedderError(.unsupported, "The \(place) \(reason)")
            }
            return .function(index)
        case .exnref(let reference) where reference != 0:
            let reason = "refers to an exception, which another process does not have."
            throw EmbedderError(.unsupported, "The \(place) \(reason)")
        default: return .value(value)
        }
    }

    // MARK: Another process

    /// Gives an instance of the same module, whose segments are in place, what this one had.
    func restore(_ instance: Instance) throws(EmbedderError) {
        for (memory, image) in zip(instance.memories, memories) {
            if let image { try Self.restore(memory, image) }
        }
        for (index, content) in globals.enumerated() {
            let cell = unsafe instance.machine.pointee.globals[index].unsafelyUnwrapped
            unsafe Self.value(content, instance).store(in: cell)
        }
        for (table, elements) in zip(instance.tables, tables) {
            let count = UInt64(elements.count)
            guard count <= table.count || table.grow(by: count - table.count, with: 0) != nil else {
                let words = "A table of the snapshot has \(counted(count, "element")), which is too many."
                throw EmbedderError(.limit, words)
            }
            for (index, content) in elements.enumerated() {
                var slot: MachineSlot = 0
                unsafe withUnsafeMutablePointer(to: &slot) { unsafe Self.value(content, instance).store(in: $0) }
                _ = table.set(UInt64(index), to: slot)
            }
        }
    }

    private static func restore(_ memory: MemoryInstance, _ image: Image) throws(EmbedderError) {
        let length = unsafe UInt64(image.bytes.bytes.count)
        let now = unsafe memory.machine.length
        guard length <= now || memory.grow(by: (length - now) / memory.pageSize) != nil else {
            throw EmbedderError(.limit, "A memory of the snapshot has \(counted(length, "byte")), which is too many.")
        }
        let place = unsafe UnsafeMutableRawBufferPointer(start: memory.machine.pointee.base, count: Int(length))
        unsafe copyPages(from: UnsafeRawBufferPointer(image.bytes.bytes), to: place)
    }

    private static func value(_ content: Content, _ instance: Instance) -> Value {
        switch content {
        case .value(let value): return value
        case .function(let index): return unsafe .funcref(UInt(bitPattern: instance.function(index).machine))
        }
    }

    /// Copies those pages that differ, so that nobody takes memory for pages that both have as zeros.
    private static func copyPages(from source: UnsafeRawBufferPointer, to place: UnsafeMutableRawBufferPointer) {
        let pageBytes = 4096
        for start in stride(from: 0, to: source.count, by: pageBytes) {
            let end = min(start + pageBytes, source.count)
            let from = unsafe UnsafeRawBufferPointer(rebasing: source[start..<end])
            let to = unsafe UnsafeMutableRawBufferPointer(rebasing: place[start..<end])
            if unsafe !isEqual(from, UnsafeRawBufferPointer(to)) { unsafe to.copyMemory(from: from) }
        }
    }

    private static func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        let words = one.count / 8 * 8
        for offset in stride(from: 0, to: words, by: 8) {
            let mine = unsafe one.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let others = unsafe other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if mine != others { return false }
        }
        for offset in words..<one.count {
            let (mine, others) = unsafe (one[offset], other[offset])
            if mine != others { return false }
        }
        return true
    }
}

extension Process {
    /// What the main instance has now. Between two calls, while no other thread lives.
    package func snapshot() throws(EmbedderError) -> Snapshot {
        let threads = group.threadCount + attached.withLock { $0.count }
        guard threads == 0 else {
            let reason = "\(counted(threads, "other thread")) of the process, with an instance of its own."
            throw EmbedderError(.misuse, "A snapshot is of the main instance only, and there is \(reason)")
        }
        return try withIdleMain { main, hasBegun, hasStarted throws(EmbedderError) in
            try Snapshot(main, of: loaded, hasBegun: hasBegun, hasStarted: hasStarted) { memory in
                !definedMemories.contains { $0 === memory }
            }
        }
    }
}

// A linear memory as an embedder holds it: one that it made for several processes, or one of a process.
//
// Always true: no byte outside of the memory is touched, whatever offset and length are asked for; the
// object keeps the memory, so that it can be read after the process that used it is gone.
// https://webassembly.github.io/spec/core/appendix/embedding.html#memories

import Platform
import WasmModule
import WasmRuntime

/// Any thread may use it, while guests do.
package final class Memory: HandleObject {
    package static let handleName = "memory"

    let engine: Engine
    let instance: MemoryInstance

    /// Of a process whose threads this object may notify.
    private let waker: OutsideWaker?

    init(engine: Engine, instance: MemoryInstance, waker: OutsideWaker? = nil) {
        self.engine = engine
        self.instance = instance
        self.waker = waker
    }

    /// Makes a shared memory, for a linker.
    convenience init(
        engine: Engine, minimumPages: UInt64, maximumPages: UInt64, pageSize: UInt64 = MemoryType.pageSize,
        addressType: AddressType = .i32
    ) throws(EmbedderError) {
        guard pageSize == MemoryType.pageSize || pageSize == 1 else {
            throw EmbedderError(.misuse, "A page has 65536 bytes or one, not \(pageSize).")
        }
        let type = MemoryType(
            limits: Limits(minimum: minimumPages, maximum: maximumPages), isShared: true, addressType: addressType,
            pageShift: UInt8(pageSize.trailingZeroBitCount))
        guard minimumPages <= maximumPages, maximumPages <= type.reachablePages else {
            let message = "A memory has from minimum_pages to maximum_pages, at most \(type.reachablePages)"
            throw EmbedderError(.misuse, "\(message), not from \(minimumPages) to \(maximumPages).")
        }
        do {
            self.init(engine: engine, instance: try MemoryInstance(type: type, limits: engine.limits.store))
        } catch {
            throw EmbedderError(error)
        }
    }

    /// The bytes that an access means, or why there are none such.
    private func bytes(at offset: UInt64, count: Int) throws(EmbedderError) -> UnsafeMutableRawBufferPointer {
        let all = unsafe instance.bytes
        guard let start = Int(exactly: offset), count >= 0, start <= all.count, count <= all.count - start
        else {
            let what = "\(counted(UInt(bitPattern: count), "byte")) at the offset \(offset)"
            throw EmbedderError(.misuse, "A memory of \(counted(all.count, "byte")) does not have \(what).")
        }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: all[start..<start + count])
    }

    /// Copies bytes out. Other threads may write them meanwhile.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(EmbedderError) {
        let source = unsafe try bytes(at: offset, count: buffer.count)
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(source))
    }

    func write(at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(EmbedderError) {
        let target = unsafe try bytes(at: offset, count: buffer.count)
        unsafe target.copyMemory(from: buffer)
    }

    /// Copies a string with its NUL byte, and returns its length without. Each byte is read once, so that
    /// what a guest writes meanwhile cannot make the copy other than it was checked.
    func readString(
        at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(EmbedderError) -> Int {
        let start = unsafe try bytes(at: offset, count: 0)
        let size = unsafe instance.bytes.count
        let source = unsafe UnsafeRawBufferPointer(
            start: start.baseAddress, count: min(size - Int(offset), buffer.count))
        for index in 0..<source.count {
            let byte = unsafe source[index]
            unsafe buffer[index] = byte
            if byte == 0 { return index }
        }
        if source.count == buffer.count {
            let message = "The string at the offset \(offset) does not end within \(counted(buffer.count, "byte"))"
            throw EmbedderError(.limit, "\(message), the capacity of the buffer.")
        }
        throw EmbedderError(
            .misuse, "The string at the offset \(offset) has no end in a memory of \(counted(size, "byte")).")
    }

    /// The number of pages before.
    func grow(by pages: UInt64) throws(EmbedderError) -> UInt64 {
        guard let previous = instance.grow(by: pages) else {
            let reason = "its maximum, a limit, or what the host has is less"
            throw EmbedderError(
                .limit, "A memory of \(counted(instance.pages, "page")) cannot grow by \(pages): \(reason).")
        }
        return previous
    }

    // MARK: Wait and notify

    /// The place of a 32-bit word that threads wait at.
    private func word(at offset: UInt64) throws(EmbedderError) -> UnsafeMutableRawPointer {
        guard instance.isShared else {
            throw EmbedderError(.misuse, "The memory is not shared, so that no thread waits at it.")
        }
        guard offset % 4 == 0 else {
            throw EmbedderError(.misuse, "The offset \(offset) of a word to wait at is no multiple of 4.")
        }
        return unsafe try bytes(at: offset, count: 4).baseAddress!
    }

    func notify(at offset: UInt64, count: UInt32) throws(EmbedderError) -> UInt32 {
        unsafe ParkingLot.notify(address: try word(at: offset), count: count)
    }

    /// Waits on a host thread, which the end of a process does not reach.
    func wait(
        at offset: UInt64, expected: UInt32, timeout: Int64
    ) throws(EmbedderError) -> WaitResult {
        unsafe ParkingLot.wait32(
            address: try word(at: offset), expected: expected, timeout: timeout, thread: nil)
    }
}

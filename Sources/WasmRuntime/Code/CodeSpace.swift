// The addresses where compiled code lies: one region for the whole process.
//
// Always true: what is executable is not writable. One region, so that whether an address is compiled code
// takes one comparison, which the handlers of signals make.

import CMachine
import Platform
import Synchronization

/// A piece of the region, given back when it goes.
package final class CodeBlock: Sendable {
    // SAFETY: written before anybody else knows the block, never again.
    nonisolated(unsafe) package let memory: UnsafeMutableRawBufferPointer

    fileprivate init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    deinit { CodeSpace.free(memory) }

    /// Ends the time of writing: the first `textBytes` become executable, the rest can be read.
    package func seal(textBytes: Int) throws(SystemError) {
        let text = Mapping.roundedToPages(textBytes)
        try Mapping.makeExecutable(memory.baseAddress!, text)
        if memory.count > text {
            try Mapping.makeReadOnly(memory.baseAddress! + text, memory.count - text)
        }
    }
}

package enum CodeSpace {
    /// Room for the code of the largest programs, some hundred MB; only what is used takes memory.
    private static let bytes = 1 << 30

    private struct State {
        var base: UInt = 0
        /// Free pieces, by address, none next to another.
        var free: [Range<UInt>] = []
    }

    private static let state = Mutex(State())

    /// Pages that can be written until they are sealed.
    package static func allocate(_ byteCount: Int) throws(SystemError) -> CodeBlock {
        let size = UInt(Mapping.roundedToPages(max(byteCount, 1)))
        let start = try state.withLock { state throws(SystemError) -> UInt in
            if state.base == 0 { try reserve(&state) }
            guard let index = state.free.firstIndex(where: { $0.upperBound - $0.lowerBound >= size }) else {
                throw .nomem
            }
            let start = state.free[index].lowerBound
            state.free[index] = (start + size)..<state.free[index].upperBound
            if state.free[index].isEmpty { state.free.remove(at: index) }
            return start
        }
        let memory = UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: start), count: Int(size))
        do {
            try Mapping.commit(memory.baseAddress!, memory.count)
        } catch {
            free(memory)
            throw error
        }
        return CodeBlock(memory)
    }

    /// Makes the region now: the handlers of signals are there when this returns.
    package static func prepare() throws(SystemError) {
        try state.withLock { state throws(SystemError) in if state.base == 0 { try reserve(&state) } }
    }

    private static func reserve(_ state: inout State) throws(SystemError) {
        guard let base = Mapping.reserve(bytes) else { throw .nomem }
        let result = machine_native_install(base, bytes, Helpers.table)
        guard result == 0 else { throw SystemError(-result) }
        state.base = UInt(bitPattern: base)
        state.free = [state.base..<state.base + UInt(bytes)]
    }

    fileprivate static func free(_ memory: UnsafeMutableRawBufferPointer) {
        Mapping.retract(memory.baseAddress!, memory.count)
        let start = UInt(bitPattern: memory.baseAddress)
        var piece = start..<start + UInt(memory.count)
        state.withLock { state in
            let index = state.free.firstIndex { $0.lowerBound >= piece.upperBound } ?? state.free.count
            if index < state.free.count, state.free[index].lowerBound == piece.upperBound {
                piece = piece.lowerBound..<state.free[index].upperBound
                state.free.remove(at: index)
            }
            if index > 0, state.free[index - 1].upperBound == piece.lowerBound {
                state.free[index - 1] = state.free[index - 1].lowerBound..<piece.upperBound
            } else {
                state.free.insert(piece, at: index)
            }
        }
    }
}

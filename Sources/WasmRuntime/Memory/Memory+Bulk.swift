// memory.init, memory.copy and memory.fill.
//
// Bounds are checked before anything is written, and large ones are done in pieces, so that the end of a
// process does not wait for gigabytes. https://webassembly.github.io/spec/core/exec/instructions.html

import CMachine
import Synchronization

extension UnsafeMutablePointer<MachineMemory> {
    /// Bytes between two looks at the interrupt.
    private static var piece: UInt64 { 4 << 20 }

    private func at(_ address: UInt64) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(pointee.base.unsafelyUnwrapped) + Int(address)
    }

    private func holds(_ address: UInt64, _ count: UInt64) -> Bool {
        let (end, overflow) = address.addingReportingOverflow(count)
        return !overflow && end <= length
    }

    package func initialize(
        at destination: UInt64, from source: UInt64, of segment: UnsafeRawBufferPointer, count: UInt64
    ) -> TrapReason? {
        let (end, overflow) = source.addingReportingOverflow(count)
        guard !overflow, end <= UInt64(segment.count), holds(destination, count) else {
            return .memoryOutOfBounds
        }
        if let bytes = segment.baseAddress {
            at(destination).copyMemory(from: bytes + Int(source), byteCount: Int(count))
        }
        return nil
    }

    /// `other` may be this memory.
    package func copy(
        to destination: UInt64, from source: UInt64, of other: UnsafeMutablePointer<MachineMemory>, count: UInt64,
        context: UnsafeMutablePointer<MachineContext>
    ) -> TrapReason? {
        guard holds(destination, count), other.holds(source, count) else { return .memoryOutOfBounds }
        var done: UInt64 = 0
        while done < count {
            let length = Swift.min(count - done, Self.piece)
            // Overlapping ranges: begin at the end that is not overwritten too early.
            let start = destination <= source ? done : count - done - length
            at(destination + start).copyMemory(from: other.at(source + start), byteCount: Int(length))
            done += length
            if done < count, context.isInterrupted, case .mustLeave = context.parkIfPaused() { return .interrupted }
        }
        return nil
    }

    package func fill(
        at destination: UInt64, with byte: UInt8, count: UInt64, context: UnsafeMutablePointer<MachineContext>
    ) -> TrapReason? {
        guard holds(destination, count) else { return .memoryOutOfBounds }
        var done: UInt64 = 0
        while done < count {
            let length = Swift.min(count - done, Self.piece)
            at(destination + done).initializeMemory(as: UInt8.self, repeating: byte, count: Int(length))
            done += length
            if done < count, context.isInterrupted, case .mustLeave = context.parkIfPaused() { return .interrupted }
        }
        return nil
    }
}

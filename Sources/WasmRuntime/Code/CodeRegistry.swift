// All compiled code of the process, by address, and the frames of its traps.

import CMachine
import Synchronization

/// Code of any tier that knows where its instructions come from.
package protocol LocatedCode: AnyObject, Sendable {
    /// The function whose code is at an address, and where in it; nil for code of no function's. `offset` is
    /// known better than the code tells where it is not 0.
    func frame(of address: UInt, offset: Int, isFault: Bool) -> Trap.Frame?

    /// Where the frame at hand catches exceptions at its call, makes the registers those of the code that does.
    func enterHandler(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool

    /// Makes the registers of the frame at hand those that its caller goes on with. False where that is not known.
    func leaveFrame(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool
}

package enum CodeRegistry {
    private struct Entry: @unchecked Sendable {
        // SENDABLE: the code takes itself out before it goes.
        let range: Range<UInt>
        unowned(unsafe) let code: any LocatedCode
    }

    /// By address.
    private static let entries = Mutex<[Entry]>([])

    package static func add(_ code: any LocatedCode, at range: Range<UInt>) {
        entries.withLock { $0.insert(Entry(range: range, code: code), at: firstIndex(after: range.lowerBound, in: $0)) }
    }

    package static func remove(_ range: Range<UInt>) {
        entries.withLock { $0.removeAll { $0.range == range } }
    }

    /// The code at an address that a thread is running, so that it is alive.
    static func code(at address: UInt) -> (any LocatedCode)? {
        entries.withLock { entries in
            let index = firstIndex(after: address, in: entries) - 1
            return index >= 0 && entries[index].range.contains(address) ? entries[index].code : nil
        }
    }

    private static func firstIndex(after address: UInt, in entries: [Entry]) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].range.lowerBound <= address { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension UnsafePointer<MachineContext> {
    /// The frames of compiled code that its last trap has left, the innermost first.
    package var nativeFrames: [Trap.Frame] {
        let count = Int(pointee.traceCount)
        let first = UnsafeRawPointer(self) + MemoryLayout<MachineContext>.offset(of: \.trace)!
        let addresses = UnsafeBufferPointer(start: first.assumingMemoryBound(to: UInt.self), count: count)
        return addresses.enumerated().compactMap { index, address in
            let offset = index == 0 ? Int(pointee.traceOffset) : 0
            return CodeRegistry.code(at: address)?
                .frame(of: address, offset: offset, isFault: index == 0 && offset == 0)
        }
    }
}

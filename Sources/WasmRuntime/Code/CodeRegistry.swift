// All compiled code of the process, by address, and the frames of its traps.

import CMachine
import Synchronization

/// Code of any tier that knows where its instructions come from.
package protocol LocatedCode: AnyObject, Sendable {
    /// The function whose code is at an address, and where in it; nil for code of no function's. `offset` is
    /// known better than the code tells where it is not 0.
    func frame(of address: UInt, offset: Int, isFault: Bool) -> Trap.Frame?
}

package enum CodeRegistry {
    private struct Entry: @unchecked Sendable {
        // SENDABLE: the code takes itself out before it goes.
        let range: Range<UInt>
        unowned(unsafe) let code: any LocatedCode
    }

    private static let entries = Mutex<[Entry]>([])

    package static func add(_ code: any LocatedCode, at range: Range<UInt>) {
        entries.withLock { $0.append(Entry(range: range, code: code)) }
    }

    package static func remove(_ range: Range<UInt>) {
        entries.withLock { $0.removeAll { $0.range == range } }
    }

    /// The code at an address that a thread is running, so that it is alive.
    static func code(at address: UInt) -> (any LocatedCode)? {
        entries.withLock { entries in entries.first { $0.range.contains(address) }?.code }
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

// The atomic view of a thread's stack limit, through which an interrupt arrives.

import CMachine
import Synchronization

extension UnsafeMutablePointer<MachineContext> {
    /// The address that no frame may reach beyond; 0 when the thread is interrupted.
    @inlinable @inline(__always)
    package var limit: UInt { atomicLimit.pointee.load(ordering: .relaxed) }

    @inlinable @inline(__always)
    package var atomicLimit: UnsafeMutablePointer<Atomic<UInt>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.stackLimit).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    @inlinable @inline(__always)
    package var isInterrupted: Bool { limit == 0 }

    /// Why a frame did not fit under what `limit` was; 0 where that was a pause, which is over now: then it
    /// may fit. An interrupt may be taken back at any time, so that only the limit that was compared tells.
    package func reason(forOverflowAt limit: UInt) -> UInt32 {
        if limit != 0 { return TrapReason.callStackExhausted.rawValue }
        return parkIfPaused() == .mustLeave ? TrapReason.interrupted.rawValue : 0
    }
}

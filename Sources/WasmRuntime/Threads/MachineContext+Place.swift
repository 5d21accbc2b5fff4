// Where a thread is, as others see it, and what it does when it is interrupted there.
//
// Always true: `place` says `guest` from before the first instruction of guest code until after the last;
// it says something else only while the thread looks at its stack's limit before guest code goes on. So a
// thread that is seen elsewhere, after an interrupt and a barrier, runs no guest code until it is resumed:
//
//     the thread:  store place, then load limit        who pauses:  store limit 0, barrier, then load place
//
// The barrier is the kernel's (`ProcessBarrier`) and costs the thread nothing.

import CMachine
import Platform
import Synchronization

/// A value of `MachineContext.place`. What is none of these is the address of the `MachineCode` of the host
/// function that the thread has called.
package enum Place {
    package static let guest: UInt = 0
    /// On no way through the guest: before the first call and after the last.
    package static let outside: UInt = 1
    /// In `memory.atomic.wait`, at `waitOffset`.
    package static let waiting: UInt = 2
    /// Stopped by a pause.
    package static let paused: UInt = 3
}

extension UnsafeMutablePointer<MachineContext> {
    @inlinable @inline(__always)
    package var place: UInt {
        get { atomicPlace.pointee.load(ordering: .relaxed) }
        nonmutating set { atomicPlace.pointee.store(newValue, ordering: .relaxed) }
    }

    @inlinable @inline(__always)
    package var atomicPlace: UnsafeMutablePointer<Atomic<UInt>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.place).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    package var atomicWaitOffset: UnsafeMutablePointer<Atomic<UInt64>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.waitOffset).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Goes from the guest to `place`, where the thread may stay for long; false where it has to leave guest
    /// code instead. The way back is to store `Place.guest` and to look for an interrupt.
    @inlinable @inline(__always)
    package func moves(to place: UInt) -> Bool {
        self.place = place
        return isInterrupted ? movesLater(to: place) : true
    }

    @inline(never) @usableFromInline
    package func movesLater(to place: UInt) -> Bool {
        while isInterrupted {
            if mustLeave { return false }
            self.place = place
        }
        return true
    }

    /// For an interrupted thread at a place where guest code can go on: waits while its group is paused.
    /// Returns whether it must leave guest code, since its group ends.
    @inline(never)
    package var mustLeave: Bool {
        guard let thread = GuestThread.current(self) else { return true }
        return !thread.group.resumes(thread)
    }

    /// For an interrupted thread that has left guest code: tells those who wait for that.
    @inline(never)
    func reportRest() {
        GuestThread.current(self)?.group.noteRest()
    }
}

// What a thread does, as others see it, and how it parks when it is interrupted.
//
// Always true: `threadState` is `guest` from before the first instruction of guest code until after the last;
// it is something else only while the thread looks at its stack's limit before guest code goes on. So a
// thread that is seen in another state, after an interrupt and a barrier, runs no guest code until it is resumed:
//
//     the thread:  store state, then load limit        who pauses:  store limit 0, barrier, then load state
//
// The barrier is the kernel's (`ProcessBarrier`) and costs the thread nothing.

import CMachine
import Platform
import Synchronization

/// A value of `MachineContext.threadState`. What is none of these is the address of the `MachineCode` of the host
/// function that the thread has called.
package enum ThreadState {
    package static let guest: UInt = 0
    /// On no way through the guest: before the first call and after the last.
    package static let outside: UInt = 1
    /// In `memory.atomic.wait`, at `waitOffset`.
    package static let waiting: UInt = 2
    /// Stopped by a pause.
    package static let paused: UInt = 3
}

/// What an interrupted thread does next.
package enum AfterParking {
    case goesOn
    /// It leaves guest code, since its group ends.
    case mustLeave
}

extension UnsafeMutablePointer<MachineContext> {
    @inlinable @inline(__always)
    package var threadState: UInt {
        get { atomicThreadState.pointee.load(ordering: .relaxed) }
        nonmutating set { atomicThreadState.pointee.store(newValue, ordering: .relaxed) }
    }

    @inlinable @inline(__always)
    package var atomicThreadState: UnsafeMutablePointer<Atomic<UInt>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.threadState).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    package var atomicWaitOffset: UnsafeMutablePointer<Atomic<UInt64>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.waitOffset).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Goes from guest code to `state`, in which the thread may stay for long; false where it has to leave guest
    /// code instead. The way back is to store `ThreadState.guest` and to look for an interrupt.
    @inlinable @inline(__always)
    package func transition(to state: UInt) -> Bool {
        self.threadState = state
        return isInterrupted ? transitionAfterParking(to: state) : true
    }

    @inline(never) @usableFromInline
    package func transitionAfterParking(to state: UInt) -> Bool {
        while isInterrupted {
            if case .mustLeave = parkIfPaused() { return false }
            self.threadState = state
        }
        return true
    }

    /// For an interrupted thread at a safe point: sleeps while its group is paused.
    @inline(never)
    package func parkIfPaused() -> AfterParking {
        guard let thread = GuestThread.current(self) else { return .mustLeave }
        return thread.group.parkWhilePaused(thread) ? .goesOn : .mustLeave
    }

    /// For an interrupted thread that has left guest code: tells those who wait for that.
    @inline(never)
    func reportQuiescence() {
        GuestThread.current(self)?.group.noteQuiescence()
    }
}

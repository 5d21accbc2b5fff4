// memory.atomic.wait32, wait64 and notify: where threads wait at an address of a shared memory.
// https://webassembly.github.io/threads/core/exec/instructions.html (memory.atomic.wait, notify)
//
// Always true: a notify that counts a waiter lets exactly that one go with `ok`, oldest first, and a wait
// ends for one of the four reasons and no other. Shards are kept by host address, so that a memory has
// the same waiters in whichever process or instance it is reached from. A shard's lock is held for a few
// instructions, never while a thread sleeps or is woken.

import Platform
import Synchronization

package enum WaitResult: UInt32, Sendable {
    // The three of the specification, with its numbers.
    case ok = 0
    case notEqual = 1
    case timedOut = 2
    /// The process of the waiting thread ends.
    case interrupted = 3
}

package enum ParkingLot {
    /// Waits while nobody notifies `address`, if it holds `expected`. `timeout` is in nanoseconds;
    /// negative is for ever. The address is aligned. `thread` is nil for a thread of no process, which
    /// nothing interrupts.
    package static func wait32(
        address: UnsafeMutableRawPointer, expected: UInt32, timeout: Int64, thread: GuestThread?
    ) -> WaitResult {
        let value = address.assumingMemoryBound(to: Atomic<UInt32>.self)
        return wait(at: address, 4, UInt64(expected), timeout: timeout, thread: thread) {
            value.pointee.load(ordering: .sequentiallyConsistent) == expected
        }
    }

    package static func wait64(
        address: UnsafeMutableRawPointer, expected: UInt64, timeout: Int64, thread: GuestThread?
    ) -> WaitResult {
        let value = address.assumingMemoryBound(to: Atomic<UInt64>.self)
        return wait(at: address, 8, expected, timeout: timeout, thread: thread) {
            value.pointee.load(ordering: .sequentiallyConsistent) == expected
        }
    }

    /// Lets up to `count` threads go that wait at `address`, and returns how many.
    package static func notify(address: UnsafeMutableRawPointer, count: UInt32) -> UInt32 {
        let shard = Shard.of(address)
        // A waiter counts itself and then compares the value; a notifier has stored the value and then
        // reads the count. With a full fence between the two steps on each side, not both can miss the
        // other's: a notifier that reads 0 here is answered by a waiter that reads the new value. A
        // notifier that reads more takes the lock, which the waiter holds from before it counts itself
        // until it is in its queue.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if shard.waiters.pointee.load(ordering: .relaxed) == 0 { return 0 }
        return notifyWaiters(of: shard, address: UInt(bitPattern: address), count: count)
    }

    @inline(never)
    private static func notifyWaiters(
        of shard: Shard, address: UInt, count: UInt32
    ) -> UInt32 {
        var taken: UInt32 = 0
        var first: Waiter.Pointer?
        var last: Waiter.Pointer?
        shard.lock.lock()
        while taken < count, let waiter = shard.queues.pointee.oldest(at: address) {
            shard.queues.pointee.remove(waiter)
            waiter.pointee.endEndlessWait()
            waiter.pointee.next = nil
            last?.pointee.next = waiter
            if first == nil { first = waiter }
            last = waiter
            taken += 1
        }
        shard.waiters.pointee.subtract(taken, ordering: .relaxed)
        shard.lock.unlock()
        // SAFETY: a waiter that has been taken out stays on its stack until `notified` is posted to it,
        // even when its time is over or its process ends; so `next` is read before.
        while let waiter = first {
            first = waiter.pointee.next
            waiter.pointee.word.post(WakeWord.notified)
        }
        return taken
    }

    /// How many threads wait at an address. For tests: it is old news when it arrives.
    package static func waiterCount(address: UnsafeMutableRawPointer) -> Int {
        let shard = Shard.of(address)
        shard.lock.lock()
        defer { shard.lock.unlock() }
        guard let oldest = shard.queues.pointee.oldest(at: UInt(bitPattern: address)) else { return 0 }
        var count = 1
        var waiter = oldest.pointee.next
        while waiter != oldest {
            count += 1
            waiter = waiter?.pointee.next
        }
        return count
    }
}

extension ParkingLot {
    @inline(__always)
    private static func wait(
        at address: UnsafeMutableRawPointer, _ byteCount: Int, _ expected: UInt64, timeout: Int64,
        thread: GuestThread?, isExpected: () -> Bool
    ) -> WaitResult {
        guard isExpected() else { return .notEqual }
        // A sleep that is over at once would still last as long as the kernel's timers are imprecise.
        if timeout == 0 { return .timedOut }
        let deadline = Deadline(after: timeout)
        let shard = Shard.of(address)
        // SAFETY: the waiter lives until this call returns, which is not before it has left its queue and,
        // where a notify took it out, `notified` has been posted to it. Nothing touches it after that.
        return withUnsafeTemporaryAllocation(of: Waiter.self, capacity: 1) { memory in
            let waiter = memory.baseAddress!
            waiter.initialize(
                to: Waiter(
                    address: UInt(bitPattern: address), word: thread?.parking ?? Waiter.ownWord(of: waiter)))
            if let thread, deadline == nil, thread.wakers != nil {
                // SAFETY: the thread is held by its group, since it runs.
                waiter.pointee.endless = .passUnretained(thread)
            }
            guard enqueue(waiter, shard, byteCount, expected, isExpected) else { return .notEqual }
            if waiter.pointee.endless != nil { thread?.group.lookForDeadlock() }
            return sleep(waiter, shard, until: deadline)
        }
    }

    /// False where the value is another one by now.
    @inline(__always)
    private static func enqueue(
        _ waiter: Waiter.Pointer, _ shard: Shard, _ byteCount: Int, _ expected: UInt64, _ isExpected: () -> Bool
    ) -> Bool {
        shard.lock.lock()
        shard.waiters.pointee.add(1, ordering: .relaxed)
        // Between the count and the comparison: see `notify`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let isEqual = isExpected()
        if isEqual {
            shard.queues.pointee.append(waiter)
            waiter.pointee.beginEndlessWait(byteCount, expected)
        } else {
            shard.waiters.pointee.subtract(1, ordering: .relaxed)
        }
        shard.lock.unlock()
        return isEqual
    }

    private static func sleep(
        _ waiter: Waiter.Pointer, _ shard: Shard, until deadline: Deadline?
    ) -> WaitResult {
        let word = waiter.pointee.word
        defer { word.clear(WakeWord.notified) }
        let bits = word.wait(for: WakeWord.notified | WakeWord.interrupted, until: deadline)
        if bits & WakeWord.notified != 0 { return .ok }
        if leave(waiter, shard) {
            return bits & WakeWord.interrupted != 0 ? .interrupted : .timedOut
        }
        // A notify has counted this thread, and posts in a moment.
        _ = word.wait(for: WakeWord.notified)
        return .ok
    }

    /// Takes a waiter out of its queue; false where a notify was first. The shard's lock decides.
    private static func leave(_ waiter: Waiter.Pointer, _ shard: Shard) -> Bool {
        shard.lock.lock()
        defer { shard.lock.unlock() }
        guard waiter.pointee.isQueued else { return false }
        shard.queues.pointee.remove(waiter)
        waiter.pointee.endEndlessWait()
        shard.waiters.pointee.subtract(1, ordering: .relaxed)
        return true
    }
}

extension Waiter {
    fileprivate func beginEndlessWait(_ byteCount: Int, _ expected: UInt64) {
        endless?._withUnsafeGuaranteedRef { $0.beginEndlessWait(at: address, byteCount, expected: expected) }
    }

    fileprivate func endEndlessWait() { endless?._withUnsafeGuaranteedRef { $0.endEndlessWait() } }
}

extension ParkingLot {
    /// What a thread waits for without a time limit; nil where it does not, by now.
    static func endlessWait(of thread: GuestThread) -> EndlessWait.Sight? {
        let address = thread.endlessWait.address.load(ordering: .relaxed)
        guard let place = UnsafeMutableRawPointer(bitPattern: address) else { return nil }
        let shard = Shard.of(place)
        shard.lock.lock()
        defer { shard.lock.unlock() }
        guard thread.endlessWait.address.load(ordering: .relaxed) == address else { return nil }
        return thread.endlessWait.sight(
            offset: thread.stack.context.atomicWaitOffset.pointee.load(ordering: .relaxed))
    }
}

extension WakeWord {
    /// A notify has counted the thread.
    static let notified: UInt32 = 1
    /// The thread's process ends. Never taken back.
    static let interrupted: UInt32 = 2
}

/// One part of the parking lot.
private struct Shard: @unchecked Sendable {
    // SENDABLE: an address that never changes or goes away; what lies there says how it is guarded.
    private let base: UnsafeMutableRawPointer

    private static let countExponent = 8
    /// Two cache lines: processors fetch them in pairs.
    private static let stride = 128

    /// The first shard, and what the address is multiplied by to find its own: a number that differs from
    /// run to run, so that no guest can choose addresses that meet in one shard.
    private static let all: (first: Shard, multiplier: UInt64) = {
        let bytes = stride << countExponent
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: stride)
        for offset in Swift.stride(from: 0, to: bytes, by: stride) {
            Shard(base: memory + offset).initialize()
        }
        return (Shard(base: memory), .random(in: .min ... .max) | 1)
    }()

    @inline(__always)
    static func of(_ address: UnsafeMutableRawPointer) -> Shard {
        let all = all
        let hash = UInt64(UInt(bitPattern: address)) &* all.multiplier
        return Shard(base: all.first.base + Int(hash >> (64 - countExponent)) * stride)
    }

    private func initialize() {
        base.bindMemory(to: Atomic<UInt32>.self, capacity: 2).initialize(to: Atomic(0))
        waiters.initialize(to: Atomic(0))
        queues.initialize(to: WaiterQueues())
    }

    var lock: FutexLock { FutexLock(base.assumingMemoryBound(to: Atomic<UInt32>.self)) }

    /// How many wait. Written under the lock; read by `notify` without it.
    var waiters: UnsafeMutablePointer<Atomic<UInt32>> {
        base.assumingMemoryBound(to: Atomic<UInt32>.self) + 1
    }

    /// Guarded by the lock.
    var queues: UnsafeMutablePointer<WaiterQueues> {
        (base + 8).assumingMemoryBound(to: WaiterQueues.self)
    }
}

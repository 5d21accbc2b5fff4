// How a thread is one of those that the race detector knows, from its first instruction to its last.
//
// Always true: a thread without a clock is of a process that is not watched, or one for which there was no memory; then
// nothing more is told of its process.

import CMachine
import CRaces

extension UnsafeMutablePointer<MachineContext> {
    /// What the race detector has of the thread; nil where its process is not watched.
    @inline(__always)
    package var race: UnsafeMutablePointer<RaceThread>? {
        pointee.race?.assumingMemoryBound(to: RaceThread.self)
    }

    /// A function of the host is about to access bytes of memory 0, or has; they lie inside.
    @inline(__always)
    package func noteHostAccess(
        to memory: UnsafeMutablePointer<MachineMemory>, at address: UInt64, count: UInt64, isWrite: Bool
    ) {
        guard let race else { return }
        race_access(race, 0, memory, address, count, isWrite ? 0 : RaceRead, &race.pointee.call)
    }

    /// Before and after the embedder's own code runs on the thread, which may order it with others by means of its own.
    @inline(__always)
    package func releaseToHost() {
        if let race { race_thread_release_to_host(race) }
    }

    @inline(__always)
    package func acquireFromHost() {
        if let race { race_thread_acquire_from_host(race) }
    }
}

extension ThreadGroup {
    /// Gives a thread a clock, before it runs: after what `spawner` has done, or else all that the embedder has seen.
    func beginWatching(_ thread: GuestThread, spawnedBy spawner: GuestThread? = nil) {
        guard let races else { return }
        thread.stack.context.pointee.race = UnsafeMutableRawPointer(
            race_thread_begin(
                races.detector, spawner?.stack.context.race, thread.id, thread.origin.rawValue, spawner != nil,
                spawner?.id ?? 0))
    }

    /// The thread does not run any more. Before anybody learns of it.
    func endWatching(_ thread: GuestThread) {
        guard let race = thread.stack.context.race else { return }
        thread.stack.context.pointee.race = nil
        race_thread_end(race)
    }
}

extension GuestThread {
    /// A host thread of the embedder's goes into the process, or comes out of it.
    package func acquireFromHost() {
        guard let race = stack.context.race else { return }
        race_thread_acquire_from_host(race)
        race_thread_acquire_ended(race)
    }

    package func releaseToHost() { stack.context.releaseToHost() }
}

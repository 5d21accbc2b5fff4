// How a process ended. The first of its threads to end it decides.

package enum Outcome: Sendable {
    /// `_start`, or what else the embedder called, returned.
    case returned
    /// `proc_exit`.
    case exited(UInt32)
    case trapped(Trap, tid: UInt32)
    /// By the embedder's word or a limit; the sentence says why.
    case ended(String)
    /// All its threads waited for ever.
    case deadlocked(Deadlock)
}

// A deadlock in sentences.

import Platform
import WasmModule
import WasmRuntime

extension EmbedderError {
    /// Waits for a moment until the threads have told where they were.
    init(_ deadlock: Deadlock) {
        let count = deadlock.threadCount
        let (threads, wait, all) =
            switch count {
            case 1: ("the only thread", "waits", "it")
            case 2: ("both threads", "wait", "them")
            default: ("all \(counted(count, "thread"))", "wait", "them")
            }
        self.init(
            .deadlock,
            "Deadlock: \(threads) of the process \(wait) without a time limit, and nobody is left to wake \(all).")
        waiters = deadlock.waitForWaiters()
        let left = count - waiters.count
        if left > 0 { waitersLeftOut = "\(counted(left, "thread")) more wait\(left == 1 ? "s" : "")." }
    }
}

extension Deadlock.Waiter: CustomStringConvertible {
    /// A sentence about it.
    package var description: String {
        let subject = id == 0 ? "The main thread" : "Thread \(id)"
        let named = name.map { " (\(shown($0)))" } ?? ""
        let changed = value == expected ? "" : ", where there is \(value) by now,"
        let held = object.map { "It waits for \($0.description)\(holder($0))." }
        let place = "at the address 0x\(String(offset, radix: 16)) with the value \(expected)\(changed)"
        let first = "\(subject)\(named) has waited for \(milliseconds) ms \(place) to be notified."
        return [first, held].compactMap { $0 }.joined(separator: " ")
    }

    private var milliseconds: UInt64 { nanoseconds / 1_000_000 }

    private func holder(_ object: WaitedObject) -> String {
        guard let holder = object.holder else { return "" }
        let thread = holder == 0 ? "the main thread" : "thread \(holder)"
        if object.isJoin { return holder == id ? ": its own" : ": that of \(thread)" }
        return holder == id ? ", which it holds itself" : ", which \(thread) holds"
    }
}

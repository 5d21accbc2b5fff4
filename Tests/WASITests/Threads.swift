// Guest threads that run closures of a test, and a way to tell when one of them blocks.

import Glibc
import Synchronization
import WasmRuntime

/// A real group whose threads run `body` instead of WebAssembly.
func makeGroup(_ body: @escaping @Sendable (GuestThread) -> Void) -> ThreadGroup {
    ThreadGroup(name: "test", limits: ThreadLimits(), stacks: StackCache()) {
        () throws(ThreadRefusal) in Runner(body)
    }
}

private final class Runner: ThreadInstance {
    let body: @Sendable (GuestThread) -> Void

    init(_ body: @escaping @Sendable (GuestThread) -> Void) { self.body = body }

    func run(on thread: GuestThread, startArgument: UInt32) throws(Trap) { body(thread) }
}

/// What threads of a guest say about themselves.
final class Reports: Sendable {
    private struct State {
        var answers: [Answer] = []
        var hostThreads: [String] = []
    }

    private let state = Mutex(State())

    var answers: [Answer] { state.withLock { $0.answers } }

    func add(_ answer: Answer) { state.withLock { $0.answers.append(answer) } }

    /// Called by a thread just before the call that will block.
    func willBlock() {
        let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            let count = readlink("/proc/thread-self", buffer.baseAddress!, 255)
            buffer[max(count, 0)] = 0
            return "/proc/" + String(cString: buffer.baseAddress!)
        }
        state.withLock { $0.hostThreads.append(path) }
    }

    /// Returns when so many threads said that they will block and the kernel has them asleep.
    func waitUntilBlocked(_ count: Int) {
        while true {
            let paths = state.withLock { $0.hostThreads }
            if paths.count >= count, paths.allSatisfy(Self.isAsleep) { return }
            sched_yield()
        }
    }

    private static func isAsleep(_ path: String) -> Bool {
        guard let file = fopen(path + "/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return false }
        let text = String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // The state follows the name, which stands in parentheses and may hold anything.
        guard let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first == "S"
    }
}

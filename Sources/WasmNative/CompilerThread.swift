// A host thread that compiles for an owner.
//
// Always true: one holder at a time joins it, which frees its stack; the stack of one that is parked stays.

import Platform
import WasmRuntime

struct CompilerThread: @unchecked Sendable {
    // SENDABLE: see above.
    private let host: HostThread.Handle
    private let stack: UnsafeMutableRawBufferPointer
    private let process = HostProcess.id

    /// LLVM's passes recurse.
    private static let stackBytes = 8 << 20

    /// What the thread is given.
    private final class Start: Sendable {
        let owner: any CompilerOwner
        init(_ owner: any CompilerOwner) { self.owner = owner }
    }

    /// Starts it; nil where the system has no room for one.
    init?(of owner: any CompilerOwner) {
        guard let stack = try? HostThread.makeStack(Self.stackBytes) else { return nil }
        let start = Unmanaged.passRetained(Start(owner))
        let host = try? HostThread.start(on: stack, start.toOpaque()) { start in
            Unmanaged<Start>.fromOpaque(start!).takeRetainedValue().owner.compileOnThread()
            return nil
        }
        guard let host else {
            start.release()
            HostThread.freeStack(stack)
            return nil
        }
        self.host = host
        self.stack = stack
    }

    var isCurrent: Bool { host == HostThread.current }

    /// A child after a fork has the memory of this thread, but not the thread: nothing would end a wait.
    var isOfThisProcess: Bool { process == HostProcess.id }

    func join() {
        HostThread.join(host)
        HostThread.freeStack(stack)
    }
}

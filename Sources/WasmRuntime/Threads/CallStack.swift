// A value stack for calls that belong to no process.
//
// Always true: one thread at a time uses it, whichever that is.

import CMachine
import Platform

package final class CallStack: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser; whoever holds it sees to it that one thread at a time
    // uses the context.
    package let context: UnsafeMutablePointer<MachineContext>
    private let stack: ThreadStack
    private let stacks: StackCache

    package init(_ limits: ThreadLimits, _ stacks: StackCache) throws(SystemError) {
        stack = try stacks.take(ThreadStack.Sizes(limits))
        self.stacks = stacks
        context = ValueStack(memory: stack.valueStack).context
    }

    deinit { stacks.give([stack], hadThreads: false) }
}

// How many threads a process may have, and how large their stacks are.

package struct ThreadLimits: Hashable, Sendable {
    /// How many threads that `thread-spawn` made may live at a time.
    package var maximumThreads = 32_768
    /// For host functions and the code of the runtime. Address space, not memory: only what is touched
    /// costs.
    package var hostStackBytes = 1 << 20
    /// For the frames of guest code: those of the interpreter, and as much again for those of compiled code.
    package var valueStackBytes = 1 << 20
    /// How many host threads of one process wait for the next spawn instead of leaving.
    package var idleHostThreads = 32

    package init() {}
}

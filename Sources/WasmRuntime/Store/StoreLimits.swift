// How large the objects of an instance may become.

package struct StoreLimits: Sendable {
    /// Pages of 64 KiB, of each memory.
    package var memoryPages: UInt64 = 65_536
    /// Elements of each table.
    package var tableElements: UInt64 = 10_000_000

    /// For the memories of a process together, in bytes; nil is no limit.
    package var memoryBudget: StoreBudget?
    /// For its tables, in elements.
    package var tableBudget: StoreBudget?

    package init() {}
}

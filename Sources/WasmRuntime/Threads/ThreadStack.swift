// The one mapping of a guest thread: [guard][host stack, growing down][value stack, growing up].
//
// Always true: the kernel counts two areas for it (65,530 a process is its default limit). Both stacks
// start where they meet, so that a thread that has not gone deep touches two or three pages in all.

struct ThreadStack: @unchecked Sendable {
    // SENDABLE: an address and sizes; one thread at a time owns the memory.
    struct Sizes: Hashable, Sendable {
        let guardBytes: Int
        let hostBytes: Int
        let valueBytes: Int

        /// Wide enough that a function of the host whose frame is larger than a page does not step over.
        private static let wantedGuardBytes = 64 << 10
        /// What the C library and the runtime need to run anything at all.
        private static let leastHostBytes = 64 << 10
        private static let leastValueBytes = 4 << 10

        init(_ limits: ThreadLimits) {
            guardBytes = Mapping.roundedToPages(Self.wantedGuardBytes)
            hostBytes = Mapping.roundedToPages(max(limits.hostStackBytes, Self.leastHostBytes))
            valueBytes = Mapping.roundedToPages(max(limits.valueStackBytes, Self.leastValueBytes))
        }

        var totalBytes: Int { guardBytes + hostBytes + valueBytes }
    }

    let base: UnsafeMutableRawPointer
    let sizes: Sizes

    init(_ sizes: Sizes) throws(SystemError) {
        base = try Mapping.mapStack(sizes.totalBytes, guardBytes: sizes.guardBytes)
        self.sizes = sizes
    }

    var hostStack: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + sizes.guardBytes, count: sizes.hostBytes)
    }

    var valueStack: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: base + sizes.guardBytes + sizes.hostBytes, count: sizes.valueBytes)
    }

    var end: UnsafeMutableRawPointer { base + sizes.totalBytes }

    /// Gives back what a deep call has touched, and keeps the pages that every thread touches.
    func trim() {
        let kept = 4 * Mapping.pageBytes
        Mapping.discard(hostStack.baseAddress!, max(sizes.hostBytes - kept, 0))
        if sizes.valueBytes > kept {
            Mapping.discard(valueStack.baseAddress! + kept, sizes.valueBytes - kept)
        }
    }

    /// Unmaps stacks that nothing uses. Those that lie side by side go in one call: the kernel then
    /// stops the other processors once and not a thousand times.
    static func release(_ stacks: [ThreadStack]) {
        var run: (low: UnsafeMutableRawPointer, high: UnsafeMutableRawPointer)?
        for stack in stacks.sorted(by: { $0.base < $1.base }) {
            if let current = run, current.high == stack.base {
                run = (current.low, stack.end)
            } else {
                if let run { Mapping.release(run.low, run.high - run.low) }
                run = (stack.base, stack.end)
            }
        }
        if let run { Mapping.release(run.low, run.high - run.low) }
    }
}

// The one mapping of a guest thread: [guard][host stack, growing down][value stack, growing up].
//
// The host stack has room for what functions of the host may use and, above that, for as many bytes of frames
// of compiled code as the value stack has for frames of the interpreter.
//
// Always true: the kernel counts at most two areas for it (65,530 a process is its default limit). Both
// stacks start where they meet, so that a thread that has not gone deep touches two pages in all.

import Platform

struct ThreadStack: @unchecked Sendable {
    // SENDABLE: an address and sizes; one thread at a time owns the memory.
    struct Sizes: Hashable, Sendable {
        let guardBytes: Int
        let hostBytes: Int
        let valueBytes: Int

        /// Wide enough that a function of the host whose frame is larger than a page does not step over.
        private static let wantedGuardBytes = 64 << 10
        /// What is kept for functions of the host (`stack.c`), and what the C library and the runtime need to
        /// run anything at all.
        private static let leastHostBytes = 160 << 10
        private static let leastValueBytes = 4 << 10
        /// More than there are addresses: the kernel refuses it.
        private static let mostBytes = 1 << 48

        init(_ limits: ThreadLimits) {
            guardBytes = Mapping.roundedToPages(Self.wantedGuardBytes)
            // They meet inside of a page, so that a thread that waits has touched two pages of memory: with
            // the first frames of both stacks in one, there is no third. The host's part of it holds what
            // the C library keeps of a thread; with the next page, 6.5 KB are enough to wait in.
            let hostShare = Mapping.pageBytes / 8 * 5
            let host = min(max(limits.hostStackBytes, Self.leastHostBytes), Self.mostBytes)
            let value = min(max(limits.valueStackBytes, Self.leastValueBytes), Self.mostBytes)
            hostBytes = Mapping.roundedToPages(host) + Mapping.roundedToPages(value) + hostShare
            valueBytes = Mapping.roundedToPages(value) + Mapping.pageBytes - hostShare
        }

        var totalBytes: Int { guardBytes + hostBytes + valueBytes }
    }

    let base: UnsafeMutableRawPointer
    let sizes: Sizes

    init(_ sizes: Sizes) throws(SystemError) {
        base = try Mapping.mapStack(sizes.totalBytes, guardBytes: sizes.guardBytes)
        self.sizes = sizes
        // The last of the memory is for what the thread and the host allocate beside it.
        guard Mapping.hasMarginForMany else {
            ThreadStack.release([self])
            throw .nomem
        }
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
    func trim(hostStackToo: Bool) {
        let kept = 4 * Mapping.pageBytes
        if hostStackToo { discard(from: hostStack.baseAddress!, to: valueStack.baseAddress! - kept) }
        discard(from: valueStack.baseAddress! + kept, to: end)
    }

    private func discard(from low: UnsafeMutableRawPointer, to high: UnsafeMutableRawPointer) {
        let low = low.alignedUp(toMultipleOf: Mapping.pageBytes)
        let high = high.alignedDown(toMultipleOf: Mapping.pageBytes)
        if low < high { Mapping.discard(low, high - low) }
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

// poll_oneoff.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#poll_oneoff

import Platform
import WasmRuntime

/// Many times what a program with a thread for each task has a use for.
private let maximumSubscriptions: UInt32 = 4096

extension Preview1 {
    /// (in, out, nsubscriptions, nevents). A descriptor that is not there fails the whole call, as it
    /// does in Wasmtime's tests.
    static func poll_oneoff(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let memory = try call.memory
        let (input, output, count) = (call.u32(0), call.u32(1), call.u32(2))
        guard (1...maximumSubscriptions).contains(count) else { throw .errno(.inval) }
        try memory.require(count * Subscription.size, at: input)
        try memory.require(count * Event.size, at: output)
        try memory.require(4, at: call.u32(3))

        var poll = Poll()
        for index in 0..<count {
            let subscription = try Subscription(at: input + index * Subscription.size, in: memory)
            try poll.add(subscription, in: wasi.descriptors)
        }
        let events = try poll.wait(on: call.thread)
        for (index, event) in events.enumerated() {
            try event.store(at: output + UInt32(index) * Event.size, in: memory)
        }
        try memory.put(UInt32(events.count), at: call.u32(3))
    }
}

/// What one call waits for.
private struct Poll {
    private struct Timer {
        let userdata: UInt64
        let clock: HostClock
        let deadline: UInt64

        var remaining: UInt64 {
            let now = clock.now
            return deadline > now ? deadline - now : 0
        }
    }

    private struct Watch {
        let userdata: UInt64
        let type: Eventtype
        /// Held, so that a close by another thread does not free its number under the wait.
        let descriptor: Descriptor
        /// The index in `entries`; nil where the descriptor is always ready.
        let entry: Int?
    }

    private var timers: [Timer] = []
    private var watches: [Watch] = []
    private var entries: [PollEntry] = []
    private let start = HostClock.monotonic.now

    mutating func add(_ subscription: Subscription, in descriptors: DescriptorTable) throws(Failure) {
        switch subscription.content {
        case .clock(let id, let timeout, let isAbsolute):
            let clock = try HostClock(clockid: id)
            guard clock == .realtime || clock == .monotonic else { throw .errno(.inval) }
            // A time from now on passes evenly, whatever happens to the wall clock.
            let (sum, overflow) = start.addingReportingOverflow(timeout)
            timers.append(
                Timer(
                    userdata: subscription.userdata, clock: isAbsolute ? clock : .monotonic,
                    deadline: isAbsolute ? timeout : overflow ? .max : sum))
        case .fdReadwrite(let type, let fd):
            let right: Rights = type == .fdRead ? .fd_read : .fd_write
            let descriptor = try descriptors.descriptor(fd, for: [right, .poll_fd_readwrite])
            let events: PollEvents = type == .fdRead ? .readable : .writable
            let entry = descriptor.resource.hostDescriptor.map { host in
                entries.append(PollEntry(host, for: events))
                return entries.count - 1
            }
            watches.append(
                Watch(userdata: subscription.userdata, type: type, descriptor: descriptor, entry: entry))
        }
    }

    /// Waits for the first event, and gives all that have happened by then.
    mutating func wait(on thread: CallingThread) throws(Failure) -> [Event] {
        let isReady = watches.contains { $0.entry == nil }
        while true {
            if isReady || timers.contains(where: { $0.remaining == 0 }) {
                if !entries.isEmpty { try waitUntilReady(&entries, timeout: 0, on: thread) }
            } else {
                try waitForTimers(on: thread)
            }
            let events = happened()
            if !events.isEmpty { return events }
        }
    }

    /// Waits until a timer may be over or an entry is ready.
    private mutating func waitForTimers(on thread: CallingThread) throws(Failure) {
        let timeout = timers.lazy.filter { $0.clock == .monotonic }.map(\.remaining).min()
        let time = timers.lazy.filter { $0.clock == .realtime }.map(\.deadline).min()
        guard let time else { return try waitUntilReady(&entries, timeout: timeout, on: thread) }
        // Made anew for each wait: one that has rung would still be ready where the clock was set back.
        let alarm = try Failure.guarding { () throws(SystemError) in try realtimeAlarm(at: time) }
        entries.append(PollEntry(alarm.descriptor, for: .readable))
        defer {
            entries.removeLast()
            withExtendedLifetime(alarm) {}
        }
        try waitUntilReady(&entries, timeout: timeout, on: thread)
    }

    private func happened() -> [Event] {
        var events: [Event] = []
        for timer in timers where timer.remaining == 0 {
            events.append(Event(userdata: timer.userdata, type: .clock))
        }
        for watch in watches {
            var event = Event(userdata: watch.userdata, type: watch.type)
            if let entry = watch.entry {
                let ready = entries[entry].ready
                if ready.isEmpty { continue }
                if ready.contains(.noDescriptor) { event.error = .badf }
                if ready.contains(.hangUp) { event.flags = .fdReadwriteHangup }
            }
            let resource = watch.descriptor.resource
            event.nbytes = watch.type == .fdRead ? resource.bytesToRead : resource.roomToWrite
            events.append(event)
        }
        return events
    }
}

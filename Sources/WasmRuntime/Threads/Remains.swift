// What is left of the threads of a process that failed: where each was, with the values of its frames.
//
// Only of a process for which somebody has asked. Always true: a thread keeps its own stack when it leaves guest code,
// and hands it over when it is none of the group's any more; until then nobody else looks at it.

import CMachine
import Synchronization
import WasmModule

/// A stack as its thread has left it.
package struct KeptStack: Sendable {
    /// A function that was active.
    package struct Frame: Sendable {
        package let functionIndex: UInt32
        /// Of the instruction, in the module's binary.
        package let offset: Int
        package let values: FrameValues?
    }

    /// A global of the thread's instance: its first slot, and the second where it has two.
    package struct Global: Sendable {
        package let type: ValueType
        package let slots: [MachineSlot]
    }

    /// The innermost first.
    package fileprivate(set) var frames: [Frame]
    /// Imported ones first, as in the next one.
    package let globals: [Global]
    package let memories: [MemoryInstance]

    /// How many calls from outside are around the last of the frames, and why that was left.
    fileprivate var depth: UInt32
    fileprivate let reason: TrapReason
    fileprivate let exception: GuestException?

    /// A process with thousands of threads keeps so many values of each at most.
    static let maximumValues = 65_536
    /// The same of all threads together; of those that come later, frames without values are kept.
    static let maximumValuesOfAll = 4 << 20
}

/// A thread that was there when its process failed.
package struct RemainingThread: Sendable {
    package let id: UInt32
    package let origin: ThreadOrigin
    package let name: String?
    /// nil for one that was not in guest code.
    package fileprivate(set) var stack: KeptStack?
}

/// Guarded by the group's lock.
struct Remains {
    private(set) var threads: [RemainingThread]
    private var places: [ObjectIdentifier: Int]
    private var valueCount = 0

    init(of members: [GuestThread], names: (UInt32) -> String?) {
        let members = members.sorted { $0.id < $1.id }
        threads = members.map { RemainingThread(id: $0.id, origin: $0.origin, name: names($0.id)) }
        places = Dictionary(uniqueKeysWithValues: members.enumerated().map { (ObjectIdentifier($1), $0) })
    }

    /// For a thread that is about to be none of the group's.
    mutating func take(_ thread: GuestThread) {
        guard let place = places.removeValue(forKey: ObjectIdentifier(thread)), var stack = thread.keptStack
        else { return }
        let count = stack.frames.reduce(0) { $0 + ($1.values?.count ?? 0) }
        if valueCount + count > KeptStack.maximumValuesOfAll {
            stack.frames = stack.frames.map(\.withoutValues)
        } else {
            valueCount += count
        }
        threads[place].stack = stack
    }
}

extension KeptStack.Frame {
    fileprivate var withoutValues: Self { Self(functionIndex: functionIndex, offset: offset, values: nil) }
}

extension KeptStack {
    fileprivate init(
        _ frames: [VisitedFrame], of instance: Instance, depth: UInt32, _ reason: TrapReason,
        _ exception: GuestException?
    ) {
        var left = Self.maximumValues
        self.frames = frames.map { visited in
            left -= visited.values?.count ?? 0
            return Frame(
                functionIndex: visited.frame.functionIndex, offset: visited.frame.offset,
                values: left >= 0 ? visited.values : nil)
        }
        globals = instance.keptGlobals
        memories = instance.memories
        self.depth = depth
        self.reason = reason
        self.exception = exception
    }

    /// Whether a call that is left now was around the frames, so that its own come after them: only of an exception
    /// the host may have made something else.
    fileprivate func isInside(of depth: UInt32, _ reason: TrapReason, _ exception: GuestException?) -> Bool {
        depth < self.depth && (self.reason != .uncaughtException || exception === self.exception)
    }
}

extension Instance {
    /// The globals as they are now. By the thread that runs the instance, or where none does.
    package var keptGlobals: [KeptStack.Global] {
        module.globalTypes.enumerated().map { index, type in
            let cell = machine.pointee.globals[index].unsafelyUnwrapped
            let slots = UnsafeBufferPointer(start: cell, count: type.value.slots)
            return KeptStack.Global(type: type.value, slots: Array(slots))
        }
    }
}

extension ThreadGroup {
    /// From now on what is left of the threads is kept where the group fails. Before it has had any; false where it
    /// has.
    package func keepRemains() -> Bool {
        members.withLock { members in
            guard members.hasHadNone, members.outcome == nil else { return false }
            keepsRemains.store(true, ordering: .relaxed)
            return true
        }
    }

    /// The threads, those with the least TIDs first; nil where nobody has asked for them or the group did not fail.
    /// Complete once the group is finished.
    package var remains: [RemainingThread]? { members.withLock { $0.remains?.threads } }
}

extension Outcome {
    /// Whether the program did not come to an end of its own.
    package var isFailure: Bool {
        switch self {
        case .returned, .exited: false
        case .trapped, .ended, .deadlocked: true
        }
    }
}

extension UnsafeMutablePointer<MachineContext> {
    /// Whether somebody has asked for what is left of the thread.
    var keepsStacks: Bool {
        GuestThread.withCurrent(self) { $0?.group.keepsRemains.load(ordering: .relaxed) ?? false }
    }

    /// Keeps the stack of a call of `instance` that was left for a reason, where somebody has asked.
    @inline(never)
    func keepStack(_ reason: TrapReason, of instance: Instance) {
        guard keepsStacks, reason != .exited, let thread = GuestThread.current(self) else { return }
        if reason == .interrupted, thread.group.outcome?.isFailure != true { return }
        var frames: [VisitedFrame] = []
        instance.code.portable.visitFrames(of: self, withValues: true) { frames.append($0) }
        let exception = reason == .uncaughtException ? thrownException : nil
        var stack = KeptStack(frames, of: instance, depth: pointee.depth, reason, exception)
        if let inner = thread.keptStack, inner.isInside(of: pointee.depth, reason, exception) {
            stack.frames = Array((inner.frames + stack.frames).prefix(Trap.maximumFrames))
        }
        thread.keptStack = stack
    }
}

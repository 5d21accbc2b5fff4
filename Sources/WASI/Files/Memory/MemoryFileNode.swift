// A file in memory: what its names and its open descriptors have in common.
//
// Always true: the budget has been asked for every byte of `bytes`, and gets them back with this object.

import Platform
import Synchronization
import WasmRuntime

final class MemoryFileNode: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var times = NodeTimes()
        /// How many names there are.
        var linkCount: UInt64 = 0
    }

    let inode: UInt64
    private let budget: MemoryBudget
    private let state = Mutex(State())

    init(inode: UInt64, _ budget: MemoryBudget) throws(Failure) {
        try budget.reserve(MemoryBudget.nodeCost)
        self.inode = inode
        self.budget = budget
    }

    deinit { budget.release(MemoryBudget.nodeCost + state.withLock { $0.bytes.count }) }

    var contents: [UInt8] { state.withLock { $0.bytes } }

    var size: Int { state.withLock { $0.bytes.count } }

    var filestat: Filestat {
        state.withLock { state in
            var stat = state.times.filestat(.regularFile, inode: inode)
            stat.linkCount = state.linkCount
            stat.size = UInt64(state.bytes.count)
            return stat
        }
    }

    func setTimes(_ times: FileTimes) { state.withLock { $0.times.set(times) } }

    /// Counts a name more, or one less.
    func changeLinkCount(isMore: Bool) {
        state.withLock { state in
            state.linkCount = isMore ? state.linkCount + 1 : state.linkCount - 1
            state.times.change = HostClock.realtime.now
        }
    }

    /// Gives the file so many bytes, of which new ones are 0.
    func setSize(_ size: Int) throws(Failure) {
        try state.withLock { state throws(Failure) in
            try resize(&state, to: size)
            state.times.touch()
        }
    }

    func grow(to size: Int) throws(Failure) {
        try state.withLock { state throws(Failure) in
            if size > state.bytes.count { try resize(&state, to: size) }
        }
    }

    private func resize(_ state: inout State, to size: Int) throws(Failure) {
        let count = state.bytes.count
        if size > count {
            try budget.reserve(size - count)
            state.bytes.append(contentsOf: repeatElement(0, count: size - count))
        } else {
            budget.release(count - size)
            state.bytes.removeLast(count - size)
        }
    }

    /// Puts `bytes` in the place of everything.
    func replace(with bytes: [UInt8]) throws(Failure) {
        try state.withLock { state throws(Failure) in
            try resize(&state, to: bytes.count)
            state.bytes = bytes
            state.times.touch()
        }
    }

    /// How many bytes there were to read.
    func read(_ vectors: Vectors, at offset: Int) -> Int {
        state.withLock { state in
            var position = min(offset, state.bytes.count)
            let start = position
            unsafe vectors.forEachPart { part in
                let count = min(part.count, state.bytes.count - position)
                unsafe part.copyBytes(from: state.bytes[position..<position + count])
                position += count
                return count == part.count
            }
            state.times.access = HostClock.realtime.now
            return position - start
        }
    }

    /// Writes at `offset`, or at the end for nil: as much as there is room for, and `nospc` where that is
    /// nothing. Returns how much, and where that ends.
    func write(_ vectors: Vectors, at offset: Int?) throws(Failure) -> (count: Int, end: Int) {
        try state.withLock { state throws(Failure) in
            let start = offset ?? state.bytes.count
            let size = state.bytes.count
            let (wanted, overflow) = start.addingReportingOverflow(vectors.byteCount)
            if overflow { throw .errno(.fbig) }
            if wanted > size {
                let possible = min(wanted, size + budget.room)
                guard possible > start else { throw .errno(.nospc) }
                try resize(&state, to: possible)
            }
            var position = start
            unsafe vectors.forEachPart { part in
                let count = min(part.count, state.bytes.count - position)
                unsafe state.bytes.withUnsafeMutableBytes { bytes in
                    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
                    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: part[..<count]))
                }
                position += count
                return count == part.count
            }
            state.times.touch()
            return (position - start, position)
        }
    }
}

/// When something was used and changed, in nanoseconds since 1970.
struct NodeTimes: Sendable {
    var access = HostClock.realtime.now
    var modification = HostClock.realtime.now
    var change = HostClock.realtime.now

    /// The contents changed.
    mutating func touch() {
        modification = HostClock.realtime.now
        change = modification
    }

    mutating func set(_ times: FileTimes) {
        let now = HostClock.realtime.now
        func value(_ time: TimeChange, _ old: UInt64) -> UInt64 {
            switch time {
            case .leave: old
            case .now: now
            case .to(let time): time
            }
        }
        access = value(times.access, access)
        modification = value(times.modification, modification)
        change = now
    }

    func filestat(_ filetype: Filetype, inode: UInt64) -> Filestat {
        Filestat(
            device: 0, inode: inode, filetype: filetype, accessTime: access,
            modificationTime: modification, changeTime: change)
    }
}

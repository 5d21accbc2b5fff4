// A file in memory: what its names and its open descriptors have in common.
//
// Always true: the budget has been asked for every byte of `bytes`, and gets them back with this object.

import Platform
import Synchronization
import WasmRuntime

final class MemoryFileNode: Sendable {
    private struct State: ~Copyable {
        var bytes = HostBytes()
        var times = NodeTimes()
        /// How many names there are.
        var linkCount: UInt64 = 0
    }

    let inode: UInt64
    private let budget: FileSystemBudget
    private let state = Mutex(State())

    init(inode: UInt64, _ budget: FileSystemBudget) throws(Failure) {
        try budget.reserveObject(FileSystemBudget.nodeCost)
        self.inode = inode
        self.budget = budget
    }

    deinit { budget.release(FileSystemBudget.nodeCost + state.withLock { $0.bytes.count }) }

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

    /// Fails with `nospc` where the limit is met, or the system refuses the memory.
    private func resize(_ state: inout State, to size: Int) throws(Failure) {
        let count = state.bytes.count
        if size > count { try budget.reserve(size - count) }
        guard state.bytes.resize(to: size) else {
            if size > count { budget.release(size - count) }
            throw .errno(.nospc)
        }
        if size < count { budget.release(count - size) }
    }

    /// Puts `bytes` in the place of everything.
    func replace(with bytes: UnsafeRawBufferPointer) throws(Failure) {
        var fresh = HostBytes()
        guard unsafe fresh.append(bytes) else { throw .errno(.nospc) }
        try state.withLock { state throws(Failure) in
            let (old, new) = (state.bytes.count, fresh.count)
            if new > old { try budget.reserve(new - old) } else { budget.release(old - new) }
            swap(&state.bytes, &fresh)
            state.times.touch()
        }
    }

    /// How many bytes there were to read.
    func read(_ vectors: Vectors, at offset: Int) -> Int {
        state.withLock { state in
            let bytes = unsafe state.bytes.bytes
            var position = min(offset, bytes.count)
            let start = position
            unsafe vectors.forEachPart { part in
                let count = min(part.count, bytes.count - position)
                unsafe part.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
                position += count
                return count == part.count
            }
            state.times.access = HostClock.realtime.now
            return position - start
        }
    }

    /// The same for the embedder.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        state.withLock { state in
            let bytes = unsafe state.bytes.bytes
            let start = min(offset, bytes.count)
            let count = min(buffer.count, bytes.count - start)
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
            return count
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
            let bytes = unsafe state.bytes.bytes
            unsafe vectors.forEachPart { part in
                let count = min(part.count, bytes.count - position)
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: part[..<count]))
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

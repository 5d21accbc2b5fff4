// What of memories goes into a core dump: runs of pages that are not all zero.
//
// Always true: there are no more runs than a module may have data segments, and no more bytes than fit into a section.
// The runs are found before anything is written, and what they contain then is written as it is by then.

import WasmRuntime

@safe
struct MemoryImage {
    struct Run {
        /// Among the memories.
        let memory: Int
        var range: Range<Int>
    }

    let memories: [MemoryInstance]
    private(set) var runs: [Run] = []
    /// Bytes of runs for which there was no room.
    private(set) var leftOut: UInt64 = 0

    /// What engines and tools take: https://webassembly.github.io/spec/js-api/#limits
    private static let maximumRuns = 100_000
    /// A section's size has 32 bits, and each run has a head of a few bytes.
    private static let maximumBytes = Int(UInt32.max) - 32 * maximumRuns
    private static let pageBytes = 4096

    init(_ memories: [MemoryInstance]) {
        self.memories = memories
        for index in memories.indices { addRuns(of: index) }
        var bytes = 0
        for index in runs.indices {
            let range = runs[index].range
            let room = min(range.count, Self.maximumBytes - bytes)
            bytes += room
            leftOut += UInt64(range.count - room)
            runs[index].range = range.lowerBound..<range.lowerBound + room
        }
        runs.removeAll { $0.range.isEmpty }
    }

    func bytes(of run: Run) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memories[run.memory].bytes)[run.range])
    }

    private mutating func addRuns(of memory: Int) {
        let bytes = unsafe UnsafeRawBufferPointer(memories[memory].bytes)
        var found: [Range<Int>] = []
        // Runs with less between them are one.
        var gap = 1
        for start in unsafe stride(from: 0, to: bytes.count, by: Self.pageBytes) {
            let end = unsafe min(start + Self.pageBytes, bytes.count)
            if unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<end]).isZero { continue }
            if let last = found.last, start - last.upperBound < gap {
                found[found.count - 1] = last.lowerBound..<end
            } else {
                found.append(start..<end)
            }
            while found.count > max(Self.maximumRuns - runs.count, 1) {
                gap *= 2
                found = Self.merged(found, gap)
            }
        }
        runs += found.map { Run(memory: memory, range: $0) }
    }

    private static func merged(_ ranges: [Range<Int>], _ gap: Int) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges {
            if let last = merged.last, range.lowerBound - last.upperBound < gap {
                merged[merged.count - 1] = last.lowerBound..<range.upperBound
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var isZero: Bool {
        var bits: UInt64 = 0
        var index = 0
        while index + 8 <= count {
            bits |= unsafe loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < count {
            bits |= UInt64(unsafe self[index])
            index += 1
        }
        return bits == 0
    }
}

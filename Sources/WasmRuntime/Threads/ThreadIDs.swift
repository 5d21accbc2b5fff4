// The TIDs of one process: positive and below 2^29, unique among the living, not reused soon.
// https://github.com/WebAssembly/wasi-threads#design-choice-thread-ids

package struct ThreadIDs {
    package static let upperBound: UInt32 = 1 << 29

    private var last: UInt32
    private var highest: UInt32

    package init(after last: UInt32 = 0) {
        self.last = last
        highest = last
    }

    /// Whether some thread has had this TID.
    func hasIssued(_ id: UInt32) -> Bool { id > 0 && id <= highest }

    /// Counts up, wraps, and skips the living. There must be a free one.
    package mutating func next(isLiving: (UInt32) -> Bool) -> UInt32 {
        repeat {
            last += 1
            if last == Self.upperBound { last = 1 }
        } while isLiving(last)
        highest = max(highest, last)
        return last
    }
}

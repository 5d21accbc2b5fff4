// Descriptors by number, for threads that look them up while others change them.
//
// Always true: a lookup takes no lock and never waits. An entry counts its uses, of which being in a slot is
// one, and gives its descriptor up with the last. Neither slots nor entries are freed while the table lives,
// so that a thread may read one that was taken out of use a moment ago, and find out.

import Synchronization

/// A descriptor with the number of its uses.
@safe
struct DescriptorEntry: Equatable, @unchecked Sendable {
    // SENDABLE: the count is atomic; for the descriptor see below.
    @safe
    fileprivate struct Storage: ~Copyable {
        /// 0 while the entry is spare.
        let uses: Atomic<Int>
        var descriptor: Unmanaged<Descriptor>
    }

    // SAFETY: allocated until `deallocate`. The descriptor is written while `uses` is 0, by the one thread
    // that has the entry, and read by those that hold a use.
    fileprivate let storage: UnsafeMutablePointer<Storage>

    /// An entry that is used once.
    init(_ descriptor: Descriptor) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: Storage(uses: Atomic(1), descriptor: .passRetained(descriptor)))
    }

    fileprivate init(_ storage: UnsafeMutablePointer<Storage>) { unsafe self.storage = storage }

    /// Uses a spare entry again, once.
    func refill(_ descriptor: Descriptor) {
        unsafe storage.pointee.descriptor = .passRetained(descriptor)
        unsafe storage.pointee.uses.store(1, ordering: .releasing)
    }

    static func == (first: Self, second: Self) -> Bool { unsafe first.storage == second.storage }

    /// What it holds, without a reference of its own: for those who hold a use.
    @inline(__always)
    var descriptor: Unmanaged<Descriptor> { unsafe storage.pointee.descriptor }

    /// Adds a use, where there is one.
    @inline(__always)
    func beginUse() -> Bool {
        var uses = unsafe storage.pointee.uses.load(ordering: .relaxed)
        while uses != 0 {
            let result = unsafe storage.pointee.uses.weakCompareExchange(
                expected: uses, desired: uses + 1, successOrdering: .acquiring, failureOrdering: .relaxed)
            if result.exchanged { return true }
            uses = result.original
        }
        return false
    }

    /// True for the last use: then the entry is the caller's, who gives up the descriptor.
    @inline(__always)
    func endUse() -> Bool {
        unsafe storage.pointee.uses.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    func deallocate() {
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }
}

/// The entries by number, in blocks of which each has twice as many slots as the one before. Whoever changes
/// a slot holds the lock of the table; anybody may read.
@safe
struct DescriptorSlots: ~Copyable, @unchecked Sendable {
    // SENDABLE: slots and pointers to blocks are atomic, and the pointer to these does not change.
    private typealias Slot = Atomic<UnsafeMutablePointer<DescriptorEntry.Storage>?>
    private typealias Block = Atomic<UnsafeMutablePointer<Slot>?>

    /// Of the first block, as a power of two: more than most guests ever open.
    private static let firstSizeLog2 = 6
    /// Enough for every number.
    private static let blockCount = 33 - firstSizeLog2

    // SAFETY: allocated here, and freed with this. So are the blocks, which are published when their slots
    // are initialized.
    private let blocks: UnsafeMutablePointer<Block>

    init() {
        unsafe blocks = .allocate(capacity: Self.blockCount)
        for index in 0..<Self.blockCount { unsafe (blocks + index).initialize(to: Block(nil)) }
    }

    deinit {
        for index in 0..<Self.blockCount {
            guard let slots = unsafe blocks[index].load(ordering: .relaxed) else { continue }
            unsafe slots.deinitialize(count: 1 << (Self.firstSizeLog2 + index))
            unsafe slots.deallocate()
        }
        unsafe blocks.deinitialize(count: Self.blockCount)
        unsafe blocks.deallocate()
    }

    /// The block of a number, and its place there.
    @inline(__always)
    private static func position(of number: UInt32) -> (block: Int, slot: Int) {
        let position = Int(number) + 1 << firstSizeLog2
        let block = Int.bitWidth - 1 - position.leadingZeroBitCount - firstSizeLog2
        return (block, position - 1 << (firstSizeLog2 + block))
    }

    @inline(__always)
    private func slot(of number: UInt32) -> UnsafeMutablePointer<Slot>? {
        let (block, slot) = Self.position(of: number)
        return unsafe blocks[block].load(ordering: .acquiring).map { unsafe $0 + slot }
    }

    /// What is in a slot at this moment.
    @inline(__always)
    subscript(number: UInt32) -> DescriptorEntry? {
        let storage = unsafe slot(of: number)?.pointee.load(ordering: .acquiring)
        return unsafe storage.map { unsafe DescriptorEntry($0) }
    }

    /// Changes a slot, for whoever holds the lock.
    func set(_ number: UInt32, to entry: DescriptorEntry?) {
        let (block, index) = Self.position(of: number)
        if unsafe blocks[block].load(ordering: .relaxed) == nil {
            let count = 1 << (Self.firstSizeLog2 + block)
            let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
            for index in 0..<count { unsafe (slots + index).initialize(to: Slot(nil)) }
            unsafe blocks[block].store(slots, ordering: .releasing)
        }
        let slots = unsafe blocks[block].load(ordering: .relaxed)!
        unsafe slots[index].store(entry?.storage, ordering: .releasing)
    }
}

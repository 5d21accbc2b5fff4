// The races of one process: what they are looked for in, and those that were found.
//
// Always true: a pair of places is told once; how many are told is bounded, and nothing else of them is kept.

import CMachine
import CRaces
import WasmDebug
import WasmModule

/// What a module's code has more where its processes look for races.
package struct RaceWatching: Sendable {
    /// The functions, counted among those that the module defines, whose plain accesses count as atomic.
    package let atomicFunctions: Set<Int>
    package let suppressions: RaceSuppressions

    package init(_ module: Module, _ suppressions: RaceSuppressions) {
        self.suppressions = suppressions
        var found: Set<Int> = []
        module.forEachFunctionName { index, name in
            let defined = Int(index) - module.importedFunctionCount
            if defined >= 0, suppressions.isAtomic(ScopedName.demangled(name) ?? name) { found.insert(defined) }
        }
        atomicFunctions = found
    }
}

package final class RaceDetection: @unchecked Sendable {
    // SENDABLE: the detector locks what threads share; the rest is constant, or behind a lock.
    let detector: OpaquePointer
    private let code: ModuleCode
    private let suppressions: RaceSuppressions
    private let found = Guarded(Found())
    /// By TID: what the embedder calls threads.
    let names = Guarded<[UInt32: String]>([:])

    /// How many pairs of places are told apart.
    private static let maximumPairs = 20_000

    private struct Pair: Hashable {
        let first: UInt64
        let second: UInt64
    }

    private struct Found {
        var pairs: Set<Pair> = []
        var count = 0
        var watcher: (@Sendable (Race) -> Void)?
    }

    /// nil where the system has no address space for the shadow of the memories, which is four times as large.
    package init?(_ code: ModuleCode, _ watching: RaceWatching, memories: [MemoryInstance]) {
        self.code = code
        suppressions = watching.suppressions
        guard let made = race_detector_new(UInt32(memories.count), { owner, _, found in
            // SAFETY: the threads of a process hold its detection.
            Unmanaged<RaceDetection>.fromOpaque(owner.unsafelyUnwrapped).takeUnretainedValue()
                .report(found.unsafelyUnwrapped.pointee)
        }) else { return nil }
        detector = made
        race_detector_set_owner(made, Unmanaged.passUnretained(self).toOpaque())
        for (index, memory) in memories.enumerated() where memory.isShared {
            let number = UInt32(index)
            guard race_detector_watch_again(made, number, memory.machine)
                || race_detector_watch(made, number, memory.machine, memory.reachableBytes)
            else { return nil }
        }
    }

    deinit { race_detector_delete(detector) }

    // MARK: What was found

    /// How many were found that are not suppressed.
    package var count: Int { found.withLock { $0.count } }

    /// Has `watcher` called for each, on the thread that finds it. False where there is one.
    package func watch(_ watcher: @escaping @Sendable (Race) -> Void) -> Bool {
        found.withLock { found in
            guard found.watcher == nil else { return false }
            found.watcher = watcher
            return true
        }
    }

    private func report(_ sight: RaceFound) {
        let (own, other) = (places(of: sight.own), places(of: sight.other))
        let (first, second) = (own.first ?? 0, other.first ?? 0)
        let isNew = found.withLock { found in
            found.pairs.count < Self.maximumPairs
                && found.pairs.insert(Pair(first: min(first, second), second: max(first, second))).inserted
        }
        guard isNew else { return }
        let mask = sight.own & sight.other
        let race = Race(
            memory: sight.memory, address: sight.address + UInt64(mask.firstByte), byteCount: mask.byteCount,
            access: access(sight.own, own, sight.address), earlier: access(sight.other, other, sight.address))
        guard !suppressions.covers(race) else { return }
        let watcher = found.withLock { found in
            found.count += 1
            return found.watcher
        }
        watcher?(race)
    }

    private func access(_ cell: RaceCell, _ places: [UInt64], _ address: UInt64) -> Race.Access {
        Race.Access(
            isWrite: cell & RaceRead == 0, isAtomic: cell & RaceAtomic != 0,
            address: address + UInt64(cell.firstByte), byteCount: cell.byteCount, actor: actor(of: cell),
            frames: frames(places))
    }

    private func actor(of cell: RaceCell) -> Race.Actor? {
        var occupant = RaceOccupant()
        guard race_detector_occupant(detector, cell, &occupant) else { return nil }
        let origin = ThreadOrigin(rawValue: occupant.kind) ?? .spawned
        return Race.Actor(
            id: occupant.thread, origin: origin, name: names.withLock { $0[occupant.thread] },
            spawner: occupant.hasSpawner ? occupant.spawner : nil,
            spawnFrames: frames(places(of: RaceCell(occupant.spawnStack))))
    }

    private func places(of cell: RaceCell) -> [UInt64] {
        var count: UInt32 = 0
        let places = race_detector_stack(detector, UInt32(truncatingIfNeeded: cell & RaceStackMask), &count)
        return Array(UnsafeBufferPointer(start: places, count: Int(count)))
    }

    private func frames(_ places: [UInt64]) -> [Trap.Frame] {
        places.flatMap { place -> [Trap.Frame] in
            guard let word = UnsafePointer<MachineWord>(bitPattern: UInt(place)),
                let position = code.portable.locate(word, in: code)
            else { return [] }
            return code.expanded(position.frame)
        }
    }
}

extension RaceCell {
    private var mask: UInt8 { UInt8(truncatingIfNeeded: self >> RaceCell(RACE_MASK_SHIFT)) }
    fileprivate var firstByte: Int { mask.trailingZeroBitCount }
    fileprivate var byteCount: Int { 8 - mask.leadingZeroBitCount - mask.trailingZeroBitCount }
}

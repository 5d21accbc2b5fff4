// The operations of code that is watched for data races: they tell the detector of accesses, and where a thread is.
//
// Always true: an access is told before it is made, and one that traps is not told; an atomic one is made while its
// address is held, so that the order in which threads make them is the one that the detector sees.

import CMachine
import CRaces
import WasmModule
import WasmRuntime

/// The words of a `watch`: the operation, what it is, the slot of the address, the slot of the size, the place and the
/// offset.
struct RaceWatch {
    let word: MachineWord
    static let words = 4 + MemoryPlace.words

    private static let reads: MachineWord = 1
    private static let isAtomic: MachineWord = 2
    private static let hasSizeSlot: MachineWord = 4
    private static let isSizeWide: MachineWord = 8
    private static let sizeShift: MachineWord = 4

    init(word: MachineWord) { self.word = word }

    init(bytes: UInt8, reads: Bool, isAtomic: Bool) {
        word = MachineWord(bytes) << Self.sizeShift | (reads ? Self.reads : 0) | (isAtomic ? Self.isAtomic : 0)
    }

    /// Of an access whose size stands in a slot.
    init(reads: Bool, isSizeWide: Bool) {
        word = Self.hasSizeSlot | (reads ? Self.reads : 0) | (isSizeWide ? Self.isSizeWide : 0)
    }

    @inline(__always)
    fileprivate func size(_ slot: MachineWord, _ frame: Frame) -> UInt64 {
        guard word & Self.hasSizeSlot != 0 else { return UInt64(word >> Self.sizeShift) }
        return word & Self.isSizeWide != 0 ? frame[slot] : UInt64(frame[i32: slot])
    }

    /// As the detector has it.
    @inline(__always)
    fileprivate var flags: RaceCell {
        (word & Self.reads != 0 ? RaceRead : 0) | (word & Self.isAtomic != 0 ? RaceAtomic : 0)
    }
}

/// An access that lies inside its memory.
private struct WatchedPlace {
    let index: UInt32
    let memory: UnsafeMutablePointer<MachineMemory>
    let address: UInt64

    /// The address stands in the slot `base`, the place and the offset at `words`.
    @inline(__always)
    init?(
        _ base: MachineWord, _ frame: Frame, _ words: Words, size: UInt64,
        _ instance: UnsafeMutablePointer<MachineInstance>
    ) {
        let place = MemoryPlace(word: words[0])
        // SAFETY: validation lets accesses into modules with the memory alone.
        memory = instance.pointee.memories[place.index].unsafelyUnwrapped
        index = UInt32(truncatingIfNeeded: place.index)
        let start = place.isWide ? frame[base] : UInt64(frame[i32: base])
        let (address, isBeyond) = start.addingReportingOverflow(words[u64: 1])
        let length = memory.length
        guard !isBeyond, address <= length, size <= length - address else { return nil }
        self.address = address
    }
}

/// Returns how many words the operation has.
@inline(never)
func watchAccess(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> Int {
    guard let thread = context.race else { return RaceWatch.words }
    let watch = RaceWatch(word: pc[1])
    let size = watch.size(pc[3], frame)
    guard let place = WatchedPlace(pc[2], frame, pc + 4, size: size, instance) else { return RaceWatch.words }
    var site = RaceSite(walk: walkFrames, place: UInt64(UInt(bitPattern: pc)), frame: frame, instance: instance)
    race_access(thread, place.index, place.memory, place.address, size, watch.flags, &site)
    return RaceWatch.words
}

/// The same.
@inline(never)
func watchCall(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> Int {
    context.race?.pointee.call = RaceSite(
        walk: walkFrames, place: UInt64(UInt(bitPattern: pc)), frame: frame, instance: instance)
    return 1
}

// MARK: Atomic accesses

/// The words are those of `executeAtomic`.
@inline(never)
func executeWatchedAtomic(
    _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    let access = AtomicAccess(word: pc[2])
    let count = access.operandCount
    guard let thread = context.race,
        let place = WatchedPlace(pc[3], frame, pc + 3 + count, size: 1 << UInt64(access.width), instance),
        let sync = race_sync_begin(thread, place.index, place.memory, place.address, false)
    else { return executeEitherAtomic(access, pc, frame, instance) }
    defer { race_sync_end(thread, sync) }
    let expected = access.number == AtomicAccess.exchange ? access.narrow(frame[pc[4]]) : 0
    let outcome = executeEitherAtomic(access, pc, frame, instance)
    guard outcome.reason == 0 else { return outcome }
    switch access.number {
    case AtomicAccess.load: race_acquire(thread, sync)
    case AtomicAccess.store: race_release(thread, sync)
    case AtomicAccess.exchange where frame[pc[1]] != expected: race_acquire(thread, sync)
    default:
        race_acquire(thread, sync)
        race_release(thread, sync)
    }
    return outcome
}

/// An atomic access, or a plain one that counts as one: those may be unaligned.
@inline(__always)
private func executeEitherAtomic(
    _ access: AtomicAccess, _ pc: Words, _ frame: Frame, _ instance: UnsafeMutablePointer<MachineInstance>
) -> OutOfLineOutcome {
    guard access.isPlain else { return executeAtomic(pc, frame: frame, instance: instance) }
    let count = access.operandCount
    let bytes = 1 << Int(access.width)
    guard let address = instance.at(pc[3], of: frame, pc + 3 + count, UInt64(bytes)) else {
        return OutOfLineOutcome(0, .memoryOutOfBounds)
    }
    if UInt(bitPattern: address) & UInt(bytes - 1) == 0 {
        return executeAtomic(pc, frame: frame, instance: instance)
    }
    if access.number == AtomicAccess.load {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: bytes))
        }
        frame[pc[1]] = value
    } else {
        withUnsafeBytes(of: frame[pc[4]]) { address.copyMemory(from: $0.baseAddress!, byteCount: bytes) }
    }
    return OutOfLineOutcome(3 + count + MemoryPlace.words)
}

// MARK: Stacks

extension RaceSite {
    fileprivate var pc: Words { Words(bitPattern: UInt(place)).unsafelyUnwrapped }
}

/// The frames of the interpreter from a site on, up to the entry from the host.
let walkFrames: @convention(c) (
    UnsafePointer<RaceSite>?, UnsafeMutablePointer<RaceThread>?, UnsafeMutablePointer<UInt64>?
) -> UInt32 = { site, thread, places in
    // SAFETY: the detector hands over what it was given, and room for as many places.
    let (site, thread, places) = (site.unsafelyUnwrapped, thread.unsafelyUnwrapped, places.unsafelyUnwrapped)
    var pc = site.pointee.pc
    var frame = Frame(mutating: site.pointee.frame.assumingMemoryBound(to: MachineSlot.self))
    var instance = site.pointee.instance.assumingMemoryBound(to: MachineInstance.self)
    var count = 0
    while count < Int(RACE_DEPTH), let localsEnd = localsEnd(at: pc, instance, thread) {
        places[count] = UInt64(UInt(bitPattern: pc))
        count += 1
        var record = frame + localsEnd
        if record.returnAddress == StaticBody.bridgeReturn {
            record = record.callerFrame
            instance = UnsafePointer(record.bridge.instance)
        }
        guard record.returnAddress != StaticBody.exit else { break }
        frame = record.callerFrame
        // Back from after the call into it.
        pc = record.returnAddress - 1
    }
    return UInt32(count)
}

/// Where the locals of the function end that the word at `pc` is of; nil where it is of none.
private func localsEnd(
    at pc: Words, _ instance: UnsafePointer<MachineInstance>, _ thread: UnsafeMutablePointer<RaceThread>
) -> Int? {
    let place = UInt64(UInt(bitPattern: pc))
    // One more than that, since 0 is nothing.
    let known = race_recall(thread, place)
    if known != 0 { return Int(known) - 1 }
    // SAFETY: the instance has a frame on the stack, so it is alive.
    let found = Unmanaged<Instance>.fromOpaque(instance.pointee.object)._withUnsafeGuaranteedRef {
        $0.code.portable.search(pc) { _ in false }?.localsEnd
    }
    guard let found else { return nil }
    race_remember(thread, place, UInt64(found) + 1)
    return found
}

// What watched compiled code tells the race detector, and what that does for it.
//
// A descriptor has, from the low end, the offset of the instruction in the module, the number of the memory, and what
// the access is. A place in a stack is such an offset, or an address of compiled code.

import CMachine
import CRaces
import Platform
import WasmModule

package enum CompiledWatch {
    private static let memoryShift: UInt64 = 32
    private static let kindShift: UInt64 = 48
    private static let reads: UInt64 = 1
    private static let isAtomic: UInt64 = 2
    /// No access, but a call that the host may take.
    package static let call: UInt64 = 4
    private static let isPlain: UInt64 = 1 << 8

    package static func flags(reads: Bool, isAtomic: Bool) -> UInt64 {
        (reads ? Self.reads : 0) | (isAtomic ? Self.isAtomic : 0)
    }

    /// Of an atomic access: the base-2 logarithm of its width, and a number of `RACE_LOAD` and so on.
    package static func kind(_ kind: AtomicKind, bytes: UInt8, isPlain: Bool) -> UInt64 {
        let number: Int = switch kind {
        case .load: RACE_LOAD
        case .store: RACE_STORE
        case .exchange: RACE_COMPARE_EXCHANGE
        case .modification(.add): RACE_ADD
        case .modification(.sub): RACE_SUB
        case .modification(.and): RACE_AND
        case .modification(.or): RACE_OR
        case .modification(.xor): RACE_XOR
        case .modification(.xchg): RACE_EXCHANGE
        }
        return UInt64(number) << 2 | UInt64(bytes.trailingZeroBitCount) | (isPlain ? Self.isPlain : 0)
    }

    package static func descriptor(kind: UInt64, memory: UInt32, offset: Int) -> UInt64 {
        kind << kindShift | UInt64(memory) << memoryShift | UInt64(UInt32(truncatingIfNeeded: offset))
    }

    /// An access, as a descriptor has it.
    private struct Sight {
        let kind: UInt64
        let memory: UInt32
        var site: RaceSite

        @inline(__always)
        init(_ descriptor: UInt64, _ frame: UnsafeRawPointer, _ instance: UnsafeMutablePointer<MachineInstance>) {
            kind = descriptor >> kindShift
            memory = UInt32(descriptor >> memoryShift & 0xFFFF)
            site = RaceSite(
                walk: walkCompiledFrames, place: CompiledPlace(offset: UInt32(truncatingIfNeeded: descriptor)).word,
                frame: frame, instance: instance)
        }
    }

    /// `MachineHelpers.watch`.
    static func watch(
        _ context: UnsafeMutablePointer<MachineContext>, _ instance: UnsafeMutablePointer<MachineInstance>,
        _ descriptor: UInt64, _ address: UInt64, _ size: UInt64, _ frame: UnsafeRawPointer
    ) {
        guard let race = context.race else { return }
        var sight = Sight(descriptor, frame, instance)
        if sight.kind == call {
            race.pointee.call = sight.site
            return
        }
        let memory = instance.pointee.memories[Int(sight.memory)].unsafelyUnwrapped
        let length = memory.length
        guard address <= length, size <= length - address else { return }
        let flags = (sight.kind & reads != 0 ? RaceRead : 0) | (sight.kind & isAtomic != 0 ? RaceAtomic : 0)
        race_access(race, sight.memory, memory, address, size, flags, &sight.site)
    }

    /// `MachineHelpers.watchedAtomic`: operands and result in `slots`. Returns 0 or a raw `TrapReason`.
    static func access(
        _ context: UnsafeMutablePointer<MachineContext>, _ instance: UnsafeMutablePointer<MachineInstance>,
        _ descriptor: UInt64, _ address: UInt64, _ slots: UnsafeMutablePointer<MachineSlot>, _ frame: UnsafeRawPointer
    ) -> UInt32 {
        var sight = Sight(descriptor, frame, instance)
        let memory = instance.pointee.memories[Int(sight.memory)].unsafelyUnwrapped
        let (kind, width) = (Int(sight.kind >> 2 & 15), UInt32(sight.kind & 3))
        let (bytes, length) = (UInt64(1) << UInt64(width), memory.length)
        guard address <= length, bytes <= length - address else { return TrapReason.memoryOutOfBounds.rawValue }
        let place = UnsafeMutableRawPointer(memory.pointee.base.unsafelyUnwrapped) + Int(address)
        let isAligned = address & (bytes - 1) == 0
        guard isAligned || sight.kind & isPlain != 0 else { return TrapReason.unalignedAtomic.rawValue }
        guard let race = context.race else {
            race_make_access(place, Int32(kind), width, isAligned, slots)
            return 0
        }
        let flags = RaceAtomic | (kind == RACE_LOAD ? RaceRead : 0)
        race_access(race, sight.memory, memory, address, bytes, flags, &sight.site)
        guard let sync = race_sync_begin(race, sight.memory, memory, address, false) else {
            race_make_access(place, Int32(kind), width, isAligned, slots)
            return 0
        }
        let hasWritten = race_make_access(place, Int32(kind), width, isAligned, slots)
        if kind != RACE_STORE { race_acquire(race, sync) }
        if hasWritten { race_release(race, sync) }
        race_sync_end(race, sync)
        return 0
    }
}

/// A place of compiled code in a stack: no address of words is so large.
struct CompiledPlace {
    let word: UInt64
    private static let isOffset: UInt64 = 1 << 63
    private static let isAddress: UInt64 = 1 << 62

    init(offset: UInt32) { word = Self.isOffset | UInt64(offset) }

    init(address: UInt) { word = Self.isAddress | UInt64(address) }

    init?(word: UInt64) {
        guard word & (Self.isOffset | Self.isAddress) != 0 else { return nil }
        self.word = word
    }

    /// The frame there.
    func frame(in module: Module) -> Trap.Frame? {
        guard word & Self.isOffset != 0 else {
            let address = UInt(word & ~Self.isAddress)
            return CodeRegistry.code(at: address)?.frame(of: address, offset: 0, isFault: false)
        }
        let offset = Int(word & ~Self.isOffset)
        guard let defined = module.functions.firstIndex(where: { $0.body.contains(offset) }) else { return nil }
        let index = UInt32(module.importedFunctionCount + defined)
        return Trap.Frame(functionIndex: index, name: module.functionName(index), offset: offset)
    }
}

/// The frames of compiled code from a site on, linked by frame pointers, up to the entry from elsewhere.
private let walkCompiledFrames: @convention(c) (
    UnsafePointer<RaceSite>?, UnsafeMutablePointer<RaceThread>?, UnsafeMutablePointer<UInt64>?
) -> UInt32 = { site, _, places in
    // SAFETY: the detector hands over what it was given, and room for as many places; compiled code links its frames.
    let (site, places) = (site.unsafelyUnwrapped, places.unsafelyUnwrapped)
    places[0] = site.pointee.place
    var frame = site.pointee.frame.assumingMemoryBound(to: UInt.self)
    var count = 1
    while count < Int(RACE_DEPTH), machine_native_is_code(frame[1]) {
        // Back from after the call.
        places[count] = CompiledPlace(address: frame[1] - 1).word
        count += 1
        guard let next = UnsafePointer<UInt>(bitPattern: frame[0]) else { break }
        frame = next
    }
    return UInt32(count)
}

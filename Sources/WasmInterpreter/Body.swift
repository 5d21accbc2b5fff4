// A translated body, its header, and the frame it runs in.
//
// In front of the first word of a body stand four words: how many slots its frame has, where its locals
// end, where its parameters end, and one that is unused. A frame is laid out as `FrameLayout` says; its record
// is the return address and the caller's frame.
//
// A call puts the callee's frame on top of the arguments, so that nothing is copied; results are left from
// slot 0 of the callee on, which is where the caller's operands go on.

import CMachine
import Synchronization
import WasmModule
import WasmRuntime

enum BodyHeader {
    static let words = 4
    static let frameSlots = -4
    static let localsEnd = -3
    static let parameterSlots = -2
}

/// The words that are not part of any function.
enum StaticBody {
    // SAFETY: made once, never written again, never freed.
    nonisolated(unsafe) static let exit = make(.exit)
    nonisolated(unsafe) static let bridgeReturn = make(.bridgeReturn)

    private static func make(_ operation: Operation) -> Words {
        let words = UnsafeMutablePointer<MachineWord>.allocate(capacity: 1)
        words.initialize(to: operation.rawValue)
        return Words(words)
    }
}

extension UnsafeMutablePointer<MachineSlot> {
    /// Makes this the frame of a call: zeroes the locals and writes the record. The arguments are there.
    /// False, and nothing is written, where the frame would reach beyond `limit`.
    @inline(__always)
    func enter(_ body: Words, returningTo address: Words, caller: Frame?, limit: UInt) -> Bool {
        guard UInt(bitPattern: self + Int(body[BodyHeader.frameSlots])) <= limit else { return false }
        let end = Int(body[BodyHeader.localsEnd])
        var local = Int(body[BodyHeader.parameterSlots])
        // A zero of which the compiler does not know that it is one: of a known one it makes a call of memset, which
        // takes longer than the rest of most calls.
        let zero = UInt64(limit >> (UInt.bitWidth - 1))
        while local < end {
            self[local] = zero
            local += 1
        }
        let record = self + end
        record[0] = UInt64(UInt(bitPattern: address))
        record[1] = UInt64(UInt(bitPattern: caller))
        return true
    }

    /// Makes this the frame of a call in place of the one that it is of, whose record is at `end`. The arguments
    /// stand from the slot `arguments` on. False, and nothing is written, where it would reach beyond `limit`.
    @inline(__always)
    func replace(by body: Words, arguments: MachineWord, recordAt end: MachineWord, limit: UInt) -> Bool {
        guard UInt(bitPattern: self + Int(body[BodyHeader.frameSlots])) <= limit else { return false }
        let record = self + Int(end)
        let (address, caller) = (record.returnAddress, Frame(bitPattern: UInt(record[1])))
        update(from: self + Int(arguments), count: Int(body[BodyHeader.parameterSlots]))
        return enter(body, returningTo: address, caller: caller, limit: limit)
    }

    /// Of a record, the slots after a frame's locals.
    @inline(__always)
    var returnAddress: Words { Words(bitPattern: UInt(self[0])).unsafelyUnwrapped }

    @inline(__always)
    var callerFrame: Frame { Frame(bitPattern: UInt(self[1])).unsafelyUnwrapped }
}

extension UnsafePointer<MachineCode> {
    /// Where a call of the function goes on.
    @inline(__always)
    var currentBody: Words { words(at: MemoryLayout<MachineCode>.offset(of: \.body).unsafelyUnwrapped) }

    /// Where a call goes on that stays in the interpreter.
    @inline(__always)
    var portableBody: Words { words(at: MemoryLayout<MachineCode>.offset(of: \.portable).unsafelyUnwrapped) }

    @inline(__always)
    private func words(at offset: Int) -> Words {
        // Acquire: the words that another thread has translated are seen with the pointer to them.
        let field = UnsafeRawPointer(self) + offset
        let bits = field.assumingMemoryBound(to: Atomic<UInt>.self).pointee.load(ordering: .acquiring)
        return Words(bitPattern: bits).unsafelyUnwrapped
    }
}

extension UnsafeMutablePointer<MachineCode> {
    func publish(_ body: Words) {
        field(MemoryLayout<MachineCode>.offset(of: \.body)!).pointee
            .store(UInt(bitPattern: body), ordering: .releasing)
    }

    /// Lets calls go on in `body` which went on in `former` so far; those that enter compiled code still do.
    func publishPortable(_ body: Words, after former: Words?) {
        field(MemoryLayout<MachineCode>.offset(of: \.portable)!).pointee
            .store(UInt(bitPattern: body), ordering: .releasing)
        _ = field(MemoryLayout<MachineCode>.offset(of: \.body)!).pointee
            .compareExchange(
                expected: UInt(bitPattern: former), desired: UInt(bitPattern: body), ordering: .releasing)
    }

    private func field(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// The function that the entry to compiled code at `nativeStub` is of.
    init(nativeStub: Words) {
        let offset =
            MemoryLayout<MachineCode>.offset(of: \.nativeStub)! + BodyHeader.words * MemoryLayout<MachineWord>.stride
        self = (UnsafeMutableRawPointer(mutating: UnsafeRawPointer(nativeStub)) - offset)
            .assumingMemoryBound(to: MachineCode.self)
    }

    /// The words of that entry, the header included.
    var nativeStub: UnsafeMutablePointer<MachineWord> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.nativeStub)!)
            .assumingMemoryBound(to: MachineWord.self)
    }
}

extension UnsafeMutablePointer<MachineMemory>? {
    /// Where an access of `size` bytes at `base + offset` lies; nil where it is out of bounds.
    @inline(__always)
    func at(_ base: UInt32, _ offset: UInt32, _ size: UInt64) -> UnsafeMutableRawPointer? {
        // SAFETY: validation lets memory instructions into modules with a memory only.
        let memory = unsafelyUnwrapped
        let address = UInt64(base) &+ UInt64(offset)
        guard address &+ size <= memory.length else { return nil }
        let start = UnsafeMutableRawPointer(memory.pointee.base.unsafelyUnwrapped)
        return start + Int(truncatingIfNeeded: address)
    }
}

/// Which memory an access means that is no operation of the loop's own, in a word: memory 0 with 32-bit addresses
/// is 0. The word and the offset, in four words, are all that such an operation says of its memory.
struct MemoryPlace {
    let word: MachineWord
    /// How many words the place and the offset take.
    static let words = 5

    init(index: UInt32, _ type: MemoryType) {
        word = MachineWord(index) << 1 | (type.addressType == .i64 ? 1 : 0)
    }

    init(word: MachineWord) { self.word = word }

    var index: Int { Int(word >> 1) }
    var isWide: Bool { word & 1 != 0 }
}

extension UnsafeMutablePointer<MachineInstance> {
    /// Where an access of `size` bytes lies whose address stands in the slot `base`, and whose place and offset stand
    /// at `words`; nil where it is out of bounds.
    @inline(__always)
    func at(_ base: MachineWord, of frame: Frame, _ words: Words, _ size: UInt64) -> UnsafeMutableRawPointer? {
        if words[0] == 0 {
            return pointee.memory0.at(frame[i32: base], UInt32(truncatingIfNeeded: words[u64: 1]), size)
        }
        return inOther(base, of: frame, words, size)
    }

    @inline(never)
    private func inOther(
        _ base: MachineWord, of frame: Frame, _ words: Words, _ size: UInt64
    ) -> UnsafeMutableRawPointer? {
        let place = MemoryPlace(word: words[0])
        // SAFETY: validation lets accesses into modules with the memory alone.
        let memory = pointee.memories[place.index].unsafelyUnwrapped
        let start = place.isWide ? frame[base] : UInt64(frame[i32: base])
        let (address, isBeyond) = start.addingReportingOverflow(words[u64: 1])
        let length = memory.length
        guard !isBeyond, address <= length, size <= length - address else { return nil }
        return UnsafeMutableRawPointer(memory.pointee.base.unsafelyUnwrapped) + Int(address)
    }
}

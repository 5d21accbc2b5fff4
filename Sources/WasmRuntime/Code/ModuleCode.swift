// A module made ready to run: what all its instances, in all threads, share.

import CMachine
import Platform
import WasmDebug
import WasmModule

/// Always true: `codes` has one entry for each function that the module defines, at a fixed address,
/// and lives as long as this object.
package final class ModuleCode: @unchecked Sendable {
    // SENDABLE: after the initialiser only the tiers write into `codes`, and publish atomically.
    package let module: Module
    package let portable: any PortableTier
    /// nil where nothing is compiled.
    package let compiler: (any CompilingTier)?
    package let entry: TierEntry
    /// Of the module's binary; nil where nothing is kept for it.
    package let digest: Digest?
    package let codes: UnsafeMutablePointer<MachineCode>
    /// The numbers of the module's types, by type index, for running code.
    package let typeNumbers: UnsafeMutableBufferPointer<UInt32>

    /// Where its accesses are looked at for data races; nil where they are not.
    package let watch: RaceWatching?

    /// Where functions and lines are in the source; nil where the module does not tell.
    let debug: DebugInformation?

    private let kept = Guarded<[any AnyObject & Sendable]>([])
    private let compiled = Guarded<[TraceEvent]>([])
    private static let maximumCompilations = 4096

    package init(
        _ module: Module, portable: any PortableTier, compiler: (any CompilingTier)? = nil,
        digest: Digest? = nil, watch: RaceWatching? = nil
    ) {
        self.digest = digest
        self.watch = watch
        self.module = module
        debug = DebugInformation(module)
        self.portable = portable
        self.compiler = compiler
        entry = portable.entry
        typeNumbers = .allocate(capacity: module.types.count)
        _ = typeNumbers.initialize(from: module.heldTypes.numbers)
        codes = .allocate(capacity: max(module.functions.count, 1))
        for (index, function) in module.functions.enumerated() {
            guard case .function(let type) = module.types[Int(function.typeIndex)] else { continue }
            let code = codes + index
            code.initialize(to: MachineCode())
            code.pointee.module = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
            code.pointee.typeNumber = typeNumbers[Int(function.typeIndex)]
            code.pointee.definedIndex = UInt32(index)
            code.pointee.parameterSlots = UInt32(type.parameterSlots)
            code.pointee.resultSlots = UInt32(type.resultSlots)
            code.pointee.callsLeft = compiler?.callThreshold ?? 0
            portable.prepare(code)
        }
    }

    /// Whether code may access memories without a check of their bounds.
    package var needsGuardedMemory: Bool { portable.needsGuardedMemory || compiler?.needsGuardedMemory ?? false }

    /// Keeps what the code needs as long as the module lives.
    package func keep(_ object: any AnyObject & Sendable) { kept.withLock { $0.append(object) } }

    /// Notes that so many functions and loops were compiled from a moment of the monotonic clock until now.
    package func noteCompilation(of count: Int, since start: UInt64) {
        let event = TraceEvent(kind: .compilation, start: start, end: HostClock.monotonic.now, argument: UInt64(count))
        compiled.withLock { if $0.count < Self.maximumCompilations { $0.append(event) } }
    }

    var compilations: [TraceEvent] { compiled.withLock { $0 } }

    /// How many functions calls enter compiled code of.
    package var compiledFunctionCount: Int { (0..<module.functions.count).count { (codes + $0).isCompiled } }

    /// A frame in the programmer's words: those before the last were inlined into the next.
    package func expanded(_ frame: Trap.Frame) -> [Trap.Frame] {
        var frame = frame
        let found = debug?.frames(at: frame.offset) ?? []
        frame.name = frame.name.map { ScopedName.demangled($0) ?? $0 } ?? found.last?.function
        guard !found.isEmpty else { return [frame] }
        return found.enumerated().map { index, source in
            var told = frame
            told.place = source.place
            told.isInlined = index < found.count - 1
            if told.isInlined { told.name = source.function }
            return told
        }
    }

    deinit {
        typeNumbers.deallocate()
        codes.deallocate()
    }
}

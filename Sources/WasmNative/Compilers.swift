// Who has threads in LLVM.
//
// Always true: a thread in which LLVM cannot go on, or faults, never returns to it, and no thread compiles
// while the process takes LLVM apart at its exit.

import CMachine
import Platform
import Synchronization
import WasmCompiler
import WasmRuntime

/// Something with threads that compile.
protocol CompilerOwner: AnyObject, Sendable {
    /// What its threads do, each from its start to its end.
    func compileOnThread()
    /// Whether the caller is one of its threads.
    var isCurrent: Bool { get }
    /// Gives up, for a thread of its own that stays in LLVM for ever.
    func park() -> Never
    /// Ends its threads, but for one that is parked, and waits for them.
    func close()
}

/// What makes compiled code on this machine.
package enum NativeTier {
    /// Its name, version and place.
    package static func compilerName(llvmPath: HostPath?) -> Result<String, NativeFailure> {
        Result { () throws(NativeFailure) in
            let llvm = try Compilers.open(path: llvmPath).0
            return "LLVM \(llvm.version) (\(llvm.path))"
        }
    }
}

enum Compilers {
    private static let all = Guarded<[any CompilerOwner]>([])
    /// Registered behind the ends that LLVM has when it is opened, so it runs before them. LLVM registers no
    /// more of them later.
    private static let closing: Void = { HostProcess.atExit { Compilers.closeAll() } }()
    /// Runs before all of them, where the first thread is the one that exits: LLVM may just be opened.
    private static let closingFirst: Void = { machine_at_thread_end({ _ in Compilers.closeAll() }, nil) }()

    /// LLVM, ready to be used by threads of an owner, and the machine that this runs on.
    static func open(path: HostPath?) throws(NativeFailure) -> (LLVM, Target) {
        guard enter() else { throw .cutOff }
        defer { leave() }
        let llvm: LLVM
        do {
            llvm = try LLVM.shared(path: path).get()
        } catch {
            throw .unavailable(error)
        }
        llvm.onFatalError { _ in Compilers.parkCurrent() }
        _ = closing
        closeAtExit()
        return (llvm, Target(hostOf: llvm))
    }

    /// Compiles on a thread made for it: where LLVM faults, or recurses until the stack ends, its owner gives
    /// up instead of the process.
    static func guarding(_ body: () -> Void) throws(NativeFailure) {
        guard enter() else { throw .cutOff }
        defer { leave() }
        do { try CodeSpace.prepare() } catch { throw .gaveUp }
        // An end in compiled code signals fewer threads with it, and nobody waits for it here.
        try? ProcessBarrier.prepare()
        let bytes = 64 << 10
        let stack = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        defer { stack.deallocate() }
        let result = machine_native_guard(stack, bytes) { Compilers.parkCurrent() }
        guard result == 0 else { throw .gaveUp }
        body()
        machine_native_guard(nil, 0, nil)
    }

    /// How many threads are in LLVM, and above it the process that they are of.
    private static let inside = Atomic<UInt64>(0)

    /// False in a child that was forked while a thread of its parent was in LLVM, which may hold any lock there.
    private static func enter() -> Bool {
        let process = UInt64(UInt32(bitPattern: HostProcess.id)) << 32
        var old = inside.load(ordering: .acquiring)
        while true {
            let count = old & UInt64(UInt32.max)
            let isOfThisProcess = old - count == process
            guard isOfThisProcess || count == 0 else { return false }
            let result = inside.compareExchange(
                expected: old, desired: process + count + 1, ordering: .acquiringAndReleasing)
            if result.exchanged { return true }
            old = result.original
        }
    }

    private static func leave() { inside.subtract(1, ordering: .releasing) }

    static func closeAtExit() {
        if HostThread.isFirst { _ = closingFirst }
    }

    static func add(_ owner: any CompilerOwner) {
        all.withLock { $0.append(owner) }
    }

    static func remove(_ owner: any CompilerOwner) {
        all.withLock { $0.removeAll { $0 === owner } }
    }

    private static func closeAll() { all.withLock { $0 }.forEach { $0.close() } }

    private static func parkCurrent() {
        all.withLock { $0 }.first(where: \.isCurrent)?.park()
    }
}

// Who has threads in LLVM.
//
// Always true: a thread in which LLVM cannot go on, or faults, never returns to it; no thread compiles while the
// process takes LLVM apart at its exit; and nobody waits for LLVM: who does not need it any more leaves the
// thread that is in it to itself.

import CMachine
import Platform
import Synchronization
import WasmCompiler
import WasmRuntime

/// Something with threads that compile. Each of these holds it.
package class CompilerOwner: @unchecked Sendable {
    // SENDABLE: it has no fields; a subclass guards its own.

    /// What its threads do, each from its start to its end.
    func compileOnThread() {}

    /// Nothing more comes of the thread that calls this, which LLVM cannot leave.
    func giveUp() {}
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

    /// Whether LLVM is known not to be there. Opens nothing where it is likely to be there, which takes time.
    package static func isKnownMissing(llvmPath: HostPath?) -> Bool {
        if let llvmPath, let file = try? openForReading(llvmPath) {
            file.close()
            return false
        }
        if llvmPath == nil, isInLoaderCache { return false }
        guard case .failure = compilerName(llvmPath: llvmPath) else { return false }
        return true
    }

    private static let isInLoaderCache = LoaderCache.mayHave("libLLVM")
}

enum Compilers {
    /// Registered after the ends that LLVM has when it is opened, so it runs before them. LLVM registers no
    /// more of them later.
    private static let closing: Void = { HostProcess.atExit { machine_compilers_stop() } }()
    /// Runs before all of them, where the first thread is the one that exits: LLVM may just be opened.
    private static let closingFirst: Void = { machine_at_thread_end({ _ in machine_compilers_stop() }, nil) }()

    /// LLVM, ready to be used, and the machine that this runs on.
    static func open(path: HostPath?) throws(NativeFailure) -> (LLVM, Target) {
        guard enter() else { throw .cutOff }
        defer { leave() }
        let llvm: LLVM
        do {
            llvm = try ForkGate.holding { LLVM.shared(path: path) }.get()
        } catch {
            throw .unavailable(error)
        }
        llvm.onFatalError { _ in Compilers.parkCurrent() }
        _ = closing
        closeAtExit()
        return (llvm, Target(hostOf: llvm, without: HostVariable.cpuWithout.text))
    }

    // MARK: Threads

    /// LLVM's passes recurse.
    private static let stackBytes = 8 << 20

    /// Starts a thread of an owner's, which ends by itself. False where the system has none to give.
    static func start(_ owner: CompilerOwner) -> Bool {
        let argument = Unmanaged.passRetained(owner)
        do throws(SystemError) {
            try HostThread.startDetached(stackBytes: stackBytes, argument.toOpaque()) { argument in
                ForkGate.holding {
                    Unmanaged<CompilerOwner>.fromOpaque(argument!).takeRetainedValue().compileOnThread()
                }
                return nil
            }
            return true
        } catch {
            argument.release()
            return false
        }
    }

    /// Compiles on a thread made for it: where LLVM faults, or recurses until the stack ends, `owner` gives up
    /// instead of the process.
    static func compiling(
        for owner: CompilerOwner, path: HostPath?, _ body: (LLVM, Target) -> Void
    ) throws(NativeFailure) {
        guard machine_compiler_begin(Unmanaged.passUnretained(owner).toOpaque()) == 0 else { throw .gaveUp }
        defer { machine_compiler_end() }
        let (llvm, target) = try open(path: path)
        guard enter() else { throw .cutOff }
        defer { leave() }
        do throws(SystemError) {
            try CodeSpace.prepare()
        } catch {
            throw .gaveUp
        }
        // An end in compiled code signals fewer threads with it, and nobody waits for it here.
        try? ProcessBarrier.prepare()
        let bytes = 64 << 10
        let stack = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        defer { stack.deallocate() }
        guard machine_native_guard(stack, bytes, { Compilers.parkCurrent() }) == 0 else { throw .gaveUp }
        llvm.withCode { machine_compiler_enter($0, $1) }
        body(llvm, target)
        machine_native_guard(nil, 0, nil)
    }

    /// For a thread of an owner's, in which LLVM cannot go on. Any other returns.
    private static func parkCurrent() {
        guard let owner = machine_compiler_owner() else { return }
        // SAFETY: the thread holds its owner, and never ends.
        Unmanaged<CompilerOwner>.fromOpaque(owner).takeUnretainedValue().giveUp()
        machine_compiler_park()
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
}

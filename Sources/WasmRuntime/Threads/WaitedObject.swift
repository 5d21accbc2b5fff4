// What a thread waits for, in the terms of the library that it waits in.
//
// Always true: what is said is what the names of the functions or the words in memory show; a holder is told only
// where the memory has a TID of a thread that lives. A normal mutex of wasi-libc, and those of Rust and Zig, hold none.

/// An object of a library's that a thread waits for.
package struct WaitedObject: Sendable {
    /// As in "a mutex of wasi-libc".
    package let description: String
    /// The TID of the thread that has it, or, of a join, of the thread that is to end.
    package let holder: UInt32?
    package let isJoin: Bool

    /// Nil where nothing is recognised.
    init?(_ frames: [Trap.Frame], _ sight: EndlessWait.Sight, threadIDs: Set<UInt32>) {
        let owner = Self.owner(sight, threadIDs)
        for frame in frames.prefix(Self.framesLookedAt) {
            guard let found = frame.name.flatMap(KnownFunction.init) else { continue }
            isJoin = found.object == .join
            description = "\(found.object.rawValue) of \(found.library.rawValue)"
            switch (found.library, found.object) {
            case (.wasiLibc, .mutex): holder = owner
            case (.wasiLibc, .join): holder = Self.joined(sight, threadIDs)
            default: holder = nil
            }
            return
        }
        guard owner != nil || Self.looksLikeNormalMutex(sight, threadIDs.count) else { return nil }
        description = "what looks like a mutex of wasi-libc"
        holder = owner
        isJoin = false
    }

    private static let framesLookedAt = 8

    // Of `pthread_mutex_t`: the type, the lock, the number of waiters, in words of 32 bits that follow each other.
    // https://github.com/WebAssembly/wasi-libc/blob/main/libc-top-half/musl/src/internal/pthread_impl.h
    private static let typeMask: UInt32 = 15
    private static let hasWaiters: UInt32 = 1 << 31
    private static let ownerMask: UInt32 = 0x3FFF_FFFF
    /// What wasi-libc calls the thread that runs `_start`.
    private static let mainThread: UInt32 = 0x3FFF_FFFF
    /// What a normal mutex holds that is locked: `EBUSY` of WASI.
    private static let busy: UInt32 = 10

    private static func id(_ word: UInt32, _ threadIDs: Set<UInt32>) -> UInt32? {
        let id = word == mainThread ? 0 : word
        return (word != 0 && threadIDs.contains(id)) ? id : nil
    }

    /// Of a recursive mutex or one that checks for errors.
    private static func owner(_ sight: EndlessWait.Sight, _ threadIDs: Set<UInt32>) -> UInt32? {
        guard sight.byteCount == 4, let type = sight.wordsBefore?.1, type & ~(typeMask | 128) == 0,
            1...2 ~= type & typeMask, sight.value == sight.expected
        else { return nil }
        let lock = UInt32(truncatingIfNeeded: sight.value)
        return lock & hasWaiters == 0 ? nil : id(lock & ownerMask, threadIDs)
    }

    private static func looksLikeNormalMutex(_ sight: EndlessWait.Sight, _ threadCount: Int) -> Bool {
        guard sight.byteCount == 4, sight.wordsBefore?.1 == 0, let waiters = sight.wordAfter else { return false }
        return sight.value == UInt64(busy | hasWaiters) && 1...threadCount ~= Int(waiters)
    }

    /// Of a join, which waits at `detach_state`: `tid` is two words before.
    private static func joined(_ sight: EndlessWait.Sight, _ threadIDs: Set<UInt32>) -> UInt32? {
        sight.wordsBefore.flatMap { id($0.0, threadIDs) }
    }
}

/// A function of a library that waits, by its name.
private struct KnownFunction {
    enum Library: String {
        case wasiLibc = "wasi-libc"
        case rust = "Rust's standard library"
        case zig = "Zig's standard library"
    }

    enum Object: String {
        case mutex = "a mutex"
        case condition = "a condition variable"
        case semaphore = "a semaphore"
        case barrier = "a barrier"
        case readWriteLock = "a read-write lock"
        case once = "an initialisation that runs once"
        case join = "the end of a thread, in a join"
        case parked = "a parked thread's wake-up"
        case event = "an event"
        case stream = "the lock of a stream"
    }

    let library: Library
    let object: Object

    init?(_ name: String) {
        if let object = Self.wasiLibc[name] {
            self.init(library: .wasiLibc, object: object)
        } else if let found = Self.rust.first(where: { row in
            name.utf8.contains(row.0.utf8) || name.utf8.contains(row.1.utf8)
        }) {
            self.init(library: .rust, object: found.2)
        } else if let found = Self.zig.first(where: { name.utf8.contains($0.0.utf8) }) {
            self.init(library: .zig, object: found.1)
        } else {
            return nil
        }
    }

    private init(library: Library, object: Object) {
        self.library = library
        self.object = object
    }

    private static let wasiLibc: [String: Object] = [
        "pthread_mutex_lock": .mutex, "__pthread_mutex_lock": .mutex, "pthread_mutex_timedlock": .mutex,
        "__pthread_mutex_timedlock": .mutex, "pthread_cond_wait": .condition, "pthread_cond_timedwait": .condition,
        "__pthread_cond_timedwait": .condition, "sem_wait": .semaphore, "sem_timedwait": .semaphore,
        "pthread_barrier_wait": .barrier, "pthread_rwlock_rdlock": .readWriteLock,
        "__pthread_rwlock_rdlock": .readWriteLock, "pthread_rwlock_wrlock": .readWriteLock,
        "__pthread_rwlock_wrlock": .readWriteLock, "pthread_rwlock_timedrdlock": .readWriteLock,
        "__pthread_rwlock_timedrdlock": .readWriteLock, "pthread_rwlock_timedwrlock": .readWriteLock,
        "__pthread_rwlock_timedwrlock": .readWriteLock, "pthread_once": .once, "__pthread_once": .once,
        "__pthread_once_full": .once, "pthread_join": .join, "__pthread_join": .join,
        "pthread_timedjoin_np": .join, "__pthread_timedjoin_np": .join, "__lockfile": .stream,
    ]
    /// The path of the module, as linkers demangle it and as it is.
    private static let rust: [(String, String, Object)] = [
        ("::sync::mutex::futex::", "4sync5mutex5futex", .mutex),
        ("::sync::condvar::futex::", "4sync7condvar5futex", .condition),
        ("::sync::rwlock::futex::", "4sync6rwlock5futex", .readWriteLock),
        ("::sync::once::futex::", "4sync4once5futex", .once),
        ("::sync::thread_parking::futex::", "4sync14thread_parking5futex", .parked),
    ]
    private static let zig: [(String, Object)] = [
        ("Thread.Mutex.", .mutex), ("Thread.Condition.", .condition), ("Thread.RwLock.", .readWriteLock),
        ("Thread.Semaphore.", .semaphore), ("Thread.ResetEvent.", .event), ("Thread.WaitGroup.", .event),
        ("Thread.WasiThreadImpl.join", .join),
    ]
}

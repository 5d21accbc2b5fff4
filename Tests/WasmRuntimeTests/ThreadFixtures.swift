// What the tests of threads share: host threads, counters to wait for, groups whose instances are closures.

import Glibc
import Synchronization
import Testing
import WasmModule

import WasmRuntime

/// An instance that is a closure.
final class FakeInstance: ThreadInstance {
    typealias Body = @Sendable (GuestThread, UInt32) throws(Trap) -> Void
    private let body: Body
    private let onRelease: @Sendable () -> Void

    init(onRelease: @escaping @Sendable () -> Void = {}, _ body: @escaping Body) {
        self.body = body
        self.onRelease = onRelease
    }

    deinit { onRelease() }

    func run(on thread: GuestThread, startArgument: UInt32) throws(Trap) {
        try body(thread, startArgument)
    }
}

func makeGroup(
    _ limits: ThreadLimits = ThreadLimits(), stacks: StackCache = StackCache(),
    _ body: @escaping FakeInstance.Body
) -> ThreadGroup {
    ThreadGroup(name: "test", limits: limits, stacks: stacks) { FakeInstance(body) }
}

/// Cells of memory that guests would share.
final class Cells: @unchecked Sendable {
    // SENDABLE: the cells are atomic.
    let base: UnsafeMutableRawPointer

    init(_ count: Int = 1) {
        base = .allocate(byteCount: count * 8, alignment: 64)
        for index in 0..<count { self[index].initialize(to: Atomic(0)) }
    }

    deinit { base.deallocate() }

    subscript(index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (base + index * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}

/// A value that threads share.
final class Shared<Value>: @unchecked Sendable {
    // SENDABLE: guarded by the mutex.
    fileprivate let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// In memory that the compiler knows nothing about, since it does not know what a mutex does.
    fileprivate let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value.initialize(to: value)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}

/// A number that threads raise and others wait for.
final class Counter: @unchecked Sendable {
    // SENDABLE: guarded by the mutex of `count`.
    private let count = Shared(0)
    private let raised = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() { pthread_cond_init(raised, nil) }

    deinit {
        pthread_cond_destroy(raised)
        raised.deallocate()
    }

    func add(_ more: Int = 1) {
        count.withLock {
            $0 += more
            pthread_cond_broadcast(raised)
        }
    }

    func wait(for least: Int) {
        // The count is read anew under each hold of the mutex: others change it while this thread sleeps.
        pthread_mutex_lock(count.mutex)
        defer { pthread_mutex_unlock(count.mutex) }
        while count.value.pointee < least { pthread_cond_wait(raised, count.mutex) }
    }

    var value: Int { count.withLock { $0 } }
}

/// A thread of the embedder's.
final class HostTask: @unchecked Sendable {
    // SENDABLE: joined by the one who made it.
    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        final class Box { let body: () -> Void; init(_ body: @escaping () -> Void) { self.body = body } }
        let box = Unmanaged.passRetained(Box(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        precondition(result == 0)
    }

    func join() { pthread_join(thread, nil) }
}

/// Runs `body` on `count` host threads, and returns when all are done.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    (0..<count).map { index in HostTask { body(index) } }.forEach { $0.join() }
}

/// Yields until `count` threads wait at an address. There is no event for that but the queue itself.
func untilWaiting(_ count: Int, at address: UnsafeMutableRawPointer) {
    while ParkingLot.waiterCount(address: address) != count { sched_yield() }
}

/// What the kernel calls a host thread of this process, as its directory under /proc says.
func hostThreadName(_ thread: String) -> String {
    guard let file = fopen("/proc/\(thread)/comm", "r") else { return "" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return "" }
    return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func entries(of directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}

/// How many host threads of this process have a name that begins with `prefix`.
func hostThreads(named prefix: String) -> Int {
    entries(of: "/proc/self/task").count { hostThreadName("self/task/\($0)").hasPrefix(prefix) }
}

/// How many of them stay. A thread that was joined can be listed for a moment more, until the kernel has
/// put it away.
func hostThreadsLeft(named prefix: String) -> Int {
    for _ in 0..<100_000 {
        if hostThreads(named: prefix) == 0 { return 0 }
        sched_yield()
    }
    return hostThreads(named: prefix)
}

/// How many descriptors of this process are eventfds.
func eventDescriptors() -> Int {
    entries(of: "/proc/self/fd").count { descriptor in
        var target = [CChar](repeating: 0, count: 64)
        let length = max(readlink("/proc/self/fd/\(descriptor)", &target, 64), 0)
        let text = String(decoding: target.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text == "anon_inode:[eventfd]"
    }
}

/// One after another, since they count the host threads of the whole process.
@Suite(.timeLimit(.minutes(5)), .serialized) enum ThreadTests {}

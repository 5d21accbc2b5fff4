// What is asked for and not compiled yet.
//
// A program that has run for some time is likely to run for as long again, and one that has just begun may
// just as well end at once. So a request waits until the engine is as old as its compilation will take: a
// program that ends before has not paid for what it could not use, and one that goes on has lost as much
// again at most. What belongs to a module that is gone is forgotten.

import WasmCompiler
import WasmRuntime

struct RequestQueue {
    enum Next {
        /// Requests of one module, whose time has come.
        case batch(CompilationBatch)
        /// Nothing before so many nanoseconds have passed.
        case later(UInt64)
        case nothing
    }

    private var requests: [CompilationRequest] = []
    /// About how long LLVM takes for a byte of a function's body.
    private let nanosecondsPerByte: UInt64
    /// How much memory LLVM may take at once, about.
    private let memoryLimit: UInt64

    init(nanosecondsPerByte: UInt64, memoryLimit: UInt64 = .max) {
        self.nanosecondsPerByte = nanosecondsPerByte
        self.memoryLimit = memoryLimit
    }

    /// What LLVM has no memory for stays with the interpreter.
    mutating func append(_ request: CompilationRequest) {
        guard CompilationLimits.memory(forBytes: request.bodyBytes) <= memoryLimit else { return }
        requests.append(request)
    }

    /// Forgets them, and gives them to the caller.
    mutating func removeAll() -> [CompilationRequest] {
        defer { requests = [] }
        return requests
    }

    /// As many as are worth one object, of about `largestBatch` bytes of functions. `age` is the engine's, in
    /// nanoseconds.
    mutating func takeNext(_ largestBatch: Int, age: UInt64) -> Next {
        var batch: CompilationBatch?
        var (bytes, memory) = (0, UInt64(0))
        var rest: [CompilationRequest] = []
        var wait = UInt64.max
        for request in requests {
            guard let module = request.module else { continue }
            let time = UInt64(request.bodyBytes) * nanosecondsPerByte
            let (bytesThen, memoryThen) = (
                bytes + request.bodyBytes, memory + CompilationLimits.memory(forBytes: request.bodyBytes)
            )
            let fits = batch.map {
                module.module === $0.module && bytesThen <= largestBatch && memoryThen <= memoryLimit
            }
            if time <= age, fits ?? true {
                if batch == nil { batch = CompilationBatch(of: module) }
                batch?.add(request)
                (bytes, memory) = (bytesThen, memoryThen)
            } else {
                rest.append(request)
                if time > age { wait = min(wait, time - age) }
            }
        }
        requests = rest
        if let batch { return .batch(batch) }
        return rest.isEmpty ? .nothing : .later(wait)
    }
}

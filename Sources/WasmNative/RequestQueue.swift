// What is asked for and not compiled yet.
//
// A program that has run for some time is likely to run for as long again, and one that has just begun may
// just as well end at once. So a request waits until the engine is as old as its compilation will take: a
// program that ends before has not paid for what it could not use, and one that goes on has lost as much
// again at most.

struct RequestQueue {
    enum Next {
        /// Requests of one module, whose time has come.
        case batch([CompilationRequest])
        /// Nothing before so many nanoseconds have passed.
        case later(UInt64)
        case nothing
    }

    private var requests: [CompilationRequest] = []
    /// About how long LLVM takes for a byte of a function's body.
    private let nanosecondsPerByte: UInt64

    init(nanosecondsPerByte: UInt64) { self.nanosecondsPerByte = nanosecondsPerByte }

    mutating func append(_ request: CompilationRequest) { requests.append(request) }

    mutating func removeAll() { requests = [] }

    /// As many as are worth one object, of about `largestBatch` bytes of functions. `age` is the engine's, in
    /// nanoseconds.
    mutating func takeNext(_ largestBatch: Int, age: UInt64) -> Next {
        var batch: [CompilationRequest] = []
        var bytes = 0
        var rest: [CompilationRequest] = []
        var wait = UInt64.max
        for request in requests {
            let time = UInt64(request.bodyBytes) * nanosecondsPerByte
            let isFirst = batch.isEmpty
            if time <= age,
                isFirst || (request.module === batch[0].module && bytes + request.bodyBytes <= largestBatch)
            {
                batch.append(request)
                bytes += request.bodyBytes
            } else {
                rest.append(request)
                if time > age { wait = min(wait, time - age) }
            }
        }
        requests = rest
        if !batch.isEmpty { return .batch(batch) }
        return rest.isEmpty ? .nothing : .later(wait)
    }
}

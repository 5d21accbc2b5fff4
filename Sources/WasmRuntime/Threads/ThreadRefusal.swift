// Why a thread could not be had. Nothing has happened then: no TID, stack or instance is left behind.

import Platform

package enum ThreadRefusal: Error, Hashable, Sendable {
    /// The process ends or has ended.
    case ending
    /// As many threads as the limit allows live already.
    case limitReached(Int)
    case noStack(SystemError)
    case noHostThread(SystemError)
    /// The module could not be instantiated again; why.
    case noInstance(String)
    /// `wasi_thread_start` is missing or of a wrong type.
    case noThreadStart
}

extension ThreadRefusal {
    /// What `thread-spawn` returns: an errno of WASI, negative.
    /// https://github.com/WebAssembly/wasi-threads#detailed-design-discussion
    package var code: Int32 {
        let again: Int32 = 6
        let notExecutable: Int32 = 45
        let noMemory: Int32 = 48
        switch self {
        case .ending, .limitReached, .noHostThread: return -again
        case .noStack, .noInstance: return -noMemory
        case .noThreadStart: return -notExecutable
        }
    }
}

extension ThreadRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ending: "the process is ending"
        case .limitReached(let limit): "the limit of \(counted(limit, "thread")) is reached"
        case .noStack(let error): "no memory for the thread's stack: \(error)"
        case .noHostThread(let error): "the system has no thread to give: \(error)"
        case .noInstance(let reason): "the module could not be instantiated for the thread: \(reason)"
        case .noThreadStart: "the module does not export a function wasi_thread_start (i32, i32) -> ()"
        }
    }
}

/// A call that would wait for its own thread.
package struct ThreadGroupMisuse: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String {
        "a thread of the process cannot wait for the process's threads to end: it is one of them"
    }
}

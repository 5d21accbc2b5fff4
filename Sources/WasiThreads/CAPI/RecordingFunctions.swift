// wasi_threads_wasi_config_keep_stats, _set_trace, wasi_threads_process_stats, _finish_trace.

import CWasiThreads
import Platform
import WasmRuntime

@c @implementation
public func wasi_threads_wasi_config_keep_stats(_ config: OpaquePointer?) -> OpaquePointer? {
    unsafe changing(config) { $0.keepsStatistics = true }
}

@c @implementation
public func wasi_threads_wasi_config_set_trace(_ config: OpaquePointer?, _ descriptor: Int32) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        guard descriptor == -1 || isOpenDescriptor(descriptor) else {
            throw EmbedderError(.system, "The descriptor \(descriptor) is not open.")
        }
        config.trace = descriptor == -1 ? nil : descriptor
    }
}

@c @implementation
public func wasi_threads_process_stats(
    _ process: OpaquePointer?, _ stats: UnsafeMutablePointer<wasi_threads_stats_t>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let process = unsafe try Handle.object(process, as: Process.self)
        let stats = unsafe try required(stats, "stats")
        unsafe stats.pointee = wasi_threads_stats_t(try process.statistics())
    }
}

@c @implementation
public func wasi_threads_process_finish_trace(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try unsafe Handle.object(process, as: Process.self).finishTrace()
    }
}

extension wasi_threads_stats_t {
    fileprivate init(_ statistics: ProcessStatistics) {
        self.init()
        let figures = statistics.figures
        nanoseconds = figures.nanoseconds
        threads_made = UInt64(figures.threadsMade)
        threads_most = UInt64(figures.mostAlive)
        running_nanoseconds = figures.times.running
        waiting_nanoseconds = figures.times.waiting
        host_nanoseconds = figures.times.inHost
        paused_nanoseconds = figures.times.paused
        memory_bytes = statistics.memoryBytes
        functions = UInt64(statistics.functionCount)
        functions_compiled = UInt64(statistics.compiledFunctionCount)
        call_count = figures.calls.count
        wait_count = figures.waits.count
        store(figures.calls, in: &calls)
        store(figures.waits, in: &waits)
    }
}

/// Stores costs in an array of C, which has room for all.
private func store<Costs>(_ costs: [RecordedFigures.Cost], in array: inout Costs) {
    unsafe withUnsafeMutableBytes(of: &array) { buffer in
        let places = unsafe buffer.assumingMemoryBound(to: wasi_threads_cost_t.self)
        for (index, cost) in costs.prefix(places.count).enumerated() {
            unsafe places[index].count = cost.cost.count
            unsafe places[index].nanoseconds = cost.cost.nanoseconds
            unsafe places[index].address = cost.address
            unsafe copy(cost.name, to: &places[index].function)
        }
    }
}

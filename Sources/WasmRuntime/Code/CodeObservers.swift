// What profilers and debuggers are told of compiled code, where the environment asks for it:
//
//     WASI_THREADS_PERF=map   a line for each function in /tmp/perf-PID.map, which perf reads
//     WASI_THREADS_GDB=on     each object with its addresses, by GDB's interface for such code
//
// Always true: nothing happens without being asked for; what cannot be told is left out.

import Platform
import Synchronization

package enum CodeObservers {
    package static let perfMap: String? =
        HostVariable.perf.holds("map") ? "/tmp/perf-\(HostProcess.id).map" : nil
    package static let hasDebugger = HostVariable.gdb.holds("on")

    /// A piece of code, as others shall call it.
    package struct Function {
        package let name: String
        package let address: UInt
        package let byteCount: UInt64

        package init(name: String, address: UInt, byteCount: UInt64) {
            self.name = name
            self.address = address
            self.byteCount = byteCount
        }
    }

    private static let fileLock = Mutex(())

    package static func writeMap(_ functions: [Function]) {
        guard let perfMap else { return }
        let lines = functions.filter { $0.byteCount > 0 }.map {
            "\(String($0.address, radix: 16)) \(String($0.byteCount, radix: 16)) \($0.name)\n"
        }
        fileLock.withLock { _ in try? append(lines.joined(), toFile: perfMap) }
    }
}

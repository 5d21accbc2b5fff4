// Events of a timeline, and how they are written: JSON that Perfetto and other viewers open.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (Trace Event Format)

import WasmModule

struct TraceEvent {
    enum Kind: UInt8 {
        /// From the beginning of a thread to its end.
        case life
        /// Of a function of the host, by the index of the import.
        case call
        /// At an address.
        case wait
        case pause
        /// Of a thread, by its TID: where it is asked for, and where it begins.
        case spawn
        case begun
        /// How many bytes a memory has by now.
        case memory
        /// Of so many functions.
        case compilation
    }

    let kind: Kind
    let start: UInt64
    /// 0 for what takes no time.
    let end: UInt64
    let argument: UInt64
}

/// Makes lines of events.
struct TraceFormat {
    /// When the process was made: the zero of the timeline.
    let beginning: UInt64
    /// Of the functions of the host.
    let functionNames: [String]

    static let head = Array("[\n".utf8)
    /// Viewers take a number of a thread only once in a process, and 0 for something else.
    private static let process = 1
    private static let compiler: UInt64 = 1 << 32

    func lines(_ events: [TraceEvent], of thread: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events { append(event, thread: UInt64(thread) + 1, to: &bytes) }
        return bytes
    }

    /// The last lines, with what the compiler did and how threads are called.
    func tail(_ compilations: [TraceEvent], threads: [(id: UInt32, name: String?)], process: String) -> [UInt8] {
        var bytes: [UInt8] = []
        // Threads may compile at the same time; slices of one thread may not overlap.
        var ends: [UInt64] = []
        for event in compilations.sorted(by: { $0.start < $1.start }) {
            let lane = ends.firstIndex { $0 <= event.start } ?? ends.count
            if lane == ends.count { ends.append(0) }
            ends[lane] = event.end
            append(event, thread: Self.compiler + UInt64(lane), to: &bytes)
        }
        for lane in ends.indices { name(Self.compiler + UInt64(lane), "compiler", &bytes) }
        for thread in threads {
            let number = thread.id == 0 ? "main" : "thread \(thread.id)"
            name(UInt64(thread.id) + 1, thread.name.map { "\(number) (\($0))" } ?? number, &bytes)
        }
        bytes += "{\"ph\":\"M\",\"pid\":\(Self.process),\"name\":\"process_name\",".utf8
        bytes += "\"args\":{\"name\":\(Self.quoted(process))}}\n]\n".utf8
        return bytes
    }

    private func name(_ thread: UInt64, _ name: String, _ bytes: inout [UInt8]) {
        bytes += "{\"ph\":\"M\",\"pid\":\(Self.process),\"tid\":\(thread),\"name\":\"thread_name\",".utf8
        bytes += "\"args\":{\"name\":\(Self.quoted(name))}},\n".utf8
    }

    private func append(_ event: TraceEvent, thread: UInt64, to bytes: inout [UInt8]) {
        let start = microseconds(event.start &- min(event.start, beginning))
        let head = "\"pid\":\(Self.process),\"tid\":\(thread),\"ts\":\(start)"
        func slice(_ category: String, _ name: String, _ arguments: String = "") {
            let duration = microseconds(event.end &- min(event.end, max(event.start, beginning)))
            bytes += "{\"ph\":\"X\",\(head),\"dur\":\(duration),\"cat\":\"\(category)\",".utf8
            bytes += "\"name\":\(name)\(arguments)},\n".utf8
        }
        switch event.kind {
        case .life: slice("thread", "\"run\"")
        case .call: slice("host", Self.quoted(functionNames[Int(event.argument)]))
        case .wait:
            let address = "0x\(String(event.argument, radix: 16))"
            slice("wait", "\"wait at \(address)\"", ",\"args\":{\"address\":\"\(address)\"}")
        case .pause: slice("pause", "\"paused\"")
        case .compilation: slice("compile", "\"compile\"", ",\"args\":{\"functions\":\(event.argument)}")
        case .spawn, .begun:
            // An arrow from the one to the other.
            let end = event.kind == .spawn ? "\"ph\":\"s\"" : "\"ph\":\"f\",\"bp\":\"e\""
            bytes += "{\(end),\(head),\"id\":\(event.argument),\"cat\":\"spawn\",\"name\":\"spawn\"},\n".utf8
        case .memory:
            bytes += "{\"ph\":\"C\",\(head),\"name\":\"memory\",\"args\":{\"bytes\":\(event.argument)}},\n".utf8
        }
    }

    /// With the nanoseconds as three digits.
    private func microseconds(_ nanoseconds: UInt64) -> String {
        let rest = String(nanoseconds % 1000)
        return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }

    /// A string of JSON.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

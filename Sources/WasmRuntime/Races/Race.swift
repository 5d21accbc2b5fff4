// A data race, as it is told: two accesses that nothing orders, with their stacks and their threads.

import Platform

/// Two accesses to the same bytes by two threads, at least one of which writes, and of which neither comes before the
/// other; both atomic they are none.
package struct Race: Sendable {
    /// A thread, which may be gone.
    package struct Actor: Sendable {
        package let id: UInt32
        package let origin: ThreadOrigin
        package let name: String?
        /// Who has spawned it, and where; nil for one that the embedder has brought.
        package let spawner: UInt32?
        package let spawnFrames: [Trap.Frame]
    }

    package struct Access: Sendable {
        package let isWrite: Bool
        package let isAtomic: Bool
        /// What it touches of the eight bytes that the address is in.
        package let address: UInt64
        package let byteCount: Int
        /// nil where the thread is gone for long.
        package let actor: Actor?
        /// The innermost first; none where there was no room to keep them.
        package let frames: [Trap.Frame]
    }

    /// The number of the memory, and the first address of which both are.
    package let memory: UInt32
    package let address: UInt64
    /// How many bytes from there on both touch.
    package let byteCount: Int
    /// The one that found it.
    package let access: Access
    /// The one before.
    package let earlier: Access
}

extension Race {
    var accesses: [Access] { [access, earlier] }

    /// Sentences, each with the frames that belong to it.
    private var paragraphs: [(sentence: String, frames: [Trap.Frame])] {
        let place = memory == 0 ? "" : " in the memory \(memory)"
        let at = "0x\(String(address, radix: 16))"
        var told: [(String, [Trap.Frame])] = [
            ("Data race at the address \(at)\(place): nothing orders two accesses to it.", []),
            ("\(access.subject) \(access.isWrite ? "writes" : "reads") \(access.object):", access.frames),
            (
                "\(earlier.subject) \(earlier.isWrite ? "has written" : "has read") \(earlier.object) before:",
                earlier.frames
            ),
        ]
        for actor in Set(accesses.compactMap(\.actor?.id)).sorted() {
            guard let actor = accesses.compactMap(\.actor).first(where: { $0.id == actor }) else { continue }
            actor.told.map { told.append($0) }
        }
        return told
    }
}

extension Race: CustomStringConvertible {
    /// A line for each sentence, and one for each frame.
    package var description: String {
        var lines: [String] = []
        for (sentence, frames) in paragraphs {
            lines.append(lines.isEmpty ? sentence : "  \(sentence)")
            lines += frames.map { "    at \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}

extension Race.Access {
    fileprivate var subject: String { actor?.subject ?? "A thread that is gone for long" }

    fileprivate var object: String {
        let count = byteCount == 1 ? "1 byte" : "\(byteCount) bytes"
        return "\(count) at 0x\(String(address, radix: 16))\(isAtomic ? " atomically" : "")"
    }
}

extension Race.Actor {
    fileprivate var subject: String {
        let named = name.map { " (\(shown($0)))" } ?? ""
        return (id == 0 ? "The main thread" : "Thread \(id)") + named
    }

    /// How it came to be; nil for the main thread.
    fileprivate var told: (String, [Trap.Frame])? {
        guard id != 0 else { return nil }
        guard let spawner else {
            return (origin == .attached ? "\(subject) was attached." : "\(subject) was spawned by the host.", [])
        }
        let by = spawner == 0 ? "the main thread" : "thread \(spawner)"
        return ("\(subject) was spawned by \(by)\(spawnFrames.isEmpty ? "." : ":")", spawnFrames)
    }
}

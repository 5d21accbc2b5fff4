// The threads of a process, and its end.

import WasmRuntime

extension Process {
    /// Spawns a thread as the guest does, and returns its TID.
    package func spawn(startArgument: UInt32) throws(EmbedderError) -> UInt32 {
        if let outcome = group.outcome { throw EmbedderError(afterEnd: outcome) }
        do {
            return try group.startThread(startArgument: startArgument)
        } catch {
            throw embedderError(error)
        }
    }

    /// Waits until the thread with this TID is gone.
    package func join(_ id: UInt32) throws(EmbedderError) {
        do {
            _ = try group.join(id)
        } catch {
            throw .onGuestThread
        }
    }

    /// Waits until no spawned thread lives.
    package func waitForThreads() throws(EmbedderError) {
        do {
            try group.waitForAll()
        } catch {
            throw .onGuestThread
        }
    }

    /// Ends all threads and does not wait for it. `reason` is a sentence.
    package func end(_ reason: String) { group.end(.ended(reason)) }

    /// Ends the process after this time, in place of a limit set before; 0 is none.
    package func setTimeLimit(nanoseconds: UInt64) throws(EmbedderError) {
        guard takeLimit(nanoseconds, \.hasTimeLimit) else { return }
        do {
            try group.setDeadline(after: nanoseconds == 0 ? nil : nanoseconds)
        } catch {
            throw embedderError(error)
        }
    }

    /// Ends the process, and waits until all its threads and all calls into it are gone.
    package func close() throws(EmbedderError) {
        guard !group.includesCurrentThread else { throw .onGuestThread }
        group.end(.ended("The process was deleted."))
        let outcome = try finish()
        let left = attached.withLock { threads in
            defer { threads = [:] }
            return threads.values
        }
        for thread in left { thread.abandon(outcome) }
    }

    /// How the process ended; nil while it lives.
    package var outcome: Outcome? { group.outcome }

    func finish() throws(EmbedderError) -> Outcome {
        let outcome: Outcome
        do {
            outcome = try group.finish()
        } catch {
            throw .onGuestThread
        }
        // What is wrong with a timeline is told to whoever asks.
        try? group.recorder?.finish(main.code, process: programName)
        return outcome
    }

    /// Why there is no thread.
    func embedderError(_ refusal: ThreadRefusal) -> EmbedderError {
        let message = "The process has no thread to run on: \(refusal.description)."
        switch refusal {
        case .ending:
            guard let outcome = group.outcome else { preconditionFailure("only an end is refused so") }
            return EmbedderError(afterEnd: outcome)
        case .limitReached: return EmbedderError(.limit, message)
        case .noThreadStart: return EmbedderError(.export, message)
        case .noStack, .noHostThread, .noInstance: return EmbedderError(.system, message)
        }
    }
}

extension EmbedderError {
    static var onGuestThread: EmbedderError {
        EmbedderError(.misuse, "A thread that is inside the process cannot wait for the process's threads.")
    }

    /// An end that leaves no result to give.
    init(_ outcome: Outcome) {
        switch outcome {
        case .returned: self.init(.ended, "The process ended since _start returned.")
        case .exited(let status): self.init(exitStatus: status)
        case .trapped(let trap, let thread): self.init(trap, thread: thread)
        case .ended(let reason): self.init(.ended, reason)
        case .deadlocked(let deadlock): self.init(deadlock)
        }
    }

    /// What a call gets that comes after the end.
    init(afterEnd outcome: Outcome) {
        self.init(outcome)
        if kind != .ended {
            message = "The process has ended. \(message)"
            kind = .misuse
        }
    }
}

// What threads of the library do while a fork of the process waits.

import CMachine

package enum ForkGate {
    /// For what takes locks of the loader's or of Swift's runtime for the first time: a child that is forked
    /// meanwhile would find them held for ever. Nests.
    package static func holding<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        machine_fork_hold()
        defer { machine_fork_release() }
        return try body()
    }

    /// For what takes long, or sleeps, inside of that.
    package static func letting<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let depth = machine_fork_release_all()
        defer { machine_fork_hold_again(depth) }
        return try body()
    }
}

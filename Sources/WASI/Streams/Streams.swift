// What the standard streams of a process can be.

/// Where a process reads from.
package enum InputSource: Sendable {
    /// Always at its end.
    case null
    /// The standard input of the host process itself. Never closed.
    case inherited
    /// Any descriptor of the host. Duplicated; the one given stays the embedder's.
    case descriptor(CInt)
    case buffer(InputBuffer)
    case function(InputFunction)
}

/// Where a process writes to.
package enum OutputSink: Sendable {
    /// Takes everything and keeps nothing.
    case null
    /// The stream of the host process itself that has the same number. Never closed.
    case inherited
    /// Any descriptor of the host. Duplicated; the one given stays the embedder's.
    case descriptor(CInt)
    case buffer(OutputBuffer)
    case function(OutputFunction)
}

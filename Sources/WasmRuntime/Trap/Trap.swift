// A trap with the frames of the thread that met it.

import Platform
import WasmDebug

package struct Trap: Error, Sendable {
    /// A function that was active, the innermost first.
    package struct Frame: Hashable, Sendable {
        /// The index in the module's function index space.
        package var functionIndex: UInt32
        /// From the module's name section.
        package var name: String?
        /// The offset of the instruction in the module's binary, in bytes.
        package var offset: Int
        /// In the source, where the module tells.
        package var place: SourcePlace?
        /// Whether it is part of the frame after it.
        package var isInlined = false

        package init(functionIndex: UInt32, name: String?, offset: Int) {
            self.functionIndex = functionIndex
            self.name = name
            self.offset = offset
        }
    }

    /// How many are told: a deep recursion need not be told to its end.
    package static let maximumFrames = 100

    package var reason: TrapReason
    /// What the host function said, for `.hostError`.
    package var message: String?
    package var frames: [Frame]
    /// For `.uncaughtException`.
    package var exception: GuestException?
    /// Where the thread has used up its stack in linear memory, which may be why.
    package var stackOverflow: StackOverflow?
    /// What the embedder calls the thread.
    package var threadName: String?

    package init(_ reason: TrapReason, message: String? = nil, frames: [Frame] = [], exception: GuestException? = nil) {
        self.reason = reason
        self.message = message
        self.frames = frames
        self.exception = exception
    }
}

extension Trap.Frame: CustomStringConvertible {
    /// As a line: `name (function 12, offset 0x1a2b) file.c:3:4`.
    package var description: String {
        let function = "function \(functionIndex), offset 0x\(String(offset, radix: 16))"
        let what = isInlined ? "inlined" : function
        let source = place.map { " \(shown($0.file)):\($0.line)\($0.column > 0 ? ":\($0.column)" : "")" } ?? ""
        return (name.map { "\(shown($0)) (\(what))" } ?? what) + source
    }
}

extension Trap: CustomStringConvertible {
    package var description: String { message ?? reason.description }
}

// The names in an object that the compiler makes.

package enum Symbol: Hashable, Sendable {
    /// The function with this index among those that the module defines, to be called from compiled code.
    case function(Int)
    /// What calls a function of this type from a frame: `MachineNativeEntry`.
    case entry(typeIndex: Int)
    /// What goes on with a call at a loop: `MachineLoopEntry`.
    case loop(function: Int, loop: Int)

    package var name: String {
        switch self {
        case .function(let index): "function.\(index)"
        case .entry(let index): "entry.\(index)"
        case .loop(let function, let loop): "loop.\(function).\(loop)"
        }
    }

    /// Which function the code behind a symbol is of; nil where it is of none.
    package static func definedIndex(ofName name: String) -> Int? {
        let parts = name.split(separator: ".")
        guard parts.count >= 2, parts[0] == "function" || parts[0] == "loop" else { return nil }
        return Int(parts[1])
    }
}

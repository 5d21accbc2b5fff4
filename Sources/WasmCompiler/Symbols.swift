// The names in an object that the compiler makes.

package enum Symbol: Hashable, Sendable {
    /// The function with this index among those that the module defines, to be called from compiled code.
    case function(Int)
    /// What calls a function of this type from a frame: `MachineNativeEntry`.
    case entry(typeIndex: Int)
    /// The same function, to go on with a call at any of its loops.
    case loops(Int)
    /// What calls that: `MachineOSREntry`.
    case osrEntry(Int)

    package var name: String {
        switch self {
        case .function(let index): "function.\(index)"
        case .entry(let index): "entry.\(index)"
        case .loops(let index): "loops.\(index)"
        case .osrEntry(let index): "osrEntry.\(index)"
        }
    }

    /// nil for what is no symbol of the compiler's that others look for.
    package init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().compactMap { Int($0) }
        guard numbers.count == parts.count - 1, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
        switch (parts[0], numbers.count) {
        case ("function", 1): self = .function(numbers[0])
        case ("entry", 1): self = .entry(typeIndex: numbers[0])
        case ("loops", 1): self = .loops(numbers[0])
        case ("osrEntry", 1): self = .osrEntry(numbers[0])
        default: return nil
        }
    }

    /// Which function the code behind a symbol is of; nil where it is of none.
    package var definedIndex: Int? {
        switch self {
        case .function(let index), .loops(let index): index
        case .entry, .osrEntry: nil
        }
    }
}

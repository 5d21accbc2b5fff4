// The largest module that this library accepts.
//
// The numbers are those that browsers agreed on, so that a module that loads there loads here.
// https://webassembly.github.io/spec/js-api/#limits

enum ImplementationLimits {
    static let moduleSize = 1_073_741_824
    static let types = 1_000_000
    static let functions = 1_000_000
    static let imports = 1_000_000
    static let exports = 1_000_000
    static let globals = 1_000_000
    static let dataSegments = 100_000
    static let tables = 100_000
    static let tags = 1_000_000
    static let memories = 100
    /// The entries of one element segment.
    static let segmentEntries = 10_000_000
    /// Element segments have no number of their own there; the one of data segments serves.
    static let elementSegments = 100_000
    static let parameters = 1_000
    static let results = 1_000
    static let bodySize = 7_654_321
    /// Parameters included.
    static let locals = 50_000
    /// Operands on the stack where an instruction pushes many at once. Without a bound, two bytes that call
    /// a function of a thousand results would cost the validator kilobytes.
    static let operands = 1_000_000
}

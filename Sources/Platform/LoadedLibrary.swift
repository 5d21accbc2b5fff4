// Symbols of a library of the host that is loaded already.

import Glibc

package enum LoadedLibrary {
    /// Calls `body` with a function that finds symbols: of `handle`, which dlopen gave, or for nil of the
    /// program and the libraries that it was started with.
    package static func withSymbols<Result, Failure: Error>(
        of handle: UnsafeMutableRawPointer?,
        _ body: ((String) -> UnsafeMutableRawPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let program = handle == nil ? dlopen(nil, RTLD_LAZY) : nil
        defer { if let program { dlclose(program) } }
        return try body { dlsym(handle ?? program, $0) }
    }
}

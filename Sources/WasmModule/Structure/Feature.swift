// The features of WebAssembly beyond version 1, by the names their proposals have.
//
// `wasi-threads inspect` prints which of them a module uses, and a refusal at load names the one that
// is not supported. https://webassembly.org/features/

package enum Feature: String, CaseIterable, Sendable {
    case mutableGlobals = "mutable-global"
    case signExtension = "sign-extension"
    case saturatingConversions = "nontrapping-float-to-int"
    case multiValue = "multi-value"
    case bulkMemory = "bulk-memory"
    case referenceTypes = "reference-types"
    case extendedConstants = "extended-const"
    case threads
    case simd
    case relaxedSIMD = "relaxed-simd"
    case tailCalls = "tail-call"
    case multipleMemories = "multi-memory"
    case memory64
    case exceptionHandling = "exception-handling"
    /// The encoding that came before the one of version 3.
    case legacyExceptions = "legacy-exceptions"
    case functionReferences = "function-references"
    case garbageCollection = "gc"
    case customPageSizes = "custom-page-sizes"
    case wideArithmetic = "wide-arithmetic"

    package static let supported: Set<Feature> = [
        .mutableGlobals, .signExtension, .saturatingConversions, .multiValue, .bulkMemory,
        .referenceTypes, .extendedConstants, .threads, .simd, .relaxedSIMD,
        .tailCalls, .exceptionHandling, .legacyExceptions, .multipleMemories, .memory64, .customPageSizes,
        .wideArithmetic, .functionReferences,
    ]
}

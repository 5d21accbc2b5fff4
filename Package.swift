// swift-tools-version: 6.2
// The targets of libwasi-threads, bottom-up: each may use those above it, never those below.

import PackageDescription

/// Unsafe constructs must be marked. Left out where a whole target is about raw memory.
let strict: [SwiftSetting] = [.strictMemorySafety()]

let package = Package(
    name: "libwasi-threads",
    products: [
        .library(name: "wasi-threads", type: .dynamic, targets: ["SharedLibrary"]),
        .executable(name: "wasi-threads-cli", targets: ["CLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        .target(name: "CMachine", cSettings: [.unsafeFlags(["-O2"])]),
        .target(name: "CRaces", cSettings: [.unsafeFlags(["-O2"])]),
        .target(name: "CLLVM", cSettings: [.unsafeFlags(["-O2"])]),
        .systemLibrary(
            name: "CFFI", path: "Sources/CFFI", pkgConfig: "libffi", providers: [.apt(["libffi-dev"])]),
        .systemLibrary(name: "CWasiThreads", path: "include"),
        .target(name: "Platform", dependencies: ["CMachine"]),
        .target(
            name: "WasmModule", dependencies: ["Platform"], exclude: ["Structure/instructions.txt"],
            swiftSettings: strict),
        .target(name: "WasmDebug", dependencies: ["WasmModule"], swiftSettings: strict),
        .target(name: "WasmRuntime", dependencies: ["CMachine", "CRaces", "Platform", "WasmDebug", "WasmModule"]),
        .target(
            name: "WasmInterpreter", dependencies: ["CMachine", "CRaces", "Platform", "WasmModule", "WasmRuntime"],
            swiftSettings: [
                // Lets the code generator end every operation of the interpreter's loop with a jump of its
                // own, which it does by default for switches of few cases only.
                .unsafeFlags(["-Xllvm", "-tail-dup-pred-size=4096", "-Xllvm", "-tail-dup-succ-size=4096"])
            ]),
        .target(name: "WasmBaseline", dependencies: ["CMachine", "Platform", "WasmModule", "WasmRuntime"]),
        .target(
            name: "WasmCompiler", dependencies: ["CLLVM", "CMachine", "Platform", "WasmModule", "WasmRuntime"]),
        .target(
            name: "WasmNative",
            dependencies: ["CMachine", "Platform", "WasmCompiler", "WasmModule", "WasmRuntime"]),
        .target(
            name: "WASI", dependencies: ["CMachine", "Platform", "WasmModule", "WasmRuntime"], swiftSettings: strict),
        .target(
            name: "NativeCalls", dependencies: ["CFFI", "CMachine", "Platform", "WasmModule", "WasmRuntime"]),
        .target(
            name: "WasiThreads",
            dependencies: [
                "CMachine", "CWasiThreads", "Platform", "WasmDebug", "WasmModule", "WasmRuntime", "WasmInterpreter",
                "WasmBaseline", "WasmNative", "WASI", "NativeCalls",
            ],
            swiftSettings: strict),
        .target(
            name: "CWasmFamilies",
            cSettings: [.headerSearchPath("../../include"), .unsafeFlags(["-O2"])]),
        .target(
            name: "WasmC",
            dependencies: [
                "CMachine", "CWasiThreads", "CWasmFamilies", "Platform", "WasmModule", "WasmRuntime", "WasiThreads",
            ]),
        .target(
            name: "SharedLibrary", dependencies: ["WasiThreads", "WasmC"],
            linkerSettings: [
                // The Swift runtime goes into the library, so that a C or Python user needs no Swift. lld,
                // since gold leaves names that the script makes local in the table of dynamic symbols.
                .unsafeFlags([
                    "-static-stdlib", "-use-ld=lld", "-Xlinker", "-soname=libwasi-threads.so.0",
                    "-Xlinker", "--version-script=\(Context.packageDirectory)/pkgconfig/wasi-threads.map",
                    "-Xlinker", "--exclude-libs=ALL",
                    // The functions of wasm.h call each other here, whatever other library has the same names.
                    "-Xlinker", "-Bsymbolic-functions",
                    // The Swift runtime, handlers of signals and ends of threads outlive a dlclose.
                    "-Xlinker", "-z", "-Xlinker", "nodelete",
                ])
            ]),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "WasiThreads", "WASI", "Platform", "WasmDebug", "WasmModule", "WasmRuntime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict,
            // As for the library; a flag of the whole build would have the tests compile everything again.
            linkerSettings: [
                .unsafeFlags(["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"])
            ]),
        .target(name: "ModuleBytes", dependencies: ["WasmModule"], path: "Tests/ModuleBytes"),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"]),
        .testTarget(name: "WasmModuleTests", dependencies: ["ModuleBytes", "WasmModule"]),
        .testTarget(name: "WasmDebugTests", dependencies: ["Platform", "WasmDebug", "WasmModule"]),
        .testTarget(
            name: "WasmInterpreterTests",
            dependencies: ["ModuleBytes", "WasmInterpreter", "WasmRuntime", "WasmModule", "CMachine"]),
        .testTarget(
            name: "WasmNativeTests",
            dependencies: [
                "CMachine", "ModuleBytes", "WasmBaseline", "WasmCompiler", "WasmInterpreter", "WasmModule",
                "WasmNative", "Platform", "WasmRuntime",
            ]),
        .testTarget(name: "WasmBaselineTests", dependencies: ["WasmBaseline"]),
        .testTarget(name: "WasmRuntimeTests", dependencies: ["Platform", "WasmRuntime", "WasmModule", "CMachine"]),
        .testTarget(name: "NativeCallsTests", dependencies: ["NativeCalls", "WasmModule"]),
        .testTarget(
            name: "WASITests",
            dependencies: ["WASI", "Platform", "WasmRuntime", "WasmModule", "WasmInterpreter", "CMachine"]),
        .testTarget(
            name: "SpecificationTests",
            dependencies: [
                "CMachine", "WasmBaseline", "WasmInterpreter", "WasmModule", "WasmNative", "WasmRuntime",
            ],
            exclude: ["Scripts", "unsupported.txt", "spectest.wat", "spectest-shared.wat"]),
        .testTarget(name: "WasiThreadsTests", dependencies: ["WasiThreads", "CWasiThreads"]),
    ]
)

// Tests take longer to optimise than to run.
for target in package.targets where target.type == .test {
    target.swiftSettings = [.unsafeFlags(["-Onone"])]
}

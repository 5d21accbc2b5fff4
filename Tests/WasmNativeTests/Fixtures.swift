// What the tests share: a module with calls and a loop, its code, and a folder that goes with the test.

import CMachine
import Foundation
import ModuleBytes
import Platform
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

/// A function (i32) -> i32 that counts its argument down in a loop and returns how many iterations it took.
let counting: Bytes = function(
    parameters: [0x7F], results: [0x7F], locals: [1, 1, 0x7F],
    [
        0x03, 0x40,  // loop
        0x20, 1, 0x41, 1, 0x6A, 0x21, 1,  // iterations += 1
        0x20, 0, 0x41, 1, 0x6B, 0x22, 0,  // argument -= 1
        0x0D, 0, 0x0B,  // br_if 0, end
        0x20, 1, 0x0B,
    ])

/// An instance of `counting`, on a stack of its own.
final class Runner {
    let code: ModuleCode
    private let instance: Instance
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private let stack: ValueStack

    init(_ code: ModuleCode) throws {
        self.code = code
        instance = try Instance(code, imports: [], limits: StoreLimits())
        stack = ValueStack(memory: memory)
        try instance.initialize()
    }

    deinit { memory.deallocate() }

    func count(_ iterations: Int32) throws -> [Value] { try call(0, iterations) }

    func call(_ function: UInt32, _ argument: Int32) throws -> [Value] {
        try instance.call(instance.function(function), [.i32(UInt32(bitPattern: argument))], on: stack.context)
    }
}

func code(of module: Module, _ compiler: BackgroundCompiler) -> ModuleCode {
    ModuleCode(
        module, portable: Interpreter(), compiler: compiler,
        digest: unsafe SHA256.digest(of: module.binary.bytes))
}

/// LLVM and the target; nil on a machine without.
func openedLLVM() -> (LLVM, Target)? {
    guard case .success(let llvm) = LLVM.shared(path: nil) else { return nil }
    return (llvm, Target(hostOf: llvm))
}

/// An object of all functions of a module.
func object(of module: Module, _ opened: (LLVM, Target)) throws -> [UInt8] {
    try module.compile(
        CompilationJob(functions: Array(module.functions.indices), loops: [0]), for: opened.1, with: opened.0)
}

/// A directory of the test's own.
final class Folder {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "wasi-threads-" + UUID().uuidString
        try! FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The files in it, at any depth.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []
        return all.map { "\(path)/\($0)" }.filter { file in
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory)
            return exists && !isDirectory.boolValue
        }.sorted()
    }

    /// Its one directory.
    var entries: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().map { "\(path)/\($0)" }
    }
}

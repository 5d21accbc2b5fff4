// LLVM, as this machine has it.
//
// Always true: an object of this class has every function of the table; it is never closed, since LLVM has
// state of its own in the process.

import CLLVM
import Platform
import Synchronization
import WasmRuntime

package final class LLVM: Sendable {
    /// Why there is no compiler.
    package enum Unavailable: Error, Sendable, Equatable {
        case notFound(tried: [String])
        case tooOld(path: String, version: Int)
        case functionMissing(path: String, name: String)
        case noTarget(String)
    }

    // SAFETY: filled in the initialiser, never written again and never freed.
    nonisolated(unsafe) let functions: UnsafePointer<LLVMFunctions>
    package let path: String
    package let version: Int

    /// What is called instead of ending the process when LLVM cannot go on. It must not return. Set once in a
    /// process; LLVM has one for all who use it.
    package func onFatalError(_ handler: @convention(c) (UnsafePointer<CChar>?) -> Void) {
        isHandled.withLock { isHandled in
            if !isHandled { functions.pointee.LLVMInstallFatalErrorHandler(handler) }
            isHandled = true
        }
    }

    /// Calls `body` with the place of the library's code, and its length.
    package func withCode(_ body: (UInt, Int) -> Void) {
        body(functions.pointee.text, functions.pointee.text_length)
    }

    private let isHandled = Mutex(false)
    private static let opened = Mutex<[HostPath?: Result<LLVM, Unavailable>]>([:])

    /// The one that the process has opened from `path`, or from its default names.
    package static func shared(path: HostPath?) -> Result<LLVM, Unavailable> {
        opened.withLock { opened in
            if let known = opened[path] { return known }
            let result = Result { () throws(Unavailable) in try LLVM(path: path) }
            opened[path] = result
            return result
        }
    }

    /// Opens the library at `path`; without one, the newest that the loader finds.
    package init(path: HostPath?) throws(Unavailable) {
        let candidates = path.map { [$0] } ?? Self.defaultNames
        let functions = UnsafeMutablePointer<LLVMFunctions>.allocate(capacity: 1)
        var refusal = Unavailable.notFound(tried: candidates.map(\.description))
        for candidate in candidates {
            var version: UInt32 = 0
            var missing: UnsafePointer<CChar>?
            switch candidate.withCString({ llvm_open($0, functions, &version, &missing) }) {
            case LLVMOpened:
                self.functions = UnsafePointer(functions)
                self.path = candidate.description
                self.version = Int(version)
                functions.pointee.initializeTarget()
                return
            case LLVMTooOld: refusal = .tooOld(path: candidate.description, version: Int(version))
            case LLVMFunctionMissing:
                let name = missing.map { String(cString: $0) } ?? ""
                refusal = .functionMissing(path: candidate.description, name: name)
            default: continue
            }
        }
        functions.deallocate()
        throw refusal
    }

    /// The names that distributions and LLVM's own builds give the library, the newest first.
    private static let defaultNames: [HostPath] =
        ((19...22).reversed().flatMap { ["libLLVM.so.\($0).1", "libLLVM-\($0).so", "libLLVM.so.\($0)"] }
        + ["libLLVM.so"]).map { HostPath($0.utf8) }
}

extension LLVM.Unavailable: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let tried):
            "LLVM is not found: there is no \(tried.joined(separator: ", "))"
        case .tooOld(let path, let version):
            "\(path) is LLVM \(version), and version 19 or later is needed"
        case .functionMissing(let path, let name):
            "\(path) has no function \(name)"
        case .noTarget(let reason):
            "LLVM has no code generator for this machine: \(reason)"
        }
    }
}

extension LLVMFunctions {
    fileprivate func initializeTarget() {
        #if arch(x86_64)
            LLVMInitializeX86TargetInfo()
            LLVMInitializeX86Target()
            LLVMInitializeX86TargetMC()
            LLVMInitializeX86AsmPrinter()
        #elseif arch(arm64)
            LLVMInitializeAArch64TargetInfo()
            LLVMInitializeAArch64Target()
            LLVMInitializeAArch64TargetMC()
            LLVMInitializeAArch64AsmPrinter()
        #endif
    }

    /// A text of LLVM's, which is freed.
    func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
        guard let message else { return "" }
        defer { LLVMDisposeMessage(message) }
        return String(cString: message)
    }
}

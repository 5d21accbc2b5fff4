// Files with compiled code: what is read back, and that nothing broken or foreign is.

import Foundation
import ModuleBytes
import Platform
import Testing
import WasmCompiler
import WasmModule
import WasmNative
import WasmRuntime

@Suite(.timeLimit(.minutes(15))) struct CompiledFiles {
    private static let machine = CodeStamp.ofThisMachine(version: "1.2.3")
    private static let module = Array("the module".utf8)
    private static let objects = [Array("an object".utf8), [], Array("another one".utf8)]

    private static func file(_ stamp: CodeStamp = machine) -> [UInt8] {
        CompiledFile.header(
            stamp, module: SHA256.digest(of: module), moduleByteCount: module.count, objects: objects)
            + module + objects.joined()
    }

    private func error(_ bytes: [UInt8]) -> CompiledFileError? {
        do throws(CompiledFileError) {
            try bytes.withBytes { bytes throws(CompiledFileError) in
                _ = try CompiledFile(bytes, for: Self.machine)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        try Self.file().withUnsafeBytes { bytes in
            let file = try CompiledFile(bytes, for: Self.machine)
            #expect(Array(file.moduleBytes) == Self.module)
            #expect(file.objects.map(Array.init) == Self.objects)
            #expect(file.stamp == Self.machine)
        }
    }

    @Test func everyChangedByteIsSeen() {
        let file = Self.file()
        for index in file.indices {
            for change: UInt8 in [1, 0x80, 0xFF] {
                var changed = file
                changed[index] ^= change
                #expect(error(changed) != nil, "byte \(index)")
            }
        }
    }

    @Test func everyOtherLengthIsSeen() {
        let file = Self.file()
        for count in file.indices { #expect(error(Array(file[..<count])) != nil, "\(count) bytes") }
        #expect(error(file + [0]) == .broken("there is more after its end"))
    }

    @Test func lengthsThatAreTooLarge() {
        // After the magic and the format stands the length of the version.
        for top: UInt8 in [0x7F, 0x80, 0xFF] {
            var file = Self.file()
            file.replaceSubrange(12..<16, with: [0xFF, 0xFF, 0xFF, top])
            #expect(error(file) == .broken("it ends too soon"))
        }
    }

    @Test func whatIsForOthersIsRefusedByName() {
        var other = Self.machine
        other.version = "1.2.4"
        #expect(error(Self.file(other)) == .otherVersion("1.2.4"))
        other = Self.machine
        other.architecture = "m68k-linux"
        #expect(error(Self.file(other)) == .otherArchitecture("m68k-linux"))
        other = Self.machine
        other.layout = SHA256.digest(of: [1])
        #expect(error(Self.file(other)) == .otherLayout)
        other = Self.machine
        other.features += ["no-such-feature"]
        #expect(error(Self.file(other)) == .missingFeatures(["no-such-feature"]))
        other.features = []
        #expect(error(Self.file(other)) == nil, "a processor may have more than is needed")
        var file = Self.file()
        file[8] = 99
        #expect(error(file) == .otherFormat(99))
        #expect(error(preamble) == .notCompiled)
    }
}

@Suite(.timeLimit(.minutes(15))) struct HostileObjects {
    /// Objects with right digests and wrong contents are refused or linked, and never end the host. They are
    /// not run: what runs is decided by whoever wrote the file.
    @Test func changedObjectsAreRefusedOrLinked() throws {
        guard let opened = openedLLVM() else { return }
        let module = try decode(counting)
        let whole = try object(of: module, opened)
        var random = SystemRandomNumberGenerator()
        var refusals = 0
        for _ in 0..<4000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: changed.indices, using: &random)
                let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                changed[index] = values.randomElement(using: &random)!
            }
            if Int.random(in: 0..<8, using: &random) == 0 {
                changed.removeLast(Int.random(in: 0..<changed.count, using: &random))
            }
            if (try? changed.withUnsafeBytes { try CompiledCode($0, of: module) }) == nil { refusals += 1 }
        }
        #expect(refusals > 0)
    }

    @Test func functionsThatTheModuleHasNot() throws {
        guard let opened = openedLLVM() else { return }
        let bytes = try object(of: try decode(counting), opened)
        let empty = try decode(preamble)
        #expect(throws: ObjectError.self) { try bytes.withUnsafeBytes { try CompiledCode($0, of: empty) } }
    }
}

@Suite(.timeLimit(.minutes(15))) struct Targets {
    /// Whoever adds an offset that compiled code uses adds it to what is compared, too.
    @Test func allOffsetsAreCompared() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let offsets = root.appending(path: "Sources/WasmRuntime/Code/MachineLayout.swift")
        let file = root.appending(path: "Sources/WasmCompiler/LLVM/IRModule+Layout.swift")
        let source = try String(contentsOf: file, encoding: .utf8)
        let definitions = try String(contentsOf: offsets, encoding: .utf8)
        let names = definitions.matches(of: /static let (\w+) = MemoryLayout/).map(\.output.1)
        #expect(names.count > 25)
        for name in names { #expect(source.contains("Layout.\(name),"), "\(name)") }
    }

    /// What the table of features says of this processor is what LLVM says.
    @Test func featuresAreThoseThatLLVMFinds() {
        guard let (_, target) = openedLLVM() else { return }
        #expect(Set(target.neededFeatures).isSubset(of: Processor.features))
        // Left out of later versions of LLVM.
        let retired: Set<String> = ["evex512"]
        #expect(Processor.features.subtracting(retired).isSubset(of: target.neededFeatures))
    }

    @Test func symbolsAreReadBack() {
        let symbols: [Symbol] = [
            .function(0), .function(12), .entry(typeIndex: 3), .loops(4),
        ]
        for symbol in symbols { #expect(Symbol(symbol.name) == symbol) }
        for name in [
            "", "function", "function.", "function.-1", "function.1.2", "loops.1.2", "loop.1", "x.1",
            "entry.9999999999999999999",
        ] {
            #expect(Symbol(name) == nil, "\(name)")
        }
    }
}

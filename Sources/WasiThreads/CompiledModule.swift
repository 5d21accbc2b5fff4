// A module with all its functions compiled ahead of time: making one, writing it, and loading it.

import Platform
import WasmModule
import WasmNative
import WasmRuntime

/// What a compiled file holds, not yet in one piece.
package struct CompiledModule: Sendable {
    private let header: [UInt8]
    private let binary: ModuleBinary
    private let objects: [[UInt8]]

    /// Compiles all functions on all processors, as far as the limits of the module's engine go. `progress` is
    /// told, on this thread, how much of it is done, from 0 to 1.
    package init(
        compiling loaded: LoadedModule, progress: (Double) -> Void = { _ in }
    ) throws(EmbedderError) {
        self = try loaded.engine.bounding { bounds throws(EmbedderError) in
            try CompiledModule(loaded.module, bounds, progress)
        }
    }

    private init(
        _ module: Module, _ bounds: CompilationBounds, _ progress: (Double) -> Void
    ) throws(EmbedderError) {
        binary = module.binary
        do throws(NativeFailure) {
            let llvmPath = HostVariable.llvm.path
            let compilation = try ParallelCompilation(all: module, llvmPath: llvmPath, bounds)
            let objects = try Self.objects(of: compilation, progress)
            header = unsafe CompiledFile.header(
                compilation.stamp(version: Version.text.description),
                module: SHA256.digest(of: unsafe binary.bytes), moduleByteCount: binary.count,
                objects: objects)
            self.objects = objects
        } catch {
            throw EmbedderError(error)
        }
    }

    private static func objects(
        of compilation: ParallelCompilation, _ progress: (Double) -> Void
    ) throws(NativeFailure) -> [[UInt8]] {
        // By number, so that the same module gives the same file.
        var objects = [[UInt8]](repeating: [], count: compilation.objectCount)
        var finished = 0
        progress(0)
        try compilation.run { index, object in
            objects[index] = object
            finished += 1
            progress(Double(finished) / Double(objects.count))
        }
        // Of those that are missing the time was up.
        return objects.filter { !$0.isEmpty }
    }

    package var byteCount: Int { objects.reduce(header.count + binary.count) { $0 + $1.count } }

    /// Calls `body` with one part of the file after the other.
    private func forEachPart<E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> Void) throws(E) {
        unsafe try header.withBytes { bytes throws(E) in unsafe try body(bytes) }
        unsafe try body(unsafe binary.bytes)
        for object in objects {
            unsafe try object.withBytes { bytes throws(E) in unsafe try body(bytes) }
        }
    }

    /// Copies all of it into `buffer`, which has room for `byteCount` bytes.
    func copy(to buffer: UnsafeMutableRawBufferPointer) {
        var offset = 0
        unsafe forEachPart { part in
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: part)
            offset += part.count
        }
    }

    /// Puts it into the file at `path`, in place of one that is there. Where that fails, or `isCancelled`
    /// says so when all is written, nothing has changed.
    package func write(
        to path: HostPath, isCancelled: () -> Bool = { false }
    ) throws(EmbedderError) {
        try NewFile.write(to: path) { file throws(SystemError) in
            unsafe try forEachPart { part throws(SystemError) in unsafe try file.write(part) }
            return !isCancelled()
        }
    }
}

// MARK: Loading

extension Engine {
    /// Loads what `CompiledModule` made. The bytes are copied.
    package func loadCompiled(_ bytes: UnsafeRawBufferPointer) throws(EmbedderError) -> LoadedModule {
        let file: CompiledFile
        do {
            file = unsafe try CompiledFile(bytes, for: .ofThisMachine(version: Version.text.description))
        } catch {
            throw EmbedderError(error)
        }
        let binary = unsafe try moduleBinary(file.moduleBytes)
        let module = try Engine.validate(binary, refusing: refusedFeatures)
        return unsafe try LoadedModule(module, engine: self, objects: file.objects)
    }

    /// The same from the file at `path`.
    package func loadCompiled(file path: HostPath) throws(EmbedderError) -> LoadedModule {
        let file: HostDescriptor
        do throws(FileRefusal) {
            file = try openRegularFile(path)
        } catch {
            throw EmbedderError(error, of: path)
        }
        defer { file.close() }
        // Code will be there, so its handlers are; the interpreter does without both.
        if compilingTier != nil {
            do throws(SystemError) {
                try CodeSpace.prepare()
            } catch {
                throw EmbedderError(.file, "Cannot read \(path): \(error.description).")
            }
            if let mapped = MappedFile(file) { return try loadCompiled(mapped) }
        }
        let contents = try Self.contents(of: file, at: path)
        return try withExtendedLifetime(contents) { () throws(EmbedderError) in
            unsafe try loadCompiled(UnsafeRawBufferPointer(contents.bytes))
        }
    }

    /// Loads a module from a descriptor that need not be a file and is read to its end, which may take any time;
    /// where `compiledToo`, what `CompiledModule` made as well. `name` is for messages.
    package func load(
        readingToEnd descriptor: HostDescriptor, named name: HostPath, compiledToo: Bool
    ) throws(EmbedderError) -> LoadedModule {
        let contents = try Self.contents(of: descriptor, at: name, limit: ModuleBinary.maximumByteCount)
        return try withExtendedLifetime(contents) { () throws(EmbedderError) in
            let bytes = UnsafeRawBufferPointer(contents.bytes)
            let isCompiled = unsafe compiledToo && CompiledFile.hasMagic(bytes)
            if isCompiled { return unsafe try loadCompiled(bytes) }
            return unsafe try load(moduleBinary(bytes))
        }
    }

    private static func contents(
        of file: HostDescriptor, at path: HostPath, limit: Int = mostCompiledBytes
    ) throws(EmbedderError) -> HostBytes {
        do throws(FileRefusal) {
            return try file.contents(limit: limit)
        } catch {
            throw EmbedderError(error, of: path)
        }
    }

    /// The largest module with several times as much code.
    private static let mostCompiledBytes = 16 * ModuleBinary.maximumByteCount

    private func loadCompiled(_ mapped: MappedFile) throws(EmbedderError) -> LoadedModule {
        let loaded = unsafe try loadCompiled(mapped.bytes)
        guard mapped.isWhole else { throw EmbedderError(CompiledFileError.broken("it became shorter")) }
        return loaded
    }

    /// Whether the file at `path` is a compiled module, as far as its first bytes tell.
    package static func isCompiled(file path: HostPath) -> Bool {
        guard let file = try? openRegularFile(path) else { return false }
        defer { file.close() }
        return (try? file.firstBytes(CompiledFile.magic.count)) == CompiledFile.magic
    }
}

extension EmbedderError {
    init(_ failure: NativeFailure) {
        if case .cancelled = failure {
            self.init(.ended, "The embedder has cancelled the compilation of the module.")
        } else {
            self.init(.compiler, "The module cannot be compiled: \(failure.description).")
        }
    }

    init(_ error: CompiledFileError) {
        let kind: Kind =
            switch error {
            case .notCompiled, .broken: .malformed
            case .otherFormat, .otherVersion, .otherLayout, .otherArchitecture, .missingFeatures:
                .incompatible
            }
        self.init(kind, "The compiled module cannot be loaded: \(error.description).")
    }
}

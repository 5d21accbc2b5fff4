// A core dump of a process that failed: a module with custom sections for threads and their frames, and the
// memories and globals of all instances.
//
// Always true: the threads are gone, so that nobody changes what is written but whoever shares a memory with the
// process. The memories are written from where they are, and everything else is small.
// https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md

import Platform
import WasmModule
import WasmRuntime

struct CoreDump {
    /// The instances, and the places of their globals and memories in the dump.
    private struct Store {
        private(set) var instances: [(globals: Range<Int>, memories: [Int])] = []
        private(set) var globals: [KeptStack.Global] = []
        private(set) var memories: [MemoryInstance] = []
        private var numbers: [ObjectIdentifier: Int] = [:]

        mutating func add(_ given: [KeptStack.Global], _ those: [MemoryInstance]) {
            instances.append((globals.count..<globals.count + given.count, those.map { number(of: $0) }))
            globals += given
        }

        private mutating func number(of memory: MemoryInstance) -> Int {
            if let number = numbers[ObjectIdentifier(memory)] { return number }
            numbers[ObjectIdentifier(memory)] = memories.count
            memories.append(memory)
            return memories.count - 1
        }
    }

    private let module: Module
    private let program: String
    private let threads: [RemainingThread]
    private let store: Store
    /// Of the threads with an instance of their own, by their places in `threads`.
    private let instances: [Int: Int]
    private let image: MemoryImage
    /// How the process ended, in a sentence.
    private let reason: String

    /// `threads` are in the order in which they will stand; those of the embedder's calls run `main`.
    init(
        of module: Module, named program: String, _ threads: [RemainingThread], main: Instance, reason: String
    ) {
        self.module = module
        self.program = program
        self.threads = threads
        self.reason = reason
        var store = Store()
        var instances: [Int: Int] = [:]
        store.add(main.keptGlobals, main.memories)
        for (index, thread) in threads.enumerated() where thread.origin != .call {
            guard let stack = thread.stack else { continue }
            instances[index] = store.instances.count
            store.add(stack.globals, stack.memories)
        }
        self.store = store
        self.instances = instances
        image = MemoryImage(store.memories)
    }

    /// Hands `write` one part after the other.
    func write(_ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) {
        var output = CoreDumpOutput()
        try output.add([0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00], write)
        for section in [core, modules, instanceList] { try output.add(section.bytes, write) }
        for (index, thread) in threads.enumerated() {
            try output.add(stack(of: thread, instance: instances[index] ?? 0).bytes, write)
        }
        for section in [outcome, memories, globalList] { try output.add(section.bytes, write) }
        try addData(to: &output, write)
        try output.flush(write)
    }

    // MARK: Custom sections

    private var core: BinaryWriter {
        var contents = BinaryWriter()
        contents.byte(0)
        contents.name(program)
        return Self.custom("core", contents)
    }

    private var modules: BinaryWriter {
        var contents = BinaryWriter()
        contents.unsigned(1)
        contents.byte(0)
        contents.name(program)
        return Self.custom("coremodules", contents)
    }

    private var instanceList: BinaryWriter {
        var contents = BinaryWriter()
        contents.unsigned(store.instances.count)
        for place in store.instances {
            contents.byte(0)
            contents.unsigned(0)
            contents.unsigned(place.memories.count)
            place.memories.forEach { contents.unsigned($0) }
            contents.unsigned(place.globals.count)
            place.globals.forEach { contents.unsigned($0) }
        }
        return Self.custom("coreinstances", contents)
    }

    private func stack(of thread: RemainingThread, instance: Int) -> BinaryWriter {
        var contents = BinaryWriter()
        contents.byte(0)
        let number = thread.id == 0 ? "main" : "thread \(thread.id)"
        contents.name(thread.name.map { "\(number) (\($0))" } ?? number)
        let frames = thread.stack?.frames ?? []
        contents.unsigned(frames.count)
        for frame in frames {
            let function = Int(frame.functionIndex) - module.importedFunctionCount
            contents.byte(0)
            contents.unsigned(instance)
            contents.unsigned(UInt64(frame.functionIndex))
            contents.unsigned(max(frame.offset - module.functions[function].body.lowerBound, 0))
            contents.values(frame.values?.locals ?? unavailableLocals(of: function))
            contents.values(frame.values?.operands ?? [])
        }
        return Self.custom("corestack", contents)
    }

    private func unavailableLocals(of function: Int) -> [KnownValue] {
        Array(repeating: .unavailable, count: ControlWalk(module, function: function).locals.count)
    }

    /// The format has no place for it.
    private var outcome: BinaryWriter {
        var sentences = [reason]
        if image.leftOut > 0 {
            let count = counted(image.leftOut, "byte")
            sentences.append("\(count) of the memories are left out: a section has no room for more.")
        }
        var contents = BinaryWriter()
        contents.append(Array(sentences.joined(separator: " ").utf8))
        return Self.custom("wasi-threads.outcome", contents)
    }

    private static func custom(_ name: String, _ contents: BinaryWriter) -> BinaryWriter {
        var writer = BinaryWriter()
        writer.customSection(name, contents)
        return writer
    }

    // MARK: Sections of a module

    private var memories: BinaryWriter {
        var contents = BinaryWriter()
        contents.unsigned(image.memories.count)
        for memory in image.memories {
            let type = memory.type
            let hasPageSize = type.pageShift != MemoryType.usualPageShift
            contents.byte(
                (type.limits.maximum == nil ? 0 : 1) | (type.isShared ? 2 : 0) | (type.addressType == .i64 ? 4 : 0)
                    | (hasPageSize ? 8 : 0))
            contents.unsigned(type.limits.minimum)
            if let maximum = type.limits.maximum { contents.unsigned(maximum) }
            if hasPageSize { contents.unsigned(UInt64(type.pageShift)) }
        }
        var writer = BinaryWriter()
        writer.section(5, contents)
        return writer
    }

    private var globalList: BinaryWriter {
        var contents = BinaryWriter()
        contents.unsigned(store.globals.count)
        for global in store.globals {
            contents.byte(global.type.binaryByte)
            contents.byte(0)
            contents.constant(global.slots, global.type)
        }
        var writer = BinaryWriter()
        writer.section(6, contents)
        return writer
    }

    private func addData(
        to output: inout CoreDumpOutput, _ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void
    ) throws(SystemError) {
        var count = BinaryWriter()
        count.unsigned(image.runs.count)
        var header = BinaryWriter()
        header.byte(11)
        header.unsigned(
            image.runs.reduce(count.bytes.count) { $0 + head(of: $1).bytes.count + $1.range.count })
        header.append(count.bytes)
        try output.add(header.bytes, write)
        for run in image.runs {
            try output.add(head(of: run).bytes, write)
            try output.flush(write)
            unsafe try write(unsafe image.bytes(of: run))
        }
    }

    private func head(of run: MemoryImage.Run) -> BinaryWriter {
        var head = BinaryWriter()
        if run.memory == 0 {
            head.byte(0)
        } else {
            head.byte(2)
            head.unsigned(run.memory)
        }
        head.constant([UInt64(run.range.lowerBound)], image.memories[run.memory].addressType.valueType)
        head.unsigned(run.range.count)
        return head
    }
}

extension BinaryWriter {
    fileprivate mutating func values(_ values: [KnownValue]) {
        unsigned(values.count)
        for value in values {
            switch value {
            case .unavailable: byte(0x01)
            case .i32(let bits):
                byte(0x7F)
                signed(Int64(Int32(bitPattern: bits)))
            case .i64(let bits):
                byte(0x7E)
                signed(Int64(bitPattern: bits))
            case .f32(let bits):
                byte(0x7D)
                littleEndian(bits)
            case .f64(let bits):
                byte(0x7C)
                littleEndian(bits)
            }
        }
    }
}

/// Small parts together.
private struct CoreDumpOutput {
    private var pending: [UInt8] = []
    private static let mostPending = 64 << 10

    mutating func add(
        _ bytes: [UInt8], _ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void
    ) throws(SystemError) {
        pending += bytes
        if pending.count >= Self.mostPending { try flush(write) }
    }

    mutating func flush(_ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) {
        if pending.isEmpty { return }
        unsafe try pending.withBytes { bytes throws(SystemError) in unsafe try write(bytes) }
        pending.removeAll(keepingCapacity: true)
    }
}

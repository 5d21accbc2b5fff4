// An instance: a module with its imports, and with memories, tables and globals of its own.
//
// Always true once the initialiser returns: every pointer in `machine` stays valid as long as this object
// lives, since the object holds what they point into. One thread at a time runs an instance.
// https://webassembly.github.io/spec/core/exec/modules.html#instantiation

import CMachine
import Platform
import Synchronization
import WasmModule

package final class Instance: @unchecked Sendable {
    // SENDABLE: the thread that runs the instance is the only one to change it.
    package let code: ModuleCode
    package let machine: UnsafeMutablePointer<MachineInstance>
    /// What was given for the module's imports, in their order.
    private let imports: [External]
    /// All of the index space, as with `memories`.
    package private(set) var tables: [TableInstance] = []
    package private(set) var memories: [MemoryInstance] = []
    package private(set) var tags: [TagInstance] = []
    /// What globals and tables that its code has set may refer to.
    var keptExceptions = KeptExceptions()
    /// Whether the memories that the module defines and shares are those of a parent.
    let hasParent: Bool
    var droppedElements: Set<Int> = []
    var droppedData: Set<Int> = []
    /// What an embedder ties to it; goes with it. For the thread that runs it.
    package var attachment: AnyObject?
    /// What calls of C functions keep with it; the same.
    package var callbacks: AnyObject?

    package var module: Module { code.module }

    /// The first step of three: makes everything. `initialize` and `runStart` follow.
    ///
    /// With a `parent`, this is the instance of another thread of the same process: a shared memory that
    /// the module defines is the parent's.
    package init(
        _ code: ModuleCode, imports: [External], limits: StoreLimits, parent: Instance? = nil
    ) throws(InstantiationError) {
        for (wanted, given) in zip(code.module.imports, imports) where !wanted.accepts(given) {
            throw .importType(
                module: wanted.module, name: wanted.name, wanted: wanted.type, given: given.type)
        }
        guard let block = InstanceBlock.allocate(for: code.module) else { throw .outOfMemory("an instance") }
        machine = block
        self.code = code
        self.imports = imports
        hasParent = parent != nil
        machine.pointee.object = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        machine.pointee.typeNumbers = UnsafePointer(code.typeNumbers.baseAddress)
        try makeMemoriesAndTables(limits, parent: parent)
        guard !code.needsGuardedMemory || memories.allSatisfy(\.isGuarded) else {
            throw .unguardedMemory
        }
        connect()
        for (index, global) in module.globals.enumerated() {
            evaluate(global, into: machine.pointee.ownGlobals + module.globalSlots[index])
        }
        for (index, initializer) in module.tableInitializers.enumerated() {
            guard let initializer else { continue }
            let table = tables[module.importedTableCount + index]
            _ = table.fill(at: 0, with: evaluate(initializer), count: table.count)
        }
    }

    /// The instance of another thread of a process: the same module with the same imports.
    package convenience init(threadOf main: Instance, limits: StoreLimits) throws(InstantiationError) {
        try self.init(main.code, imports: main.imports, limits: limits, parent: main)
    }

    deinit { HostHeap.free(machine) }

    /// The third step: calls the start function, if the module has one.
    package func runStart(on context: UnsafeMutablePointer<MachineContext>) throws(Trap) {
        guard let start = module.start else { return }
        _ = try call(function(start), [], on: context)
    }

    // MARK: Making

    private func makeMemoriesAndTables(_ limits: StoreLimits, parent: Instance?) throws(InstantiationError) {
        for given in imports {
            switch given {
            case .memory(let memory): memories.append(memory)
            case .table(let table): tables.append(table)
            case .tag(let tag): tags.append(tag)
            case .function, .global: break
            }
        }
        for index in memories.count..<module.memories.count {
            if let parent, module.memories[index].isShared {
                memories.append(parent.memories[index])
            } else {
                memories.append(try MemoryInstance(type: module.memories[index], limits: limits))
            }
        }
        for index in tables.count..<module.tables.count {
            tables.append(try TableInstance(type: module.tables[index], limits: limits))
        }
        for index in tags.count..<module.tagTypeIndices.count {
            // The threads of a process throw the same tags.
            tags.append(parent?.tags[index] ?? TagInstance(UInt32(index), of: module))
        }
    }

    /// Fills the index spaces of `machine`.
    private func connect() {
        var functions = 0
        var globals = 0
        for given in imports {
            switch given {
            case .function(let function):
                machine.pointee.importedFunctions[functions] = function.machine
                functions += 1
            case .global(let global):
                machine.pointee.globals[globals] = global.cell
                globals += 1
            case .memory, .table, .tag: break
            }
        }
        for index in 0..<module.globals.count {
            machine.pointee.globals[globals + index] = machine.pointee.ownGlobals + module.globalSlots[index]
        }
        for (index, memory) in memories.enumerated() { machine.pointee.memories[index] = memory.machine }
        machine.pointee.memory0 = memories.first?.machine
        machine.pointee.memory0Base = memories.first?.machine.pointee.base
        for (index, table) in tables.enumerated() { machine.pointee.tables[index] = table.machine }
        for (index, tag) in tags.enumerated() { machine.pointee.tags[index] = tag.identity }
        for index in 0..<module.functions.count {
            (machine.pointee.ownFunctions + index)
                .initialize(to: MachineFunction(code: code.codes + index, instance: machine))
        }
    }

    // MARK: Using

    package func function(_ index: UInt32) -> FunctionReference {
        let imported = module.importedFunctionCount
        let type = module.functionType(index)
        guard Int(index) >= imported else {
            return importedFunction(Int(index))
        }
        return FunctionReference(
            machine: machine.pointee.ownFunctions + (Int(index) - imported), type: type, owner: .instance(self))
    }

    private func importedFunction(_ index: Int) -> FunctionReference {
        let functions = imports.lazy.compactMap {
            if case .function(let function) = $0 { function } else { nil }
        }
        return functions.dropFirst(index).first!
    }

    private func importedGlobal(_ index: Int) -> GlobalInstance {
        let globals = imports.lazy.compactMap { if case .global(let global) = $0 { global } else { nil } }
        return globals.dropFirst(index).first!
    }

    /// The index of the function that a funcref stands for; nil where it is none of this instance.
    package func functionIndex(of address: UInt) -> UInt32? {
        let stride = UInt(MemoryLayout<MachineFunction>.stride)
        let own = UInt(bitPattern: machine.pointee.ownFunctions)
        if address >= own, (address - own) / stride < UInt(module.functions.count) {
            guard (address - own) % stride == 0 else { return nil }
            return UInt32(module.importedFunctionCount) + UInt32((address - own) / stride)
        }
        return (0..<module.importedFunctionCount).first { index in
            UInt(bitPattern: machine.pointee.importedFunctions[index]) == address
        }.map { UInt32($0) }
    }

    package func export(_ name: String) -> External? {
        module.export(named: name).map(external)
    }

    /// What the module exports under one of its names.
    package func external(_ export: Export) -> External {
        let index = Int(export.index)
        switch export.kind {
        case .function: return .function(function(export.index))
        case .table: return .table(tables[index])
        case .memory: return .memory(memories[index])
        case .tag: return .tag(tags[index])
        case .global:
            guard index >= module.importedGlobalCount else {
                return .global(importedGlobal(index))
            }
            let own = module.globalSlots[index - module.importedGlobalCount]
            let cell = machine.pointee.ownGlobals + own
            return .global(GlobalInstance(type: module.globalTypes[index], cell: cell, owner: self))
        }
    }

    /// Calls a function on behalf of this instance. The arguments must be of its parameter types.
    package func call(
        _ function: FunctionReference, _ arguments: [Value], on context: UnsafeMutablePointer<MachineContext>
    ) throws(Trap) -> [Value] {
        let type = function.type
        precondition(
            arguments.map(\.type) == type.parameters.map(\.widest), "arguments are checked where they come in")
        let slots = type.callSlots
        let frame = try Self.frame(slots: slots, on: context)
        var next = frame
        for argument in arguments {
            argument.store(in: next)
            next += argument.type.slots
        }
        try run(function.machine, in: frame, slots: slots, on: context)
        next = frame
        return type.results.map { type in
            defer { next += type.slots }
            return Value(next, type: type)
        }
    }

    /// Where a call puts its arguments, and finds its results. `slots` is how many of either there are.
    package static func frame(
        slots: Int, on context: UnsafeMutablePointer<MachineContext>
    ) throws(Trap) -> UnsafeMutablePointer<MachineSlot> {
        guard let frame = context.frame(of: slots) else { throw Trap(.callStackExhausted) }
        return frame
    }

    /// Calls a function whose arguments stand in `frame`, which `frame(slots:on:)` gave.
    package func run(
        _ function: UnsafePointer<MachineFunction>, in frame: UnsafeMutablePointer<MachineSlot>, slots: Int,
        on context: UnsafeMutablePointer<MachineContext>
    ) throws(Trap) {
        let raw = context.enter(function, frame, slots: slots, entry: code.entry, caller: machine)
        if let reason = TrapReason(rawValue: raw) {
            // Nobody asks where a thread was that only leaves, and thousands may leave at once.
            defer {
                context.forgetInnerFrames()
                if context.pointee.depth == 0 { context.forgetExceptions() }
            }
            context.keepStack(reason, of: self)
            let frames = context.mustTellFrames(of: reason) ? code.portable.frames(of: context) : []
            if reason == .interrupted { context.tellDeadlock(frames) }
            let exception = reason == .uncaughtException ? context.thrownException : nil
            var trap = Trap(
                reason, message: exception?.message, frames: reason.isTrap ? frames : [], exception: exception)
            if reason.isTrap, let thread = GuestThread.current(context) {
                trap.stackOverflow = stackOverflow(isMain: thread.origin == .call)
            }
            throw trap
        }
    }
}

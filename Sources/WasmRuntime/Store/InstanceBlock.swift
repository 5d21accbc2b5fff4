// The one block of memory that holds an instance's machine structure and its arrays.

import CMachine
import Platform
import WasmModule

enum InstanceBlock {
    /// A zeroed block with the array pointers set, or nil where the host has no memory; freed with `HostHeap.free`.
    static func allocate(for module: Module) -> UnsafeMutablePointer<MachineInstance>? {
        var layout = Layout()
        let instance = layout.add(MachineInstance.self, count: 1)
        let ownFunctions = layout.add(MachineFunction.self, count: module.functions.count)
        let importedFunctions = layout.add(
            UnsafePointer<MachineFunction>?.self, count: module.importedFunctionCount)
        let ownGlobals = layout.add(MachineSlot.self, count: module.globalSlots.slots)
        let globals = layout.add(UnsafeMutablePointer<MachineSlot>?.self, count: module.globalTypes.count)
        let tables = layout.add(UnsafeMutablePointer<MachineTable>?.self, count: module.tables.count)
        let memories = layout.add(UnsafeMutablePointer<MachineMemory>?.self, count: module.memories.count)
        let tags = layout.add(UnsafeRawPointer?.self, count: module.tagTypeIndices.count)

        guard let block = HostHeap.allocateZeroed(layout.byteCount) else { return nil }
        let machine = (block + instance).bindMemory(to: MachineInstance.self, capacity: 1)
        machine.pointee.ownFunctions = (block + ownFunctions)
            .bindMemory(to: MachineFunction.self, capacity: module.functions.count)
        machine.pointee.importedFunctions = (block + importedFunctions)
            .bindMemory(to: UnsafePointer<MachineFunction>?.self, capacity: module.importedFunctionCount)
        machine.pointee.ownGlobals = (block + ownGlobals)
            .bindMemory(to: MachineSlot.self, capacity: module.globalSlots.slots)
        machine.pointee.globals = (block + globals)
            .bindMemory(to: UnsafeMutablePointer<MachineSlot>?.self, capacity: module.globalTypes.count)
        machine.pointee.tables = (block + tables)
            .bindMemory(to: UnsafeMutablePointer<MachineTable>?.self, capacity: module.tables.count)
        machine.pointee.memories = (block + memories)
            .bindMemory(to: UnsafeMutablePointer<MachineMemory>?.self, capacity: module.memories.count)
        machine.pointee.tags = (block + tags)
            .bindMemory(to: UnsafeRawPointer?.self, capacity: module.tagTypeIndices.count)
        machine.pointee.importedFunctionCount = UInt32(module.importedFunctionCount)
        return machine
    }

    /// Offsets of arrays laid one after another; all elements here are aligned to 8 bytes.
    private struct Layout {
        var byteCount = 0

        mutating func add<T>(_ type: T.Type, count: Int) -> Int {
            defer { byteCount += count * MemoryLayout<T>.stride }
            return byteCount
        }
    }
}

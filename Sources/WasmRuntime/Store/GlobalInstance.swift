// A global, seen from outside of the instance that runs with it.
// https://webassembly.github.io/spec/core/exec/runtime.html#global-instances

import CMachine
import WasmModule

package final class GlobalInstance: @unchecked Sendable {
    // SENDABLE: as with tables, one thread's instance uses it; reading it elsewhere is for after the end.
    package let type: GlobalType
    /// As many slots as the type takes.
    package let cell: UnsafeMutablePointer<MachineSlot>
    /// The instance in whose block the cell lies; nil when the cell is this object's own.
    package let owner: Instance?
    /// What an embedder ties to a global of the host; goes with it. For the thread that uses it.
    package var attachment: AnyObject?

    /// A global of the host.
    package init(type: GlobalType, value: Value) {
        self.type = type
        cell = .allocate(capacity: type.value.slots)
        value.store(in: cell)
        owner = nil
    }

    /// A global that an instance defines.
    init(type: GlobalType, cell: UnsafeMutablePointer<MachineSlot>, owner: Instance) {
        self.type = type
        self.cell = cell
        self.owner = owner
    }

    deinit { if owner == nil { cell.deallocate() } }

    package var value: Value { Value(cell, type: type.value) }
}

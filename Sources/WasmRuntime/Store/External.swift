// What an import is satisfied with and what an export gives: a function, table, memory, global or tag.
// https://webassembly.github.io/spec/core/exec/runtime.html#external-values

import CMachine
import WasmModule

/// A function instance, with the object that keeps it alive.
package struct FunctionReference: @unchecked Sendable {
    // SENDABLE: a `MachineFunction` does not change once its owner is made.
    package let machine: UnsafePointer<MachineFunction>
    package let type: FunctionType
    package let owner: Owner

    package enum Owner: Sendable {
        case instance(Instance)
        case host(HostFunction)

        package var object: AnyObject {
            switch self {
            case .instance(let instance): instance
            case .host(let host): host
            }
        }
    }

    package init(machine: UnsafePointer<MachineFunction>, type: FunctionType, owner: Owner) {
        self.machine = machine
        self.type = type
        self.owner = owner
    }
}

package enum External: Sendable {
    case function(FunctionReference)
    case table(TableInstance)
    case memory(MemoryInstance)
    case global(GlobalInstance)
    case tag(TagInstance)

    /// The type as it is now: the minimum of a memory or table is its present size.
    package var type: ExternalType {
        switch self {
        case .function(let function): .function(function.type)
        case .table(let table): .table(table.type)
        case .memory(let memory): .memory(memory.type)
        case .global(let global): .global(global.type)
        case .tag(let tag): .tag(tag.type)
        }
    }
}

extension Import {
    /// Whether something may be imported here. https://webassembly.github.io/spec/core/valid/matching.html
    package func accepts(_ given: External) -> Bool {
        // Two types of functions may look the same and be different ones.
        switch (type, given) {
        case (.function, .function(let function)): function.machine.pointee.code.pointee.typeNumber == typeNumber
        case (.tag, .tag(let tag)): tag.typeNumber == typeNumber
        default: type.accepts(given.type)
        }
    }
}

extension ExternalType {
    /// Whether something of type `other` may be imported under this type, one of functions and tags apart.
    fileprivate func accepts(_ other: ExternalType) -> Bool {
        switch (self, other) {
        case (.global(let wanted), .global(let given)):
            wanted.isMutable == given.isMutable
                && (wanted.isMutable ? wanted.value == given.value : given.value.matches(wanted.value))
        case (.table(let wanted), .table(let given)):
            wanted.element == given.element && wanted.addressType == given.addressType
                && wanted.limits.accepts(size: given.limits.minimum, maximum: given.limits.maximum)
        case (.memory(let wanted), .memory(let given)):
            wanted.isShared == given.isShared && wanted.addressType == given.addressType
                && wanted.pageShift == given.pageShift
                && wanted.limits.accepts(size: given.limits.minimum, maximum: given.limits.maximum)
        default:
            false
        }
    }
}

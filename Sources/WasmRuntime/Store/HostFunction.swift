// A function of the host that guests can import.

import CMachine
import WasmModule

/// Always true: a `HostFunction` lives at least as long as every instance that imports it, since
/// instances hold their imports.
package final class HostFunction: @unchecked Sendable {
    // SENDABLE: the memory behind the pointers is written in the initialiser only.
    package let type: FunctionType
    /// How its embedder wrote it down, for messages; nil where its type says all.
    package let declaration: String?
    private let code: UnsafeMutablePointer<MachineCode>
    private let machine: UnsafeMutablePointer<MachineFunction>
    /// What `hostContext` points to.
    private let context: AnyObject?
    /// What an embedder ties to it; goes with it. For the thread that uses it.
    package var attachment: AnyObject?

    /// `entry` is called with `context`, unretained, as its `hostContext`. `function` is the C function that
    /// compiled code calls instead, where it may.
    package init(
        type: FunctionType, entry: @escaping MachineHostEntry,
        context: AnyObject? = nil, declaration: String? = nil, function: UnsafeRawPointer? = nil
    ) {
        self.type = type
        self.declaration = declaration
        self.context = context
        code = .allocate(capacity: 1)
        code.initialize(to: MachineCode())
        code.pointee.hostEntry = entry
        code.pointee.hostContext = context.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }
        code.pointee.hostFunction = function
        code.pointee.typeNumber = DefinedTypes.shared.number(of: type)
        code.pointee.parameterSlots = UInt32(type.parameterSlots)
        code.pointee.resultSlots = UInt32(type.resultSlots)
        machine = .allocate(capacity: 1)
        machine.initialize(to: MachineFunction(code: code, instance: nil))
    }

    deinit {
        DefinedTypes.shared.release(code.pointee.typeNumber)
        machine.deallocate()
        code.deallocate()
    }

    package var external: External {
        .function(FunctionReference(machine: machine, type: type, owner: .host(self)))
    }
}

// What an instance has given to C as function pointers, and got from it.
//
// Always true: it goes with its instance, and is used by the thread that runs that. The same function of the guest
// gives the same pointer for the same C type, and the same pointer of C the same element of the table, as long as
// the instance lives.

import CMachine
import Platform
import WasmModule
import WasmRuntime

final class InstanceCallbacks {
    private struct GuestFunction: Hashable {
        let machine: UInt
        let plan: ObjectIdentifier
    }

    /// Where a function of the guest's stood when C was given it.
    private struct Origin {
        var element: UInt32
        let slot: MachineSlot
    }

    private struct HostPointer: Hashable {
        let function: UInt
        let prototype: ObjectIdentifier
    }

    private var callbacks: [GuestFunction: Callback] = [:]
    /// Most calls are with the callback that was given last.
    private var last: (key: GuestFunction, callback: Callback)?
    /// By the C function, the element of the table that has it.
    private var elements: [HostPointer: UInt32] = [:]
    /// By the address of the function instance, the C function that an element of the table is.
    private var pointers: [UInt: UnsafeRawPointer] = [:]
    /// By the C function that a callback is, the element that it came from.
    private var origins: [UInt: Origin] = [:]
    private var held: [HostFunction] = []
    /// What the innermost call of C that has a callback of this instance is to throw.
    var failure: HostFailure?

    private init() {}

    deinit { for callback in callbacks.values { callback.end() } }

    /// Those of the instance.
    static func of(_ instance: Instance) -> InstanceCallbacks {
        if let known = instance.callbacks { return unsafeDowncast(known, to: InstanceCallbacks.self) }
        let made = InstanceCallbacks()
        instance.callbacks = made
        return made
    }

    // MARK: From the guest to C

    enum Given {
        case callback(Callback)
        /// A C function that C gave before.
        case function(UnsafeRawPointer)
    }

    /// What C gets for an element of the guest's table.
    func pointer(
        toElement index: UInt32, _ plan: CallbackPlan, _ caller: Caller, _ instance: Instance,
        _ outside: @escaping Callback.CallFromOutside
    ) throws(CallFailure) -> Given {
        let machine = try Self.element(index, of: instance)
        let key = GuestFunction(machine: UInt(bitPattern: machine), plan: ObjectIdentifier(plan))
        if let last, last.key == key { return .callback(last.callback) }
        if let known = callbacks[key] {
            last = (key, known)
            return .callback(known)
        }
        if let function = pointers[key.machine] { return .function(function) }
        guard let number = instance.functionIndex(of: UInt(bitPattern: machine)) else {
            throw CallFailure(reason: .callback("the element \(index) of its table is a function of another instance"))
        }
        let type = instance.module.functionType(number)
        guard type == plan.type else {
            let found = "the element \(index) of its table is func \(type)"
            throw CallFailure(reason: .callback("\(found), and the function pointer is func \(plan.type)"))
        }
        guard !plan.shape.usesMemory || instance.machine.pointee.memory0 != nil else {
            throw CallFailure(reason: .noMemory)
        }
        let target = Callback.Target(
            plan: plan, shape: plan.shape, machine: machine, instance: .passUnretained(instance),
            registry: .passUnretained(self))
        guard let thread = GuestThread.current(caller.context) else {
            throw CallFailure(reason: .callback("the guest is no process, whose functions C could call"))
        }
        let home = Callback.Home(process: thread.embedderWord, thread: thread.id)
        guard let made = Callback.bind(target, home: home, outside: outside) else {
            throw CallFailure(reason: .callback("the host has no memory for the code of a function pointer"))
        }
        callbacks[key] = made
        origins[UInt(bitPattern: made.function)] = Origin(element: index, slot: MachineSlot(key.machine))
        last = (key, made)
        return .callback(made)
    }

    /// The function that an element of the guest's first table is.
    private static func element(
        _ index: UInt32, of instance: Instance
    ) throws(CallFailure) -> UnsafePointer<MachineFunction> {
        guard let table = instance.machine.pointee.tables, let first = instance.functionTable else {
            throw CallFailure(reason: .callback("the module has no table of functions"))
        }
        let machine = table[first].unsafelyUnwrapped
        guard UInt64(index) < machine.pointee.count else {
            let reason = "it is the element \(index) of a table of \(counted(machine.pointee.count, "element"))"
            throw CallFailure(reason: .callback(reason))
        }
        let slot = machine.pointee.elements[Int(index)]
        guard let function = UnsafePointer<MachineFunction>(bitPattern: UInt(slot)) else {
            let words = "the element \(index) of the guest's table is null, so there is no function"
            throw CallFailure(reason: .callback("\(words). Declare it as *_Nullable where it may be NULL"))
        }
        return function
    }

    // MARK: From C to the guest

    /// The element of the guest's table that stands for a C function of this prototype.
    func element(
        for function: UnsafeRawPointer, _ prototype: ReturnedFunction, _ instance: Instance,
        make: () -> HostFunction
    ) throws(CallFailure) -> UInt32 {
        if let origin = origins[UInt(bitPattern: function)] {
            return try element(for: origin, instance)
        }
        if Callback.find(function) != nil {
            throw CallFailure(reason: .callback("it is a function pointer that leads to another thread's guest"))
        }
        let key = HostPointer(function: UInt(bitPattern: function), prototype: ObjectIdentifier(prototype))
        if let known = elements[key] { return known }
        let host = make()
        guard case .function(let reference) = host.external else { preconditionFailure("a function is one") }
        let index = try newElement(MachineSlot(UInt(bitPattern: reference.machine)), instance)
        held.append(host)
        elements[key] = index
        pointers[UInt(bitPattern: reference.machine)] = function
        return index
    }

    /// The element that a function of the guest's has, where it has not been taken out, or else a new one.
    private func element(for origin: Origin, _ instance: Instance) throws(CallFailure) -> UInt32 {
        if let first = instance.functionTable, instance.tables[first][UInt64(origin.element)] == origin.slot {
            return origin.element
        }
        return try newElement(origin.slot, instance)
    }

    private func newElement(_ slot: MachineSlot, _ instance: Instance) throws(CallFailure) -> UInt32 {
        guard let first = instance.functionTable else {
            throw CallFailure(reason: .callback("the module has no table of functions to put it into"))
        }
        guard let index = instance.tables[first].grow(by: 1, with: slot).flatMap(UInt32.init(exactly:)) else {
            let advice = "Link the guest with -Wl,--growable-table"
            throw CallFailure(reason: .callback("the guest's table cannot grow for it. \(advice)"))
        }
        return index
    }
}

/// What a C function that is returned by another one takes and gives.
final class ReturnedFunction: Sendable {
    let plan: CallPlan

    init(_ plan: CallPlan) { self.plan = plan }
}

extension Instance {
    /// The first table that holds functions.
    fileprivate var functionTable: Int? { tables.firstIndex { $0.type.element == .funcref } }
}

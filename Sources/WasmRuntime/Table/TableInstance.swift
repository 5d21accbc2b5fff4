// A table. It belongs to one thread's instance, so nothing in it is atomic.
//
// Always true: elements are references of the table's type, as slots; the host's memory for them is
// obtained in a way that may fail, since a guest chooses the size.
// https://webassembly.github.io/spec/core/exec/runtime.html#table-instances

import CMachine
import Platform
import WasmModule

package final class TableInstance: @unchecked Sendable {
    // SENDABLE: only the thread whose instance it belongs to uses it; another may make and free it.
    package let machine: UnsafeMutablePointer<MachineTable>
    private let declared: TableType
    private let maximum: UInt64
    private let budget: StoreBudget?
    /// It may outlive the module that its type is of.
    private let heldTypes: HeldTypes?
    /// Where the elements are.
    private var storage = HostBytes()
    /// What an embedder ties to it; goes with it. For the thread that uses it.
    package var attachment: AnyObject?

    package init(type: TableType, limits: StoreLimits) throws(InstantiationError) {
        let count = type.limits.minimum
        guard count <= limits.tableElements else {
            throw .limit("a table begins with \(counted(count, "element")) and may have \(limits.tableElements)")
        }
        declared = type
        heldTypes = HeldTypes(namedBy: CollectionOfOne(type.element))
        maximum = min(type.limits.maximum ?? limits.tableElements, limits.tableElements)
        guard limits.tableBudget?.take(count) != false else {
            throw .limit("the tables of a process may have \(counted(limits.tableBudget!.amount, "element")) together")
        }
        budget = limits.tableBudget
        machine = .allocate(capacity: 1)
        machine.initialize(
            to: MachineTable(elements: nil, count: count, isWide: type.addressType == .i64 ? 1 : 0))
        guard resize(to: count) else { throw .outOfMemory("a table of \(counted(count, "element"))") }
    }

    deinit {
        budget?.give(count)
        machine.deallocate()
    }

    /// Makes room for so many elements; new ones are zero. False where the system refuses the memory.
    private func resize(to count: UInt64) -> Bool {
        guard storage.resize(to: Int(max(count, 1)) * MemoryLayout<MachineSlot>.stride) else { return false }
        machine.pointee.elements = storage.bytes.baseAddress!.assumingMemoryBound(to: MachineSlot.self)
        return true
    }

    /// The type as it is now: the minimum is the present size.
    package var type: TableType {
        TableType(
            element: declared.element, limits: Limits(minimum: count, maximum: declared.limits.maximum),
            addressType: declared.addressType)
    }

    package var count: UInt64 { machine.pointee.count }

    /// nil where the index is out of bounds.
    package subscript(index: UInt64) -> MachineSlot? {
        index < count ? machine.pointee.elements[Int(index)] : nil
    }

    package func set(_ index: UInt64, to value: MachineSlot) -> TrapReason? {
        guard index < count else { return .tableOutOfBounds }
        machine.pointee.elements[Int(index)] = value
        return nil
    }

    private func holds(_ start: UInt64, _ length: UInt64) -> Bool {
        let (end, overflow) = start.addingReportingOverflow(length)
        return !overflow && end <= count
    }

    /// table.grow: the size before, or nil where it cannot grow so far.
    package func grow(by delta: UInt64, with value: MachineSlot) -> UInt64? {
        let old = count
        guard delta <= maximum - old else { return nil }
        guard budget?.take(delta) != false else { return nil }
        guard resize(to: old + delta) else {
            budget?.give(delta)
            return nil
        }
        (machine.pointee.elements + Int(old)).initialize(repeating: value, count: Int(delta))
        machine.pointee.count = old + delta
        return old
    }

    package func fill(at start: UInt64, with value: MachineSlot, count length: UInt64) -> TrapReason? {
        guard holds(start, length) else { return .tableOutOfBounds }
        (machine.pointee.elements + Int(start)).update(repeating: value, count: Int(length))
        return nil
    }

    package func copy(
        to destination: UInt64, from source: UInt64, of other: TableInstance, count length: UInt64
    ) -> TrapReason? {
        guard holds(destination, length), other.holds(source, length) else { return .tableOutOfBounds }
        (machine.pointee.elements + Int(destination))
            .update(from: other.machine.pointee.elements + Int(source), count: Int(length))
        return nil
    }

    /// table.init: `element` gives the references of a segment that has `segmentCount` of them.
    package func initialize(
        at destination: UInt64, from source: UInt64, segmentCount: UInt64, count length: UInt64,
        element: (Int) -> MachineSlot
    ) -> TrapReason? {
        let (end, overflow) = source.addingReportingOverflow(length)
        guard !overflow, end <= segmentCount, holds(destination, length) else { return .tableOutOfBounds }
        for index in 0..<Int(length) {
            machine.pointee.elements[Int(destination) + index] = element(Int(source) + index)
        }
        return nil
    }
}

// What the compiler made of some functions, where it runs.
//
// Always true: it is executable and does not change; it lies in the code space as long as this object lives.

import CMachine
import Platform
import WasmModule
import WasmRuntime

final class BaselineCode: LocatedCode {
    private let block: CodeBlock
    private let module: Module
    /// In the order of the code.
    private let places: [CodePlace]
    private let starts: [CodeStart]

    init(_ unit: CompilationUnit) throws(SystemError) {
        module = unit.module
        places = unit.places
        starts = unit.starts
        let code = unit.asm.code
        block = try CodeSpace.allocate(code.count)
        block.memory.copyMemory(from: code)
        try block.seal(textBytes: code.count)
        tellObservers()
        CodeRegistry.add(self, at: range)
    }

    deinit { CodeRegistry.remove(range) }

    private var range: Range<UInt> {
        let start = UInt(bitPattern: block.memory.baseAddress)
        return start..<start + UInt(block.memory.count)
    }

    func address(_ place: Int) -> UnsafeRawPointer {
        UnsafeRawPointer(block.memory.baseAddress.unsafelyUnwrapped) + place
    }

    /// A debugger is told nothing: there is no object that it could read.
    private func tellObservers() {
        guard CodeObservers.perfMap != nil else { return }
        let ends = starts.dropFirst().map(\.start) + [block.memory.count]
        CodeObservers.writeMap(
            zip(starts, ends).compactMap { start, end in
                guard start.definedIndex >= 0, end > start.start else { return nil }
                let name = module.functionName(UInt32(module.importedFunctionCount + start.definedIndex))
                return CodeObservers.Function(
                    name: name ?? "function_\(start.definedIndex)", address: UInt(bitPattern: address(start.start)),
                    byteCount: UInt64(end - start.start))
            })
    }

    func frame(of address: UInt, offset: Int, isFault: Bool) -> Trap.Frame? {
        let place = Int(address - range.lowerBound)
        let start = self.start(at: place)
        guard start.definedIndex >= 0 else { return nil }
        let index = UInt32(module.importedFunctionCount + start.definedIndex)
        let body = module.functions[start.definedIndex].body
        let found = offset != 0 ? offset : self.offset(at: place)
        return Trap.Frame(
            functionIndex: index, name: module.functionName(index),
            offset: body.contains(found) ? found : body.lowerBound)
    }

    private func start(at place: Int) -> CodeStart { starts[starts.lastIndex { $0.start <= place } ?? 0] }

    /// No function of this tier catches.
    func enterHandler(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool { false }

    func leaveFrame(_ registers: UnsafeMutablePointer<MachineRegisters>) -> Bool {
        let kept = start(at: Int(UInt(registers.pointee.address) - 1 - range.lowerBound)).saved.enumerated()
            .map { index, register in
                let number = machine_unwind_register(UInt64(register.rawValue))
                // Below the return address and the link.
                return MachineKeptRegister(index: UInt32(number), offset: Int32(-8 * (index + 3)))
            }
        machine_unwind_step(registers, kept, Int64(kept.count))
        return true
    }

    /// Of the instruction that the code at a place is of.
    private func offset(at place: Int) -> Int {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].start <= place { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : Int(places[low - 1].offset)
    }
}

extension ModuleCode {
    /// Lets calls of the functions of a unit, and calls that are at loops of them, enter their code, which the module
    /// keeps.
    func publish(_ unit: CompilationUnit) throws(SystemError) {
        guard !unit.functions.isEmpty else { return }
        let code = try BaselineCode(unit)
        keep(code)
        for (index, start) in unit.functions {
            let entry = code.address(unit.entries[Int(module.functions[index].typeIndex)]!)
            publish(code.address(start), entry: unsafeBitCast(entry, to: MachineNativeEntry.self), of: index)
        }
        for (index, start) in unit.osrEntries {
            publish(unsafeBitCast(code.address(start), to: MachineOSREntry.self), of: index)
        }
    }
}

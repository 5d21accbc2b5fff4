// Whether a thread has used up its stack in linear memory, where the globals that linkers make say so for certain.
//
// A stack grows downwards, so that its pointer leaves the memory at address 0 where nothing lies below the stack, and
// where the linker tells its end, comes below that. Elsewhere an overflow writes over data, and is not told.
// https://github.com/WebAssembly/tool-conventions/blob/main/BasicCABI.md

import WasmModule

package struct StackOverflow: Hashable, Sendable {
    package let pointer: UInt64
    /// Where the stack ends; 0 where that is the memory's first address.
    package let end: UInt64
}

extension Instance {
    /// Of a thread that has trapped in the instance. `isMain` says that it has the stack that the linker made, and not
    /// one that the guest has found room for.
    func stackOverflow(isMain: Bool) -> StackOverflow? {
        guard let memory = memories.first,
            let pointer = module.global(ofLinker: "__stack_pointer").flatMap(address)
        else { return nil }
        if pointer > memory.byteLength { return StackOverflow(pointer: pointer, end: 0) }
        let end = isMain ? module.global(ofLinker: "__stack_low").flatMap(address) : nil
        guard let end, pointer < end else { return nil }
        return StackOverflow(pointer: pointer, end: end)
    }

    /// The value of a global that has the type of the first memory's addresses.
    private func address(_ global: UInt32) -> UInt64? {
        guard module.globalTypes[Int(global)].value == memories[0].addressType.valueType else { return nil }
        let slot = machine.pointee.globals[Int(global)].unsafelyUnwrapped.pointee
        return memories[0].addressType == .i32 ? UInt64(UInt32(truncatingIfNeeded: slot)) : slot
    }
}

extension StackOverflow: CustomStringConvertible {
    /// A sentence.
    package var description: String {
        let place = end == 0 ? "address 0" : "0x\(String(end, radix: 16)), where it ends"
        let found = "0x\(String(pointer, radix: 16))"
        return "Its stack in the memory has overflowed: the stack pointer is \(found), below \(place)."
    }
}

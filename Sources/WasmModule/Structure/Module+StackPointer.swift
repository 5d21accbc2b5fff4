// Whether a module's code has a stack in memory that the module does not tell of.
//
// What C, C++, Rust and Zig are compiled to takes space at the beginning of a function: it subtracts a multiple of 16
// from a global, and keeps the result in a local. The global has the type of memory 0's addresses.
// https://github.com/WebAssembly/tool-conventions/blob/main/BasicCABI.md

extension Module {
    /// The global that points to such a stack; nil where no function looks so.
    package func findStackPointer() -> UInt32? {
        guard let address = memories.first?.addressType.valueType else { return nil }
        let candidates = Set(globalTypes.indices.lazy.filter { index in
            self.globalTypes[index].value == address && self.globalTypes[index].isMutable
        }.map { UInt32($0) })
        if candidates.isEmpty { return nil }
        for function in functions {
            if let found = stackPointer(in: function, among: candidates) { return found }
        }
        return nil
    }

    private func isFrameSize(_ bytes: UInt64) -> Bool { bytes > 0 && bytes < 1 << 31 && bytes % 16 == 0 }

    private func stackPointer(in function: Function, among candidates: Set<UInt32>) -> UInt32? {
        var reader = ByteReader(binary, function.body, types: heldTypes)
        var labels: [UInt32] = []
        var global: UInt32?
        /// How many instructions of the pattern were seen.
        var length = 0
        do {
            for _ in 0..<(try reader.u32()) {
                _ = try reader.u32()
                _ = try reader.valueType()
            }
            while !reader.isAtEnd {
                labels.removeAll(keepingCapacity: true)
                let (instruction, _) = try reader.instruction(.shared, labels: &labels)
                switch (length, instruction.opcode) {
                case (_, .globalGet) where candidates.contains(instruction.first):
                    (global, length) = (instruction.first, 1)
                case (1, .i32Const) where isFrameSize(instruction.constant): length = 2
                case (1, .i64Const) where isFrameSize(instruction.constant): length = 2
                case (2, .i32Sub), (2, .i64Sub): length = 3
                case (3, .localTee), (3, .localSet): return global
                default: length = 0
                }
            }
        } catch {
            preconditionFailure("the bodies of a valid module can be read")
        }
        return nil
    }
}

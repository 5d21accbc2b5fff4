// Compiled code of functions, as calls find it.
//
// Always true: what is published is complete, and stays as long as its module.

import CMachine
import Synchronization

extension ModuleCode {
    /// Lets all calls of a function, by its index among those that the module defines, enter `native` from now
    /// on. `entry` is what calls it, and any other code of the function's type, from a frame.
    package func publish(_ native: UnsafeRawPointer, entry: @escaping MachineNativeEntry, of index: Int) {
        let code = codes + index
        code.pointee.nativeEntry = entry
        code.nativeField.pointee.store(UInt(bitPattern: native), ordering: .releasing)
        portable.enterCompiled(code)
    }

    /// Lets calls of a function that are under way go on in compiled code, at their next look at a loop.
    package func publish(_ entry: @escaping MachineOSREntry, of index: Int) {
        (codes + index).osrEntryField.pointee.store(unsafeBitCast(entry, to: UInt.self), ordering: .releasing)
    }
}

extension UnsafeMutablePointer<MachineCode> {
    fileprivate var nativeField: UnsafeMutablePointer<Atomic<UInt>> {
        field(MemoryLayout<MachineCode>.offset(of: \.native)!)
    }

    fileprivate var osrEntryField: UnsafeMutablePointer<Atomic<UInt>> {
        field(MemoryLayout<MachineCode>.offset(of: \.osrEntry)!)
    }

    private func field(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// Whether calls can enter compiled code.
    package var isCompiled: Bool { nativeField.pointee.load(ordering: .acquiring) != 0 }

    /// Whether calls that are under way can go on in compiled code.
    package var hasOSREntry: Bool { osrEntryField.pointee.load(ordering: .acquiring) != 0 }
}

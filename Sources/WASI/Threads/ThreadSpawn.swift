// The function that wasi-threads adds: it starts a thread of the calling program.
// https://github.com/WebAssembly/wasi-threads#design-choice-thread-ids

import CMachine
import WasmModule
import WasmRuntime

enum ThreadSpawn {
    static let moduleName = ExactName("wasi")
    static let name = ExactName("thread-spawn")
    static let type = FunctionType(parameters: [.i32], results: [.i32])

    static func external() -> External {
        unsafe HostFunction(type: type, entry: entry).external
    }

    private static var entry: MachineHostEntry {
        { context, _, _, frame in unsafe ThreadSpawn.spawn(context!, frame!) }
    }

    /// (start_arg) -> TID, or a negative number where no thread was started. Never a trap.
    private static func spawn(
        _ context: UnsafeMutablePointer<MachineContext>, _ frame: UnsafeMutablePointer<MachineSlot>
    ) -> UInt32 {
        let argument = unsafe UInt32(truncatingIfNeeded: frame[0])
        // Outside of a process there is no group that the thread could belong to.
        let thread = unsafe GuestThread.current(context)
        let start = thread?.record?.now
        let result = thread?.group.spawn(startArgument: argument, by: thread) ?? -Int32(Errno.nosys.rawValue)
        if let start, result > 0 { thread?.record?.noteSpawn(of: UInt32(result), at: start) }
        unsafe frame[0] = MachineSlot(UInt32(bitPattern: result))
        return 0
    }
}

// Numbers for function types, so that an indirect call compares types with one instruction.

import Synchronization
import WasmModule

/// Hands out one number for each distinct function type among the modules and host functions of an
/// engine. Numbers are counted references: the last `release` forgets the type, so that an engine that
/// loads modules for ever does not grow.
package final class FunctionTypeNumbers: Sendable {
    private struct State {
        var numbers: [FunctionType: UInt32] = [:]
        var entries: [(type: FunctionType, references: Int)?] = []
        var free: [UInt32] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func number(of type: FunctionType) -> UInt32 {
        state.withLock { state in
            if let number = state.numbers[type] {
                state.entries[Int(number)]!.references += 1
                return number
            }
            let number: UInt32
            if let reused = state.free.popLast() {
                number = reused
                state.entries[Int(number)] = (type, 1)
            } else {
                number = UInt32(state.entries.count)
                state.entries.append((type, 1))
            }
            state.numbers[type] = number
            return number
        }
    }

    package func release(_ number: UInt32) {
        state.withLock { state in
            state.entries[Int(number)]!.references -= 1
            guard state.entries[Int(number)]!.references == 0 else { return }
            state.numbers[state.entries[Int(number)]!.type] = nil
            state.entries[Int(number)] = nil
            state.free.append(number)
        }
    }
}

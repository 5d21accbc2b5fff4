// A descriptor that becomes readable once and stays so, for `ppoll` beside others.

import CMachine
import Glibc

package struct WakeDescriptor {
    package let number: Int32

    package init() throws(SystemError) {
        number = machine_eventfd()
        guard number >= 0 else { throw SystemError(-number) }
    }

    package func signal() {
        var one: UInt64 = 1
        // Fails only where the counter is full, and then the descriptor is readable.
        _ = Glibc.write(number, &one, MemoryLayout<UInt64>.size)
    }

    package func close() {
        _ = Glibc.close(number)
    }
}

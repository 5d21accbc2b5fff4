// A descriptor that becomes readable once and stays so, for `ppoll` beside others.

import CMachine
import Glibc

package struct WakeDescriptor {
    /// To wait for.
    package let descriptor: HostDescriptor

    package init() throws(SystemError) {
        let number = machine_eventfd()
        guard number >= 0 else { throw SystemError(-number) }
        descriptor = HostDescriptor(number)
    }

    package func signal() {
        var one: UInt64 = 1
        // Fails only where the counter is full, and then the descriptor is readable.
        _ = Glibc.write(descriptor.number, &one, MemoryLayout<UInt64>.size)
    }

    package func close() { descriptor.close() }
}

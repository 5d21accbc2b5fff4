// A number of bytes as a word of the command line.

import ArgumentParser

struct ByteSize: ExpressibleByArgument {
    let bytes: UInt64

    /// A whole number, and after it nothing, K, M or G, of either case. Nil for all else, and beyond 64 bits.
    init?(argument: String) {
        let shift: UInt64
        switch argument.utf8.last {
        case UInt8(ascii: "K"), UInt8(ascii: "k"): shift = 10
        case UInt8(ascii: "M"), UInt8(ascii: "m"): shift = 20
        case UInt8(ascii: "G"), UInt8(ascii: "g"): shift = 30
        default: shift = 0
        }
        let digits = shift == 0 ? argument[...] : argument.dropLast()
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt64(digits)
        else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: 1 << shift)
        if isTooLarge { return nil }
        self.bytes = bytes
    }
}

// SHA-256: how compiled code knows the module that it is for.
//
// Compiled code that is taken for another module's runs as the host, so no weaker digest would do.
// https://doi.org/10.6028/NIST.FIPS.180-4

import CMachine

/// 32 bytes.
package struct Digest: Hashable, Sendable {
    package static let byteCount = 32
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount)
        self.bytes = bytes
    }

    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

package struct SHA256 {
    private static let blockBytes = 64
    private var state: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
        0x5BE0_CD19,
    ]
    /// Bytes that are no whole block yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0
    private let usesInstructions: Bool

    /// `usesInstructions` lets the processor do it, where it can.
    package init(usesInstructions: Bool = true) { self.usesInstructions = usesInstructions }

    package static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    package static func digest(of bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { digest(of: $0) } }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var start = 0
        if !rest.isEmpty {
            start = min(Self.blockBytes - rest.count, bytes.count)
            rest += bytes[..<start]
            guard rest.count == Self.blockBytes else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { takeBlocks($0) }
        }
        let whole = (bytes.count - start) / Self.blockBytes * Self.blockBytes
        takeBlocks(UnsafeRawBufferPointer(rebasing: bytes[start..<start + whole]))
        rest += bytes[(start + whole)...]
    }

    package consuming func finish() -> Digest {
        let bits = byteCount << 3
        let zeros = (119 - Int(byteCount % 64)) % 64
        update([0x80] + Array(repeating: 0, count: zeros) + bits.bigEndianBytes)
        return Digest(state.flatMap(\.bigEndianBytes))
    }

    private mutating func takeBlocks(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
        let count = blocks.count / Self.blockBytes
        let first = start.assumingMemoryBound(to: UInt8.self)
        let isDone = usesInstructions && state.withUnsafeMutableBufferPointer {
            machine_sha256($0.baseAddress, first, count)
        }
        guard !isDone else { return }
        for index in 0..<count {
            takeBlock(UnsafeRawBufferPointer(start: start + index * Self.blockBytes, count: Self.blockBytes))
        }
    }

    private mutating func takeBlock(_ block: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            for index in 0..<16 {
                let word = block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                words[index] = UInt32(bigEndian: word)
            }
            for index in 16..<64 {
                let (early, late) = (words[index - 15], words[index - 2])
                let first = early.rotated(7) ^ early.rotated(18) ^ early >> 3
                let second = late.rotated(17) ^ late.rotated(19) ^ late >> 10
                words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            for index in 0..<64 {
                let choice = e & f ^ ~e & g
                let first = h &+ (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)) &+ choice
                    &+ Self.constants[index] &+ words[index]
                let majority = a & b ^ a & c ^ b & c
                let second = (a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)) &+ majority
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            }
            for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
        }
    }

    /// The first bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        func isPrime(_ number: Int) -> Bool { !(2..<number).contains { number % $0 == 0 } }
        return (2...311).filter(isPrime).map { prime in
            // The largest number whose cube is at most the prime times 2^96, less the whole part.
            var root: UInt64 = 0
            for bit in (0..<36).reversed() {
                let tried = root | 1 << UInt64(bit)
                let square = tried.multipliedFullWidth(by: tried)
                let (high, low) = square.low.multipliedFullWidth(by: tried)
                let top = high &+ square.high &* tried
                if top < UInt64(prime) << 32 || (top == UInt64(prime) << 32 && low == 0) { root = tried }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}

extension UInt32 {
    fileprivate func rotated(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}

extension FixedWidthInteger {
    fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

// Values that a counted loop computes from its locals by addition and multiplication with constants.

/// The sum of locals, as they are when a iteration begins, each times a coefficient, and of a constant: modulo
/// 2^32, like the instructions that compute it.
struct LinearValue: Equatable {
    /// By the index of the local. None is 0.
    private(set) var terms: [UInt32: UInt32]
    var constant: UInt32

    init(constant: UInt32) {
        terms = [:]
        self.constant = constant
    }

    init(local: UInt32) {
        terms = [local: 1]
        constant = 0
    }

    static func + (left: LinearValue, right: LinearValue) -> LinearValue {
        var sum = left
        sum.constant &+= right.constant
        for (local, coefficient) in right.terms {
            let total = (sum.terms[local] ?? 0) &+ coefficient
            sum.terms[local] = total == 0 ? nil : total
        }
        return sum
    }

    static func - (left: LinearValue, right: LinearValue) -> LinearValue { left + right.times(.max) }

    func times(_ factor: UInt32) -> LinearValue {
        var product = LinearValue(constant: constant &* factor)
        product.terms = terms.mapValues { $0 &* factor }.filter { $0.value != 0 }
        return product
    }
}

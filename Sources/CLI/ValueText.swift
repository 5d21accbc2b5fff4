// Values of WebAssembly as words of a command line.

import WasiThreads
import WasmModule
import WasmRuntime

/// The value of `type` that `text` stands for. Integers are decimal or, with 0x, hexadecimal, and may be
/// given as signed or unsigned.
func value(_ word: Word, _ type: ValueType) throws(EmbedderError) -> Value {
    let text = word.text ?? ""
    let value: Value? =
        switch type {
        case .i32: integer(text, UInt32.self, Int32.self).map(Value.i32)
        case .i64: integer(text, UInt64.self, Int64.self).map(Value.i64)
        case .f32: Float(text).map { .f32($0.bitPattern) }
        case .f64: Double(text).map { .f64($0.bitPattern) }
        case .v128: vector(text).map(Value.v128)
        default: nil
        }
    guard let value else { throw EmbedderError(.type, "“\(word)” is no value of the type \(type).") }
    return value
}

func describe(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "\(Int32(bitPattern: bits))"
    case .i64(let bits): "\(Int64(bitPattern: bits))"
    case .f32(let bits): "\(Float(bitPattern: bits))"
    case .f64(let bits): "\(Double(bitPattern: bits))"
    case .funcref(let address): address == 0 ? "null" : "a function"
    case .externref(let address): address == 0 ? "null" : "a reference of the host"
    case .exnref(let address): address == 0 ? "null" : "an exception"
    case .v128(let halves): "0x" + hexadecimal(halves[1]) + hexadecimal(halves[0])
    }
}

/// 32 hexadecimal digits after 0x, as `describe` writes them.
private func vector(_ text: String) -> SIMD2<UInt64>? {
    guard text.hasPrefix("0x"), text.utf8.count == 34, let high = UInt64(text.dropFirst(2).prefix(16), radix: 16),
        let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    return SIMD2(low, high)
}

private func hexadecimal(_ half: UInt64) -> String {
    let digits = String(half, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

private func integer<U: FixedWidthInteger & UnsignedInteger, S: FixedWidthInteger & SignedInteger>(
    _ text: String, _ unsigned: U.Type, _ signed: S.Type
) -> U? {
    if text.hasPrefix("0x") { return U(text.dropFirst(2), radix: 16) }
    return U(text) ?? S(text).map { U(truncatingIfNeeded: $0) }
}

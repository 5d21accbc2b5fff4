// The signatures of WAMR's tables of native symbols: letters for parameters and result, as "(ii*~)i".
// https://github.com/bytecodealliance/wasm-micro-runtime/blob/main/doc/export_native_api.md
//
// Always true: the C function's first parameter is its caller, which has no letter.

extension NativePrototype {
    /// `i` `I` `f` `F`: int32_t, int64_t, float, double. `r`: a reference of the host. `$`: a string. `*`: an
    /// address of the guest's memory, for one byte, or for as many as a `~` after it says.
    package init(symbol: String, signature: [UInt8]) throws(PrototypeError) {
        var letters = SymbolSignature(signature)
        let function = try letters.function(named: symbol)
        let text = "\(symbol)\(String(decoding: signature, as: UTF8.self))"
        try self.init(Declarations.Function(type: function, text: text))
    }
}

private struct SymbolSignature {
    private let signature: [UInt8]
    private var index = 0

    init(_ signature: [UInt8]) { self.signature = signature }

    private var letter: UInt8? { index < signature.count ? signature[index] : nil }

    mutating func function(named name: String) throws(PrototypeError) -> CFunction {
        let caller = CPointer(pointee: .caller, isConst: false)
        var parameters = [CParameter(name: "the caller", type: .pointer(caller), offset: 0)]
        guard letter == UInt8(ascii: "(") else { throw refused("Expected \"(\"") }
        index += 1
        while letter != UInt8(ascii: ")") {
            parameters.append(CParameter(type: try parameter(parameters.count), offset: index))
            index += 1
        }
        index += 1
        let result = try result()
        guard index == signature.count else { throw refused("A signature has one result at most") }
        return CFunction(name: name, result: result, parameters: parameters, offset: 0)
    }

    private func parameter(_ number: Int) throws(PrototypeError) -> CType {
        if let letter, let type = Self.value(letter) { return type }
        switch letter {
        case UInt8(ascii: "~"):
            guard index > 0, signature[index - 1] == UInt8(ascii: "*") else {
                throw refused("A ~ stands only after a *")
            }
            return .scalar(.uint32)
        case UInt8(ascii: "*"):
            let bytes = CPointer(pointee: .scalar(.uint8), isConst: false)
            let hasLength = index + 1 < signature.count && signature[index + 1] == UInt8(ascii: "~")
            return hasLength ? .array(bytes, .parameter(number + 1)) : .pointer(bytes)
        case UInt8(ascii: "$"):
            return .pointer(CPointer(pointee: .scalar(.char), isConst: true))
        default:
            throw refused("Expected i, I, f, F, r, *, ~, $ or \")\"")
        }
    }

    private mutating func result() throws(PrototypeError) -> CType {
        guard let letter else { return .void }
        guard let type = Self.value(letter) else { throw refused("A result is i, I, f, F or r") }
        index += 1
        return type
    }

    private static func value(_ letter: UInt8) -> CType? {
        switch letter {
        case UInt8(ascii: "i"): .scalar(.int32)
        case UInt8(ascii: "I"): .scalar(.int64)
        case UInt8(ascii: "f"): .scalar(.float)
        case UInt8(ascii: "F"): .scalar(.double)
        case UInt8(ascii: "r"): .reference
        default: nil
        }
    }

    private func refused(_ reason: String) -> PrototypeError {
        let found = letter.map { "\"\(String(UnicodeScalar($0)))\"" } ?? "the end"
        return PrototypeError(index, "\(reason), and found \(found). A signature is as \"(ii*~)i\".")
    }
}

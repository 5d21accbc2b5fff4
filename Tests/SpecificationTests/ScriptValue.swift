// The arguments that a script passes and the results that it expects.

import Foundation
import WasmRuntime

/// An argument. Types of features that are not supported only occur in calls of modules that are refused.
enum ScriptValue: Sendable {
    case value(Value)
    case unsupported(type: String)
}

/// What a result has to be.
enum Expectation: Sendable {
    case exactly(Value)
    case canonicalNaN(bits: Int)
    case arithmeticNaN(bits: Int)
    /// A null reference of any type.
    case null
    /// A reference to something, of the type that these words name.
    case reference(type: String)
    case either([Expectation])
    /// Each lane of a vector has so many bits, and is to be one of these.
    case lanes(bits: Int, [Expectation])
    case unsupported(type: String)
}

private enum Key: String, CodingKey { case type, value, values, laneType = "lane_type" }

/// The lanes of a vector: how many bits each has, and the text of each.
private struct Lanes {
    let type: String
    let texts: [String]

    init(_ values: KeyedDecodingContainer<Key>) throws {
        type = try values.decode(String.self, forKey: .laneType)
        texts = try values.decode([String].self, forKey: .value)
    }

    var bits: Int { 128 / texts.count }

    /// The bits of a lane that a number says.
    func number(_ text: String) -> UInt64 {
        let number = UInt64(text) ?? UInt64(bitPattern: Int64(text)!)
        return bits == 64 ? number : number & (1 << UInt64(bits) - 1)
    }

    var vector: SIMD2<UInt64> {
        var halves = SIMD2<UInt64>()
        for (lane, text) in texts.enumerated() {
            halves[lane * bits / 64] |= number(text) << UInt64(lane * bits % 64)
        }
        return halves
    }
}

extension Value {
    /// The value of a numeric or reference type; nil where the type is not one that can be passed.
    fileprivate init?(type: String, text: String) {
        switch type {
        case "i32": self = .i32(UInt32(text) ?? UInt32(bitPattern: Int32(text)!))
        case "i64": self = .i64(UInt64(text) ?? UInt64(bitPattern: Int64(text)!))
        case "f32": self = .f32(UInt32(text)!)
        case "f64": self = .f64(UInt64(text)!)
        case "funcref" where text == "null": self = .funcref(0)
        // The host's references are numbers from 0 on, and 0 is null here.
        case "exnref" where text == "null": self = .exnref(0)
        case "externref": self = .externref(text == "null" ? 0 : UInt(text)! + 1)
        default: return nil
        }
    }
}

extension ScriptValue: Decodable {
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let type = try values.decode(String.self, forKey: .type)
        guard type != "v128" else {
            self = .value(.v128(try Lanes(values).vector))
            return
        }
        let text = try values.decode(String.self, forKey: .value)
        self = Value(type: type, text: text).map(ScriptValue.value) ?? .unsupported(type: type)
    }
}

extension Expectation: Decodable {
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let type = try values.decode(String.self, forKey: .type)
        switch type {
        case "either":
            self = .either(try values.decode([Expectation].self, forKey: .values))
        case "v128":
            let lanes = try Lanes(values)
            self = .lanes(bits: lanes.bits, lanes.texts.map { Expectation(lane: $0, of: lanes) })
        case "refnull", "nullref", "nullfuncref", "nullexternref", "nullexnref":
            self = .null
        case "i32", "i64", "f32", "f64", "funcref", "externref":
            guard let text = try values.decodeIfPresent(String.self, forKey: .value) else {
                self = .reference(type: type)
                return
            }
            self = Expectation(type: type, text: text)
        default:
            self = .unsupported(type: type)
        }
    }

    private init(type: String, text: String) {
        let bits = type == "f32" ? 32 : 64
        switch text {
        case "nan:canonical": self = .canonicalNaN(bits: bits)
        case "nan:arithmetic": self = .arithmeticNaN(bits: bits)
        default: self = Value(type: type, text: text).map(Expectation.exactly) ?? .unsupported(type: type)
        }
    }

    /// A lane, as a number of 32 or 64 bits: wider than the lane where that is narrow.
    private init(lane text: String, of lanes: Lanes) {
        switch lanes.type {
        case "f32", "f64": self = Expectation(type: lanes.type, text: text)
        default: self = .exactly(lanes.bits == 64 ? .i64(lanes.number(text)) : .i32(UInt32(lanes.number(text))))
        }
    }

    private func matches(lane bits: UInt64, of width: Int) -> Bool {
        switch self {
        case .exactly(.f32): matches(.f32(UInt32(bits)))
        case .exactly(.f64): matches(.f64(bits))
        case .exactly(.i64): matches(.i64(bits))
        case .canonicalNaN(32), .arithmeticNaN(32): matches(.f32(UInt32(bits)))
        case .canonicalNaN, .arithmeticNaN: matches(.f64(bits))
        default: matches(.i32(UInt32(bits)))
        }
    }

    func matches(_ value: Value) -> Bool {
        switch (self, value) {
        case (.exactly(let expected), _): value == expected
        case (.canonicalNaN(32), .f32(let bits)): bits & 0x7FFF_FFFF == 0x7FC0_0000
        case (.canonicalNaN(64), .f64(let bits)): bits & 0x7FFF_FFFF_FFFF_FFFF == 0x7FF8_0000_0000_0000
        case (.arithmeticNaN(32), .f32(let bits)): bits & 0x7FC0_0000 == 0x7FC0_0000
        case (.arithmeticNaN(64), .f64(let bits)): bits & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000
        case (.null, .funcref(let address)), (.null, .externref(let address)), (.null, .exnref(let address)):
            address == 0
        case (.reference("exnref"), .exnref(let address)): address != 0
        case (.reference("funcref"), .funcref(let address)): address != 0
        case (.reference("externref"), .externref(let address)): address != 0
        case (.either(let choices), _): choices.contains { $0.matches(value) }
        case (.lanes(let width, let lanes), .v128(let halves)):
            lanes.enumerated().allSatisfy { lane, expected in
                let bits = halves[lane * width / 64] >> UInt64(lane * width % 64)
                return expected.matches(lane: width == 64 ? bits : bits & (1 << UInt64(width) - 1), of: width)
            }
        default: false
        }
    }
}

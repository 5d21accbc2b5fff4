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
    case unsupported(type: String)
}

private enum Key: String, CodingKey { case type, value, values }

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
            self = .unsupported(type: type)
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

    func matches(_ value: Value) -> Bool {
        switch (self, value) {
        case (.exactly(let expected), _): value == expected
        case (.canonicalNaN(32), .f32(let bits)): bits & 0x7FFF_FFFF == 0x7FC0_0000
        case (.canonicalNaN(64), .f64(let bits)): bits & 0x7FFF_FFFF_FFFF_FFFF == 0x7FF8_0000_0000_0000
        case (.arithmeticNaN(32), .f32(let bits)): bits & 0x7FC0_0000 == 0x7FC0_0000
        case (.arithmeticNaN(64), .f64(let bits)): bits & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000
        case (.null, .funcref(let address)), (.null, .externref(let address)): address == 0
        case (.reference("funcref"), .funcref(let address)): address != 0
        case (.reference("externref"), .externref(let address)): address != 0
        case (.either(let choices), _): choices.contains { $0.matches(value) }
        default: false
        }
    }
}

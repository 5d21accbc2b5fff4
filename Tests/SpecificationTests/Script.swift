// A script of the specification's suite, as `wasm-tools json-from-wast` renders it.
//
// The JSON follows the one of WABT's wast2json:
// https://github.com/WebAssembly/wabt/blob/main/docs/wast2json.md
// `(thread …)`, `(wait …)` and `(either …)` come from the threads proposal:
// https://github.com/WebAssembly/threads/tree/main/test/core/threads

import Foundation
import WasmModule
import WasmRuntime

struct Script: Decodable, Sendable {
    let commands: [Command]
}

/// A file that a command names, beside the script.
struct ModuleFile: Sendable {
    let name: String
    /// Whether there is only the text of the module: then it is the text format that the command tests.
    let isText: Bool
}

struct Command: Sendable {
    indirect enum Body: Sendable {
        case module(ModuleFile, name: String?)
        case moduleDefinition(ModuleFile, name: String?)
        case moduleInstance(name: String?, definition: String?)
        case register(module: String?, as: String)
        case action(Action)
        case assertReturn(Action, [Expectation])
        case assertTrap(Action, text: String)
        case assertException(Action)
        case assertInvalid(ModuleFile)
        case assertMalformed(ModuleFile)
        case assertUnlinkable(ModuleFile, text: String)
        case assertUninstantiable(ModuleFile, text: String)
        case thread(name: String, sharing: String?, [Command])
        case wait(thread: String)
    }

    let line: Int
    let body: Body
}

struct Action: Decodable, Sendable {
    enum Kind: String, Decodable { case invoke, get }

    let type: Kind
    /// The name of the instance; nil stands for the latest.
    let module: String?
    let field: String
    let args: [ScriptValue]?
}

// MARK: Decoding

extension ModuleFile {
    fileprivate init(from values: KeyedDecodingContainer<Command.Key>) throws {
        let isText = try values.decode(String.self, forKey: .moduleType) == "text"
        let binary = try values.decodeIfPresent(String.self, forKey: .binaryFilename)
        name = try binary ?? values.decode(String.self, forKey: .filename)
        self.isText = isText && binary == nil
    }
}

extension Command: Decodable {
    fileprivate enum Key: String, CodingKey {
        case type, line, name, filename, action, expected, text, `as`, commands, thread, instance, module
        case binaryFilename = "binary_filename"
        case moduleType = "module_type"
        case sharedModule = "shared_module"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        line = try values.decode(Int.self, forKey: .line)
        body = try Body(from: values)
    }
}

extension Command.Body {
    fileprivate init(from values: KeyedDecodingContainer<Command.Key>) throws {
        func text(_ key: Command.Key) throws -> String { try values.decode(String.self, forKey: key) }
        func name(_ key: Command.Key) throws -> String? {
            try values.decodeIfPresent(String.self, forKey: key)
        }
        func file() throws -> ModuleFile { try ModuleFile(from: values) }
        func action() throws -> Action { try values.decode(Action.self, forKey: .action) }

        switch try text(.type) {
        case "module": self = .module(try file(), name: try name(.name))
        case "module_definition": self = .moduleDefinition(try file(), name: try name(.name))
        case "module_instance":
            self = .moduleInstance(name: try name(.instance), definition: try name(.module))
        case "register": self = .register(module: try name(.name), as: try text(.as))
        case "action": self = .action(try action())
        case "assert_return":
            self = .assertReturn(try action(), try values.decode([Expectation].self, forKey: .expected))
        case "assert_trap", "assert_exhaustion": self = .assertTrap(try action(), text: try text(.text))
        case "assert_exception": self = .assertException(try action())
        case "assert_invalid": self = .assertInvalid(try file())
        case "assert_malformed": self = .assertMalformed(try file())
        case "assert_unlinkable": self = .assertUnlinkable(try file(), text: try text(.text))
        case "assert_uninstantiable": self = .assertUninstantiable(try file(), text: try text(.text))
        case "thread":
            self = .thread(
                name: try text(.name), sharing: try name(.sharedModule),
                try values.decode([Command].self, forKey: .commands))
        case "wait": self = .wait(thread: try text(.thread))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: values, debugDescription: "no command is called \(other)")
        }
    }
}

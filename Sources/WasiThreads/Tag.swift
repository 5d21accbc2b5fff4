// Tags and exceptions as an embedder holds them.
//
// Always true: a tag is one identity, in every module and process that it is given to; an exception does not change.
// https://webassembly.github.io/spec/core/exec/runtime.html#tag-instances

import Platform
import WasmModule
import WasmRuntime

/// Any thread may use it, while guests do.
package final class Tag: HandleObject {
    package static let handleName = "tag"

    let engine: Engine
    let instance: TagInstance

    init(engine: Engine, instance: TagInstance) {
        self.engine = engine
        self.instance = instance
    }

    /// Makes a tag, for a linker. `name` is for messages.
    convenience init(engine: Engine, parameters: [ValueType], name: String) {
        let type = FunctionType(parameters: parameters, results: [])
        self.init(engine: engine, instance: TagInstance(type: type, name: shown(name)))
    }
}

/// As with a tag.
package final class ExceptionObject: HandleObject {
    package static let handleName = "exception"

    let exception: GuestException

    init(_ exception: GuestException) { self.exception = exception }

    /// References to functions and exceptions belong to a process, and are none of the host's to make.
    convenience init(_ tag: Tag, _ values: [Value]) throws(EmbedderError) {
        let types = tag.instance.type.parameters
        let given = values.map(\.type)
        guard given == types.map(\.widest) else {
            let wanted = types.map(\.description).joined(separator: " ")
            let words = given.map(\.description).joined(separator: " ")
            throw EmbedderError(
                .type, "The tag \(tag.instance.name) carries (\(wanted)), and was given (\(words)).")
        }
        for case .funcref(let address) in values where address != 0 {
            throw EmbedderError(.misuse, "An exception of the host carries no reference to a function but NULL.")
        }
        guard zip(values, types).allSatisfy({ $0.isOf($1) }) else {
            let wanted = types.map(\.description).joined(separator: " ")
            throw EmbedderError(.type, "The tag \(tag.instance.name) carries (\(wanted)), and was given null.")
        }
        self.init(GuestException(tag.instance, values: values))
    }
}

extension EmbedderError {
    /// What leaves a call that throws an exception, in the call or on the way.
    var exception: GuestException? { trap?.exception }

    /// For a host function that throws.
    init(throwing exception: GuestException) {
        let trap = Trap(.uncaughtException, message: exception.message, exception: exception)
        self.init(.host, trap.description)
        self.trap = trap
    }
}

extension Process {
    func tag(exportedAs name: String) throws(EmbedderError) -> Tag {
        guard case .tag(let tag) = main.export(name) else {
            throw EmbedderError(.export, "The module exports no tag \(shown(name)).")
        }
        return Tag(engine: engine, instance: tag)
    }
}

// A C prototype that can be called: read, checked, and worked out. And a text with many of them.

import WasmModule

/// Immutable, and any thread may use it.
package struct NativePrototype: Sendable {
    let plan: CallPlan
    private let parameterNames: [String?]
    /// The declaration, on one line.
    package let text: String

    /// The WebAssembly type of a function with this prototype.
    package var type: FunctionType { plan.type }

    /// That of a function which is returned by the one that `text` declares.
    init(_ returned: ReturnedFunction, text: String) {
        plan = returned.plan
        parameterNames = returned.plan.shape.steps.map { _ in nil }
        self.text = "a result of \(text)"
    }

    init(_ function: Declarations.Function) throws(PrototypeError) {
        plan = try CallPlanner.plan(function.type)
        parameterNames = function.type.parameters.map(\.name)
        text = function.text
    }

    /// Reads a text that declares one function, and what that needs.
    package init(_ text: [UInt8]) throws(PrototypeError) {
        let declarations = try Declarations(text)
        guard let function = declarations.functions.first else {
            throw PrototypeError(text.count, "The text declares no function.")
        }
        if declarations.functions.count > 1 {
            let second = declarations.functions[1].type
            throw PrototypeError(second.offset, "A second function, \(second.name), is declared here.")
        }
        try self.init(function)
    }

    /// What messages call a parameter, or nil the result.
    func describe(parameter index: Int?) -> String {
        guard let index else { return "the result" }
        return parameterNames[index].map { "the argument \($0)" } ?? "the argument \(index + 1)"
    }
}

/// The functions that a header's text declares.
package struct NativeDeclarations {
    private let declarations: Declarations

    package init(_ text: [UInt8]) throws(PrototypeError) { declarations = try Declarations(text) }

    /// All of them, in the order of the text, each with its prototype or why it has none.
    package var all: [(name: String, prototype: Result<NativePrototype, PrototypeError>)] {
        declarations.functions.map { function in
            (function.type.name, Result { () throws(PrototypeError) in try NativePrototype(function) })
        }
    }

    /// The function of this name; nil where none is declared. One that cannot be called is refused now, since
    /// a header may declare more than anybody calls.
    package func prototype(named name: String) throws(PrototypeError) -> NativePrototype? {
        guard let function = declarations.function(named: name) else { return nil }
        return try NativePrototype(function)
    }
}

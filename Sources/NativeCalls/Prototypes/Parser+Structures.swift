// Structures, unions and enumerations.

extension Parser {
    /// A type that begins with struct, union or enum, which is the next token.
    mutating func taggedType() throws(PrototypeError) -> CType {
        guard case .identifier(let keyword) = token.kind else { throw unexpected("a type") }
        advance()
        let hasAttributes = try skipAttributes()
        var tag: String?
        if case .identifier(let name) = token.kind {
            tag = name
            advance()
        }
        guard tag != nil || token.kind == .mark("{") else { throw unexpected("a name or \"{\"") }
        switch keyword {
        case "enum":
            if accept(":") { _ = try specifiers() }
            if token.kind == .mark("{") { try skipBrackets() }
            return .scalar(.int32)
        default:
            return .structure(try structure(keyword, tag, hasAttributes: hasAttributes))
        }
    }

    private mutating func structure(
        _ keyword: String, _ tag: String?, hasAttributes: Bool
    ) throws(PrototypeError) -> CStructure {
        let name = tag.map { "\(keyword) \($0)" } ?? "a structure without a name"
        let structure = tag.flatMap { structures[$0] } ?? CStructure(name: name)
        if let tag { structures[tag] = structure }
        let start = token.offset
        guard accept("{") else { return structure }
        guard case .incomplete = structure.state else {
            throw PrototypeError(start, "A second definition of \(name) begins here.")
        }
        structure.state = try nested { parser throws(PrototypeError) in
            try parser.members(hasAttributes: hasAttributes, ofUnion: keyword == "union")
        }
        return structure
    }

    /// The members up to the closing brace, and the attributes after it.
    private mutating func members(
        hasAttributes: Bool, ofUnion isUnion: Bool
    ) throws(PrototypeError) -> CStructure.State {
        var layout = CLayout(isUnion: isUnion)
        var problem = hasAttributes ? "attributes, which may change its layout" : nil
        while !accept("}") {
            let specifiers = try specifiers()
            if specifiers.hasAttributes { problem = problem ?? "attributes, which may change its layout" }
            if accept(";") {
                problem = problem ?? "a member without a name"
                continue
            }
            repeat {
                let found = try member(specifiers, &layout)
                problem = problem ?? found
            } while accept(",")
            try expect(";", "after the member")
        }
        // After the structure an attribute may be of a variable or a typedef; it is rare enough.
        if try skipAttributes() { problem = problem ?? "attributes, which may change its layout" }
        layout.close()
        if layout.hostSize == 0 { problem = problem ?? "no members" }
        return problem.map { .unsupported($0) } ?? .complete(layout)
    }

    /// Reads one declarator and adds the member. Returns what the structure has that is not supported.
    private mutating func member(
        _ specifiers: Specifiers, _ layout: inout CLayout
    ) throws(PrototypeError) -> String? {
        if accept(":") {
            try skipExpression()
            return "bit fields"
        }
        let declarator = try declarator()
        guard declarator.name != nil else { throw unexpected("the name of a member") }
        if accept(":") {
            try skipExpression()
            return "bit fields"
        }
        if try skipAttributes() { return "attributes, which may change its layout" }
        switch declarator.type(of: specifiers) {
        case .scalar(let scalar):
            return layout.add(.scalar(scalar), count: 1)
        case .structure(let structure):
            return layout.add(.structure(structure), count: 1)
        case .array(let element, .number(let count)) where count > 0:
            switch element.pointee {
            case .scalar(let scalar): return layout.add(.scalar(scalar), count: Int(count))
            case .structure(let structure): return layout.add(.structure(structure), count: Int(count))
            case .void, .caller, .error, .errno: return "an array of such elements"
            }
        case .array: return "an array without a number as its size"
        case .pointer, .reference: return "a pointer"
        case .functionPointer: return "a function pointer"
        case .unsupported(let what): return what
        case .void, .function, .caller, .error, .errno: return "a member that is no value"
        }
    }
}

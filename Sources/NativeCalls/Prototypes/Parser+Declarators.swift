// Declarators: the names in a declaration, and what stands around each of them.
// https://en.cppreference.com/w/c/language/declarations

extension Parser {
    struct Declarator {
        /// What makes the declared type of the base type, in order.
        enum Step {
            case pointer(isConst: Bool, isNullable: Bool)
            case array(CBound)
            case function([CParameter], isVariadic: Bool)
        }

        var name: String?
        var offset: Int
        var steps: [Step] = []

        func type(of specifiers: Specifiers) -> CType {
            var type = specifiers.type
            var isConst = specifiers.isConst
            if specifiers.isNullable { type = type.nullable }
            for step in steps {
                switch step {
                case .pointer(let isConstItself, let isNullable):
                    type = type.pointer(toConst: isConst)
                    if isNullable { type = type.nullable }
                    isConst = isConstItself
                case .array(let bound):
                    type = type.array(bound, ofConst: isConst)
                case .function(let parameters, let isVariadic):
                    type = type.function(parameters, isVariadic: isVariadic, offset: offset)
                }
            }
            return type
        }
    }

    /// A declarator, which may leave out the name.
    mutating func declarator() throws(PrototypeError) -> Declarator {
        try nested { parser throws(PrototypeError) in
            var steps: [Declarator.Step] = []
            while parser.accept("*") { steps.append(try parser.pointer()) }
            try parser.skipAttributes()
            var inner = Declarator(name: nil, offset: parser.token.offset)
            if case .identifier(let name) = parser.token.kind {
                inner.name = name
                parser.advance()
            } else if parser.token.kind == .mark("("), !parser.beginsParameters {
                parser.advance()
                inner = try parser.declarator()
                try parser.expect(")", "after the declarator")
            }
            var suffixes: [Declarator.Step] = []
            while let suffix = try parser.suffix() { suffixes.append(suffix) }
            inner.steps = steps + suffixes.reversed() + inner.steps
            return inner
        }
    }

    /// Whether the parenthesis that comes next opens a list of parameters.
    private var beginsParameters: Bool {
        following.kind == .mark(")") || beginsType(following)
    }

    /// The qualifiers after an asterisk.
    private mutating func pointer() throws(PrototypeError) -> Declarator.Step {
        var (isConst, isNullable) = (false, false)
        while case .identifier(let name) = token.kind {
            switch name {
            case "const", "__const": isConst = true
            case "_Nullable": isNullable = true
            case "volatile", "restrict", "__restrict", "__restrict__", "_Nonnull", "_Null_unspecified": break
            default: return .pointer(isConst: isConst, isNullable: isNullable)
            }
            advance()
        }
        return .pointer(isConst: isConst, isNullable: isNullable)
    }

    private mutating func suffix() throws(PrototypeError) -> Declarator.Step? {
        if token.kind == .mark("["), following.kind != .mark("[") {
            advance()
            return .array(try bound())
        }
        guard accept("(") else { return nil }
        return try parameters()
    }

    /// What stands between brackets, and the closing one.
    private mutating func bound() throws(PrototypeError) -> CBound {
        while accept(word: "static") || accept(word: "const") || accept(word: "restrict") {}
        if accept("]") { return .open }
        let start = token
        if let product = try product() { return product }
        let bound: CBound
        switch (start.kind, following.kind) {
        case (.number(let number?), .mark("]")): bound = .number(number)
        case (.identifier(let name), .mark("]")): bound = .name(name, offset: start.offset)
        default: bound = .unknown(offset: start.offset)
        }
        try skipExpression()
        try expect("]", "after the size of the array")
        return bound
    }

    /// The size `[count * size]`, with the closing bracket, where it is one of two names.
    private mutating func product() throws(PrototypeError) -> CBound? {
        guard case .identifier(let first) = token.kind, following.kind == .mark("*"), index + 3 < tokens.count,
            case .identifier(let second) = tokens[index + 2].kind, tokens[index + 3].kind == .mark("]")
        else { return nil }
        let offset = token.offset
        for _ in 0..<4 { advance() }
        return .product(first, second, offset: offset)
    }

    /// What stands between parentheses, and the closing one.
    private mutating func parameters() throws(PrototypeError) -> Declarator.Step {
        var parameters: [CParameter] = []
        if accept(")") { return .function([], isVariadic: false) }
        if token.kind == .identifier("void"), following.kind == .mark(")") {
            advance()
            advance()
            return .function([], isVariadic: false)
        }
        repeat {
            if accept("...") {
                try expect(")", "after \"...\"")
                return .function(parameters, isVariadic: true)
            }
            let start = token.offset
            let specifiers = try specifiers()
            let declarator = try declarator()
            try skipAttributes()
            let type = declarator.type(of: specifiers).asParameter
            parameters.append(CParameter(name: declarator.name, type: type, offset: start))
        } while accept(",")
        try expect(")", "or \",\" after the parameter")
        return .function(parameters, isVariadic: false)
    }
}

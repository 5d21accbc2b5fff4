// Reads C declarations: prototypes, structures and typedefs, as they stand in a header.
//
// Always true: what is read grows with the text, but no recursion is deeper than `maximumNesting`. What C has
// and a call does not is read all the same, and refused where a function that uses it is to be called: a
// header may declare more than a guest imports.

/// What a text of C declares.
struct Declarations {
    struct Function {
        var type: CFunction
        /// Its declaration as it stands in the text, on one line.
        var text: String
    }

    /// In the order of the text.
    fileprivate(set) var functions: [Function] = []
    fileprivate(set) var names: [String: Int] = [:]

    init(_ text: [UInt8]) throws(PrototypeError) {
        var parser = Parser(text: text, tokens: try Tokenizer.tokens(of: text))
        try parser.parse()
        self = parser.declarations
    }

    fileprivate init() {}

    func function(named name: String) -> Function? { names[name].map { functions[$0] } }
}

struct Parser {
    static let maximumNesting = 32

    let text: [UInt8]
    let tokens: [Token]
    /// Of the next token.
    private(set) var index = 0
    private var nesting = 0
    var typedefs = CType.known
    var structures: [String: CStructure] = [:]
    fileprivate var declarations = Declarations()

    fileprivate init(text: [UInt8], tokens: [Token]) {
        self.text = text
        self.tokens = tokens
    }

    // MARK: Tokens

    var token: Token { tokens[index] }
    var isAtEnd: Bool { token.kind == .end }

    /// The token after the next one.
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    mutating func accept(_ mark: String) -> Bool {
        guard token.kind == .mark(mark) else { return false }
        advance()
        return true
    }

    mutating func accept(word: String) -> Bool {
        guard token.kind == .identifier(word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ mark: String, _ place: String) throws(PrototypeError) {
        guard accept(mark) else { throw unexpected("\"\(mark)\" \(place)") }
    }

    func unexpected(_ wanted: String) -> PrototypeError {
        PrototypeError(token.offset, "Expected \(wanted), and found \(token.words).")
    }

    /// Runs `body` one level deeper.
    mutating func nested<Result>(
        _ body: (inout Parser) throws(PrototypeError) -> Result
    ) throws(PrototypeError) -> Result {
        guard nesting < Self.maximumNesting else {
            throw PrototypeError(token.offset, "Declarations nest at most \(Self.maximumNesting) levels.")
        }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    /// Skips what stands between brackets, from the opening one on.
    mutating func skipBrackets() throws(PrototypeError) {
        let opening = token
        var depth = 0
        repeat {
            switch token.kind {
            case .mark("("), .mark("["), .mark("{"): depth += 1
            case .mark(")"), .mark("]"), .mark("}"): depth -= 1
            case .end: throw PrototypeError(opening.offset, "What \(opening.words) opens here is not closed.")
            default: break
            }
            advance()
        } while depth > 0
    }

    /// Skips an expression: up to a comma or a mark that ends it, which stays.
    mutating func skipExpression() throws(PrototypeError) {
        while true {
            switch token.kind {
            case .mark(","), .mark(";"), .mark(")"), .mark("]"), .mark("}"), .end: return
            case .mark("("), .mark("["), .mark("{"): try skipBrackets()
            default: advance()
            }
        }
    }

    // MARK: Declarations

    fileprivate mutating func parse() throws(PrototypeError) {
        var linkage = 0
        while !isAtEnd {
            if accept(";") { continue }
            if linkage > 0, accept("}") {
                linkage -= 1
            } else if token.kind == .identifier("extern"), following.kind == .literal {
                advance()
                advance()
                if accept("{") { linkage += 1 }
            } else if accept(word: "_Static_assert") || accept(word: "static_assert") {
                try skipExpression()
            } else {
                try declaration()
            }
        }
        guard linkage == 0 else { throw unexpected("\"}\" for extern \"C\" {") }
    }

    private mutating func declaration() throws(PrototypeError) {
        let start = token.offset
        let specifiers = try specifiers()
        if accept(";") { return }
        repeat {
            let declarator = try declarator()
            try skipAttributes()
            let type = declarator.type(of: specifiers)
            if specifiers.isTypedef {
                guard let name = declarator.name else { throw unexpected("the name of a type") }
                // What the library knows stays: a header may define size_t for its own machine.
                if typedefs[name] == nil { typedefs[name] = type }
            } else if case .function(var function) = type {
                function.name = declarator.name ?? ""
                function.offset = declarator.offset
                add(function, from: start)
                if token.kind == .mark("{") { return try skipBrackets() }
            } else if declarator.name == nil {
                throw unexpected("a name after the type")
            }
            if accept("=") { try skipExpression() }
        } while accept(",")
        // A single prototype may do without.
        if !isAtEnd { try expect(";", "after the declaration") }
    }

    private mutating func add(_ function: CFunction, from start: Int) {
        guard declarations.names[function.name] == nil else { return }
        declarations.names[function.name] = declarations.functions.count
        let words = text[start..<tokens[index - 1].end].split { $0 <= UInt8(ascii: " ") }
        let line = String(decoding: Array(words.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
        declarations.functions.append(Declarations.Function(type: function, text: line))
    }

    /// Skips what compilers are told of a declaration. Returns whether there was any.
    @discardableResult
    mutating func skipAttributes() throws(PrototypeError) -> Bool {
        var wereThere = false
        while true {
            switch token.kind {
            case .identifier("__attribute__"), .identifier("__attribute"), .identifier("__asm__"),
                .identifier("asm"), .identifier("_Alignas"), .identifier("alignas"),
                .identifier("__declspec"):
                advance()
                guard token.kind == .mark("(") else { throw unexpected("\"(\"") }
                try skipBrackets()
            case .mark("[") where following.kind == .mark("["):
                try skipBrackets()
            default:
                return wereThere
            }
            wereThere = true
        }
    }
}

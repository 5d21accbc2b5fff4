// The part of a declaration that stands before its declarators: the base type and what qualifies it.

extension Parser {
    struct Specifiers {
        var type = CType.void
        var isConst = false
        var isTypedef = false
        /// `_Nullable` after the name of a pointer's type.
        var isNullable = false
        /// Whether an attribute or an alignment may change a layout.
        var hasAttributes = false
    }

    /// The words that make up a type of C, how often each was there.
    private struct Words {
        var counts: [String: Int] = [:]
        var isEmpty: Bool { counts.isEmpty }

        /// The type that they name together; nil where they name none.
        var type: CType? {
            var rest = counts
            let isUnsigned = rest.removeValue(forKey: "unsigned")
            let isSigned = rest.removeValue(forKey: "signed")
            guard isUnsigned ?? 1 == 1, isSigned ?? 1 == 1, isUnsigned == nil || isSigned == nil else {
                return nil
            }
            let hasSign = isUnsigned != nil || isSigned != nil
            func either(_ signed: CScalar, _ unsigned: CScalar) -> CType {
                .scalar(isUnsigned == nil ? signed : unsigned)
            }
            switch rest {
            case ["char": 1]: return hasSign ? either(.int8, .uint8) : .scalar(.char)
            case ["short": 1], ["short": 1, "int": 1]: return either(.int16, .uint16)
            case ["int": 1]: return either(.int32, .uint32)
            case [:] where hasSign: return either(.int32, .uint32)
            case ["long": 1], ["long": 1, "int": 1]: return either(.long, .unsignedLong)
            case ["long": 2], ["long": 2, "int": 1]: return either(.int64, .uint64)
            case ["void": 1] where !hasSign: return .void
            case ["float": 1] where !hasSign: return .scalar(.float)
            case ["double": 1] where !hasSign: return .scalar(.double)
            case ["double": 1, "long": 1] where !hasSign:
                return .unsupported("a long double (guests have another format of it)")
            default: return nil
            }
        }
    }

    private static let typeWords: Set<String> = [
        "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned",
    ]
    private static let synonyms = ["__signed__": "signed", "__signed": "signed"]
    /// What does not change how a value is passed.
    private static let ignored: Set<String> = [
        "volatile", "__volatile__", "restrict", "__restrict", "__restrict__", "extern", "static", "inline",
        "__inline", "__inline__", "register", "auto", "_Noreturn", "noreturn", "_Thread_local",
        "__extension__", "constexpr",
    ]
    private static let unsupported: Set<String> = [
        "_Complex", "__complex__", "_Imaginary", "__int128", "__int128_t", "__uint128_t", "_Atomic",
        "_BitInt", "_Float16", "_Float32", "_Float64", "_Float128", "__float128", "_Decimal32", "_Decimal64",
        "_Decimal128", "va_list", "__builtin_va_list", "wasi_threads_function_t",
    ]

    /// What messages call a type that cannot be passed, and why it cannot.
    private static func refusal(of name: String) -> String {
        let reason: String? =
            switch name {
            case "_Complex", "__complex__", "_Imaginary": "a complex number is two values"
            case "__int128", "__int128_t", "__uint128_t": "no number of WebAssembly has 128 bits"
            case "_BitInt": "its size is none of a number of WebAssembly"
            case "_Float16", "_Float128", "__float128", "_Decimal32", "_Decimal64", "_Decimal128":
                "WebAssembly has floats of 32 and 64 bits"
            case "_Atomic": "an atomic is an object in memory, of which a call has no copy"
            case "va_list", "__builtin_va_list": "guests have another layout of it"
            default: nil
            }
        return reason.map { "the type \(name) (\($0))" } ?? "the type \(name)"
    }

    /// Whether the next token begins a type.
    func beginsType(_ token: Token) -> Bool {
        guard case .identifier(let name) = token.kind else { return token.kind == .mark("...") }
        return Self.typeWords.contains(name) || Self.ignored.contains(name) || Self.unsupported.contains(name)
            || typedefs[name] != nil || ["const", "__const", "struct", "union", "enum"].contains(name)
            || Self.synonyms[name] != nil
    }

    mutating func specifiers() throws(PrototypeError) -> Specifiers {
        var result = Specifiers()
        var words = Words()
        var named: CType?
        let start = token
        while true {
            if try skipAttributes() {
                result.hasAttributes = true
                continue
            }
            guard case .identifier(let written) = token.kind else { break }
            let name = Self.synonyms[written] ?? written
            let hasType = named != nil || !words.isEmpty
            if Self.ignored.contains(name) {
                advance()
            } else if name == "typedef" {
                result.isTypedef = true
                advance()
            } else if name == "_Nullable" {
                result.isNullable = true
                advance()
            } else if name == "const" || name == "__const" {
                result.isConst = true
                advance()
            } else if Self.typeWords.contains(name) {
                words.counts[name, default: 0] += 1
                advance()
            } else if Self.unsupported.contains(name) {
                named = .unsupported(Self.refusal(of: name))
                advance()
                if token.kind == .mark("(") { try skipBrackets() }
            } else if hasType {
                break
            } else if ["struct", "union", "enum"].contains(name) {
                named = try taggedType()
            } else if let known = typedefs[name] {
                named = known
                advance()
            } else {
                throw unknownType(name)
            }
        }
        if case .unsupported = named {
            // Whatever stands beside it.
        } else if named != nil, !words.isEmpty {
            throw PrototypeError(start.offset, "Two types stand together here; a declaration has one.")
        }
        guard let type = named ?? words.type else {
            guard !words.isEmpty else { throw unexpected("a type") }
            let list = words.counts.keys.sorted().joined(separator: ", ")
            throw PrototypeError(start.offset, "These words name no type of C together: \(list).")
        }
        result.type = type
        return result
    }

    private func unknownType(_ name: String) -> PrototypeError {
        let advice = """
            Declare it in the same text, with typedef or struct, before it is used; if it is a macro, give what \
            cc -E makes of the header.
            """
        return PrototypeError(token.offset, "No type \(name) is known here. \(advice)")
    }
}

extension CType {
    /// The names of types that every text may use.
    static var known: [String: CType] {
        [
            "_Bool": .scalar(.bool), "bool": .scalar(.bool),
            "int8_t": .scalar(.int8), "uint8_t": .scalar(.uint8),
            "int16_t": .scalar(.int16), "uint16_t": .scalar(.uint16),
            "int32_t": .scalar(.int32), "uint32_t": .scalar(.uint32),
            "int64_t": .scalar(.int64), "uint64_t": .scalar(.uint64),
            "size_t": .scalar(.size), "uintptr_t": .scalar(.size),
            "ssize_t": .scalar(.difference), "ptrdiff_t": .scalar(.difference),
            "intptr_t": .scalar(.difference),
            "externref": .reference, "wasi_threads_externref_t": .reference,
            "wasi_threads_caller_t": .caller, "wasi_threads_error_t": .error,
            "wasi_threads_errno_t": .errno,
        ]
    }
}

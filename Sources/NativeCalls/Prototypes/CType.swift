// The types of C that declarations can name.
//
// Always true: types do not nest without bound, whatever a text says. A pointer points to a scalar, a
// structure, a function or nothing; an array has scalars or structures; everything else is `.unsupported`. So no
// recursion over a type is deeper than structures and declarators are allowed to be.

enum CType {
    case void
    case scalar(CScalar)
    case structure(CStructure)
    case pointer(CPointer)
    case array(CPointer, CBound)
    indirect case function(CFunction)
    indirect case functionPointer(CFunction, isNullable: Bool)
    /// An opaque pointer of the host, which the guest holds as an externref.
    case reference
    /// The library's own structures, which appear behind pointers only.
    case caller, error
    /// What the guest is told of errno by, behind a pointer.
    case errno
    /// A type that can be declared and not be passed; what it is, as "a union".
    case unsupported(String)
}

struct CPointer {
    enum Pointee {
        case void
        case scalar(CScalar)
        case structure(CStructure)
        case caller, error, errno
    }

    var pointee: Pointee
    var isConst: Bool
    /// Whether the guest's address 0 stands for NULL: `_Nullable`.
    var isNullable = false
}

/// How many elements stand behind a pointer.
enum CBound {
    /// `[]`.
    case open
    /// `[16]`.
    case number(UInt32)
    /// `[count]`: the parameter of that name.
    case name(String, offset: Int)
    /// `[count * size]`: the product of two parameters.
    case product(String, String, offset: Int)
    /// The parameter at this index.
    case parameter(Int)
    /// An expression.
    case unknown(offset: Int)
}

struct CParameter {
    var name: String?
    var type: CType
    /// Where it stands in the text.
    var offset: Int
}

/// A function's type, with the name that it is declared under.
struct CFunction {
    var name: String
    var result: CType
    var parameters: [CParameter]
    var isVariadic = false
    var offset: Int
}

extension CType {
    /// A pointer to this.
    func pointer(toConst isConst: Bool) -> CType {
        let pointee: CPointer.Pointee
        switch self {
        case .void: pointee = .void
        case .scalar(let scalar): pointee = .scalar(scalar)
        case .structure(let structure): pointee = .structure(structure)
        case .caller: pointee = .caller
        case .error: pointee = .error
        case .errno: pointee = .errno
        case .pointer, .reference, .array, .functionPointer:
            return .unsupported("a pointer to a pointer or an array")
        case .function(let function): return .functionPointer(function, isNullable: false)
        case .unsupported: return self
        }
        return .pointer(CPointer(pointee: pointee, isConst: isConst))
    }

    /// This, where it is a pointer, as one whose address 0 stands for NULL.
    var nullable: CType {
        switch self {
        case .pointer(var pointer):
            pointer.isNullable = true
            return .pointer(pointer)
        case .functionPointer(let function, _): return .functionPointer(function, isNullable: true)
        default: return self
        }
    }

    /// What a parameter of this type is: that of a function is a pointer to it.
    var asParameter: CType {
        if case .function(let function) = self { .functionPointer(function, isNullable: false) } else { self }
    }

    /// An array of this.
    func array(_ bound: CBound, ofConst isConst: Bool) -> CType {
        switch self {
        case .scalar(let scalar):
            return .array(CPointer(pointee: .scalar(scalar), isConst: isConst), bound)
        case .structure(let structure):
            return .array(CPointer(pointee: .structure(structure), isConst: isConst), bound)
        case .array(let element, .number(let inner)):
            guard case .number(let outer) = bound else { break }
            let (count, isTooMany) = inner.multipliedReportingOverflow(by: outer)
            return isTooMany ? .unsupported("an array so large") : .array(element, .number(count))
        case .unsupported: return self
        default: break
        }
        return .unsupported("an array of such elements")
    }

    /// A function that returns this.
    func function(_ parameters: [CParameter], isVariadic: Bool, offset: Int) -> CType {
        if case .function = self { return .unsupported("a function that returns a function") }
        if case .array = self { return .unsupported("a function that returns an array") }
        return .function(
            CFunction(name: "", result: self, parameters: parameters, isVariadic: isVariadic, offset: offset))
    }
}

// Functions that move values of all types and change none, written at random as text; so what each gives for
// its arguments is known.

import WasmModule

/// Where a value of a function comes from: one of its parameters, or the zero that a local begins with.
enum Source {
    case parameter(Int)
    case zero(ValueType)
}

struct MovingFunction {
    /// The first two are an i32 0 and an i32 1, which the function does not know.
    let parameters: [ValueType]
    let results: [ValueType]
    /// Where each result comes from.
    let sources: [Source]
    let text: String

    /// The results for arguments.
    func results<Content>(_ arguments: [Content], zero: (ValueType) -> Content) -> [Content] {
        sources.map { source in
            switch source {
            case .parameter(let index): arguments[index]
            case .zero(let type): zero(type)
            }
        }
    }

    /// Its type in the text format.
    var signature: String { "(param \(list(parameters))) (result \(list(results)))" }
}

func list(_ types: [ValueType]) -> String { types.map(\.description).joined(separator: " ") }

struct FunctionWriter {
    static let types: [ValueType] = [.i32, .i64, .f32, .f64, .v128, .v128]

    private(set) var numbers: RandomNumbers
    /// What it may call, by its index in the module and in the table.
    private let callees: [MovingFunction]
    private let parameters: [ValueType]
    private let locals: [ValueType]
    /// What is in each local, parameters first.
    private var contents: [Source]
    private var text = ""
    private var loops = 0

    init(_ numbers: RandomNumbers, callees: [MovingFunction]) {
        self.numbers = numbers
        self.callees = callees
        parameters = [.i32, .i32] + self.numbers.list(1...7, of: Self.types)
        locals = self.numbers.list(4...4, of: Self.types)
        contents = parameters.indices.map(Source.parameter) + locals.map(Source.zero)
    }

    mutating func write(named name: String) -> MovingFunction {
        var results = numbers.list(0...5, of: Self.types)
        let sources: [Source]
        if !callees.isEmpty, numbers.below(3) == 0 {
            let index = numbers.below(callees.count)
            results = callees[index].results
            let given = call(index, 2, "return_call")
            sources = callees[index].results(given, zero: Source.zero)
        } else {
            sources = results.map { push($0, 3) }
            if numbers.below(2) == 0 { text += "return\n" }
        }
        let counters = (0..<loops).map { "(local $n\($0) i32)" }.joined(separator: " ")
        let head = "(func $\(name) (export \"\(name)\") (param \(list(parameters))) (result \(list(results)))"
        return MovingFunction(
            parameters: parameters, results: results, sources: sources,
            text: "\(head) (local \(list(locals))) \(counters)\n\(text))\n")
    }

    fileprivate mutating func randomType() -> ValueType { Self.types[numbers.below(Self.types.count)] }

    /// Writes what pushes a value of a type, and says where it comes from.
    private mutating func push(_ type: ValueType, _ depth: Int) -> Source {
        guard depth > 0 else { return pushLocal(type) }
        switch numbers.below(10) {
        case 0: return pushSelect(type, depth - 1)
        case 1: return pushBlock(type, depth - 1)
        case 2: return pushLoop(type, depth - 1)
        case 3: return pushIf(type, depth - 1)
        case 4: return pushTable(type, depth - 1)
        case 5, 6: return pushCall(type, depth - 1)
        case 7: return setLocal(type, depth - 1)
        case 8: return pushCaught(type, depth - 1)
        default: return pushLocal(type)
        }
    }

    fileprivate mutating func pushLocal(_ type: ValueType) -> Source {
        let fitting = contents.indices.filter { (parameters + locals)[$0] == type }
        guard !fitting.isEmpty else {
            text += type == .v128 ? "global.get $zero\n" : "\(type).const 0\n"
            return .zero(type)
        }
        let index = fitting[numbers.below(fitting.count)]
        text += "local.get \(index)\n"
        return contents[index]
    }

    /// Sets a local, and maybe reads what it was from below.
    private mutating func setLocal(_ type: ValueType, _ depth: Int) -> Source {
        let own = locals.indices.filter { locals[$0] == type }.map { parameters.count + $0 }
        guard !own.isEmpty else { return pushLocal(type) }
        let index = own[numbers.below(own.count)]
        text += "local.get \(index)\n"
        let before = contents[index]
        let source = push(type, depth)
        contents[index] = source
        switch numbers.below(3) {
        case 0:
            text += "local.set \(index)\n"
            return before
        case 1: text += "local.tee \(index)\nlocal.get 0\nselect (result \(type))\n"
        default:
            text += "local.set \(index)\nglobal.set $\(type)\nlocal.get \(index)\nglobal.get $\(type)\n"
            text += "local.get 1\nselect (result \(type))\n"
        }
        return source
    }

    private mutating func pushSelect(_ type: ValueType, _ depth: Int) -> Source {
        let first = push(type, depth)
        let second = push(type, depth)
        let condition = numbers.below(2)
        text += "local.get \(condition)\nselect (result \(type))\n"
        return condition == 1 ? first : second
    }

    /// A block that takes values along, and is left from a height above its own.
    private mutating func pushBlock(_ type: ValueType, _ depth: Int) -> Source {
        let below = randomType()
        _ = push(below, depth)
        let source = push(type, depth)
        text += "block (param \(below) \(type)) (result \(type))\n"
        let above = randomType()
        if numbers.below(2) == 0 {
            let taken = push(type, depth)
            text += "local.get 1\nbr_if 0\nunreachable\nend\n"
            return taken
        }
        _ = push(above, depth)
        text += "drop\nlocal.get 0\nbr_if 0\nbr 0\nend\n"
        return source
    }

    /// A loop that carries values, above operands that wait for its end.
    private mutating func pushLoop(_ type: ValueType, _ depth: Int) -> Source {
        let (below, other) = (randomType(), randomType())
        text += "block (result \(type))\n"
        _ = push(below, depth)
        _ = push(other, depth)
        let source = push(type, depth)
        text += "i32.const 4\nlocal.set $n\(loops)\n"
        text += "loop (param \(other) \(type)) (result \(other) \(type))\n"
        text += "local.get $n\(loops)\ni32.const 1\ni32.sub\nlocal.tee $n\(loops)\nbr_if 0\nend\nbr 0\nend\n"
        loops += 1
        return source
    }

    /// An if whose parameter one of the branches gives back.
    private mutating func pushIf(_ type: ValueType, _ depth: Int) -> Source {
        let other = randomType()
        let second = push(type, depth)
        _ = push(other, depth)
        let condition = numbers.below(2)
        text += "local.get \(condition)\nif (param \(type) \(other)) (result \(type))\n"
        let first = pushLocal(type)
        text += numbers.below(2) == 0 ? "br 0\n" : "local.get 1\nbr_if 0\nunreachable\n"
        text += "else\ndrop\nend\n"
        return condition == 1 ? first : second
    }

    private mutating func pushTable(_ type: ValueType, _ depth: Int) -> Source {
        text += "block (result \(type))\n"
        _ = push(randomType(), depth)
        text += "block (result \(type))\n"
        _ = push(randomType(), depth)
        let source = push(type, depth)
        text += "local.get \(numbers.below(2))\nbr_table 0 1 0\nend\nbr 0\nend\n"
        return source
    }

    private mutating func pushCall(_ type: ValueType, _ depth: Int) -> Source {
        let fitting = callees.indices.filter { callees[$0].results.contains(type) }
        guard !fitting.isEmpty else { return pushLocal(type) }
        let index = fitting[numbers.below(fitting.count)]
        let callee = callees[index]
        text += "block (result \(type))\n"
        let arguments = call(index, depth, "call")
        let position = callee.results.lastIndex(of: type)!
        for _ in callee.results[(position + 1)...] { text += "drop\n" }
        text += "br 0\nend\n"
        return callee.results(arguments, zero: Source.zero)[position]
    }
}

extension FunctionWriter {
    /// Writes a call of a function, and says where its arguments come from.
    private mutating func call(_ index: Int, _ depth: Int, _ instruction: String) -> [Source] {
        let callee = callees[index]
        text += "local.get 0\nlocal.get 1\n"
        var arguments = [contents[0], contents[1]]
        for parameter in callee.parameters.dropFirst(2) { arguments.append(push(parameter, depth)) }
        text += numbers.below(2) == 0
            ? "\(instruction) \(index)\n" : "i32.const \(index)\n\(instruction)_indirect \(callee.signature)\n"
        return arguments
    }

    /// Throws values that it catches, from a function that it calls or by itself.
    private mutating func pushCaught(_ type: ValueType, _ depth: Int) -> Source {
        let fitting = Self.tags.indices.filter { Self.tags[$0].contains(type) }
        guard !fitting.isEmpty else { return pushLocal(type) }
        let tag = fitting[numbers.below(fitting.count)]
        let values = Self.tags[tag]
        text += "block (result \(type))\nblock (result \(list(values)))\n"
        _ = push(randomType(), depth)
        text += "try_table (catch $t\(tag) 0)\n"
        let sources = values.map { push($0, depth) }
        text += numbers.below(2) == 0 ? "throw $t\(tag)\n" : "call $throw\(tag)\n"
        text += "end\nunreachable\nend\n"
        let position = values.lastIndex(of: type)!
        for _ in values[(position + 1)...] { text += "drop\n" }
        text += "br 0\nend\n"
        return sources[position]
    }

    /// What the tags carry that functions throw.
    static let tags: [[ValueType]] = [
        [.i32, .v128, .i64], [.f64], [.v128, .f32, .v128, .i32], [.i64, .f64, .v128],
    ]

    /// The tags, and a function that throws each.
    static let tagDefinitions = tags.indices.map { "(tag $t\($0) (param \(list(tags[$0]))))\n" }.joined()
    static let throwers = tags.indices.map { tag in
        let values = tags[tag].indices.map { "local.get \($0) " }.joined()
        return "(func $throw\(tag) (param \(list(tags[tag]))) \(values) throw $t\(tag))\n"
    }.joined()
}

/// The same numbers for the same seed.
struct RandomNumbers {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }

    mutating func list<Element>(_ count: ClosedRange<Int>, of elements: [Element]) -> [Element] {
        let count = count.lowerBound + below(count.upperBound - count.lowerBound + 1)
        var list: [Element] = []
        for _ in 0..<count { list.append(elements[below(elements.count)]) }
        return list
    }
}

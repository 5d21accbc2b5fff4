// From a prototype to the plan of its calls and to its WebAssembly type.
//
// The type is the one that C compiled for wasm32 has, but that `long` has 64 bits: a small structure of one
// scalar is that scalar, another structure is an address, and its result goes to an address that is the first
// parameter. https://github.com/WebAssembly/tool-conventions/blob/main/BasicCABI.md

import Platform
import WasmModule
import WasmRuntime

struct CallPlanner {
    static let maximumParameters = 64
    /// What one call may take of a guest thread's stack for arguments; calls nest.
    static let maximumBytes = 4096

    private let function: CFunction
    private var type = FunctionType(parameters: [], results: [])
    private var steps: [CallStep] = []
    private var foreign: [ForeignType] = []
    private var leaves: [CLayout.Leaf] = []
    private var callbacks: [CallbackPlan] = []
    private var returned: ReturnedFunction?
    private var errnoSlot = -1
    /// By C parameter, the slot of the frame that it has.
    private var slots: [Int?] = []

    static func plan(_ function: CFunction) throws(PrototypeError) -> CallPlan {
        guard !function.isVariadic else {
            let advice = "Define a function with a fixed list of parameters instead."
            throw PrototypeError(
                function.offset, "The function takes a variable number of arguments. \(advice)")
        }
        guard function.parameters.count <= maximumParameters else {
            throw PrototypeError(
                function.parameters[maximumParameters].offset,
                "A host function has at most \(maximumParameters) parameters.")
        }
        var planner = CallPlanner(function: function)
        return try planner.plan()
    }

    private init(function: CFunction) { self.function = function }

    private mutating func plan() throws(PrototypeError) -> CallPlan {
        let (result, foreignResult) = try planResult()
        for index in function.parameters.indices { try add(index) }
        for index in function.parameters.indices { try bind(index) }
        steps.removeAll { $0.kind == .errno }
        let usesRegisters = placeInRegisters(foreignResult)
        let argumentBytes = usesRegisters ? Self.registerBytes : placeInOrder()
        guard argumentBytes <= Self.maximumBytes else {
            let reason = "The arguments take \(counted(argumentBytes, "byte")), and may take \(Self.maximumBytes)."
            throw PrototypeError(function.offset, "\(reason) Pass pointers to structures.")
        }
        var signature: ForeignSignature?
        if !usesRegisters {
            signature = ForeignSignature(foreign, result: foreignResult)
            guard signature != nil else {
                throw PrototypeError(function.offset, "libffi has no way to call such a function.")
            }
        }
        let resultBytes = if case .structure(let layout) = foreignResult { layout.hostSize } else { 8 }
        return CallPlan(
            type: type, steps: steps, leaves: leaves, callbacks: callbacks, result: result, returned: returned,
            errnoSlot: errnoSlot, signature: signature, argumentBytes: argumentBytes, resultBytes: max(resultBytes, 16))
    }

    // MARK: The result

    private mutating func planResult() throws(PrototypeError) -> (CallShape.Result, ForeignType) {
        switch function.result {
        case .void:
            return (.none, .void)
        case .scalar(let scalar):
            type.results = [scalar.valueType]
            return (.scalar(scalar), .scalar(scalar))
        case .reference:
            type.results = [.externref]
            return (.reference, .pointer)
        case .pointer(let pointer):
            if case .error = pointer.pointee { return (.error, .pointer) }
            if case .scalar(.char) = pointer.pointee {
                let advice = "Return an integer, or an externref for a pointer that the guest only keeps."
                throw PrototypeError(
                    function.offset, "The result is a pointer to a string, which a guest cannot follow. \(advice)")
            }
            _ = try element(pointer, at: function.offset)
            type.results = [.i32]
            return (.address, .pointer)
        case .functionPointer(var pointed, _):
            pointed.name = function.name
            let plan = try CallPlanner.plan(pointed)
            returned = ReturnedFunction(plan)
            type.results = [.i32]
            return (.function, .pointer)
        case .structure(let structure):
            let layout = try passable(structure, at: function.offset)
            if let scalar = layout.onlyScalar {
                type.results = [scalar.memberValueType]
                return (.onlyMember(scalar.asMember), .structure(layout))
            }
            type.parameters.append(.i32)
            let added = add(layout)
            let result = CallShape.Result.structure(
                size: UInt64(layout.guestSize), alignment: UInt64(layout.guestAlignment),
                firstLeaf: added.lowerBound, endOfLeaves: added.upperBound)
            return (result, .structure(layout))
        case .array, .function, .caller, .error, .errno:
            throw unsupported("such a type", at: function.offset)
        case .unsupported(let what):
            throw unsupported(what, at: function.offset)
        }
    }

    // MARK: Parameters

    /// Adds the step of a C parameter, and its type to that of the function.
    private mutating func add(_ index: Int) throws(PrototypeError) {
        let parameter = function.parameters[index]
        slots.append(type.parameterSlots)
        var step = CallStep(kind: .scalar, slot: type.parameterSlots)
        switch parameter.type {
        case .scalar(let scalar):
            step.scalar = scalar
            take(step, .scalar(scalar), as: scalar.valueType)
        case .reference:
            step.kind = .reference
            take(step, .pointer, as: .externref)
        case .structure(let structure):
            let layout = try passable(structure, at: parameter.offset)
            if let scalar = layout.onlyScalar {
                step.kind = .onlyMember
                step.scalar = scalar.asMember
                step.elementSize = UInt64(scalar.hostSize)
                take(step, .structure(layout), as: scalar.memberValueType)
            } else {
                step.kind = .structure
                step.elementSize = UInt64(layout.guestSize)
                step.alignment = UInt64(layout.guestAlignment)
                let added = add(layout)
                (step.firstLeaf, step.endOfLeaves) = (added.lowerBound, added.upperBound)
                take(step, .structure(layout), as: .i32)
            }
        case .pointer(let pointer):
            try add(pointer, .open, index, step)
        case .array(let element, let bound):
            try add(element, bound, index, step)
        case .functionPointer(let pointed, let isNullable):
            step.kind = .callback
            step.isNullable = isNullable
            step.callback = callbacks.count
            callbacks.append(try CallbackPlan(pointed))
            take(step, .pointer, as: .i32)
        case .void, .function, .caller, .error, .errno:
            throw unsupported("a value of such a type", at: parameter.offset)
        case .unsupported(let what):
            throw unsupported(what, at: parameter.offset)
        }
    }

    private mutating func take(_ step: CallStep, _ foreign: ForeignType, as type: ValueType?) {
        steps.append(step)
        self.foreign.append(foreign)
        if let type { self.type.parameters.append(type) } else { slots[slots.count - 1] = nil }
    }

    private mutating func add(
        _ pointer: CPointer, _ bound: CBound, _ index: Int, _ given: CallStep
    ) throws(PrototypeError) {
        let parameter = function.parameters[index]
        var step = given
        step.isNullable = pointer.isNullable
        step.kind = .memory
        switch pointer.pointee {
        case .caller:
            step.kind = .caller
            return take(step, .pointer, as: nil)
        case .errno:
            guard index == function.parameters.count - 1 else {
                throw PrototypeError(parameter.offset, "A wasi_threads_errno_t * is the last parameter.")
            }
            step.kind = .errno
            errnoSlot = step.slot
            steps.append(step)
            return type.parameters.append(.i32)
        case .error:
            let reason = "A wasi_threads_error_t * is what a host function may return, and no parameter."
            throw PrototypeError(parameter.offset, reason)
        case .void:
            if !sizeFollows(index) {
                guard takesFunctions else {
                    step.kind = .environment
                    return take(step, .pointer, as: nil)
                }
                step.kind = .opaque
            }
        case .scalar(.char) where pointer.isConst && bound.isOpen && !sizeFollows(index):
            step.kind = .string
        case .scalar, .structure:
            (step.elementSize, step.alignment) = try element(pointer, at: parameter.offset)
        }
        take(step, .pointer, as: .i32)
    }

    /// The size and the alignment of what a pointer points to, which guest and host lay out alike.
    private func element(
        _ pointer: CPointer, at offset: Int
    ) throws(PrototypeError) -> (size: UInt64, alignment: UInt64) {
        switch pointer.pointee {
        case .void: return (1, 1)
        case .scalar(let scalar):
            guard scalar.hostSize == scalar.guestSize else {
                let reason = "The type has 4 bytes in a guest's memory and 8 on the host."
                throw PrototypeError(offset, "\(reason) Point to a type of one size, as int32_t or int64_t.")
            }
            return (UInt64(scalar.hostSize), UInt64(scalar.hostSize))
        case .structure(let structure):
            let layout = try complete(structure, at: offset)
            guard layout.isShared else {
                let reason = "A guest's memory has \(structure.name) laid out in another way than the host."
                throw PrototypeError(offset, "\(reason) Use members of one size, as int32_t, or pass it by value.")
            }
            return (UInt64(layout.hostSize), UInt64(layout.hostAlignment))
        case .caller, .error, .errno: throw unsupported("such a pointer", at: offset)
        }
    }

    /// Whether it takes function pointers: then what `void *` points to is the guest's.
    private var takesFunctions: Bool {
        function.parameters.contains { if case .functionPointer = $0.type { true } else { false } }
    }

    /// Says how many elements stand behind a pointer, when the slots of all parameters are known.
    private mutating func bind(_ index: Int) throws(PrototypeError) {
        guard steps[index].kind == .memory else { return }
        var bound = CBound.open
        if case .array(_, let stated) = function.parameters[index].type { bound = stated }
        switch bound {
        case .open:
            guard sizeFollows(index) else { break }
            try count(index, by: index + 1, at: 0)
            // Elements and their size, as qsort and bsearch take them.
            if takesFunctions, sizeFollows(index + 1) { try multiply(index, by: index + 2, at: 0) }
        case .number(let number):
            guard number > 0 else {
                throw badBound("The array has no elements.", function.parameters[index].offset)
            }
            steps[index].count = UInt64(number)
        case .name(let name, let offset):
            try count(index, by: try parameter(named: name, at: offset), at: offset)
        case .product(let first, let second, let offset):
            try count(index, by: try parameter(named: first, at: offset), at: offset)
            try multiply(index, by: try parameter(named: second, at: offset), at: offset)
        case .parameter(let other): try count(index, by: other, at: function.parameters[index].offset)
        case .unknown(let offset): throw badBound("This is no size that a call could check.", offset)
        }
    }

    private func parameter(named name: String, at offset: Int) throws(PrototypeError) -> Int {
        guard let index = function.parameters.firstIndex(where: { $0.name == name }) else {
            throw badBound("No parameter has the name \(name).", offset)
        }
        return index
    }

    private mutating func count(_ index: Int, by other: Int, at offset: Int) throws(PrototypeError) {
        (steps[index].countSlot, steps[index].countScalar) = try integer(other, at: offset)
    }

    private mutating func multiply(_ index: Int, by other: Int, at offset: Int) throws(PrototypeError) {
        (steps[index].factorSlot, steps[index].factorScalar) = try integer(other, at: offset)
    }

    private func integer(_ other: Int, at offset: Int) throws(PrototypeError) -> (slot: Int, scalar: CScalar) {
        guard case .scalar(let scalar) = function.parameters[other].type, scalar.isInteger,
            let slot = slots[other]
        else { throw badBound("The parameter that counts the elements is no integer.", offset) }
        return (slot, scalar)
    }

    private func badBound(_ reason: String, _ offset: Int) -> PrototypeError {
        PrototypeError(offset, "\(reason) Write a number, or the name of an integer parameter.")
    }

    /// Whether the next parameter is a size_t, which then counts what this one points to.
    private func sizeFollows(_ index: Int) -> Bool {
        guard index + 1 < function.parameters.count, case .scalar(.size) = function.parameters[index + 1].type
        else { return false }
        return true
    }

    // MARK: Structures

    private func complete(_ structure: CStructure, at offset: Int) throws(PrototypeError) -> CLayout {
        switch structure.state {
        case .complete(let layout): return layout
        case .incomplete:
            let advice = "Define it in the same text, or use an externref for what the guest only keeps."
            throw PrototypeError(offset, "\(structure.name) is not defined. \(advice)".capitalizedFirst)
        case .unsupported(let what):
            let advice = "Pass its parts one by one, or an externref."
            throw PrototypeError(
                offset, "\(structure.name) has \(what), which is not supported. \(advice)".capitalizedFirst)
        }
    }

    /// The layout of a structure that is passed by value.
    private func passable(_ structure: CStructure, at offset: Int) throws(PrototypeError) -> CLayout {
        let layout = try complete(structure, at: offset)
        guard !layout.hasUnion else {
            let reason = "\(structure.name) is or has a union, of which nobody knows what it holds."
            throw PrototypeError(offset, "\(reason) Pass a pointer to it.".capitalizedFirst)
        }
        guard layout.leaves != nil else {
            let reason = "\(structure.name) has more than \(counted(CLayout.maximumLeaves, "scalar"))."
            throw PrototypeError(offset, "\(reason) Pass a pointer to it.".capitalizedFirst)
        }
        return layout
    }

    private mutating func add(_ layout: CLayout) -> Range<Int> {
        let start = leaves.count
        leaves += layout.leaves ?? []
        return start..<leaves.count
    }

    private func unsupported(_ what: String, at offset: Int) -> PrototypeError {
        let advice = "Use integers, floats, structures of them, pointers to those, or an externref."
        let reason = "The function takes or gives \(what), which is not supported."
        return PrototypeError(offset, "\(reason) \(advice)")
    }

    // MARK: Places

    private static let registerBytes =
        (CallingConvention.integerRegisters + CallingConvention.floatRegisters) * 8

    /// Gives each argument the place of its register. False where one has none; then nothing is placed.
    private mutating func placeInRegisters(_ result: ForeignType) -> Bool {
        if case .structure = result { return false }
        var (integers, floats) = (0, 0)
        var places: [Int] = []
        for type in foreign {
            if case .structure = type { return false }
            if case .scalar(let scalar) = type, scalar.isFloat {
                places.append(CallingConvention.integerRegisters + floats)
                floats += 1
            } else {
                places.append(integers)
                integers += 1
            }
        }
        guard integers <= CallingConvention.integerRegisters, floats <= CallingConvention.floatRegisters,
            CallingConvention.integerRegisters > 0
        else { return false }
        for (index, place) in places.enumerated() { steps[index].destination = place * 8 }
        return true
    }

    /// Places the arguments one after the other. Returns the bytes that they take.
    private mutating func placeInOrder() -> Int {
        var end = 0
        for (index, type) in foreign.enumerated() {
            steps[index].destination = end
            if case .structure(let layout) = type {
                end += layout.hostSize.rounded(upTo: 8)
            } else {
                end += 8
            }
        }
        return end
    }
}

extension CBound {
    fileprivate var isOpen: Bool { if case .open = self { true } else { false } }
}

extension String {
    /// The same as the beginning of a sentence.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

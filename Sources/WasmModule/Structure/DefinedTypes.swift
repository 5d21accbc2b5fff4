// Numbers for defined types, so that types of all modules are compared as numbers: by validation, by linking, and by
// calls through references.
//
// Always true: two types have the same number exactly when they are the same, which is said of recursive groups: the
// places of two groups are the same where the groups are spelled in the same way, with the types of the group itself
// named by their places, and all others by their numbers. Numbers are counted references: with the last one its type
// is forgotten, and its number another's, so that a program that loads modules for ever does not grow.
// https://webassembly.github.io/spec/core/valid/conventions.html#defined-types

import Synchronization

package final class DefinedTypes: Sendable {
    /// One for the whole library: a type means the same to all engines.
    package static let shared = DefinedTypes()

    /// A group with one type, as it is spelled: the only groups there are without the garbage collector.
    fileprivate struct Entry {
        let spelling: FunctionType
        let type: FunctionType
        var references: Int
    }

    fileprivate struct State {
        var numbers: [FunctionType: UInt32] = [:]
        var entries: [Entry?] = []
        var free: [UInt32] = []
    }

    private let state = Mutex(State())

    /// A reference to the number of a function type, which `release` gives back, and the type. It may name itself as
    /// the first of its group. nil where there are more types than numbers.
    package func define(_ spelling: FunctionType) -> (number: UInt32, type: FunctionType)? {
        state.withLock { state in
            state.number(of: spelling).map { ($0, state.entries[Int($0)]!.type) }
        }
    }

    /// The same for a type of the host, which has few.
    package func number(of type: FunctionType) -> UInt32 {
        guard let number = define(type)?.number else {
            preconditionFailure("so many types of the host do not fit into memory")
        }
        return number
    }

    /// One more reference.
    package func retain(_ number: UInt32) { state.withLock { $0.entries[Int(number)]!.references += 1 } }

    package func release(_ number: UInt32) { state.withLock { $0.release(number) } }

    /// What a number stands for, in which all types have their numbers; nil for one that stands for nothing any more.
    package func functionType(_ number: UInt32) -> FunctionType? {
        state.withLock { state in
            number < state.entries.count ? state.entries[Int(number)]?.type : nil
        }
    }
}

extension DefinedTypes.State {
    fileprivate mutating func number(of spelling: FunctionType) -> UInt32? {
        if let number = numbers[spelling] {
            entries[Int(number)]!.references += 1
            return number
        }
        let number = free.popLast() ?? UInt32(entries.count)
        guard number < ValueType.numberLimit else { return nil }
        if number == entries.count { entries.append(nil) }
        entries[Int(number)] = .init(spelling: spelling, type: spelling.resolved(number), references: 1)
        numbers[spelling] = number
        spelling.forEachDefinedType { entries[Int($0)]!.references += 1 }
        return number
    }

    fileprivate mutating func release(_ number: UInt32) {
        // A list, since types can hold each other in chains of any length.
        var released = [number]
        while let number = released.popLast() {
            entries[Int(number)]!.references -= 1
            guard let entry = entries[Int(number)], entry.references == 0 else { continue }
            numbers[entry.spelling] = nil
            entries[Int(number)] = nil
            free.append(number)
            entry.spelling.forEachDefinedType { released.append($0) }
        }
    }
}

extension FunctionType {
    /// Gives the numbers that it names, each as often as it does.
    fileprivate func forEachDefinedType(_ body: (UInt32) -> Void) {
        for type in parameters { if let number = type.definedType { body(number) } }
        for type in results { if let number = type.definedType { body(number) } }
    }

    /// The same, where the type itself has a number.
    fileprivate func resolved(_ number: UInt32) -> FunctionType {
        guard parameters.contains(where: \.isRecursive) || results.contains(where: \.isRecursive) else { return self }
        func resolved(_ type: ValueType) -> ValueType {
            type.isRecursive ? .reference(nullable: type.isNullable, .concrete(number)) : type
        }
        return FunctionType(parameters: parameters.map(resolved), results: results.map(resolved))
    }
}

/// References to numbers of types, which live as long as this object.
package final class HeldTypes: @unchecked Sendable {
    // SENDABLE: only the decoder of a module adds to the list, before anyone else has the object.
    /// Those of a module by type index.
    package private(set) var numbers: [UInt32] = []

    init() {}

    /// Holds what these types name; nil where that is nothing.
    package convenience init?(namedBy types: some Sequence<ValueType>) {
        let numbers = types.compactMap(\.definedType)
        guard !numbers.isEmpty else { return nil }
        numbers.forEach(DefinedTypes.shared.retain)
        self.init()
        self.numbers = numbers
    }

    /// Adds a type, and gives it with the numbers of all that it names; nil where there are more types than numbers.
    func append(_ spelling: FunctionType) -> FunctionType? {
        guard let (number, type) = DefinedTypes.shared.define(spelling) else { return nil }
        numbers.append(number)
        return type
    }

    deinit { numbers.forEach(DefinedTypes.shared.release) }
}

// Runs the commands of a script, one after another, and judges each.
//
// Always true: a command that needs a module which was refused as unsupported is skipped and counted
// under the feature that the module lacked. Nothing else is skipped.
// https://github.com/WebAssembly/spec/tree/main/interpreter#scripts

import Foundation
import WasmModule
import WasmRuntime

/// One thread of a script; the script itself is the first.
final class ScriptRunner {
    /// What a name stands for.
    enum Slot<Content> {
        case present(Content)
        case lacking(feature: String)
        case failed(line: Int)
    }

    /// Why a command can not go on.
    enum Obstacle: Error {
        case lacking(feature: String)
        case failure(String)
    }

    private let folder: URL
    private let store: ScriptStore
    private let spectest: SpectestModule
    private var instances: [String: Slot<Instance>] = [:]
    private var latest: Slot<Instance>?
    private var definitions: [String: Slot<ModuleCode>] = [:]
    private var latestDefinition: Slot<ModuleCode>?
    private var registered: [String: Slot<Instance>] = [:]
    private var threads: [String: ScriptThread] = [:]
    private(set) var report = Report()

    init(folder: URL, sharing shared: [String: Slot<Instance>] = [:]) throws {
        self.folder = folder
        store = ScriptStore()
        spectest = try SpectestModule(in: store)
        instances = shared
    }

    func run(_ commands: [Command]) {
        for command in commands {
            do {
                report.add(try run(command), line: command.line)
            } catch Obstacle.lacking(let feature) {
                report.add(.skipped(feature: feature), line: command.line)
            } catch Obstacle.failure(let message) {
                report.add(.failed(message), line: command.line)
            } catch {
                report.add(.failed("\(error)"), line: command.line)
            }
        }
        threads.values.forEach { report.add($0.join()) }
        threads = [:]
    }

    private func run(_ command: Command) throws -> Report.Verdict {
        switch command.body {
        case .module(let file, let name):
            return define(name, line: command.line) { try self.instance(of: self.load(file)) }
        case .moduleDefinition(let file, let name):
            return defineModule(name, file, line: command.line)
        case .moduleInstance(let name, let definition):
            return define(name, line: command.line) { try self.instance(of: self.definition(definition)) }
        case .register(let module, let name):
            registered[name] = try slot(module)
            _ = try instance(module)
            return .passed
        case .action(let action):
            return try judge(action) { _ in .passed }
        case .assertReturn(let action, let expected):
            return try judge(action) { Self.compare($0, with: expected) }
        case .assertTrap(let action, let text):
            return try judgeTrap(of: action, text)
        case .assertException(let action):
            return try judgeException(of: action)
        case .assertInvalid(let file):
            return try judgeRefusal(of: file, as: .invalid)
        case .assertMalformed(let file):
            return try judgeRefusal(of: file, as: .malformed)
        case .assertUnlinkable(let file, let text):
            return try judgeLinking(of: file, text)
        case .assertUninstantiable(let file, let text):
            return try judgeStart(of: file, text)
        case .thread(let name, let sharing, let commands):
            return try start(name, sharing: sharing, commands)
        case .wait(let thread):
            return try wait(for: thread)
        }
    }
}

// MARK: Modules and their names

extension ScriptRunner {
    private func load(_ file: ModuleFile) throws -> ModuleCode {
        do {
            return try store.load(folder.appending(path: file.name))
        } catch let error as ModuleError {
            guard case .unsupported(let feature) = error.kind else { throw error }
            throw Obstacle.lacking(feature: feature?.rawValue ?? "unnamed")
        }
    }

    private func instance(of code: ModuleCode) throws -> Instance {
        try store.instantiate(code, imports: imports(of: code.module))
    }

    /// Makes an instance and gives it a name, even where it can not be made: then the name says why.
    private func define(_ name: String?, line: Int, _ make: () throws -> Instance) -> Report.Verdict {
        let (slot, verdict) = attempt(line: line, make)
        latest = slot
        if let name { instances[name] = slot }
        return verdict
    }

    private func defineModule(_ name: String?, _ file: ModuleFile, line: Int) -> Report.Verdict {
        let (slot, verdict) = attempt(line: line) { try load(file) }
        latestDefinition = slot
        if let name { definitions[name] = slot }
        return verdict
    }

    private func attempt<Content>(
        line: Int, _ make: () throws -> Content
    ) -> (Slot<Content>, Report.Verdict) {
        do {
            return (.present(try make()), .passed)
        } catch Obstacle.lacking(let feature) {
            return (.lacking(feature: feature), .skipped(feature: feature))
        } catch {
            return (.failed(line: line), .failed("\(error)"))
        }
    }

    private func slot(_ name: String?) throws -> Slot<Instance> {
        guard let slot = name.map({ instances[$0] }) ?? latest else {
            throw Obstacle.failure("no module is called \(name ?? "the latest")")
        }
        return slot
    }

    private func instance(_ name: String?) throws -> Instance { try content(of: slot(name)) }

    private func definition(_ name: String?) throws -> ModuleCode {
        guard let slot = name.map({ definitions[$0] }) ?? latestDefinition else {
            throw Obstacle.failure("no module definition is called \(name ?? "the latest")")
        }
        return try content(of: slot)
    }

    private func content<Content>(of slot: Slot<Content>) throws -> Content {
        switch slot {
        case .present(let content): return content
        case .lacking(let feature): throw Obstacle.lacking(feature: feature)
        case .failed(let line): throw Obstacle.failure("the module of line \(line) is not there")
        }
    }

    private func imports(of module: Module) throws -> [External] {
        try module.imports.map { wanted in
            if let slot = registered[wanted.module] {
                if let external = try content(of: slot).export(wanted.name) { return external }
            } else if wanted.module == "spectest", let external = spectest.export(wanted.name) {
                return external
            }
            throw ScriptStore.LinkError(text: "unknown import")
        }
    }
}

// MARK: Actions and refusals

extension ScriptRunner {
    /// Performs an action and has its results judged; a trap is a failure.
    private func judge(_ action: Action, _ judgement: ([Value]) -> Report.Verdict) throws -> Report.Verdict {
        switch try perform(action) {
        case .success(let values): judgement(values)
        case .failure(let trap): .failed("\(action.field) trapped: \(trap)")
        }
    }

    private func judgeTrap(of action: Action, _ text: String) throws -> Report.Verdict {
        switch try perform(action) {
        case .success(let values): .failed("\(action.field) returned \(values) and should trap: \(text)")
        case .failure(let trap):
            trap.reason.isMeant(by: text)
                ? .passed : .failed("\(action.field) trapped with \"\(trap)\" and not with \"\(text)\"")
        }
    }

    private func judgeException(of action: Action) throws -> Report.Verdict {
        switch try perform(action) {
        case .success(let values): .failed("\(action.field) returned \(values) and should throw")
        case .failure(let trap):
            trap.reason == .uncaughtException
                ? .passed : .failed("\(action.field) trapped with \"\(trap)\" and should throw")
        }
    }

    private func perform(_ action: Action) throws -> Result<[Value], Trap> {
        let instance = try instance(action.module)
        let arguments = try (action.args ?? []).map { argument in
            switch argument {
            case .value(let value): value
            case .unsupported(let type): throw Obstacle.failure("no value of type \(type) can be passed")
            }
        }
        switch (action.type, instance.export(action.field)) {
        case (.invoke, .function(let function)?):
            return Result { () throws(Trap) in
                try instance.call(function, arguments, on: store.stack.context)
            }
        case (.get, .global(let global)?):
            return .success([global.value])
        default:
            throw Obstacle.failure("the module exports no \(action.field) to \(action.type.rawValue)")
        }
    }

    private static func compare(_ values: [Value], with expected: [Expectation]) -> Report.Verdict {
        let isExpected = values.count == expected.count && zip(expected, values).allSatisfy { $0.matches($1) }
        return isExpected ? .passed : .failed("returned \(values), expected \(expected)")
    }

    private func judgeRefusal(of file: ModuleFile, as kind: ModuleError.Kind) throws -> Report.Verdict {
        guard !file.isText else { return .aboutText }
        do {
            _ = try load(file)
            return .failed("\(file.name) was accepted and is \(kind)")
        } catch let error as ModuleError {
            return error.kind == kind ? .passed : .failed("\(file.name) should be \(kind): \(error)")
        }
    }

    private func judgeLinking(of file: ModuleFile, _ text: String) throws -> Report.Verdict {
        do {
            _ = try instance(of: load(file))
            return .failed("\(file.name) was linked and should not be: \(text)")
        } catch let error as ScriptStore.LinkError {
            return error.text == text ? .passed : .failed("\(file.name): \(error.text), expected: \(text)")
        }
    }

    private func judgeStart(of file: ModuleFile, _ text: String) throws -> Report.Verdict {
        do {
            _ = try instance(of: load(file))
            return .failed("\(file.name) was instantiated and should trap: \(text)")
        } catch let trap as Trap {
            return trap.reason.isMeant(by: text)
                ? .passed : .failed("\(file.name) trapped with \"\(trap)\" and not with \"\(text)\"")
        }
    }
}

extension TrapReason {
    /// Whether a script that expects `text` means this reason.
    fileprivate func isMeant(by text: String) -> Bool {
        // What `call_indirect` finds beyond the end of its table has a name of its own in the scripts.
        if text == "undefined element" { return self == .tableOutOfBounds }
        return text.hasPrefix(description)
    }
}

// MARK: Threads

extension ScriptRunner {
    private func start(_ name: String, sharing: String?, _ commands: [Command]) throws -> Report.Verdict {
        let shared = try sharing.map { [$0: Slot.present(try instance($0))] } ?? [:]
        let runner = try ScriptRunner(folder: folder, sharing: shared)
        threads[name] = ScriptThread(runner, commands)
        return .passed
    }

    private func wait(for name: String) throws -> Report.Verdict {
        guard let thread = threads.removeValue(forKey: name) else {
            throw Obstacle.failure("no thread is called \(name)")
        }
        report.add(thread.join())
        return .passed
    }
}

/// A thread of the host that runs the commands of a `(thread …)`.
private final class ScriptThread: @unchecked Sendable {
    // SENDABLE: only the new thread uses `runner` until `done` is signalled, then only `join`.
    private let runner: ScriptRunner
    private let done = DispatchSemaphore(value: 0)

    init(_ runner: ScriptRunner, _ commands: [Command]) {
        self.runner = runner
        Thread.detachNewThread { [self] in
            self.runner.run(commands)
            done.signal()
        }
    }

    func join() -> Report {
        done.wait()
        return runner.report
    }
}

// Functions that would take LLVM minutes, or more of a stack than there is, stay with the interpreter, and
// those at the limits are compiled in seconds. LLVM's verifier has nothing against what is made.

import Foundation
import ModuleBytes
import Testing
import WasmCompiler
import WasmModule
import WasmNative
import WasmRuntime

@Suite(.timeLimit(.minutes(15)), .needsLLVM, .serialized) struct CompilationLimitTests {
    /// A function (i32) -> i32 that begins with locals 1, an i32, and 2, an f64.
    private func text(_ body: String, locals: String = "") -> String {
        """
        (module (memory 1) (func (export "f") (param i32) (result i32) (local i32 f64) \(locals)
          \(body)) (func $values (result \(many("i32", 10))) \(many("(i32.const 1)", 10)))
          (func $nothing))
        """
    }

    private func many(_ text: String, _ count: Int) -> String {
        Array(repeating: text, count: count).joined(separator: " ")
    }

    /// Whether function 0 is compiled, after it has run with everything compiled.
    private func isCompiled(_ text: String) throws -> Bool {
        let bytes = try assemble(text)
        let machine = try Machine(bytes, .compiled)
        let reference = try Machine(bytes, .interpreted)
        #expect(try machine.call("f", [.i32(3)]).story == reference.call("f", [.i32(3)]).story)
        return machine.instance.code.codes[0].native != nil
    }

    @Test func functionsBeyondThemAreInterpreted() throws {
        let nothing = "(local.get 0)"
        let beyond = [
            "locals": text(nothing, locals: "(local \(many("i32", 49_000)))"),
            "blocks": text(many("(block", 10_000) + many(")", 10_000) + nothing),
            "rows": text("(local.get 0)" + many("(i32.clz)", 20_000) + "(drop)" + nothing),
            "rows that LLVM joins": text(
                many("(block (br_if 0 (i32.const 0))) \(many("(local.set 0 (i32.clz (local.get 0)))", 2_000))", 9)
                    + nothing),
            "checks": text(many("(local.set 0 (i32.div_u (local.get 0) (local.get 1)))", 5_000) + nothing),
            "calls of the runtime": text(many("(drop (memory.grow (i32.const 0)))", 3_000) + nothing),
            "calls": text(many("(call $nothing)", 25_000) + nothing),
            "ways of many values": text(
                "(block (result \(many("i32", 500))) \(many("(local.get 0)", 500))"
                    + many("(br_if 0 (local.get 1))", 200) + ")" + many("(drop)", 500) + nothing),
            "locals that change in loops": text(
                many("(loop", 20) + (3..<303).map { "(local.set \($0) (local.get 0))" }.joined() + many(")", 20)
                    + nothing, locals: "(local \(many("i32", 300)))"),
            "ways out of loops": text(
                many("(block (loop", 40) + (3..<33).map { "(local.set \($0) (local.get 0))" }.joined()
                    + many("(br_if 79 (local.get 1))", 100) + many("))", 40) + nothing,
                locals: "(local \(many("i32", 30)))"),
            "ways to a loop": text("(loop \(many("(if (local.get 1) (then (br 1)))", 700)))" + nothing),
            "locals in blocks": text(
                many("(if (local.get 1) (then (nop)))", 1_000) + nothing, locals: "(local \(many("i32", 500)))"),
            "loops": text(many("(loop", 2_000) + many(")", 2_000) + nothing),
            "loops by locals": text(
                many("(loop (br_if 0 (local.get 1)))", 400) + nothing, locals: "(local \(many("i32", 200)))"),
            "bytes": text(many("(local.set 1 (i32.add (local.get 1) (i32.const 1)))", 150_000) + nothing),
            "labels": text(
                "(block (block (br_table \(many("0 1", 50_000)) (local.get 0))))" + nothing),
            "branches": text("(block" + many("(br_if 0 (local.get 1))", 10_000) + ")" + nothing),
            "accesses": text(many("(local.set 1 (i32.load (local.get 1)))", 6_000) + nothing),
        ]
        for (what, text) in beyond { #expect(try !isCompiled(text), "\(what)") }
    }

    @Test func functionsWithinThemAreCompiled() throws {
        let nothing = "(local.get 0)"
        let within = [
            "locals": text(nothing, locals: "(local \(many("i32", 1_900)))"),
            "blocks": text(many("(block (br_if 0 (local.get 1))", 1_900) + many(")", 1_900) + nothing),
            "loops": text(
                many("(loop", 200) + "(br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1)))"
                    + "(i32.const 9)))" + many(")", 200) + nothing),
            // LLVM would work out the iterations of each from those of all before.
            "loops in a row": text(
                many("(loop (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1)))"
                    + "(local.tee 0 (i32.add (local.get 0) (local.get 1))))))", 200) + nothing),
            "counted loops": text(
                many("(loop (i32.store8 (local.get 1) (i32.load8_u offset=9 (local.get 1)))"
                    + "(br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1)))"
                    + "(i32.const 100))))", 200) + nothing),
            "results": text(
                many("(call $values)" + many("(drop)", 10), 300) + nothing),
            "values": text(many("(i32.load (local.get 0))", 1_000) + many("(i32.add)", 999)),
        ]
        for (what, text) in within { #expect(try isCompiled(text), "\(what)") }
    }

    /// Values that LLVM keeps, although the stack machine forgets them: more than the room below the limit.
    @Test func framesThatLLVMMakesLargerAreBounded() throws {
        let product = { (factor: Int) in "(i32.mul (local.get 0) (i32.const \(factor * 2 + 65)))" }
        for count in [300, 3_000] {
            let stores = (0..<count).map { "(i32.store (i32.const 0) \(product($0)))" }.joined(separator: " ")
            let recursion = """
                (module (memory 1) (func $f (export "f") (param i32) (result i32)
                  \(stores) (drop (call $f (local.get 0))) \(stores) (i32.const 1)))
                """
            for mixture in [Mixture.compiled, .eager] {
                let result = try Machine(recursion, mixture).call("f", [.i32(3)])
                #expect(result.story.hasPrefix("\(TrapReason.callStackExhausted)"), "\(mixture)")
            }
        }
    }

    @Test func satisfyLLVMsVerifier() throws {
        let llvm = try #require(InstalledLLVM.shared)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let guests = try FileManager.default.contentsOfDirectory(
            at: root.appending(path: "build/guests"), includingPropertiesForKeys: nil)
        var compiled = 0
        for guest in guests where guest.pathExtension == "wasm" {
            guard let module = try? decode([UInt8](Data(contentsOf: guest))) else { continue }
            let functions = module.functions.indices.prefix(60).filter(module.isCompilable)
            let job = CompilationJob(functions: functions)
            let complaint = try module.complaint(job, for: Target(hostOf: llvm), with: llvm)
            #expect(complaint == nil, "\(guest.lastPathComponent)")
            compiled += 1
        }
        #expect(compiled > 10, "scripts/guests makes some")
    }
}

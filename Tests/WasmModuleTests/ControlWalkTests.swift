// The steps of the walk over structured control: what runs, in which order, and what is passed over.

import ModuleBytes
import Testing
import WasmModule

@Suite("The walk over structured control", .timeLimit(.minutes(5)))
struct ControlWalkTests {
    private func steps(_ instructions: Bytes, results: Bytes = []) throws -> [String] {
        let module = try decode(function(parameters: [0x7F], results: results, instructions + [0x0B]))
        var control = ControlWalk(module, function: 0)
        var steps: [String] = []
        while let step = control.next() {
            let open = control.labels.count
            steps.append("\(step) \(open)\(control.isReachable ? "" : " then nothing")")
        }
        return steps
    }

    @Test("code after a branch is passed over up to where something joins")
    func unreachable() throws {
        // block (br 0) (loop (i32.const 1) (drop) end) end, nop
        let found = try steps([0x02, 0x40, 0x0C, 0, 0x03, 0x40, 0x41, 1, 0x1A, 0x0B, 0x0B, 0x01])
        #expect(
            found == [
                "begin 2", "branch(to: 1) 2 then nothing", "end(fallsThrough: false, isReached: true) 1",
                "instruction 1",
                "end(fallsThrough: true, isReached: true) 0",
            ])
    }

    @Test("a block that nothing leaves ends what can run")
    func neverLeft() throws {
        // block (unreachable) end, block nop end
        let found = try steps([0x02, 0x40, 0x00, 0x0B, 0x02, 0x40, 0x01, 0x0B])
        #expect(
            found == [
                "begin 2", "unreachable 2 then nothing",
                "end(fallsThrough: false, isReached: false) 1 then nothing",
                "end(fallsThrough: false, isReached: false) 0 then nothing",
            ])
    }

    @Test("an else can run where what is before it does not end")
    func otherwise() throws {
        // local.get 0, if (return) else (nop) end; the same without an else
        let found = try steps([0x20, 0, 0x04, 0x40, 0x0F, 0x05, 0x01, 0x0B, 0x20, 0, 0x04, 0x40, 0x0F, 0x0B])
        #expect(
            found == [
                "instruction 1", "begin 2", "leave 2 then nothing", "otherwise(fallsThrough: false) 2", "instruction 2",
                "end(fallsThrough: true, isReached: true) 1", "instruction 1", "begin 2", "leave 2 then nothing",
                "end(fallsThrough: false, isReached: true) 1", "end(fallsThrough: true, isReached: true) 0",
            ])
    }

    @Test("a loop is left at its end only, and one that can not run has a number")
    func loops() throws {
        // loop (br 0) end, loop end
        let module = try decode(function([0x03, 0x40, 0x0C, 0, 0x0B, 0x03, 0x40, 0x0B, 0x0B]))
        var control = ControlWalk(module, function: 0)
        var steps: [String] = []
        while let step = control.next() { steps.append("\(step) \(control.loopNumber)") }
        #expect(
            steps == [
                "begin 0", "branch(to: 1) 0", "end(fallsThrough: false, isReached: false) 0",
                "end(fallsThrough: false, isReached: false) 1",
            ])
    }
}

// The operations that are translated by addition have the names of their instructions.

import Testing
import WasmInterpreter
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct OperationTests {
    @Test func numericOperationsAreTheInstructionsInTheirOrder() {
        for instruction in NumericInstruction.allCases {
            #expect("\(Operation(instruction))" == "\(instruction)")
        }
    }
}

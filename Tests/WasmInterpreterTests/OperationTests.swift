// The operations that are translated by subtraction must stand where the opcode table has them.

import Testing
import WasmInterpreter
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct OperationTests {
    @Test func numericOperationsStandInTheOrderOfTheOpcodeTable() {
        let numeric = Opcode.allCases.filter {
            (Opcode.i32Eqz.rawValue...Opcode.i64Extend32S.rawValue).contains($0.rawValue)
                || (Opcode.i32TruncSatF32S.rawValue...Opcode.i64TruncSatF64U.rawValue).contains($0.rawValue)
        }
        #expect(numeric.count == 136)
        for opcode in numeric {
            #expect("\(Operation(numeric: opcode))" == "\(opcode)")
        }
    }
}

// Vector instructions: which body each has, and those that move lanes.
//
// Relaxed instructions do what the deterministic profile of the specification says, as in the interpreter.
// https://webassembly.github.io/spec/core/exec/instructions.html#vector-instructions

import CLLVM
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ vector: VectorInstruction, _ instruction: Instruction) {
        switch vector.kind {
        case .constant: push(ir.v128(instruction.constant, instruction.high), .v128)
        case .load(let load): compile(load, instruction)
        case .store: compileVectorStore(instruction)
        case .loadLane: compileLoadLane(vector, instruction)
        case .storeLane: compileStoreLane(vector, instruction)
        case .shuffle: compileShuffle(instruction)
        case .swizzle: compileSwizzle()
        case .splat(let shape): compileSplat(shape)
        case .extractLane(let extraction): compile(extraction, Int(instruction.high))
        case .replaceLane(let shape): compileReplace(shape, Int(instruction.high))
        case .integerComparison(let shape, let comparison): compare(shape, comparison)
        case .floatComparison(let shape, let comparison): compare(shape, comparison)
        case .bitwise(let operation): compile(operation)
        case .test(let test): compile(test)
        case .integerUnary(let shape, let operation): compute(shape, operation)
        case .shift(let shape, let shift): self.shift(shape, shift)
        case .integerBinary(let shape, let operation): compute(shape, operation)
        case .narrow(let narrowing): narrow(narrowing)
        case .extend(let extension_): extend(extension_)
        case .multiplyLong(let multiplication): multiply(multiplication)
        case .addPairwise(let addition): add(addition)
        case .product(let product): compile(product)
        case .floatUnary(let shape, let operation): compute(shape, operation)
        case .floatBinary(let shape, let operation): compute(shape, operation)
        case .multiplyAdd(let shape, let operation): multiplyAdd(shape, operation)
        case .conversion(let conversion): convert(conversion)
        }
    }

    // MARK: Operands

    mutating func popLanes(_ shape: VectorShape) -> IRValue { ir.bitcast(pop(), ir.lanes(shape)) }

    /// The lanes of two operands, the first pushed first.
    mutating func popPair(_ shape: VectorShape) -> (IRValue, IRValue) {
        let second = popLanes(shape)
        return (popLanes(shape), second)
    }

    mutating func pushVector(_ value: IRValue) { push(ir.bitcast(value, ir.types.v128), .v128) }

    // MARK: Memory

    private mutating func compile(_ load: VectorLoad, _ instruction: Instruction) {
        switch load {
        case .v128Load: push(loadGuest(ir.types.v128, instruction), .v128)
        case .v128Load8x8S: loadExtended(.i8x16, .i16x8, isSigned: true, instruction)
        case .v128Load8x8U: loadExtended(.i8x16, .i16x8, isSigned: false, instruction)
        case .v128Load16x4S: loadExtended(.i16x8, .i32x4, isSigned: true, instruction)
        case .v128Load16x4U: loadExtended(.i16x8, .i32x4, isSigned: false, instruction)
        case .v128Load32x2S: loadExtended(.i32x4, .i64x2, isSigned: true, instruction)
        case .v128Load32x2U: loadExtended(.i32x4, .i64x2, isSigned: false, instruction)
        case .v128Load8Splat: loadSplat(.i8x16, instruction)
        case .v128Load16Splat: loadSplat(.i16x8, instruction)
        case .v128Load32Splat: loadSplat(.i32x4, instruction)
        case .v128Load64Splat: loadSplat(.i64x2, instruction)
        case .v128Load32Zero: loadZero(.i32x4, instruction)
        case .v128Load64Zero: loadZero(.i64x2, instruction)
        }
    }

    private mutating func loadGuest(_ type: IRType, _ instruction: Instruction) -> IRValue {
        setDebugLocation()
        let loaded = ir.load(type, address(pop(), instruction))
        ir.markGuestAccess(loaded, alignment: 1, mayTrap: untrapped == nil)
        return loaded
    }

    private mutating func storeGuest(_ value: IRValue, _ instruction: Instruction) {
        setDebugLocation()
        let store = ir.store(value, address(pop(), instruction))
        ir.markGuestAccess(store, alignment: 1, mayTrap: untrapped == nil)
    }

    /// Loaded as one number: LLVM would take a volatile load of a short vector apart.
    private mutating func loadExtended(
        _ narrow: VectorShape, _ wide: VectorShape, isSigned: Bool, _ instruction: Instruction
    ) {
        let loaded = loadGuest(ir.types.i64, instruction)
        let lanes = ir.bitcast(loaded, ir.vector(ir.lane(narrow), 8 / narrow.laneBytes))
        pushVector(isSigned ? ir.sext(lanes, ir.lanes(wide)) : ir.zext(lanes, ir.lanes(wide)))
    }

    private mutating func loadSplat(_ shape: VectorShape, _ instruction: Instruction) {
        let loaded = loadGuest(ir.lane(shape), instruction)
        pushVector(ir.splat(loaded, ir.lanes(shape), 16 / shape.laneBytes))
    }

    private mutating func loadZero(_ shape: VectorShape, _ instruction: Instruction) {
        let loaded = loadGuest(ir.lane(shape), instruction)
        pushVector(ir.insert(ir.zero(ir.lanes(shape)), loaded, ir.i32(0)))
    }

    private mutating func compileVectorStore(_ instruction: Instruction) { storeGuest(pop(), instruction) }

    private static func shape(ofLanes bytes: UInt8) -> VectorShape {
        switch bytes {
        case 1: .i8x16
        case 2: .i16x8
        case 4: .i32x4
        default: .i64x2
        }
    }

    private mutating func compileLoadLane(_ vector: VectorInstruction, _ instruction: Instruction) {
        let shape = Self.shape(ofLanes: vector.opcode.transferredBytes!)
        let lanes = popLanes(shape)
        let loaded = loadGuest(ir.lane(shape), instruction)
        pushVector(ir.insert(lanes, loaded, ir.i32(UInt32(instruction.high))))
    }

    private mutating func compileStoreLane(_ vector: VectorInstruction, _ instruction: Instruction) {
        let shape = Self.shape(ofLanes: vector.opcode.transferredBytes!)
        storeGuest(ir.extract(popLanes(shape), ir.i32(UInt32(instruction.high))), instruction)
    }

    // MARK: Lanes

    private mutating func compileShuffle(_ instruction: Instruction) {
        let lanes = [instruction.constant, instruction.high].flatMap { half in
            (0..<8).map { Int(half >> (8 * UInt64($0)) & 0xFF) }
        }
        let (first, second) = popPair(.i8x16)
        pushVector(ir.shuffle(first, second, lanes))
    }

    /// The machine's instruction takes four bits of an index, and gives 0 where the highest is set: adding 112
    /// with saturation sets that for what is beyond 15.
    private mutating func compileSwizzle() {
        let (lanes, indices) = popPair(.i8x16)
        let type = ir.lanes(.i8x16)
        if let shuffle = ir.byteShuffle {
            let index = ir.intrinsic("llvm.uadd.sat", over: [type], [indices, ir.splat(112, .i8x16)])
            return pushVector(ir.intrinsic(shuffle, over: [], [lanes, index]))
        }
        var result = ir.zero(type)
        for lane in 0..<16 {
            let index = ir.zext(ir.extract(indices, ir.i32(UInt32(lane))), ir.types.i32)
            let value = ir.extract(lanes, ir.and(index, ir.i32(15)))
            let isInside = ir.icmp(LLVMIntULT, index, ir.i32(16))
            let chosen = ir.select(isInside, value, ir.zero(ir.types.i8))
            result = ir.insert(result, chosen, ir.i32(UInt32(lane)))
        }
        pushVector(result)
    }

    private mutating func compileSplat(_ shape: VectorShape) {
        pushVector(ir.splat(popLane(shape), ir.lanes(shape), 16 / shape.laneBytes))
    }

    /// A scalar operand as a lane.
    private mutating func popLane(_ shape: VectorShape) -> IRValue {
        let value = pop()
        return shape == .i8x16 || shape == .i16x8 ? ir.trunc(value, ir.lane(shape)) : value
    }

    private mutating func compile(_ extraction: LaneExtraction, _ lane: Int) {
        let lane = ir.i32(UInt32(lane))
        switch extraction {
        case .i8x16ExtractLaneS: push(ir.sext(ir.extract(popLanes(.i8x16), lane), ir.types.i32), .i32)
        case .i8x16ExtractLaneU: push(ir.zext(ir.extract(popLanes(.i8x16), lane), ir.types.i32), .i32)
        case .i16x8ExtractLaneS: push(ir.sext(ir.extract(popLanes(.i16x8), lane), ir.types.i32), .i32)
        case .i16x8ExtractLaneU: push(ir.zext(ir.extract(popLanes(.i16x8), lane), ir.types.i32), .i32)
        case .i32x4ExtractLane: push(ir.extract(popLanes(.i32x4), lane), .i32)
        case .i64x2ExtractLane: push(ir.extract(popLanes(.i64x2), lane), .i64)
        // Laundered, since LLVM may know the bits.
        case .f32x4ExtractLane: push(ir.opaque(ir.extract(popLanes(.f32x4), lane), ir.types.f32), .f32)
        case .f64x2ExtractLane: push(ir.opaque(ir.extract(popLanes(.f64x2), lane), ir.types.f64), .f64)
        }
    }

    private mutating func compileReplace(_ shape: VectorShape, _ lane: Int) {
        let value = popLane(shape)
        pushVector(ir.insert(popLanes(shape), value, ir.i32(UInt32(lane))))
    }

    // MARK: Bits

    private mutating func compile(_ operation: VectorBitwise) {
        let ones = ir.v128(.max, .max)
        switch operation {
        case .v128Not: push(ir.xor(pop(), ones), .v128)
        case .v128And: push(ir.and(pop(), pop()), .v128)
        case .v128Or: push(ir.or(pop(), pop()), .v128)
        case .v128Xor: push(ir.xor(pop(), pop()), .v128)
        case .v128Andnot:
            let mask = ir.xor(pop(), ones)
            push(ir.and(pop(), mask), .v128)
        case .v128Bitselect, .i8x16RelaxedLaneselect, .i16x8RelaxedLaneselect, .i32x4RelaxedLaneselect,
            .i64x2RelaxedLaneselect:
            let mask = pop()
            let second = ir.and(pop(), ir.xor(mask, ones))
            push(ir.or(ir.and(pop(), mask), second), .v128)
        }
    }

    private mutating func compile(_ test: VectorTest) {
        switch test {
        case .v128AnyTrue: testLanes(.i64x2, LLVMIntNE) { ir, bits, zero in ir.icmp(LLVMIntNE, bits, zero) }
        case .i8x16AllTrue: testAll(.i8x16)
        case .i16x8AllTrue: testAll(.i16x8)
        case .i32x4AllTrue: testAll(.i32x4)
        case .i64x2AllTrue: testAll(.i64x2)
        case .i8x16Bitmask: testLanes(.i8x16, LLVMIntSLT) { _, bits, _ in bits }
        case .i16x8Bitmask: testLanes(.i16x8, LLVMIntSLT) { _, bits, _ in bits }
        case .i32x4Bitmask: testLanes(.i32x4, LLVMIntSLT) { _, bits, _ in bits }
        case .i64x2Bitmask: testLanes(.i64x2, LLVMIntSLT) { _, bits, _ in bits }
        }
    }

    /// Whether no lane is zero.
    private mutating func testAll(_ shape: VectorShape) {
        testLanes(shape, LLVMIntEQ) { ir, bits, zero in ir.icmp(LLVMIntEQ, bits, zero) }
    }

    /// Compares each lane with zero, and pushes what `result` makes of the bits, one for each lane.
    private mutating func testLanes(
        _ shape: VectorShape, _ predicate: LLVMIntPredicate, _ result: (IRModule, IRValue, IRValue) -> IRValue
    ) {
        let bits = ir.bits(16 / shape.laneBytes)
        let holds = ir.icmp(predicate, popLanes(shape), ir.zero(ir.lanes(shape)))
        push(ir.zext(result(ir, ir.bitcast(holds, bits), ir.zero(bits)), ir.types.i32), .i32)
    }
}

// The encoder of x86-64 beside the system's disassembler: each instruction, with registers and places in memory of
// every kind, has to read as what was asked for.

import Foundation
import Testing
import WasmBaseline

private let objdump = ["/usr/bin/objdump", "/usr/local/bin/objdump"]
    .first(where: FileManager.default.isExecutableFile)

/// Names of registers.
private let names64 = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
]
private let names32 = [
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d",
    "r15d",
]
private let names16 = [
    "ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w",
]
private let names8 = [
    "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b",
]

private func name(_ register: GP, _ width: Width) -> String {
    (width == .bits32 ? names32 : names64)[Int(register.rawValue)]
}

private func name(_ register: GP, _ size: Size) -> String {
    let names = switch size {
    case .byte: names8
    case .word: names16
    case .double: names32
    case .quad: names64
    }
    return names[Int(register.rawValue)]
}

private func hexadecimal(_ number: Int) -> String {
    (number < 0 ? "-0x" : "+0x") + String(number.magnitude, radix: 16)
}

/// As objdump writes it.
private func text(_ address: Address, _ size: String) -> String {
    var text = names64[Int(address.base.rawValue)]
    if let index = address.index { text += "+\(names64[Int(index.rawValue)])*\(address.scale)" }
    let hasNone = address.displacement == 0 && address.base != .rbp && address.base != .r13
    if !hasNone { text += hexadecimal(Int(address.displacement)) }
    return (size.isEmpty ? "" : size + " PTR ") + "[\(text)]"
}

private let addresses: [Address] = GP.allCases.flatMap { base in
    [0, 8, -8, 0x1234, -0x1234].map { Address(base, $0) }
} + GP.allCases.filter { $0 != .rsp }.flatMap { index in
    [GP.r14, .rbp, .r13, .rsp, .r12, .rax].map { Address($0, index: index, scale: 4, displacement: 0x10) }
} + [Address(.r14, index: .rax), Address(.r14, index: .r15, scale: 8, displacement: 0x12345)]

/// What was encoded, and what it is to read as.
private struct Listing {
    var asm = Assembler()
    var expected: [String] = []

    mutating func expect(_ text: String, _ emit: (inout Assembler) -> Void) {
        emit(&asm)
        expected.append(text)
    }

    /// What the disassembler says.
    func disassembled() throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(asm.code).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: objdump!)
        process.arguments = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            let halves = line.split(separator: "\t", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            return halves[1].split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }

    func check(at location: SourceLocation = #_sourceLocation) throws {
        defer { asm.deallocate() }
        let found = try disassembled()
        #expect(found.count == expected.count, sourceLocation: location)
        for (found, expected) in zip(found, expected) {
            #expect(found == expected, sourceLocation: location)
        }
    }
}

@Suite("The encoder of x86-64", .timeLimit(.minutes(5)), .enabled(if: objdump != nil, "objdump is not installed"))
struct AssemblerTests {
    private let widths: [Width] = [.bits32, .bits64]
    private let precisions: [Precision] = [.single, .double]

    @Test("moves between registers and memory")
    func moves() throws {
        var listing = Listing()
        for address in addresses {
            for width in widths {
                let size = width == .bits32 ? "DWORD" : "QWORD"
                let register = GP(rawValue: address.base.rawValue ^ 9)!
                listing.expect("mov \(name(register, width)),\(text(address, size))") {
                    $0.load(register, address, width)
                }
            }
            for (size, word) in [(Size.byte, "BYTE"), (.word, "WORD"), (.double, "DWORD"), (.quad, "QWORD")] {
                let register = GP(rawValue: address.base.rawValue ^ 6)!
                listing.expect("mov \(text(address, word)),\(name(register, size))") {
                    $0.store(register, address, size)
                }
                listing.expect("mov \(text(address, word)),0x12") { $0.store(immediate: 0x12, address, size) }
            }
            listing.expect("lea rdi,\(text(address, ""))") { $0.loadAddress(.rdi, address) }
        }
        for target in GP.allCases {
            for source in GP.allCases {
                listing.expect("mov \(name(target, .bits64)),\(name(source, .bits64))") { $0.move(target, source) }
                listing.expect("movzx \(name(target, .bits32)),\(name(source, Size.byte))") {
                    $0.extend(target, .gp(source), .unsigned8, .bits32)
                }
                listing.expect("movsx \(name(target, .bits64)),\(name(source, Size.word))") {
                    $0.extend(target, .gp(source), .signed16, .bits64)
                }
                listing.expect("movsxd \(name(target, .bits64)),\(name(source, .bits32))") {
                    $0.extend(target, .gp(source), .signed32, .bits64)
                }
            }
            let name32 = name(target, .bits32), name64 = name(target, .bits64)
            listing.expect("mov \(name32),0x12345678") { $0.move(target, immediate: 0x1234_5678) }
            listing.expect("mov \(name64),0xffffffffffffffff") { $0.move(target, immediate: .max) }
            listing.expect("movabs \(name64),0x123456789abcdef0") { $0.move(target, immediate: 0x1234_5678_9ABC_DEF0) }
            listing.expect("push \(name64)") { $0.push(target) }
            listing.expect("pop \(name64)") { $0.pop(target) }
        }
        try listing.check()
    }

    @Test("arithmetic, shifts and bits")
    func arithmetic() throws {
        var listing = Listing()
        let mnemonics: [Arithmetic: String] = [
            .add: "add", .or: "or", .and: "and", .sub: "sub", .xor: "xor", .compare: "cmp",
        ]
        let shifts: [Shift: String] = [
            .left: "shl", .right: "shr", .arithmeticRight: "sar", .rotateLeft: "rol", .rotateRight: "ror",
        ]
        for register in GP.allCases {
            let other = GP(rawValue: register.rawValue ^ 13)!
            for width in widths {
                let (a, b) = (name(register, width), name(other, width))
                for operation in Arithmetic.allCases {
                    let word = mnemonics[operation]!
                    listing.expect("\(word) \(a),\(b)") { $0.compute(operation, register, .gp(other), width) }
                    listing.expect("\(word) \(a),0x12") {
                        $0.compute(operation, .gp(register), immediate: 0x12, width)
                    }
                    guard register != .rax else { continue }
                    listing.expect("\(word) \(a),0x12345") {
                        $0.compute(operation, .gp(register), immediate: 0x12345, width)
                    }
                }
                for shift in Shift.allCases {
                    listing.expect("\(shifts[shift]!) \(a),cl") { $0.shift(shift, register, width) }
                    listing.expect("\(shifts[shift]!) \(a),0x5") { $0.shift(shift, register, by: 5, width) }
                }
                listing.expect("test \(a),\(b)") { $0.test(register, other, width) }
                listing.expect("imul \(a),\(b)") { $0.multiply(register, .gp(other), width) }
                listing.expect("imul \(a),\(b),0x7") { $0.multiply(register, .gp(other), immediate: 7, width) }
                listing.expect("imul \(a),\(b),0x777") { $0.multiply(register, .gp(other), immediate: 0x777, width) }
                listing.expect("neg \(a)") { $0.negate(register, width) }
                listing.expect("div \(a)") { $0.divide(by: register, isSigned: false, width) }
                listing.expect("idiv \(a)") { $0.divide(by: register, isSigned: true, width) }
                listing.expect("bsf \(a),\(b)") { $0.scan(register, .gp(other), fromHighest: false, width) }
                listing.expect("bsr \(a),\(b)") { $0.scan(register, .gp(other), fromHighest: true, width) }
                listing.expect("popcnt \(a),\(b)") { $0.countBits(register, .gp(other), width) }
                listing.expect("cmovb \(a),\(b)") { $0.move(if: .below, register, .gp(other), width) }
            }
            listing.expect("setne \(name(register, Size.byte))") { $0.set(.notEqual, register) }
            listing.expect("call \(name(register, .bits64))") { $0.call(.gp(register)) }
            listing.expect("jmp \(name(register, .bits64))") { $0.jump(.gp(register)) }
        }
        listing.expect("cdq") { $0.extendSign(.bits32) }
        listing.expect("cqo") { $0.extendSign(.bits64) }
        listing.expect("ret") { $0.ret() }
        listing.expect("leave") { $0.leave() }
        listing.expect("ud2") { $0.undefined() }
        try listing.check()
    }

    @Test("atomic accesses")
    func atomics() throws {
        var listing = Listing()
        for address in addresses {
            for (size, word) in [(Size.byte, "BYTE"), (.word, "WORD"), (.double, "DWORD"), (.quad, "QWORD")] {
                let register = GP(rawValue: address.base.rawValue ^ 5)!
                let (place, source) = (text(address, word), name(register, size))
                listing.expect("xchg \(place),\(source)") { $0.exchange(register, address, size) }
                listing.expect("lock xadd \(place),\(source)") { $0.lockedExchangeAdd(register, address, size) }
                listing.expect("lock cmpxchg \(place),\(source)") {
                    $0.lockedCompareExchange(register, address, size)
                }
            }
        }
        listing.expect("mfence") { $0.fence() }
        try listing.check()
    }

    @Test("floating point")
    func floats() throws {
        var listing = Listing()
        let operations: [FloatArithmetic: String] = [
            .add: "adds", .multiply: "muls", .subtract: "subs", .minimum: "mins", .divide: "divs", .maximum: "maxs",
            .squareRoot: "sqrts",
        ]
        let logic: [FloatLogic: String] = [.and: "andps", .andNot: "andnps", .or: "orps", .xor: "xorps"]
        for register in XMM.allCases {
            let other = XMM(rawValue: register.rawValue ^ 11)!
            let integer = GP(rawValue: register.rawValue ^ 3)!
            let (a, b) = ("\(register)", "\(other)")
            listing.expect("movaps \(a),\(b)") { $0.move(register, other) }
            for operation in FloatLogic.allCases {
                listing.expect("\(logic[operation]!) \(a),\(b)") { $0.compute(operation, register, other) }
            }
            for precision in precisions {
                let letter = precision == .single ? "s" : "d"
                let size = precision == .single ? "DWORD" : "QWORD"
                for operation in FloatArithmetic.allCases {
                    listing.expect("\(operations[operation]!)\(letter) \(a),\(b)") {
                        $0.compute(operation, register, .xmm(other), precision)
                    }
                }
                for address in [Address(.rbp, -16), Address(.r14, index: .r9, displacement: 0x100)] {
                    listing.expect("movs\(letter) \(a),\(text(address, size))") {
                        $0.load(register, address, precision)
                    }
                    listing.expect("movs\(letter) \(text(address, size)),\(a)") {
                        $0.store(register, address, precision)
                    }
                }
                listing.expect("rounds\(letter) \(a),\(b),0xb") {
                    $0.round(register, .xmm(other), .towardZero, precision)
                }
                listing.expect("ucomis\(letter) \(a),\(b)") { $0.compare(register, .xmm(other), precision) }
                let to = precision == .single ? "cvtss2sd" : "cvtsd2ss"
                listing.expect("\(to) \(a),\(b)") { $0.convert(register, .xmm(other), from: precision) }
                for width in widths {
                    let from = name(integer, width)
                    listing.expect("cvtsi2s\(letter) \(a),\(from)") { $0.convert(register, integer, width, precision) }
                    listing.expect("cvtts\(letter)2si \(from),\(a)") {
                        $0.truncate(integer, register, width, precision)
                    }
                }
                let bits = name(integer, precision == .single ? .bits32 : .bits64)
                let move = precision == .single ? "movd" : "movq"
                listing.expect("\(move) \(a),\(bits)") { $0.move(register, bits: integer, precision) }
                listing.expect("\(move) \(bits),\(a)") { $0.move(integer, bits: register, precision) }
            }
        }
        try listing.check()
    }

    @Test("distances to labels, before and after them")
    func labels() throws {
        var listing = Listing()
        let (before, after) = (listing.asm.newLabel(), listing.asm.newLabel())
        listing.expect("jmp 0x11") { $0.jump(after) }
        listing.expect("je 0x11") { $0.jump(.equal, after) }
        listing.asm.bind(before)
        listing.expect("ret") { $0.ret() }
        listing.expect("call 0xb") { $0.call(before) }
        listing.asm.bind(after)
        listing.expect("jmp 0xb") { $0.jump(before) }
        listing.expect("jne 0x11") { $0.jump(.notEqual, after) }
        listing.expect("lea rax,[rip+0xffffffffffffffef] # 0xb") { $0.loadAddress(.rax, of: before) }
        var short: ShortJump?
        listing.expect("jb 0x1f") { short = $0.jumpShort(.below) }
        listing.expect("ret") { $0.ret() }
        listing.asm.land(short!)
        for _ in 0..<100 { listing.expect("push rax") { $0.push(.rax) } }
        listing.expect("jmp 0xb") { $0.jump(before) }
        listing.expect("jb 0xb") { $0.jump(.below, before) }
        try listing.check()
    }
}

// What each section may hold, and how it is refused where it holds something else.

import ModuleBytes
import Testing
import WasmModule

@Suite(.timeLimit(.minutes(5))) struct SectionTests {
    @Test func emptyModule() throws {
        let empty = try decode(preamble)
        #expect(empty.types.isEmpty && empty.functions.isEmpty && empty.features.isEmpty)
    }

    @Test func preambles() {
        expect([], .malformed, "unexpected end")
        expect([0x00, 0x61, 0x73], .malformed, "unexpected end")
        expect(Bytes("\u{7F}ELF".utf8) + [1, 0, 0, 0], .malformed, "magic header not detected", at: 0)
        for text in ["(module)", " \n\t(module $a)", ";; a comment\n(module)", "(; a ;)(module)"] {
            expect(Bytes(text.utf8), .malformed, "this is the text format of WebAssembly: make a binary of it", at: 0)
        }
        for text in ["(modul", "    ", "(add)", ";"] {
            expect(Bytes(text.utf8) + [0, 0, 0, 0], .malformed, "magic header not detected", at: 0)
        }
        expect([0x00, 0x61, 0x73, 0x6D, 2, 0, 0, 0], .malformed, "unknown binary version 2", at: 4)
        expect([0x00, 0x61, 0x73, 0x6D, 0x0D, 0, 1, 0], .unsupported(nil), "this is a component")
    }

    @Test func sectionOrderAndSize() {
        expect(module(section(14, [])), .malformed, "malformed section id 14", at: 8)
        expect(module(emptyType, emptyType), .malformed, "unexpected content after last section", at: 14)
        expect(module(section(5, [0]), section(1, [0])), .malformed, "unexpected content after last section")
        expect(
            module(section(11, [0]), section(12, [0])), .malformed, "unexpected content after last section")
        expect(module([1, 5, 0]), .malformed, "length out of bounds", at: 8)
        expect(module(section(1, [0, 0])), .malformed, "section size mismatch", at: 11)
        expect(module(section(1, [1])), .malformed, "unexpected end of section or function")
    }

    @Test func customSections() throws {
        let custom = section(0, name("note") + [1, 2, 3])
        #expect(throws: Never.self) { try decode(module(custom, emptyType, custom, custom)) }
        expect(module(section(0, [])), .malformed, "unexpected end")
        expect(module(section(0, [9, 0x61])), .malformed, "length out of bounds")
        expect(module(section(0, [2, 0xC0, 0x80])), .malformed, "malformed UTF-8 encoding", at: 11)
        expect(module(section(0, [3, 0xED, 0xA0, 0x80])), .malformed, "malformed UTF-8 encoding")
    }

    @Test func types() {
        expect(module(section(1, [1, 0x61])), .malformed, "malformed type form 0x61", at: 11)
        expect(module(section(1, [1, 0x60, 1, 0x40, 0])), .malformed, "malformed value type 0x40", at: 13)
    }

    @Test func imports() throws {
        let of = { (description: Bytes) in
            module(emptyType, section(2, [1] + name("a") + name("b") + description))
        }
        expect(of([5, 0]), .malformed, "malformed import kind 5", at: 21)
        expect(of([0, 1]), .invalid, "unknown type 1", at: 22)
        expect(of([3, 0x7F, 2]), .malformed, "malformed mutability 0x02")
        let global = try decode(of([3, 0x7F, 1]))
        #expect(global.importedGlobalCount == 1 && global.features == [.mutableGlobals])
    }

    @Test func functionsAndCode() {
        expect(
            module(emptyType, section(3, [1, 0])), .malformed, "function and code section have inconsistent")
        expect(
            module(section(10, [1, 2, 0, 0x0B])), .malformed, "function and code section have inconsistent")
        expect(module(emptyType, section(3, [1, 1])), .invalid, "unknown type 1")
    }

    @Test func tablesAndMemories() {
        expect(module(section(4, [1, 0x7F, 0, 1])), .malformed, "malformed reference type")
        expect(module(section(4, [1, 0x70, 2, 1])), .malformed, "malformed limits flags")
        expect(module(section(4, [1, 0x70, 1, 2, 1])), .invalid, "size minimum must not be greater")
        expect(module(section(5, [1, 0x10, 1])), .malformed, "malformed limits flags 0x10")
        expect(module(section(5, [1, 1, 2, 1])), .invalid, "size minimum must not be greater")
        expect(
            module(section(5, [1, 0, 0x81, 0x80, 0x04])), .invalid, "memory size must be at most 65536 pages")
        expect(module(section(5, [1, 2, 1])), .invalid, "shared memory must have maximum")
    }

    @Test func memoriesOfLaterVersions() throws {
        let imported = { (description: Bytes) in section(2, [1] + name("") + name("") + description) }
        let features = { (bytes: Bytes) throws in try decode(bytes).features }
        #expect(try features(module(section(5, [1, 4, 1]))) == [.memory64])
        #expect(try features(module(section(4, [1, 0x70, 4, 1]))) == [.memory64])
        #expect(try features(module(section(5, [1, 8, 1, 0]))) == [.customPageSizes])
        // The usual size may be said, too.
        #expect(try features(module(section(5, [1, 8, 1, 16]))) == [.customPageSizes])
        #expect(try features(module(section(5, [2, 0, 1, 0, 1]))) == [.multipleMemories])
        #expect(try features(module(imported([2, 0, 1]), oneMemory)) == [.multipleMemories])
        #expect(try features(module(section(5, [1, 0x0F, 1, 2, 0]))) == [.memory64, .threads, .customPageSizes])
        let memory = try decode(module(section(5, [1, 0x0D, 1, 2, 0]))).memories[0]
        let limits = Limits(minimum: 1, maximum: 2)
        #expect(memory == MemoryType(limits: limits, addressType: .i64, pageShift: 0))
        #expect("\(memory)" == "memory i64 1 2 (pagesize 1)")
    }

    @Test func branchHints() throws {
        // block, local.get 0 and br_if 0 at the offset 5 of a body that begins with its locals.
        let body: Bytes = [0, 0x02, 0x40, 0x20, 0, 0x0D, 0, 0x0B, 0x0B]
        let of = { (hints: Bytes) throws -> Module in
            try decode(
                module(
                    section(1, [1, 0x60, 1, 0x7F, 0]), section(2, [1] + name("") + name("") + [0, 0]),
                    section(3, [2, 0, 0]), section(0, name("metadata.code.branch_hint") + hints),
                    section(10, vector([leb(body.count) + body, leb(body.count) + body]))))
        }
        let hinted = try of([2, 1, 1, 5, 1, 1, 2, 1, 5, 1, 0])
        let places = hinted.functions.map { $0.body.lowerBound + 5 }
        #expect(places.map { hinted.branchHints.isLikely(at: $0) } == [true, false])
        #expect(hinted.branchHints.isLikely(at: places[0] - 1) == nil)
        // What is wrong ends the hints and is no error: functions that are imported or not there, offsets beyond the
        // body, values and sizes that mean nothing, an order that falls, and an end in between.
        let wrong: [Bytes] = [
            [1, 0, 1, 5, 1, 1], [1, 3, 1, 5, 1, 1], [1, 1, 1, 9, 1, 1], [1, 1, 1, 5, 1, 2], [1, 1, 1, 5, 2, 1, 1],
            [1, 1, 1], [], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
        ]
        for hints in wrong { #expect(try of(hints).branchHints.isLikely(at: places[0]) == nil, "\(hints)") }
        let falling = try of([2, 2, 1, 5, 1, 1, 1, 1, 5, 1, 1])
        #expect(places.map { falling.branchHints.isLikely(at: $0) } == [nil, true])
    }

    @Test func boundsOfMemoriesAndTables() throws {
        let sizes = { (flags: UInt8, minimum: Bytes, after: Bytes) -> Bytes in
            section(5, [1, flags] + minimum + after)
        }
        let twoTo48: Bytes = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]
        _ = try decode(module(sizes(4, twoTo48, [])))
        expect(module(sizes(4, [0x81] + twoTo48.dropFirst(), [])), .invalid, "memory size must be at most")
        expect(module(sizes(8, leb(1 << 32), [0])), .invalid, "memory size must be at most 4294967295 pages")
        _ = try decode(module(sizes(8, leb(0xFFFF_FFFF), [0])))
        expect(module(sizes(8, [1], [1])), .invalid, "invalid custom page size", at: 13)
        expect(module(sizes(8, [1], [64])), .malformed, "invalid custom page size", at: 13)
        expect(module(section(4, [1, 0x70, 8, 1, 0])), .malformed, "malformed limits flags 0x08", at: 12)
        expect(module(section(5, vector(Array(repeating: [0, 1], count: 101)))), .limit, "101 memories are more")
        let imports = vector(Array(repeating: name("") + name("") + [2, 0, 1], count: 101))
        expect(module(section(2, imports)), .limit, "more than the 100 memories allowed")
    }

    @Test func memoryIndices() throws {
        let load = { (argument: Bytes, memories: Bytes) in
            function([0x41, 0, 0x28] + argument + [0x1A, 0x0B], between: memories)
        }
        let two = section(5, [2, 0, 1, 4, 1])
        #expect(try decode(load([2, 0], oneMemory)).features == [])
        // The index may be said where there is one memory.
        #expect(try decode(load([0x42, 0, 0], oneMemory)).features == [.multipleMemories])
        expect(load([0x42, 1, 0], oneMemory), .invalid, "unknown memory 1")
        expect(load([0x42, 1, 0], two), .invalid, "type mismatch: i32.load expects i64")
        expect(load([0x43, 0, 0], two), .invalid, "alignment must not be larger than natural: 2^3")
        expect(load([0x80, 0x01, 0], oneMemory), .malformed, "malformed memop flags")
        expect(function([0x3F, 1, 0x1A, 0x0B], between: oneMemory), .invalid, "unknown memory 1")
        // An offset of more than 32 bits is for addresses of 64 only.
        expect(load([0x02] + leb(1 << 32), oneMemory), .invalid, "offset out of range")
    }

    @Test func sharedMemory() throws {
        let shared = try decode(module(section(5, [1, 3, 0, 0])))
        #expect(shared.memories[0] == MemoryType(limits: Limits(minimum: 0, maximum: 0), isShared: true))
        #expect(shared.features == [.threads])
    }

    @Test func globals() throws {
        let of = { (globals: [Bytes]) in module(section(6, vector(globals))) }
        expect(of([[0x7F, 0, 0x42, 0, 0x0B]]), .invalid, "type mismatch")
        expect(of([[0x7F, 0, 0x0B]]), .invalid, "type mismatch")
        expect(of([[0x7F, 0, 0x41, 0, 0x41, 0, 0x0B]]), .invalid, "type mismatch")
        expect(of([[0x7F, 0, 0x23, 0, 0x0B]]), .invalid, "unknown global 0")
        expect(
            of([[0x7F, 0, 0x41, 0, 0x45, 0x0B]]), .invalid, "constant expression required: i32.eqz", at: 15)
        expect(
            of([[0x7F, 1, 0x41, 0, 0x0B], [0x7F, 0, 0x23, 0, 0x0B]]),
            .invalid, "constant expression required")
        let sum = try decode(of([[0x7F, 0, 0x41, 7, 0x0B], [0x7F, 0, 0x23, 0, 0x41, 3, 0x6A, 0x0B]]))
        #expect(Array(sum.globals[1].initializer.instructions) == [.globalGet(0), .i32(3), .i32Add])
        #expect(sum.features == [.extendedConstants])
    }

    @Test func exports() throws {
        let of = { (exports: [Bytes]) in module(oneMemory, section(7, vector(exports))) }
        expect(of([name("m") + [2, 1]]), .invalid, "unknown memory 1")
        expect(of([name("m") + [9, 0]]), .malformed, "malformed export kind 9")
        expect(of([name("m") + [2, 0], name("m") + [2, 0]]), .invalid, "duplicate export name \"m\"")
    }

    @Test func namesAreComparedByTheirBytes() throws {
        let composed = name("\u{C5}"), decomposed = name("A\u{30A}")
        let both = try decode(module(oneMemory, section(7, vector([composed + [2, 0], decomposed + [2, 0]]))))
        let found = try #require(both.export(named: "A\u{30A}"))
        #expect(Array(found.name.utf8) == Array("A\u{30A}".utf8))
    }

    @Test func startFunctions() {
        expect(module(section(8, [0])), .invalid, "unknown function 0")
        let type = section(1, [1, 0x60, 1, 0x7F, 0])
        let rest = section(8, [0]) + section(10, [1, 2, 0, 0x0B])
        expect(module(type, section(3, [1, 0]), rest), .invalid, "start function")
    }

    @Test(arguments: 0...7 as ClosedRange<UInt8>)
    func elementSegmentsOfEachKind(flags: UInt8) throws {
        let table: Bytes = flags & 3 == 2 ? [0] : []
        let offset: Bytes = flags & 1 == 0 ? [0x41, 0, 0x0B] : []
        let isExpression = flags & 4 != 0
        let type: Bytes = flags & 3 == 0 ? [] : isExpression ? [0x70] : [0]
        let items: Bytes = isExpression ? [1, 0xD2, 0, 0x0B] : [1, 0]
        let segment = [flags] + table + offset + type + items
        let segments = try decode(
            function([0x0B], between: section(4, [1, 0x70, 0, 1]) + section(9, [1] + segment))
        ).elements
        #expect(Array(segments[0].elements[0].instructions) == [.refFunc(0)])
        switch segments[0].mode {
        case .passive: #expect(flags & 3 == 1)
        case .declarative: #expect(flags & 3 == 3)
        case .active(let table, _): #expect(flags & 1 == 0 && table == 0)
        }
    }

    @Test func elementSegmentsRefused() {
        let of = { (segment: Bytes) in module(section(4, [1, 0x70, 0, 1]), section(9, [1] + segment)) }
        expect(of([8]), .malformed, "malformed element segment flags 8")
        expect(of([1, 1, 0]), .malformed, "malformed element kind 1")
        expect(of([0, 0x41, 0, 0x0B, 1, 0]), .invalid, "unknown function 0")
        expect(of([2, 1, 0x41, 0, 0x0B, 0, 0]), .invalid, "unknown table 1")
        expect(of([6, 0, 0x41, 0, 0x0B, 0x6F, 0]), .invalid, "type mismatch")
        expect(of([5, 0x6F, 1, 0xD0, 0x70, 0x0B]), .invalid, "type mismatch")
    }

    @Test func dataSegments() throws {
        let of = { (segment: Bytes) in module(oneMemory, section(11, [1] + segment)) }
        let active = try decode(of([2, 0, 0x41, 0, 0x0B, 2, 0xAA, 0xBB]))
        #expect(active.data[0].bytes.count == 2)
        expect(of([3]), .malformed, "malformed data segment flags 3")
        expect(of([1, 2, 0]), .malformed, "unexpected end of section or function")
        expect(of([2, 1, 0x41, 0, 0x0B, 0]), .invalid, "unknown memory 1")
        expect(of([0, 0x42, 0, 0x0B, 0]), .invalid, "type mismatch")
    }

    @Test func dataCounts() {
        expect(module(section(12, [1])), .malformed, "data count and data section have inconsistent lengths")
        expect(module(section(12, [0]), section(11, [1, 1, 0])), .malformed, "data count and data section")
        expect(
            function([0xFC, 0x09, 0, 0x0B]) + section(11, [1, 1, 0]),
            .malformed, "data count section required")
    }

    @Test func functionNames() throws {
        let names = section(0, name("name") + [0, 1, 0] + section(1, [2, 0, 1, 0x61, 7, 2, 0xC3, 0xA9]))
        let named = try decode(module(names))
        #expect(named.functionName(0) == "a" && named.functionName(7) == "\u{E9}")
        #expect(named.functionName(1) == nil)
        #expect(try decode(preamble).functionName(0) == nil)
    }

    @Test(arguments: [[1], [1, 9, 1], [1, 3, 1, 0, 9], [1, 4, 1, 0, 1, 0xFF], [1, 2, 0xFF, 0xFF]] as [Bytes])
    func malformedNamesCostOnlyTheName(contents: Bytes) throws {
        #expect(try decode(module(section(0, name("name") + contents))).functionName(0) == nil)
    }
}

// Debug information: what is told of addresses, and that nothing it says does harm.

import Foundation
import Testing
import WasmModule

import WasmDebug

private func bytes(_ name: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = root.appending(path: "build/guests/\(name).wasm")
    return [UInt8](try #require(try? Data(contentsOf: path), "scripts/guests makes \(path.path())"))
}

private func decode(_ bytes: [UInt8]) throws -> Module {
    let binary = bytes.withUnsafeBytes { ModuleBinary(copying: $0) }
    return try Module.decode(try #require(binary))
}

/// Numbers of chance that are the same in each run.
private struct Chance {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(limit, 1)))
    }
}

@Suite(.timeLimit(.minutes(5))) struct DebugInformationTests {
    @Test(arguments: [4, 5])
    func everyInstructionOfAFunctionIsOfItsFile(_ version: Int) throws {
        let module = try decode(try bytes("lines-\(version)"))
        let information = try #require(DebugInformation(module))
        var names: Set<String> = []
        for function in module.functions {
            for offset in function.body {
                for frame in information.frames(at: offset) {
                    if let name = frame.function { names.insert(name) }
                    guard let place = frame.place else { continue }
                    #expect(place.file.hasSuffix("Tests/Guests/debug/lines.cpp"))
                    #expect(place.line < 40)
                }
            }
        }
        let known: Set = [
            "_start", "(anonymous namespace)::shrunk", "shapes::Circle::shrink", "shapes::Circle::divide",
        ]
        #expect(known.isSubset(of: names), "\(names)")
        #expect(information.frames(at: 0).isEmpty && information.frames(at: 1 << 40).isEmpty)
    }

    /// Sections that are cut, changed and mixed: any answer will do, and each comes.
    @Test(arguments: [4, 5], 0..<8)
    func hostileSections(_ version: Int, _ seed: Int) throws {
        let good = try bytes("lines-\(version)")
        let module = try decode(good)
        let sections = module.debugSections.values.sorted { $0.lowerBound < $1.lowerBound }
        var chance = Chance(state: UInt64(seed * 2 + version))
        for _ in 0..<400 {
            var bad = good
            for _ in 0...chance.below(6) {
                let section = sections[chance.below(sections.count)]
                let place = section.lowerBound + chance.below(section.count)
                switch chance.below(4) {
                case 0: bad[place] ^= 1 << UInt8(chance.below(8))
                case 1: bad[place] = [0, 0x7F, 0x80, 0xFF][chance.below(4)]
                case 2: for index in place..<section.upperBound { bad[index] = 0 }
                default:
                    let other = sections[chance.below(sections.count)]
                    let count = min(section.upperBound - place, other.count)
                    for index in 0..<count { bad[place + index] = good[other.lowerBound + index] }
                }
            }
            let changed = try decode(bad)
            let information = try #require(DebugInformation(changed))
            let code = changed.functions.map(\.body)
            for _ in 0..<20 {
                let body = code[chance.below(code.count)]
                #expect(information.frames(at: body.lowerBound + chance.below(body.count)).count <= 33)
            }
        }
    }

    @Test func namesOfScopes() {
        let names = [
            "_ZN6shapes6CircleIiE6shrinkEi": "shapes::Circle::shrink",
            "_ZNK6shapes6CircleIiE6divideEi": "shapes::Circle::divide",
            "_ZN12_GLOBAL__N_16shrunkEiRVi": "(anonymous namespace)::shrunk",
            "_Z3fooi": "foo",
            "_ZL3fooi": "foo",
            "_Z3addIiET_S0_S0_": "add",
            "_ZN3BoxC2Ev": "Box::Box",
            "_ZN3BoxD1Ev": "Box::~Box",
            "_ZN3BoxplERKS_": "Box::operator+",
            "_ZNSt6vectorIiSaIiEE9push_backEOi": "std::vector::push_back",
            "_ZNSt3__16vectorINS_12basic_stringIcEELi5EE4sizeEv": "std::__1::vector::size",
            "_ZN4core3fmt5write17h0123456789abcdefE": "core::fmt::write",
            "_ZN50_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$4into17h0123456789abcdefE":
                "<T as core::convert::Into<U>>::into",
        ]
        for (mangled, plain) in names { #expect(ScopedName.demangled(mangled) == plain) }
        for other in ["main", "", "_Z", "_ZN", "_ZN99foo", "_ZNSE", "_ZN3fooI", "$s4main3fooyyF", "_RNvC4main3foo"] {
            _ = ScopedName.demangled(other)
        }
        #expect(ScopedName.demangled("main") == nil)
        #expect(ScopedName.demangled("_ZN" + String(repeating: "9", count: 4000)) == nil)
    }

    @Test func hostileNames() {
        var chance = Chance(state: 7)
        let letters = Array("_ZNIESLTXJFBCDK0123456789tasbdih$.".utf8)
        for _ in 0..<20_000 {
            let tail = (0..<chance.below(60)).map { _ in letters[chance.below(letters.count)] }
            let name = "_Z" + String(decoding: tail, as: UTF8.self)
            #expect((ScopedName.demangled(name) ?? "").utf8.count < 4096)
        }
    }
}

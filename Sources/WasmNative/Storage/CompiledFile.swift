// Compiled code in a file: with its module, as `wasi-threads compile` makes it, or alone, as the cache does.
//
//     magic, format                        8 + 4 bytes; all numbers are little-endian
//     version, architecture, features      each: length in 4 bytes, UTF-8; features with commas between them
//     layout                               a digest of 32 bytes
//     module                               its digest, and its length in 8 bytes; 0 where it is not here
//     objects                              their count in 4 bytes; for each its length in 8, and its digest
//     header                               the digest of all bytes so far
//     the module, then the objects
//
// Always true: nothing of a file is used before it agrees with its digest, and every byte of a file is under
// one, directly or through the header's. A digest tells broken from whole, and not friend from foe: whoever
// can write the file decides what the code does.

import Platform
import WasmRuntime

/// Why a file is not used.
package enum CompiledFileError: Error, Sendable, Equatable {
    /// It is something else.
    case notCompiled
    /// It was cut, or changed.
    case broken(String)
    case otherFormat(UInt32)
    case otherVersion(String)
    case otherLayout
    case otherArchitecture(String)
    case missingFeatures([String])
}

package struct CompiledFile {
    /// A byte that is no text, and an end of line that a transfer as text would change.
    package static let magic: [UInt8] = [0x7F] + Array("cwasm\r\n".utf8)
    private static let format: UInt32 = 1

    package private(set) var stamp: CodeStamp
    package private(set) var module: Digest
    private var moduleRange = 0..<0
    private var objectRanges: [Range<Int>] = []
    private let bytes: UnsafeRawBufferPointer

    package var moduleBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[moduleRange]) }

    package var objects: [UnsafeRawBufferPointer] {
        objectRanges.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
    }

    // MARK: Writing

    /// What stands in a file in front of the module and the objects.
    package static func header(
        _ stamp: CodeStamp, module: Digest, moduleByteCount: Int, objects: [[UInt8]]
    ) -> [UInt8] {
        var header = magic
        header.append(format)
        for text in [stamp.version, stamp.architecture, stamp.features.joined(separator: ",")] {
            header.append(UInt32(text.utf8.count))
            header += text.utf8
        }
        header += stamp.layout.bytes
        header += module.bytes
        header.append(UInt64(moduleByteCount))
        header.append(UInt32(objects.count))
        for object in objects {
            header.append(UInt64(object.count))
            header += SHA256.digest(of: object).bytes
        }
        return header + SHA256.digest(of: header).bytes
    }

    // MARK: Reading

    package static func hasMagic(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: magic) }

    /// `bytes` stay as long as this is used. What has been read is whole, and for `machine`.
    package init(_ bytes: UnsafeRawBufferPointer, for machine: CodeStamp) throws(CompiledFileError) {
        guard Self.hasMagic(bytes) else { throw .notCompiled }
        self.bytes = bytes
        var reader = Reader(bytes: bytes, offset: Self.magic.count)
        let format = UInt32(try reader.integer(4))
        guard format == Self.format else { throw .otherFormat(format) }
        let version = try reader.text()
        let architecture = try reader.text()
        let features = try reader.text().split(separator: ",").map(String.init)
        stamp = CodeStamp(version: version, features: features)
        stamp.architecture = architecture
        stamp.layout = try reader.digest()
        module = try reader.digest()
        let parts = try Self.parts(&reader, module)
        moduleRange = parts[0].range
        objectRanges = parts.dropFirst().map(\.range)
        try Self.compare(stamp, with: machine)
        for part in parts where !(part.digest == module && part.range.isEmpty) {
            let content = UnsafeRawBufferPointer(rebasing: bytes[part.range])
            guard SHA256.digest(of: content) == part.digest else {
                throw .broken("a part of it is not what its header says")
            }
        }
    }

    private typealias Part = (range: Range<Int>, digest: Digest)

    /// The module and the objects.
    private static func parts(_ reader: inout Reader, _ module: Digest) throws(CompiledFileError) -> [Part] {
        var sizes = [(try reader.integer(8), module)]
        for _ in 0..<(try reader.integer(4)) {
            let size = try reader.integer(8)
            sizes.append((size, try reader.digest()))
        }
        let end = reader.offset
        guard try reader.digest() == SHA256.digest(of: UnsafeRawBufferPointer(rebasing: reader.bytes[..<end]))
        else { throw .broken("its header was changed") }
        var parts: [Part] = []
        for (size, digest) in sizes { parts.append((try reader.skip(size), digest)) }
        guard reader.offset == reader.bytes.count else { throw .broken("there is more after its end") }
        return parts
    }

    private static func compare(
        _ stamp: CodeStamp, with machine: CodeStamp
    ) throws(CompiledFileError) {
        guard stamp.version == machine.version else { throw .otherVersion(stamp.version) }
        guard stamp.architecture == machine.architecture else { throw .otherArchitecture(stamp.architecture) }
        guard stamp.layout == machine.layout else { throw .otherLayout }
        let missing = stamp.features.filter { !machine.features.contains($0) }
        guard missing.isEmpty else { throw .missingFeatures(missing) }
    }
}

private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var offset: Int

    mutating func skip(_ count: UInt64) throws(CompiledFileError) -> Range<Int> {
        guard count <= UInt64(bytes.count - offset) else { throw .broken("it ends too soon") }
        defer { offset += Int(count) }
        return offset..<offset + Int(count)
    }

    mutating func integer(_ byteCount: Int) throws(CompiledFileError) -> UInt64 {
        bytes[try skip(UInt64(byteCount))].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func text() throws(CompiledFileError) -> String {
        let range = try skip(try integer(4))
        return String(decoding: bytes[range], as: UTF8.self)
    }

    mutating func digest() throws(CompiledFileError) -> Digest {
        Digest(Array(bytes[try skip(UInt64(Digest.byteCount))]))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension CompiledFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notCompiled: "it is no file with compiled code"
        case .broken(let how): "it was cut or changed: \(how)"
        case .otherFormat(let number): "its format is number \(number), which this library does not read"
        case .otherVersion(let version): "it was made by version \(version) of this library"
        case .otherLayout: "it was made by another build of this library"
        case .otherArchitecture(let name): "it was made for \(name)"
        case .missingFeatures(let names):
            "it was made for a processor with \(names.joined(separator: ", ")), which this one does not have"
        }
    }
}

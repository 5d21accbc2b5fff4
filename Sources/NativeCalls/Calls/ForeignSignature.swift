// A C signature as libffi takes it.

import CFFI

/// What libffi is told of a value.
enum ForeignType {
    case void
    case scalar(CScalar)
    case pointer
    case structure(CLayout)
}

/// Always true: the memory behind `cif` does not change after the initialiser, and lives as long as this.
final class ForeignSignature: @unchecked Sendable {
    // SENDABLE: see above; libffi only reads it.
    let cif: UnsafeMutablePointer<ffi_cif>
    private var allocations: [UnsafeMutableRawPointer] = []

    /// nil where libffi refuses the types, as no such signature is known to make it do.
    init?(_ parameters: [ForeignType], result: ForeignType) {
        cif = .allocate(capacity: 1)
        cif.initialize(to: ffi_cif())
        let types = array(parameters.map { foreign($0) })
        let status = ffi_prep_cif(
            cif, FFI_DEFAULT_ABI, UInt32(parameters.count), foreign(result), types)
        guard status == FFI_OK else { return nil }
    }

    deinit {
        for allocation in allocations { allocation.deallocate() }
        cif.deallocate()
    }

    private func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        copy.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(copy))
        return copy
    }

    private func foreign(_ type: ForeignType) -> UnsafeMutablePointer<ffi_type>? {
        switch type {
        case .void: cffi_void()
        case .scalar(let scalar): scalar.foreign
        case .pointer: cffi_pointer()
        case .structure(let layout): structure(layout)
        }
    }

    /// A structure with its members, and those that are structures with theirs: their padding counts.
    private func structure(_ layout: CLayout) -> UnsafeMutablePointer<ffi_type> {
        var elements: [UnsafeMutablePointer<ffi_type>?] = layout.elements.map { element in
            switch element {
            case .scalar(let scalar): return scalar.foreign
            case .structure(let inner):
                guard case .complete(let layout) = inner.state else {
                    preconditionFailure("members are complete when they are added")
                }
                return structure(layout)
            }
        }
        elements.append(nil)
        // libffi works out the size where it is 0.
        return array([
            ffi_type(size: 0, alignment: 0, type: UInt16(FFI_TYPE_STRUCT), elements: array(elements))
        ])
    }
}

extension CScalar {
    fileprivate var foreign: UnsafeMutablePointer<ffi_type>? {
        switch self {
        case .bool, .uint8: cffi_uint8()
        case .char: Self.charIsSigned ? cffi_sint8() : cffi_uint8()
        case .int8: cffi_sint8()
        case .int16: cffi_sint16()
        case .uint16: cffi_uint16()
        case .int32: cffi_sint32()
        case .uint32: cffi_uint32()
        case .int64, .long, .difference: cffi_sint64()
        case .uint64, .unsignedLong, .size: cffi_uint64()
        case .float: cffi_float()
        case .double: cffi_double()
        }
    }
}

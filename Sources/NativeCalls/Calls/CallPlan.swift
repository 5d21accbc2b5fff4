// How a guest's call becomes a call of a C function: worked out once, when the function is defined.
//
// A call writes one step after another: each makes the argument of one C parameter from the frame, in an area
// on the stack, of which this file is the layout:
//
//     arguments | result | pointers to the arguments, for libffi | copies of short strings

import CFFI
import WasmModule

/// One C parameter.
struct CallStep: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        /// A number from the frame.
        case scalar
        /// An externref from the frame, as it is.
        case reference
        /// What was bound when the function was defined.
        case environment
        case caller
        /// A guest's string, as a copy with an end.
        case string
        /// The address of a guest's memory.
        case memory
        /// A structure by value: converted from where the frame says that it is.
        case structure
        /// A structure of one scalar, from the frame.
        case onlyMember
        /// An address of the guest's, which C only hands on.
        case opaque
        /// A function pointer that leads to an element of the guest's table.
        case callback
        /// Where the guest wants to have errno, of which C gets nothing; none of a plan.
        case errno
    }

    var kind: Kind
    var scalar = CScalar.int32
    var isNullable = false
    /// Where it stands in the frame; of no meaning for what the guest does not pass.
    var slot = 0
    /// Where the argument stands in the area.
    var destination = 0
    /// Of the memory behind a pointer, in bytes.
    var elementSize: UInt64 = 1
    var alignment: UInt64 = 1
    /// How many elements, or, from 0 on, the slot of the frame that says it.
    var count: UInt64 = 1
    var countSlot = -1
    var countScalar = CScalar.size
    /// From 0 on, the slot of the frame with what that is multiplied by.
    var factorSlot = -1
    var factorScalar = CScalar.size
    /// Of a function pointer: its plan among those of the call's.
    var callback = -1
    /// Of a structure: its scalars among those of the plan.
    var firstLeaf = 0
    var endOfLeaves = 0
    /// Of a string: where the area keeps its memory if it is long. Of a function pointer: where it keeps the
    /// callback.
    var overflow = 0
}

/// What a call reads, beside the steps. Plain memory, so that threads that call at the same time count no
/// references to the same object.
struct CallShape: BitwiseCopyable {
    enum Result: BitwiseCopyable {
        case none
        case scalar(CScalar)
        case reference
        /// NULL, or an error of the library's, which becomes a trap.
        case error
        /// A pointer into the guest's memory.
        case address
        /// A function pointer, which becomes an element of the guest's table.
        case function
        /// A structure of one scalar, which the guest gets as that.
        case onlyMember(CScalar)
        /// A structure, which the guest gets where its first argument says.
        case structure(size: UInt64, alignment: UInt64, firstLeaf: Int, endOfLeaves: Int)
    }

    /// The bytes that short strings of one call may take together.
    static let stringBytes = 256

    var steps: UnsafeBufferPointer<CallStep>
    var leaves: UnsafeBufferPointer<CLayout.Leaf>
    /// SAFETY: the plan holds them.
    var callbacks: UnsafeBufferPointer<Unmanaged<CallbackPlan>>
    var result: Result
    /// nil where all arguments are in registers, which takes no libffi.
    var cif: UnsafeMutablePointer<ffi_cif>?
    var needsCaller: Bool
    var needsMemory: Bool
    var hasStrings: Bool
    var hasCallbacks: Bool
    /// The slot of the frame that says where the guest wants to have errno; -1 where it does not.
    var errnoSlot: Int
    var resultOffset: Int
    var pointersOffset: Int
    var stringsOffset: Int
    var areaBytes: Int
}

extension CallShape {
    /// Whether a call does more than most.
    var hasExtras: Bool { hasCallbacks || errnoSlot >= 0 }

    /// Whether guest and host mean the same by every parameter and the result, so that nothing is converted.
    var isPlain: Bool {
        let hasPlainResult =
            switch result {
            case .none: true
            case .scalar(let scalar): scalar.isPlain
            default: false
            }
        return hasPlainResult && errnoSlot < 0
            && steps.enumerated().allSatisfy { $1.kind == .scalar && $1.scalar.isPlain && $1.slot == $0 }
    }
}

extension CScalar {
    fileprivate var isPlain: Bool {
        switch self {
        case .int32, .uint32, .int64, .uint64, .long, .unsignedLong, .float, .double: true
        default: false
        }
    }
}

/// Always true: nothing in it changes, so any number of threads call with it at the same time.
final class CallPlan: @unchecked Sendable {
    // SENDABLE: the memory behind the pointers is written in the initialiser only.
    let type: FunctionType
    let shape: CallShape
    /// Of the result, where that is a function pointer.
    let returned: ReturnedFunction?
    private let callbacks: [CallbackPlan]
    /// What `shape` has the pointer of.
    private let signature: ForeignSignature?

    init(
        type: FunctionType, steps: [CallStep], leaves: [CLayout.Leaf], callbacks: [CallbackPlan],
        result: CallShape.Result, returned: ReturnedFunction?, errnoSlot: Int, signature: ForeignSignature?,
        argumentBytes: Int, resultBytes: Int
    ) {
        var steps = steps
        let strings = steps.indices.filter { steps[$0].kind == .string || steps[$0].kind == .callback }
        let hasStrings = steps.contains { $0.kind == .string }
        let hasCallbacks = !callbacks.isEmpty
        let resultOffset = argumentBytes.rounded(upTo: 16)
        let pointersOffset = resultOffset + resultBytes.rounded(upTo: 16)
        var end = pointersOffset + steps.count * MemoryLayout<UnsafeRawPointer>.stride
        for index in strings {
            steps[index].overflow = end
            end += MemoryLayout<UnsafeRawPointer>.stride
        }
        let (resultIsInMemory, resultIsFunction) =
            switch result {
            case .structure, .address: (true, false)
            case .function: (false, true)
            default: (false, false)
            }
        self.type = type
        self.returned = returned
        self.callbacks = callbacks
        self.signature = signature
        shape = CallShape(
            steps: UnsafeBufferPointer(copying: steps), leaves: UnsafeBufferPointer(copying: leaves),
            callbacks: UnsafeBufferPointer(copying: callbacks.map(Unmanaged.passUnretained)), result: result,
            cif: signature?.cif,
            needsCaller: hasCallbacks || resultIsFunction || errnoSlot >= 0 || steps.contains { $0.kind == .caller },
            needsMemory: resultIsInMemory || errnoSlot >= 0 || steps.contains { $0.kind.needsMemory },
            hasStrings: hasStrings, hasCallbacks: hasCallbacks, errnoSlot: errnoSlot, resultOffset: resultOffset,
            pointersOffset: pointersOffset,
            stringsOffset: end, areaBytes: end + (hasStrings ? CallShape.stringBytes : 0))
    }

    deinit {
        shape.steps.deallocate()
        shape.leaves.deallocate()
        shape.callbacks.deallocate()
    }
}

extension CallStep.Kind {
    fileprivate var needsMemory: Bool {
        self == .string || self == .memory || self == .structure || self == .opaque
    }
}

extension UnsafeBufferPointer where Element: BitwiseCopyable {
    /// A copy that its owner deallocates.
    fileprivate init(copying elements: [Element]) {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        self = UnsafeBufferPointer(copy)
    }
}

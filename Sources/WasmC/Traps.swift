// wasm_trap_* and wasm_frame_*.

import CMachine
import CWasmAPI
import CWasmFamilies
import WasmRuntime

/// Immutable but for its frames, which it gets on the way out of guest code.
final class TrapReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_TRAP)

    /// Ends with a NUL byte.
    fileprivate let message: [UInt8]
    fileprivate private(set) var frames: [FrameObject] = []
    /// How deep the call was nested that gave it its last frames.
    private var depth: UInt32 = 0

    /// `message` without a NUL byte at its end.
    init(_ store: Store?, message: some Sequence<UInt8>) {
        self.message = Array(message) + [0]
        super.init(Self.kind, store)
    }

    convenience init(_ store: Store?, _ message: String) { self.init(store, message: message.utf8) }

    /// Adds the frames of a call that it leaves. Those of a call further out go after those that it has; a
    /// trap that a host function keeps and returns again begins anew.
    fileprivate func leave(depth: UInt32, _ found: [FrameObject]) {
        frames = depth < self.depth ? Array((frames + found).prefix(Trap.maximumFrames)) : found
        self.depth = depth
    }
}

/// A function that was active when something trapped. Immutable.
private final class FrameObject {
    let instance: InstanceReference
    let functionIndex: UInt32
    let functionOffset: Int
    let moduleOffset: Int

    init(_ frame: Trap.Frame, _ instance: InstanceReference) {
        self.instance = instance
        functionIndex = frame.functionIndex
        moduleOffset = frame.offset
        let module = instance.instance.module
        let body = module.functions[Int(frame.functionIndex) - module.importedFunctionCount].body
        functionOffset = frame.offset - body.lowerBound
    }
}

extension Store {
    /// The trap for the raw `TrapReason` with which a call on this store came back.
    func trap(_ raw: UInt32, _ tier: (any PortableTier)?) -> TrapReference {
        guard let reason = TrapReason(rawValue: raw) else {
            preconditionFailure("a call returns 0 or the raw value of a trap reason")
        }
        // Only an end of its process interrupts a guest or lets it exit, and a store belongs to none.
        let message = reason == .uncaughtException ? context.thrownException?.message : nil
        let trap = passingTrap ?? TrapReference(self, message ?? reason.description)
        passingTrap = nil
        var frames: [FrameObject] = []
        tier?.visitFrames(of: context, withValues: false) { visited in
            frames.append(FrameObject(visited.frame, InstanceReference(visited.instance, self)))
        }
        context.forgetInnerFrames()
        if context.pointee.depth == 0 { context.forgetExceptions() }
        trap.leave(depth: context.pointee.depth + 1, frames)
        return trap
    }
}

// MARK: Traps

@c @implementation
public func wasm_trap_new(
    _ store: OpaquePointer?, _ message: UnsafePointer<wasm_message_t>?
) -> OpaquePointer? {
    let bytes = message?.pointee.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    let text = bytes.last == 0 ? bytes.dropLast() : bytes[...]
    return TrapReference(object(store, as: Store.self), message: text).owned
}

@c @implementation
public func wasm_trap_message(_ trap: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_message_t>?) {
    guard let out else { return }
    guard let trap = reference(trap, as: TrapReference.self) else { return wasm_byte_vec_new_empty(out) }
    out.fill(trap.message)
}

@c @implementation
public func wasm_trap_origin(_ trap: OpaquePointer?) -> OpaquePointer? {
    reference(trap, as: TrapReference.self)?.frames.first.map(owned)
}

@c @implementation
public func wasm_trap_trace(_ trap: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_frame_vec_t>?) {
    guard let out else { return }
    let frames = reference(trap, as: TrapReference.self)?.frames ?? []
    wasm_frame_vec_new_uninitialized(out, frames.count)
    for (index, frame) in frames.prefix(out.pointee.size).enumerated() {
        out.pointee.data[index] = owned(frame)
    }
}

// MARK: Frames

@c @implementation
public func wasm_frame_delete(_ frame: OpaquePointer?) { release(frame) }

@c @implementation
public func wasm_frame_copy(_ frame: OpaquePointer?) -> OpaquePointer? { retain(frame) }

@c @implementation
public func wasm_frame_instance(_ frame: OpaquePointer?) -> OpaquePointer? {
    object(frame, as: FrameObject.self)?.instance.address
}

@c @implementation
public func wasm_frame_func_index(_ frame: OpaquePointer?) -> UInt32 {
    object(frame, as: FrameObject.self)?.functionIndex ?? 0
}

@c @implementation
public func wasm_frame_func_offset(_ frame: OpaquePointer?) -> Int {
    object(frame, as: FrameObject.self)?.functionOffset ?? 0
}

@c @implementation
public func wasm_frame_module_offset(_ frame: OpaquePointer?) -> Int {
    object(frame, as: FrameObject.self)?.moduleOffset ?? 0
}

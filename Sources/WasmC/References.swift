// wasm_ref_*, and what all references have in common.
//
// A pointer of C to a reference is a retained object of a subclass of `Reference`, whichever C type it has;
// the conversions between those are casts. Always true: `kind` says which subclass it is.

import CWasmAPI
import CWasmFamilies
import WasmRuntime

/// One hold of the host's on an object of a store. Immutable but for host info.
class Reference {
    let kind: Int
    /// nil for a trap that was made without one.
    final let store: Store?
    /// Of an object that has no holder of its own.
    final var attachment: AnyObject?

    init(_ kind: Int, _ store: Store?) {
        self.kind = kind
        self.store = store
    }

    /// The object that it refers to: equal for two references exactly when they are the same.
    var identity: UInt { UInt(bitPattern: address) }

    /// What host info of the object goes with.
    var holder: any HostInfoHolder { self }
}

extension Reference {
    /// The pointer that stands for this object, for as long as something holds it.
    final var address: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// A pointer that owns a hold on it.
    final var owned: OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// The object behind a pointer that C gave; nil for NULL.
    static func at(_ pointer: OpaquePointer?) -> Reference? {
        pointer.map { Unmanaged<Reference>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }
}

/// A subclass, of which all objects have one kind that no others have.
protocol KindOfReference: Reference {
    static var kind: Int { get }
}

/// The object behind a pointer that C gave; nil for NULL and for a reference of another kind.
@inline(__always)
func reference<T: KindOfReference>(_ pointer: OpaquePointer?, as type: T.Type) -> T? {
    guard let reference = Reference.at(pointer), reference.kind == T.kind else { return nil }
    // SAFETY: the kind says which subclass it is.
    return unsafeDowncast(reference, to: type)
}

/// What else C holds of this library: objects that are no references, retained like them.
func owned(_ object: AnyObject) -> OpaquePointer {
    OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

func object<T: AnyObject>(_ pointer: OpaquePointer?, as type: T.Type) -> T? {
    pointer.map { Unmanaged<T>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

/// Gives up a hold. The type need not be the object's own.
func release(_ pointer: OpaquePointer?) {
    guard let pointer else { return }
    Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).release()
}

/// Takes another hold, and returns the pointer.
func retain(_ pointer: OpaquePointer?) -> OpaquePointer? {
    guard let pointer else { return nil }
    _ = Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).retain()
    return pointer
}

/// What a function of a kind gives out of a reference of it.
@c @implementation
public func wasm_c_kind(_ reference: OpaquePointer?) -> UInt8 {
    Reference.at(reference).map { UInt8($0.kind) } ?? UInt8(WASM_C_NONE)
}

@c @implementation
public func wasm_ref_delete(_ reference: OpaquePointer?) { release(reference) }

@c @implementation
public func wasm_ref_copy(_ reference: OpaquePointer?) -> OpaquePointer? { retain(reference) }

@c @implementation
public func wasm_ref_same(_ first: OpaquePointer?, _ second: OpaquePointer?) -> Bool {
    if first == second { return true }
    guard let first = Reference.at(first), let second = Reference.at(second) else { return false }
    return first.kind == second.kind && first.identity == second.identity
}

// MARK: Host info

/// What C wants to be called with a pointer that is no longer needed.
public typealias Finalizer = @convention(c) (UnsafeMutableRawPointer?) -> Void

/// A pointer of the host's with what is to be called when it is no longer needed.
final class HostInfo {
    let pointer: UnsafeMutableRawPointer?
    private let finalizer: Finalizer?

    init(_ pointer: UnsafeMutableRawPointer?, _ finalizer: Finalizer?) {
        self.pointer = pointer
        self.finalizer = finalizer
    }

    deinit { finalizer?(pointer) }
}

/// The host info of an object and of its parts, by their identity: functions and globals are parts of their
/// instance.
private final class HostInfoTable {
    var entries: [UInt: HostInfo] = [:]
}

/// An object that lives as long as what references refer to, with a place for host info.
protocol HostInfoHolder: AnyObject {
    var attachment: AnyObject? { get set }
}

extension Reference: HostInfoHolder {}
extension Instance: HostInfoHolder {}
extension HostFunction: HostInfoHolder {}
extension GlobalInstance: HostInfoHolder {}
extension TableInstance: HostInfoHolder {}
extension MemoryInstance: HostInfoHolder {}

extension Reference {
    fileprivate var hostInfo: HostInfo? {
        get { (holder.attachment as? HostInfoTable)?.entries[identity] }
        set {
            let table = holder.attachment as? HostInfoTable ?? HostInfoTable()
            // A finalizer may look at the object again: it runs when the new value is in place.
            let former = table.entries.removeValue(forKey: identity)
            table.entries[identity] = newValue
            holder.attachment = table
            withExtendedLifetime(former) {}
        }
    }
}

@c @implementation
public func wasm_ref_get_host_info(_ reference: OpaquePointer?) -> UnsafeMutableRawPointer? {
    Reference.at(reference)?.hostInfo?.pointer
}

@c @implementation
public func wasm_ref_set_host_info(_ reference: OpaquePointer?, _ info: UnsafeMutableRawPointer?) {
    Reference.at(reference)?.hostInfo = HostInfo(info, nil)
}

@c @implementation
public func wasm_ref_set_host_info_with_finalizer(
    _ reference: OpaquePointer?, _ info: UnsafeMutableRawPointer?,
    _ finalizer: Finalizer?
) {
    guard let reference = Reference.at(reference) else {
        finalizer?(info)
        return
    }
    reference.hostInfo = HostInfo(info, finalizer)
}

// MARK: Foreign objects

@c @implementation
public func wasm_foreign_new(_ store: OpaquePointer?) -> OpaquePointer? {
    object(store, as: Store.self).map { Reference(Int(WASM_C_FOREIGN), $0).owned }
}

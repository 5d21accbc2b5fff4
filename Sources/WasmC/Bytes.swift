// Byte vectors of wasm.h as Swift sees them.

import CWasmAPI

extension wasm_byte_vec_t {
    /// How many bytes there are; 0 where the vector has nowhere to hold them.
    var byteCount: Int { data == nil ? 0 : size }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data, count: byteCount) }

    /// Takes the content away from whoever held it.
    mutating func take() -> wasm_byte_vec_t {
        defer { self = wasm_byte_vec_t() }
        return wasm_byte_vec_t(size: byteCount, data: data)
    }
}

extension UnsafeMutablePointer<wasm_byte_vec_t> {
    /// Makes it a vector of these bytes; an empty one where memory is refused.
    func fill(_ bytes: some Collection<UInt8>) {
        wasm_byte_vec_new_uninitialized(self, bytes.count)
        guard pointee.size > 0 else { return }
        UnsafeMutableRawBufferPointer(start: pointee.data, count: pointee.size).copyBytes(from: bytes)
    }
}

// What the families of functions in wasm.h ask of Swift.
#pragma once

#include <stdint.h>

struct wasm_ref_t;

/// What a reference is of. The first four are those of `wasm_externkind_enum`.
enum {
    WASM_C_FUNC = 0,
    WASM_C_GLOBAL = 1,
    WASM_C_TABLE = 2,
    WASM_C_MEMORY = 3,
    WASM_C_INSTANCE = 4,
    WASM_C_MODULE = 5,
    WASM_C_TRAP = 6,
    WASM_C_FOREIGN = 7,
    /// The reference is NULL.
    WASM_C_NONE = 255
};

/// The kind of a reference.
uint8_t wasm_c_kind(const struct wasm_ref_t *reference);

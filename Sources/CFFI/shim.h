// libffi, for Swift: https://sourceware.org/libffi/
#pragma once

#include <errno.h>
#include <ffi.h>

// libffi's types are variables of C, which Swift takes for shared mutable state. Nobody writes them.

static inline ffi_type *cffi_void(void) { return &ffi_type_void; }
static inline ffi_type *cffi_sint8(void) { return &ffi_type_sint8; }
static inline ffi_type *cffi_uint8(void) { return &ffi_type_uint8; }
static inline ffi_type *cffi_sint16(void) { return &ffi_type_sint16; }
static inline ffi_type *cffi_uint16(void) { return &ffi_type_uint16; }
static inline ffi_type *cffi_sint32(void) { return &ffi_type_sint32; }
static inline ffi_type *cffi_uint32(void) { return &ffi_type_uint32; }
static inline ffi_type *cffi_sint64(void) { return &ffi_type_sint64; }
static inline ffi_type *cffi_uint64(void) { return &ffi_type_uint64; }
static inline ffi_type *cffi_float(void) { return &ffi_type_float; }
static inline ffi_type *cffi_double(void) { return &ffi_type_double; }
static inline ffi_type *cffi_pointer(void) { return &ffi_type_pointer; }

// For functions whose errno a guest asks for: nothing may come between their call and a look at it.
static inline void cffi_set_errno(int code) { errno = code; }
static inline int cffi_errno(void) { return errno; }

/* The standard C API of WebAssembly, as libwasi-threads offers it.
 *
 * The types, values and functions are those of https://github.com/WebAssembly/wasm-c-api, so programs and
 * bindings made for that interface compile and link unchanged. Only the text is of this project. What is
 * left open there is said here and in docs/wasm-c-api.md. C11 and C++17.
 *
 * Ownership. `own` marks what changes hands: an `own` result, and what an `own` parameter named `out`
 * receives, belongs to the caller, who frees it with the `_delete` of its type; an `own` argument belongs to
 * the callee, also when the call fails. An `own` vector owns its elements. Everything else is borrowed: a
 * pointer that a function gives out without `own` lives as long as the object that it came from.
 *
 * References. The objects of a store (modules, instances, functions, globals, tables, memories, traps,
 * foreign objects) are references. To delete one gives up a hold on the object, not more: what the guest can
 * still reach lives on. References may be deleted in any order, and after their store.
 *
 * Threads. An engine and a shared module may be used by any thread at any time. A store, and everything in
 * it, is used by one thread at a time, and by any; a call on another one meanwhile traps where it can be
 * told. Types, frames and vectors belong to whoever holds them.
 *
 * Misuse. The interface reports no errors beside traps. Here NULL, a reference of another kind or of another
 * store, and values of the wrong kind or number make a function return NULL, false or a trap, or do nothing.
 * What was deleted must not be used. Nothing aborts or prints.
 */
#ifndef WASM_H
#define WASM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef WASM_API_EXTERN
#define WASM_API_EXTERN
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define own

/* ---- Numbers ---------------------------------------------------------------------------------------- */

typedef char byte_t;
typedef float float32_t;
typedef double float64_t;

static_assert(sizeof(float32_t) == 4 && sizeof(float64_t) == 8, "f32 and f64 are those of IEEE 754");

/* ---- What the families of types have in common ------------------------------------------------------- */

/* An opaque type `wasm_NAME_t`. `_delete` allows NULL and then does nothing. */
#define WASM_OPAQUE_(NAME) \
    typedef struct wasm_##NAME##_t wasm_##NAME##_t; \
    WASM_API_EXTERN void wasm_##NAME##_delete(own wasm_##NAME##_t *);

/* `wasm_NAME_vec_t`: `size` elements of the type ELEMENT at `data`, which is NULL where there are none.
 *
 *   new_empty          no elements
 *   new_uninitialized  room for `size` elements, zeroed here; a zero is no element
 *   new                takes over the `size` elements at `elements`, and copies the array itself
 *   copy               copies of all elements
 *   delete             frees elements and array, and leaves the vector empty
 *
 * Where memory is refused, `out` is empty; `new` has then deleted the elements. */
#define WASM_VECTOR_(NAME, ELEMENT) \
    typedef struct wasm_##NAME##_vec_t { \
        size_t size; \
        ELEMENT *data; \
    } wasm_##NAME##_vec_t; \
    WASM_API_EXTERN void wasm_##NAME##_vec_new_empty(own wasm_##NAME##_vec_t *out); \
    WASM_API_EXTERN void wasm_##NAME##_vec_new_uninitialized(own wasm_##NAME##_vec_t *out, size_t size); \
    WASM_API_EXTERN void wasm_##NAME##_vec_new(own wasm_##NAME##_vec_t *out, size_t size, \
                                               own ELEMENT const elements[]); \
    WASM_API_EXTERN void wasm_##NAME##_vec_copy(own wasm_##NAME##_vec_t *out, \
                                                const wasm_##NAME##_vec_t *from); \
    WASM_API_EXTERN void wasm_##NAME##_vec_delete(own wasm_##NAME##_vec_t *);

/* A description `wasm_NAME_t`, immutable; `copy` gives another owner. */
#define WASM_TYPE_(NAME) \
    WASM_OPAQUE_(NAME) \
    WASM_VECTOR_(NAME, wasm_##NAME##_t *) \
    WASM_API_EXTERN own wasm_##NAME##_t *wasm_##NAME##_copy(const wasm_##NAME##_t *);

/* A reference `wasm_NAME_t`.
 *
 *   copy           another hold on the same object
 *   same           whether both are of the same object; NULL is the same as NULL
 *   host info      a pointer of the host's, tied to the object: all references of the object see it. The
 *                  finalizer is called with it once, when the object goes or other host info takes its
 *                  place, on the thread that causes this. */
#define WASM_REFERENCE_BASE_(NAME) \
    WASM_OPAQUE_(NAME) \
    WASM_API_EXTERN own wasm_##NAME##_t *wasm_##NAME##_copy(const wasm_##NAME##_t *); \
    WASM_API_EXTERN bool wasm_##NAME##_same(const wasm_##NAME##_t *, const wasm_##NAME##_t *); \
    WASM_API_EXTERN void *wasm_##NAME##_get_host_info(const wasm_##NAME##_t *); \
    WASM_API_EXTERN void wasm_##NAME##_set_host_info(wasm_##NAME##_t *, void *info); \
    WASM_API_EXTERN void wasm_##NAME##_set_host_info_with_finalizer(wasm_##NAME##_t *, void *info, \
                                                                    void (*finalizer)(void *));

/* A reference that `wasm_ref_t` stands for as well: both conversions borrow, and the one from `wasm_ref_t`
 * gives NULL for an object of another kind. */
#define WASM_REFERENCE_(NAME) \
    WASM_REFERENCE_BASE_(NAME) \
    WASM_API_EXTERN wasm_ref_t *wasm_##NAME##_as_ref(wasm_##NAME##_t *); \
    WASM_API_EXTERN wasm_##NAME##_t *wasm_ref_as_##NAME(wasm_ref_t *); \
    WASM_API_EXTERN const wasm_ref_t *wasm_##NAME##_as_ref_const(const wasm_##NAME##_t *); \
    WASM_API_EXTERN const wasm_##NAME##_t *wasm_ref_as_##NAME##_const(const wasm_ref_t *);

/* ---- Bytes and names -------------------------------------------------------------------------------- */

typedef byte_t wasm_byte_t;
WASM_VECTOR_(byte, wasm_byte_t)

/* A name is UTF-8, without a NUL byte at the end unless something says otherwise. */
typedef wasm_byte_vec_t wasm_name_t;

#define wasm_name wasm_byte_vec
#define wasm_name_new wasm_byte_vec_new
#define wasm_name_new_empty wasm_byte_vec_new_empty
#define wasm_name_new_uninitialized wasm_byte_vec_new_uninitialized
/* Under this name in the original. */
#define wasm_name_new_new_uninitialized wasm_byte_vec_new_uninitialized
#define wasm_name_copy wasm_byte_vec_copy
#define wasm_name_delete wasm_byte_vec_delete

/* A name of the bytes of `string`. */
static inline void wasm_name_new_from_string(own wasm_name_t *out, const char *string) {
    wasm_name_new(out, strlen(string), string);
}

/* The same with the NUL byte after it, as messages of traps have it. */
static inline void wasm_name_new_from_string_nt(own wasm_name_t *out, const char *string) {
    wasm_name_new(out, strlen(string) + 1, string);
}

/* ---- Configuration, engine, store -------------------------------------------------------------------- */

/* The limits of an engine: those stated at `wasi_threads_limit_t` in wasi_threads.h. Nothing can be set. */
WASM_OPAQUE_(config)
WASM_API_EXTERN own wasm_config_t *wasm_config_new(void);

/* What modules share. Lives as long as something of it does. */
WASM_OPAQUE_(engine)
WASM_API_EXTERN own wasm_engine_t *wasm_engine_new(void);
/* NULL for the configuration is as `wasm_engine_new`. */
WASM_API_EXTERN own wasm_engine_t *wasm_engine_new_with_config(own wasm_config_t *);

/* Where the objects of one embedding live. Deleting it ends it: references that are left may be deleted, and
 * memories, types and host info looked at, but calls trap and no reference can be read out of it. NULL where
 * memory for a stack is refused. Deleted during a call, it ends when the outermost call returns. */
WASM_OPAQUE_(store)
WASM_API_EXTERN own wasm_store_t *wasm_store_new(wasm_engine_t *);

/* ---- Types ------------------------------------------------------------------------------------------ */

typedef uint8_t wasm_mutability_t;
enum wasm_mutability_enum { WASM_CONST = 0, WASM_VAR = 1 };

/* Pages of 65,536 bytes of a memory, or elements of a table. */
typedef struct wasm_limits_t {
    uint32_t min;
    /* `wasm_limits_max_default` where there is none. */
    uint32_t max;
} wasm_limits_t;

static const uint32_t wasm_limits_max_default = 0xffffffff;

/* Types of values. */
WASM_TYPE_(valtype)

typedef uint8_t wasm_valkind_t;
enum wasm_valkind_enum {
    WASM_I32 = 0,
    WASM_I64 = 1,
    WASM_F32 = 2,
    WASM_F64 = 3,
    WASM_EXTERNREF = 128,
    WASM_FUNCREF = 129
};
/* The name of WASM_EXTERNREF in earlier revisions. */
#define WASM_ANYREF WASM_EXTERNREF

/* NULL where `kind` is none. */
WASM_API_EXTERN own wasm_valtype_t *wasm_valtype_new(wasm_valkind_t kind);
WASM_API_EXTERN wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t *);

static inline bool wasm_valkind_is_num(wasm_valkind_t kind) { return kind < WASM_EXTERNREF; }
static inline bool wasm_valkind_is_ref(wasm_valkind_t kind) { return kind >= WASM_EXTERNREF; }
static inline bool wasm_valtype_is_num(const wasm_valtype_t *type) {
    return wasm_valkind_is_num(wasm_valtype_kind(type));
}
static inline bool wasm_valtype_is_ref(const wasm_valtype_t *type) {
    return wasm_valkind_is_ref(wasm_valtype_kind(type));
}

/* Types of functions. Both vectors are empty after `new`, which has taken their elements; NULL for one of
 * them counts as empty. NULL where an element is. */
WASM_TYPE_(functype)
WASM_API_EXTERN own wasm_functype_t *wasm_functype_new(own wasm_valtype_vec_t *params,
                                                       own wasm_valtype_vec_t *results);
WASM_API_EXTERN const wasm_valtype_vec_t *wasm_functype_params(const wasm_functype_t *);
WASM_API_EXTERN const wasm_valtype_vec_t *wasm_functype_results(const wasm_functype_t *);

/* Types of globals. */
WASM_TYPE_(globaltype)
WASM_API_EXTERN own wasm_globaltype_t *wasm_globaltype_new(own wasm_valtype_t *, wasm_mutability_t);
WASM_API_EXTERN const wasm_valtype_t *wasm_globaltype_content(const wasm_globaltype_t *);
WASM_API_EXTERN wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t *);

/* Types of tables. NULL where the elements are no references. */
WASM_TYPE_(tabletype)
WASM_API_EXTERN own wasm_tabletype_t *wasm_tabletype_new(own wasm_valtype_t *, const wasm_limits_t *);
WASM_API_EXTERN const wasm_valtype_t *wasm_tabletype_element(const wasm_tabletype_t *);
WASM_API_EXTERN const wasm_limits_t *wasm_tabletype_limits(const wasm_tabletype_t *);

/* Types of memories. They do not say whether a memory is shared: see docs/wasm-c-api.md. */
WASM_TYPE_(memorytype)
WASM_API_EXTERN own wasm_memorytype_t *wasm_memorytype_new(const wasm_limits_t *);
WASM_API_EXTERN const wasm_limits_t *wasm_memorytype_limits(const wasm_memorytype_t *);

/* Types of what is imported and exported: one of the four above. All conversions borrow, and those from
 * `wasm_externtype_t` give NULL for a type of another kind. */
WASM_TYPE_(externtype)

typedef uint8_t wasm_externkind_t;
enum wasm_externkind_enum {
    WASM_EXTERN_FUNC = 0,
    WASM_EXTERN_GLOBAL = 1,
    WASM_EXTERN_TABLE = 2,
    WASM_EXTERN_MEMORY = 3
};

WASM_API_EXTERN wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t *);

#define WASM_EXTERN_TYPE_(NAME) \
    WASM_API_EXTERN wasm_externtype_t *wasm_##NAME##_as_externtype(wasm_##NAME##_t *); \
    WASM_API_EXTERN wasm_##NAME##_t *wasm_externtype_as_##NAME(wasm_externtype_t *); \
    WASM_API_EXTERN const wasm_externtype_t *wasm_##NAME##_as_externtype_const(const wasm_##NAME##_t *); \
    WASM_API_EXTERN const wasm_##NAME##_t *wasm_externtype_as_##NAME##_const(const wasm_externtype_t *);

WASM_EXTERN_TYPE_(functype)
WASM_EXTERN_TYPE_(globaltype)
WASM_EXTERN_TYPE_(tabletype)
WASM_EXTERN_TYPE_(memorytype)

/* What a module imports. Both names are empty after `new`, which has taken their bytes. NULL where an
 * argument is. */
WASM_TYPE_(importtype)
WASM_API_EXTERN own wasm_importtype_t *wasm_importtype_new(own wasm_name_t *module, own wasm_name_t *name,
                                                           own wasm_externtype_t *);
WASM_API_EXTERN const wasm_name_t *wasm_importtype_module(const wasm_importtype_t *);
WASM_API_EXTERN const wasm_name_t *wasm_importtype_name(const wasm_importtype_t *);
WASM_API_EXTERN const wasm_externtype_t *wasm_importtype_type(const wasm_importtype_t *);

/* What a module exports, in the same way. */
WASM_TYPE_(exporttype)
WASM_API_EXTERN own wasm_exporttype_t *wasm_exporttype_new(own wasm_name_t *, own wasm_externtype_t *);
WASM_API_EXTERN const wasm_name_t *wasm_exporttype_name(const wasm_exporttype_t *);
WASM_API_EXTERN const wasm_externtype_t *wasm_exporttype_type(const wasm_exporttype_t *);

/* ---- Values ----------------------------------------------------------------------------------------- */

struct wasm_ref_t;

/* `kind` says which member of `of` counts. A null reference is NULL. Any reference is an externref to the
 * guest; its store keeps it from then on, once for each object, until the store is deleted. */
typedef struct wasm_val_t {
    wasm_valkind_t kind;
    union {
        int32_t i32;
        int64_t i64;
        float32_t f32;
        float64_t f64;
        struct wasm_ref_t *ref;
    } of;
} wasm_val_t;

/* Deletes the reference of a value that has one, not the structure. */
WASM_API_EXTERN void wasm_val_delete(own wasm_val_t *);
WASM_API_EXTERN void wasm_val_copy(own wasm_val_t *out, const wasm_val_t *from);

WASM_VECTOR_(val, wasm_val_t)

/* ---- References ------------------------------------------------------------------------------------- */

/* Any object of a store. */
WASM_REFERENCE_BASE_(ref)

/* ---- Traps ------------------------------------------------------------------------------------------ */

/* A function that was active when something trapped. Indices count imported functions first; offsets are
 * those of the instruction, in bytes from the start of the function's locals and of the module. */
WASM_OPAQUE_(frame)
WASM_VECTOR_(frame, wasm_frame_t *)
WASM_API_EXTERN own wasm_frame_t *wasm_frame_copy(const wasm_frame_t *);
WASM_API_EXTERN struct wasm_instance_t *wasm_frame_instance(const wasm_frame_t *);
WASM_API_EXTERN uint32_t wasm_frame_func_index(const wasm_frame_t *);
WASM_API_EXTERN size_t wasm_frame_func_offset(const wasm_frame_t *);
WASM_API_EXTERN size_t wasm_frame_module_offset(const wasm_frame_t *);

/* A message ends with a NUL byte, which its size counts. */
typedef wasm_name_t wasm_message_t;

WASM_REFERENCE_(trap)

/* Never NULL: where an argument is, the trap has no store or no message. The NUL byte may be missing. */
WASM_API_EXTERN own wasm_trap_t *wasm_trap_new(wasm_store_t *, const wasm_message_t *);
WASM_API_EXTERN void wasm_trap_message(const wasm_trap_t *, own wasm_message_t *out);
/* The innermost frame; NULL where the trap has none. A trap gets its frames when it leaves guest code. */
WASM_API_EXTERN own wasm_frame_t *wasm_trap_origin(const wasm_trap_t *);
/* All frames, the innermost first, at most 100. */
WASM_API_EXTERN void wasm_trap_trace(const wasm_trap_t *, own wasm_frame_vec_t *out);

/* ---- Foreign objects -------------------------------------------------------------------------------- */

/* An object of the host's: its host info, as an externref. */
WASM_REFERENCE_(foreign)
WASM_API_EXTERN own wasm_foreign_t *wasm_foreign_new(wasm_store_t *);

/* ---- Modules ---------------------------------------------------------------------------------------- */

WASM_REFERENCE_(module)

/* Decodes and validates a copy of the bytes. NULL where they are no valid module, or one beyond what the
 * library supports; `wasi_threads_module_validate` in wasi_threads.h says why. */
WASM_API_EXTERN own wasm_module_t *wasm_module_new(wasm_store_t *, const wasm_byte_vec_t *binary);
WASM_API_EXTERN bool wasm_module_validate(wasm_store_t *, const wasm_byte_vec_t *binary);
WASM_API_EXTERN void wasm_module_imports(const wasm_module_t *, own wasm_importtype_vec_t *out);
WASM_API_EXTERN void wasm_module_exports(const wasm_module_t *, own wasm_exporttype_vec_t *out);

/* The module as bytes for `wasm_module_deserialize` of the same version of this library: a header with a
 * checksum, and the binary. Bytes that were cut, changed or made by something else give NULL. What they hold
 * is validated again, so they need not be trusted. */
WASM_API_EXTERN void wasm_module_serialize(const wasm_module_t *, own wasm_byte_vec_t *out);
WASM_API_EXTERN own wasm_module_t *wasm_module_deserialize(wasm_store_t *, const wasm_byte_vec_t *);

/* A module outside of stores, for any thread. `obtain` brings it into a store of the same engine, NULL into
 * one of another; the code is shared. */
WASM_OPAQUE_(shared_module)
WASM_API_EXTERN own wasm_shared_module_t *wasm_module_share(const wasm_module_t *);
WASM_API_EXTERN own wasm_module_t *wasm_module_obtain(wasm_store_t *, const wasm_shared_module_t *);

/* ---- Functions -------------------------------------------------------------------------------------- */

WASM_REFERENCE_(func)

/* A function of the host. Arguments are borrowed. `results` has a place for each result, zero of its kind at
 * first, and takes over what is stored there. It returns NULL, or a trap that it passes on: the outermost
 * `wasm_func_call` returns that same object. A result of another kind than the type's is a trap. */
typedef own wasm_trap_t *(*wasm_func_callback_t)(const wasm_val_vec_t *args, own wasm_val_vec_t *results);
typedef own wasm_trap_t *(*wasm_func_callback_with_env_t)(void *env, const wasm_val_vec_t *args,
                                                          own wasm_val_vec_t *results);

WASM_API_EXTERN own wasm_func_t *wasm_func_new(wasm_store_t *, const wasm_functype_t *,
                                               wasm_func_callback_t);
/* `finalizer`, which may be NULL, is called with `env` when neither the host nor a guest can call the
 * function any more; at once where there is no function. */
WASM_API_EXTERN own wasm_func_t *wasm_func_new_with_env(wasm_store_t *, const wasm_functype_t *,
                                                        wasm_func_callback_with_env_t, void *env,
                                                        void (*finalizer)(void *));
WASM_API_EXTERN own wasm_functype_t *wasm_func_type(const wasm_func_t *);
WASM_API_EXTERN size_t wasm_func_param_arity(const wasm_func_t *);
WASM_API_EXTERN size_t wasm_func_result_arity(const wasm_func_t *);

/* Calls a function with one argument for each parameter, and stores its results at `results`, which has room
 * for them at least and need not be initialized. Returns NULL, or why there are no results: a trap of the
 * guest, of a host function, or of a call that is wrong. NULL stands for an empty vector. That there is no
 * room is told when the function has returned. */
WASM_API_EXTERN own wasm_trap_t *wasm_func_call(const wasm_func_t *, const wasm_val_vec_t *args,
                                                wasm_val_vec_t *results);

/* ---- Globals ---------------------------------------------------------------------------------------- */

WASM_REFERENCE_(global)

/* NULL where the value is not of the type. */
WASM_API_EXTERN own wasm_global_t *wasm_global_new(wasm_store_t *, const wasm_globaltype_t *,
                                                   const wasm_val_t *);
WASM_API_EXTERN own wasm_globaltype_t *wasm_global_type(const wasm_global_t *);
WASM_API_EXTERN void wasm_global_get(const wasm_global_t *, own wasm_val_t *out);
/* Does nothing where the global is constant or the value is not of its type. */
WASM_API_EXTERN void wasm_global_set(wasm_global_t *, const wasm_val_t *);

/* ---- Tables ----------------------------------------------------------------------------------------- */

WASM_REFERENCE_(table)

typedef uint32_t wasm_table_size_t;

/* All elements are `init`, which may be NULL, and is not taken over here and below. NULL where `init` is not
 * of the type, or the size is beyond a limit. */
WASM_API_EXTERN own wasm_table_t *wasm_table_new(wasm_store_t *, const wasm_tabletype_t *,
                                                 wasm_ref_t *init);
WASM_API_EXTERN own wasm_tabletype_t *wasm_table_type(const wasm_table_t *);
/* NULL for a null reference, and beyond the end. */
WASM_API_EXTERN own wasm_ref_t *wasm_table_get(const wasm_table_t *, wasm_table_size_t index);
WASM_API_EXTERN bool wasm_table_set(wasm_table_t *, wasm_table_size_t index, wasm_ref_t *);
WASM_API_EXTERN wasm_table_size_t wasm_table_size(const wasm_table_t *);
WASM_API_EXTERN bool wasm_table_grow(wasm_table_t *, wasm_table_size_t delta, wasm_ref_t *init);

/* ---- Memories --------------------------------------------------------------------------------------- */

WASM_REFERENCE_(memory)

typedef uint32_t wasm_memory_pages_t;

/* Bytes of a page. */
static const size_t MEMORY_PAGE_SIZE = 0x10000;

/* NULL where the size is beyond a limit or memory is refused. */
WASM_API_EXTERN own wasm_memory_t *wasm_memory_new(wasm_store_t *, const wasm_memorytype_t *);
WASM_API_EXTERN own wasm_memorytype_t *wasm_memory_type(const wasm_memory_t *);
/* Where it starts; never moves, also when it grows, and lives as long as the memory. */
WASM_API_EXTERN byte_t *wasm_memory_data(wasm_memory_t *);
WASM_API_EXTERN size_t wasm_memory_data_size(const wasm_memory_t *);
WASM_API_EXTERN wasm_memory_pages_t wasm_memory_size(const wasm_memory_t *);
WASM_API_EXTERN bool wasm_memory_grow(wasm_memory_t *, wasm_memory_pages_t delta);

/* ---- Externals -------------------------------------------------------------------------------------- */

/* A function, global, table or memory. All conversions borrow, and those from `wasm_extern_t` give NULL for
 * an object of another kind. */
WASM_REFERENCE_(extern)
WASM_VECTOR_(extern, wasm_extern_t *)

WASM_API_EXTERN wasm_externkind_t wasm_extern_kind(const wasm_extern_t *);
/* The type as it is now: the minimum of a memory or table is its present size. */
WASM_API_EXTERN own wasm_externtype_t *wasm_extern_type(const wasm_extern_t *);

#define WASM_EXTERN_(NAME) \
    WASM_API_EXTERN wasm_extern_t *wasm_##NAME##_as_extern(wasm_##NAME##_t *); \
    WASM_API_EXTERN wasm_##NAME##_t *wasm_extern_as_##NAME(wasm_extern_t *); \
    WASM_API_EXTERN const wasm_extern_t *wasm_##NAME##_as_extern_const(const wasm_##NAME##_t *); \
    WASM_API_EXTERN const wasm_##NAME##_t *wasm_extern_as_##NAME##_const(const wasm_extern_t *);

WASM_EXTERN_(func)
WASM_EXTERN_(global)
WASM_EXTERN_(table)
WASM_EXTERN_(memory)

/* ---- Instances -------------------------------------------------------------------------------------- */

WASM_REFERENCE_(instance)

/* Instantiates a module of the store's engine with an object for each import, in the order of
 * `wasm_module_imports`, and runs its start function. Nothing is provided beside them: no WASI. Where this
 * fails, returns NULL and stores why in `*trap`, which may be NULL: an import that is missing or of another
 * type, a limit, a segment that does not fit, a trap of the start function. Otherwise leaves it alone. */
WASM_API_EXTERN own wasm_instance_t *wasm_instance_new(wasm_store_t *, const wasm_module_t *,
                                                       const wasm_extern_vec_t *imports,
                                                       own wasm_trap_t **trap);
/* In the order of `wasm_module_exports`. */
WASM_API_EXTERN void wasm_instance_exports(const wasm_instance_t *, own wasm_extern_vec_t *out);

/* ---- Short forms ------------------------------------------------------------------------------------ */

#define WASM_EMPTY_VEC {0, NULL}
#define WASM_ARRAY_VEC(array) {sizeof(array) / sizeof((array)[0]), array}

#define WASM_I32_VAL(value) {.kind = WASM_I32, .of = {.i32 = value}}
#define WASM_I64_VAL(value) {.kind = WASM_I64, .of = {.i64 = value}}
#define WASM_F32_VAL(value) {.kind = WASM_F32, .of = {.f32 = value}}
#define WASM_F64_VAL(value) {.kind = WASM_F64, .of = {.f64 = value}}
#define WASM_REF_VAL(value) {.kind = WASM_EXTERNREF, .of = {.ref = value}}
#define WASM_INIT_VAL {.kind = WASM_EXTERNREF, .of = {.ref = NULL}}

/* A pointer of the host's as a number. */
static inline void wasm_val_init_ptr(own wasm_val_t *out, void *pointer) {
#if UINTPTR_MAX == UINT32_MAX
    out->kind = WASM_I32;
    out->of.i32 = (int32_t)(intptr_t)pointer;
#else
    out->kind = WASM_I64;
    out->of.i64 = (int64_t)(intptr_t)pointer;
#endif
}

static inline void *wasm_val_ptr(const wasm_val_t *value) {
#if UINTPTR_MAX == UINT32_MAX
    return (void *)(intptr_t)value->of.i32;
#else
    return (void *)(intptr_t)value->of.i64;
#endif
}

#define WASM_NEW_VALTYPE_(NAME, KIND) \
    static inline own wasm_valtype_t *wasm_valtype_new_##NAME(void) { return wasm_valtype_new(KIND); }

WASM_NEW_VALTYPE_(i32, WASM_I32)
WASM_NEW_VALTYPE_(i64, WASM_I64)
WASM_NEW_VALTYPE_(f32, WASM_F32)
WASM_NEW_VALTYPE_(f64, WASM_F64)
WASM_NEW_VALTYPE_(externref, WASM_EXTERNREF)
WASM_NEW_VALTYPE_(anyref, WASM_EXTERNREF)
WASM_NEW_VALTYPE_(funcref, WASM_FUNCREF)

/* `wasm_functype_new_P_R`: a function type of P parameters and R results, from types that it takes over. */
static inline own wasm_functype_t *wasm_functype_new_of_(size_t params, wasm_valtype_t *const p[],
                                                         size_t results, wasm_valtype_t *const r[]) {
    wasm_valtype_vec_t ps, rs;
    wasm_valtype_vec_new(&ps, params, p);
    wasm_valtype_vec_new(&rs, results, r);
    return wasm_functype_new(&ps, &rs);
}

#define WASM_T_ own wasm_valtype_t *
#define WASM_NEW_FUNCTYPE_(P, R, PARAMETERS, PS, RS) \
    static inline own wasm_functype_t *wasm_functype_new_##P##_##R PARAMETERS { \
        wasm_valtype_t *ps[] = {PS NULL}, *rs[] = {RS NULL}; \
        return wasm_functype_new_of_(P, ps, R, rs); \
    }
#define WASM_LIST_1_(a) a,
#define WASM_LIST_2_(a, b) a, b,
#define WASM_LIST_3_(a, b, c) a, b, c,

WASM_NEW_FUNCTYPE_(0, 0, (void), , )
WASM_NEW_FUNCTYPE_(1, 0, (WASM_T_ p), WASM_LIST_1_(p), )
WASM_NEW_FUNCTYPE_(2, 0, (WASM_T_ p1, WASM_T_ p2), WASM_LIST_2_(p1, p2), )
WASM_NEW_FUNCTYPE_(3, 0, (WASM_T_ p1, WASM_T_ p2, WASM_T_ p3), WASM_LIST_3_(p1, p2, p3), )
WASM_NEW_FUNCTYPE_(0, 1, (WASM_T_ r), , WASM_LIST_1_(r))
WASM_NEW_FUNCTYPE_(1, 1, (WASM_T_ p, WASM_T_ r), WASM_LIST_1_(p), WASM_LIST_1_(r))
WASM_NEW_FUNCTYPE_(2, 1, (WASM_T_ p1, WASM_T_ p2, WASM_T_ r), WASM_LIST_2_(p1, p2), WASM_LIST_1_(r))
WASM_NEW_FUNCTYPE_(3, 1, (WASM_T_ p1, WASM_T_ p2, WASM_T_ p3, WASM_T_ r), WASM_LIST_3_(p1, p2, p3),
                   WASM_LIST_1_(r))
WASM_NEW_FUNCTYPE_(0, 2, (WASM_T_ r1, WASM_T_ r2), , WASM_LIST_2_(r1, r2))
WASM_NEW_FUNCTYPE_(1, 2, (WASM_T_ p, WASM_T_ r1, WASM_T_ r2), WASM_LIST_1_(p), WASM_LIST_2_(r1, r2))
WASM_NEW_FUNCTYPE_(2, 2, (WASM_T_ p1, WASM_T_ p2, WASM_T_ r1, WASM_T_ r2), WASM_LIST_2_(p1, p2),
                   WASM_LIST_2_(r1, r2))
WASM_NEW_FUNCTYPE_(3, 2, (WASM_T_ p1, WASM_T_ p2, WASM_T_ p3, WASM_T_ r1, WASM_T_ r2),
                   WASM_LIST_3_(p1, p2, p3), WASM_LIST_2_(r1, r2))

#undef WASM_LIST_3_
#undef WASM_LIST_2_
#undef WASM_LIST_1_
#undef WASM_NEW_FUNCTYPE_
#undef WASM_T_
#undef WASM_NEW_VALTYPE_
#undef WASM_EXTERN_
#undef WASM_EXTERN_TYPE_
#undef WASM_REFERENCE_
#undef WASM_REFERENCE_BASE_
#undef WASM_TYPE_
#undef WASM_VECTOR_
#undef WASM_OPAQUE_
#undef own

#ifdef __cplusplus
}
#endif

#endif

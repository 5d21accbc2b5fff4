// The families of references and of types in wasm.h: the same functions under the name of each kind.
//
// Always true: a pointer to a reference is one to the same object whatever its C type says, and so is a
// pointer to a type of an external. The functions without a kind in their names do the work, in Swift.

#include <wasm.h>

#include "families.h"

// MARK: References

/// Functions that are those of `wasm_ref_t`.
#define REFERENCE_BASE(NAME) \
    void wasm_##NAME##_delete(wasm_##NAME##_t *reference) { wasm_ref_delete((wasm_ref_t *)reference); } \
    wasm_##NAME##_t *wasm_##NAME##_copy(const wasm_##NAME##_t *reference) { \
        return (wasm_##NAME##_t *)wasm_ref_copy((const wasm_ref_t *)reference); \
    } \
    bool wasm_##NAME##_same(const wasm_##NAME##_t *a, const wasm_##NAME##_t *b) { \
        return wasm_ref_same((const wasm_ref_t *)a, (const wasm_ref_t *)b); \
    } \
    void *wasm_##NAME##_get_host_info(const wasm_##NAME##_t *reference) { \
        return wasm_ref_get_host_info((const wasm_ref_t *)reference); \
    } \
    void wasm_##NAME##_set_host_info(wasm_##NAME##_t *reference, void *info) { \
        wasm_ref_set_host_info((wasm_ref_t *)reference, info); \
    } \
    void wasm_##NAME##_set_host_info_with_finalizer(wasm_##NAME##_t *reference, void *info, \
                                                    void (*finalizer)(void *)) { \
        wasm_ref_set_host_info_with_finalizer((wasm_ref_t *)reference, info, finalizer); \
    }

/// Conversions between the types FROM and TO; HAS says whether a reference is one of TO.
#define CONVERSIONS(FROM, TO, HAS) \
    wasm_##FROM##_t *wasm_##TO##_as_##FROM(wasm_##TO##_t *object) { return (wasm_##FROM##_t *)object; } \
    const wasm_##FROM##_t *wasm_##TO##_as_##FROM##_const(const wasm_##TO##_t *object) { \
        return (const wasm_##FROM##_t *)object; \
    } \
    wasm_##TO##_t *wasm_##FROM##_as_##TO(wasm_##FROM##_t *object) { \
        return HAS(object) ? (wasm_##TO##_t *)object : NULL; \
    } \
    const wasm_##TO##_t *wasm_##FROM##_as_##TO##_const(const wasm_##FROM##_t *object) { \
        return HAS(object) ? (const wasm_##TO##_t *)object : NULL; \
    }

#define KIND(object) wasm_c_kind((const wasm_ref_t *)(object))
#define IS_FUNC(object) (KIND(object) == WASM_C_FUNC)
#define IS_GLOBAL(object) (KIND(object) == WASM_C_GLOBAL)
#define IS_TABLE(object) (KIND(object) == WASM_C_TABLE)
#define IS_MEMORY(object) (KIND(object) == WASM_C_MEMORY)
#define IS_EXTERN(object) (KIND(object) <= WASM_C_MEMORY)
#define IS_INSTANCE(object) (KIND(object) == WASM_C_INSTANCE)
#define IS_MODULE(object) (KIND(object) == WASM_C_MODULE)
#define IS_TRAP(object) (KIND(object) == WASM_C_TRAP)
#define IS_FOREIGN(object) (KIND(object) == WASM_C_FOREIGN)

#define REFERENCE(NAME, HAS) \
    REFERENCE_BASE(NAME) \
    CONVERSIONS(ref, NAME, HAS)

REFERENCE(func, IS_FUNC)
REFERENCE(global, IS_GLOBAL)
REFERENCE(table, IS_TABLE)
REFERENCE(memory, IS_MEMORY)
REFERENCE(extern, IS_EXTERN)
REFERENCE(instance, IS_INSTANCE)
REFERENCE(module, IS_MODULE)
REFERENCE(trap, IS_TRAP)
REFERENCE(foreign, IS_FOREIGN)

CONVERSIONS(extern, func, IS_FUNC)
CONVERSIONS(extern, global, IS_GLOBAL)
CONVERSIONS(extern, table, IS_TABLE)
CONVERSIONS(extern, memory, IS_MEMORY)

// MARK: Types of externals

#define EXTERN_KIND(object) wasm_externtype_kind((const wasm_externtype_t *)(object))
#define IS_FUNCTYPE(object) ((object) != NULL && EXTERN_KIND(object) == WASM_EXTERN_FUNC)
#define IS_GLOBALTYPE(object) ((object) != NULL && EXTERN_KIND(object) == WASM_EXTERN_GLOBAL)
#define IS_TABLETYPE(object) ((object) != NULL && EXTERN_KIND(object) == WASM_EXTERN_TABLE)
#define IS_MEMORYTYPE(object) ((object) != NULL && EXTERN_KIND(object) == WASM_EXTERN_MEMORY)

#define EXTERN_TYPE(NAME, HAS) \
    void wasm_##NAME##_delete(wasm_##NAME##_t *type) { wasm_externtype_delete((wasm_externtype_t *)type); } \
    wasm_##NAME##_t *wasm_##NAME##_copy(const wasm_##NAME##_t *type) { \
        return (wasm_##NAME##_t *)wasm_externtype_copy((const wasm_externtype_t *)type); \
    } \
    CONVERSIONS(externtype, NAME, HAS)

EXTERN_TYPE(functype, IS_FUNCTYPE)
EXTERN_TYPE(globaltype, IS_GLOBALTYPE)
EXTERN_TYPE(tabletype, IS_TABLETYPE)
EXTERN_TYPE(memorytype, IS_MEMORYTYPE)

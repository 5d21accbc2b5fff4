// The vectors of wasm.h: five functions for each of twelve types, which Swift could only say sixty times.
//
// Always true: `data` is NULL exactly where `size` is 0, and comes from `calloc`, so that a size that no
// memory has room for gives an empty vector.

#include <stdlib.h>

#include <wasm.h>

/// Room for `size` elements, zeroed; where there is none, the vector is empty.
static void *allocate(size_t size, size_t element, size_t *outSize) {
    void *data = size == 0 ? NULL : calloc(size, element);
    *outSize = data == NULL ? 0 : size;
    return data;
}

/// COPY(to, from) and DELETE(place) handle one element.
#define VECTOR(NAME, ELEMENT, COPY, DELETE) \
    void wasm_##NAME##_vec_new_empty(wasm_##NAME##_vec_t *out) { \
        if (out == NULL) return; \
        out->size = 0; \
        out->data = NULL; \
    } \
    void wasm_##NAME##_vec_new_uninitialized(wasm_##NAME##_vec_t *out, size_t size) { \
        if (out == NULL) return; \
        out->data = allocate(size, sizeof(ELEMENT), &out->size); \
    } \
    void wasm_##NAME##_vec_new(wasm_##NAME##_vec_t *out, size_t size, ELEMENT const elements[]) { \
        wasm_##NAME##_vec_t vector; \
        wasm_##NAME##_vec_new_uninitialized(&vector, elements == NULL ? 0 : size); \
        if (out != NULL && vector.size == (elements == NULL ? 0 : size)) { \
            if (vector.size > 0) memcpy(vector.data, elements, size * sizeof(ELEMENT)); \
            *out = vector; \
            return; \
        } \
        free(vector.data); \
        for (size_t i = 0; elements != NULL && i < size; ++i) { \
            ELEMENT element = elements[i]; \
            DELETE(&element); \
        } \
        wasm_##NAME##_vec_new_empty(out); \
    } \
    void wasm_##NAME##_vec_copy(wasm_##NAME##_vec_t *out, const wasm_##NAME##_vec_t *from) { \
        if (out == NULL) return; \
        if (from == NULL || from->data == NULL) { \
            wasm_##NAME##_vec_new_empty(out); \
            return; \
        } \
        wasm_##NAME##_vec_new_uninitialized(out, from->size); \
        for (size_t i = 0; i < out->size; ++i) COPY(&out->data[i], &from->data[i]); \
    } \
    void wasm_##NAME##_vec_delete(wasm_##NAME##_vec_t *vector) { \
        if (vector == NULL) return; \
        for (size_t i = 0; vector->data != NULL && i < vector->size; ++i) DELETE(&vector->data[i]); \
        free(vector->data); \
        wasm_##NAME##_vec_new_empty(vector); \
    }

#define COPY_BYTE(to, from) (*(to) = *(from))
#define DELETE_BYTE(place) ((void)(place))
VECTOR(byte, wasm_byte_t, COPY_BYTE, DELETE_BYTE)

VECTOR(val, wasm_val_t, wasm_val_copy, wasm_val_delete)

/// Elements that are pointers to objects; NULL stays NULL.
#define OBJECT_VECTOR(NAME) \
    static void copy_##NAME(wasm_##NAME##_t **to, wasm_##NAME##_t *const *from) { \
        *to = wasm_##NAME##_copy(*from); \
    } \
    static void delete_##NAME(wasm_##NAME##_t **place) { wasm_##NAME##_delete(*place); } \
    VECTOR(NAME, wasm_##NAME##_t *, copy_##NAME, delete_##NAME)

OBJECT_VECTOR(valtype)
OBJECT_VECTOR(functype)
OBJECT_VECTOR(globaltype)
OBJECT_VECTOR(tabletype)
OBJECT_VECTOR(memorytype)
OBJECT_VECTOR(externtype)
OBJECT_VECTOR(importtype)
OBJECT_VECTOR(exporttype)
OBJECT_VECTOR(frame)
OBJECT_VECTOR(extern)

/* Vectors, and the types of values, externals, imports and exports. */
#include "check.h"

static wasm_name_t name(const char *text) {
    wasm_name_t out;
    wasm_name_new_from_string(&out, text);
    return out;
}

/* All five functions of a vector of pointers, with two elements that `make` makes. */
#define OBJECT_VECTOR(NAME, make) \
    do { \
        wasm_##NAME##_vec_t a, b, c; \
        wasm_##NAME##_t *elements[] = {make, make}; \
        wasm_##NAME##_vec_new(&a, 2, elements); \
        wasm_##NAME##_vec_copy(&b, &a); \
        EXPECT(a.size == 2 && b.size == 2 && a.data != b.data && a.data[0] == elements[0]); \
        EXPECT(b.data[0] != NULL && b.data[1] != NULL); \
        wasm_##NAME##_vec_delete(&a); \
        EXPECT(a.size == 0 && a.data == NULL); \
        wasm_##NAME##_vec_delete(&a); \
        wasm_##NAME##_vec_delete(&b); \
        wasm_##NAME##_vec_new_empty(&c); \
        EXPECT(c.size == 0 && c.data == NULL); \
        wasm_##NAME##_vec_copy(&b, &c); \
        EXPECT(b.size == 0); \
        wasm_##NAME##_vec_new_uninitialized(&c, 3); \
        EXPECT(c.size == 3 && c.data[0] == NULL && c.data[2] == NULL); \
        wasm_##NAME##_vec_copy(&b, &c); \
        EXPECT(b.size == 3 && b.data[1] == NULL); \
        wasm_##NAME##_vec_delete(&b); \
        wasm_##NAME##_vec_delete(&c); \
        wasm_##NAME##_vec_new_uninitialized(&c, SIZE_MAX / 4); \
        EXPECT(c.size == 0 && c.data == NULL); \
        wasm_##NAME##_vec_new(&c, 1, NULL); \
        EXPECT(c.size == 0); \
        wasm_##NAME##_vec_new(NULL, 0, NULL); \
        wasm_##NAME##_vec_new_empty(NULL); \
        wasm_##NAME##_vec_new_uninitialized(NULL, 1); \
        wasm_##NAME##_vec_copy(NULL, &c); \
        wasm_##NAME##_vec_copy(&c, NULL); \
        wasm_##NAME##_vec_delete(NULL); \
    } while (0)

/* Makes one, copies it, reads the copy when the first is gone. */
static wasm_functype_t *function_type(void) {
    return wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_funcref(), wasm_valtype_new_f64());
}

static wasm_globaltype_t *global_type(void) { return wasm_globaltype_new(wasm_valtype_new_i64(), WASM_VAR); }

static wasm_tabletype_t *table_type(void) {
    wasm_limits_t limits = {3, 9};
    return wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
}

static wasm_memorytype_t *memory_type(void) {
    wasm_limits_t limits = {1, wasm_limits_max_default};
    return wasm_memorytype_new(&limits);
}

static wasm_importtype_t *import_type(void) {
    wasm_name_t module = name("env"), field = name("f");
    return wasm_importtype_new(&module, &field, wasm_functype_as_externtype(function_type()));
}

static wasm_exporttype_t *export_type(void) {
    wasm_name_t field = name("memory");
    return wasm_exporttype_new(&field, wasm_memorytype_as_externtype(memory_type()));
}

static void vectors(void) {
    OBJECT_VECTOR(valtype, wasm_valtype_new(WASM_I32));
    OBJECT_VECTOR(functype, function_type());
    OBJECT_VECTOR(globaltype, global_type());
    OBJECT_VECTOR(tabletype, table_type());
    OBJECT_VECTOR(memorytype, memory_type());
    OBJECT_VECTOR(externtype, wasm_tabletype_as_externtype(table_type()));
    OBJECT_VECTOR(importtype, import_type());
    OBJECT_VECTOR(exporttype, export_type());

    wasm_byte_vec_t a, b;
    wasm_byte_vec_new(&a, 3, "abc");
    wasm_byte_vec_copy(&b, &a);
    EXPECT(b.size == 3 && memcmp(b.data, "abc", 3) == 0 && a.data != b.data);
    wasm_byte_vec_delete(&a);
    wasm_byte_vec_delete(&b);
    wasm_byte_vec_new_uninitialized(&a, 0);
    EXPECT(a.size == 0 && a.data == NULL);
    wasm_byte_vec_new_empty(&b);
    EXPECT(b.size == 0 && b.data == NULL);
    wasm_name_new_from_string_nt(&a, "x");
    EXPECT(a.size == 2 && a.data[1] == 0);
    wasm_name_delete(&a);

    wasm_val_vec_t values, copies;
    wasm_val_t one[] = {WASM_I32_VAL(5), WASM_REF_VAL(wasm_foreign_as_ref(wasm_foreign_new(store)))};
    wasm_val_vec_new(&values, 2, one);
    wasm_val_vec_copy(&copies, &values);
    EXPECT(copies.data[0].of.i32 == 5 && wasm_ref_same(copies.data[1].of.ref, one[1].of.ref));
    wasm_val_vec_delete(&values);
    wasm_val_vec_delete(&copies);
    wasm_val_vec_new_uninitialized(&values, 2);
    EXPECT(values.size == 2);
    wasm_val_vec_delete(&values);
    wasm_val_vec_new_empty(&values);
    EXPECT(values.size == 0);
}

static void value_types(void) {
    static const wasm_valkind_t kinds[] = {WASM_I32, WASM_I64,       WASM_F32,
                                           WASM_F64, WASM_EXTERNREF, WASM_FUNCREF};
    for (size_t i = 0; i < sizeof kinds; ++i) {
        wasm_valtype_t *type = wasm_valtype_new(kinds[i]), *copy = wasm_valtype_copy(type);
        wasm_valtype_delete(type);
        EXPECT(wasm_valtype_kind(copy) == kinds[i]);
        EXPECT(wasm_valtype_is_num(copy) == (i < 4) && wasm_valtype_is_ref(copy) == (i >= 4));
        wasm_valtype_delete(copy);
    }
    EXPECT(WASM_EXTERNREF == 128 && WASM_FUNCREF == 129 && WASM_ANYREF == 128 && WASM_F64 == 3);
    EXPECT(wasm_valtype_new(4) == NULL && wasm_valtype_new(255) == NULL);
    EXPECT(wasm_valtype_kind(wasm_valtype_new_anyref()) == WASM_EXTERNREF);
    EXPECT(sizeof(wasm_val_t) == 16 && offsetof(wasm_val_t, of) == 8 && sizeof(wasm_limits_t) == 8);
    EXPECT(sizeof(wasm_byte_vec_t) == 2 * sizeof(size_t) && offsetof(wasm_val_vec_t, data) == sizeof(size_t));
    wasm_val_t pointer;
    wasm_val_init_ptr(&pointer, &pointer);
    EXPECT(wasm_val_ptr(&pointer) == &pointer);
}

static void function_types(void) {
    wasm_functype_t *first = function_type(), *type = wasm_functype_copy(first);
    wasm_functype_delete(first);
    const wasm_valtype_vec_t *params = wasm_functype_params(type), *results = wasm_functype_results(type);
    EXPECT(params->size == 2 && wasm_valtype_kind(params->data[1]) == WASM_FUNCREF);
    EXPECT(results->size == 1 && wasm_valtype_kind(results->data[0]) == WASM_F64);
    EXPECT(wasm_functype_params(type) == params);
    wasm_externtype_t *external = wasm_functype_as_externtype(type);
    EXPECT(wasm_externtype_kind(external) == WASM_EXTERN_FUNC);
    EXPECT(wasm_externtype_as_functype(external) == type && wasm_externtype_as_tabletype(external) == NULL);
    EXPECT(wasm_externtype_as_functype_const(wasm_functype_as_externtype_const(type)) == type);
    EXPECT(wasm_externtype_as_memorytype_const(external) == NULL);
    wasm_externtype_delete(external);

    wasm_valtype_t *element = wasm_valtype_new_i32();
    wasm_valtype_vec_t own, none;
    wasm_valtype_vec_new(&own, 1, &element);
    wasm_valtype_vec_new_empty(&none);
    type = wasm_functype_new(&own, &none);
    EXPECT(own.size == 0 && own.data == NULL && wasm_functype_params(type)->size == 1);
    EXPECT(wasm_functype_results(type)->data == NULL);
    wasm_functype_delete(type);
    wasm_valtype_vec_new_uninitialized(&own, 2);
    EXPECT(wasm_functype_new(&own, &none) == NULL && own.data == NULL);
    type = wasm_functype_new(NULL, NULL);
    EXPECT(wasm_functype_params(type)->size == 0);
    wasm_functype_delete(type);

    wasm_functype_t *shapes[] = {
        wasm_functype_new_0_0(),
        wasm_functype_new_1_0(wasm_valtype_new_i32()),
        wasm_functype_new_3_0(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32()),
        wasm_functype_new_0_2(wasm_valtype_new_f32(), wasm_valtype_new_i32()),
        wasm_functype_new_3_2(wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f64(),
                              wasm_valtype_new_f32(), wasm_valtype_new_i32()),
    };
    static const size_t arities[][2] = {{0, 0}, {1, 0}, {3, 0}, {0, 2}, {3, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        EXPECT(wasm_functype_params(shapes[i])->size == arities[i][0]);
        EXPECT(wasm_functype_results(shapes[i])->size == arities[i][1]);
        wasm_functype_delete(shapes[i]);
    }
}

static void other_types(void) {
    wasm_globaltype_t *global = global_type(), *global2 = wasm_globaltype_copy(global);
    wasm_globaltype_delete(global);
    EXPECT(wasm_globaltype_mutability(global2) == WASM_VAR);
    EXPECT(wasm_valtype_kind(wasm_globaltype_content(global2)) == WASM_I64);
    wasm_externtype_t *external = wasm_externtype_copy(wasm_globaltype_as_externtype(global2));
    EXPECT(wasm_externtype_as_globaltype(external) && !wasm_externtype_as_functype(external));
    EXPECT(wasm_externtype_as_globaltype_const(wasm_globaltype_as_externtype_const(global2)) == global2);
    wasm_globaltype_delete(global2);
    wasm_externtype_delete(external);

    wasm_tabletype_t *table = table_type(), *table2 = wasm_tabletype_copy(table);
    wasm_tabletype_delete(table);
    EXPECT(wasm_tabletype_limits(table2)->min == 3 && wasm_tabletype_limits(table2)->max == 9);
    EXPECT(wasm_valtype_kind(wasm_tabletype_element(table2)) == WASM_EXTERNREF);
    EXPECT(wasm_externtype_as_tabletype(wasm_tabletype_as_externtype(table2)) == table2);
    EXPECT(wasm_externtype_as_tabletype_const(wasm_tabletype_as_externtype_const(table2)) == table2);
    EXPECT(!wasm_externtype_as_globaltype_const(wasm_tabletype_as_externtype_const(table2)));
    wasm_tabletype_delete(table2);
    wasm_limits_t limits = {0, 1};
    EXPECT(wasm_tabletype_new(wasm_valtype_new_i32(), &limits) == NULL);

    wasm_memorytype_t *memory = memory_type(), *memory2 = wasm_memorytype_copy(memory);
    wasm_memorytype_delete(memory);
    EXPECT(wasm_memorytype_limits(memory2)->max == wasm_limits_max_default);
    EXPECT(wasm_externtype_as_memorytype(wasm_memorytype_as_externtype(memory2)) == memory2);
    EXPECT(wasm_externtype_as_memorytype_const(wasm_memorytype_as_externtype_const(memory2)) == memory2);
    EXPECT(!wasm_externtype_as_functype_const(wasm_memorytype_as_externtype_const(memory2)));
    EXPECT(!wasm_externtype_as_tabletype_const(wasm_memorytype_as_externtype_const(memory2)));
    EXPECT(!wasm_externtype_as_memorytype(NULL) && !wasm_externtype_as_globaltype(NULL));
    wasm_memorytype_delete(memory2);
}

static void imports_and_exports(void) {
    wasm_importtype_t *import = import_type(), *import2 = wasm_importtype_copy(import);
    wasm_importtype_delete(import);
    EXPECT(wasm_importtype_module(import2)->size == 3 && wasm_importtype_name(import2)->size == 1);
    EXPECT(wasm_externtype_kind(wasm_importtype_type(import2)) == WASM_EXTERN_FUNC);
    wasm_importtype_delete(import2);

    wasm_exporttype_t *export = export_type(), *export2 = wasm_exporttype_copy(export);
    wasm_exporttype_delete(export);
    EXPECT(memcmp(wasm_exporttype_name(export2)->data, "memory", 6) == 0);
    EXPECT(wasm_externtype_kind(wasm_exporttype_type(export2)) == WASM_EXTERN_MEMORY);
    wasm_exporttype_delete(export2);

    wasm_name_t field = name("f");
    EXPECT(wasm_exporttype_new(&field, NULL) == NULL && field.data == NULL);
    EXPECT(wasm_importtype_new(NULL, NULL, wasm_functype_as_externtype(function_type())) == NULL);
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    vectors();
    value_types();
    function_types();
    other_types();
    imports_and_exports();
    return end();
}

/* References whose types say more than their kinds: what is not of the type is refused where it comes in. */
#include "check.h"

enum { GLOBAL, ALWAYS, TABLE, DOUBLE, OTHER, APPLY, SOME };

static wasm_extern_vec_t exports;

static wasm_func_t *function(int index) { return wasm_extern_as_func(exports.data[index]); }

static wasm_val_t reference(wasm_ref_t *ref) {
    wasm_val_t value = {.kind = WASM_FUNCREF, .of = {.ref = ref}};
    return value;
}

static void kinds(void) {
    wasm_functype_t *type = wasm_func_type(function(APPLY));
    EXPECT(wasm_valtype_kind(wasm_functype_params(type)->data[0]) == WASM_FUNCREF);
    wasm_functype_delete(type);
    type = wasm_func_type(function(SOME));
    EXPECT(wasm_valtype_kind(wasm_functype_params(type)->data[0]) == WASM_EXTERNREF);
    wasm_functype_delete(type);
}

static void arguments(wasm_ref_t *twice, wasm_ref_t *other) {
    wasm_val_t good = reference(twice), wrong = reference(other), none = reference(NULL), result = WASM_INIT_VAL;
    EXPECT_SUCCESS(call(function(APPLY), 1, &good, &result));
    EXPECT(result.of.i32 == 42);
    EXPECT_TRAP(call(function(APPLY), 1, &wrong, &result), "no function of the type that is needed");
    EXPECT_TRAP(call(function(APPLY), 1, &none, &result), "no function of the type that is needed");
    wasm_val_t any = {.kind = WASM_EXTERNREF, .of = {.ref = NULL}};
    EXPECT_TRAP(call(function(SOME), 1, &any, &result), "it was called with");
}

static void globals(wasm_ref_t *twice, wasm_ref_t *other) {
    wasm_global_t *global = wasm_extern_as_global(exports.data[GLOBAL]);
    wasm_global_t *always = wasm_extern_as_global(exports.data[ALWAYS]);
    wasm_val_t good = reference(twice), wrong = reference(other), none = reference(NULL), value;
    wasm_global_set(global, &wrong);
    wasm_global_get(global, &value);
    EXPECT(value.kind == WASM_FUNCREF && value.of.ref == NULL);
    wasm_global_set(global, &good);
    wasm_global_get(global, &value);
    EXPECT(wasm_ref_same(value.of.ref, twice));
    wasm_val_delete(&value);
    wasm_global_set(always, &none);
    wasm_global_get(always, &value);
    EXPECT(wasm_ref_same(value.of.ref, twice));
    wasm_val_delete(&value);
}

static void tables(wasm_ref_t *twice, wasm_ref_t *other) {
    wasm_table_t *table = wasm_extern_as_table(exports.data[TABLE]);
    EXPECT(!wasm_table_set(table, 0, other) && !wasm_table_grow(table, 1, other));
    EXPECT(wasm_table_set(table, 0, twice) && wasm_table_set(table, 0, NULL) && wasm_table_grow(table, 1, twice));
    EXPECT(wasm_table_size(table) == 2);
}

int main(int argc, char **words) {
    (void)argc;
    begin(words);
    wasm_instance_t *instance = instantiate("narrow", 0, NULL, &exports);
    wasm_ref_t *twice = wasm_func_as_ref(function(DOUBLE)), *other = wasm_func_as_ref(function(OTHER));
    kinds();
    arguments(twice, other);
    globals(twice, other);
    tables(twice, other);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    return end();
}

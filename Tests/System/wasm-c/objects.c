/* Globals, tables and memories: of guests and of the host, imported, grown and full of references. */
#include "check.h"

static wasm_trap_t *negate(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    results->data[0].of.i32 = -args->data[0].of.i32;
    return NULL;
}

static wasm_func_t *new_function(void) {
    wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    wasm_func_t *function = wasm_func_new(store, type, negate);
    wasm_functype_delete(type);
    return function;
}

static wasm_global_t *new_global(wasm_valkind_t kind, wasm_mutability_t mutability, wasm_val_t value) {
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new(kind), mutability);
    wasm_global_t *global = wasm_global_new(store, type, &value);
    wasm_globaltype_delete(type);
    return global;
}

static wasm_table_t *new_table(wasm_valkind_t kind, uint32_t min, uint32_t max, wasm_ref_t *init) {
    wasm_limits_t limits = {min, max};
    wasm_tabletype_t *type = wasm_tabletype_new(wasm_valtype_new(kind), &limits);
    wasm_table_t *table = wasm_table_new(store, type, init);
    wasm_tabletype_delete(type);
    return table;
}

static wasm_memory_t *new_memory(uint32_t min, uint32_t max) {
    wasm_limits_t limits = {min, max};
    wasm_memorytype_t *type = wasm_memorytype_new(&limits);
    wasm_memory_t *memory = wasm_memory_new(store, type);
    wasm_memorytype_delete(type);
    return memory;
}

static wasm_extern_vec_t exports;

enum {
    MEMORY, FUNCTIONS, OBJECTS, COUNTER, CONSTANT, OBJECT, FUNCTION,
    DOUBLE, LOAD, CALL, COUNT, SWAP, APPLY, GROW, FLOATS
};

static wasm_func_t *function(int index) { return wasm_extern_as_func(exports.data[index]); }

static void globals(void) {
    wasm_global_t *counter = wasm_extern_as_global(exports.data[COUNTER]);
    wasm_val_t value, i64 = WASM_I64_VAL(40), i32 = WASM_I32_VAL(1), result = WASM_INIT_VAL;
    wasm_global_get(counter, &value);
    EXPECT(value.kind == WASM_I64 && value.of.i64 == 7);
    wasm_global_set(counter, &i64);
    wasm_global_set(counter, &i32);
    wasm_global_set(counter, NULL);
    EXPECT_SUCCESS(call(function(COUNT), 0, NULL, &result));
    EXPECT(result.of.i64 == 41);
    wasm_globaltype_t *type = wasm_global_type(counter);
    EXPECT(wasm_globaltype_mutability(type) == WASM_VAR);
    wasm_globaltype_delete(type);

    wasm_global_t *constant = wasm_extern_as_global(exports.data[CONSTANT]);
    wasm_val_t f32 = WASM_F32_VAL(9);
    wasm_global_set(constant, &f32);
    wasm_global_get(constant, &value);
    EXPECT(value.of.f32 == 2.5f);
    EXPECT(new_global(WASM_F64, WASM_VAR, i64) == NULL);
    wasm_val_t two[] = {WASM_F32_VAL(1.5f), WASM_F64_VAL(0.25)};
    EXPECT_SUCCESS(call(function(FLOATS), 2, two, &result));
    EXPECT(result.of.f64 == 1.75);

    /* References. */
    wasm_global_t *held = wasm_extern_as_global(exports.data[FUNCTION]);
    wasm_global_get(held, &value);
    EXPECT(value.kind == WASM_FUNCREF && wasm_func_same(wasm_ref_as_func(value.of.ref), function(DOUBLE)));
    wasm_global_t *own = new_global(WASM_FUNCREF, WASM_CONST, value);
    wasm_val_delete(&value);
    wasm_global_get(own, &value);
    EXPECT(CALL_I32(wasm_ref_as_func(value.of.ref), 4) == 8);
    wasm_val_delete(&value);
    wasm_global_delete(own);

    int gone = 0;
    wasm_val_t object = WASM_REF_VAL(wasm_foreign_as_ref(wasm_foreign_new(store))), former;
    wasm_ref_set_host_info_with_finalizer(object.of.ref, &gone, tally);
    wasm_global_set(held, &object);
    EXPECT_SUCCESS(call(function(SWAP), 1, &object, &former));
    EXPECT(former.of.ref == NULL);
    wasm_val_delete(&object);
    wasm_global_get(wasm_extern_as_global(exports.data[OBJECT]), &value);
    EXPECT(gone == 0 && wasm_ref_get_host_info(value.of.ref) == &gone);
    EXPECT_SUCCESS(call(function(SWAP), 1, &former, &object));
    EXPECT(wasm_ref_same(object.of.ref, value.of.ref));
    wasm_val_delete(&value);
    wasm_val_delete(&object);
}

static void tables(void) {
    wasm_table_t *table = wasm_extern_as_table(exports.data[FUNCTIONS]);
    wasm_func_t *host = new_function();
    wasm_ref_t *foreign = wasm_foreign_as_ref(wasm_foreign_new(store));
    EXPECT(wasm_table_size(table) == 2 && wasm_table_get(table, 0) == NULL && !wasm_table_get(table, 2));
    EXPECT(!wasm_table_set(table, 0, foreign) && !wasm_table_set(table, 2, NULL));
    EXPECT(wasm_table_set(table, 0, wasm_func_as_ref(host)));
    wasm_ref_t *back = wasm_table_get(table, 0);
    EXPECT(wasm_func_same(wasm_ref_as_func(back), host));
    wasm_func_delete(host);
    wasm_ref_delete(back);
    wasm_val_t two[] = {WASM_I32_VAL(5), WASM_I32_VAL(0)}, result;
    EXPECT_SUCCESS(call(function(CALL), 2, two, &result));
    EXPECT(result.of.i32 == -5);
    EXPECT(wasm_table_grow(table, 7, wasm_func_as_ref(function(DOUBLE))) && wasm_table_size(table) == 9);
    EXPECT(!wasm_table_grow(table, 2, NULL) && !wasm_table_grow(table, 1, foreign));
    two[1].of.i32 = 8;
    EXPECT_SUCCESS(call(function(CALL), 2, two, &result));
    EXPECT(result.of.i32 == 10);
    EXPECT(CALL_I32(function(GROW), 1) == 9 && wasm_table_size(table) == 10);
    host = new_function();
    wasm_val_t apply[] = {WASM_REF_VAL(wasm_func_as_ref(host)), WASM_I32_VAL(6)};
    EXPECT_SUCCESS(call(function(APPLY), 2, apply, &result));
    EXPECT(result.of.i32 == -6);
    wasm_func_delete(host);
    two[1].of.i32 = 9;
    EXPECT_SUCCESS(call(function(CALL), 2, two, &result));
    EXPECT(result.of.i32 == -5);
    two[1].of.i32 = 10;
    EXPECT_TRAP(call(function(CALL), 2, two, &result), "out of bounds table access");

    wasm_table_t *objects = new_table(WASM_EXTERNREF, 2, 3, foreign);
    back = wasm_table_get(objects, 1);
    EXPECT(wasm_ref_same(back, foreign) && wasm_table_grow(objects, 1, foreign));
    wasm_ref_delete(back);
    EXPECT(wasm_table_set(objects, 0, NULL) && wasm_table_get(objects, 0) == NULL);
    wasm_tabletype_t *type = wasm_table_type(objects);
    EXPECT(wasm_tabletype_limits(type)->min == 3 && wasm_tabletype_limits(type)->max == 3);
    wasm_tabletype_delete(type);
    wasm_table_delete(objects);
    EXPECT(new_table(WASM_FUNCREF, 1, 1, foreign) == NULL && new_table(WASM_FUNCREF, 2, 1, NULL) == NULL);
    EXPECT(new_table(WASM_FUNCREF, UINT32_MAX, wasm_limits_max_default, NULL) == NULL);
    wasm_ref_delete(foreign);
}

static void memories(void) {
    wasm_memory_t *memory = wasm_extern_as_memory(exports.data[MEMORY]);
    byte_t *data = wasm_memory_data(memory);
    EXPECT(memcmp(data + 16, "abc", 3) == 0 && wasm_memory_size(memory) == 1);
    EXPECT(wasm_memory_data_size(memory) == MEMORY_PAGE_SIZE);
    data[3] = 77;
    EXPECT(CALL_I32(function(LOAD), 3) == 77);
    wasm_val_t beyond = WASM_I32_VAL(65536), result = WASM_INIT_VAL;
    EXPECT_TRAP(call(function(LOAD), 1, &beyond, &result), "out of bounds memory access");
    EXPECT(wasm_memory_grow(memory, 2) && !wasm_memory_grow(memory, 1) && wasm_memory_grow(memory, 0));
    EXPECT(wasm_memory_data(memory) == data && CALL_I32(function(LOAD), 3 * 65536 - 1) == 0);
    wasm_memorytype_t *type = wasm_memory_type(memory);
    EXPECT(wasm_memorytype_limits(type)->min == 3 && wasm_memorytype_limits(type)->max == 3);
    wasm_memorytype_delete(type);
    EXPECT(new_memory(2, 1) == NULL && new_memory(65537, wasm_limits_max_default) == NULL);
    EXPECT(new_memory(1, 65537) == NULL);
    memory = new_memory(0, wasm_limits_max_default);
    EXPECT(wasm_memory_data_size(memory) == 0 && wasm_memory_grow(memory, 1));
    wasm_memory_delete(memory);
}

/* Two instances that share objects of the host, and functions through a table. */
static void imports(void) {
    wasm_val_t seven = WASM_I64_VAL(7), value;
    wasm_func_t *host = new_function();
    wasm_global_t *global = new_global(WASM_I64, WASM_VAR, seven);
    wasm_table_t *table = new_table(WASM_FUNCREF, 1, 4, wasm_func_as_ref(host));
    wasm_memory_t *memory = new_memory(1, 2);
    wasm_extern_t *given[] = {wasm_func_as_extern(host), wasm_global_as_extern(global),
                              wasm_table_as_extern(table), wasm_memory_as_extern(memory)};
    wasm_extern_vec_t first, second;
    wasm_instance_delete(instantiate("imports", 4, given, &first));
    wasm_instance_t *other = instantiate("imports", 4, given, &second);
    for (int i = 0; i < 4; ++i) EXPECT(wasm_extern_same(first.data[i], given[i]));
    wasm_func_t *call_first = wasm_func_copy(wasm_extern_as_func(first.data[4]));
    EXPECT(CALL_I32(call_first, 5) == -5);
    EXPECT(CALL_I32(wasm_extern_as_func(second.data[5]), 0) == 0);
    /* The second instance's function is in the table now, and nobody holds the instance. */
    wasm_instance_delete(other);
    wasm_extern_vec_delete(&second);
    EXPECT(CALL_I32(call_first, 5) == 105);
    wasm_global_get(global, &value);
    EXPECT(value.of.i64 == 7);
    wasm_func_delete(host);
    wasm_global_delete(global);
    wasm_table_delete(table);
    wasm_memory_delete(memory);
    wasm_extern_vec_delete(&first);
    EXPECT(CALL_I32(call_first, 5) == 105);
    wasm_func_delete(call_first);
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    wasm_instance_t *instance = instantiate("objects", 0, NULL, &exports);
    wasm_instance_delete(instance);
    globals();
    tables();
    memories();
    wasm_extern_vec_delete(&exports);
    imports();
    return end();
}

/* Host info, copies and conversions of every kind of reference. */
#include "check.h"

/* The ten functions that a reference has under the name of its kind. Takes `object` over. */
#define REFERENCE(NAME, object) \
    do { \
        int gone = 0, replaced = 0, word = 0; \
        wasm_##NAME##_t *first = object; \
        wasm_##NAME##_t *copy = wasm_##NAME##_copy(first); \
        EXPECT(first != NULL && wasm_##NAME##_same(first, copy)); \
        EXPECT(wasm_##NAME##_same(NULL, NULL) && !wasm_##NAME##_same(first, NULL)); \
        wasm_ref_t *ref = wasm_##NAME##_as_ref(first); \
        EXPECT(wasm_ref_as_##NAME(ref) == first && wasm_ref_same(ref, wasm_##NAME##_as_ref(copy))); \
        EXPECT(wasm_ref_as_##NAME##_const(wasm_##NAME##_as_ref_const(copy)) == copy); \
        EXPECT(wasm_ref_as_##NAME(NULL) == NULL); \
        EXPECT(wasm_##NAME##_get_host_info(first) == NULL); \
        wasm_##NAME##_set_host_info(first, &word); \
        EXPECT(wasm_##NAME##_get_host_info(copy) == &word && wasm_ref_get_host_info(ref) == &word); \
        wasm_##NAME##_set_host_info_with_finalizer(copy, &replaced, tally); \
        EXPECT(replaced == 0); \
        wasm_ref_set_host_info_with_finalizer(ref, &gone, tally); \
        EXPECT(replaced == 1 && wasm_##NAME##_get_host_info(first) == &gone); \
        wasm_ref_t *third = wasm_ref_copy(ref); \
        wasm_##NAME##_delete(first); \
        wasm_##NAME##_delete(copy); \
        EXPECT(gone == 0); \
        wasm_ref_delete(third); \
        EXPECT(gone == 1 && replaced == 1); \
        wasm_##NAME##_set_host_info_with_finalizer(NULL, &gone, tally); \
        EXPECT(gone == 2); \
        wasm_##NAME##_delete(NULL); \
        EXPECT(wasm_##NAME##_copy(NULL) == NULL && wasm_##NAME##_get_host_info(NULL) == NULL); \
        wasm_##NAME##_set_host_info(NULL, NULL); \
    } while (0)

static wasm_trap_t *nothing(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args, (void)results;
    return NULL;
}

static wasm_func_t *new_function(void) {
    wasm_functype_t *type = wasm_functype_new_0_0();
    wasm_func_t *function = wasm_func_new(store, type, nothing);
    wasm_functype_delete(type);
    return function;
}

static wasm_global_t *new_global(void) {
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_val_t value = WASM_I32_VAL(1);
    wasm_global_t *global = wasm_global_new(store, type, &value);
    wasm_globaltype_delete(type);
    return global;
}

static wasm_table_t *new_table(void) {
    wasm_limits_t limits = {1, 1};
    wasm_tabletype_t *type = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
    wasm_table_t *table = wasm_table_new(store, type, NULL);
    wasm_tabletype_delete(type);
    return table;
}

static wasm_memory_t *new_memory(void) {
    wasm_limits_t limits = {1, 1};
    wasm_memorytype_t *type = wasm_memorytype_new(&limits);
    wasm_memory_t *memory = wasm_memory_new(store, type);
    wasm_memorytype_delete(type);
    return memory;
}

static wasm_instance_t *new_instance(void) {
    wasm_extern_vec_t exports;
    wasm_instance_t *instance = instantiate("small", 0, NULL, &exports);
    wasm_extern_vec_delete(&exports);
    return instance;
}

static wasm_trap_t *new_trap(void) {
    wasm_message_t message;
    wasm_name_new_from_string_nt(&message, "text");
    wasm_trap_t *trap = wasm_trap_new(store, &message);
    wasm_byte_vec_delete(&message);
    return trap;
}

/* Each kind is itself and none of the others. */
static void kinds(void) {
    wasm_ref_t *refs[] = {
        wasm_func_as_ref(new_function()),     wasm_global_as_ref(new_global()),
        wasm_table_as_ref(new_table()),       wasm_memory_as_ref(new_memory()),
        wasm_instance_as_ref(new_instance()), wasm_module_as_ref(load(store, "small")),
        wasm_trap_as_ref(new_trap()),         wasm_foreign_as_ref(wasm_foreign_new(store)),
    };
    for (int i = 0; i < 8; ++i) {
        wasm_ref_t *ref = refs[i];
        const int is[] = {
            wasm_ref_as_func(ref) != NULL,     wasm_ref_as_global(ref) != NULL,
            wasm_ref_as_table(ref) != NULL,    wasm_ref_as_memory(ref) != NULL,
            wasm_ref_as_instance(ref) != NULL, wasm_ref_as_module(ref) != NULL,
            wasm_ref_as_trap(ref) != NULL,     wasm_ref_as_foreign(ref) != NULL,
        };
        for (int j = 0; j < 8; ++j) {
            EXPECT(is[j] == (i == j));
            EXPECT(wasm_ref_same(ref, refs[j]) == (i == j));
        }
        EXPECT((wasm_ref_as_extern(ref) != NULL) == (i < 4));
    }
    for (int i = 0; i < 8; ++i) wasm_ref_delete(refs[i]);
}

#define EXTERN(NAME, KIND, object) \
    do { \
        wasm_##NAME##_t *first = object; \
        wasm_extern_t *external = wasm_##NAME##_as_extern(first); \
        EXPECT(wasm_extern_kind(external) == KIND && wasm_extern_as_##NAME(external) == first); \
        EXPECT(wasm_extern_as_##NAME##_const(wasm_##NAME##_as_extern_const(first)) == first); \
        EXPECT((wasm_extern_as_func(external) != NULL) == (KIND == WASM_EXTERN_FUNC)); \
        EXPECT((wasm_extern_as_memory(external) != NULL) == (KIND == WASM_EXTERN_MEMORY)); \
        wasm_externtype_t *type = wasm_extern_type(external); \
        EXPECT(wasm_externtype_kind(type) == KIND); \
        wasm_externtype_delete(type); \
        wasm_extern_delete(external); \
    } while (0)

/* An export is the same object by whatever way it is reached, and its host info goes with its instance. */
static void identity(void) {
    int gone[4] = {0};
    wasm_extern_vec_t first, second, copies;
    wasm_instance_t *instance = instantiate("objects", 0, NULL, &first);
    wasm_instance_exports(instance, &second);
    for (size_t i = 0; i < first.size; ++i) {
        for (size_t j = 0; j < second.size; ++j) {
            EXPECT(wasm_extern_same(first.data[i], second.data[j]) == (i == j));
        }
    }
    for (int i = 0; i < 4; ++i) wasm_extern_set_host_info_with_finalizer(first.data[2 * i], &gone[i], tally);
    wasm_extern_vec_copy(&copies, &first);
    wasm_extern_vec_delete(&first);
    wasm_extern_vec_delete(&copies);
    for (int i = 0; i < 4; ++i) {
        EXPECT(wasm_extern_get_host_info(second.data[2 * i]) == &gone[i] && gone[i] == 0);
    }
    wasm_extern_vec_new_uninitialized(&copies, 1);
    EXPECT(copies.size == 1 && copies.data[0] == NULL);
    wasm_extern_vec_delete(&copies);
    wasm_extern_vec_new_empty(&copies);
    EXPECT(copies.size == 0);
    wasm_extern_vec_new(&copies, second.size, second.data);
    wasm_extern_vec_delete(&copies);
    free(second.data);
    wasm_instance_delete(instance);
    /* Its functions may be in its table, which it exports: so it lives as long as the store. */
    wasm_store_delete(store);
    for (int i = 0; i < 4; ++i) EXPECT(gone[i] == 1);
    store = wasm_store_new(engine);
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    REFERENCE(func, new_function());
    REFERENCE(global, new_global());
    REFERENCE(table, new_table());
    REFERENCE(memory, new_memory());
    REFERENCE(extern, wasm_memory_as_extern(new_memory()));
    REFERENCE(instance, new_instance());
    REFERENCE(module, load(store, "small"));
    REFERENCE(trap, new_trap());
    REFERENCE(foreign, wasm_foreign_new(store));
    wasm_ref_set_host_info(NULL, NULL);
    kinds();
    EXTERN(func, WASM_EXTERN_FUNC, new_function());
    EXTERN(global, WASM_EXTERN_GLOBAL, new_global());
    EXTERN(table, WASM_EXTERN_TABLE, new_table());
    EXTERN(memory, WASM_EXTERN_MEMORY, new_memory());
    identity();
    return end();
}

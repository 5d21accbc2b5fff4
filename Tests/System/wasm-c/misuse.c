/* NULL and objects of the wrong kind wherever one can be given: nothing happens, and nothing breaks. */
#include "check.h"

static void null(void) {
    wasm_val_t value = WASM_I32_VAL(0);
    wasm_limits_t limits = {0, 1};
    wasm_config_delete(NULL);
    wasm_engine_delete(NULL);
    wasm_engine_delete(wasm_engine_new_with_config(NULL));
    wasm_config_delete(wasm_config_new());
    wasm_store_delete(NULL);
    wasm_valtype_delete(NULL);
    wasm_functype_delete(NULL);
    wasm_globaltype_delete(NULL);
    wasm_tabletype_delete(NULL);
    wasm_memorytype_delete(NULL);
    wasm_externtype_delete(NULL);
    wasm_importtype_delete(NULL);
    wasm_exporttype_delete(NULL);
    wasm_frame_delete(NULL);
    wasm_val_delete(NULL);
    wasm_val_copy(NULL, NULL);
    wasm_global_set(NULL, &value);
    wasm_global_get(NULL, &value);
    wasm_global_get(NULL, NULL);
    EXPECT(value.kind == WASM_I32);
    EXPECT(!wasm_store_new(NULL) && !wasm_valtype_copy(NULL) && !wasm_functype_copy(NULL));
    EXPECT(!wasm_globaltype_copy(NULL) && !wasm_tabletype_copy(NULL) && !wasm_memorytype_copy(NULL));
    EXPECT(!wasm_externtype_copy(NULL) && !wasm_importtype_copy(NULL) && !wasm_exporttype_copy(NULL));
    EXPECT(wasm_valtype_kind(NULL) == 0 && !wasm_functype_params(NULL) && !wasm_functype_results(NULL));
    EXPECT(!wasm_globaltype_new(NULL, WASM_VAR) && !wasm_globaltype_content(NULL));
    EXPECT(wasm_globaltype_mutability(NULL) == WASM_CONST && !wasm_tabletype_new(NULL, &limits));
    EXPECT(!wasm_tabletype_new(wasm_valtype_new_funcref(), NULL) && !wasm_tabletype_element(NULL));
    EXPECT(!wasm_tabletype_limits(NULL) && !wasm_memorytype_new(NULL) && !wasm_memorytype_limits(NULL));
    EXPECT(wasm_externtype_kind(NULL) == 0 && !wasm_importtype_module(NULL) && !wasm_importtype_name(NULL));
    EXPECT(!wasm_importtype_type(NULL) && !wasm_exporttype_name(NULL) && !wasm_exporttype_type(NULL));
    EXPECT(!wasm_frame_copy(NULL) && !wasm_frame_instance(NULL) && wasm_frame_func_index(NULL) == 0);
    EXPECT(wasm_frame_func_offset(NULL) == 0 && wasm_frame_module_offset(NULL) == 0);
    EXPECT(!wasm_trap_origin(NULL) && !wasm_foreign_new(NULL) && !wasm_module_new(NULL, NULL));
    EXPECT(!wasm_module_new(store, NULL) && !wasm_module_validate(NULL, NULL));
    EXPECT(!wasm_module_deserialize(NULL, NULL) && !wasm_module_deserialize(store, NULL));
    EXPECT(!wasm_module_share(NULL) && !wasm_module_obtain(store, NULL));
    EXPECT(!wasm_func_new(NULL, NULL, NULL) && !wasm_func_type(NULL) && !wasm_func_param_arity(NULL));
    EXPECT(!wasm_func_result_arity(NULL) && !wasm_global_new(store, NULL, &value) && !wasm_global_type(NULL));
    EXPECT(!wasm_table_new(store, NULL, NULL) && !wasm_table_type(NULL) && !wasm_table_get(NULL, 0));
    EXPECT(!wasm_table_set(NULL, 0, NULL) && !wasm_table_size(NULL) && !wasm_table_grow(NULL, 0, NULL));
    EXPECT(!wasm_memory_new(store, NULL) && !wasm_memory_type(NULL) && !wasm_memory_data(NULL));
    EXPECT(!wasm_memory_data_size(NULL) && !wasm_memory_size(NULL) && !wasm_memory_grow(NULL, 0));
    EXPECT(wasm_extern_kind(NULL) == 0 && !wasm_extern_type(NULL));
    EXPECT(!wasm_instance_new(NULL, NULL, NULL, NULL));
    EXPECT(!wasm_ref_copy(NULL) && !wasm_ref_get_host_info(NULL));
    wasm_trap_message(NULL, NULL);
    wasm_trap_trace(NULL, NULL);
    wasm_module_imports(NULL, NULL);
    wasm_module_exports(NULL, NULL);
    wasm_module_serialize(NULL, NULL);
    wasm_instance_exports(NULL, NULL);
}

/* Casts that C cannot see through. */
static void wrong_kinds(void) {
    wasm_foreign_t *foreign = wasm_foreign_new(store);
    wasm_limits_t limits = {0, 1};
    wasm_memorytype_t *type = wasm_memorytype_new(&limits);
    wasm_val_t value = WASM_I32_VAL(3);
    wasm_extern_vec_t exports;
    wasm_frame_vec_t trace;
    wasm_message_t message;
    wasm_instance_exports((wasm_instance_t *)foreign, &exports);
    wasm_trap_trace((wasm_trap_t *)foreign, &trace);
    wasm_trap_message((wasm_trap_t *)foreign, &message);
    EXPECT(exports.size == 0 && trace.size == 0 && message.size == 0);
    EXPECT(!wasm_global_new(store, (wasm_globaltype_t *)type, &value));
    EXPECT(!wasm_table_new(store, (wasm_tabletype_t *)type, NULL));
    EXPECT(!wasm_func_type((wasm_func_t *)foreign) && !wasm_memory_data((wasm_memory_t *)foreign));
    EXPECT(!wasm_table_get((wasm_table_t *)foreign, 0) && !wasm_table_grow((wasm_table_t *)foreign, 1, NULL));
    EXPECT(!wasm_extern_type((wasm_extern_t *)foreign) && !wasm_module_share((wasm_module_t *)foreign));
    wasm_global_set((wasm_global_t *)foreign, &value);
    wasm_global_get((wasm_global_t *)foreign, &value);
    EXPECT(!wasm_functype_params((wasm_functype_t *)type));
    EXPECT(!wasm_tabletype_element((wasm_tabletype_t *)type));
    wasm_memorytype_delete(type);
    wasm_foreign_delete(foreign);
}

/* A store that is gone while what was in it is not. */
static void ended(void) {
    wasm_extern_vec_t exports;
    wasm_instance_t *instance = instantiate("objects", 0, NULL, &exports);
    wasm_module_t *module = load(store, "small");
    wasm_foreign_t *foreign = wasm_foreign_new(store);
    wasm_memory_t *memory = wasm_extern_as_memory(exports.data[0]);
    wasm_table_t *table = wasm_extern_as_table(exports.data[1]);
    wasm_global_t *held = wasm_extern_as_global(exports.data[6]);
    wasm_store_delete(store);
    store = wasm_store_new(engine);
    wasm_val_t value = WASM_I32_VAL(1), result = WASM_INIT_VAL;
    EXPECT_TRAP(call(wasm_extern_as_func(exports.data[7]), 1, &value, &result), "was deleted");
    EXPECT(wasm_memory_data(memory)[16] == 'a' && wasm_memory_grow(memory, 1));
    EXPECT(!wasm_table_get(table, 1) && !wasm_table_set(table, 0, wasm_foreign_as_ref(foreign)));
    wasm_global_get(held, &value);
    EXPECT(value.kind == WASM_FUNCREF && value.of.ref == NULL);
    wasm_foreign_set_host_info(foreign, &value);
    EXPECT(wasm_foreign_get_host_info(foreign) == &value);
    wasm_extern_vec_delete(&exports);
    wasm_foreign_delete(foreign);
    wasm_module_delete(module);
    wasm_instance_delete(instance);
}

/* Deletes its store while it is called. */
static wasm_trap_t *suicidal(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args, (void)results;
    wasm_store_delete(*(wasm_store_t **)env);
    *(wasm_store_t **)env = NULL;
    return NULL;
}

static void ended_inside(void) {
    wasm_store_t *usual = store;
    store = wasm_store_new(engine);
    wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t *function = wasm_func_new_with_env(store, type, suicidal, &store, NULL);
    wasm_functype_delete(type);
    wasm_val_t id = WASM_I32_VAL(1);
    wasm_globaltype_t *constant = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_global_t *global = wasm_global_new(store, constant, &id);
    wasm_globaltype_delete(constant);
    wasm_extern_t *imports[] = {wasm_func_as_extern(function), wasm_global_as_extern(global)};
    wasm_extern_vec_t exports;
    wasm_instance_delete(instantiate("many", 2, imports, &exports));
    wasm_func_delete(function);
    wasm_global_delete(global);
    EXPECT(CALL_I32(wasm_extern_as_func(exports.data[0]), 5) == 5 && store == NULL);
    wasm_extern_vec_delete(&exports);
    store = usual;
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    null();
    wrong_kinds();
    ended();
    ended_inside();
    return end();
}

/* Many threads with a store each and one module among them; and one store that two threads call at once. */
#include <pthread.h>

#include "check.h"

enum { THREADS = 16, ROUNDS = 200 };

static wasm_shared_module_t *shared;

static wasm_trap_t *report(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)results;
    EXPECT(args->data[0].of.i32 == *(int *)env);
    return NULL;
}

static void *run(void *argument) {
    wasm_store_t *own = wasm_store_new(engine);
    wasm_module_t *module = wasm_module_obtain(own, shared);
    wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_globaltype_t *constant = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_val_t id = WASM_I32_VAL(*(int *)argument);
    for (int i = 0; i < ROUNDS; ++i) {
        wasm_func_t *function = wasm_func_new_with_env(own, type, report, argument, NULL);
        wasm_global_t *global = wasm_global_new(own, constant, &id);
        wasm_extern_t *imports[] = {wasm_func_as_extern(function), wasm_global_as_extern(global)};
        wasm_extern_vec_t given = WASM_ARRAY_VEC(imports), exports;
        wasm_instance_t *instance = wasm_instance_new(own, module, &given, NULL);
        wasm_instance_exports(instance, &exports);
        wasm_instance_delete(instance);
        wasm_func_delete(function);
        wasm_global_delete(global);
        EXPECT(CALL_I32(wasm_extern_as_func(exports.data[0]), i) == i);
        wasm_extern_vec_delete(&exports);
    }
    wasm_globaltype_delete(constant);
    wasm_functype_delete(type);
    wasm_module_delete(module);
    wasm_store_delete(own);
    return NULL;
}

static wasm_func_t *waits;

static void *intrude(void *unused) {
    (void)unused;
    EXPECT_TRAP(wasm_func_call(waits, NULL, NULL), "in use on another thread");
    return NULL;
}

/* Has another thread call the same store, and waits for it. */
static wasm_trap_t *wait(const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)args, (void)results;
    pthread_t thread;
    pthread_create(&thread, NULL, intrude, NULL);
    pthread_join(thread, NULL);
    return NULL;
}

int main(int argc, char **arguments) {
    (void)argc;
    begin(arguments);
    wasm_module_t *module = load(store, "many");
    shared = wasm_module_share(module);
    wasm_module_delete(module);
    pthread_t threads[THREADS];
    int ids[THREADS];
    for (int i = 0; i < THREADS; ++i) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, run, &ids[i]);
    }
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    wasm_shared_module_delete(shared);

    wasm_functype_t *type = wasm_functype_new_0_0();
    waits = wasm_func_new(store, type, wait);
    wasm_functype_delete(type);
    EXPECT_SUCCESS(wasm_func_call(waits, NULL, NULL));
    wasm_func_delete(waits);
    return end();
}

/* What the programs for wasm.h share: expectations, each printed where it is not met, and loading. */
#ifndef CHECK_H
#define CHECK_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <wasm.h>

static _Atomic int failures;
static const char *folder;
static wasm_engine_t *engine;
static wasm_store_t *store;

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) { \
            printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
            failures++; \
        } \
    } while (0)

/* A trap whose message holds `words`; deletes it. */
static inline void expect_trap_at(int line, wasm_trap_t *trap, const char *words) {
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    if (!trap || message.size == 0 || message.data[message.size - 1] != 0 || !strstr(message.data, words)) {
        printf("line %d: expected a trap with \"%s\", got %s\n", line, words,
               message.size ? message.data : "none");
        failures++;
    }
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
}
#define EXPECT_TRAP(trap, words) expect_trap_at(__LINE__, trap, words)

static inline void expect_success_at(int line, wasm_trap_t *trap) {
    if (!trap) return;
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    printf("line %d: trapped: %s\n", line, message.data);
    failures++;
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
}
#define EXPECT_SUCCESS(trap) expect_success_at(__LINE__, trap)

static inline wasm_byte_vec_t read_module(const char *name) {
    char path[4096];
    wasm_byte_vec_t bytes;
    snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("%s cannot be read\n", path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    wasm_byte_vec_new_uninitialized(&bytes, (size_t)ftell(file));
    rewind(file);
    if (fread(bytes.data, 1, bytes.size, file) != bytes.size) exit(1);
    fclose(file);
    return bytes;
}

static inline wasm_module_t *load(wasm_store_t *into, const char *name) {
    wasm_byte_vec_t bytes = read_module(name);
    wasm_module_t *module = wasm_module_new(into, &bytes);
    wasm_byte_vec_delete(&bytes);
    EXPECT(module != NULL);
    return module;
}

/* An instance of a module with these imports, and all that it exports. */
static inline wasm_instance_t *instantiate(const char *name, size_t count, wasm_extern_t *imports[],
                                           wasm_extern_vec_t *exports) {
    wasm_extern_vec_t given = {count, imports};
    wasm_trap_t *trap = NULL;
    wasm_module_t *module = load(store, name);
    wasm_instance_t *instance = wasm_instance_new(store, module, &given, &trap);
    EXPECT_SUCCESS(trap);
    EXPECT(instance != NULL);
    wasm_module_delete(module);
    wasm_instance_exports(instance, exports);
    return instance;
}

/* Calls a function of at most two parameters and one result. */
static inline wasm_trap_t *call(const wasm_func_t *function, size_t count, wasm_val_t *arguments,
                                wasm_val_t *result) {
    wasm_val_vec_t args = {count, arguments}, results = {result ? 1 : 0, result};
    return wasm_func_call(function, &args, &results);
}

static inline int32_t call_i32_at(int line, const wasm_func_t *function, int32_t argument) {
    wasm_val_t value = WASM_I32_VAL(argument), result = WASM_INIT_VAL;
    expect_success_at(line, call(function, 1, &value, &result));
    return result.of.i32;
}
#define CALL_I32(function, argument) call_i32_at(__LINE__, function, argument)

static inline void begin(char **arguments) {
    folder = arguments[1];
    engine = wasm_engine_new();
    store = wasm_store_new(engine);
    EXPECT(engine && store);
}

static inline int end(void) {
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    return failures != 0;
}

/* A finalizer that counts in what it is given. */
static inline void tally(void *counter) { ++*(int *)counter; }

#endif

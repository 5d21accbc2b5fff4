/* Runs a module through wasm.h, the interface that WebAssembly engines have in common: a function of the host, an
 * export, the guest's memory, and traps of both sides.
 *
 * cc wasm-c-api.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/order-total.wasm */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasm.h>

static void die(const char *what) {
    fprintf(stderr, "wasm-c-api: %s\n", what);
    exit(1);
}

static wasm_module_t *load(wasm_store_t *store, const char *path) {
    wasm_byte_vec_t bytes;
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) die("the module cannot be opened");
    long length = ftell(file);
    rewind(file);
    wasm_byte_vec_new_uninitialized(&bytes, length > 0 ? (size_t)length : 0);
    if (fread(bytes.data, 1, bytes.size, file) != bytes.size) die("the module cannot be read");
    fclose(file);
    wasm_module_t *module = wasm_module_new(store, &bytes); /* copies the bytes */
    wasm_byte_vec_delete(&bytes);
    if (!module) die("this is no valid module");
    return module;
}

/* "shop" "price": i32 -> i32. `env` is what the function was made with. */
static wasm_trap_t *price(void *env, const wasm_val_vec_t *arguments, wasm_val_vec_t *results) {
    static const int32_t prices[] = {250, 1200, 75};
    int32_t item = arguments->data[0].of.i32;
    if (item < 0 || item >= (int32_t)(sizeof prices / sizeof *prices)) {
        wasm_message_t message;
        wasm_name_new_from_string_nt(&message, "no such item is for sale"); /* a message ends with a NUL byte */
        wasm_trap_t *trap = wasm_trap_new(env, &message);
        wasm_byte_vec_delete(&message);
        return trap; /* the guest stops, and whoever called it gets this trap */
    }
    results->data[0] = (wasm_val_t)WASM_I32_VAL(prices[item]);
    return NULL;
}

static wasm_instance_t *instantiate(wasm_store_t *store, const wasm_module_t *module) {
    wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    wasm_func_t *function = wasm_func_new_with_env(store, type, price, store, NULL);
    /* One object for each import, in the order in which the module names them. */
    wasm_extern_t *externs[] = {wasm_func_as_extern(function)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs);
    wasm_trap_t *trap = NULL;
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, &trap);
    if (!instance) die(trap ? "the start function trapped" : "the imports do not fit");
    /* The instance holds what it imports. */
    wasm_func_delete(function);
    wasm_functype_delete(type);
    return instance;
}

/* The export called `name`, borrowed from `exports`: objects come in the order of the module's list of types. */
static wasm_extern_t *find(const wasm_module_t *module, const wasm_extern_vec_t *exports, const char *name) {
    wasm_exporttype_vec_t types;
    wasm_extern_t *found = NULL;
    wasm_module_exports(module, &types);
    for (size_t index = 0; index < types.size && !found; index++) {
        const wasm_name_t *given = wasm_exporttype_name(types.data[index]);
        if (given->size == strlen(name) && memcmp(given->data, name, given->size) == 0)
            found = exports->data[index];
    }
    wasm_exporttype_vec_delete(&types);
    if (!found) die("an export is missing");
    return found;
}

/* Calls an export of the type (i32 i32) -> (i32), and prints what comes of it. */
static void call(const char *what, wasm_func_t *function, int32_t address, int32_t count) {
    wasm_val_t given[] = {WASM_I32_VAL(address), WASM_I32_VAL(count)}, room[] = {WASM_INIT_VAL};
    wasm_val_vec_t arguments = WASM_ARRAY_VEC(given), results = WASM_ARRAY_VEC(room);
    wasm_trap_t *trap = wasm_func_call(function, &arguments, &results);
    if (!trap) {
        printf("%s: %d\n", what, room[0].of.i32);
        return;
    }
    wasm_message_t message;
    wasm_frame_t *origin = wasm_trap_origin(trap);
    wasm_trap_message(trap, &message);
    printf("%s: %s", what, message.data);
    if (origin) printf(", in function %u", wasm_frame_func_index(origin));
    printf("\n");
    wasm_frame_delete(origin);
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: wasm-c-api MODULE\n");
        return 2;
    }
    wasm_engine_t *engine = wasm_engine_new();
    wasm_store_t *store = wasm_store_new(engine);
    wasm_module_t *module = load(store, arguments[1]);
    wasm_instance_t *instance = instantiate(store, module);
    wasm_extern_vec_t exports;
    wasm_instance_exports(instance, &exports);

    /* The guest's own bytes. They never move; check addresses against the size, which may grow. */
    wasm_memory_t *memory = wasm_extern_as_memory(find(module, &exports, "memory"));
    int32_t order[] = {0, 2, 1, 1, 2, 4}; /* two of item 0, one of item 1, four of item 2 */
    const size_t address = 64;
    if (address + sizeof order + 4 > wasm_memory_data_size(memory)) die("the memory is too small");
    memcpy(wasm_memory_data(memory) + address, order, sizeof order);

    wasm_func_t *total = wasm_extern_as_func(find(module, &exports, "total"));
    wasm_func_t *mean = wasm_extern_as_func(find(module, &exports, "mean"));
    call("total", total, (int32_t)address, 3);
    int32_t stored;
    memcpy(&stored, wasm_memory_data(memory) + address + sizeof order, sizeof stored);
    printf("the guest stored %d in %u page\n", stored, wasm_memory_size(memory));
    call("mean of none", mean, (int32_t)address, 0);
    call("outside", total, -8, 1);
    memcpy(wasm_memory_data(memory) + address, &(int32_t){77}, sizeof(int32_t));
    call("unknown item", total, (int32_t)address, 3);
    call("mean", mean, (int32_t)address + 8, 2); /* a trap ends a call, and not its instance */

    /* In any order. */
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_module_delete(module);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    return 0;
}

/* Measures calls between a guest and C functions of its host. Prints nanoseconds of the processor's time, so that
 * a busy machine disturbs little.
 *
 * native MODULE EXPORT COUNT    of an export that makes COUNT calls, for each call
 * native MODULE pointer COUNT   of an export through its C function pointer, for each call
 * native MODULE call COUNT      of the same export by wasi_threads_thread_call_function, for each call
 * native MODULE func COUNT      of the same export by wasm_func_call of wasm.h, for each call */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi_threads.h>
#include <wasm.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct point {
    double x, y;
};

static int32_t add(int32_t a, int32_t b) { return a + b; }
static double scale(double value, double by) { return value * by; }
static double norm(struct point p) { return p.x * p.x + p.y * p.y; }
static uint32_t length(const char *text) { return (uint32_t)strlen(text); }

static double sum(const double *values, size_t count) {
    double result = 0;
    for (size_t index = 0; index < count; index++) result += values[index];
    return result;
}

/* As `wasi_threads_linker_define` takes it. */
static void table(void *env, const wasi_threads_value_t *args, wasi_threads_value_t *results) {
    (void)env;
    results[0].of.i32 = args[0].of.i32 + args[1].of.i32;
}

static wasi_threads_linker_t *functions(wasi_threads_engine_t *engine) {
    static const struct {
        const char *name, *prototype;
        wasi_threads_native_function_t function;
    } natives[] = {
        {"add", "int32_t add(int32_t a, int32_t b)", (wasi_threads_native_function_t)add},
        {"scale", "double scale(double value, double by)", (wasi_threads_native_function_t)scale},
        {"sum", "double sum(const double *values, size_t count)", (wasi_threads_native_function_t)sum},
        {"length", "uint32_t length(const char *text)", (wasi_threads_native_function_t)length},
        {"norm", "struct point { double x, y; }; double norm(struct point p)",
         (wasi_threads_native_function_t)norm},
    };
    static const wasi_threads_value_kind_t i32[] = {WASI_THREADS_I32, WASI_THREADS_I32};
    wasi_threads_linker_t *linker;
    check(wasi_threads_linker_new(engine, &linker));
    for (size_t index = 0; index < sizeof natives / sizeof *natives; index++)
        check(wasi_threads_linker_define_native(linker, "env", natives[index].name, natives[index].prototype,
                                                natives[index].function, NULL, NULL));
    check(wasi_threads_linker_define(linker, "env", "table", i32, 2, i32, 1, table, NULL, NULL));
    return linker;
}

/* Nanoseconds of `count` calls of the export `own`, by the host. */
static double calls_in(wasi_threads_process_t *process, bool by_pointer, int32_t count) {
    wasi_threads_thread_t *thread;
    wasi_threads_native_function_t pointer;
    wasi_threads_function_t *function;
    wasi_threads_value_t values[2] = {{.kind = WASI_THREADS_I32}, {.kind = WASI_THREADS_I32}}, result;
    check(wasi_threads_process_attach(process, &thread));
    check(wasi_threads_thread_native(thread, "own", &pointer));
    check(wasi_threads_thread_function(thread, "own", &function));
    int32_t (*own)(int32_t, int32_t) = (int32_t(*)(int32_t, int32_t))pointer;
    double start = now();
    for (int32_t index = 0; index < count; index++) {
        values[0].of.i32 = index;
        if (!by_pointer) check(wasi_threads_thread_call_function(thread, function, values, 2, &result, 1));
        else if (own(index, 1) != index + 1) exit(1);
    }
    double elapsed = now() - start;
    check(wasi_threads_thread_take_error(thread));
    check(wasi_threads_thread_detach(thread));
    return elapsed;
}

static wasm_trap_t *nothing(const wasm_val_vec_t *values, wasm_val_vec_t *results) {
    (void)values, (void)results;
    return NULL;
}

/* The same by wasm.h, with functions that nobody calls for what the module imports. */
static double calls_by_standard_api(const char *path, int32_t count) {
    wasm_engine_t *engine = wasm_engine_new();
    wasm_store_t *store = wasm_store_new(engine);
    wasm_byte_vec_t bytes;
    wasm_importtype_vec_t types;
    wasm_extern_vec_t imports, exports;
    FILE *file = fopen(path, "rb");
    wasm_byte_vec_new_uninitialized(&bytes, 65536);
    if (!file || (bytes.size = fread(bytes.data, 1, bytes.size, file)) == 0) exit(1);
    fclose(file);
    wasm_module_t *module = wasm_module_new(store, &bytes);
    if (!module) exit(1);
    wasm_module_imports(module, &types);
    wasm_extern_vec_new_uninitialized(&imports, types.size);
    for (size_t index = 0; index < types.size; index++)
        imports.data[index] = wasm_func_as_extern(wasm_func_new(
            store, wasm_externtype_as_functype_const(wasm_importtype_type(types.data[index])), nothing));
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, NULL);
    if (!instance) exit(1);
    wasm_instance_exports(instance, &exports);
    /* The first export that is a function is `own`. */
    wasm_func_t *own = wasm_extern_as_func(exports.data[1]);
    wasm_val_t given[] = {WASM_I32_VAL(0), WASM_I32_VAL(1)}, result[] = {WASM_INIT_VAL};
    wasm_val_vec_t arguments = WASM_ARRAY_VEC(given), results = WASM_ARRAY_VEC(result);
    double start = now();
    for (int32_t index = 0; index < count; index++) {
        given[0].of.i32 = index;
        if (wasm_func_call(own, &arguments, &results) || result[0].of.i32 != index + 1) exit(1);
    }
    double elapsed = now() - start;
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_extern_vec_delete(&imports);
    wasm_importtype_vec_delete(&types);
    wasm_module_delete(module);
    wasm_byte_vec_delete(&bytes);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    return elapsed;
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    /* As a host does that makes calls as short as these: otherwise each comes with a system call. */
    wasi_threads_host_thread_keep_signals(true);
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    wasi_threads_linker_t *linker = functions(engine);
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));
    wasi_threads_value_t calls = {.kind = WASI_THREADS_I32, .of.i32 = atoi(arguments[3])};
    double elapsed;
    if (strcmp(arguments[2], "pointer") == 0 || strcmp(arguments[2], "call") == 0) {
        elapsed = calls_in(process, strcmp(arguments[2], "pointer") == 0, calls.of.i32);
    } else if (strcmp(arguments[2], "func") == 0) {
        elapsed = calls_by_standard_api(arguments[1], calls.of.i32);
    } else {
        double start = now();
        check(wasi_threads_process_call(process, arguments[2], &calls, 1, NULL, 0));
        elapsed = now() - start;
    }
    printf("%.2f\n", elapsed / calls.of.i32);
    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}

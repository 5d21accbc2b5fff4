/* Loads modules that are bad, and runs those that load: none may harm the program or print anything.
 *
 * Arguments: a file to keep the module in that is at work, so that a crash leaves it behind; then
 *   files NAME...               each of the files as it is
 *   bytes SEED COUNT NAME...    COUNT modules made by changing bytes of the files
 * Prints how many modules there were and how many of them ran. */
#define _DEFAULT_SOURCE
#include "../embed/check.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { most_bytes = 1 << 20, most_files = 4096, most_values = 1024 };

/* The module at work: mapped from the file, so that it is there whatever happens to this program. */
static uint8_t *work;
static size_t work_length;
static int work_file;

static struct {
    uint8_t *bytes;
    size_t length;
} files[most_files];
static int file_count;

static long module_count, run_count;

/* ---- Chance, the same with each seed -------------------------------------------------------------- */

static uint64_t state;

static uint64_t chance(void) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

static size_t below(size_t bound) { return bound ? chance() % bound : 0; }

/* ---- Running -------------------------------------------------------------------------------------- */

/* Returns zeros, or fails now and then. */
static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    static _Atomic int calls;
    (void)env, (void)caller, (void)args, (void)results;
    return ++calls % 16 == 0 ? wasi_threads_error_new("no") : NULL;
}

/* Whatever functions the module imports beside those of WASI. */
static wasi_threads_linker_t *make_linker(wasi_threads_module_t *module) {
    wasi_threads_linker_t *linker;
    const wasi_threads_external_t *const *imports;
    size_t count;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("imports", wasi_threads_module_imports(module, &imports, &count));
    for (size_t index = 0; index < count; index++) {
        const wasi_threads_external_t *import = imports[index];
        if (import->kind != WASI_THREADS_EXTERNAL_FUNCTION || !strncmp(import->module, "wasi", 4)) continue;
        /* An import may be there twice. */
        wasi_threads_error_delete(wasi_threads_linker_define_with_caller(
            linker, import->module, import->name, import->parameters, import->parameter_count,
            import->results, import->result_count, host, NULL, NULL));
    }
    return linker;
}

static void call_export(wasi_threads_process_t *process, const wasi_threads_external_t *export) {
    wasi_threads_value_t values[2 * most_values];
    if (export->parameter_count > most_values || export->result_count > most_values) return;
    for (size_t index = 0; index < export->parameter_count; index++) {
        values[index].kind = export->parameters[index];
        values[index].of.i64 = 0;
        if (values[index].kind < WASI_THREADS_FUNCREF)
            values[index].of.i64 = (int64_t)(chance() >> below(64));
    }
    wasi_threads_error_delete(wasi_threads_process_call(process, export->name, values,
                                                        export->parameter_count, values + most_values,
                                                        export->result_count));
}

/* A trap ends a process, so that only the first call of many may get anywhere: a few processes it is. */
static int run_process(wasi_threads_module_t *module, wasi_threads_linker_t *linker,
                       wasi_threads_wasi_config_t *config, size_t first) {
    const wasi_threads_external_t *const *exports;
    size_t count, called = 0;
    wasi_threads_process_t *process;
    wasi_threads_error_t *error = wasi_threads_process_new(engine, module, linker, config, &process);
    wasi_threads_error_delete(error);
    if (error) return 0;
    succeed("exports", wasi_threads_module_exports(module, &exports, &count));
    succeed("limit", wasi_threads_process_set_time_limit(process, 4000000));
    if (first == 0) wasi_threads_error_delete(wasi_threads_process_run(process, NULL));
    wasi_threads_error_delete(wasi_threads_process_initialize(process));
    for (size_t index = 0; index < count && called < 8; index++) {
        const wasi_threads_external_t *export = exports[(first + index) % count];
        if (export->kind != WASI_THREADS_EXTERNAL_FUNCTION) continue;
        call_export(process, export);
        called++;
    }
    wasi_threads_error_delete(wasi_threads_process_spawn(process, 1, NULL));
    uint8_t *base;
    uint64_t length;
    wasi_threads_memory_t *memory = NULL;
    wasi_threads_error_delete(wasi_threads_process_memory(process, NULL, &memory));
    if (memory) succeed("memory", wasi_threads_memory_data(memory, &base, &length));
    if (memory && length > 0) base[length - 1] = base[0];
    wasi_threads_memory_delete(memory);
    succeed("delete", wasi_threads_process_delete(process));
    return 1;
}

static void run_work(wasi_threads_wasi_config_t *config) {
    wasi_threads_module_t *module;
    if (ftruncate(work_file, (off_t)work_length)) abort();
    module_count++;
    /* What does not come back within this time is left by force, as after a crash. */
    alarm(30);
    wasi_threads_error_t *error = wasi_threads_module_new(engine, work, work_length, &module);
    if (error) {
        expect_that("an error has a message", *wasi_threads_error_message(error));
        expect_that("an error has its place in the module",
                    wasi_threads_error_module_offset(error) <= work_length);
        wasi_threads_error_delete(error);
        return;
    }
    wasi_threads_linker_t *linker = make_linker(module);
    int has_run = run_process(module, linker, config, 0);
    for (int more = 0; has_run && more < 2; more++) run_process(module, linker, config, below(1000));
    run_count += has_run;
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
}

/* ---- Changing bytes ------------------------------------------------------------------------------- */

/* Makes `count` bytes of room at an offset, as far as there is any. */
static size_t insert(size_t at, size_t count) {
    if (work_length + count > most_bytes) count = most_bytes - work_length;
    memmove(work + at + count, work + at, work_length - at);
    work_length += count;
    return count;
}

static void change(void) {
    static const uint8_t telling[] = {0x00, 0x01, 0x0B, 0x3F, 0x40, 0x6F, 0x70, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F,
                                      0x80, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF};
    static const uint8_t largest[] = {0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
    size_t at = below(work_length), count = below(8) + 1, from;
    switch (below(10)) {
    case 0: work[at] ^= (uint8_t)(1u << below(8)); break;
    case 1: work[at] = (uint8_t)chance(); break;
    case 2: work[at] = telling[below(sizeof telling)]; break;
    case 3: work[at] += (uint8_t)(below(5) - 2); break;
    case 4: if (work_length - at > 5) memcpy(work + at, largest, 5); break;
    case 5:
        count = insert(at, count);
        for (size_t index = 0; index < count; index++) work[at + index] = (uint8_t)chance();
        break;
    case 6:
        if (count > work_length - at) count = work_length - at;
        memmove(work + at, work + at + count, work_length - at - count);
        work_length -= count;
        break;
    case 7:
        from = below(work_length);
        count = below(64);
        if (count > work_length - at) count = work_length - at;
        if (count > work_length - from) count = work_length - from;
        memmove(work + at, work + from, count);
        break;
    case 8: {
        int other = (int)below((size_t)file_count);
        from = below(files[other].length);
        count = below(64);
        if (count > files[other].length - from) count = files[other].length - from;
        count = insert(at, count);
        memcpy(work + at, files[other].bytes + from, count);
        break;
    }
    default: if (below(8) == 0) work_length = at;
    }
}

static void take_file(int index) {
    work_length = files[index].length;
    /* The file behind the mapping has to be that long before it is written. */
    if (ftruncate(work_file, most_bytes)) abort();
    memcpy(work, files[index].bytes, work_length);
}

static void read_file(const char *name) {
    FILE *file = fopen(name, "rb");
    uint8_t *bytes = malloc(most_bytes);
    if (!file || file_count == most_files) abort();
    size_t length = fread(bytes, 1, most_bytes, file);
    files[file_count].bytes = realloc(bytes, length + 1);
    files[file_count++].length = length;
    fclose(file);
}

/* ---- The program ---------------------------------------------------------------------------------- */

static void make_engine(void) {
    static const uint64_t limits[][2] = {
        {WASI_THREADS_LIMIT_THREADS, 4},
        {WASI_THREADS_LIMIT_MEMORY_PAGES, 256},
        {WASI_THREADS_LIMIT_TABLE_ELEMENTS, 100000},
        {WASI_THREADS_LIMIT_VALUE_STACK_BYTES, 1 << 16},
        {WASI_THREADS_LIMIT_BUFFER_BYTES, 1 << 16},
    };
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    for (size_t index = 0; index < sizeof limits / sizeof *limits; index++)
        succeed("limit", wasi_threads_engine_config_set_limit(config, (wasi_threads_limit_t)limits[index][0],
                                                              limits[index][1]));
    succeed("engine", wasi_threads_engine_new(config, &engine));
    wasi_threads_engine_config_delete(config);
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    int is_bytes = !strcmp(arguments[2], "bytes"), first = is_bytes ? 5 : 3;
    work_file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0666);
    work = mmap(NULL, most_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, work_file, 0);
    if (work == MAP_FAILED) return 2;
    for (int index = first; index < count; index++) read_file(arguments[index]);
    make_engine();
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    succeed("capture", wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));
    struct holdings before = holdings();

    state = is_bytes ? strtoull(arguments[3], NULL, 10) : 0;
    long wanted = is_bytes ? strtol(arguments[4], NULL, 10) : file_count;
    for (long number = 0; number < wanted; number++) {
        take_file((int)(is_bytes ? below((size_t)file_count) : (size_t)number));
        if (is_bytes)
            for (size_t changes = below(4) + 1; changes > 0 && work_length > 0; changes--) change();
        run_work(config);
    }
    expect_holdings("after all modules", before);
    wasi_threads_wasi_config_delete(config);
    wasi_threads_engine_delete(engine);
    printf("%ld modules, %ld ran\n", module_count, run_count);
    return failures != 0;
}

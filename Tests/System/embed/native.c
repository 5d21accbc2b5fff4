/* C functions that guests call by their prototypes: values, memory, structures, and every way in which a call
 * can be refused; what a host function may do. */
#include "check.h"
#include <dlfcn.h>
#include <string.h>

typedef wasi_threads_native_function_t native;

struct point {
    double x, y;
};
struct degrees {
    double value;
};
struct slice {
    int8_t sign;
    size_t length;
    struct {
        int16_t low;
        bool flag;
    } pairs[2];
    long total;
};

static wasi_threads_module_t *module;
static _Atomic long counted;
static int environment, finalized;
static size_t size_result;

static int32_t narrow(int8_t a, unsigned char b, short c, uint16_t d, bool e) { return a + b + c + d + e; }
static signed char int8(int a) { return (signed char)a; }
/* Returns an int, so that more than a bit may be set where the prototype says bool. */
static int to_bool(unsigned char a) { return a * 256 + a; }
static long wide(int64_t a, size_t b, ptrdiff_t c) { return (long)(a + (int64_t)b + c); }
static size_t sizes(uint64_t a) { return a ? a : size_result; }

static double floats(float a, double b, int8_t c, float d, double e, float f, double g, float h, double i,
                     double j, int k, int l, int m, int n, int o, int p) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l +
           13 * m + 14 * n + 15 * o + 16 * p;
}

static int64_t many(int a, int b, int c, int d, int e, int f, uint8_t g, int h) {
    return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f + 1000000L * g + 10000000L * h;
}

static uint32_t length(const char *text) { return (uint32_t)strlen(text); }
static uint32_t lengths(const char *a, const char *b) { return (uint32_t)(strlen(a) * 1000 + strlen(b)); }

static double sum(const double *values, size_t count) {
    double result = 0;
    for (size_t index = 0; index < count; index++) result += values[index];
    return result;
}

static int32_t by_name(int count, const int16_t *values) {
    int32_t result = 0;
    for (int index = 0; index < count; index++) result += values[index];
    return result;
}

static int32_t fixed(const uint8_t *bytes) { return bytes[0] + bytes[15]; }
static int32_t one(const int32_t *value) { return *value; }
static void fill(void *bytes, size_t count, uint8_t value) { memset(bytes, value, count); }
static int32_t optional(const int32_t *value) { return value ? *value : -1; }
static double norm(struct point p) { return p.x * p.x + p.y * p.y; }

static struct slice swap(struct slice s) {
    struct slice result = s;
    result.sign = (int8_t)-s.sign;
    result.pairs[0] = s.pairs[1];
    result.pairs[1] = s.pairs[0];
    result.total = -s.total;
    if (size_result) result.length = size_result;
    return result;
}

static struct degrees degrees(struct degrees d) { return (struct degrees){d.value * 180 / 3}; }
static int64_t point(const struct point *p) { return (int64_t)(p->x * 100 + p->y); }
static void *same(void *reference) { return reference; }
static void count_call(void *env) { atomic_fetch_add((_Atomic long *)env, 1); }

static void finalize(void *env) {
    expect_that("the environment at the end", env == &environment);
    finalized++;
}

enum { PASS, RETURN, FAIL, END, SPAWN, MISUSE, FOREIGN, FAIL_AND_RETURN };

static wasi_threads_error_t *fail(wasi_threads_caller_t *caller, int how, void *env) {
    wasi_threads_process_t *process;
    void *found = NULL;
    expect_that("the environment", env == &environment);
    succeed("environment", wasi_threads_caller_environment(caller, &found));
    expect_that("the same environment", found == env);
    succeed("process", wasi_threads_caller_process(caller, &process));
    switch (how) {
    case RETURN: return wasi_threads_error_new("returned on purpose");
    case FAIL:
        succeed("fail", wasi_threads_caller_fail(caller, wasi_threads_error_new("failed on purpose")));
        succeed("fail again", wasi_threads_caller_fail(caller, wasi_threads_error_new("too late")));
        break;
    case FAIL_AND_RETURN:
        succeed("fail", wasi_threads_caller_fail(caller, wasi_threads_error_new("failed before it returned")));
        return wasi_threads_error_new("too late");
    case END: succeed("end", wasi_threads_process_end(process, "From a native function.")); break;
    case SPAWN: succeed("spawn", wasi_threads_process_spawn(process, 1, NULL)); break;
    case FOREIGN: return (wasi_threads_error_t *)module;
    case MISUSE:
        expect("no environment", wasi_threads_caller_environment(caller, NULL), WASI_THREADS_ERROR_MISUSE);
        expect("no error", wasi_threads_caller_fail(caller, NULL), WASI_THREADS_ERROR_MISUSE);
        expect("no caller", wasi_threads_caller_call(NULL, "twice", NULL, 0, NULL, 0),
               WASI_THREADS_ERROR_MISUSE);
        expect("no name", wasi_threads_caller_call(caller, NULL, NULL, 0, NULL, 0), WASI_THREADS_ERROR_MISUSE);
        expect("no export", wasi_threads_caller_call(caller, "absent", NULL, 0, NULL, 0),
               WASI_THREADS_ERROR_EXPORT);
        expect("no argument", wasi_threads_caller_call(caller, "twice", NULL, 0, NULL, 0),
               WASI_THREADS_ERROR_TYPE);
    }
    return NULL;
}

/* Calls back: what it is given, or for -1 what traps. */
static int32_t call(wasi_threads_caller_t *caller, int32_t number) {
    wasi_threads_value_t value = {.kind = WASI_THREADS_I32, .of.i32 = number}, result = value;
    const char *name = number == -1 ? "trap" : number == 1000000 ? "twice" : "again";
    wasi_threads_error_t *error = wasi_threads_caller_call(caller, name, &value, 1, &result, 1);
    if (!error) return result.of.i32;
    expect_that("a trap inside is told", wasi_threads_error_kind(error) == WASI_THREADS_ERROR_TRAP);
    wasi_threads_error_delete(error);
    expect("a call after the end", wasi_threads_caller_call(caller, name, &value, 1, &result, 1),
           WASI_THREADS_ERROR_TRAP);
    return 0;
}

static const char slice_text[] =
    "struct slice { int8_t sign; size_t length; struct { int16_t low; bool flag; } pairs[2]; long total; };"
    "struct slice swap(struct slice s)";

static const struct {
    const char *name, *prototype;
    native function;
    void *env;
    const char *signature;
} natives[] = {
    {"narrow", "int32_t narrow(int8_t a, unsigned char b, short c, uint16_t d, bool e)", (native)narrow, 0, 0},
    {"int8", "signed char int8(int a)", (native)int8, 0, 0},
    {"bool", "bool to_bool(uint8_t a)", (native)to_bool, 0, 0},
    {"wide", "long wide(int64_t a, size_t b, ptrdiff_t c)", (native)wide, 0, 0},
    {"sizes", "size_t sizes(uint64_t a)", (native)sizes, 0, 0},
    {"floats", "double floats(float a, double b, int8_t c, float d, double e, float f, double g, float h,\n"
               " double i, double j, int k, int l, int m, int n, int o, int p)", (native)floats, 0, 0},
    {"many", "int64_t many(int a, int b, int c, int d, int e, int f, uint8_t g, int h)", (native)many, 0, 0},
    {"length", "uint32_t length(const char *text)", (native)length, 0, "($)i"},
    {"lengths", "uint32_t lengths(const char *a, const char *_Nonnull b)", (native)lengths, 0, "($$)i"},
    {"sum", "double sum(const double *values, size_t count)", (native)sum, 0, 0},
    {"by_name", "int32_t by_name(int count, const int16_t values[count])", (native)by_name, 0, 0},
    {"fixed", "int32_t fixed(const uint8_t bytes[16])", (native)fixed, 0, 0},
    {"one", "int32_t one(const int32_t *value)", (native)one, 0, 0},
    {"fill", "void fill(void *bytes, size_t count, uint8_t value)", (native)fill, 0, "(*~i)"},
    {"optional", "int32_t optional(const int32_t *_Nullable value)", (native)optional, 0, 0},
    {"norm", "struct point { double x, y; }; double norm(struct point p)", (native)norm, 0, 0},
    {"swap", slice_text, (native)swap, 0, 0},
    {"degrees", "typedef struct { double value; } degrees; degrees f(degrees d)", (native)degrees, 0, 0},
    {"slice", "struct point { double x, y; }; int64_t point(const struct point *p)", (native)point, 0, 0},
    {"same", "wasi_threads_externref_t same(wasi_threads_externref_t reference)", (native)same, 0, "(r)r"},
    {"fail", "wasi_threads_error_t *fail(wasi_threads_caller_t *caller, int how, void *env)", (native)fail,
     &environment, 0},
    {"call", "int32_t call(wasi_threads_caller_t *caller, int32_t number)", (native)call, 0, "(i)i"},
    {"count", "void count_call(void *env)", (native)count_call, (void *)&counted, 0},
};
enum { count_of_natives = sizeof natives / sizeof *natives };

static wasi_threads_linker_t *linker_with_natives(void) {
    wasi_threads_linker_t *linker = NULL;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    for (int index = 0; index < count_of_natives; index++)
        succeed(natives[index].name,
                wasi_threads_linker_define_native(
                    linker, "env", natives[index].name, natives[index].prototype, natives[index].function,
                    natives[index].env, natives[index].env == &environment ? finalize : NULL));
    return linker;
}

static wasi_threads_process_t *start(wasi_threads_linker_t *linker) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    return process;
}

static wasi_threads_value_t i32(int32_t value) {
    return (wasi_threads_value_t){.kind = WASI_THREADS_I32, .of.i32 = value};
}

static wasi_threads_value_t i64(int64_t value) {
    return (wasi_threads_value_t){.kind = WASI_THREADS_I64, .of.i64 = value};
}

/* Calls an export with the arguments that follow, for one result or, where `result` is NULL, none. */
#define CALL(process, result, name, ...) \
    call_export(process, result, name, (wasi_threads_value_t[]){__VA_ARGS__}, \
                sizeof((wasi_threads_value_t[]){__VA_ARGS__}) / sizeof(wasi_threads_value_t))

static wasi_threads_error_t *call_export(wasi_threads_process_t *process, wasi_threads_value_t *result,
                                         const char *name, const wasi_threads_value_t *arguments,
                                         size_t count) {
    return wasi_threads_process_call(process, name, arguments, count, result, result ? 1 : 0);
}

static int32_t give(wasi_threads_process_t *process, const char *name, int32_t a) {
    wasi_threads_value_t result = i32(0);
    succeed(name, CALL(process, &result, name, i32(a)));
    return result.of.i32;
}

static uint8_t *memory_base(wasi_threads_process_t *process) {
    uint8_t *base = NULL;
    uint64_t bytes;
    succeed("memory", memory_of(process, NULL, &base, &bytes));
    return base;
}

static void numbers(wasi_threads_process_t *process) {
    wasi_threads_value_t result = i32(0);
    succeed("narrow", CALL(process, &result, "narrow", i32(0x1FF), i32(-1), i32(0x18000), i32(-1), i32(0x100)));
    expect_that("integers narrow as C says", result.of.i32 == -1 + 255 - 32768 + 65535 + 1);
    expect_that("a signed char widens by its sign", give(process, "int8", 0x80) == -128);
    expect_that("a bool is 0 or 1", give(process, "bool", 3) == 1 && give(process, "bool", 0x100) == 0);
    succeed("wide", CALL(process, &result, "wide", i64(INT64_C(1) << 40), i32(-1), i32(-1)));
    expect_that("sizes widen as theirs", result.of.i64 == (INT64_C(1) << 40) + UINT32_MAX - 1);
    succeed("sizes", CALL(process, &result, "sizes", i64(UINT32_MAX)));
    expect_that("the largest size", result.of.i32 == -1);
    succeed("floats", wasi_threads_process_call(process, "floats", NULL, 0, &result, 1));
    double sum_of_squares = 0;
    for (int index = 1; index <= 16; index++) sum_of_squares += index * index;
    expect_that("floats and integers in registers and on the stack", result.of.f64 == sum_of_squares);
    succeed("many", wasi_threads_process_call(process, "many", NULL, 0, &result, 1));
    expect_that("eight integers", result.of.i64 == many(1, -2, 3, -4, 5, -6, 7, -8));
    wasi_threads_value_t reference = {.kind = WASI_THREADS_EXTERNREF, .of.externref = &environment};
    succeed("same", CALL(process, &result, "same", reference));
    expect_that("a reference", result.of.externref == &environment);
}

static void memory(wasi_threads_process_t *process) {
    wasi_threads_value_t result = i32(0);
    uint8_t *base = memory_base(process);
    memset(base + 1024, 'a', 5000);
    memcpy(base + 16, "guest", 6);
    expect_that("a string", give(process, "length", 16) == 5);
    expect_that("a long string", give(process, "length", 1024) == 5000);
    succeed("lengths", CALL(process, &result, "lengths", i32(1024 + 4800), i32(1024 + 4900)));
    expect_that("two strings that do not both fit", result.of.i32 == 200 * 1000 + 100);
    base[65535] = 0;
    expect_that("the shortest string at the end", give(process, "length", 65535) == 0);
    memcpy(base + 65520, (double[]){1.5, 2.5}, 16);
    succeed("sum", CALL(process, &result, "sum", i32(65520), i32(2)));
    expect_that("an array at the end", result.of.f64 == 4);
    succeed("no elements at the end", CALL(process, &result, "sum", i32(65536), i32(0)));
    memcpy(base + 100, (int16_t[]){1, 2, 4}, 6);
    succeed("by_name", CALL(process, &result, "by_name", i32(3), i32(100)));
    expect_that("an array with its size before it", result.of.i32 == 7);
    memcpy(base, "0123456789abcdef", 16);
    expect_that("the address 0", give(process, "fixed", 0) == '0' + 'f');
    expect_that("NULL where it may be", give(process, "optional", 0) == -1);
    expect_that("one element", give(process, "one", 0) == give(process, "optional", 4) - 0x04040404);
    succeed("fill", CALL(process, NULL, "fill", i32(201), i32(3), i32(0x177)));
    expect_that("void * with a size", memcmp(base + 200, "\0www\0", 5) == 0);
}

static void structures(wasi_threads_process_t *process) {
    struct { /* struct slice as a guest lays it out */
        int8_t sign;
        uint32_t length;
        struct {
            int16_t low;
            bool flag;
        } pairs[2];
        int32_t total;
    } in = {-7, 0x80000000, {{1, true}, {-2, false}}, -9}, out;
    uint8_t *base = memory_base(process);
    wasi_threads_value_t result = i32(0);
    memcpy(base + 32, (double[]){3, 4}, 16);
    succeed("norm", CALL(process, &result, "norm", i32(32)));
    expect_that("a structure", result.of.f64 == 25);
    succeed("point", CALL(process, &result, "slice", i32(32)));
    expect_that("a pointer to one", result.of.i64 == 304);
    memcpy(base + 64, &in, sizeof in);
    succeed("swap", CALL(process, NULL, "swap", i32(128), i32(64)));
    memcpy(&out, base + 128, sizeof out);
    expect_that("members convert one by one", out.sign == 7 && out.length == 0x80000000 && out.total == 9 &&
                out.pairs[0].low == -2 && !out.pairs[0].flag && out.pairs[1].low == 1 && out.pairs[1].flag);
    wasi_threads_value_t half = {.kind = WASI_THREADS_F64, .of.f64 = 1.5};
    succeed("degrees", CALL(process, &result, "degrees", half));
    expect_that("a structure of one scalar", result.of.f64 == 90);
}

/* Expects a call to trap with these words, in a process that it ends. */
static void trap(wasi_threads_linker_t *linker, const char *words, const char *name, int count, int32_t a,
                 int32_t b) {
    wasi_threads_process_t *process = start(linker);
    memset(memory_base(process), 'x', 65536);
    wasi_threads_value_t arguments[] = {i32(a), i32(b), i32(0)}, result = i32(0);
    int has_result = strcmp(name, "swap") != 0 && strcmp(name, "fill") != 0 && strcmp(name, "fail") != 0;
    if (strcmp(name, "sizes") == 0) arguments[0] = i64(a);
    wasi_threads_error_t *error =
        wasi_threads_process_call(process, name, arguments, (size_t)count, &result, (size_t)has_result);
    const char *message = error ? wasi_threads_error_message(error) : "";
    if (wasi_threads_error_trap_code(error) != WASI_THREADS_TRAP_HOST_ERROR || !strstr(message, words)) {
        printf("%s(%d, %d): expected \"%s\", got \"%s\"\n", name, a, b, words, message);
        failures++;
    }
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));
}

static void traps(wasi_threads_linker_t *linker) {
    trap(linker, "argument text points to a string at the address 65530 without a NUL byte", "length", 1, 65530, 0);
    trap(linker, "string at the address 4294967295", "length", 1, -1, 0);
    trap(linker, "values points to 3 elements of 8 bytes at the address 65520", "sum", 2, 65520, 3);
    trap(linker, "env.sum, double sum(const double *values, size_t count)", "sum", 2, 8, -1);
    trap(linker, "536870912 elements", "sum", 2, 8, 1 << 29);
    trap(linker, "argument values is the address 4, which is no multiple of 8", "sum", 2, 4, 1);
    trap(linker, "0 elements", "sum", 2, 65544, 0);
    trap(linker, "count of the elements of the argument values is -1", "by_name", 2, -1, 0);
    trap(linker, "16 elements of 1 byte", "fixed", 1, 65521, 0);
    trap(linker, "1 element of 4 bytes at the address 65536", "one", 1, 65536, 0);
    trap(linker, "no multiple of 4", "optional", 1, 2, 0);
    trap(linker, "argument p points to 1 element of 16 bytes", "norm", 1, 65528, 0);
    trap(linker, "argument p is the address 12", "norm", 1, 12, 0);
    trap(linker, "the result points to 1 element of 20 bytes", "swap", 2, 65520, 0);
    size_result = (size_t)UINT32_MAX + 1;
    trap(linker, "the result, 4294967296 (0x100000000), does not fit", "sizes", 1, 0, 0);
    trap(linker, "the result, 4294967296", "swap", 2, 0, 0);
    size_result = 0;
    trap(linker, "returned on purpose", "fail", 1, RETURN, 0);
    trap(linker, "failed on purpose", "fail", 1, FAIL, 0);
    trap(linker, "failed before it returned", "fail", 1, FAIL_AND_RETURN, 0);
    trap(linker, "no error of this library", "fail", 1, FOREIGN, 0);
}

static void freedom(wasi_threads_linker_t *linker) {
    wasi_threads_value_t result;
    wasi_threads_process_t *process = start(linker);
    expect_that("a call back", give(process, "call", 1000000) == 2000000);
    expect_that("calls back nest", give(process, "call", 25) == 25);
    succeed("pass", CALL(process, NULL, "fail", i32(PASS)));
    succeed("misuse", CALL(process, NULL, "fail", i32(MISUSE)));
    atomic_store(&counted, 0);
    succeed("spawn", CALL(process, NULL, "fail", i32(SPAWN)));
    succeed("wait", wasi_threads_process_wait(process));
    expect_that("the spawned thread called", atomic_load(&counted) == 1);
    expect("end", CALL(process, NULL, "fail", i32(END)), WASI_THREADS_ERROR_ENDED);
    succeed("delete", wasi_threads_process_delete(process));

    process = start(linker);
    wasi_threads_error_t *error = CALL(process, &result, "call", i32(-1));
    expect_that("the trap of a call back is the process's",
                wasi_threads_error_trap_code(error) == WASI_THREADS_TRAP_UNREACHABLE);
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));

    process = start(linker);
    error = CALL(process, &result, "call", i32(1000));
    expect_that("calls back nest so far",
                wasi_threads_error_trap_code(error) == WASI_THREADS_TRAP_CALL_STACK_EXHAUSTED);
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));

    enum { threads = 64, calls = 20000 };
    process = start(linker);
    atomic_store(&counted, 0);
    for (int thread = 0; thread < threads; thread++)
        succeed("spawn", wasi_threads_process_spawn(process, calls, NULL));
    succeed("wait", wasi_threads_process_wait(process));
    expect_that("each call of every thread", atomic_load(&counted) == (long)threads * calls);
    succeed("delete", wasi_threads_process_delete(process));
}

/* As in WAMR, the first parameter is the caller. */
static uint32_t symbol_length(wasi_threads_caller_t *caller, const char *text) {
    void *attachment = NULL;
    succeed("attachment", wasi_threads_caller_environment(caller, &attachment));
    expect_that("attachment", attachment == &environment);
    return (uint32_t)strlen(text);
}

static uint32_t symbol_lengths(wasi_threads_caller_t *caller, const char *a, const char *b) {
    return (uint32_t)(symbol_length(caller, a) * 1000 + symbol_length(caller, b));
}

static void symbol_fill(wasi_threads_caller_t *caller, uint8_t *bytes, uint32_t count, int32_t value) {
    (void)caller;
    memset(bytes, value, count);
}

static void *symbol_same(wasi_threads_caller_t *caller, void *reference) { return caller ? reference : NULL; }

static void symbols(void) {
    wasi_threads_native_symbol_t table[] = {
        {"length", (void *)symbol_length, "($)i", &environment},
        {"lengths", (void *)symbol_lengths, "($$)i", &environment},
        {"fill", (void *)symbol_fill, "(*~i)", NULL},
        {"same", (void *)symbol_same, "(r)r", NULL},
        {"call", (void *)call, "(i)i", NULL},
    };
    size_t count = sizeof table / sizeof *table;
    wasi_threads_linker_t *linker = NULL;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("symbols", wasi_threads_linker_define_symbols(linker, "env", table, count));
    expect("again", wasi_threads_linker_define_symbols(linker, "env", table, 1), WASI_THREADS_ERROR_MISUSE);
    for (int index = 0; index < count_of_natives; index++)
        if (!natives[index].signature)
            succeed(natives[index].name, wasi_threads_linker_define_native(
                                             linker, "env", natives[index].name, natives[index].prototype,
                                             natives[index].function, natives[index].env, NULL));
    wasi_threads_process_t *process = start(linker);
    numbers(process);
    memory(process);
    expect_that("a call back", give(process, "call", 1000000) == 2000000);
    succeed("delete", wasi_threads_process_delete(process));
    trap(linker, "env.fill, fill(*~i): the argument 2 points to 65536 elements of 1 byte", "fill", 3, 1, 65536);

    wasi_threads_native_symbol_t wrong[] = {{"a", (void *)call, "(i)i", NULL}, {"b", (void *)call, "(i", NULL}};
    expect("a signature", wasi_threads_linker_define_symbols(linker, "other", wrong, 2), WASI_THREADS_ERROR_MISUSE);
    wrong[1].signature = NULL;
    expect("no signature", wasi_threads_linker_define_symbols(linker, "other", wrong, 2), WASI_THREADS_ERROR_MISUSE);
    wrong[1] = (wasi_threads_native_symbol_t){"b", NULL, "()", NULL};
    expect("no function", wasi_threads_linker_define_symbols(linker, "other", wrong, 2), WASI_THREADS_ERROR_MISUSE);
    wrong[1] = (wasi_threads_native_symbol_t){NULL, (void *)call, "()", NULL};
    expect("no name", wasi_threads_linker_define_symbols(linker, "other", wrong, 2), WASI_THREADS_ERROR_MISUSE);
    expect("no table", wasi_threads_linker_define_symbols(linker, "other", NULL, 1), WASI_THREADS_ERROR_MISUSE);
    wrong[1] = wrong[0];
    expect("twice", wasi_threads_linker_define_symbols(linker, "other", wrong, 2), WASI_THREADS_ERROR_MISUSE);
    succeed("none of these was defined", wasi_threads_linker_define_symbols(linker, "other", wrong, 1));
    succeed("no symbols", wasi_threads_linker_define_symbols(linker, "other", NULL, 0));
    wasi_threads_linker_delete(linker);
}

static void library(void) {
    static const char declarations[] = "double cbrt(double x);\ndouble hypot(double, double);\n"
                                       "int abs(int); double absent(int); int printf(const char *, ...);\n"
                                       "size_t strlen(const char *s);";
    wasi_threads_module_t *user = load("library");
    wasi_threads_linker_t *linker = NULL;
    void *libm = dlopen("libm.so.6", RTLD_NOW);
    size_t count = 77;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    expect("no parse", wasi_threads_linker_define_library(linker, user, NULL, libm, "int f(", &count),
           WASI_THREADS_ERROR_MISUSE);
    wasi_threads_error_t *error = wasi_threads_linker_define_library(
        linker, user, NULL, libm, "double hypot(double, double);\ndouble cbrt(long double);", &count);
    expect_that("line and column", error && strstr(wasi_threads_error_message(error), "line 2, column 13"));
    wasi_threads_error_delete(error);
    expect_that("no count where it fails", count == 77);
    expect("no module", wasi_threads_linker_define_library(linker, NULL, NULL, libm, "", &count),
           WASI_THREADS_ERROR_MISUSE);
    expect("no text", wasi_threads_linker_define_library(linker, user, NULL, libm, NULL, &count),
           WASI_THREADS_ERROR_MISUSE);
    succeed("libm", wasi_threads_linker_define_library(linker, user, "libm", libm, declarations, &count));
    expect_that("two functions", count == 2);
    succeed("again", wasi_threads_linker_define_library(linker, user, "libm", libm, declarations, &count));
    expect_that("no function", count == 0);
    succeed("libc", wasi_threads_linker_define_library(linker, user, NULL, NULL, declarations, NULL));
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, user, linker, NULL, &process));
    wasi_threads_value_t result, x = {.kind = WASI_THREADS_F64, .of.f64 = 27};
    succeed("cbrt", CALL(process, &result, "cbrt", x));
    expect_that("cbrt", result.of.f64 > 2.999 && result.of.f64 < 3.001);
    expect_that("abs", give(process, "abs", -5) == 5);
    expect_that("strlen", give(process, "strlen", 16) == 7);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_engine_t *other = NULL;
    wasi_threads_linker_t *stranger = NULL;
    succeed("engine", wasi_threads_engine_new(NULL, &other));
    succeed("linker", wasi_threads_linker_new(other, &stranger));
    expect("of another engine",
           wasi_threads_linker_define_library(stranger, user, NULL, libm, declarations, NULL),
           WASI_THREADS_ERROR_MISUSE);
    wasi_threads_linker_delete(stranger);
    wasi_threads_engine_delete(other);
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(user);
    dlclose(libm);
}

static void refusals(void) {
    wasi_threads_linker_t *linker = NULL;
    wasi_threads_process_t *process = NULL;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    const char *good = "int32_t one(const int64_t *value, double by)";
    expect("no linker", wasi_threads_linker_define_native(NULL, "env", "one", good, (native)one, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("a wrong one", wasi_threads_linker_define_native((wasi_threads_linker_t *)module, "env", "one", good,
                                                            (native)one, NULL, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("no module", wasi_threads_linker_define_native(linker, NULL, "one", good, (native)one, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("no name", wasi_threads_linker_define_native(linker, "env", NULL, good, (native)one, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("no prototype", wasi_threads_linker_define_native(linker, "env", "one", NULL, (native)one, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("no function", wasi_threads_linker_define_native(linker, "env", "one", good, NULL, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    wasi_threads_error_t *error = wasi_threads_linker_define_native(
        linker, "env", "one", "int one(int x, foo y)", (native)one, &environment, finalize);
    expect_that("the column", error && strstr(wasi_threads_error_message(error), "refused at column 16. No type foo"));
    wasi_threads_error_delete(error);
    succeed("another type", wasi_threads_linker_define_native(linker, "env", "one", good, (native)one, NULL, NULL));
    for (int index = 0; index < count_of_natives; index++)
        if (strcmp(natives[index].name, "one") != 0)
            succeed(natives[index].name, wasi_threads_linker_define_native(
                                             linker, "env", natives[index].name, natives[index].prototype,
                                             natives[index].function, natives[index].env, NULL));
    error = wasi_threads_process_new(engine, module, linker, NULL, &process);
    const char *message = error ? wasi_threads_error_message(error) : "";
    expect_that("both types and the prototype",
                strstr(message, "(func (i32) -> (i32))") && strstr(message, "(func (i32 f64) -> (i32))") &&
                    strstr(message, good));
    expect("a mismatch", error, WASI_THREADS_ERROR_LINK);
    wasi_threads_linker_delete(linker);

    char buffer[12];
    size_t needed = 0;
    succeed("type", wasi_threads_native_type(good, buffer, sizeof buffer, &needed));
    expect_that("a type that does not fit", needed == 23 && strcmp(buffer, "func (i32 f") == 0);
    succeed("type", wasi_threads_native_type(good, NULL, 0, &needed));
    succeed("type", wasi_threads_native_type(good, buffer, 1, NULL));
    expect_that("only the end", buffer[0] == 0);
    expect("no buffer", wasi_threads_native_type(good, NULL, 1, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("no prototype", wasi_threads_native_type(NULL, buffer, 12, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("no type", wasi_threads_native_type("int", buffer, 12, NULL), WASI_THREADS_ERROR_MISUSE);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("native");
    struct holdings before = holdings();
    wasi_threads_linker_t *linker = linker_with_natives();
    wasi_threads_process_t *process = start(linker);
    numbers(process);
    memory(process);
    structures(process);
    traps(linker);
    freedom(linker);
    symbols();
    library();
    refusals();
    wasi_threads_linker_delete(linker);
    expect_that("the process holds the environment", finalized == 0);
    succeed("delete", wasi_threads_process_delete(process));
    expect_that("finalized once", finalized == 1);
    expect_holdings("after all", before);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}

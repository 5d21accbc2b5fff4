/* Function pointers in prototypes, both ways: the guest's functions called by the host during a call and after it, the
 * host's by the guest, and everything that cannot be. With a second argument it measures instead. */
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>

typedef wasi_threads_native_function_t native;

static wasi_threads_module_t *module;
static int environment;

static void each(int count, void (*visit)(void *context, int value), void *context) {
    for (int value = 1; value <= count; value++) visit(context, value);
}

static double mixed(double (*function)(int8_t, long, float, double, size_t)) {
    return function(-3, 1L << 40, 0.5f, 0.25, 4000000000u);
}

static int (*last)(int);
static int apply(int (*function)(int), int value) {
    last = function;
    return function(value);
}

static double measure(int (*function)(int), int count) {
    double best = 1e9;
    for (int part = 0; part < 20; part++) {
        struct timespec begin, end;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        int sum = 0;
        for (int call = 0; call < count / 20; call++) sum += function(call);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        double taken = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
        if (sum != 1 && taken < best) best = taken;
    }
    return best / (count / 20);
}

static int maybe(int (*function)(int)) { return function ? function(20) : -1; }

enum { LATE, OTHER_THREAD, OUTSIDE_POINTER, FAR_RESULT, AFTER_FAILURE, END };

static struct on_thread {
    int (*function)(int);
    int result;
} given;

static void *on_thread(void *argument) {
    struct on_thread *what = argument;
    what->result = what->function(1);
    return NULL;
}

static void on_other_thread(int (*function)(int)) {
    pthread_t thread;
    given = (struct on_thread){function, 99};
    pthread_create(&thread, NULL, on_thread, &given);
    pthread_join(thread, NULL);
    expect_that("zero on another thread", given.result == 0);
}

static int after_failure;
static int misuse(int (*unary)(int), int *(*follow)(void *), int how, wasi_threads_caller_t *caller) {
    wasi_threads_process_t *process;
    switch (how) {
    case OTHER_THREAD: on_other_thread(unary); break;
    case OUTSIDE_POINTER: return follow(&environment) != NULL;
    case FAR_RESULT: return follow(NULL) != NULL;
    case AFTER_FAILURE:
        follow(&environment);
        after_failure = unary(4);
        break;
    case END:
        succeed("process", wasi_threads_caller_process(caller, &process));
        succeed("end", wasi_threads_process_end(process, "From inside."));
        expect_that("zero after the end", unary(4) == 0);
        break;
    }
    return 0;
}

static int (*kept)(int);
static void keep(int (*function)(int), int times) {
    kept = function;
    while (times-- > 0) succeed("keep", wasi_threads_callback_keep((native)function));
}
static int fire(int value) { return kept(value); }

static int triple(int value) { return value * 3; }
static int (*find(int which))(int) { return which == 1 ? triple : which == 2 ? last : NULL; }
static int (*same(int (*function)(int)))(int) { return function; }
static void own(void (*visit)(void *own, int value), void *reference) { visit(reference, 11); }

static int fail(int code) {
    if (code) errno = code;
    return code ? -1 : 7;
}

union bits {
    double number;
    uint8_t bytes[8];
    int64_t integer;
};
static int64_t bits(const union bits *value) { return value->integer; }

static const struct {
    const char *name, *prototype;
    native function;
} natives[] = {
    {"qsort", "void qsort(void *base, size_t nmemb, size_t size, int (*compar)(const void *, const void *))",
     (native)qsort},
    {"bsearch", "typedef int (*compare_t)(const void *, const void *);"
                "void *bsearch(const void *key, const void *base, size_t nmemb, size_t size, compare_t compar)",
     (native)bsearch},
    {"each", "void each(int count, void (*visit)(void *context, int value), void *context)", (native)each},
    {"mixed", "double mixed(double function(int8_t, long, float, double, size_t))", (native)mixed},
    {"apply", "int apply(int (*function)(int), int value)", (native)apply},
    {"measure", "double measure(int (*function)(int), int count)", (native)measure},
    {"maybe", "typedef int (*unary)(int); int maybe(unary _Nullable function)", (native)maybe},
    {"misuse", NULL, NULL},
    {"keep", "void keep(int (*function)(int), int times)", (native)keep},
    {"fire", "int fire(int value)", (native)fire},
    {"find", "int (*find(int which))(int)", (native)find},
    {"same", "typedef int unary(int); unary *same(unary *function)", (native)same},
    {"fail", "int fail(int code, wasi_threads_errno_t *error)", (native)fail},
    {"bits", "union bits { double number; uint8_t bytes[8]; int64_t integer; }; int64_t bits(const union bits *value)",
     (native)bits},
    {"own", "void own(void (*visit)(externref, int), externref reference)", (native)own},
};

/* What the guest's function is for the host: one of numbers, or one of pointers. */
static int misuse_with(int (*unary)(int), int how, wasi_threads_caller_t *caller) {
    return misuse(unary, (int *(*)(void *))(void *)unary, how, caller);
}
static int follow_with(int *(*follow)(void *), int how) {
    return misuse((int (*)(int))(void *)follow, follow, how, NULL);
}

static wasi_threads_linker_t *linker_with(native function, const char *prototype) {
    wasi_threads_linker_t *linker = NULL;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    for (size_t index = 0; index < sizeof natives / sizeof *natives; index++) {
        int is_misuse = !natives[index].function;
        succeed(natives[index].name,
                wasi_threads_linker_define_native(linker, "env", natives[index].name,
                                                  is_misuse ? prototype : natives[index].prototype,
                                                  is_misuse ? function : natives[index].function, NULL, NULL));
    }
    return linker;
}

static wasi_threads_linker_t *linker, *follower;

static wasi_threads_process_t *start(wasi_threads_linker_t *with) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, with, NULL, &process));
    return process;
}

/* Calls an export with i32s. */
static wasi_threads_error_t *call(wasi_threads_process_t *process, const char *name, wasi_threads_value_t *result,
                                  int count, const int32_t *numbers) {
    wasi_threads_value_t arguments[5];
    for (int index = 0; index < count; index++)
        arguments[index] = (wasi_threads_value_t){.kind = WASI_THREADS_I32, .of.i32 = numbers[index]};
    return wasi_threads_process_call(process, name, arguments, (size_t)count, result, result ? 1 : 0);
}

#define NUMBERS(...) \
    sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t), (int32_t[]){__VA_ARGS__}

static int32_t give(wasi_threads_process_t *process, const char *name, int count, const int32_t *numbers) {
    wasi_threads_value_t result = {.kind = WASI_THREADS_I32};
    succeed(name, call(process, name, &result, count, numbers));
    return result.of.i32;
}

static int32_t *words(wasi_threads_process_t *process) {
    uint8_t *base = NULL;
    uint64_t length;
    succeed("memory", memory_of(process, NULL, &base, &length));
    return (int32_t *)(void *)base;
}

static void during_calls(void) {
    wasi_threads_process_t *process = start(linker);
    int32_t *memory = words(process);
    memcpy(memory + 25, (int32_t[]){5, -3, 12, 0, 7, -8, 1}, 28);
    succeed("qsort", call(process, "qsort", NULL, NUMBERS(100, 7, 4, 1)));
    expect_that("sorted", !memcmp(memory + 25, (int32_t[]){-8, -3, 0, 1, 5, 7, 12}, 28));
    memory[10] = 5;
    expect_that("found", give(process, "bsearch", NUMBERS(40, 100, 7, 4, 1)) == 116);
    memory[10] = 6;
    expect_that("not found", give(process, "bsearch", NUMBERS(40, 100, 7, 4, 1)) == 0);
    succeed("qsort", call(process, "qsort", NULL, NUMBERS(100, 7, 4, 2)));
    expect_that("sorted down", !memcmp(memory + 25, (int32_t[]){12, 7, 5, 1, 0, -3, -8}, 28));
    succeed("each", call(process, "each", NULL, NUMBERS(4, 3, 200)));
    expect_that("the guest's own pointer", memory[50] == 10);
    wasi_threads_value_t result;
    succeed("mixed", call(process, "mixed", &result, NUMBERS(4)));
    expect_that("all kinds", result.of.f64 == -3 + 1099511627776.0 + 0.5 + 0.25 + 4000000000.0);
    expect_that("NULL where it may be", give(process, "maybe", NUMBERS(0)) == -1);
    expect_that("and a function", give(process, "maybe", NUMBERS(5)) == 40);
    expect_that("nested", give(process, "apply", NUMBERS(9, 20)) == 20);
    errno = EIO;
    expect_that("no error", give(process, "fail", NUMBERS(0, 40)) == 7 && memory[10] == 0);
    expect_that("ENOENT", give(process, "fail", NUMBERS(ENOENT, 40)) == -1 && memory[10] == 44);
    expect_that("ERANGE", give(process, "fail", NUMBERS(ERANGE, 40)) == -1 && memory[10] == 68);
    expect_that("one that WASI has no name for", give(process, "fail", NUMBERS(ENOTBLK, 40)) == -1 && memory[10] == 29);
    memcpy(memory + 32, (double[]){1.5}, 8);
    succeed("bits", call(process, "bits", &result, NUMBERS(128)));
    expect_that("a union", result.of.i64 == 0x3FF8000000000000);
    wasi_threads_value_t reference[] = {{.kind = WASI_THREADS_I32, .of.i32 = 11},
                                        {.kind = WASI_THREADS_EXTERNREF, .of.externref = &environment}};
    succeed("own", wasi_threads_process_call(process, "own", reference, 2, NULL, 0));
    expect_that("a pointer of the host's own", memory[16] == 11);
    succeed("delete", wasi_threads_process_delete(process));
}

static void found(void) {
    wasi_threads_process_t *process = start(linker);
    uint64_t before = 0, after = 0;
    succeed("size", wasi_threads_process_table_size(process, "table", &before));
    expect_that("a function of the host's", give(process, "call_found", NUMBERS(1, 14)) == 42);
    expect_that("once more", give(process, "call_found", NUMBERS(1, 15)) == 45);
    int32_t element = give(process, "find", NUMBERS(1));
    expect_that("given back to the host", give(process, "apply", NUMBERS(element, 5)) == 15);
    expect_that("as itself", last == triple);
    expect_that("NULL", give(process, "find", NUMBERS(0)) == 0);
    expect_that("the guest's own", give(process, "same", NUMBERS(5)) == 5);
    succeed("size", wasi_threads_process_table_size(process, "table", &after));
    expect_that("one element more", after == before + 1);
    succeed("delete", wasi_threads_process_delete(process));
}

/* Expects a call to trap with these words, in a process that it ends. */
static void trap(wasi_threads_linker_t *with, const char *words, const char *name, int has_result, int count,
                 const int32_t *numbers) {
    wasi_threads_process_t *process = start(with);
    wasi_threads_value_t result;
    wasi_threads_error_t *error = call(process, name, has_result ? &result : NULL, count, numbers);
    const char *message = error ? wasi_threads_error_message(error) : "";
    if (!strstr(message, words)) {
        printf("%s: expected \"%s\", got \"%s\"\n", name, words, message);
        failures++;
    }
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));
}

static void traps(void) {
    trap(linker, "the argument compar is no function pointer that can be used: the element 0", "qsort", 0,
         NUMBERS(100, 7, 4, 0));
    trap(linker, "the element 14 of the guest's table is null", "apply", 1, NUMBERS(14, 1));
    trap(linker, "the element 16 of a table of 16 elements", "apply", 1, NUMBERS(16, 1));
    trap(linker, "the element 4294967295 of a table", "apply", 1, NUMBERS(-1, 1));
    trap(linker, "element 1 of its table is func (i32 i32) -> (i32), and the function pointer is func (i32) -> (i32)",
         "apply", 1, NUMBERS(1, 1));
    trap(linker, "7 elements", "qsort", 0, NUMBERS(65532, 7, 0, 1));
    trap(linker, "28 elements of 1 byte at the address 65512", "qsort", 0, NUMBERS(65512, 7, 4, 1));
    trap(linker, "4294967295 elements", "qsort", 0, NUMBERS(100, -1, 1, 1));
    trap(linker, "18446744065119617025 elements", "qsort", 0, NUMBERS(100, -1, -1, 1));
    trap(linker, "argument error is the address 2, which is no multiple of 4", "fail", 1, NUMBERS(ENOENT, 2));
    trap(linker, "1 element of 4 bytes at the address 65536", "fail", 1, NUMBERS(ENOENT, 65536));
    trap(linker, "unreachable", "apply", 1, NUMBERS(6, 1));
    trap(linker, "exception", "apply", 1, NUMBERS(7, 1));
    trap(linker, "stack", "apply", 1, NUMBERS(9, 1000));
    trap(linker, "another host thread", "misuse", 1, NUMBERS(5, OTHER_THREAD));
    trap(linker, "From inside.", "misuse", 1, NUMBERS(5, END));
    trap(follower, "argument 1 of a guest's function is a pointer of the host's", "misuse", 1,
         NUMBERS(5, OUTSIDE_POINTER));
    trap(follower, "returned the address 2147483632", "misuse", 1, NUMBERS(10, FAR_RESULT));
    after_failure = 99;
    trap(follower, "pointer of the host's", "misuse", 1, NUMBERS(5, AFTER_FAILURE));
    expect_that("zero after a failure", after_failure == 0);
    wasi_threads_process_t *process = start(linker);
    expect_that("an exception goes on from the caller", give(process, "catch", NUMBERS(7, 31)) == 31);
    expect_that("and what follows works", give(process, "apply", NUMBERS(5, 4)) == 8);
    expect_that("zero too late", last(4) == 0);
    expect("too late", wasi_threads_callback_take_error((native)last), WASI_THREADS_ERROR_MISUSE);
    succeed("told once", wasi_threads_callback_take_error((native)last));
    expect("kept too late", wasi_threads_callback_keep((native)last), WASI_THREADS_ERROR_MISUSE);
    expect("never kept", wasi_threads_callback_release((native)last), WASI_THREADS_ERROR_MISUSE);
    expect("NULL", wasi_threads_callback_keep(NULL), WASI_THREADS_ERROR_MISUSE);
    expect("none of a guest", wasi_threads_callback_keep((native)triple), WASI_THREADS_ERROR_MISUSE);
    on_other_thread(last);
    succeed("delete", wasi_threads_process_delete(process));
    expect_that("zero after the process was deleted", last(4) == 0);
    expect("gone", wasi_threads_callback_take_error((native)last), WASI_THREADS_ERROR_MISUSE);
}

static void after_calls(void) {
    wasi_threads_process_t *process = start(linker);
    succeed("keep", call(process, "keep", NULL, NUMBERS(5, 2)));
    expect_that("after the call", kept(4) == 8);
    expect_that("from a function of the host that has none", give(process, "fire", NUMBERS(5)) == 10);
    given = (struct on_thread){kept, 99};
    pthread_t thread;
    pthread_create(&thread, NULL, on_thread, &given);
    pthread_join(thread, NULL);
    expect_that("on another thread, while nobody is inside", given.result == 2);
    succeed("release", wasi_threads_callback_release((native)kept));
    expect_that("still kept", kept(4) == 8);
    succeed("release", wasi_threads_callback_release((native)kept));
    succeed("no error yet", wasi_threads_callback_take_error((native)kept));
    expect_that("released", kept(4) == 0);
    expect("released", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_MISUSE);
    expect("once more", wasi_threads_callback_release((native)kept), WASI_THREADS_ERROR_MISUSE);

    wasi_threads_thread_t *attached = NULL;
    succeed("attach", wasi_threads_process_attach(process, &attached));
    wasi_threads_value_t arguments[] = {{.kind = WASI_THREADS_I32, .of.i32 = 5},
                                        {.kind = WASI_THREADS_I32, .of.i32 = 1}};
    succeed("keep", wasi_threads_thread_call(attached, "keep", arguments, 2, NULL, 0));
    expect_that("that of an attached thread", kept(6) == 12);
    on_other_thread(kept);
    expect("only there", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_MISUSE);
    succeed("detach", wasi_threads_thread_detach(attached));
    expect_that("not after it was detached", kept(6) == 0);
    expect("detached", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_MISUSE);

    succeed("keep", call(process, "keep", NULL, NUMBERS(6, 1)));
    expect_that("zero for a trap", kept(4) == 0);
    expect("a trap", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_TRAP);
    expect_that("zero after the end", kept(4) == 0);
    expect("after the end", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
    expect_that("zero after the process was deleted", kept(4) == 0);
    expect("gone", wasi_threads_callback_take_error((native)kept), WASI_THREADS_ERROR_MISUSE);
}

static void many_threads(void) {
    wasi_threads_process_t *process = start(linker);
    for (int index = 0; index < 4; index++) succeed("spawn", wasi_threads_process_spawn(process, 20000, NULL));
    succeed("wait", wasi_threads_process_wait(process));
    succeed("delete", wasi_threads_process_delete(process));
}

static void many_processes(void) {
    for (int index = 0; index < 3000; index++) {
        wasi_threads_process_t *process = start(linker);
        if (give(process, "apply", NUMBERS(5, index)) != index * 2) failures++;
        succeed("delete", wasi_threads_process_delete(process));
    }
}

int main(int argc, char **argv) {
    guests = argv[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("callbacks");
    linker = linker_with((native)misuse_with, "int misuse(int (*)(int), int how, wasi_threads_caller_t *caller)");
    follower = linker_with((native)follow_with, "int misuse(int *(*)(void *), int how)");
    if (argc > 2) {
        wasi_threads_process_t *process = start(linker);
        wasi_threads_value_t result;
        succeed("warm", call(process, "measure", &result, NUMBERS(5, 1000000)));
        succeed("measure", call(process, "measure", &result, NUMBERS(5, 10000000)));
        printf("%.1f ns\n", result.of.f64);
        succeed("delete", wasi_threads_process_delete(process));
    } else {
        during_calls();
        found();
        traps();
        after_calls();
        many_threads();
        many_processes();
    }
    wasi_threads_linker_delete(linker);
    wasi_threads_linker_delete(follower);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}

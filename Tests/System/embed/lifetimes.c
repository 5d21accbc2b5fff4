/* Objects deleted in every order, processes used at the wrong time, and memory looked at while it grows.
 * Arguments: the folder of the guests. Prints a line for each expectation that is not met. */
#include "check.h"
#include <pthread.h>

static wasi_threads_error_t *nothing(void *env, wasi_threads_caller_t *caller,
                                     const wasi_threads_value_t *args, wasi_threads_value_t *results) {
    (void)env, (void)caller, (void)args, (void)results;
    return NULL;
}

/* What a process is made of. */
struct objects {
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    wasi_threads_wasi_config_t *config;
    wasi_threads_process_t *process;
};

static struct objects make(void) {
    struct objects made;
    wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("engine", wasi_threads_engine_new(NULL, &made.engine));
    engine = made.engine;
    made.module = load("states");
    succeed("linker", wasi_threads_linker_new(engine, &made.linker));
    succeed("define",
            wasi_threads_linker_define_with_caller(made.linker, "env", "host", &i32, 1, &i32, 1, nothing,
                                                   NULL, NULL));
    made.config = wasi_threads_wasi_config_new();
    succeed("process",
            wasi_threads_process_new(engine, made.module, made.linker, made.config, &made.process));
    return made;
}

/* Deletes one of them, twice: the second time does nothing, or is refused. */
static void delete_one(struct objects *objects, int which) {
    for (int again = 0; again < 2; again++) {
        switch (which) {
        case 0: wasi_threads_engine_delete(objects->engine); break;
        case 1: wasi_threads_module_delete(objects->module); break;
        case 2: wasi_threads_linker_delete(objects->linker); break;
        case 3: wasi_threads_wasi_config_delete(objects->config); break;
        case 4:
            if (again)
                expect("delete twice", wasi_threads_process_delete(objects->process),
                       WASI_THREADS_ERROR_MISUSE);
            else
                succeed("delete", wasi_threads_process_delete(objects->process));
        }
    }
}

static void use(struct objects *objects) {
    int32_t result = 1;
    succeed("spawn", wasi_threads_process_spawn(objects->process, 5, NULL));
    succeed("await", call_with(objects->process, "await", 1, NULL));
    succeed("load", call_with(objects->process, "load", 4, &result));
    expect_that("memory is zero", result == 0);
}

/* The `number`-th order of the five objects, with the process at work after each while it is there. */
static void delete_in_order(int number) {
    struct objects objects = make();
    int left[5] = {0, 1, 2, 3, 4};
    int is_there = 1;
    for (int count = 5; count > 0; count--) {
        int at = number % count, which = left[at];
        number /= count;
        left[at] = left[count - 1];
        delete_one(&objects, which);
        is_there = is_there && which != 4;
        if (is_there) use(&objects);
    }
}

/* Each object after it was deleted, and in the place of another kind. */
static void use_after_delete(void) {
    struct objects objects = make();
    wasi_threads_process_t *process = NULL;
    wasi_threads_linker_t *linker = NULL;
    size_t count;
    const wasi_threads_external_t *const *list;
    expect("a linker as an engine", wasi_threads_linker_new((wasi_threads_engine_t *)objects.linker, &linker),
           WASI_THREADS_ERROR_MISUSE);
    expect("a process as a module",
           wasi_threads_module_imports((wasi_threads_module_t *)objects.process, &list, &count),
           WASI_THREADS_ERROR_MISUSE);
    for (int which = 4; which >= 0; which--) delete_one(&objects, which);
    expect("a deleted engine", wasi_threads_linker_new(objects.engine, &linker), WASI_THREADS_ERROR_MISUSE);
    expect("a deleted module", wasi_threads_module_imports(objects.module, &list, &count),
           WASI_THREADS_ERROR_MISUSE);
    expect("a deleted configuration",
           wasi_threads_wasi_config_set_stream_null(objects.config, WASI_THREADS_STDIN),
           WASI_THREADS_ERROR_MISUSE);
    expect("a process of deleted objects",
           wasi_threads_process_new(objects.engine, objects.module, objects.linker, objects.config, &process),
           WASI_THREADS_ERROR_MISUSE);
    expect("end", wasi_threads_process_end(objects.process, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("spawn", wasi_threads_process_spawn(objects.process, 0, NULL), WASI_THREADS_ERROR_MISUSE);
    expect_that("nothing was stored", !process && !linker);
    wasi_threads_error_t *error = wasi_threads_error_new("once");
    wasi_threads_error_delete(error);
    wasi_threads_error_delete(error);
    expect_that("a deleted error is none", wasi_threads_error_kind(error) == WASI_THREADS_ERROR_MISUSE);
}

static void use_at_the_wrong_time(void) {
    struct objects objects = make();
    wasi_threads_process_t *process = objects.process;
    wasi_threads_outcome_t outcome;
    uint32_t status = 1, thread = 7;
    succeed("join of a TID that nobody has", wasi_threads_process_join(process, 12345));
    succeed("wait without threads", wasi_threads_process_wait(process));
    succeed("spawn", wasi_threads_process_spawn(process, 1, &thread));
    succeed("run", wasi_threads_process_run(process, &status));
    expect_that("the status of a return is 0", status == 0);
    expect("run twice", wasi_threads_process_run(process, &status), WASI_THREADS_ERROR_ENDED);
    expect("initialize after the end", wasi_threads_process_initialize(process), WASI_THREADS_ERROR_ENDED);
    expect("spawn after the end", wasi_threads_process_spawn(process, 1, &thread), WASI_THREADS_ERROR_ENDED);
    succeed("join of a thread that is gone", wasi_threads_process_join(process, thread));
    succeed("end after the end", wasi_threads_process_end(process, "Late."));
    succeed("a limit after the end", wasi_threads_process_set_time_limit(process, 1));
    succeed("outcome", wasi_threads_process_outcome(process, &outcome, NULL, NULL));
    expect_that("the first outcome stays", outcome == WASI_THREADS_OUTCOME_RETURNED);
    for (int which = 0; which < 5; which++) delete_one(&objects, which);

    objects = make();
    succeed("initialize", wasi_threads_process_initialize(objects.process));
    expect("initialize twice", wasi_threads_process_initialize(objects.process), WASI_THREADS_ERROR_MISUSE);
    expect("run after initialize", wasi_threads_process_run(objects.process, NULL),
           WASI_THREADS_ERROR_MISUSE);
    for (int which = 0; which < 5; which++) delete_one(&objects, which);
}

static _Atomic int growing;

static void *spawn_growers(void *argument) {
    for (int index = 0; index < 400; index++) {
        wasi_threads_error_t *error = wasi_threads_process_spawn(argument, 7, NULL);
        succeed("a thread that grows", error);
    }
    growing = 0;
    return NULL;
}

/* The base stays, the length only grows, and every byte of it is there. */
static void look_while_growing(void) {
    struct objects objects = make();
    uint8_t *base, *first;
    uint64_t length, before;
    pthread_t thread;
    succeed("memory", memory_of(objects.process, NULL, &first, &before));
    growing = 1;
    pthread_create(&thread, NULL, spawn_growers, objects.process);
    for (int last = 0; !last; before = length) {
        last = !growing;
        if (last) succeed("wait", wasi_threads_process_wait(objects.process));
        succeed("memory", memory_of(objects.process, "memory", &base, &length));
        expect_that("the base stays", base == first);
        expect_that("the length does not shrink", length >= before && length % 65536 == 0);
        base[length - 1] = 1;
    }
    pthread_join(thread, NULL);
    expect_that("the memory has grown to its maximum", length == 300 * 65536);
    expect("a memory of another name", memory_of(objects.process, "none", &base, &length),
           WASI_THREADS_ERROR_EXPORT);
    expect_that("a failure stores nothing", base == first && length == 300 * 65536);
    for (int which = 4; which >= 0; which--) delete_one(&objects, which);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    struct objects objects = make();
    for (int which = 0; which < 5; which++) delete_one(&objects, which);
    struct holdings before = holdings();
    for (int number = 0; number < 120; number++) delete_in_order(number);
    use_after_delete();
    use_at_the_wrong_time();
    look_while_growing();
    expect_holdings("at the end", before);
    return failures != 0;
}

/* A host that forbids membarrier once everything runs, as sandboxes do.
 * Arguments: the folder of the guests and the number of a tier. Prints a line for each expectation that is not
 * met. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    (void)env, (void)caller, (void)args, (void)results;
    return NULL;
}

static void *spin(void *process) {
    expect("the end", call_with(process, "spin", 0, &(int32_t){0}), WASI_THREADS_ERROR_ENDED);
    return NULL;
}

/* Waits until a thread of the process runs guest code. */
static void wait_for_guest(wasi_threads_process_t *process) {
    wasi_threads_thread_info_t thread;
    size_t count = 0;
    do {
        sched_yield();
        succeed("threads", wasi_threads_process_threads(process, &thread, 1, &count));
    } while (count == 0 || thread.state != WASI_THREADS_THREAD_RUNNING);
}

static void forbid_membarrier(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    expect_that("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    expect_that("a filter",
                syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);
}

int main(int count, char **arguments) {
    static const wasi_threads_value_kind_t kinds[] = {WASI_THREADS_I32};
    if (count < 3) return 2;
    guests = arguments[1];
    wasi_threads_tier_t tier = (wasi_threads_tier_t)atoi(arguments[2]);
    if (!wasi_threads_tier_available(tier, NULL)) return 77;
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    wasi_threads_linker_t *linker;
    wasi_threads_process_t *processes[2];
    pthread_t threads[2];
    succeed("tier", wasi_threads_engine_config_set_tier(config, tier));
    succeed("engine", wasi_threads_engine_new(config, &engine));
    wasi_threads_engine_config_delete(config);
    wasi_threads_module_t *module = load("depth");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("host", wasi_threads_linker_define_with_caller(linker, "env", "host", kinds, 1, kinds, 1, host, NULL,
                                                           NULL));
    for (int index = 0; index < 2; index++) {
        succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &processes[index]));
        pthread_create(&threads[index], NULL, spin, processes[index]);
        wait_for_guest(processes[index]);
    }
    /* One of them is paused by then. */
    succeed("pause", wasi_threads_process_pause(processes[1]));
    forbid_membarrier();
    for (int round = 0; round < 3; round++)
        expect("a pause", wasi_threads_process_pause(processes[0]), WASI_THREADS_ERROR_SYSTEM);
    expect("nothing to resume", wasi_threads_process_resume(processes[0]), WASI_THREADS_ERROR_MISUSE);
    wait_for_guest(processes[0]);
    expect("another pause", wasi_threads_process_pause(processes[1]), WASI_THREADS_ERROR_SYSTEM);
    succeed("resume", wasi_threads_process_resume(processes[1]));
    wait_for_guest(processes[1]);
    for (int index = 0; index < 2; index++) {
        succeed("end", wasi_threads_process_end(processes[index], "the test is over"));
        pthread_join(threads[index], NULL);
        succeed("delete", wasi_threads_process_delete(processes[index]));
    }
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}

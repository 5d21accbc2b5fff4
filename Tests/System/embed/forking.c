/* A host that forks while functions are compiled; the child makes an engine of its own. Arguments: the folder
 * of the guests; a file that is there when the compiler is where it never comes back from, then one round is
 * enough. Prints a line for each expectation that is not met. */
#include "check.h"
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_primes(void) {
    wasi_threads_process_t *process = NULL;
    uint32_t status = 99;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    wasi_threads_module_t *module = load("primes");
    succeed("process", wasi_threads_process_new(engine, module, NULL, NULL, &process));
    succeed("run", wasi_threads_process_run(process, &status));
    expect_that("the program ends well", status == 0);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_module_delete(module);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    guests = arguments[1];
    const char *stuck = count > 2 ? arguments[2] : NULL;
    for (int round = 0; round < 10; round++) {
        run_primes();
        while (stuck && access(stuck, F_OK) != 0) sched_yield();
        pid_t child = fork();
        if (child == 0) {
            /* Ends a child that would wait for ever. */
            alarm(30);
            run_primes();
            wasi_threads_engine_delete(engine);
            exit(failures);
        }
        int status = 99;
        waitpid(child, &status, 0);
        expect_that("the child ends well", status == 0);
        if (stuck) {
            fflush(stdout);
            _exit(failures != 0);
        }
        wasi_threads_engine_delete(engine);
    }
    return failures != 0;
}

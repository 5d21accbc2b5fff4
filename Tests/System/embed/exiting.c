/* A host that calls exit while functions are compiled, from a thread that is not its first, and gives
 * nothing back. Arguments: the folder of the guests. Prints a line for each expectation that is not met. */
#include "check.h"
#include <pthread.h>
#include <unistd.h>

static void *run_and_exit(void *argument) {
    (void)argument;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    wasi_threads_process_t *process = NULL;
    uint32_t status = 99;
    succeed("process", wasi_threads_process_new(engine, load("primes"), NULL, NULL, &process));
    succeed("run", wasi_threads_process_run(process, &status));
    expect_that("the program ends well", status == 0);
    exit(failures != 0);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_and_exit, NULL) != 0) return 2;
    while (1) pause();
}

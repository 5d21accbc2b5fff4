/* A host that opens the library at run time, runs a program, closes it, and goes on: handlers of signals and
 * ends of threads must still be there. Arguments: the library, and a guest. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <wasi_threads.h>

static int run_once(const char *path, const char *guest) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return 1;
    __typeof__(&wasi_threads_engine_new) engine_new;
    __typeof__(&wasi_threads_module_new_from_file) module_new;
    __typeof__(&wasi_threads_process_new) process_new;
    __typeof__(&wasi_threads_process_run) process_run;
    __typeof__(&wasi_threads_process_delete) process_delete;
    __typeof__(&wasi_threads_module_delete) module_delete;
    __typeof__(&wasi_threads_engine_delete) engine_delete;
    *(void **)&engine_new = dlsym(library, "wasi_threads_engine_new");
    *(void **)&module_new = dlsym(library, "wasi_threads_module_new_from_file");
    *(void **)&process_new = dlsym(library, "wasi_threads_process_new");
    *(void **)&process_run = dlsym(library, "wasi_threads_process_run");
    *(void **)&process_delete = dlsym(library, "wasi_threads_process_delete");
    *(void **)&module_delete = dlsym(library, "wasi_threads_module_delete");
    *(void **)&engine_delete = dlsym(library, "wasi_threads_engine_delete");
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    uint32_t status = 99;
    if (engine_new(NULL, &engine) || module_new(engine, guest, &module)) return 2;
    if (process_new(engine, module, NULL, NULL, &process) || process_run(process, &status)) return 3;
    if (process_delete(process)) return 4;
    module_delete(module);
    engine_delete(engine);
    if (dlclose(library) != 0) return 5;
    return (int)status;
}

static char **words;

static void *run_in_thread(void *result) {
    *(int *)result = run_once(words[1], words[2]);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    words = arguments;
    for (int round = 0; round < 3; round++) {
        int result = 99;
        pthread_t thread;
        pthread_create(&thread, NULL, run_in_thread, &result);
        pthread_join(thread, NULL);
        raise(SIGURG);
        if (result != 0) {
            printf("round %d: %d\n", round, result);
            return 1;
        }
    }
    return 0;
}

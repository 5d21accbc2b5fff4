/* What the examples do with an error: print it and exit. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <wasi_threads.h>

static inline void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    wasi_threads_error_delete(error);
    exit(1);
}

#endif

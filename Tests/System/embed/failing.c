/* Preloaded: the FAILING_ALLOCATION-th allocation of the program that has at least FAILING_BYTES bytes is refused, be
 * it of the C library or of the kernel. At the end, how many there were is written to FAILING_COUNT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static _Atomic long seen;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int is_refused(size_t bytes) {
    static _Atomic long failing, least;
    if (!least) {
        failing = number("FAILING_ALLOCATION");
        least = number("FAILING_BYTES");
    }
    if (!least || (long)bytes < least) return 0;
    if (atomic_fetch_add(&seen, 1) + 1 != failing) return 0;
    errno = ENOMEM;
    return 1;
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAILING_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", (long)seen);
    fclose(file);
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) { return is_refused(bytes) ? NULL : __libc_malloc(bytes); }

void *calloc(size_t count, size_t bytes) {
    return is_refused(count * bytes) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes) { return is_refused(bytes) ? NULL : __libc_realloc(block, bytes); }

void *aligned_alloc(size_t alignment, size_t bytes) {
    return is_refused(bytes) ? NULL : __libc_memalign(alignment, bytes);
}

void *memalign(size_t alignment, size_t bytes) { return aligned_alloc(alignment, bytes); }

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    *block = aligned_alloc(alignment, bytes);
    return *block ? 0 : ENOMEM;
}

void *mmap(void *base, size_t bytes, int protection, int flags, int file, off_t offset) {
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    return is_refused(bytes) ? MAP_FAILED : next(base, bytes, protection, flags, file, offset);
}

void *mmap64(void *base, size_t bytes, int protection, int flags, int file, off_t offset) {
    return mmap(base, bytes, protection, flags, file, offset);
}

int mprotect(void *base, size_t bytes, int protection) {
    static int (*next)(void *, size_t, int);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "mprotect");
    return is_refused(bytes) ? -1 : next(base, bytes, protection);
}

void *mremap(void *base, size_t bytes, size_t new_bytes, int flags, ...) {
    static void *(*next)(void *, size_t, size_t, int, ...);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "mremap");
    if (new_bytes > bytes && is_refused(new_bytes)) return MAP_FAILED;
    return next(base, bytes, new_bytes, flags);
}

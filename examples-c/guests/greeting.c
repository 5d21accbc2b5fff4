/* Writes a line to standard output, by WASI only. The guest of hello.c. */
#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

struct iovec {
    const char *bytes;
    uint32_t length;
};

IMPORT("fd_write")
uint32_t fd_write(uint32_t fd, const struct iovec *vectors, uint32_t count, uint32_t *written);

void _start(void) {
    static const char line[] = "Hello from the guest.\n";
    const struct iovec vector = {line, sizeof line - 1};
    uint32_t written;
    fd_write(1, &vector, 1, &written);
}

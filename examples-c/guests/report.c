/* Calls host functions of several signatures. The guest of native.c. */
#include <stddef.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

struct range {
    double low, high;
};

IMPORT("say") void say(const char *text);
IMPORT("report") void report(const char *name, double value);
IMPORT("mean") double mean(const double *values, size_t count);
IMPORT("range") struct range range(const double *values, size_t count);

void _start(void) {
    static const double values[] = {2.5, 4, 1, 2.5};
    say("hello from the guest");
    report("mean", mean(values, 4));
    struct range found = range(values, 4);
    report("low", found.low);
    report("high", found.high);
}

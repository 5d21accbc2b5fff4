/* Uses a library of the host. The guest of library.c. */

#define IMPORT(name) __attribute__((import_module("libm"), import_name(name)))

IMPORT("hypot") double hypot(double x, double y);
IMPORT("cbrt") double cbrt(double x);

__attribute__((export_name("diagonal"))) double diagonal(double width, double height) {
    return hypot(width, height);
}

__attribute__((export_name("edge"))) double edge(double volume) { return cbrt(volume); }

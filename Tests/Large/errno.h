/* The error number of a C library that was built for one thread: one for all of them, where a compiler with threads
 * looks for a variable of each. */
#pragma once

#include_next <errno.h>

extern int errno_of_all __asm__("errno");
#undef errno
#define errno errno_of_all

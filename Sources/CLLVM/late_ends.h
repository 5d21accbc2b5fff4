#pragma once

#include <stddef.h>
#include <stdint.h>

/// Keeps the library that has `function` from registering any more functions for the exit of the process.
void llvm_drop_late_ends(const void *function);

/// Where the code of the library that has `function` is; nothing where it is not found.
void llvm_find_text(const void *function, uintptr_t *text, size_t *length);

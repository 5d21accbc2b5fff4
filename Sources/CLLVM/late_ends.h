#pragma once

/// Keeps the library that has `function` from registering any more functions for the exit of the process.
void llvm_drop_late_ends(const void *function);

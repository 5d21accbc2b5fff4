// GDB's interface for code that is made while a program runs.
// https://sourceware.org/gdb/current/onlinedocs/gdb.html/JIT-Interface.html
#pragma once

#include <stddef.h>

/// Tells a debugger of an object, which must stay where it is until it is forgotten. Returns what
/// `machine_debugger_forget` takes; NULL where there is no memory for it. From any thread.
void *machine_debugger_announce(const void *object, size_t byteCount);
void machine_debugger_forget(void *entry);

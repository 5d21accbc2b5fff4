// The names and structures that GDB looks for.
//
// What always holds: the lock is held while the list changes, and while the debugger, which has a breakpoint in
// `__jit_debug_register_code`, reads it.
#include "debugger.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { jit_no_action = 0, jit_register = 1, jit_unregister = 2 };

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};

struct jit_descriptor {
    uint32_t version, action_flag;
    struct jit_code_entry *relevant_entry, *first_entry;
};

__attribute__((visibility("hidden"), used)) struct jit_descriptor __jit_debug_descriptor = {1, 0, 0, 0};

__attribute__((visibility("hidden"), used, noinline)) void __jit_debug_register_code(void) {
    __asm__ volatile("" ::: "memory");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void tell(struct jit_code_entry *entry, uint32_t action) {
    __jit_debug_descriptor.relevant_entry = entry;
    __jit_debug_descriptor.action_flag = action;
    __jit_debug_register_code();
    __jit_debug_descriptor.relevant_entry = NULL;
    __jit_debug_descriptor.action_flag = jit_no_action;
}

void *machine_debugger_announce(const void *object, size_t byteCount) {
    struct jit_code_entry *entry = calloc(1, sizeof *entry);
    if (!entry) return NULL;
    entry->symfile_addr = object;
    entry->symfile_size = byteCount;
    pthread_mutex_lock(&lock);
    entry->next_entry = __jit_debug_descriptor.first_entry;
    if (entry->next_entry) entry->next_entry->prev_entry = entry;
    __jit_debug_descriptor.first_entry = entry;
    tell(entry, jit_register);
    pthread_mutex_unlock(&lock);
    return entry;
}

void machine_debugger_forget(void *forgotten) {
    struct jit_code_entry *entry = forgotten;
    if (!entry) return;
    pthread_mutex_lock(&lock);
    if (entry->prev_entry) entry->prev_entry->next_entry = entry->next_entry;
    else __jit_debug_descriptor.first_entry = entry->next_entry;
    if (entry->next_entry) entry->next_entry->prev_entry = entry->prev_entry;
    tell(entry, jit_unregister);
    pthread_mutex_unlock(&lock);
    free(entry);
}

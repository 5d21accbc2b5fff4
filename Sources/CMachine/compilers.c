// Threads that are inside of LLVM.
//
// LLVM does not look whether somebody wants it to stop, and its largest functions take seconds. A process that
// exits does not wait for that: it stops each of these threads in the middle. Always true: a thread is stopped
// while it runs LLVM's own instructions, so that it is inside of no function of the C library's and holds none
// of its locks. A thread that is elsewhere goes on, and is asked again. No lock is taken: a process may fork at
// any time.
#define _GNU_SOURCE
#include "compilers.h"
#include "fork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// What a thread is doing. `asked` is a moment in which it may not end, since a signal is sent to it.
enum { phase_opening = 1, phase_inside, phase_asked, phase_stopped };

typedef struct {
    /// The process in the upper half, since a child has none of its parent's threads; then the phase. 0 is free.
    _Atomic uint64_t state;
    pid_t thread;
    uintptr_t text;
    size_t length;
    const void *owner;
} Slot;

static Slot slots[256];
static atomic_bool is_stopping;
static _Thread_local Slot *own __attribute__((tls_model("initial-exec")));

static uint64_t in_phase(uint64_t phase) { return (uint64_t)getpid() << 32 | phase; }

static bool is_of_this_process(uint64_t state) { return state >> 32 == (uint64_t)getpid(); }

int machine_compiler_begin(const void *owner) {
    for (size_t index = 0; index < sizeof slots / sizeof *slots; index++) {
        Slot *slot = &slots[index];
        uint64_t state = atomic_load(&slot->state);
        if (state != 0 && is_of_this_process(state)) continue;
        if (!atomic_compare_exchange_strong(&slot->state, &state, in_phase(phase_opening))) continue;
        slot->thread = (pid_t)syscall(SYS_gettid);
        slot->owner = owner;
        own = slot;
        // After the slot is taken: either this sees that the end has begun, or that sees the slot.
        if (!atomic_load(&is_stopping)) return 0;
        machine_compiler_end();
        return -ECANCELED;
    }
    return -EAGAIN;
}

void machine_compiler_enter(uintptr_t text, size_t length) {
    own->text = text;
    own->length = length;
    atomic_store(&own->state, in_phase(phase_inside));
}

void machine_compiler_end(void) {
    Slot *slot = own;
    uint64_t opening = in_phase(phase_opening);
    while (!atomic_compare_exchange_weak(&slot->state, &opening, 0)) {
        uint64_t inside = in_phase(phase_inside);
        if (atomic_compare_exchange_strong(&slot->state, &inside, 0)) break;
        sched_yield();
        opening = in_phase(phase_opening);
    }
    own = NULL;
}

const void *machine_compiler_owner(void) { return own ? own->owner : NULL; }

void machine_compiler_park(void) {
    machine_fork_release_all();
    if (own) atomic_store(&own->state, in_phase(phase_stopped));
    while (true) pause();
}

bool machine_compiler_is_asked(uintptr_t address) {
    if (!own || !atomic_load(&is_stopping)) return false;
    if (address - own->text < own->length) machine_compiler_park();
    return true;
}

static void stop(Slot *slot) {
    while (true) {
        uint64_t state = atomic_load(&slot->state);
        if (state == 0 || !is_of_this_process(state) || slot == own || state == in_phase(phase_stopped)) return;
        uint64_t inside = in_phase(phase_inside);
        if (atomic_compare_exchange_strong(&slot->state, &inside, in_phase(phase_asked))) {
            syscall(SYS_tgkill, getpid(), slot->thread, SIGBUS);
            uint64_t asked = in_phase(phase_asked);
            atomic_compare_exchange_strong(&slot->state, &asked, inside);
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
}

void machine_compilers_stop(void) {
    atomic_store(&is_stopping, true);
    for (size_t index = 0; index < sizeof slots / sizeof *slots; index++) stop(&slots[index]);
}

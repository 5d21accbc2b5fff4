// Reaching a thread of a process that ends: in compiled code, and in a system call that waits.
//
// A call that waits is made by `machine_call`, between `machine_wait_begin` and `machine_wait_end`. Whoever
// ends the process first sets `mustEnd` of the thread's context, and then, where the thread waits, sends it the
// signal. The thread looks at `mustEnd` right before the instruction that enters the kernel, and the handler
// moves a thread that is between the two, or in the kernel, out of there. So none sleeps on, whenever it comes.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "layout.h"

/// Makes the system call `number` with up to five arguments, none of which is looked at, as libc's `syscall`
/// does, but that it returns a negative errno. -EINTR and no call where `*must_end` is not 0; also where it
/// becomes that while the call waits, as long as the thread is between `machine_wait_begin` and
/// `machine_wait_end`. No point of cancellation.
long machine_call(const uint32_t *must_end, long number, long first, long second, long third, long fourth,
                  long fifth);

/// Whether a word that `machine_call` looks at says that it must not be made.
static inline bool machine_must_end(const uint32_t *must_end) {
    return __atomic_load_n(must_end, __ATOMIC_SEQ_CST) != 0;
}

/// The signal. Harmless where nobody handles it: its default is to be ignored.
enum { machine_interrupt_signal = SIGURG };

/// What the beginning of a wait leaves for its end.
typedef struct MachineWait {
    bool was_blocked;
} MachineWait;

/// From here on the calling thread is told when `mustEnd` of its context is set. Between the two no guest code
/// runs, and nothing waits but `machine_call`.
MachineWait machine_wait_begin(MachineContext *context);
void machine_wait_end(MachineContext *context, MachineWait wait);

/// Takes back a signal that came to the calling thread while it was blocked there. Nobody may send one at the
/// same time.
void machine_interrupt_drain(void);

/// Sends the signal that interrupts a thread, which must exist. Installs the handler with the first.
void machine_interrupt(pthread_t thread);

/// The same by the kernel's number of a thread, which may be gone.
void machine_interrupt_by_id(pid_t thread);

/// Installs the handler, which calls `look` with the state of a thread that is not in `machine_call`; NULL for
/// nothing. It passes on what others send. Returns 0 or a negative errno.
int machine_interrupt_install(void (*look)(void *state));

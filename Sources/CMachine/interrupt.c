// The signal that interrupts threads, its handler, and system calls that it gets a thread out of.
//
// What always holds: the handler changes a thread's course in two places only, in `machine_call` and in
// compiled code. In `machine_call` a call that has had an effect is never taken for one that has not: after
// the instruction that enters the kernel the result stands.
// https://man7.org/linux/man-pages/man7/signal.7.html (interruption of system calls by signal handlers)
#define _GNU_SOURCE
#include "interrupt.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// MARK: The call

/* The marks: where `must_end` is looked at, after the instruction that enters the kernel, and where a thread
 * goes on that must not make the call. The word's address is in a register that the kernel leaves alone, for
 * the handler. A call that a signal interrupts and that may be made again stands at its instruction again by
 * the time of the handler; any other has its result, -EINTR, and stands after it. */
extern const char machine_call_begin[], machine_call_done[], machine_call_cancel[];

#define SYMBOLS                                                                          \
    ".text\n"                                                                           \
    ".p2align 4\n"                                                                      \
    ".globl machine_call, machine_call_begin, machine_call_done, machine_call_cancel\n" \
    ".hidden machine_call, machine_call_begin, machine_call_done, machine_call_cancel\n"

#if defined(__x86_64__)
__asm__(
    SYMBOLS
    ".type machine_call, @function\n"
    "machine_call:\n"
    ".cfi_startproc\n"
    "    endbr64\n"
    "    movq %r9, %r10\n"
    "    movq %rdi, %r9\n"
    "    movq %rsi, %rax\n"
    "    movq %rdx, %rdi\n"
    "    movq %rcx, %rsi\n"
    "    movq %r8, %rdx\n"
    "    movq 8(%rsp), %r8\n"
    "machine_call_begin:\n"
    "    cmpl $0, (%r9)\n"
    "    jne machine_call_cancel\n"
    "    syscall\n"
    "machine_call_done:\n"
    "    ret\n"
    "machine_call_cancel:\n"
    "    movq $-4, %rax\n"
    "    ret\n"
    ".cfi_endproc\n"
    ".size machine_call, . - machine_call\n");

static uintptr_t program_counter(const ucontext_t *state) {
    return (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
}
static void go_on_at(ucontext_t *state, uintptr_t address) {
    state->uc_mcontext.gregs[REG_RIP] = (greg_t)address;
}
static const uint32_t *word_of_call(const ucontext_t *state) {
    return (const uint32_t *)state->uc_mcontext.gregs[REG_R9];
}
#elif defined(__aarch64__)
__asm__(
    SYMBOLS
    ".type machine_call, %function\n"
    "machine_call:\n"
    ".cfi_startproc\n"
    "    mov x9, x0\n"
    "    mov x8, x1\n"
    "    mov x0, x2\n"
    "    mov x1, x3\n"
    "    mov x2, x4\n"
    "    mov x3, x5\n"
    "    mov x4, x6\n"
    "machine_call_begin:\n"
    "    ldr w10, [x9]\n"
    "    cbnz w10, machine_call_cancel\n"
    "    svc 0\n"
    "machine_call_done:\n"
    "    ret\n"
    "machine_call_cancel:\n"
    "    mov x0, #-4\n"
    "    ret\n"
    ".cfi_endproc\n"
    ".size machine_call, . - machine_call\n");

static uintptr_t program_counter(const ucontext_t *state) { return (uintptr_t)state->uc_mcontext.pc; }
static void go_on_at(ucontext_t *state, uintptr_t address) { state->uc_mcontext.pc = address; }
static const uint32_t *word_of_call(const ucontext_t *state) {
    return (const uint32_t *)state->uc_mcontext.regs[9];
}
#endif

_Static_assert(EINTR == 4, "the call that is not made says so");

// MARK: Waiting

/// The context of this thread while it waits.
static _Thread_local MachineContext *waiting __attribute__((tls_model("initial-exec")));

static sigset_t the_signal(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, machine_interrupt_signal);
    return signals;
}

MachineWait machine_wait_begin(MachineContext *context) {
    sigset_t signals = the_signal(), before;
    // Whoever sets `mustEnd` either sees this, or `machine_call` sees that.
    __atomic_store_n(&context->waits, 1, __ATOMIC_SEQ_CST);
    pthread_sigmask(SIG_UNBLOCK, &signals, &before);
    waiting = context;
    return (MachineWait){.was_blocked = sigismember(&before, machine_interrupt_signal) == 1};
}

void machine_wait_end(MachineContext *context, MachineWait wait) {
    __atomic_store_n(&context->waits, 0, __ATOMIC_SEQ_CST);
    waiting = NULL;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    sigset_t signals = the_signal();
    if (wait.was_blocked) {
        pthread_sigmask(SIG_BLOCK, &signals, NULL);
    } else if (machine_must_end(&context->mustEnd)) {
        // The handler may have blocked it.
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    }
}

// MARK: The signal

/// What tells a signal of ours from one that somebody else sends. Where the system has no room for more such
/// words it sends the signal without, which is passed on too, and does no harm.
static const union sigval interrupt_mark = {.sival_ptr = (void *)machine_call_begin};

static struct sigaction former;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static bool is_installed;
static void (*_Atomic look_elsewhere)(void *state);

static bool is_ours(const siginfo_t *information) {
    return information->si_code == SI_QUEUE && information->si_value.sival_ptr == interrupt_mark.sival_ptr;
}

static void send_by_id(pid_t thread) {
    siginfo_t information = {.si_signo = machine_interrupt_signal, .si_code = SI_QUEUE};
    information.si_value = interrupt_mark;
    information.si_pid = getpid();
    information.si_uid = getuid();
    syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, machine_interrupt_signal, &information);
}

static void on_interrupt(int number, siginfo_t *information, void *state_pointer) {
    int error = errno;
    ucontext_t *state = state_pointer;
    uintptr_t address = program_counter(state);
    if (address - (uintptr_t)machine_call_begin < (size_t)(machine_call_done - machine_call_begin)) {
        bool must_end = __atomic_load_n(word_of_call(state), __ATOMIC_RELAXED) != 0;
        if (must_end) go_on_at(state, (uintptr_t)machine_call_cancel);
    } else if (waiting) {
        // On its way to the call, where it will see the word; or in another handler on top of the call, which
        // would then be made again: the signal comes once more when that is over.
        if (__atomic_load_n(&waiting->mustEnd, __ATOMIC_RELAXED) != 0) {
            sigaddset(&state->uc_sigmask, machine_interrupt_signal);
            send_by_id((pid_t)syscall(SYS_gettid));
        }
    } else {
        void (*look)(void *) = look_elsewhere;
        if (look) look(state);
    }
    if (!is_ours(information)) {
        if (former.sa_flags & SA_SIGINFO) {
            former.sa_sigaction(number, information, state_pointer);
        } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
            former.sa_handler(number);
        }
    }
    errno = error;
}

int machine_interrupt_install(void (*look)(void *state)) {
    int error = 0;
    pthread_mutex_lock(&installing);
    if (look) look_elsewhere = look;
    if (!is_installed) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = on_interrupt;
        // With SA_RESTART calls of others go on, and `machine_call` stands where the handler can move it.
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
        sigfillset(&action.sa_mask);
        // Known before the handler can run.
        sigaction(machine_interrupt_signal, NULL, &former);
        error = sigaction(machine_interrupt_signal, &action, NULL) == 0 ? 0 : -errno;
        __atomic_store_n(&is_installed, error == 0, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&installing);
    return error;
}

static bool is_ready(void) {
    return __atomic_load_n(&is_installed, __ATOMIC_ACQUIRE) || machine_interrupt_install(NULL) == 0;
}

void machine_interrupt(pthread_t thread) {
    if (is_ready()) pthread_sigqueue(thread, machine_interrupt_signal, interrupt_mark);
}

void machine_interrupt_by_id(pid_t thread) {
    if (is_ready()) send_by_id(thread);
}

void machine_interrupt_drain(void) {
    sigset_t signals = the_signal();
    struct timespec at_once = {0};
    siginfo_t information;
    int number;
    do {
        number = (int)syscall(SYS_rt_sigtimedwait, &signals, &information, &at_once, sizeof(uint64_t));
    } while (number < 0 && errno == EINTR);
    // One of somebody else's stays.
    if (number > 0 && !is_ours(&information)) pthread_kill(pthread_self(), number);
}

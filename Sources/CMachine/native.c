// Entering and leaving compiled code.
//
// What always holds: a signal changes a thread's course in compiled code only, where nothing is owned and
// no lock is held. Elsewhere the thread finds its stack limit to be 0 by itself: compiled code looks at it
// first of all when it is entered, and after each call that leaves it.
#define _GNU_SOURCE
#include "native.h"

#include "compilers.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "interrupt.h"
#include "stack.h"
#include "unwind.h"

const uint32_t machine_reason_memory_out_of_bounds = 2;
const uint32_t machine_reason_uncaught_exception = 17;

static uintptr_t code_base;
static size_t code_length;
static const MachineHelpers *helpers;
static struct sigaction former_fault, former_bus_error;

/// The context that runs compiled code on this thread, or was running it when it called out.
static _Thread_local MachineContext *current __attribute__((tls_model("initial-exec")));

static bool is_code(uintptr_t address) { return address - code_base < code_length; }

bool machine_native_is_code(uintptr_t address) { return is_code(address); }

// MARK: The machine's registers

#if defined(__x86_64__)
static uintptr_t *program_counter(ucontext_t *state) {
    return (uintptr_t *)&state->uc_mcontext.gregs[REG_RIP];
}
static uintptr_t frame_pointer(ucontext_t *state) {
    return (uintptr_t)state->uc_mcontext.gregs[REG_RBP];
}
static uintptr_t stack_pointer(ucontext_t *state) { return (uintptr_t)state->uc_mcontext.gregs[REG_RSP]; }

/// Where the return address of the function is that is at an instruction which has no frame of its own yet, or has none
/// any more: the frame pointer is its caller's. NULL where the function has a frame.
static const uintptr_t *return_without_frame(ucontext_t *state) {
    static const uint8_t push_frame[] = {0x55}, leave_function[] = {0xC3};
    // The one instruction in two encodings: LLVM's, and that of the compiler of one pass.
    static const uint8_t set_frame[] = {0x48, 0x89, 0xE5}, set_frame_too[] = {0x48, 0x8B, 0xEC};
    const uint8_t *instruction = (const uint8_t *)*program_counter(state);
    const uintptr_t *stack = (const uintptr_t *)stack_pointer(state);
    if (memcmp(instruction, push_frame, sizeof push_frame) == 0) return stack;
    if (memcmp(instruction, leave_function, sizeof leave_function) == 0) return stack;
    bool is_setting = memcmp(instruction, set_frame, sizeof set_frame) == 0 ||
                      memcmp(instruction, set_frame_too, sizeof set_frame_too) == 0;
    return is_setting ? stack + 1 : NULL;
}
static void call_instead(ucontext_t *state, void (*function)(MachineContext *, uint32_t),
                         MachineContext *context, uint32_t reason) {
    enum { red_zone = 128 };
    greg_t *registers = state->uc_mcontext.gregs;
    // As after a call: the address to return to, which there is none of, is below 16 aligned bytes.
    registers[REG_RSP] = ((registers[REG_RSP] - red_zone) & ~15ll) - 8;
    registers[REG_RIP] = (greg_t)(uintptr_t)function;
    registers[REG_RDI] = (greg_t)(uintptr_t)context;
    registers[REG_RSI] = reason;
}
#elif defined(__aarch64__)
static uintptr_t *program_counter(ucontext_t *state) { return (uintptr_t *)&state->uc_mcontext.pc; }
static uintptr_t frame_pointer(ucontext_t *state) { return (uintptr_t)state->uc_mcontext.regs[29]; }
static uintptr_t stack_pointer(ucontext_t *state) { return (uintptr_t)state->uc_mcontext.sp; }

/// Such instructions are not told apart here: one frame may be missing.
static const uintptr_t *return_without_frame(ucontext_t *state) {
    (void)state;
    return NULL;
}
static void call_instead(ucontext_t *state, void (*function)(MachineContext *, uint32_t),
                         MachineContext *context, uint32_t reason) {
    state->uc_mcontext.sp &= ~15ull;
    state->uc_mcontext.pc = (uintptr_t)function;
    state->uc_mcontext.regs[0] = (uintptr_t)context;
    state->uc_mcontext.regs[1] = reason;
}
#endif

// MARK: Traps

/// Notes the addresses of the frames of compiled code from `frame` on, whose record holds the next frame and
/// the address to return to.
static void trace(MachineContext *context, const uintptr_t *frame) {
    while (context->traceCount < MACHINE_TRACE_LENGTH && is_code(frame[1])) {
        // Back from after the call.
        context->trace[context->traceCount++] = frame[1] - 1;
        frame = (const uintptr_t *)frame[0];
    }
}

/// The same for a thread that a signal has met between any two instructions: before the first of compiled code the
/// frame pointer may be anything, so that only what lies in frames of this entry's is looked at.
static void trace_interrupted(MachineContext *context, ucontext_t *state) {
    context->traceCount = 1;
    context->traceOffset = 0;
    context->trace[0] = *program_counter(state);
    const uintptr_t *caller = return_without_frame(state);
    if (caller) {
        if (!is_code(*caller)) return;
        context->trace[context->traceCount++] = *caller - 1;
    }
    uintptr_t low = stack_pointer(state), high = (uintptr_t)context->unwindTarget;
    uintptr_t frame = frame_pointer(state);
    while (frame >= low && frame < high && frame % sizeof(uintptr_t) == 0) {
        const uintptr_t *record = (const uintptr_t *)frame;
        if (context->traceCount == MACHINE_TRACE_LENGTH || !is_code(record[1])) return;
        context->trace[context->traceCount++] = record[1] - 1;
        low = frame + 1;
        frame = record[0];
    }
}

static void land(MachineContext *context, uint32_t reason) {
    _longjmp(*(jmp_buf *)context->unwindTarget, (int)reason);
}

/// What `machine_native_trap` goes on with, whose frame is at hand.
__attribute__((visibility("hidden"))) _Noreturn void machine_native_leave(
    MachineContext *context, uint32_t reason, uint32_t offset, MachineRegisters *registers) {
    // The record that links the frames is the last that the frame of compiled code is before.
    const uintptr_t *frame = (const uintptr_t *)(uintptr_t)(registers->stack - 2 * sizeof(uintptr_t));
    if (reason == MACHINE_TAIL_CALL) {
        land(context, reason);
        __builtin_unreachable();
    }
    context->traceCount = 0;
    context->traceOffset = offset;
    trace(context, frame);
    if (reason == machine_reason_uncaught_exception && helpers->unwind(context, registers)) {
        machine_unwind_resume(registers);
    }
    land(context, reason);
    __builtin_unreachable();
}

// MARK: Files in memory

/// The part of a file that this thread reads in memory.
static _Thread_local struct {
    uintptr_t base;
    size_t length;
    bool is_cut;
} watched __attribute__((tls_model("initial-exec")));

void machine_native_watch(void *base, size_t length) {
    watched.base = (uintptr_t)base;
    watched.length = length;
    watched.is_cut = false;
}

bool machine_native_watched_is_whole(void) {
    return !__atomic_load_n(&watched.is_cut, __ATOMIC_RELAXED);
}

/// Puts zeros where a file that is watched ends by now.
static bool fill_watched(uintptr_t address) {
    if (address - watched.base >= watched.length) return false;
    int error = errno;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(address & ~(page - 1));
    void *filled = mmap(start, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    __atomic_store_n(&watched.is_cut, true, __ATOMIC_RELAXED);
    errno = error;
    return filled != MAP_FAILED;
}

// MARK: Compilers

/// What this thread does when a fault ends what it compiles.
static _Thread_local void (*give_up)(void) __attribute__((tls_model("initial-exec")));

int machine_native_guard(void *stack, size_t length, void (*parks)(void)) {
    stack_t alternate = {.ss_sp = stack, .ss_size = length, .ss_flags = stack ? 0 : SS_DISABLE};
    if (sigaltstack(&alternate, NULL) != 0) return -errno;
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
    give_up = parks;
    return 0;
}

// MARK: Signals

static void on_fault(int number, siginfo_t *information, void *state_pointer) {
    ucontext_t *state = state_pointer;
    uintptr_t address = *program_counter(state);
    if (is_code(address)) {
        current->traceCount = 1;
        current->traceOffset = 0;
        current->trace[0] = address;
        trace(current, (const uintptr_t *)frame_pointer(state));
        call_instead(state, land, current, machine_reason_memory_out_of_bounds);
        return;
    }
    bool is_sent = information->si_code <= 0;
    if (number == SIGBUS && is_sent && machine_compiler_is_asked(address)) return;
    if (number == SIGBUS && fill_watched((uintptr_t)information->si_addr)) return;
    if (give_up) give_up();
    const struct sigaction *former = number == SIGBUS ? &former_bus_error : &former_fault;
    if (former->sa_flags & SA_SIGINFO) {
        former->sa_sigaction(number, information, state_pointer);
    } else if (former->sa_handler == SIG_DFL || former->sa_handler == SIG_IGN) {
        // Happens again, without a handler.
        signal(number, SIG_DFL);
    } else {
        former->sa_handler(number);
    }
}

/// What the signal that interrupts threads does in compiled code.
static void look(void *state) {
    if (!is_code(*program_counter(state))) return;
    // Compiled code holds nothing, so what may be called from it may be called here.
    bool must_look = __atomic_load_n(&current->stackLimit, __ATOMIC_RELAXED) == 0;
    uint32_t reason = must_look ? helpers->poll(current) : 0;
    if (reason == 0) return;
    trace_interrupted(current, state);
    call_instead(state, land, current, reason);
}

bool machine_native_is_entry(const void *frame) { return !is_code(((const uintptr_t *)frame)[1]); }

bool machine_native_is_installed(void) { return __atomic_load_n(&code_length, __ATOMIC_ACQUIRE) != 0; }

static int install(int number, void (*handler)(int, siginfo_t *, void *), struct sigaction *former) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(number, &action, former) == 0 ? 0 : -errno;
}

int machine_native_install(void *base, size_t length, const MachineHelpers *table) {
    helpers = table;
    code_base = (uintptr_t)base;
    int error = install(SIGSEGV, on_fault, &former_fault);
    if (error == 0) error = install(SIGBUS, on_fault, &former_bus_error);
    if (error == 0) error = machine_interrupt_install(look);
    if (error == 0) __atomic_store_n(&code_length, length, __ATOMIC_RELEASE);
    return error;
}

// MARK: Entry

/// Whether the signals stay let in on this thread once they are, and whether it is known to do so from then on.
static _Thread_local bool keeps_signals __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_own_thread __attribute__((tls_model("initial-exec")));

static void let_signals_in(void) {
    sigset_t needed;
    sigemptyset(&needed);
    sigaddset(&needed, SIGSEGV);
    sigaddset(&needed, SIGBUS);
    sigaddset(&needed, machine_interrupt_signal);
    pthread_sigmask(SIG_UNBLOCK, &needed, NULL);
}

void machine_native_keep_signals(bool keeps) {
    if (keeps) let_signals_in();
    keeps_signals = keeps;
}

/// Whether this thread is in a function of the host that calls guests by function pointers, which it does with the
/// signals let in that were: then they are let in once.
static _Thread_local MachineHeldSignals held_signals __attribute__((tls_model("initial-exec")));

MachineHeldSignals machine_native_hold_signals(MachineHeldSignals state) {
    MachineHeldSignals before = held_signals;
    held_signals = state;
    return before;
}

void machine_native_note_own_thread(void) { is_own_thread = true; }

/// For the first entry since the host was last left: it may have blocked what it likes meanwhile, and the
/// kernel ends a process for a fault that is blocked.
static void prepare(MachineContext *context) {
    if (!keeps_signals && held_signals != MACHINE_SIGNALS_LET_IN) {
        let_signals_in();
        keeps_signals = is_own_thread;
        if (held_signals != MACHINE_SIGNALS_NOT_HELD) held_signals = MACHINE_SIGNALS_LET_IN;
    }
    context->areSignalsLetIn = 1;
    context->helpers = helpers;
}

uint32_t machine_native_enter(MachineContext *context, MachineInstance *instance, MachineSlot *frame,
                              MachineNativeEntry entry, MachineNativeCode code) {
    if (!machine_stack_has_native_room(context) && !machine_stack_deepen(context)) return MACHINE_TOO_DEEP;
    if (!context->areSignalsLetIn) prepare(context);
    jmp_buf target;
    MachineContext *outer_context = current;
    void *outer_target = context->unwindTarget;
    current = context;
    context->unwindTarget = &target;
    uint32_t reason = (uint32_t)_setjmp(target);
    if (reason == 0) reason = entry(context, instance, frame, code);
    context->unwindTarget = outer_target;
    current = outer_context;
    return reason;
}

/// In the form of an entry, so that there is one way in.
static uint32_t enter_loop(MachineContext *context, MachineInstance *instance, MachineSlot *frame,
                           MachineNativeCode code) {
    const MachineLoop *loop = code;
    MachineOSREntry entry = __atomic_load_n(&loop->code->osrEntry, __ATOMIC_ACQUIRE);
    return entry(context, instance, frame, loop->index);
}

uint32_t machine_native_enter_loop(MachineContext *context, MachineInstance *instance, MachineSlot *frame,
                                   const MachineLoop *loop) {
    return machine_native_enter(context, instance, frame, enter_loop, loop);
}

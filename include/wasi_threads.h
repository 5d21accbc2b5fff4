/* libwasi-threads: runs WebAssembly programs with real threads inside another program.
 *
 * The whole ABI of libwasi-threads.so.0. C11 and C++17; no macro is needed to use it.
 *
 * Objects. An engine holds limits and what modules share. A module is decoded, valid and immutable. A
 * linker holds functions and memories of the host by import name. A process is one running program: its
 * memories, its descriptors, its threads. A memory holds bytes, of a process or of the host. A thread is a
 * host thread as one of a process's. Each object is opaque, made by a `_new` function and freed by its
 * `_delete`. An object that another one was made from may be deleted first; it is freed when nothing needs
 * it.
 *
 * Errors. A function that can fail returns a `wasi_threads_error_t *`: NULL is success, anything else is
 * owned by the caller, who reads it and frees it with `wasi_threads_error_delete`. After a failure, out
 * parameters are as they were unless their function says otherwise. NULL for an argument that is not
 * said to be optional, a value out of its range, and an object that was deleted or is of another kind
 * where the library can tell: all are errors of the kind WASI_THREADS_ERROR_MISUSE, so no function lists
 * them again. No function aborts or prints, and none leaves a signal handler behind, but for what
 * `wasi_threads_tier_t` says of compiled code, and this: where a process ends while one of its threads waits
 * in a system call of WASI, that thread is interrupted by SIGURG, whose handler stays, and passes on what
 * others send. It is let in on a thread of the embedder's for the time of such a call. A library that is
 * closed (dlclose) stays in memory.
 * After a fork the child uses and deletes none of its parent's objects, and makes its own; where the parent
 * was compiling, the child has the interpreter. A fork waits until the library's own threads hold no lock that
 * the child would need, for at most a second.
 *
 * Threads. Any thread may call any function on any object at any time unless the function says
 * otherwise; what `_delete` frees must not be in use by another thread, except where it says so. "Host
 * thread" means a thread of the embedding program, "guest thread" one that runs the program's code.
 * Guest threads are made by the library, block all signals, and are gone when their process is deleted; a
 * host thread may be one for a while (`wasi_threads_process_attach`).
 * A host thread is not cancelled (pthread_cancel) inside a function of the library: that waits until the function
 * has returned. Only calls of an attached thread (`wasi_threads_thread_call` and its like) can be cancelled, where
 * they wait, and then the process ends, as it does where a host function that they call leaves by pthread_exit.
 *
 * Text is UTF-8; arguments and environment of a guest may be any bytes. A `const char *` argument ends
 * with a NUL byte and is copied. A pointer that a function
 * gives out is borrowed: it lives as long as the object it came from.
 *
 * Specifications: https://webassembly.github.io/spec/core/ , the threads proposal
 * https://github.com/WebAssembly/threads , wasi-threads https://github.com/WebAssembly/wasi-threads , and
 * WASI preview 1 https://github.com/WebAssembly/WASI (wasi_snapshot_preview1).
 */
#ifndef WASI_THREADS_H
#define WASI_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stands before a function whose result the caller owns: compilers warn where a call does not use it. A program
 * that reads this header in another way than a compiler may define it as nothing before. */
#ifndef WASI_THREADS_OWNED
#if (defined(__cplusplus) && __cplusplus >= 201703L) || \
    (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define WASI_THREADS_OWNED [[nodiscard]]
#elif defined(__GNUC__)
#define WASI_THREADS_OWNED __attribute__((warn_unused_result))
#else
#define WASI_THREADS_OWNED
#endif
#endif

/* Aligns a member as C11 and C++11 do. */
#ifdef __cplusplus
#define WASI_THREADS_ALIGNED(bytes) alignas(bytes)
#else
#define WASI_THREADS_ALIGNED(bytes) _Alignas(bytes)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Objects ---------------------------------------------------------------------------------------- */

typedef struct wasi_threads_error wasi_threads_error_t;
typedef struct wasi_threads_engine_config wasi_threads_engine_config_t;
typedef struct wasi_threads_engine wasi_threads_engine_t;
typedef struct wasi_threads_module wasi_threads_module_t;
typedef struct wasi_threads_linker wasi_threads_linker_t;
typedef struct wasi_threads_wasi_config wasi_threads_wasi_config_t;
typedef struct wasi_threads_memory_fs wasi_threads_memory_fs_t;
typedef struct wasi_threads_process wasi_threads_process_t;
typedef struct wasi_threads_memory wasi_threads_memory_t;
typedef struct wasi_threads_thread wasi_threads_thread_t;
typedef struct wasi_threads_tag wasi_threads_tag_t;
typedef struct wasi_threads_exception wasi_threads_exception_t;
typedef struct wasi_threads_snapshot wasi_threads_snapshot_t;

/* A call of a host function that is under way. Lives until the host function returns, and belongs to the
 * thread that it was called on. */
typedef struct wasi_threads_caller wasi_threads_caller_t;

/* A function of a guest, as a reference to it. */
typedef struct wasi_threads_function wasi_threads_function_t;

/* ---- Version ---------------------------------------------------------------------------------------- */

/* The version of this header. A change of MAJOR, and while that is 0 of MINOR, may take back what was
 * promised; a library with a greater version of the same series has all that this header declares. */
#define WASI_THREADS_VERSION_MAJOR 0
#define WASI_THREADS_VERSION_MINOR 1
#define WASI_THREADS_VERSION_PATCH 0
#define WASI_THREADS_VERSION "0.1.0"

/* The version of the library that runs, as "MAJOR.MINOR.PATCH". Never NULL; lives for ever. */
const char *wasi_threads_version(void);

/* ---- Values and types ------------------------------------------------------------------------------- */

/* The type of a value. Further types will be added at the end.
 * https://webassembly.github.io/spec/core/syntax/types.html#value-types */
typedef enum {
    WASI_THREADS_I32 = 0,
    WASI_THREADS_I64 = 1,
    WASI_THREADS_F32 = 2,
    WASI_THREADS_F64 = 3,
    /* A reference to a function, those of a type included and those that can not be null. Where the guest's type
     * excludes null, or functions of other types, giving it one is an error. */
    WASI_THREADS_FUNCREF = 4,
    WASI_THREADS_EXTERNREF = 5,
    WASI_THREADS_V128 = 6,
    /* A reference to an exception of a guest. None crosses to the host: there it is NULL, as `externref`. */
    WASI_THREADS_EXNREF = 7
} wasi_threads_value_kind_t;

/* A typed value: 32 bytes, aligned to 16, as `malloc` and compilers align it. An array of values at another
 * address is an error of the kind MISUSE. `kind` says which member of `of` counts, and the rest of its
 * 16 bytes does not count.
 *
 * A `funcref` is NULL or a function that the same process gave out; it lives as long as its process, or
 * as the attached thread that it came from. An `externref` is any pointer of the host: the guest carries it
 * and never looks behind it. */
typedef struct wasi_threads_value {
    wasi_threads_value_kind_t kind;
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        wasi_threads_function_t *funcref;
        void *externref;
        /* The first byte is the least significant of lane 0. */
        WASI_THREADS_ALIGNED(16) uint8_t v128[16];
    } of;
} wasi_threads_value_t;

/* What is imported or exported. Further kinds will be added at the end.
 * https://webassembly.github.io/spec/core/syntax/types.html#external-types */
typedef enum {
    WASI_THREADS_EXTERNAL_FUNCTION = 0,
    WASI_THREADS_EXTERNAL_TABLE = 1,
    WASI_THREADS_EXTERNAL_MEMORY = 2,
    WASI_THREADS_EXTERNAL_GLOBAL = 3,
    WASI_THREADS_EXTERNAL_TAG = 4
} wasi_threads_external_kind_t;

/* An import or an export of a module. The library makes these; members may be added at the end. */
typedef struct wasi_threads_external {
    /* The first part of an import's name; NULL for an export. A name that holds a NUL byte, which the
     * binary format allows, goes on after it: the lengths, in bytes, tell. */
    const char *module;
    size_t module_length;
    const char *name;
    size_t name_length;
    wasi_threads_external_kind_t kind;
    /* The type in words close to the text format: "func (i32 i32) -> (i64)", "memory 1 16 shared",
     * "table 2 funcref", "global (mut i32)", "tag (i32) -> ()". */
    const char *type;
    /* Of a function: the types of its parameters and results. Of a tag: those of the values that its exceptions
     * carry, as parameters. Of a table or a global: one result, the
     * type of what it holds. Of a memory: none. */
    const wasi_threads_value_kind_t *parameters;
    size_t parameter_count;
    const wasi_threads_value_kind_t *results;
    size_t result_count;
    /* Of a memory, in pages of `page_size` bytes, or of a table, in elements. `maximum` is UINT64_MAX where
     * the type states none. */
    uint64_t minimum;
    uint64_t maximum;
    /* Of a memory: whether threads share it. */
    bool is_shared;
    /* Of a global: whether it can be written. */
    bool is_mutable;
    /* Of a memory or a table: whether its addresses or indices have 64 bits, and not 32. */
    bool is_64;
    /* Of a memory: the bytes of a page, 65,536 or 1; otherwise 0. */
    uint64_t page_size;
} wasi_threads_external_t;

/* ---- Errors ----------------------------------------------------------------------------------------- */

/* What kind of failure an error is. Further kinds will be added at the end. */
typedef enum {
    /* The call itself is wrong: a NULL or an object that it cannot be, a value out of range, a call that
     * is not allowed at this time or on this thread. */
    WASI_THREADS_ERROR_MISUSE = 1,
    /* Another thread is inside a call that excludes this one. */
    WASI_THREADS_ERROR_BUSY = 2,
    /* A file cannot be read. */
    WASI_THREADS_ERROR_FILE = 3,
    /* The bytes do not follow the binary format. */
    WASI_THREADS_ERROR_MALFORMED = 4,
    /* The module does not type-check, or breaks another rule of validation. */
    WASI_THREADS_ERROR_INVALID = 5,
    /* The module uses a feature that this library does not have. */
    WASI_THREADS_ERROR_UNSUPPORTED = 6,
    /* A limit of the engine or of the implementation is reached. */
    WASI_THREADS_ERROR_LIMIT = 7,
    /* An import that nobody defines, or one whose definition has another type. */
    WASI_THREADS_ERROR_LINK = 8,
    /* No export has the name, or none of the kind that the call needs. */
    WASI_THREADS_ERROR_EXPORT = 9,
    /* Arguments or results differ from the function's type in number or kind. */
    WASI_THREADS_ERROR_TYPE = 10,
    /* The operating system refuses memory, a thread or a descriptor. */
    WASI_THREADS_ERROR_SYSTEM = 11,
    /* A guest thread trapped, or a host function that it called returned an error. */
    WASI_THREADS_ERROR_TRAP = 12,
    /* The guest called `proc_exit`, and the call had results to give. */
    WASI_THREADS_ERROR_EXITED = 13,
    /* The embedder ended the process, or a limit of time did. */
    WASI_THREADS_ERROR_ENDED = 14,
    /* An error that a host function made with `wasi_threads_error_new`. */
    WASI_THREADS_ERROR_HOST = 15,
    /* Compiled code is wanted and cannot be made: LLVM is not there, or refuses the module. */
    WASI_THREADS_ERROR_COMPILER = 16,
    /* A compiled module was made by another version of this library, or for a processor that can do what
     * this one cannot. */
    WASI_THREADS_ERROR_INCOMPATIBLE = 17,
    /* All threads of a process wait for each other, which `wasi_threads_process_detect_deadlocks` asks for. */
    WASI_THREADS_ERROR_DEADLOCK = 18
} wasi_threads_error_kind_t;

/* Why a thread trapped. Further codes will be added at the end.
 * https://webassembly.github.io/spec/core/exec/runtime.html#results */
typedef enum {
    /* The error is not a trap. */
    WASI_THREADS_TRAP_NONE = 0,
    WASI_THREADS_TRAP_UNREACHABLE = 1,
    WASI_THREADS_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
    WASI_THREADS_TRAP_TABLE_OUT_OF_BOUNDS = 3,
    WASI_THREADS_TRAP_UNINITIALIZED_ELEMENT = 4,
    WASI_THREADS_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 5,
    WASI_THREADS_TRAP_INTEGER_DIVIDE_BY_ZERO = 6,
    WASI_THREADS_TRAP_INTEGER_OVERFLOW = 7,
    WASI_THREADS_TRAP_INVALID_CONVERSION_TO_INTEGER = 8,
    WASI_THREADS_TRAP_CALL_STACK_EXHAUSTED = 9,
    WASI_THREADS_TRAP_UNALIGNED_ATOMIC = 10,
    WASI_THREADS_TRAP_EXPECTED_SHARED_MEMORY = 11,
    /* A function is too large for the way it is run, or memory to translate it is refused. */
    WASI_THREADS_TRAP_TRANSLATION_FAILED = 12,
    /* A host function returned an error; the message is its message. */
    WASI_THREADS_TRAP_HOST_ERROR = 13,
    /* `throw_ref` of null. */
    WASI_THREADS_TRAP_NULL_EXCEPTION_REFERENCE = 16,
    /* An exception left the call that no function in it catches; the message has its tag and values, and
     * `wasi_threads_error_exception` gives it. */
    WASI_THREADS_TRAP_UNCAUGHT_EXCEPTION = 17,
    /* `ref.as_non_null` of null. */
    WASI_THREADS_TRAP_NULL_REFERENCE = 18,
    /* `call_ref` or `return_call_ref` of null. */
    WASI_THREADS_TRAP_NULL_FUNCTION_REFERENCE = 19
} wasi_threads_trap_code_t;

/* A function that was active when a thread trapped. The library makes these; members may be added at the
 * end. */
typedef struct wasi_threads_frame {
    /* From the module's name section, demangled where it is mangled (C++, and Rust's older scheme); else from its
     * debug information; NULL where neither has one. */
    const char *function_name;
    /* In the module's function index space: imported functions first. */
    uint32_t function_index;
    /* Of the instruction, in bytes from the start of the module. */
    uint64_t module_offset;
    /* From the module's debug information (DWARF 2 to 5): the path as the compiler was given it, the line and the
     * column from 1 on. NULL and 0 where it does not tell. */
    const char *source_file;
    uint32_t line;
    uint32_t column;
    /* Whether the function was inlined into that of the next frame, which has the same function_index and
     * module_offset. */
    bool is_inlined;
} wasi_threads_frame_t;

/* Where a thread comes from. Further origins will be added at the end. */
typedef enum {
    /* The host thread inside `wasi_threads_process_run`, `_initialize` or `_call`; its TID is 0. */
    WASI_THREADS_ORIGIN_CALL = 0,
    /* The guest's `thread-spawn`, or `wasi_threads_process_spawn`. */
    WASI_THREADS_ORIGIN_SPAWNED = 1,
    /* `wasi_threads_process_attach`. */
    WASI_THREADS_ORIGIN_ATTACHED = 2
} wasi_threads_thread_origin_t;

/* A thread that waits without a time limit in a process that is in a deadlock. The library makes these; members
 * may be added at the end. Strings are UTF-8. */
typedef struct wasi_threads_waiter {
    /* The TID; 0 is the thread inside `_start` or a call of the embedder. */
    uint32_t thread;
    wasi_threads_thread_origin_t origin;
    /* From `wasi_threads_process_name_thread`; NULL where it has none. */
    const char *name;
    /* The address in its memory, in bytes, of a word of `wait_bytes`, 4 or 8. */
    uint64_t wait_offset;
    uint32_t wait_bytes;
    /* The value with which it began to wait, and the one that is there. */
    uint64_t expected;
    uint64_t value;
    /* How long it has waited; a few milliseconds are within the precision. */
    uint64_t nanoseconds;
    /* What it waits for, as in "a mutex of wasi-libc", where names of functions or the memory show it; otherwise
     * NULL. wasi-libc, Rust's and Zig's standard libraries are known. */
    const char *object;
    /* The TID of the thread that has `object`, or, of a join, of the one that is to end; -1 where the memory does
     * not show it: of wasi-libc's mutexes those that are recursive or check for errors do. */
    int64_t holder;
    /* The functions that were active, the innermost first; as far as a function of the host that called back. */
    const wasi_threads_frame_t *frames;
    size_t frame_count;
    /* Sentences with all of this but the frames. */
    const char *description;
} wasi_threads_waiter_t;

/* Makes an error for a host function to return: its message is `message`, or "" for NULL, and its kind is
 * WASI_THREADS_ERROR_HOST. Never NULL. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_error_new(const char *message);

/* Frees an error. NULL is allowed and does nothing. */
void wasi_threads_error_delete(wasi_threads_error_t *error);

/* The kind of an error; WASI_THREADS_ERROR_MISUSE where `error` is not one. */
wasi_threads_error_kind_t wasi_threads_error_kind(const wasi_threads_error_t *error);

/* A sentence for a user: what is wrong, where, and which names are involved. Never NULL. */
const char *wasi_threads_error_message(const wasi_threads_error_t *error);

/* Why the thread trapped; WASI_THREADS_TRAP_NONE where the error is not a trap. */
wasi_threads_trap_code_t wasi_threads_error_trap_code(const wasi_threads_error_t *error);

/* The TID of the thread that trapped. 0 for the thread that runs `_start` or a call of the embedder, and
 * where the error is not a trap. */
uint32_t wasi_threads_error_thread(const wasi_threads_error_t *error);

/* What the guest gave `proc_exit`, for an error of the kind WASI_THREADS_ERROR_EXITED; otherwise 0. */
uint32_t wasi_threads_error_exit_status(const wasi_threads_error_t *error);

/* Where in the binary a module is malformed, invalid, unsupported or too large, in bytes; otherwise 0. */
uint64_t wasi_threads_error_module_offset(const wasi_threads_error_t *error);

/* How many frames a trap has; 0 where the error is not a trap. */
size_t wasi_threads_error_frame_count(const wasi_threads_error_t *error);

/* A frame of a trap, the innermost at index 0; NULL from the count on. Borrowed from the error. */
const wasi_threads_frame_t *wasi_threads_error_frame(const wasi_threads_error_t *error, size_t index);

/* How many threads an error of the kind WASI_THREADS_ERROR_DEADLOCK tells of: 64 at most, those with the least
 * TIDs; 0 for other kinds. */
size_t wasi_threads_error_waiter_count(const wasi_threads_error_t *error);

/* A thread of a deadlock, by TID; NULL from the count on. Borrowed from the error. */
const wasi_threads_waiter_t *wasi_threads_error_waiter(const wasi_threads_error_t *error, size_t index);

/* ---- Engine ----------------------------------------------------------------------------------------- */

/* What an engine bounds. Further limits will be added at the end. The ranges are inclusive. */
typedef enum {
    /* Live threads of one process, spawned or attached, beside the one that runs `_start`. From 0 to
     * 2^29 - 1; 32,768 unless set. Beyond it `thread-spawn` returns a negative number. */
    WASI_THREADS_LIMIT_THREADS = 0,
    /* Pages of 65,536 bytes of one memory, or as many bytes in smaller pages. From 0 to 2^31; 65,536 unless set,
     * which is also the most that a memory with 32-bit addresses can have. A memory that asks for more is an error of
     * the kind LIMIT, and `memory.grow` beyond it returns -1. */
    WASI_THREADS_LIMIT_MEMORY_PAGES = 1,
    /* Elements of one table. From 0 to 2^32 - 1; 10,000,000 unless set. Treated like pages. */
    WASI_THREADS_LIMIT_TABLE_ELEMENTS = 2,
    /* Bytes that the frames of a thread's guest code take: WebAssembly locals and operands in the interpreter,
     * and as much again of the host's stack in compiled code, where no frame is smaller than the interpreter's.
     * From 16 KiB to 1 GiB; 1 MiB unless set. Beyond it a call traps with CALL_STACK_EXHAUSTED. Only what is
     * used takes memory. What fits in the interpreter, or where everything is compiled, fits in
     * WASI_THREADS_TIER_AUTO too: a call for which compiled code finds no room is interpreted there. */
    WASI_THREADS_LIMIT_VALUE_STACK_BYTES = 3,
    /* Bytes of a guest thread's stack of the host, on which host functions run; compiled code has its own
     * beside them. From 64 KiB to 1 GiB; 1 MiB unless set. Only what is used takes memory. */
    WASI_THREADS_LIMIT_HOST_STACK_BYTES = 4,
    /* Bytes that a captured stream holds. From 0 to 2^40; 64 MiB unless set. */
    WASI_THREADS_LIMIT_BUFFER_BYTES = 5,
    /* Descriptors that a process has open, with those that it is given. From 3 to 2^20; 512 unless set.
     * Beyond it a guest's call fails with `mfile`. Each takes at most one descriptor of the embedding
     * program, and a path that is resolved some more for that time. */
    WASI_THREADS_LIMIT_DESCRIPTORS = 6,
    /* Bytes of the stack in the guest's memory that an attached host thread gets. From 4 KiB to 1 GiB;
     * 128 KiB unless set. */
    WASI_THREADS_LIMIT_GUEST_STACK_BYTES = 7,
    /* Elements of all tables of a process together, those of each thread's instance included; of 8 bytes
     * each. From 0 to 2^40; 2^27 unless set. Beyond it a process is an error of the kind LIMIT, a thread is
     * refused, and `table.grow` returns -1. */
    WASI_THREADS_LIMIT_TOTAL_TABLE_ELEMENTS = 8,
    /* Milliseconds that one call waits for LLVM which compiles all functions of a module: those that make a
     * module with WASI_THREADS_TIER_COMPILED, and `wasi_threads_module_compile`. From 0 to 2^40; 2^40 unless
     * set. Beyond it the call returns with what is compiled by then, and the other functions run in the
     * interpreter, as they do without an error where they are too large to be compiled. */
    WASI_THREADS_LIMIT_COMPILATION_MILLISECONDS = 9,
    /* Bytes of memory that LLVM takes at once, for all threads that compile: about as many as are expected by
     * the sizes of functions, beside the 60 MiB that it takes once. From 0 to 2^40; 2^40 unless set. Fewer
     * functions are compiled at a time, and one that would take more runs in the interpreter. */
    WASI_THREADS_LIMIT_COMPILATION_BYTES = 10
} wasi_threads_limit_t;

/* How the functions of modules run. Results, traps and the ends of threads are the same in each; what
 * differs is how soon they come, and what is done to the embedding program.
 *
 * Compiled code is made by LLVM, version 19 or later, unless said otherwise. It is no part of this library, and
 * opened when the first function is to be compiled, from the path in the environment variable WASI_THREADS_LLVM,
 * or under the names that systems give it. With the first function to be compiled, or the first call of a function with
 * `_new_compiled` in its name, come, and stay for the rest of the embedding program's life:
 *  - handlers of SIGSEGV, SIGBUS and SIGURG, which act on what happens in compiled code and pass everything
 *    else on to the handlers that were there before. They run on the alternate stack where a thread has one.
 *    A handler that is installed later must pass on in the same way.
 *  - 1 GiB of address space for code; only what is used takes memory.
 *  - LLVM itself, which from then on registers no functions for the exit of the program, whoever uses it.
 * On each thread that runs compiled code, a host thread inside a call too, these three signals are unblocked:
 * see `wasi_threads_host_thread_keep_signals`.
 * While there is something to compile there is a thread for it, with all signals blocked but SIGSEGV and
 * SIGBUS, which mean there that LLVM has failed; with
 * WASI_THREADS_TIER_COMPILED and `wasi_threads_module_compile` one for each processor. Nobody waits for them:
 * where one is in LLVM when the engine is deleted, or the call returns before its end, it goes as soon as it
 * has finished what it is at, a second or two later at most, and touches nothing of the program's until then.
 * When the program exits, such a thread is stopped where it is. Where LLVM fails, one stays asleep, and nothing
 * more is compiled.
 *
 * The environment variable WASI_THREADS_CPU_WITHOUT, as "avx512f,bmi2", names features of the processor that
 * compiled code is not to use. */
typedef enum {
    /* The interpreter first; functions and loops that run often are compiled in the background, and a call
     * that is under way goes over. Where LLVM is missing, they are compiled as with WASI_THREADS_TIER_BASELINE,
     * by the thread that runs them. The default. */
    WASI_THREADS_TIER_AUTO = 0,
    /* The interpreter only: nothing of what is said above happens. */
    WASI_THREADS_TIER_INTERPRETER = 1,
    /* Every function is compiled when its module is made, on all processors. Where LLVM is missing, making a
     * module is an error of the kind COMPILER. A process whose memory the system gives no room for guards
     * runs on the interpreter. */
    WASI_THREADS_TIER_COMPILED = 2,
    /* Every function is compiled when its module is made, by a compiler of the library's own that takes one pass:
     * some MB of functions a second, for code that takes longer than LLVM's. LLVM is not needed, and no
     * thread is started. Functions with vectors, with tail calls and those that catch exceptions run in the
     * interpreter, and so does everything where the processor is none of x86-64 with SSE4.1 and POPCNT. */
    WASI_THREADS_TIER_BASELINE = 3
} wasi_threads_tier_t;

/* Whether functions can run in a way on this machine. Stores in `*description`, unless it is NULL, with what
 * (as "LLVM 22 (libLLVM.so.22.1)") or why not: a text that lives for ever. Opens LLVM, which takes some 20 ms
 * and 50 MB the first time. False for a number that is no tier. */
bool wasi_threads_tier_available(wasi_threads_tier_t tier, const char **description);

/* Makes a configuration with the values stated at `wasi_threads_limit_t`. Never NULL; the caller owns it. */
WASI_THREADS_OWNED
wasi_threads_engine_config_t *wasi_threads_engine_config_new(void);

/* Frees a configuration. NULL is allowed and does nothing. Engines made from it keep their copy. */
void wasi_threads_engine_config_delete(wasi_threads_engine_config_t *config);

/* Sets a limit. Units and ranges: at the limit. Error: LIMIT where `value` is out of the range. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_config_set_limit(wasi_threads_engine_config_t *config,
                                                           wasi_threads_limit_t limit, uint64_t value);

/* Sets how the functions of modules run. Without it, the environment variable WASI_THREADS_TIER says so, where
 * it is "auto", "interpreter", "compiled" or "baseline" when an engine is made. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_config_set_tier(wasi_threads_engine_config_t *config,
                                                          wasi_threads_tier_t tier);

/* Has compiled code kept in `directory`, from where the next engine with the same directory takes it, in
 * this program or another, for modules with the same bytes: what ran often runs compiled from its first call
 * on. The directory is made where it is missing, at most `byte_limit` bytes are kept, and the programs that
 * were used least lately go first. NULL for `directory`, the default, keeps nothing; the interpreter only
 * keeps nothing either.
 *
 * The directory must belong to the user of the embedding program, with nobody else allowed to write: else, as
 * with any failure to read or write, nothing is kept, and no error is reported. What is broken, or made by
 * another build of this library or for another processor, is not used. Whoever can write in the directory can
 * run code in the embedding program, so no guest may be given it. Any number of engines and programs may use
 * a directory at the same time. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_config_set_cache(wasi_threads_engine_config_t *config,
                                                           const char *directory, uint64_t byte_limit);

/* Switches a feature of WebAssembly off, or on again: all are on in a new configuration. `name` is what
 * `wasi-threads inspect` calls it: "simd", "relaxed-simd", "threads", "bulk-memory", "reference-types",
 * "multi-value", "mutable-global", "sign-extension", "nontrapping-float-to-int", "extended-const", "multi-memory",
 * "memory64", "custom-page-sizes", "wide-arithmetic", "function-references". A module that uses a feature that
 * is off is refused, with an error of the kind UNSUPPORTED that says where. Error: MISUSE where this version has no
 * such feature. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_config_set_feature(wasi_threads_engine_config_t *config,
                                                             const char *name, bool is_on);

/* Has the processes of the engine look for data races: accesses of two threads to the same bytes of a shared memory
 * of which at least one writes, not both are atomic, and neither comes before the other by what the guest does:
 * atomic accesses to the same address, notify and wait, spawns, and calls of functions of the host that are not
 * WASI's. Each is told once to `wasi_threads_process_watch_races`, and the guest goes on. Functions run in compiled
 * code where the tier is COMPILED, and otherwise in the interpreter, up to several times as long, and what is
 * touched of a memory takes five times as much. `suppressions` is NULL or a text: lines of `race:PATTERN` and
 * `race_top:PATTERN` for functions or source files in any frame, or in the innermost, of races that are not told,
 * and `atomic:PATTERN` for functions whose plain accesses count as atomic ones; `*` is any text, `^` and `$` are the
 * ends of the name, and `#` begins a comment. Those of wasi-libc are known. Error: MISUSE, with the line, for other
 * texts. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_config_set_race_detection(wasi_threads_engine_config_t *config,
                                                                    bool is_on, const char *suppressions);

/* Makes an engine with a copy of `config`, or with the default limits where it is NULL, and stores it in
 * `*engine`; the caller owns it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_new(const wasi_threads_engine_config_t *config,
                                              wasi_threads_engine_t **engine);

/* Frees an engine once no module, linker or process needs it. NULL is allowed and does nothing. Never waits for
 * LLVM: what is being compiled then is dropped when it is finished. */
void wasi_threads_engine_delete(wasi_threads_engine_t *engine);

/* Ends the calls of other threads that make a module of this engine, or compile one to bytes or a file, and
 * wait for LLVM or are about to: each returns an error of the kind ENDED, soon, and nothing comes of it. Later
 * calls, and what is compiled in the background, are not concerned. Does not wait. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_engine_cancel_compilation(wasi_threads_engine_t *engine);

/* ---- Module ----------------------------------------------------------------------------------------- */

/* Decodes and validates the `length` bytes at `bytes`, which it copies, and stores the module in
 * `*module`; the caller owns it. Errors: MALFORMED, INVALID, UNSUPPORTED or LIMIT, each with the offset in
 * the binary; SYSTEM where memory is refused; ENDED after `wasi_threads_engine_cancel_compilation`.
 * https://webassembly.github.io/spec/core/appendix/embedding.html#embed-module-decode */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_new(wasi_threads_engine_t *engine, const uint8_t *bytes,
                                              size_t length, wasi_threads_module_t **module);

/* The same for the content of the regular file at `path`, which is at most 1 GiB long. Further errors: FILE, with
 * the path and the reason, also where a directory, a device or a pipe is there, which is neither read nor waited
 * for; SYSTEM where memory is refused. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_new_from_file(wasi_threads_engine_t *engine, const char *path,
                                                        wasi_threads_module_t **module);

/* Compiles all functions of a module, whatever the tier of its engine, and stores the module with the code in
 * `*bytes`, `*length` bytes long; the caller owns them and frees them with `wasi_threads_bytes_delete`. The
 * same module gives the same bytes on the same machine. The code is for processors that can do all that
 * this one can. Waits until it is done, which takes some seconds for each MB of functions and processor,
 * or as long as the engine's WASI_THREADS_LIMIT_COMPILATION_MILLISECONDS; with less than all of the code it is
 * not the same bytes. Errors: COMPILER; ENDED after `wasi_threads_engine_cancel_compilation`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_compile(const wasi_threads_module_t *module, uint8_t **bytes,
                                                  size_t *length);

/* Frees what `wasi_threads_module_compile` stored. NULL is allowed and does nothing. */
void wasi_threads_bytes_delete(uint8_t *bytes);

/* The same into the file at `path`, which appears whole or not at all, in place of one that is there. Further
 * error: FILE, with the path and the system's reason, also where something else than a file is there. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_compile_to_file(const wasi_threads_module_t *module,
                                                          const char *path);

/* Makes a module of what `wasi_threads_module_compile` stored, `length` bytes at `bytes`, which it copies.
 * LLVM is not needed. An engine with WASI_THREADS_TIER_INTERPRETER does not use the code.
 *
 * The bytes hold machine code: whoever can change them can run code in the embedding program. What was cut or
 * changed by mistake is told by its digests, and refused; what was made with intent is not.
 *
 * Errors: MALFORMED where the bytes were cut or changed, or are something else; INCOMPATIBLE where another
 * version of the library made them, or for a processor with features that this one lacks; those of
 * `wasi_threads_module_new`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_new_compiled(wasi_threads_engine_t *engine, const uint8_t *bytes,
                                                       size_t length, wasi_threads_module_t **module);

/* The same for the content of the regular file at `path`. The file may change as soon as this has returned.
 * Further error: FILE. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_new_compiled_from_file(wasi_threads_engine_t *engine,
                                                                 const char *path,
                                                                 wasi_threads_module_t **module);

/* Decodes and validates as `wasi_threads_module_new` does, and keeps nothing. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_validate(wasi_threads_engine_t *engine, const uint8_t *bytes,
                                                   size_t length);

/* Frees a module once no process runs it. NULL is allowed and does nothing. */
void wasi_threads_module_delete(wasi_threads_module_t *module);

/* Stores the imports of a module, in the order of the binary, in `*imports`: an array of `*count`
 * pointers, borrowed from the module.
 * https://webassembly.github.io/spec/core/appendix/embedding.html#embed-module-imports */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_imports(const wasi_threads_module_t *module,
                                                  const wasi_threads_external_t *const **imports,
                                                  size_t *count);

/* The same for the exports.
 * https://webassembly.github.io/spec/core/appendix/embedding.html#embed-module-exports */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_module_exports(const wasi_threads_module_t *module,
                                                  const wasi_threads_external_t *const **exports,
                                                  size_t *count);

/* ---- Linker: host functions ------------------------------------------------------------------------- */

/* A function of the host. `args` has the parameters of the type that it was defined with, in order;
 * `results` has room for its results, with their kinds set and their bits zero. `env` is what it was
 * defined with. All guest threads call it, at the same time too. It runs on the guest thread's stack
 * (WASI_THREADS_LIMIT_HOST_STACK_BYTES), or on the caller's where an embedder's call led to it; 128 KiB of that
 * are left to it, or half of a smaller one. It must return: no longjmp and no C++ exception may leave it, on the
 * stack that it was called on, and with the signals blocked that were. While it runs, ending the process waits
 * for it. */
typedef void (*wasi_threads_host_function_t)(void *env, const wasi_threads_value_t *args,
                                             wasi_threads_value_t *results);

/* The same for one that looks at its caller or can fail. It returns NULL, or an error (usually from
 * `wasi_threads_error_new`), which the library then owns: the calling thread traps with HOST_ERROR and
 * the error's message, and so the process ends. */
typedef wasi_threads_error_t *(*wasi_threads_caller_function_t)(void *env, wasi_threads_caller_t *caller,
                                                                const wasi_threads_value_t *args,
                                                                wasi_threads_value_t *results);

/* Is told that `env` is no longer used. May run on any host thread, but never twice. */
typedef void (*wasi_threads_finalizer_t)(void *env);

/* Makes a linker without definitions for modules of `engine`, and stores it in `*linker`; the caller owns
 * it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_new(wasi_threads_engine_t *engine,
                                              wasi_threads_linker_t **linker);

/* Frees a linker. Processes made with it keep their definitions. NULL is allowed and does nothing. */
void wasi_threads_linker_delete(wasi_threads_linker_t *linker);

/* Defines the import `module` `name` as `function`, a function with the given parameters and results
 * (arrays that are copied; NULL is allowed where the count is 0). A definition goes before one of WASI
 * with the same name. `env` is passed to each call and may be NULL. `finalizer`, which may be NULL, is
 * called with `env` once, when the linker and all processes made with it are gone; where this function
 * fails it is not called. Processes that exist already do not see the definition.
 * Errors: MISUSE where the import is defined already. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define(wasi_threads_linker_t *linker, const char *module,
                                                 const char *name,
                                                 const wasi_threads_value_kind_t *parameters,
                                                 size_t parameter_count,
                                                 const wasi_threads_value_kind_t *results,
                                                 size_t result_count,
                                                 wasi_threads_host_function_t function, void *env,
                                                 wasi_threads_finalizer_t finalizer);

/* The same with a function that looks at its caller or can fail. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_with_caller(
    wasi_threads_linker_t *linker, const char *module, const char *name,
    const wasi_threads_value_kind_t *parameters, size_t parameter_count,
    const wasi_threads_value_kind_t *results, size_t result_count,
    wasi_threads_caller_function_t function, void *env, wasi_threads_finalizer_t finalizer);

/* Stores the TID of the calling thread in `*thread`; 0 for the one that runs `_start` or a call of the
 * embedder. Only inside the call that `caller` stands for. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_thread(const wasi_threads_caller_t *caller, uint32_t *thread);

/* Stores the process of the calling thread in `*process`: borrowed, for the time of the call. It may be
 * asked for its memory, be ended, and spawn threads; what waits for its threads refuses. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_process(const wasi_threads_caller_t *caller,
                                                  wasi_threads_process_t **process);

/* Stores where the first memory of the calling instance starts in `*base` and how many bytes it has in
 * `*length`. The base does not move while the process lives; the length may grow at any time and never
 * shrinks. Other guest threads may read and write the same bytes. Error: EXPORT where the instance has no
 * memory. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_memory(const wasi_threads_caller_t *caller, uint8_t **base,
                                                 uint64_t *length);

/* Stores what the function was defined with as its `env` (or `attachment`) in `*env`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_environment(const wasi_threads_caller_t *caller, void **env);

/* Lets the calling thread trap with HOST_ERROR and the message of `error`, which the library then owns, when
 * the host function returns; what it returns does not count then. Of two errors the first counts. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_fail(wasi_threads_caller_t *caller, wasi_threads_error_t *error);

/* Calls the exported function `name` of the calling thread's own instance back, on the calling thread, with
 * values as `wasi_threads_process_call` takes them. It may call host functions in turn, 64 levels deep. A trap
 * inside ends the process, as any trap: this function returns it, and the guest does not go on when the host
 * function returns. An exception that nothing inside catches does not: its error, a TRAP with the code
 * UNCAUGHT_EXCEPTION, is the host function's to catch, or to return and so to throw on. Errors: EXPORT; TYPE;
 * TRAP; ENDED and EXITED, also where the process ended before; MISUSE for a `funcref` of elsewhere. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_caller_call(wasi_threads_caller_t *caller, const char *name,
                                               const wasi_threads_value_t *arguments, size_t argument_count,
                                               wasi_threads_value_t *results, size_t result_count);

/* ---- Linker: native functions ----------------------------------------------------------------------- */

/* Any C function of the host, by its prototype: `double scale(const double *values, size_t count, double by)`.
 * The prototype is C; it may be without a name, and structures and types that it uses stand before it in the
 * same text. Which WebAssembly type it has, and what a guest's call makes of the arguments:
 *
 *   C                                        WebAssembly   the C function gets
 *   bool, char, short, int, int8_t ..        i32           the value, narrowed as C converts it
 *     uint32_t, unsigned .., an enum
 *   long, long long, int64_t, uint64_t       i64           the value
 *   size_t, uintptr_t                        i32           the value, widened with zeros to 64 bits
 *   ssize_t, ptrdiff_t, intptr_t             i32           the value, widened with its sign to 64 bits
 *   float, double                            f32, f64      the value
 *   externref, wasi_threads_externref_t      externref     the pointer, as it is
 *   const char *                             i32           a copy of the guest's string at this address
 *   T *, const T *                           i32           where this address of the guest's memory lies
 *   void *, const void * before a size_t     i32           the same, for so many bytes
 *   void *, const void * else                nothing       `env` of the definition
 *     beside a function pointer              i32           the guest's, to be handed on (see below)
 *   wasi_threads_errno_t *, as the last      i32           nothing: what errno is after the call is stored at this
 *                                                          address, as an int with the number that WASI has for it
 *   R (*)(A, B)                              i32           a function pointer that leads to this element of the
 *                                                          guest's table of functions
 *   wasi_threads_caller_t *                  nothing       the caller, for `wasi_threads_caller_...`
 *   struct                                   i32           a copy of the structure at this address
 *   struct of one scalar                     as that       the structure
 *
 * A result is void; a number, converted the other way (a `bool` gives 0 or 1); an externref; a structure; a `void *`
 * or `T *` into the guest's memory, of which the guest gets the address, and 0 for NULL; a function pointer; or a
 * `wasi_threads_error_t *`: NULL, or an error, which the library then owns, with whose message the calling thread
 * traps. The guest's function has no result for it. A structure of more than one scalar is stored at an address that
 * is the first parameter of the guest's function. This is how C for wasm32 passes structures
 * (https://github.com/WebAssembly/tool-conventions/blob/main/BasicCABI.md).
 *
 * Pointers. All memory is that of the calling instance, the first where it has several. `T` is a number or a
 * structure. How many elements there are is what a `size_t` directly after the pointer says, or the integer
 * parameter `n` for `T name[n]`, or 16 for `T name[16]`; otherwise it is one. A `const char *` before a
 * `size_t`, or with a size in brackets, is bytes and no string. All elements must lie in the memory, and the
 * address must be a multiple of the type's alignment. The address 0 is one like any other, so that no guest
 * makes a host function meet NULL, but for a pointer declared as `T *_Nullable name`, for which 0 is NULL.
 * Other threads of the guest may change the bytes while the host function reads them; they stay readable and
 * writable, also after it returns, until the process is deleted. A string has its NUL byte in the memory, is
 * copied before the call, and so cannot lose its end meanwhile; the copy goes when the host function returns.
 *
 * Function pointers. The guest gives an index of its first table of functions, as C for wasm32 does for `&f`; the host
 * function gets a function pointer of the stated type, which runs the guest's function on the calling thread. It may
 * be called until the host function returns, or, after `wasi_threads_callback_keep`, until it is released. An element
 * that is null, beyond the table or of another type is a trap with HOST_ERROR before the host function is called; with
 * `R (*_Nullable name)(A, B)` the index 0 gives NULL. Numbers are converted as those of a host function, in the other
 * direction. A pointer must lead into the guest's memory, which gets its address (0 for NULL); a pointer of the host's
 * own is declared as `wasi_threads_externref_t`. In a prototype with a function pointer, a `void *` without a `size_t`
 * after it is not `env` but an address of the guest's, which C only hands on: to the guest's function, as a rule
 * (`env` is what `wasi_threads_caller_environment` gives). A `void *` before two `size_t` has as many bytes as their
 * product says, as for qsort and bsearch; elsewhere that is written `T name[n * size]`. C has no way to be told of
 * what goes wrong in such a call: the function pointer returns zero, and so do later calls, and when the host function
 * returns, its caller traps with the error: HOST_ERROR where a value cannot be converted or where it was called on
 * another thread, or the exception that the guest's function threw, which goes on from there. A trap in the guest's
 * function ends the process, as any. Where a host function calls a function pointer, SIGSEGV, SIGBUS and SIGURG are
 * blocked or not as they were when it was called. A function pointer as the result becomes an element of the guest's
 * table, which it can call like its own functions; a function of the guest's becomes its own element again, NULL
 * becomes 0. For others the table grows, once for each: a guest in C is linked with -Wl,--growable-table. They must be
 * callable as long as the process lives.
 *
 * Structures have numbers, arrays of a fixed size, structures, and unions, whose bytes are shared as they are, so that
 * what has one is not passed by value. A guest's memory holds them as C for wasm32
 * does, where size_t and the like and long have 4 bytes, and by value they are converted member by member;
 * behind a pointer both sides must lay them out alike.
 *
 * What a call cannot make sense of (memory out of bounds, a wrong alignment, a string without an end, a
 * negative count; a result that is a size, or a long in a structure, and does not fit into 32 bits) is a trap with
 * HOST_ERROR, whose message names the import, the prototype and the argument; in the first cases the host
 * function is not called.
 *
 * Not supported: a variable number of arguments, function pointers in structures and in function pointers, bit fields,
 * attributes of structures, long double, complex and atomic types, integers of 128 bits, pointers to pointers, pointers
 * in structures, strings as results, other sizes of arrays than a number, a name, or a product of two names, more than
 * 64 parameters or 4096 bytes of arguments. */

/* A C function of any type, to be cast to this one. It is called like a `wasi_threads_host_function_t`: on any
 * guest thread, on all at the same time; it must return. */
typedef void (*wasi_threads_native_function_t)(void);

/* What stands in a prototype for an externref. */
typedef void *wasi_threads_externref_t;

/* What stands in a prototype, behind a pointer, for the errno of the call. */
typedef int wasi_threads_errno_t;

/* Defines the import `module` `name` as the C function `function`, which has the given prototype. `env` and
 * `finalizer` are as for `wasi_threads_linker_define`. The type that the prototype has is compared with the
 * import's when a process is made: an error of the kind LINK then has both types and the prototype.
 * Errors: MISUSE where the import is defined already, or where the prototype is not understood or not
 * supported, with the column (and in a text of several lines the line), counted in bytes from 1, and what to
 * do. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_native(wasi_threads_linker_t *linker, const char *module,
                                                        const char *name, const char *prototype,
                                                        wasi_threads_native_function_t function, void *env,
                                                        wasi_threads_finalizer_t finalizer);

/* An entry of a table of native functions: laid out, and read, like the NativeSymbol of the WebAssembly Micro
 * Runtime, whose tables can be used as they are. The signature has a letter for each parameter: i, I, f and F
 * for int32_t, int64_t, float and double; r for an externref; $ for a string; * for an address of the guest's
 * memory, of one byte, or of as many as a ~ after it says, which is a uint32_t. After them stands the letter
 * of the result, if there is one: "(ii*~)i". The C function's first parameter is a `wasi_threads_caller_t *`
 * and has no letter. A string is a copy, as for a prototype. */
typedef struct wasi_threads_native_symbol {
    const char *symbol;
    void *function;
    const char *signature;
    /* What `wasi_threads_caller_environment` gives. */
    void *attachment;
} wasi_threads_native_symbol_t;

/* Defines the `count` functions at `symbols`, which are copied, as imports of `module`: all, or where one of
 * them fails none. Errors: MISUSE where an import is defined already, or a signature is not understood, with
 * the column. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_symbols(wasi_threads_linker_t *linker, const char *module,
                                                         const wasi_threads_native_symbol_t *symbols,
                                                         size_t count);

/* Defines each function that `module` imports from `import_module` (NULL: from any module), that is not
 * defined yet, that `library` has under the import's name, and that `declarations` declares. `library` is a
 * handle that dlopen gave and that stays open as long as the functions can be called; NULL is the program
 * itself with the libraries that it was started with. `declarations` is C, as in a header: prototypes,
 * structures, typedefs; comments and lines that begin with # are left out. It may declare what is not
 * supported, as long as the module does not import it. Stores the number of functions that were defined in
 * `*count`, which may be NULL. Errors: MISUSE where the text is not understood, or what it declares for an
 * import is not supported, with line and column, and where the module is of another engine; then nothing is
 * defined. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_library(wasi_threads_linker_t *linker,
                                                         wasi_threads_module_t *module,
                                                         const char *import_module, void *library,
                                                         const char *declarations, size_t *count);

/* Writes which WebAssembly type a function with this prototype has, as "func (i32 i32 f64) -> (f64)", to
 * `buffer`: at most `capacity` bytes with the NUL byte at the end. `*length` is how many bytes it has without
 * that; it may be NULL, and so may `buffer` where `capacity` is 0. Errors: as
 * `wasi_threads_linker_define_native` for a prototype. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_native_type(const char *prototype, char *buffer, size_t capacity,
                                               size_t *length);

/* Is told of a function that a text declares: its `name`, and either `type`, which WebAssembly type it has, or
 * `refusal`, a sentence that says where in the text and why it cannot be called; the other one is NULL. They live
 * until this function returns. */
typedef void (*wasi_threads_native_visitor_t)(void *env, const char *name, const char *type, const char *refusal);

/* Tells `visitor` of each function that `declarations` declares, in order: what `wasi_threads_linker_define_library`
 * can define of it, and why not the rest. A header is given as the preprocessor makes it (cc -E). Errors: MISUSE where
 * the text is not understood, with line and column. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_native_functions(const char *declarations, wasi_threads_native_visitor_t visitor,
                                                    void *env);

/* A function pointer that a host function was given for an element of a guest's table, beyond the call. `callback` is
 * such a pointer, cast to this type. The code that it leads to is never freed: a call too late, also after the process
 * was deleted, or on another thread returns zero, and is an error that `wasi_threads_callback_take_error` gives. */

/* Lets `callback` be called after the host function that was given it has returned, until it was released as often as
 * it was kept, or until the instance whose function it is goes: with the process, with a spawned thread's end, or when
 * an attached thread is detached. In the host function, on its thread; once it is kept, on any. It may then be called
 * wherever `wasi_threads_process_call` may be, for a function of the main instance; wherever
 * `wasi_threads_thread_call` may be, for one of an attached thread; and in functions of the host that it calls, on a
 * spawned thread. Where it cannot give what the guest returns, it returns zero, and `wasi_threads_callback_take_error`
 * has the error: those of `wasi_threads_process_call`, and MISUSE where a value cannot be converted. Errors: MISUSE
 * where `callback` is no such pointer, and where no call that has it is under way on the calling thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_callback_keep(wasi_threads_native_function_t callback);

/* Takes one `wasi_threads_callback_keep` back, on any thread. Error: MISUSE where `callback` is not kept. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_callback_release(wasi_threads_native_function_t callback);

/* Gives the last error of a call of `callback` that had no way to return it, and forgets it: a new error, or NULL where
 * there is none. What goes wrong inside of the call that was given it becomes a trap instead. On any thread. Error:
 * MISUSE where `callback` is no such pointer. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_callback_take_error(wasi_threads_native_function_t callback);

/* ---- WASI configuration ----------------------------------------------------------------------------- */

/* The standard streams, by their descriptor. */
typedef enum {
    WASI_THREADS_STDIN = 0,
    WASI_THREADS_STDOUT = 1,
    WASI_THREADS_STDERR = 2
} wasi_threads_stream_t;

/* Makes a configuration without arguments and environment, whose input is at its end and whose output is
 * discarded. Never NULL; the caller owns it. One configuration may serve many processes. */
WASI_THREADS_OWNED
wasi_threads_wasi_config_t *wasi_threads_wasi_config_new(void);

/* Frees a configuration. Processes keep their copy. NULL is allowed and does nothing. */
void wasi_threads_wasi_config_delete(wasi_threads_wasi_config_t *config);

/* Sets the arguments, by custom with the program's name first, in place of any before. `arguments` has
 * `count` strings, which are copied; NULL is allowed where `count` is 0. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_arguments(wasi_threads_wasi_config_t *config,
                                                             const char *const *arguments, size_t count);

/* Adds one argument of `length` bytes. Error: MISUSE where it holds a NUL byte, since a guest could not
 * see what stands after it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_add_argument(wasi_threads_wasi_config_t *config,
                                                            const char *argument, size_t length);

/* Sets the environment variable `name` to `value`. Error: MISUSE where `name` is empty or holds "=". */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_environment(wasi_threads_wasi_config_t *config,
                                                               const char *name, const char *value);

/* Sets each variable that the embedding program's environment has at this moment. No other thread may
 * change the environment meanwhile. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_inherit_environment(wasi_threads_wasi_config_t *config);

/* Connects a stream to the embedding program's stream of the same number. The guest's `fd_close` does not
 * close that one. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_inherit_stream(wasi_threads_wasi_config_t *config,
                                                              wasi_threads_stream_t stream);

/* Connects a stream to the descriptor `descriptor` of the embedding program: a file, a pipe, a socket, a
 * terminal. Each process duplicates it when it is created, so it must be open until then, and closing it
 * later or in the guest does not affect the other. Error: SYSTEM where it is not open. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_stream_descriptor(wasi_threads_wasi_config_t *config,
                                                                     wasi_threads_stream_t stream,
                                                                     int descriptor);

/* Connects a stream to nothing: input is at its end, output is discarded. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_stream_null(wasi_threads_wasi_config_t *config,
                                                               wasi_threads_stream_t stream);

/* Has the guest read the `length` bytes at `bytes`, which are copied, as its standard input, and then the
 * end. NULL is allowed where `length` is 0. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_input(wasi_threads_wasi_config_t *config,
                                                         const uint8_t *bytes, size_t length);

/* Keeps what the guest writes to `stream`, standard output or error, for
 * `wasi_threads_process_read_output`. When WASI_THREADS_LIMIT_BUFFER_BYTES are unread, or the system
 * refuses the memory, `fd_write` fails with `nospc`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_capture_output(wasi_threads_wasi_config_t *config,
                                                              wasi_threads_stream_t stream);

/* A function that gives a guest its standard input: it stores up to `capacity` bytes at `buffer` and
 * returns how many: 0 at the end, SIZE_MAX where it failed, which the guest is told as `io`. It may wait;
 * while it does, ending the process waits for it. `buffer` is the library's own, not the guest's. */
typedef size_t (*wasi_threads_input_function_t)(void *env, uint8_t *buffer, size_t capacity);

/* Takes `length` bytes that a guest wrote, all of them, and returns true; false where it failed, which the
 * guest is told as `io`. The bytes are the library's copy, for the time of the call. */
typedef bool (*wasi_threads_output_function_t)(void *env, const uint8_t *bytes, size_t length);

/* Has the guest read its standard input from `function`. Any guest thread calls it; for each process, one
 * call is made at a time. `env` is passed to each call and may be NULL. `finalizer`, which may be NULL, is
 * called with `env` once, when neither the configuration nor a process made with it uses the function any
 * more; where this function fails it is not called. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_input_function(wasi_threads_wasi_config_t *config,
                                                                  wasi_threads_input_function_t function,
                                                                  void *env,
                                                                  wasi_threads_finalizer_t finalizer);

/* The same for what the guest writes to `stream`, standard output or error. For each process and stream,
 * one call is made at a time. A guest's write may come in more than one call. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_output_function(wasi_threads_wasi_config_t *config,
                                                                   wasi_threads_stream_t stream,
                                                                   wasi_threads_output_function_t function,
                                                                   void *env,
                                                                   wasi_threads_finalizer_t finalizer);

/* What a guest may do in a directory that it is given, beside looking and reading; to be joined with `|`.
 * A call beyond it fails with `notcapable`, or with `perm` where it would truncate. */
typedef enum {
    WASI_THREADS_READ_ONLY = 0,
    /* Change what files hold, their sizes and their times. */
    WASI_THREADS_WRITE_FILES = 1,
    /* Create, remove, rename and link files and directories, and set times by path. */
    WASI_THREADS_CHANGE_DIRECTORIES = 2,
    WASI_THREADS_READ_WRITE = 3
} wasi_threads_permissions_t;

/* Gives the guest the directory `host_path` under the name `guest_path`, by custom "/" or ".", or an
 * absolute path. Directories get the descriptors from 3 on in the order in which they are given. No path and
 * no symbolic link leads the guest out of it, whatever else changes the directory at the same time; an
 * absolute link leads nowhere. A file that the host links or mounts into it is in it. `permissions` is made
 * of `wasi_threads_permissions_t`. Paths may be any bytes. Each process opens the directory when it is
 * created: `wasi_threads_process_new` fails with FILE where that is refused. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_preopen_directory(wasi_threads_wasi_config_t *config,
                                                                 const char *host_path,
                                                                 const char *guest_path,
                                                                 uint32_t permissions);

/* The same for the root of a file system in memory, which processes made with `config` share. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_preopen_memory_fs(wasi_threads_wasi_config_t *config,
                                                                 wasi_threads_memory_fs_t *fs,
                                                                 const char *guest_path,
                                                                 uint32_t permissions);

/* Gives the guest the socket `descriptor` of the embedding program, listening (for `sock_accept`) or
 * connected. Sockets get the descriptors after those of the directories, in the order in which they are
 * given. Each process duplicates it when it is created, so it must be open until then, and closing it later
 * or in the guest does not affect the other. Errors: SYSTEM where it is not open; MISUSE where it is no
 * socket. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_add_socket(wasi_threads_wasi_config_t *config,
                                                          int descriptor);

/* Has processes made with the configuration note how their threads spend their time, for
 * `wasi_threads_process_stats`. Calls of functions of the host and of WASI, waits, and the beginnings and ends of
 * threads each take two looks at the clock more; nothing is noted or paid without it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_keep_stats(wasi_threads_wasi_config_t *config);

/* Has a process made with the configuration write a timeline to a descriptor: of each thread its life, who spawned it,
 * its waits and their addresses, its calls of functions of the host and of WASI by name, and pauses; of the process
 * the growth of memory and compilations. It is JSON in the Trace Event Format, which https://ui.perfetto.dev opens. The
 * descriptor has to stay open until the process has ended, and is for one process; it is not closed. -1 is none.
 * Threads write what they have noted some hundreds of events at a time, and at their ends. Statistics are kept too.
 * Error: SYSTEM where the descriptor is not open. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_wasi_config_set_trace(wasi_threads_wasi_config_t *config, int descriptor);

/* ---- File system in memory -------------------------------------------------------------------------- */

/* Files and directories without a disk, for `wasi_threads_wasi_config_preopen_memory_fs`. Any thread may
 * use one at any time, while guests do too. Paths begin at its root, with or without a slash, and follow
 * symbolic links that guests made. Errors of all functions below: FILE, with the path and what is wrong
 * with it; LIMIT where it is full, or the system refuses the memory. */

/* Makes an empty file system and stores it in `*fs`; the caller owns it. `limit` bounds in bytes what it
 * takes: the contents of files, names, 256 for each name, and 256 for each file, directory and link; at most
 * 2^40. What is held can be an eighth more, and what a file held is given back when it becomes shorter. A guest
 * that meets the limit, or memory that the system refuses, gets `nospc`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_new(uint64_t limit, wasi_threads_memory_fs_t **fs);

/* Frees a file system once no configuration or process uses it. NULL is allowed and does nothing. */
void wasi_threads_memory_fs_delete(wasi_threads_memory_fs_t *fs);

/* Makes the directory `path`, and those that it stands in, where they are not there. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_add_directory(wasi_threads_memory_fs_t *fs, const char *path);

/* Makes the file `path` with the `length` bytes at `bytes`, which are copied, and the directories that it
 * stands in; replaces what a file there holds. NULL is allowed where `length` is 0. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_write_file(wasi_threads_memory_fs_t *fs, const char *path,
                                                        const uint8_t *bytes, size_t length);

/* Stores in `*length` how many bytes the file `path` holds. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_file_length(wasi_threads_memory_fs_t *fs, const char *path,
                                                         uint64_t *length);

/* Copies up to `capacity` bytes of the file `path` from `offset` on to `buffer`, and stores in `*length` how
 * many: less than `capacity` at its end. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_read_file(wasi_threads_memory_fs_t *fs, const char *path,
                                                       uint64_t offset, uint8_t *buffer, size_t capacity,
                                                       size_t *length);

/* Removes the file, the symbolic link or the empty directory `path`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_remove(wasi_threads_memory_fs_t *fs, const char *path);

/* Is shown one name in a directory, which lives until it returns. */
typedef void (*wasi_threads_memory_fs_visitor_t)(void *env, const char *name, bool is_directory);

/* Calls `visit` on the calling thread for each name in the directory `path`, in the order in which they
 * were made, as they were when it was called; `visit` may change the file system. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_fs_list(wasi_threads_memory_fs_t *fs, const char *path,
                                                  wasi_threads_memory_fs_visitor_t visit, void *env);

/* ---- Process ---------------------------------------------------------------------------------------- */

/* Whether and how a process ended. The first cause decides. */
typedef enum {
    /* It can run, or runs. */
    WASI_THREADS_OUTCOME_ALIVE = 0,
    /* `_start` returned. */
    WASI_THREADS_OUTCOME_RETURNED = 1,
    /* A thread called `proc_exit`. */
    WASI_THREADS_OUTCOME_EXITED = 2,
    /* A thread trapped. */
    WASI_THREADS_OUTCOME_TRAPPED = 3,
    /* The embedder ended it, or a limit of time did. */
    WASI_THREADS_OUTCOME_ENDED = 4,
    /* All its threads waited for each other: see `wasi_threads_process_detect_deadlocks`. */
    WASI_THREADS_OUTCOME_DEADLOCKED = 5
} wasi_threads_outcome_t;

/* Makes a process that runs `module`, and stores it in `*process`; the caller owns it. `linker` may be
 * NULL: then only WASI is defined. `config` may be NULL: then WASI has nothing to give, as after
 * `wasi_threads_wasi_config_new`. Both are copied.
 *
 * Instantiates the module: imports are satisfied from the linker, then from WASI; a shared memory that
 * neither defines is made with the limits of the import, one for each pair of names, shared by all threads
 * of the process (wasi-threads, "Design choice: instance-per-thread"). Memories and tables are filled. No
 * code of the guest runs yet: the start function, if there is one, runs at the beginning of the first call
 * below that enters the guest.
 *
 * Errors: LINK with the names and the type of an import that nobody defines, or both types where they
 * differ; LIMIT; SYSTEM; TRAP where a data or element segment does not fit; MISUSE where the objects are
 * of different engines.
 * https://webassembly.github.io/spec/core/appendix/embedding.html#embed-module-instantiate */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_new(wasi_threads_engine_t *engine,
                                               wasi_threads_module_t *module,
                                               wasi_threads_linker_t *linker,
                                               const wasi_threads_wasi_config_t *config,
                                               wasi_threads_process_t **process);

/* Ends the process where it has not ended, waits until all its threads and all calls into it are gone, and
 * frees it with its memories and descriptors. Calls under way on other threads return with ENDED. NULL is
 * allowed and does nothing. Error: MISUSE on a thread that is inside the process (a host function that it
 * called); then it goes on as before. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_delete(wasi_threads_process_t *process);

/* Runs the export `_start` on the calling thread, until it returns or another thread of the guest ends the
 * process; by then all other threads have been ended and are gone. Where `_start` returned or a thread
 * called `proc_exit`, returns NULL with 0 or what `proc_exit` was given in `*exit_status`, which may be
 * NULL.
 *
 * A process runs once. Errors: TRAP with the TID and the frames of the thread that trapped; ENDED with the
 * reason, also where that was before; EXPORT where there is no `_start` of type () -> (); BUSY while a call
 * is under way; MISUSE where the process has begun before or has ended.
 * https://github.com/WebAssembly/WASI/blob/main/legacy/application-abi.md */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_run(wasi_threads_process_t *process, uint32_t *exit_status);

/* The same for a command that is used as a library: where `_start` returns, or calls `proc_exit` with 0, and no other
 * thread of the process lives or is attached, the process lives on, `*is_alive` is true, and its exports can be called
 * (`wasi_threads_process_call` and what follows). `proc_exit` does so on the thread of `_start` and not in a callback
 * of a host function, and leaves what `_start` has of the guest's stack, unless the module exports `__stack_pointer`.
 * What the guest has registered for its exit has run. Otherwise `*is_alive` is false, and all is as for
 * `wasi_threads_process_run`; `exit_status` may be NULL. Errors: the same. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_run_as_library(wasi_threads_process_t *process, bool *is_alive,
                                                          uint32_t *exit_status);

/* Readies a module that is no command: runs the start function and the export `_initialize`, where there
 * is one, on the calling thread. The process lives on, for `wasi_threads_process_call`. Once for each
 * process, before any call. Errors: as `wasi_threads_process_run`, and EXITED where the guest called
 * `proc_exit`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_initialize(wasi_threads_process_t *process);

/* Calls the exported function `name` of the process's main instance on the calling thread, with
 * `argument_count` values at `arguments`, and stores its `result_count` results, with their kinds, at
 * `results`. Arrays may be NULL where the count is 0. The process lives on after it, with the threads that
 * the call spawned. A trap ends the process. Within one process one call is made at a time.
 *
 * Errors: EXPORT; TYPE where counts or kinds differ from the function's type, which the message has; TRAP;
 * ENDED; EXITED where the guest called `proc_exit`; BUSY while another thread is inside such a call; MISUSE
 * inside a host function of the same thread's call, or after the end, and for a `funcref` of elsewhere. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_call(wasi_threads_process_t *process, const char *name,
                                                const wasi_threads_value_t *arguments,
                                                size_t argument_count, wasi_threads_value_t *results,
                                                size_t result_count);

/* Spawns a thread as the guest's `thread-spawn` does: a new instance of the module runs
 * `wasi_thread_start` with a new TID, which is from 1 to 2^29 - 1 and is stored in `*thread`, and
 * `start_argument`. `thread` may be NULL. Errors: EXPORT where there is no `wasi_thread_start` of type
 * (i32 i32) -> (); LIMIT where the process has all the threads that it may have; SYSTEM where memory or a
 * host thread is refused; MISUSE after the end.
 * https://github.com/WebAssembly/wasi-threads#design-choice-thread-ids */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_spawn(wasi_threads_process_t *process, uint32_t start_argument,
                                                 uint32_t *thread);

/* Waits until the thread with the TID `thread` is gone. Returns at once where no such thread lives. Error:
 * MISUSE on a thread that is inside the process. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_join(wasi_threads_process_t *process, uint32_t thread);

/* Waits until no spawned thread of the process lives. It does not end them: without anything else they may
 * run for ever. Error: MISUSE on a thread that is inside the process. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_wait(wasi_threads_process_t *process);

/* Ends the process: its threads leave guest code within milliseconds, also those that wait, poll or read.
 * `reason`, which may be NULL, is the message of the errors of the kind ENDED. Does not wait; does nothing
 * where the process has ended already. Any thread may call it, a host function too. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_end(wasi_threads_process_t *process, const char *reason);

/* Ends the process when `nanoseconds` have passed from now on the monotonic clock, unless it has ended by
 * then; in place of a limit set before. 0 takes the limit away. The first limit of a process makes one
 * thread that watches the clock, which is gone when the process is deleted. Error: SYSTEM where that
 * thread is refused. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_set_time_limit(wasi_threads_process_t *process,
                                                          uint64_t nanoseconds);

/* Stores in `*outcome` whether and how the process ended; in `*exit_status` 0 or what `proc_exit` was
 * given; in `*reason` a new error of the kind TRAP or ENDED that the caller owns where the outcome is
 * TRAPPED, ENDED or DEADLOCKED, and otherwise NULL. Each may be NULL. Does not wait: threads may still be on their way
 * out. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_outcome(const wasi_threads_process_t *process,
                                                   wasi_threads_outcome_t *outcome, uint32_t *exit_status,
                                                   wasi_threads_error_t **reason);

/* Takes up to `capacity` bytes of what the guest has written to a captured stream, the oldest first,
 * stores them at `buffer` and their number in `*length`. Does not wait: 0 bytes where nothing is unread.
 * Works after the end too, until the process is deleted. Error: MISUSE where the stream is not captured. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_read_output(wasi_threads_process_t *process,
                                                       wasi_threads_stream_t stream, uint8_t *buffer,
                                                       size_t capacity, size_t *length);

/* Stores in `*length` how many bytes `wasi_threads_process_read_output` could take now. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_output_length(const wasi_threads_process_t *process,
                                                         wasi_threads_stream_t stream, size_t *length);

/* ---- Snapshots -------------------------------------------------------------------------------------- */

/* A snapshot has what the main instance of a process has between two calls: the bytes of its memories, its globals and
 * its tables. Processes that begin with it have the work behind them that it took to get there, so that an interpreter
 * or a library is readied once. It does not change, and any thread may use it. Not in it: descriptors, streams and
 * whatever else a configuration gives; memories that a linker defines; which segments the guest has dropped, so that
 * they are there again. */

/* Makes a snapshot of `process`, and stores it in `*snapshot`; the caller owns it, and it outlives the process. The
 * process goes on as before. An externref stays the pointer that it is. Errors: MISUSE inside of a call of the process,
 * where other threads of it live or are attached, and after its end; BUSY while another thread is inside a call;
 * UNSUPPORTED where a global or a table refers to a function that the host gave by a function pointer, or to an
 * exception; SYSTEM where the host has no memory for it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_snapshot(wasi_threads_process_t *process,
                                                    wasi_threads_snapshot_t **snapshot);

/* Makes a process of the same module with what the snapshot has, and stores it in `*process`; the caller owns it. What
 * had begun there has begun here: after `wasi_threads_process_initialize`, or `_run_as_library`, exports can be called
 * at once. `linker` and `config` are as for `wasi_threads_process_new`, and so are the errors; LIMIT where its memories
 * or tables are larger than they may be. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_snapshot_process(wasi_threads_snapshot_t *snapshot, wasi_threads_linker_t *linker,
                                                    const wasi_threads_wasi_config_t *config,
                                                    wasi_threads_process_t **process);

/* Frees a snapshot once nobody else needs it. NULL is allowed and does nothing. */
void wasi_threads_snapshot_delete(wasi_threads_snapshot_t *snapshot);

/* ---- Tags and exceptions ---------------------------------------------------------------------------- */

/* A tag says what an exception is, and which values it carries. It is one object in every process that it is
 * given to, and any thread may use it. An exception has a tag and its values, and does not change.
 *
 * A host function throws one by returning the error that `wasi_threads_error_from_exception` makes, or by giving it
 * to `wasi_threads_caller_fail`; it catches what leaves `wasi_threads_caller_call` by not returning its error. An
 * exception that leaves a call of the embedder ends the process as a trap: `wasi_threads_error_exception` reads it.
 * https://webassembly.github.io/spec/core/exec/runtime.html#exception-instances */

/* Makes a tag whose exceptions carry values of the given kinds (an array that is copied; NULL is allowed where the
 * count is 0), and stores it in `*tag`; the caller owns it. `name` is what messages call it. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_tag_new(wasi_threads_engine_t *engine, const char *name,
                                           const wasi_threads_value_kind_t *parameters,
                                           size_t parameter_count, wasi_threads_tag_t **tag);

/* Frees a tag once nobody else needs it. NULL is allowed and does nothing. */
void wasi_threads_tag_delete(wasi_threads_tag_t *tag);

/* How many values an exception of the tag carries. */
size_t wasi_threads_tag_parameter_count(const wasi_threads_tag_t *tag);

/* The kind of one of these values; WASI_THREADS_I32 from the count on. */
wasi_threads_value_kind_t wasi_threads_tag_parameter(const wasi_threads_tag_t *tag, size_t index);

/* Defines the import `module` `name` as `tag`. Where the import's type is another one, making a process fails with
 * LINK. Error: MISUSE where the import is defined already, or the tag is of another engine. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_tag(wasi_threads_linker_t *linker, const char *module,
                                                     const char *name, wasi_threads_tag_t *tag);

/* Stores the tag that the process exports as `name` in `*tag`; the caller owns it, and it outlives the process. All
 * threads of a process have the same tags. Error: EXPORT where there is no such tag. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_tag(wasi_threads_process_t *process, const char *name,
                                               wasi_threads_tag_t **tag);

/* Makes an exception, and stores it in `*exception`; the caller owns it. Errors: TYPE where the values are not those
 * that the tag says; MISUSE for a `funcref` that is not NULL. An `exnref` is NULL. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_exception_new(wasi_threads_tag_t *tag, const wasi_threads_value_t *values,
                                                 size_t count, wasi_threads_exception_t **exception);

/* Frees an exception; a guest that it was thrown to keeps its own. NULL is allowed and does nothing. */
void wasi_threads_exception_delete(wasi_threads_exception_t *exception);

/* Whether the exception has this tag. */
bool wasi_threads_exception_is(const wasi_threads_exception_t *exception, const wasi_threads_tag_t *tag);

/* How many values the exception carries. */
size_t wasi_threads_exception_value_count(const wasi_threads_exception_t *exception);

/* Stores the values of the exception in `values`, which has room for `count`. An `exnref` is NULL. Error: TYPE where
 * the exception carries another number. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_exception_values(const wasi_threads_exception_t *exception,
                                                    wasi_threads_value_t *values, size_t count);

/* Stores the exception that an error is of in `*exception`, which the caller owns; NULL where it is of none. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_error_exception(const wasi_threads_error_t *error,
                                                   wasi_threads_exception_t **exception);

/* Makes an error for a host function to return, which throws the exception in the guest that called. The exception
 * stays the caller's. Its kind is WASI_THREADS_ERROR_HOST. Never NULL: an error of the kind MISUSE where
 * `exception` is none. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_error_from_exception(const wasi_threads_exception_t *exception);

/* ---- Memory ----------------------------------------------------------------------------------------- */

/* A linear memory is an object of its own, owned by the caller, that keeps the memory: it can be read and
 * written after the process that used it was deleted. Each call of `wasi_threads_process_memory` makes a
 * new object for the same memory. Guest threads may read and write the same bytes at any time, so read a
 * value once, and check what was read. An access that is not wholly inside the memory touches nothing and
 * is an error of the kind MISUSE, with the offset, the length and the size of the memory.
 * https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances */

/* Makes a shared memory that has `minimum_pages` pages of 65,536 bytes, all zero, and grows to at most
 * `maximum_pages`, and stores it in `*memory`. For `wasi_threads_linker_define_memory`. Errors: LIMIT where
 * the engine's WASI_THREADS_LIMIT_MEMORY_PAGES are fewer than `minimum_pages`; SYSTEM where the system
 * refuses the memory; MISUSE where the minimum is above the maximum or that above 65,536. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_new(wasi_threads_engine_t *engine, uint64_t minimum_pages,
                                              uint64_t maximum_pages, wasi_threads_memory_t **memory);

/* The same for a memory with pages of `page_size` bytes, 65,536 or 1, and with 64-bit addresses where `is_64` is true.
 * The limit counts its bytes. MISUSE also where `page_size` is another, or the maximum is more than addresses reach:
 * the 65,536 pages, or 4,294,967,295 of one byte, of 32-bit addresses, 2^48 pages of 64-bit ones.
 * https://github.com/WebAssembly/custom-page-sizes */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_new_typed(wasi_threads_engine_t *engine, uint64_t minimum_pages,
                                                    uint64_t maximum_pages, uint64_t page_size, bool is_64,
                                                    wasi_threads_memory_t **memory);

/* Frees a memory once no process uses it. NULL is allowed and does nothing. */
void wasi_threads_memory_delete(wasi_threads_memory_t *memory);

/* Defines the import `module` `name` as `memory`. All processes made with the linker share it: threads that
 * wait in one are notified from another, and the end of one leaves the others as they are. Where `memory`
 * has another type than the import (fewer pages than its minimum, a larger maximum), making a process fails
 * with LINK. Error: MISUSE where the import is defined already, the memory is not shared, or it is of
 * another engine. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_linker_define_memory(wasi_threads_linker_t *linker, const char *module,
                                                        const char *name, wasi_threads_memory_t *memory);

/* Stores a memory of the process in `*memory`: the one exported as `name`, or the module's first for NULL.
 * Error: EXPORT where there is no such memory. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_memory(wasi_threads_process_t *process, const char *name,
                                                  wasi_threads_memory_t **memory);

/* The same for the memory with the number `index` among those of the module, imported ones first. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_memory_at(wasi_threads_process_t *process, uint32_t index,
                                                     wasi_threads_memory_t **memory);

/* The same for the memory that the module imports as `module` `name`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_imported_memory(wasi_threads_process_t *process,
                                                           const char *module, const char *name,
                                                           wasi_threads_memory_t **memory);

/* Stores where the memory starts in `*base` and how many bytes it has in `*length`. The base does not move
 * while the object or a process that uses the memory lives; the length may grow at any time and never
 * shrinks. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_data(wasi_threads_memory_t *memory, uint8_t **base,
                                               uint64_t *length);

/* Grows the memory by `pages` of its own pages, of zeros, and stores the number of pages before in `*previous`, which
 * may be NULL. Guests see it as their own `memory.grow`. Error: LIMIT where it may not or cannot grow so
 * far; then it is as it was. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_grow(wasi_threads_memory_t *memory, uint64_t pages,
                                               uint64_t *previous);

/* Copies `length` bytes from `offset` on to `buffer`, which may be NULL where `length` is 0. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_read(wasi_threads_memory_t *memory, uint64_t offset, void *buffer,
                                               size_t length);

/* Copies the `length` bytes at `buffer`, which may be NULL where `length` is 0, to `offset`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_write(wasi_threads_memory_t *memory, uint64_t offset,
                                                const void *buffer, size_t length);

/* Copies the string at `offset` with its NUL byte to `buffer`, which has room for `capacity` bytes, and
 * stores its length without the NUL byte in `*length`, which may be NULL. Looks at no more than `capacity`
 * bytes; after a failure `buffer` may hold some of them. Errors: LIMIT where the string and its NUL byte are
 * longer; MISUSE where the memory ends before the string does. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_read_string(wasi_threads_memory_t *memory, uint64_t offset,
                                                      char *buffer, size_t capacity, size_t *length);

/* Lets go up to `count` of the threads that wait at `offset` of a shared memory, the oldest first, as
 * `memory.atomic.notify` does, and stores how many in `*woken`, which may be NULL. Error: MISUSE where the
 * memory is not shared or `offset` is no multiple of 4.
 * https://github.com/WebAssembly/threads/blob/main/proposals/threads/Overview.md#notify */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_notify(wasi_threads_memory_t *memory, uint64_t offset,
                                                 uint32_t count, uint32_t *woken);

/* How a wait ended; the numbers are those of `memory.atomic.wait32`. */
typedef enum {
    /* A notify let the thread go. */
    WASI_THREADS_WAIT_WOKEN = 0,
    /* The memory held another value. */
    WASI_THREADS_WAIT_NOT_EQUAL = 1,
    WASI_THREADS_WAIT_TIMED_OUT = 2
} wasi_threads_wait_result_t;

/* Waits on the calling thread as `memory.atomic.wait32` does: while the 32 bits at `offset` are `expected`
 * until a notify, or until `nanoseconds` have passed, where negative is for ever. Stores how it ended in
 * `*result`. The end of a process does not end this wait; give it a time. Error: MISUSE as for
 * `wasi_threads_memory_notify`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_memory_wait32(wasi_threads_memory_t *memory, uint64_t offset,
                                                 uint32_t expected, int64_t nanoseconds,
                                                 wasi_threads_wait_result_t *result);

/* ---- Threads of the host ---------------------------------------------------------------------------- */

/* A host thread may become a thread of a process. It then has an instance of the module with globals and
 * tables of its own, and a TID; the shared memories are the process's. So several host threads call exports
 * of one program in parallel, each through its own `wasi_threads_thread_t`, which no other host thread may
 * use before it was moved there: that is MISUSE.
 *
 * Code that was compiled from C, C++, Rust or Zig has a stack in memory and thread-local variables there,
 * and each thread needs its own. Have the linker export what that takes, `__stack_pointer`, `malloc`, `free`,
 * `__wasm_init_tls`, `__tls_size` and `__tls_align` (with LLVM: `-Wl,--export=NAME`), and it is arranged:
 * attaching allocates WASI_THREADS_LIMIT_GUEST_STACK_BYTES and the thread-local variables with the guest's
 * `malloc`, detaching frees them. A module that does not export `__stack_pointer` and whose functions take space
 * from a mutable global as from a stack pointer is refused; where none does, it has no such stack.
 *
 * A new instance starts with the stack pointer of the main thread, so `malloc` itself could not be called
 * in it. It runs on a small landing stack, one for each process, that a lock hands from thread to thread;
 * calls of exports do not take that lock. The landing stack is allocated with the main instance's `malloc`,
 * by `wasi_threads_process_initialize`, or else by the first thread that attaches; where another call is
 * inside the main instance then, `memory.grow` gives a page for it, which the guest's allocator must not
 * take for its own.
 *
 * The guest's own library does not know of the thread: `pthread_self` and what is built on it do not work.
 */

/* Makes the calling host thread a thread of the process, and stores it in `*thread`. The module is
 * instantiated again and its start function runs. The TID is as for `wasi_threads_process_spawn`, and the
 * thread counts against the limit of threads, until it is detached. The object is freed only by
 * `wasi_threads_thread_detach`; a host thread that exits without that leaves a thread behind that is
 * gone when the process is deleted. The end of the process and `wasi_threads_process_wait` do not wait for
 * an attached thread that is not inside a call.
 *
 * Errors: LIMIT where the process has all the threads that it may have, or the guest no memory for the
 * stack; EXPORT where the module's code has a stack in memory and the module does not export all of the
 * above; SYSTEM; TRAP, ENDED and EXITED as for `wasi_threads_process_call`; MISUSE on a thread that is
 * inside the process, before `wasi_threads_process_initialize` where the module exports `_initialize`, and
 * after the end. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_attach(wasi_threads_process_t *process,
                                                  wasi_threads_thread_t **thread);

/* Makes the thread leave the process: frees its stack with the guest's `free`, its instance, its TID and the
 * object. On the host thread that attached; once the process was deleted, on any. NULL is allowed and does
 * nothing. Errors: MISUSE on another host thread or inside a call of the thread, which leave it attached;
 * TRAP, ENDED and EXITED where the guest's `free` does not return, and then it is detached all the same. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_detach(wasi_threads_thread_t *thread);

/* Moves the thread to the calling host thread: what is said of the one that attached holds for this one from
 * now on, and no longer for the other. For hosts whose tasks change from one host thread to the next, and for
 * calls that another host thread makes on behalf of the one that attached. Whoever moves sees to it that the
 * two agree on when. Errors: MISUSE where the thread is inside a call, and on a host thread that is inside the
 * process; then it stays where it is. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_move(wasi_threads_thread_t *thread);

/* Stores the TID in `*id`. On any host thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_id(const wasi_threads_thread_t *thread, uint32_t *id);

/* Calls the exported function `name` of the thread's instance, as `wasi_threads_process_call` does with the
 * main instance; other threads may be inside calls too. Allowed inside a host function that this thread has
 * called, up to 64 deep. A trap ends the process. Errors: as `wasi_threads_process_call`, without BUSY. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_call(wasi_threads_thread_t *thread, const char *name,
                                               const wasi_threads_value_t *arguments, size_t argument_count,
                                               wasi_threads_value_t *results, size_t result_count);

/* Stores the exported function `name` of the thread's instance in `*function`, to be called without looking
 * it up again. It lives until the thread is detached, and is no function of any other thread. Errors: EXPORT;
 * ENDED, EXITED and TRAP where the process has ended. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_function(wasi_threads_thread_t *thread, const char *name,
                                                   wasi_threads_function_t **function);

/* Calls a function of the thread's instance: one from `wasi_threads_thread_function`, or a `funcref` that a
 * call of this thread gave. Errors: as `wasi_threads_thread_call`; MISUSE where it is none of this
 * thread's. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_call_function(wasi_threads_thread_t *thread,
                                                        wasi_threads_function_t *function,
                                                        const wasi_threads_value_t *arguments,
                                                        size_t argument_count,
                                                        wasi_threads_value_t *results, size_t result_count);

/* Stores the exported function `name` of the thread's instance in `*function` as a C function, to be cast to
 * its natural type: int32_t, int64_t, float and double, void * for references, and void or one of these as the
 * result. (i32 i64) -> (f64) is `double (*)(int32_t, int64_t)`. The same name gives the same function. It lives
 * until the thread is detached, and must not be called after that.
 *
 * It is for the host thread that attached, and may be called wherever `wasi_threads_thread_call` may. Where it
 * cannot give what the guest returns, it returns zero, and `wasi_threads_thread_take_error` then has the error:
 * of a trap, which ends the process; of a call after the process has ended or was deleted; and MISUSE of a call
 * on another host thread, on which no code of the guest runs. Errors: EXPORT; TYPE where the function has more
 * than one result; SYSTEM where the host refuses memory for code; ENDED, EXITED and TRAP where the process has
 * ended. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_native(wasi_threads_thread_t *thread, const char *name,
                                                 wasi_threads_native_function_t *function);

/* Gives the last error of a call on this thread that had no way to return it, and forgets it: a new error,
 * or NULL where there is none. Error: MISUSE. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_take_error(wasi_threads_thread_t *thread);

/* ---- Globals and tables ------------------------------------------------------------------------------ */

/* Each thread has an instance with globals and tables of its own: only memories are shared. What follows looks at those
 * that the module exports, in the main instance of a process and in that of an attached thread. Nothing of the guest
 * runs. They work before the program begins, and after it has ended, until the process is deleted.
 *
 * Errors of all: EXPORT where no global or table has the name; TYPE where a value is of another kind, where a global
 * does not change, and for an `exnref`, which no host has; MISUSE for a `funcref` of elsewhere and for an index beyond
 * a table. Of the process: BUSY while another thread is inside a call; the thread that is inside may look, from a
 * function of the host. Of a thread: MISUSE on another host thread, and after it was detached.
 * https://webassembly.github.io/spec/core/exec/runtime.html#global-instances */

/* Stores the value of the exported global `name`, with its kind, in `*value`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_global(wasi_threads_process_t *process, const char *name,
                                                  wasi_threads_value_t *value);

/* Sets the exported global `name`, which must be mutable, to `*value`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_set_global(wasi_threads_process_t *process, const char *name,
                                                      const wasi_threads_value_t *value);

/* Stores in `*size` how many elements the exported table `name` has now. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_table_size(wasi_threads_process_t *process, const char *name,
                                                      uint64_t *size);

/* Stores the element `index` of the exported table `name`, with its kind, in `*value`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_table_element(wasi_threads_process_t *process, const char *name,
                                                         uint64_t index, wasi_threads_value_t *value);

/* Sets the element `index` of the exported table `name` to `*value`. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_set_table_element(wasi_threads_process_t *process, const char *name,
                                                             uint64_t index, const wasi_threads_value_t *value);

/* As `wasi_threads_process_global`, of the instance of an attached thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_global(wasi_threads_thread_t *thread, const char *name,
                                                 wasi_threads_value_t *value);

/* As `wasi_threads_process_set_global`, of the instance of an attached thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_set_global(wasi_threads_thread_t *thread, const char *name,
                                                     const wasi_threads_value_t *value);

/* As `wasi_threads_process_table_size`, of the instance of an attached thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_table_size(wasi_threads_thread_t *thread, const char *name,
                                                     uint64_t *size);

/* As `wasi_threads_process_table_element`, of the instance of an attached thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_table_element(wasi_threads_thread_t *thread, const char *name,
                                                        uint64_t index, wasi_threads_value_t *value);

/* As `wasi_threads_process_set_table_element`, of the instance of an attached thread. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_thread_set_table_element(wasi_threads_thread_t *thread, const char *name,
                                                            uint64_t index, const wasi_threads_value_t *value);

/* ---- What the calling thread is --------------------------------------------------------------------- */

/* Guest code, and what the library does for it, runs on the stack of the host thread that calls. How much of
 * that is left is looked at in each call from outside: where it is less than 128 KiB, or less than half of a
 * smaller stack, the call traps with CALL_STACK_EXHAUSTED, so that recursion through functions of the host ends
 * too. Host threads need stacks of at least 128 KiB. The limit of the first thread's stack may be changed at any
 * time; what is less than 512 KiB below what the stack has already taken counts as allowed.
 *
 * A host may call on a stack that is not its thread's own, of a coroutine or a fibre, and each call looks where
 * it is. Nobody can find out how far such a stack goes. At least 64 KiB of it must be left, of which compiled
 * code takes 16; beyond that a call traps, or is interpreted (WASI_THREADS_TIER_AUTO). Calls on one thread end
 * in the reverse order of their beginnings, whatever their stacks.
 */

/* Says that the calling thread runs on the stack of `length` bytes from `lowest` on from now on, so that guest
 * code may use it like a thread's own. To be said again when the host switches; a length of 0 ends it. Where the
 * thread is on another stack all the same, that is found out. Errors: LIMIT where it is shorter than 64 KiB;
 * MISUSE where there is no such range of addresses. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_host_thread_set_stack(const void *lowest, size_t length);

/* Promises, for the calling thread, that SIGSEGV, SIGBUS and SIGURG are not blocked in it when it calls into a
 * guest, and unblocks them; false takes that back. Without the promise each call from outside that comes to
 * compiled code unblocks them, which is a system call: the kernel ends the program for a trap of a guest that
 * happens while its signal is blocked. A thread that makes millions of short calls is worth the promise. It is
 * broken by whatever restores an older mask: pthread_sigmask, siglongjmp, a library that blocks all signals. */
void wasi_threads_host_thread_keep_signals(bool keeps);

/* ---- Watching a process ----------------------------------------------------------------------------- */

typedef enum {
    /* The thread begins: no code of the guest has run on it. */
    WASI_THREADS_THREAD_STARTED = 0,
    /* The thread has left guest code for the last time. */
    WASI_THREADS_THREAD_ENDED = 1
} wasi_threads_thread_event_kind_t;

/* How a thread ended. */
typedef enum {
    /* It returned from `wasi_thread_start`, or was detached. */
    WASI_THREADS_EXIT_RETURNED = 0,
    /* It called `proc_exit`, which ended the process. */
    WASI_THREADS_EXIT_EXITED = 1,
    /* It trapped, which ended the process. */
    WASI_THREADS_EXIT_TRAPPED = 2,
    /* The process ended by something else. */
    WASI_THREADS_EXIT_ENDED = 3
} wasi_threads_thread_exit_t;

/* What a watcher is told. The library makes these; members may be added at the end. */
typedef struct wasi_threads_thread_event {
    wasi_threads_thread_event_kind_t kind;
    uint32_t thread;
    wasi_threads_thread_origin_t origin;
    /* Of a thread that has ended; otherwise 0. */
    wasi_threads_thread_exit_t exit;
} wasi_threads_thread_event_t;

/* Is told of one thread of `process`, on that thread, which goes on when it returns; `event` and `process`
 * are borrowed for that time. It may do what a host function may: what waits for the process's threads is
 * refused. */
typedef void (*wasi_threads_thread_watcher_t)(void *env, wasi_threads_process_t *process,
                                              const wasi_threads_thread_event_t *event);

/* Has `watcher` called with `env` when a spawned or attached thread of the process begins and when it ends;
 * each begins and ends once, and calls for different threads are made at the same time. An attached thread
 * that is outside of calls when the process ends is reported by the thread that waits for the end.
 * `finalizer`, which may be NULL, is called with `env` once, when the process is freed; where this function
 * fails it is not called. Error: MISUSE once the process has begun or has had threads, and the second
 * time. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_watch_threads(wasi_threads_process_t *process,
                                                         wasi_threads_thread_watcher_t watcher, void *env,
                                                         wasi_threads_finalizer_t finalizer);

/* What a thread is doing. Further states will be added at the end. */
typedef enum {
    /* Code of the guest. */
    WASI_THREADS_THREAD_RUNNING = 0,
    /* `memory.atomic.wait32` or `wait64`, at `wait_offset`. */
    WASI_THREADS_THREAD_WAITING = 1,
    /* The function of the host, of WASI or of wasi-threads that `function` names; what waits for a clock or a
     * descriptor is `wasi_snapshot_preview1.poll_oneoff`, `fd_read` and so on. */
    WASI_THREADS_THREAD_IN_HOST_CALL = 2,
    /* It was stopped by `wasi_threads_process_pause`. */
    WASI_THREADS_THREAD_PAUSED = 3,
    /* It is attached and not inside a call, or about to begin or to end. */
    WASI_THREADS_THREAD_OUTSIDE = 4
} wasi_threads_thread_state_t;

/* A living thread. Strings end with a NUL byte, and are cut where they are too long. */
typedef struct wasi_threads_thread_info {
    uint32_t thread;
    wasi_threads_thread_origin_t origin;
    wasi_threads_thread_state_t state;
    /* Of a thread that waits: the address in the memory that it waits in, in bytes. */
    uint64_t wait_offset;
    /* Processor time in nanoseconds: of a spawned thread, and of the one inside `wasi_threads_process_run` or
     * `_initialize`, since it began; of others what a limit of `wasi_threads_process_set_cpu_limit` counts,
     * and 0 without one. */
    uint64_t cpu_nanoseconds;
    /* From `wasi_threads_process_name_thread`, or "". */
    char name[64];
    /* Of a thread in a call of the host: what the module imports, as "module.name"; otherwise "". */
    char function[128];
} wasi_threads_thread_info_t;

/* Stores what the threads of the process are doing in `infos`, which has room for `capacity` of them, by
 * TID, and in `*count` how many live, which may be more. They go on meanwhile. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_threads(wasi_threads_process_t *process,
                                                   wasi_threads_thread_info_t *infos, size_t capacity,
                                                   size_t *count);

/* Names the living thread with the TID `thread`; 0 is the one inside `_start` or a call, now and later. The
 * name stands in `wasi_threads_process_threads` and in the message of a trap of that thread, and, cut to
 * 15 bytes, it is the name of a spawned thread's host thread. Error: MISUSE where no such thread lives. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_name_thread(wasi_threads_process_t *process, uint32_t thread,
                                                       const char *name);

/* What a process may have, beside the limits of its engine. Further limits will be added at the end. */
typedef enum {
    /* Live threads, spawned or attached; those that live already stay. */
    WASI_THREADS_PROCESS_LIMIT_THREADS = 0,
    /* Bytes of all memories together that the process makes, of all its instances; those that a linker
     * defines do not count. Beyond it `memory.grow` returns -1, and a thread whose instance has a memory of
     * its own is refused. */
    WASI_THREADS_PROCESS_LIMIT_MEMORY_BYTES = 1
} wasi_threads_process_limit_t;

/* Sets a limit of one process, from now on. Error: LIMIT where its memories have more bytes already. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_set_limit(wasi_threads_process_t *process,
                                                     wasi_threads_process_limit_t limit, uint64_t value);

/* Ends the process when its threads have used `nanoseconds` of processor time together from now on, with
 * an error of the kind ENDED; in place of a limit set before. 0 takes the limit away. Counted are spawned
 * threads and the time of host threads inside calls, of an attached one from its next call on; each call
 * then takes two looks at the clock. The end comes up to a millisecond for each processor late. The thread
 * that watches is the one of `wasi_threads_process_set_time_limit`, and sleeps until the limit can be
 * reached. Error: SYSTEM where that thread is refused. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_set_cpu_limit(wasi_threads_process_t *process,
                                                         uint64_t nanoseconds);

/* Has the process end with an error of the kind DEADLOCK when all of its threads wait in `memory.atomic.wait32` or
 * `wait64` without a time limit, so that none of them can wake another. The error tells of each thread where it
 * waits (`wasi_threads_error_waiter`). Nothing is told while somebody may still notify: a thread that computes, is
 * in a function of the host or of WASI, waits with a time limit, was woken and has not run yet, or is about to
 * begin or to end; a thread that is attached and not in a call; a pause; an embedder that is in no call of the
 * process, or holds a memory of it (`wasi_threads_process_memory`); other processes or the embedder where a linker
 * defines the memory. What cannot be seen is a host thread that is about to attach or to spawn: ask for this only
 * where none does so to wake threads that wait. Costs a wait without a time limit a few nanoseconds, and others
 * nothing. Error: MISUSE once the process has begun or has had threads. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_detect_deadlocks(wasi_threads_process_t *process);

/* One of the two accesses of a data race. The library makes these; members may be added at the end. Strings are
 * UTF-8. */
typedef struct wasi_threads_race_access {
    /* The TID, 0 for the thread inside `_start` or a call; it may be gone. -1 where it is gone for long. */
    int64_t thread;
    wasi_threads_thread_origin_t origin;
    /* From `wasi_threads_process_name_thread`; NULL where it has none. */
    const char *name;
    bool is_write;
    bool is_atomic;
    /* What it touches of the eight bytes around the address of the race: one that touches more is told of once. */
    uint64_t address;
    uint32_t byte_count;
    /* The functions that were active, the innermost first, up to the entry from the host and 24 at most; none where
     * there was no room to keep them. */
    const wasi_threads_frame_t *frames;
    size_t frame_count;
    /* The TID of the thread that spawned it, and where; -1 and none where no thread did. */
    int64_t spawner;
    const wasi_threads_frame_t *spawn_frames;
    size_t spawn_frame_count;
} wasi_threads_race_access_t;

/* A data race. The library makes these; members may be added at the end. */
typedef struct wasi_threads_race {
    /* The number of the memory, and the bytes of it that both accesses touch. */
    uint32_t memory;
    uint64_t address;
    uint32_t byte_count;
    /* The one that found it, and the one before. */
    const wasi_threads_race_access_t *access;
    const wasi_threads_race_access_t *earlier;
    /* All of this in lines, as the command prints it. UTF-8. */
    const char *description;
} wasi_threads_race_t;

/* Is told of a data race of `process`, on the thread whose access found it, which goes on when it returns; `race` and
 * `process` are borrowed for that time. It may do what a thread's watcher may. */
typedef void (*wasi_threads_race_watcher_t)(void *env, wasi_threads_process_t *process,
                                            const wasi_threads_race_t *race);

/* Has `watcher` called with `env` for each data race that is found from now on: once for each pair of instructions, for
 * different pairs at the same time, and for 20,000 pairs at most. `finalizer`, which may be NULL, is called with `env`
 * once, when the process is freed; where this function fails it is not called. Error: MISUSE where the engine of the
 * process looks for none, and the second time. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_watch_races(wasi_threads_process_t *process,
                                                       wasi_threads_race_watcher_t watcher, void *env,
                                                       wasi_threads_finalizer_t finalizer);

/* Stores how many data races were found so far and were not suppressed, watched or not. Error: MISUSE where the engine
 * of the process looks for none. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_race_count(wasi_threads_process_t *process, uint64_t *count);

/* Has the process keep, where it ends by a trap, an uncaught exception, a deadlock, a limit of time or your word,
 * what `wasi_threads_process_write_core_dump` takes: of each thread where it was, with the values of its frames,
 * as it leaves guest code. Before that it costs nothing; the end of a process with thousands of threads takes longer.
 * Error: MISUSE once the process has begun or has had threads. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_prepare_core_dump(wasi_threads_process_t *process);

/* Writes a core dump of a process that has ended so, in the format of WebAssembly's tool conventions
 * (https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md), to a descriptor, which may be of a file, a
 * pipe or a socket; it is not closed. `program` is how the dump calls the program; NULL is its first argument.
 * All threads are in it, the one that trapped first: up to 100 frames of each, the innermost first, with the locals
 * and operands that are numbers, which frames of compiled code do not have; the globals of each thread's instance; of
 * the memories what is not zero, in pages of 4 KiB, as it is when this is called. They are not copied.
 * Waits until all threads are gone. May be called again. Errors: MISUSE where the process has not ended, has not
 * failed or was not asked to keep what this takes, and on a thread that is inside of it; FILE where the descriptor
 * does not take it all: a part is written then. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_write_core_dump(wasi_threads_process_t *process, const char *program,
                                                           int descriptor);

/* What took time: calls of a function of the host or of WASI, or waits at an address. */
typedef struct wasi_threads_cost {
    uint64_t count;
    /* Of all together. */
    uint64_t nanoseconds;
    /* Of waits: the address in the memory that was waited in. */
    uint64_t address;
    /* Of calls: the import as "module.name", cut where it is too long; otherwise "". */
    char function[128];
} wasi_threads_cost_t;

/* How the threads of a process have spent their time: those that are gone, and calls into the process that have
 * returned. */
typedef struct wasi_threads_stats {
    /* Since the process was made. */
    uint64_t nanoseconds;
    /* Spawned and attached threads: how many there were, and how many at a time. */
    uint64_t threads_made;
    uint64_t threads_most;
    /* Of all threads together, those of calls into the process too: in the guest or waiting for a processor, in
     * `memory.atomic.wait32` and `wait64`, in functions of the host and of WASI with what these call back, and
     * stopped by a pause. A thread that is attached and in no call counts as running. */
    uint64_t running_nanoseconds;
    uint64_t waiting_nanoseconds;
    uint64_t host_nanoseconds;
    uint64_t paused_nanoseconds;
    /* Of the memories that the first thread has, by now. */
    uint64_t memory_bytes;
    /* That the module defines, and those of them that have compiled code. */
    uint64_t functions;
    uint64_t functions_compiled;
    /* The ten functions and the ten addresses that took longest, the longest first. */
    size_t call_count;
    wasi_threads_cost_t calls[10];
    size_t wait_count;
    wasi_threads_cost_t waits[10];
} wasi_threads_stats_t;

/* Stores the statistics of a process whose configuration asked for them. Error: MISUSE where it did not. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_stats(wasi_threads_process_t *process, wasi_threads_stats_t *stats);

/* Ends the process, where it has not ended, waits until all its threads are gone, and says whether its timeline was
 * written as a whole. Each process ends its timeline by itself; this is for who wants to know. Errors: MISUSE where
 * the configuration asked for none, and on a thread that is inside of the process; FILE where the descriptor did not
 * take it all: what comes after the first failure is left out. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_finish_trace(wasi_threads_process_t *process);

/* Stops all threads of the process, and returns when none of them runs guest code. A thread that computes
 * stops at its next call or taken branch. One that waits or is inside a host function stops before it goes
 * on in the guest: a call of WASI or of yours that is under way may finish and store its results, but none
 * begins. Otherwise the memories stay as they are, for the host to read or write. Waits of the guest may
 * time out meanwhile, and limits of time go on. Threads that begin are stopped too. Pauses count: as many
 * calls of `wasi_threads_process_resume` are needed. The process may be ended and deleted meanwhile.
 * Errors: MISUSE on a thread that is inside the process; ENDED, or MISUSE as after the end, where the
 * process ends; SYSTEM where the system has no membarrier, or forbids it by now: then all threads go on. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_pause(wasi_threads_process_t *process);

/* Takes one pause back; with the last, each thread goes on where it stopped. Error: MISUSE where the process
 * is not paused. */
WASI_THREADS_OWNED
wasi_threads_error_t *wasi_threads_process_resume(wasi_threads_process_t *process);

#ifdef __cplusplus
}
#endif

#endif

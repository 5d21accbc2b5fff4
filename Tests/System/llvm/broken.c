// LLVM as it is, but for the last step of a compilation, which fails as LLVM may: BROKEN says how. Where it
// never comes back, asleep or busy, it makes the file BROKEN_AT first.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void LLVMGetVersion(unsigned *major, unsigned *minor, unsigned *patch);

static void (*fatal_error_handler)(const char *reason);

void LLVMInstallFatalErrorHandler(void (*handler)(const char *reason)) { fatal_error_handler = handler; }

static int recurse(volatile char *outer) {
    volatile char frame[4096];
    frame[0] = outer[0];
    return recurse(frame) + frame[0];
}

int LLVMTargetMachineEmitToMemoryBuffer(void *machine, void *module, int type, char **message, void **buffer) {
    (void)machine, (void)module, (void)type, (void)message, (void)buffer;
    const char *how = getenv("BROKEN");
    volatile char start = 0;
    if (strcmp(how, "stack") == 0) return recurse(&start);
    if (strcmp(how, "stuck") == 0) {
        close(open(getenv("BROKEN_AT"), O_CREAT | O_WRONLY, 0600));
        while (1) pause();
    }
    if (strcmp(how, "busy") == 0) {
        close(open(getenv("BROKEN_AT"), O_CREAT | O_WRONLY, 0600));
        unsigned major, minor, patch;
        while (1) LLVMGetVersion(&major, &minor, &patch);
    }
    if (strcmp(how, "late") == 0) {
        /* By then somebody waits for this thread. */
        usleep(300000);
        how = "fault";
    }
    if (strcmp(how, "fatal") == 0) fatal_error_handler("a test");
    if (strcmp(how, "fault") == 0) *(volatile int *)8 = 1;
    // What calls this must not get here.
    fprintf(stderr, "broken: %s\n", how);
    abort();
}

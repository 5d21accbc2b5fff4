// Opening LLVM.

#include "CLLVM.h"
#include "late_ends.h"

#include <dlfcn.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
} table[] = {
#define LLVM_FUNCTION(result, name, parameters) {#name, offsetof(LLVMFunctions, name)},
#include "llvm_functions.inc"
#undef LLVM_FUNCTION
};

static const unsigned oldest_version = 19;

LLVMOpening llvm_open(const char *path, LLVMFunctions *functions, unsigned *version, const char **missing) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return LLVMNotFound;
    void (*get_version)(unsigned *, unsigned *, unsigned *);
    *(void **)&get_version = dlsym(library, "LLVMGetVersion");
    unsigned minor, patch;
    *version = 0;
    if (get_version) get_version(version, &minor, &patch);
    if (*version < oldest_version) return LLVMTooOld;
    for (size_t index = 0; index < sizeof table / sizeof *table; index++) {
        void *function = dlsym(library, table[index].name);
        if (!function) {
            *missing = table[index].name;
            return LLVMFunctionMissing;
        }
        memcpy((char *)functions + table[index].offset, &function, sizeof function);
    }
    llvm_drop_late_ends(*(void **)&get_version);
    llvm_find_text(*(void **)&get_version, &functions->text, &functions->text_length);
    return LLVMOpened;
}

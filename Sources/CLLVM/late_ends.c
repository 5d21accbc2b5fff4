// What LLVM wants to be called for when the process exits.
//
// LLVM makes some of its objects when they are first used, and has them destroyed by exit(), which calls what
// was registered last first of all: before the function of ours that waits for the threads in LLVM. Such a
// thread would go on with objects that are gone. Nothing of theirs needs an end, so from its opening on LLVM
// registers none; what it has registered while it was opened comes after that function of ours.
#define _GNU_SOURCE
#include "late_ends.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// In the place of `__cxa_atexit`, for one library.
static int register_nothing(void (*function)(void *), void *argument, void *library) {
    (void)function, (void)argument, (void)library;
    return 0;
}

/// A library in memory.
typedef struct {
    uintptr_t base;
    const ElfW(Dyn) *dynamic;
    /// What the loader made read-only after it had filled it in.
    uintptr_t sealed;
    size_t sealed_length;
    /// The part with the function that was looked for.
    uintptr_t text;
    size_t text_length;
} Library;

typedef struct {
    uintptr_t address;
    Library library;
} Search;

static int find_library(struct dl_phdr_info *information, size_t size, void *argument) {
    (void)size;
    Search *search = argument;
    Library library = {.base = information->dlpi_addr};
    bool is_here = false;
    for (ElfW(Half) index = 0; index < information->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &information->dlpi_phdr[index];
        uintptr_t start = library.base + part->p_vaddr;
        if (part->p_type == PT_LOAD && search->address - start < part->p_memsz) {
            is_here = true;
            library.text = start;
            library.text_length = part->p_memsz;
        }
        if (part->p_type == PT_DYNAMIC) library.dynamic = (const ElfW(Dyn) *)start;
        if (part->p_type == PT_GNU_RELRO) {
            library.sealed = start;
            library.sealed_length = part->p_memsz;
        }
    }
    if (is_here) search->library = library;
    return is_here;
}

static uintptr_t value_of(const Library *library, ElfW(Sxword) tag) {
    for (const ElfW(Dyn) *entry = library->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == tag) return entry->d_un.d_val;
    }
    return 0;
}

/// Some loaders put addresses in the place of the offsets that the file has.
static const void *table_of(const Library *library, ElfW(Sxword) tag) {
    uintptr_t value = value_of(library, tag);
    return (const void *)(value < library->base ? library->base + value : value);
}

static void replace(const Library *library, void **slot, void *function) {
    bool is_sealed = (uintptr_t)slot - library->sealed < library->sealed_length;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)slot & ~(page - 1));
    if (is_sealed && mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return;
    *slot = function;
    if (is_sealed) mprotect(start, page, PROT_READ);
}

void llvm_drop_late_ends(const void *function) {
    Search search = {.address = (uintptr_t)function};
    if (!dl_iterate_phdr(find_library, &search) || !search.library.dynamic) return;
    const Library *library = &search.library;
    const ElfW(Sym) *symbols = table_of(library, DT_SYMTAB);
    const char *names = table_of(library, DT_STRTAB);
    const struct {
        ElfW(Sxword) start, length;
    } tables[] = {{DT_JMPREL, DT_PLTRELSZ}, {DT_RELA, DT_RELASZ}};
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++) {
        const ElfW(Rela) *relocation = table_of(library, tables[table].start);
        size_t count = value_of(library, tables[table].length) / sizeof *relocation;
        for (; count > 0; count--, relocation++) {
            const char *name = names + symbols[ELF64_R_SYM(relocation->r_info)].st_name;
            if (strcmp(name, "__cxa_atexit") == 0) {
                replace(library, (void **)(library->base + relocation->r_offset), register_nothing);
            }
        }
    }
}

void llvm_find_text(const void *function, uintptr_t *text, size_t *length) {
    Search search = {.address = (uintptr_t)function};
    dl_iterate_phdr(find_library, &search);
    *text = search.library.text;
    *length = search.library.text_length;
}

// The identity of the library or program that this is linked into, and the processors it may use.
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html#note_section
#define _GNU_SOURCE
#include "processor.h"

#include <elf.h>
#include <link.h>
#include <sched.h>
#include <string.h>

typedef struct Search {
    uint8_t *identity;
    size_t capacity, length;
} Search;

static size_t padded(size_t length) { return (length + 3) & ~(size_t)3; }

/// Looks for the note in one segment of notes.
static void search_notes(Search *search, const uint8_t *notes, size_t size) {
    size_t offset = 0;
    while (offset + sizeof(ElfW(Nhdr)) <= size) {
        ElfW(Nhdr) note;
        memcpy(&note, notes + offset, sizeof note);
        size_t name = offset + sizeof note, content = name + padded(note.n_namesz);
        if (content + note.n_descsz > size) return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + name, "GNU", 4) == 0) {
            search->length = note.n_descsz < search->capacity ? note.n_descsz : search->capacity;
            memcpy(search->identity, notes + content, search->length);
            return;
        }
        offset = content + padded(note.n_descsz);
    }
}

/// Not 0 when this was the image, which ends the search.
static int search_image(struct dl_phdr_info *image, size_t size, void *argument) {
    (void)size;
    uintptr_t here = (uintptr_t)&search_image;
    bool is_here = false;
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &image->dlpi_phdr[index];
        bool holds = here - (image->dlpi_addr + segment->p_vaddr) < segment->p_memsz;
        if (segment->p_type == PT_LOAD && holds) is_here = true;
    }
    if (!is_here) return 0;
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &image->dlpi_phdr[index];
        if (segment->p_type != PT_NOTE) continue;
        const uint8_t *notes = (const uint8_t *)(image->dlpi_addr + segment->p_vaddr);
        search_notes(argument, notes, segment->p_memsz);
    }
    return 1;
}

size_t machine_build_identity(uint8_t *identity, size_t capacity) {
    Search search = {identity, capacity, 0};
    dl_iterate_phdr(search_image, &search);
    return search.length;
}

int machine_processor_count(void) {
    cpu_set_t allowed;
    // More processors than the set has room for are an error, and enough.
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    int count = CPU_COUNT(&allowed);
    return count > 0 ? count : 1;
}

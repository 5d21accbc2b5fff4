/* Objects made and deleted in any order: churn FOLDER ROUNDS. Prints how many bytes the last nine tenths of
 * the rounds have added to what the program holds. */
#include <unistd.h>

#include "check.h"

static unsigned long chance = 1;

static unsigned long next(unsigned long below) {
    chance = chance * 6364136223846793005ul + 1442695040888963407ul;
    return (chance >> 33) % below;
}

static long resident(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) exit(1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static int gone;

/* Everything that one instance gives, dropped in an order of chance, now and then with its store first. */
static void once(int own_store) {
    wasm_ref_t *refs[32];
    size_t size = 0;
    wasm_store_t *usual = store;
    if (own_store) store = wasm_store_new(engine);
    wasm_extern_vec_t exports;
    wasm_instance_t *instance = instantiate(own_store ? "objects" : "small", 0, NULL, &exports);
    wasm_instance_set_host_info_with_finalizer(instance, &gone, tally);
    refs[size++] = wasm_instance_as_ref(instance);
    for (size_t i = 0; i < exports.size; ++i) refs[size++] = wasm_extern_as_ref(exports.data[i]);
    free(exports.data);
    if (own_store) {
        wasm_table_t *objects = wasm_ref_as_table(refs[3]);
        wasm_ref_t *foreign = wasm_foreign_as_ref(wasm_foreign_new(store));
        /* Rings of references: a function in its own table, a table in itself. */
        EXPECT(wasm_table_set(objects, 0, refs[3]) && wasm_table_set(objects, 1, foreign));
        EXPECT(wasm_table_set(wasm_ref_as_table(refs[2]), 0, refs[8]));
        refs[size++] = foreign;
        refs[size++] = wasm_table_get(objects, 0);
        refs[size++] = wasm_table_get(wasm_ref_as_table(refs[2]), 0);
    }
    size_t store_at = own_store ? next(size) : size;
    while (size > 0) {
        size_t place = next(size);
        if (size - 1 == store_at) wasm_store_delete(store);
        wasm_ref_delete(refs[place]);
        refs[place] = refs[--size];
    }
    store = usual;
}

int main(int argc, char **arguments) {
    begin(arguments);
    int rounds = argc > 2 ? atoi(arguments[2]) : 20;
    long before = 0;
    for (int i = 0; i < rounds; ++i) {
        if (i == rounds / 10) before = resident();
        once(i % 8 == 7);
    }
    EXPECT(gone == rounds);
    if (argc > 2) printf("%ld\n", resident() - before);
    return end();
}

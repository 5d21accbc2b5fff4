/* Orders what the host holds. The guest of callback.c. */

__attribute__((import_module("env"), import_name("length"))) int length(__externref_t word);

/* What qsort asks: less than zero, zero, more than zero. */
__attribute__((export_name("shorter"))) int shorter(__externref_t one, __externref_t other) {
    return length(one) - length(other);
}

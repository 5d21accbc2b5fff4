/* Folds numbers with a function of the host. The guest of host-function.c. */
#include <stdint.h>

__attribute__((import_module("env"), import_name("combine"))) int64_t combine(int64_t sum, int32_t value);

__attribute__((export_name("fold"))) int64_t fold(int32_t count) {
    int64_t sum = 0;
    for (int32_t value = 1; value <= count; value++) sum = combine(sum, value);
    return sum;
}

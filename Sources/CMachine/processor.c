// The processor's features, by the names that LLVM has for them. LLVM is not needed to run compiled code, so
// it is not asked.
// https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html, CPUID
#include "processor.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

// The registers that the system must keep, as in XCR0: those of AVX, and of AVX-512.
enum { AVX = 0x6, AVX512 = 0xE6 };

/// Only what code is made with unasked. By leaves: a virtual machine leaves its guest for every look at one.
static const struct {
    const char *name;
    uint32_t leaf, subleaf;
    uint8_t reg, bit, state;
} features[] = {
    {"cx8", 1, 0, EDX, 8, 0},
    {"cmov", 1, 0, EDX, 15, 0},
    {"mmx", 1, 0, EDX, 23, 0},
    {"fxsr", 1, 0, EDX, 24, 0},
    {"sse", 1, 0, EDX, 25, 0},
    {"sse2", 1, 0, EDX, 26, 0},
    {"sse3", 1, 0, ECX, 0, 0},
    {"ssse3", 1, 0, ECX, 9, 0},
    {"cx16", 1, 0, ECX, 13, 0},
    {"sse4.1", 1, 0, ECX, 19, 0},
    {"sse4.2", 1, 0, ECX, 20, 0},
    {"crc32", 1, 0, ECX, 20, 0},
    {"movbe", 1, 0, ECX, 22, 0},
    {"popcnt", 1, 0, ECX, 23, 0},
    {"fma", 1, 0, ECX, 12, AVX},
    {"avx", 1, 0, ECX, 28, AVX},
    {"f16c", 1, 0, ECX, 29, AVX},
    {"avx2", 7, 0, EBX, 5, AVX},
    {"bmi", 7, 0, EBX, 3, 0},
    {"bmi2", 7, 0, EBX, 8, 0},
    {"sha", 7, 0, EBX, 29, 0},
    {"adx", 7, 0, EBX, 19, 0},
    {"avx512f", 7, 0, EBX, 16, AVX512},
    {"evex512", 7, 0, EBX, 16, AVX512},
    {"avx512dq", 7, 0, EBX, 17, AVX512},
    {"avx512ifma", 7, 0, EBX, 21, AVX512},
    {"avx512cd", 7, 0, EBX, 28, AVX512},
    {"avx512bw", 7, 0, EBX, 30, AVX512},
    {"avx512vl", 7, 0, EBX, 31, AVX512},
    {"avx512vbmi", 7, 0, ECX, 1, AVX512},
    {"avx512vbmi2", 7, 0, ECX, 6, AVX512},
    {"gfni", 7, 0, ECX, 8, 0},
    {"avx512vnni", 7, 0, ECX, 11, AVX512},
    {"avx512bitalg", 7, 0, ECX, 12, AVX512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, AVX512},
    {"avxvnni", 7, 1, EAX, 4, AVX},
    {"64bit", 0x80000001, 0, EDX, 29, 0},
    {"sahf", 0x80000001, 0, ECX, 0, 0},
    {"lzcnt", 0x80000001, 0, ECX, 5, 0},
    {"prfchw", 0x80000001, 0, ECX, 8, 0},
};

size_t machine_feature_count(void) { return sizeof features / sizeof *features; }

const char *machine_feature_name(size_t index) { return features[index].name; }

/// Which registers the system keeps when it changes threads.
static uint32_t kept_state(void) {
    enum { osxsave = 1u << 27 };
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave)) return 0;
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

void machine_find_features(bool *has) {
    uint32_t kept = kept_state();
    uint32_t r[4] = {0};
    for (size_t i = 0; i < machine_feature_count(); i++) {
        uint32_t leaf = features[i].leaf, subleaf = features[i].subleaf, state = features[i].state;
        bool is_read = i > 0 && features[i - 1].leaf == leaf && features[i - 1].subleaf == subleaf;
        if (!is_read && !__get_cpuid_count(leaf, subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]))
            r[EAX] = r[EBX] = r[ECX] = r[EDX] = 0;
        has[i] = (kept & state) == state && (r[features[i].reg] >> features[i].bit & 1);
    }
}
#else
size_t machine_feature_count(void) { return 0; }
const char *machine_feature_name(size_t index) { return index == 0 ? "" : 0; }
void machine_find_features(bool *has) { (void)has; }
#endif

/* What the guests of `threads` do, by pthreads and futexes in C; as there, the first thread waits.
 *
 * threads contend T M     T threads, each of which adds 1 to one word M times
 * threads pingpong R      two threads that hand a word to each other R times, there and back
 * threads speedup T U     T threads, each of which computes U units */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Alignas(64) _Atomic uint32_t word;
static _Alignas(64) _Atomic uint32_t total;
static uint32_t size;

static void wait_while(uint32_t value) {
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void *add(void *unused) {
    (void)unused;
    for (uint32_t left = size; left > 0; left--) atomic_fetch_add(&total, 1);
    return NULL;
}

static void hand_over(uint32_t wanted) {
    for (uint32_t left = size; left > 0; left--) {
        while (atomic_load(&word) != wanted) wait_while(!wanted);
        atomic_store(&word, !wanted);
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *hand_back(void *unused) {
    (void)unused;
    hand_over(1);
    return NULL;
}

static uint32_t unit(uint32_t seed) {
    double real = 0, imaginary = 0, start = (seed & 1023) * 0.0001;
    for (uint32_t left = 1000; left > 0; left--) {
        double a = real * real, b = imaginary * imaginary;
        if (a + b > 4) return left;
        imaginary = real * 2 * imaginary + 0.1;
        real = a - b + start;
    }
    return 0;
}

static void *compute(void *unused) {
    (void)unused;
    uint32_t sum = 0;
    for (uint32_t left = size; left > 0; left--) sum += unit(left);
    atomic_fetch_add(&total, sum);
    return NULL;
}

static int run(uint32_t count, void *(*work)(void *)) {
    pthread_t threads[64];
    if (count > 64) return 2;
    for (uint32_t index = 0; index < count; index++)
        if (pthread_create(&threads[index], NULL, work, NULL) != 0) return 1;
    if (work == hand_back) hand_over(0);
    for (uint32_t index = 0; index < count; index++) pthread_join(threads[index], NULL);
    return 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    size = (uint32_t)atoi(arguments[count - 1]);
    uint32_t threads = (uint32_t)atoi(arguments[2]);
    if (strcmp(arguments[1], "contend") == 0) return run(threads, add);
    if (strcmp(arguments[1], "speedup") == 0) return run(threads, compute);
    return run(1, hand_back);
}

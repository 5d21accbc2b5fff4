/* Four threads share a mutex, a counter and the heap, and keep a thread-local variable each.
 * Prints "n=400000 s=12 tl=7": nothing was lost, every thread returned its result, none saw another's. */
#include <stdio.h>
#include <stdlib.h>

#include "threads.h"

#define THREADS 4
#define ROUNDS 100000

static guest_mutex mutex;
static long counter;
static _Thread_local long own = 7;

static void *work(void *argument) {
    if (own != 7) abort();
    own = (long)argument;
    for (int round = 0; round < ROUNDS; round++) {
        guest_lock(&mutex);
        counter++;
        guest_unlock(&mutex);
        char *volatile block = malloc((size_t)(round % 50 + 1));
        free(block);
    }
    if (own != (long)argument) abort();
    return (void *)((long)argument * 2);
}

int main(void) {
    guest_thread threads[THREADS];
    long sum = 0;
    for (long index = 0; index < THREADS; index++) {
        if (guest_spawn(&threads[index], work, (void *)index, 65536) != 0) {
            puts("spawn failed");
            return 1;
        }
    }
    for (int index = 0; index < THREADS; index++) sum += (long)guest_join(&threads[index]);
    printf("n=%ld s=%ld tl=%ld\n", counter, sum, own);
    return 0;
}

/* A program that compresses or decompresses its standard input with threads: PROGRAM compress|decompress THREADS. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

/* Gives the size of what went into `output`, 0 for a failure. */
size_t compress(const void *input, size_t size, void *output, size_t room, int threads);
size_t decompress(const void *input, size_t size, void *output, size_t room);

int main(int count, char **words) {
    enum { MOST = 64 << 20 };
    if (count != 3) return 2;
    char *input = malloc(MOST), *output = malloc(MOST);
    if (!input || !output) return 3;
    size_t size = fread(input, 1, MOST, stdin);
    size_t made = strcmp(words[1], "compress") == 0 ? compress(input, size, output, MOST, atoi(words[2]))
                                                    : decompress(input, size, output, MOST);
    return made && fwrite(output, 1, made, stdout) == made ? 0 : 1;
}

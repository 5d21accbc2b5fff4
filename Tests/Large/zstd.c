#include "compressor.h"

#include <zstd.h>

size_t compress(const void *input, size_t size, void *output, size_t room, int threads) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t made = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 5);
    if (!ZSTD_isError(made)) made = ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, threads);
    if (!ZSTD_isError(made)) made = ZSTD_CCtx_setParameter(context, ZSTD_c_jobSize, BLOCK_BYTES);
    if (!ZSTD_isError(made)) made = ZSTD_compress2(context, output, room, input, size);
    ZSTD_freeCCtx(context);
    return ZSTD_isError(made) ? 0 : made;
}

size_t decompress(const void *input, size_t size, void *output, size_t room) {
    size_t made = ZSTD_decompress(output, room, input, size);
    return ZSTD_isError(made) ? 0 : made;
}

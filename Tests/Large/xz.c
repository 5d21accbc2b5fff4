#include "compressor.h"

#include <lzma.h>

static size_t all(lzma_stream *stream, const void *input, size_t size, void *output, size_t room) {
    stream->next_in = input;
    stream->avail_in = size;
    stream->next_out = output;
    stream->avail_out = room;
    lzma_ret result;
    do result = lzma_code(stream, LZMA_FINISH);
    while (result == LZMA_OK);
    lzma_end(stream);
    return result == LZMA_STREAM_END ? room - stream->avail_out : 0;
}

size_t compress(const void *input, size_t size, void *output, size_t room, int threads) {
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_mt options = {.threads = threads, .block_size = BLOCK_BYTES, .preset = 2, .check = LZMA_CHECK_CRC64};
    return lzma_stream_encoder_mt(&stream, &options) == LZMA_OK ? all(&stream, input, size, output, room) : 0;
}

size_t decompress(const void *input, size_t size, void *output, size_t room) {
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_mt options = {.threads = 4, .memlimit_threading = 256 << 20, .memlimit_stop = 256 << 20};
    return lzma_stream_decoder_mt(&stream, &options) == LZMA_OK ? all(&stream, input, size, output, room) : 0;
}

// What the processor can do, and what only its instructions can say.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How many features compiled code may rest on, on processors of this kind.
size_t machine_feature_count(void);

/// LLVM's name of a feature; it lives for ever.
const char *machine_feature_name(size_t index);

/// Says for each feature whether this processor has it, and the system keeps its registers.
void machine_find_features(bool *has);

/// How many processors the calling thread may run on; at least 1.
int machine_processor_count(void);

/// Takes `count` blocks of 64 bytes into the state of a SHA-256, with the processor's instructions for it.
/// False, and nothing is done, where it has none.
bool machine_sha256(uint32_t state[8], const uint8_t *blocks, size_t count);

/// Copies up to `capacity` bytes of the identity that the linker gave the image this function is in.
/// Returns how many; 0 where it gave none.
size_t machine_build_identity(uint8_t *identity, size_t capacity);

// Atomic accesses, all with sequentially consistent order, as the threads proposal asks.

#include "include/races.h"

#include <string.h>

#define ACCESS(name, type)                                                                                         \
    static bool name(type *place, int kind, uint64_t *slots)                                                       \
    {                                                                                                              \
        type operand = (type)slots[0];                                                                             \
        switch (kind) {                                                                                            \
        case RACE_LOAD: slots[0] = __atomic_load_n(place, __ATOMIC_SEQ_CST); return false;                         \
        case RACE_STORE: __atomic_store_n(place, operand, __ATOMIC_SEQ_CST); return true;                          \
        case RACE_COMPARE_EXCHANGE: {                                                                              \
            bool hasWritten = __atomic_compare_exchange_n(                                                         \
                place, &operand, (type)slots[1], false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                       \
            slots[0] = operand;                                                                                    \
            return hasWritten;                                                                                     \
        }                                                                                                          \
        case RACE_ADD: slots[0] = __atomic_fetch_add(place, operand, __ATOMIC_SEQ_CST); return true;               \
        case RACE_SUB: slots[0] = __atomic_fetch_sub(place, operand, __ATOMIC_SEQ_CST); return true;               \
        case RACE_AND: slots[0] = __atomic_fetch_and(place, operand, __ATOMIC_SEQ_CST); return true;               \
        case RACE_OR: slots[0] = __atomic_fetch_or(place, operand, __ATOMIC_SEQ_CST); return true;                 \
        case RACE_XOR: slots[0] = __atomic_fetch_xor(place, operand, __ATOMIC_SEQ_CST); return true;               \
        default: slots[0] = __atomic_exchange_n(place, operand, __ATOMIC_SEQ_CST); return true;                    \
        }                                                                                                          \
    }

ACCESS(access8, uint8_t)
ACCESS(access16, uint16_t)
ACCESS(access32, uint32_t)
ACCESS(access64, uint64_t)

bool race_make_access(void *place, int kind, uint32_t width, bool isAligned, uint64_t *slots)
{
    if (!isAligned && kind == RACE_LOAD) {
        slots[0] = 0;
        memcpy(slots, place, (size_t)1 << width);
        return false;
    }
    if (!isAligned) {
        memcpy(place, slots, (size_t)1 << width);
        return true;
    }
    switch (width) {
    case 0: return access8(place, kind, slots);
    case 1: return access16(place, kind, slots);
    case 2: return access32(place, kind, slots);
    default: return access64(place, kind, slots);
    }
}

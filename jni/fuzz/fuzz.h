/* What the fuzz targets share: an input, taken piece by piece from its beginning, and memory of an exact size. */
#ifndef COPPER_FUZZ_H
#define COPPER_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct input {
    const uint8_t *next;
    size_t left;
};

/* Takes a number of so many bytes, the lowest first; bytes that are not there are zero. */
static inline uint64_t take(struct input *input, unsigned bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes && input->left > 0; i++, input->left--)
        number |= (uint64_t)*input->next++ << 8 * i;
    return number;
}

/* Takes a number that is any of 64 bits, or a small one, as likely in real life. */
static inline int64_t take_limit(struct input *input)
{
    return take(input, 1) % 4 == 0 ? (int64_t)take(input, 8) : (int64_t)take(input, 2);
}

/* Copies bytes to memory of exactly their size, so that nobody can read beyond unseen. The caller frees it. */
static inline void *copy_exactly(const void *bytes, size_t count)
{
    void *copy = malloc(count > 0 ? count : 1);
    CHECK(copy);
    if (count > 0)
        memcpy(copy, bytes, count);
    return copy;
}

/* Tries one input. What is wrong ends the process. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#endif

/* What the fuzz targets share: an input, taken piece by piece from its beginning. */
#ifndef COPPER_FUZZ_H
#define COPPER_FUZZ_H

#include <stddef.h>
#include <stdint.h>

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

/* Tries one input. What is wrong ends the process. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#endif

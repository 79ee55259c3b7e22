/* Checks on lengths that come from outside: from Java, or from a peer. */
#ifndef COPPER_BOUNDS_H
#define COPPER_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

/* Is [offset, offset + length) within an array or buffer of capacity bytes? Takes any numbers. */
static inline bool bounds_range(int64_t offset, int64_t length, int64_t capacity)
{
    return offset >= 0 && length >= 0 && offset <= capacity && length <= capacity - offset;
}

/* Adds length to *total unless the sum would be above limit or length is negative. */
static inline bool bounds_add(int64_t *total, int64_t length, int64_t limit)
{
    if (length < 0 || *total < 0 || *total > limit || length > limit - *total)
        return false;
    *total += length;
    return true;
}

/*
 * The length of a message's payload, from the size of the whole as it arrived, what the headers before it took, and what
 * the buffer holds from here on; -1 if these contradict each other or it is above limit.
 */
static inline int64_t bounds_payload(uint64_t arrived, uint64_t used, uint64_t held, int64_t limit)
{
    if (arrived < used || arrived - used > held || limit < 0 || arrived - used > (uint64_t)limit)
        return -1;
    return (int64_t)(arrived - used);
}

#endif

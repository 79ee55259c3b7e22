/* SHA-256 (FIPS 180-4), with the processor's own instructions where it has them. */
#ifndef COPPER_SHA256_H
#define COPPER_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_BLOCK 64

struct sha256 {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[SHA256_BLOCK]; /* what does not fill one yet */
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t count);
void sha256_end(struct sha256 *sha, unsigned char result[SHA256_BYTES]);

/* The same without the processor's own instructions; for tests. */
void sha256_blocks_plain(uint32_t state[8], const unsigned char *bytes, size_t blocks);

/* Takes whole blocks. */
void sha256_blocks(uint32_t state[8], const unsigned char *bytes, size_t blocks);

#endif

/* SHA-256 of a message that comes in pieces: that of the whole, and the same with the processor's instructions and without. */
#include "sha256.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fuzz.h"

/* The whole at once: the message, padded as FIPS 180-4 says, and plain C. */
static void hash_whole(const uint8_t *bytes, size_t count, unsigned char result[SHA256_BYTES])
{
    size_t blocks = (count + 8) / SHA256_BLOCK + 1;
    unsigned char *padded = calloc(blocks, SHA256_BLOCK);
    struct sha256 sha;
    CHECK(padded);
    if (count > 0)
        memcpy(padded, bytes, count);
    padded[count] = 0x80;
    for (size_t i = 0; i < 8; i++)
        padded[blocks * SHA256_BLOCK - 1 - i] = (unsigned char)((uint64_t)count * 8 >> 8 * i);
    sha256_begin(&sha);
    sha256_blocks_plain(sha.state, padded, blocks);
    for (int i = 0; i < SHA256_BYTES; i++)
        result[i] = (unsigned char)(sha.state[i / 4] >> (24 - 8 * (i % 4)));
    free(padded);
}

static void check_blocks(struct input input)
{
    uint32_t one[8], two[8];
    for (int i = 0; i < 8; i++)
        one[i] = two[i] = (uint32_t)take(&input, 4);
    size_t blocks = input.left / SHA256_BLOCK;
    sha256_blocks(one, input.next, blocks);
    sha256_blocks_plain(two, input.next, blocks);
    CHECK(memcmp(one, two, sizeof one) == 0);
}

/* Half of the input says how long the pieces are, none of them being more than two blocks, and the other is the message. */
static void check_pieces(struct input input)
{
    struct input lengths = {input.next, input.left / 2};
    const uint8_t *message = input.next + lengths.left;
    size_t count = input.left - lengths.left;
    unsigned char pieces[SHA256_BYTES], whole[SHA256_BYTES];
    struct sha256 sha;
    sha256_begin(&sha);
    for (size_t done = 0, some; done < count; done += some) {
        some = lengths.left > 0 ? (size_t)take(&lengths, 1) : count;
        some = some < count - done ? some : count - done;
        unsigned char *piece = copy_exactly(message + done, some);
        sha256_add(&sha, piece, some);
        free(piece);
    }
    sha256_end(&sha, pieces);
    hash_whole(message, count, whole);
    CHECK(memcmp(pieces, whole, sizeof whole) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct input input = {bytes, count};
    if (take(&input, 1) & 1)
        check_blocks(input);
    else if (input.left > 0)
        check_pieces(input);
    return 0;
}

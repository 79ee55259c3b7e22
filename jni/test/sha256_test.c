/* SHA-256: the examples of FIPS 180-2, and both ways to compute it against each other. */
#include "sha256.h"

#include <string.h>

#include "check.h"

static void check_is(const char *text, size_t times, const char *expected)
{
    struct sha256 sha;
    unsigned char result[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    sha256_begin(&sha);
    for (size_t i = 0; i < times; i++)
        sha256_add(&sha, text, strlen(text));
    sha256_end(&sha, result);
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", result[i]);
    CHECK(strcmp(hex, expected) == 0);
}

static void check_examples(void)
{
    check_is("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_is("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_is("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void check_both_ways(void)
{
    unsigned char bytes[17 * SHA256_BLOCK];
    uint32_t one[8] = {1, 2, 3, 4, 5, 6, 7, 8}, two[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint32_t number = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        number = number * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(number >> 24);
    }
    for (size_t blocks = 0; blocks < 17; blocks++) {
        sha256_blocks(one, bytes + blocks, blocks);
        sha256_blocks_plain(two, bytes + blocks, blocks);
        CHECK(memcmp(one, two, sizeof one) == 0);
    }
}

int main(void)
{
    check_examples();
    check_both_ways();
    return 0;
}

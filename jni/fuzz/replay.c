/* Tries the files of a directory, and variants of each, on a fuzz target: for compilers without libFuzzer. */
#include <dirent.h>
#include <string.h>

#include "check.h"
#include "fuzz.h"

#define VARIANTS 20
#define LARGEST 65536

static void try_bytes(const uint8_t *bytes, size_t count)
{
    uint8_t *copy = copy_exactly(bytes, count);
    LLVMFuzzerTestOneInput(copy, count);
    free(copy);
}

static void try_file(const char *directory, const char *name)
{
    static uint8_t bytes[LARGEST], variant[LARGEST];
    char path[4096];
    CHECK((size_t)snprintf(path, sizeof path, "%s/%s", directory, name) < sizeof path);
    fprintf(stderr, "%s\n", path); /* the last line before a failure names the input */
    FILE *file = fopen(path, "rb");
    CHECK(file);
    size_t count = fread(bytes, 1, sizeof bytes, file);
    CHECK(count < sizeof bytes && fclose(file) == 0);
    try_bytes(bytes, count);
    uint32_t number = (uint32_t)count;
    for (int i = 0; i < VARIANTS && count > 0; i++) {
        memcpy(variant, bytes, count);
        for (int changes = 1 + i % 4; changes > 0; changes--) {
            number = number * 1664525 + 1013904223;
            variant[(number >> 8) % count] = (uint8_t)(number >> 24);
        }
        try_bytes(variant, count);
    }
}

int main(int count, char **words)
{
    CHECK(count == 2);
    DIR *directory = opendir(words[1]);
    CHECK(directory);
    int tried = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.') {
            try_file(words[1], entry->d_name);
            tried++;
        }
    CHECK(closedir(directory) == 0);
    CHECK(tried > 0);
    return 0;
}

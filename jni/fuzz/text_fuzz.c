/* The texts that cross JNI: what a code is called that a peer has sent, any number, and an address on its way to Mercury. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "jni_util.h"
#include "stand_in.h"

static void name_code(struct input *input, JNIEnv *env)
{
    hg_return_t code = (hg_return_t)take(input, 4);
    CHECK(error_name(code) && *error_name(code));
    throw_margo(env, "margo_get_output", code);
    CHECK(jvm.pending);
}

/* Is `text` what Java writes for the characters? Only so is it as long as Java says. */
static void check_text(const char *text, const struct object *string, size_t bytes)
{
    size_t at = 0;
    for (jsize i = 0; i < string->length; i++) {
        jchar c = ((jchar *)string->data)[i];
        at += c == 0 || c >= 0x80 ? (c >= 0x800 ? 3 : 2) : 1;
    }
    CHECK(at == bytes && strlen(text) == bytes);
}

static void copy(struct input *input, JNIEnv *env)
{
    size_t size = 1 + (size_t)take(input, 1);
    struct object string = {.type = TEXT, .length = (jsize)(input->left / sizeof(jchar))};
    string.data = copy_exactly(input->next, input->left);
    char *to = malloc(size);
    CHECK(to);
    int fail_at = jvm.fail_at;
    jvm.fail_at = 0;
    size_t bytes = (size_t)(*env)->GetStringUTFLength(env, (jstring)&string);
    jvm.fail_at = fail_at;
    bool copied = copy_string(env, (jstring)&string, to, size);
    CHECK(copied == !jvm.pending && copied == (bytes < size && fail_at != 1));
    if (copied)
        check_text(to, &string, bytes);
    free(string.data);
    free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct input input = {bytes, count};
    JNIEnv *env = jvm_reset();
    uint64_t how = take(&input, 1);
    jvm.fail_at = (int)(how >> 1 & 7);
    if (how & 1)
        name_code(&input, env);
    else
        copy(&input, env);
    return 0;
}

/*
 * A payload as Java lays it out, with any numbers in the layout: it is refused, or what a peer gets and what is signed are
 * the parts, one after the other.
 */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "check.h"
#include "fuzz.h"
#include "stand_in.h"

#define MOST 24        /* parts of an input */
#define LONGEST 20000  /* of a part; more than payload_read takes at once */
#define TOO_MANY ((1 << 20) + 1)

struct parts {
    struct object list, layout; /* what Java hands over */
    jint numbers[3 * MOST];
    jobject objects[MOST];
    struct object each[MOST];
    jsize count;
};

/* Puts bytes into a part so that those of another place, or of another part, are others. */
static void fill(struct object *part, jsize number)
{
    static char bytes[LONGEST + MOST];
    if (!bytes[1])
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)(i * 7 + i / 256);
    part->data = copy_exactly(bytes + number, (size_t)part->length);
}

static struct input read_parts(struct parts *parts, struct input input)
{
    parts->count = (jsize)(take(&input, 1) % (MOST + 1));
    for (jsize i = 0; i < parts->count; i++) {
        uint64_t how = take(&input, 1);
        struct object *object = &parts->each[i];
        object->type = how & 1 ? DIRECT : BYTES;
        object->length = (jsize)take(&input, how & 2 ? 2 : 1) % LONGEST;
        fill(object, i);
        parts->objects[i] = (how & 0x1c) == 0x1c ? NULL : (jobject)object;
        jint *numbers = &parts->numbers[3 * i];
        numbers[0] = how & 0x80 ? (jint)take(&input, 4) : object->type == BYTES ? PART_ARRAY : PART_DIRECT;
        /* Who calls a buffer an array gets what JNI does with it; all other mistakes are the shim's to find. */
        if (numbers[0] == PART_ARRAY && object->type == DIRECT)
            numbers[0] = PART_DIRECT;
        numbers[1] = (jint)take(&input, how & 0x20 ? 4 : 1);
        numbers[2] = how & 0x40 ? (jint)take(&input, 4) : (jint)((uint32_t)object->length - (uint32_t)numbers[1]);
    }
    parts->list = (struct object){OBJECTS, parts->count, parts->objects};
    parts->layout = (struct object){INTS, 3 * parts->count, parts->numbers};
    return input;
}

/* Returns the length of all parts together, or -1 where that is not allowed. */
static int64_t right_length(const struct parts *parts, int64_t limit)
{
    int64_t sum = 0;
    if (parts->list.length != parts->count || parts->layout.length != 3 * parts->count)
        return -1;
    for (jsize i = 0; i < parts->count; i++) {
        if (parts->numbers[3 * i + 2] < 0)
            return -1;
        sum += parts->numbers[3 * i + 2];
        if (sum > limit)
            return -1;
    }
    return sum;
}

/* Puts the parts together. Returns false where one of them is not there, or not all of it. */
static bool put_together(const struct parts *parts, char *to)
{
    for (jsize i = 0; i < parts->count; i++) {
        const jint *numbers = &parts->numbers[3 * i];
        const struct object *object = &parts->each[i];
        if (numbers[2] == 0)
            continue;
        bool kind = (numbers[0] == PART_ARRAY) == (object->type == BYTES);
        if (!parts->objects[i] || !kind || !bounds_range(numbers[1], numbers[2], object->length))
            return false;
        memcpy(to, (char *)object->data + numbers[1], (size_t)numbers[2]);
        to += numbers[2];
    }
    return true;
}

struct read {
    char *bytes;
    size_t count, most;
};

static void add(void *argument, const char *bytes, size_t count)
{
    struct read *read = argument;
    CHECK(!jvm.pending && count > 0 && count <= read->most - read->count);
    memcpy(read->bytes + read->count, bytes, count);
    read->count += count;
}

/* Is it told why something did not succeed? Forgets it. */
static void check_told(bool succeeded, bool possible, struct payload *payload)
{
    CHECK(succeeded == (possible && !jvm.pending));
    CHECK(succeeded == (!jvm.pending && !payload->problem));
    CHECK(jvm.references == 0);
    jvm.pending = false;
    payload->problem = NULL;
}

/* What the peer makes of the bytes that Mercury sends; they are the proc's, and end with its next use. */
static void check_arrives(const struct payload *sent, const void *message, hg_size_t headers, const char *right)
{
    struct payload payload = {.env = sent->env, .limit = sent->length};
    hg_size_t arrived = headers + (hg_size_t)sent->length;
    answer_size = arrived;
    char *copy = copy_exactly(message, arrived);
    jvm.fail_at = 0;
    CHECK(payload_proc_answer(open_proc(copy, arrived, HG_DECODE, headers), &payload) == HG_SUCCESS);
    CHECK(jvm.made.length == sent->length);
    CHECK(sent->length == 0 || memcmp(jvm.made.data, right, (size_t)sent->length) == 0);
    free(jvm.made.data);
    free(copy);
}

static void use(struct payload *payload, bool possible, const char *right, struct input *input)
{
    int fail_at = jvm.fail_at;
    struct read read = {.bytes = malloc((size_t)payload->length + 1), .most = (size_t)payload->length};
    CHECK(read.bytes);
    bool succeeded = payload_read(payload, add, &read);
    CHECK(memcmp(read.bytes, right, succeeded ? (size_t)payload->length : 0) == 0);
    CHECK(!succeeded || read.count == read.most);
    check_told(succeeded, possible, payload);
    free(read.bytes);

    jvm.fail_at = fail_at;
    hg_size_t headers = take(input, 1), room = headers + take(input, 2) % 5000;
    char *buffer = malloc(room + 1);
    CHECK(buffer);
    hg_proc_t proc = open_proc(buffer, room, HG_ENCODE, headers);
    succeeded = payload_proc_request(proc, payload) == HG_SUCCESS;
    check_told(succeeded, possible, payload);
    if (succeeded) {
        CHECK(hg_proc_get_size_used(proc) == headers + (hg_size_t)payload->length);
        const void *beyond = hg_proc_get_extra_buf(proc);
        check_arrives(payload, beyond ? beyond : buffer, headers, right);
    }
    free(buffer);
}

static void try_parts(struct parts *parts, int64_t limit, struct input *input, JNIEnv *env)
{
    struct part storage[PAYLOAD_INLINE_PARTS];
    struct payload payload;
    int64_t length = right_length(parts, limit);
    bool opened = payload_open(env, &payload, (jobjectArray)&parts->list, (jintArray)&parts->layout, limit, storage);
    CHECK(opened != (length < 0 || jvm.pending) && opened != jvm.pending);
    if (!opened)
        return;
    CHECK(payload.length == length);
    /* More than all parts can hold: not to be allocated here. */
    if (length <= MOST * LONGEST) {
        char *right = malloc((size_t)length + 1);
        CHECK(right);
        bool possible = put_together(parts, right);
        use(&payload, possible, right, input);
        free(right);
    }
    payload_close(&payload, storage);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct parts parts = {.count = 0};
    struct input input = {bytes, count};
    JNIEnv *env = jvm_reset();
    uint64_t how = take(&input, 1);
    int64_t limit = take_limit(&input);
    jvm.fail_at = (int)(how >> 3);
    input = read_parts(&parts, input);
    if (how & 1)
        parts.layout.length = (jsize)(take(&input, 1));
    if ((how & 7) == 6) { /* more parts than Java may name; there is no need to have them */
        parts.list.length = TOO_MANY + (jint)(take(&input, 4) % (INT32_MAX - TOO_MANY + 1u));
        parts.layout.length = (jsize)(3u * (unsigned)parts.list.length & INT32_MAX);
    }
    try_parts(&parts, limit, &input, env);
    for (jsize i = 0; i < parts.count; i++)
        free(parts.each[i].data);
    return 0;
}

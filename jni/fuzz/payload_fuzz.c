/*
 * A message as a peer sends it: Java gets its bytes behind the headers, as many as have arrived, or it is refused. What
 * Mercury says has arrived, how much its buffer holds, and the limit are any numbers.
 */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fuzz.h"
#include "stand_in.h"

struct message {
    char *bytes; /* `there` of them, by copy_exactly */
    uint64_t there;
    uint64_t held;    /* by Mercury's buffer, as it says */
    uint64_t headers; /* what has been read before the payload */
    uint64_t arrived;
    int64_t limit;
};

/* What is right for a message: the length of its payload, or -1 where it has to be refused. */
static int64_t right_length(const struct message *message)
{
    if (message->headers > message->held || message->arrived < message->headers || message->arrived > message->held)
        return -1;
    uint64_t length = message->arrived - message->headers;
    return message->limit >= 0 && length <= (uint64_t)message->limit && length <= INT32_MAX ? (int64_t)length : -1;
}

static void decode(const struct message *message, bool answer, JNIEnv *env)
{
    hg_proc_t proc = open_proc(message->bytes, message->held, HG_DECODE, message->headers);
    struct payload payload = {.env = env, .limit = message->limit};
    int64_t right = right_length(message);
    bool fits = right >= 0 && right <= jvm.room;
    bool broken = jvm.fail_at == 1 || (jvm.fail_at == 2 && right > 0);
    request_size = answer ? message->arrived + 1 : message->arrived;
    answer_size = answer ? message->arrived : message->arrived + 1;
    jvm.most = right >= 0 ? (jsize)right : -1;
    hg_return_t code = (answer ? payload_proc_answer : payload_proc_request)(proc, &payload);
    CHECK((code == HG_SUCCESS) == (fits && !broken));
    CHECK(!jvm.pending);
    if (code == HG_SUCCESS) {
        CHECK(!payload.problem && payload.received == (jbyteArray)&jvm.made && jvm.made.length == right);
        CHECK(right == 0 || memcmp(jvm.made.data, message->bytes + message->headers, (size_t)right) == 0);
        CHECK(hg_proc_get_size_used(proc) == message->arrived);
    } else {
        CHECK(payload.problem);
    }
    free(jvm.made.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct input input = {bytes, count};
    JNIEnv *env = jvm_reset();
    uint64_t how = take(&input, 1), mode = take(&input, 1);
    struct message message = {.headers = take(&input, 1), .limit = take_limit(&input)};
    uint64_t number = take(&input, mode % 4 == 0 ? 8 : 1), held = mode & 4 ? take(&input, 8) : 0;
    message.there = input.left;
    message.held = mode & 4 ? held : message.there;
    /* Mostly all of the message, or about that. */
    message.arrived = mode % 4 == 0 ? number : message.held + (mode % 4 == 1 ? number - 128 : 0);
    if (mode % 4 == 3)
        message.headers = 4; /* as Margo has it */
    /* What a buffer is said to hold beyond what it does can be neither headers nor copied. */
    if (message.held > message.there && message.headers > message.there)
        message.headers = message.there;
    jvm.room = message.there > message.headers ? (jsize)(message.there - message.headers) : 0;
    if (how & 8 && jvm.room > (jsize)(how >> 4))
        jvm.room = (jsize)(how >> 4);
    jvm.fail_at = (int)(how >> 1 & 3);
    message.bytes = copy_exactly(input.next, message.there);
    decode(&message, how & 1, env);
    free(message.bytes);
    return 0;
}

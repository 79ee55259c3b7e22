/*
 * Moving payloads between Java and Mercury's buffers, with one copy each way. Mercury calls the procs on the thread that
 * sends or fetches a message, never on the progress thread, so that it is a thread of the JVM.
 */
#ifndef COPPER_PAYLOAD_H
#define COPPER_PAYLOAD_H

#include <jni.h>
#include <margo.h>
#include <stdbool.h>
#include <stdint.h>

/* What Java's Outgoing class lays out per part: three numbers each. */
enum { PART_ARRAY, PART_DIRECT };

struct part {
    jint kind, offset, length;
};

/* The argument of the procs: what is to be sent, or where to put what came. */
struct payload {
    JNIEnv *env;
    int64_t limit;
    /* sending */
    jobjectArray parts;
    struct part *layout;
    jsize count;
    int64_t length;
    /* receiving */
    jbyteArray received;
    const char *problem; /* what a proc found wrong itself */
};

#define PAYLOAD_INLINE_PARTS 8

/*
 * Reads and checks Java's description of a payload. Returns false with a Java exception pending. The layout is in
 * `storage` if it fits, else to be freed by payload_close.
 */
bool payload_open(JNIEnv *env, struct payload *payload, jobjectArray parts, jintArray layout, int64_t limit,
                  struct part storage[PAYLOAD_INLINE_PARTS]);
void payload_close(struct payload *payload, const struct part storage[PAYLOAD_INLINE_PARTS]);

typedef void payload_reader(void *argument, const char *bytes, size_t count);

/* Hands all bytes to `reader`, in pieces. Returns false with payload->problem or an exception set. */
bool payload_read(struct payload *payload, payload_reader *reader, void *argument);

/* The procs of a request and of an answer; the argument is a struct payload, or NULL for freeing. */
hg_return_t payload_proc_request(hg_proc_t proc, void *argument);
hg_return_t payload_proc_answer(hg_proc_t proc, void *argument);

#endif

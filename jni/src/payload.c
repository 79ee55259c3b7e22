#include "payload.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "jni_util.h"

#define MOST_PARTS (1 << 20)

static bool read_layout(JNIEnv *env, struct payload *payload, jintArray layout, struct part *storage)
{
    payload->layout = storage;
    if (payload->count > PAYLOAD_INLINE_PARTS) {
        payload->layout = malloc((size_t)payload->count * sizeof *payload->layout);
        if (!payload->layout) {
            throw_out_of_memory(env);
            return false;
        }
    }
    if (payload->count > 0)
        (*env)->GetIntArrayRegion(env, layout, 0, payload->count * 3, (jint *)payload->layout);
    return !(*env)->ExceptionCheck(env);
}

bool payload_open(JNIEnv *env, struct payload *payload, jobjectArray parts, jintArray layout, int64_t limit,
                  struct part storage[PAYLOAD_INLINE_PARTS])
{
    memset(payload, 0, sizeof *payload);
    payload->env = env;
    payload->limit = limit;
    payload->parts = parts;
    payload->layout = storage;
    payload->count = (*env)->GetArrayLength(env, parts);
    if (payload->count > MOST_PARTS || (*env)->GetArrayLength(env, layout) != payload->count * 3) {
        throw_illegal_argument(env, "a payload's layout does not fit its parts");
        return false;
    }
    if (!read_layout(env, payload, layout, storage)) {
        payload_close(payload, storage);
        return false;
    }
    for (jsize i = 0; i < payload->count; i++) {
        if (!bounds_add(&payload->length, payload->layout[i].length, limit)) {
            payload_close(payload, storage);
            throw_illegal_argument(env, "a payload is longer than allowed");
            return false;
        }
    }
    return true;
}

void payload_close(struct payload *payload, const struct part storage[PAYLOAD_INLINE_PARTS])
{
    if (payload->layout != storage)
        free(payload->layout);
}

/* Returns where a part of a direct buffer is, or NULL with payload->problem set. */
static const char *direct_part(struct payload *payload, jobject buffer, const struct part *part)
{
    JNIEnv *env = payload->env;
    const char *start = (*env)->GetDirectBufferAddress(env, buffer);
    if (start && bounds_range(part->offset, part->length, (*env)->GetDirectBufferCapacity(env, buffer)))
        return start + part->offset;
    payload->problem = "a part is outside its buffer";
    return NULL;
}

/* What is read of an array at once; a native stack has room for it. */
#define PIECE (16 << 10)

static bool read_array(struct payload *payload, jobject array, const struct part *part, payload_reader *reader,
                       void *argument)
{
    JNIEnv *env = payload->env;
    char piece[PIECE];
    for (jint done = 0; done < part->length;) {
        jint some = part->length - done < PIECE ? part->length - done : PIECE;
        (*env)->GetByteArrayRegion(env, array, part->offset + done, some, (jbyte *)piece);
        if ((*env)->ExceptionCheck(env))
            return false;
        reader(argument, piece, (size_t)some);
        done += some;
    }
    return true;
}

bool payload_read(struct payload *payload, payload_reader *reader, void *argument)
{
    JNIEnv *env = payload->env;
    for (jsize i = 0; i < payload->count; i++) {
        const struct part *part = &payload->layout[i];
        if (part->length == 0)
            continue;
        jobject object = (*env)->GetObjectArrayElement(env, payload->parts, i);
        if ((*env)->ExceptionCheck(env))
            return false;
        if (!object)
            payload->problem = "a part is null";
        bool read = false;
        const char *from;
        if (object && part->kind == PART_ARRAY) {
            read = read_array(payload, object, part, reader, argument);
        } else if (object && (from = direct_part(payload, object, part)) != NULL) {
            reader(argument, from, (size_t)part->length);
            read = true;
        }
        (*env)->DeleteLocalRef(env, object);
        if (!read)
            return false;
    }
    return true;
}

/* Copies one part to where it goes in Mercury's buffer. Returns false with payload->problem or an exception set. */
static bool copy_part(struct payload *payload, jsize index, char *to)
{
    JNIEnv *env = payload->env;
    const struct part *part = &payload->layout[index];
    jobject object = (*env)->GetObjectArrayElement(env, payload->parts, index);
    if ((*env)->ExceptionCheck(env))
        return false;
    bool copied = false;
    if (!object) {
        payload->problem = "a part is null";
    } else if (part->kind == PART_ARRAY) {
        (*env)->GetByteArrayRegion(env, object, part->offset, part->length, (jbyte *)to);
        copied = !(*env)->ExceptionCheck(env);
    } else {
        const char *from = direct_part(payload, object, part);
        if (from)
            memcpy(to, from, (size_t)part->length);
        copied = from != NULL;
    }
    (*env)->DeleteLocalRef(env, object);
    return copied;
}

static hg_return_t encode(hg_proc_t proc, struct payload *payload)
{
    if (payload->length == 0)
        return HG_SUCCESS;
    char *start = hg_proc_save_ptr(proc, (hg_size_t)payload->length);
    if (!start)
        return HG_NOMEM;
    char *to = start;
    for (jsize i = 0; i < payload->count; i++) {
        if (payload->layout[i].length == 0)
            continue;
        if (!copy_part(payload, i, to))
            return HG_INVALID_ARG;
        to += payload->layout[i].length;
    }
    return hg_proc_restore_ptr(proc, start, (hg_size_t)payload->length);
}

static hg_return_t decode(hg_proc_t proc, struct payload *payload, hg_size_t arrived)
{
    JNIEnv *env = payload->env;
    int64_t length =
        bounds_payload(arrived, hg_proc_get_size_used(proc), hg_proc_get_size_left(proc), payload->limit);
    /* Where headers end beyond the message, Mercury has made a buffer that holds them, and what has not arrived too. */
    if (length < 0 || length > INT32_MAX || hg_proc_get_extra_buf(proc)) {
        payload->problem = "the message is longer than allowed, or not as long as it says";
        return HG_OVERFLOW;
    }
    payload->received = (*env)->NewByteArray(env, (jsize)length);
    if (!payload->received) {
        (*env)->ExceptionClear(env);
        payload->problem = "the Java heap has no room for it";
        return HG_NOMEM;
    }
    if (length == 0)
        return HG_SUCCESS;
    char *from = hg_proc_save_ptr(proc, (hg_size_t)length);
    if (from)
        (*env)->SetByteArrayRegion(env, payload->received, 0, (jsize)length, (const jbyte *)from);
    if (!from || (*env)->ExceptionCheck(env)) {
        (*env)->ExceptionClear(env);
        payload->problem = "the message cannot be copied";
        return HG_OVERFLOW;
    }
    return hg_proc_restore_ptr(proc, from, (hg_size_t)length);
}

/*
 * hg_proc_get_size_left is the room in Mercury's buffer and not what is left of the message; only the size that arrived,
 * which Mercury tells since 2.4, gives the exact length.
 */
hg_return_t payload_proc_request(hg_proc_t proc, void *argument)
{
    if (!argument || hg_proc_get_op(proc) == HG_FREE)
        return HG_SUCCESS;
    if (hg_proc_get_op(proc) == HG_ENCODE)
        return encode(proc, argument);
    return decode(proc, argument, HG_Get_input_payload_size(hg_proc_get_handle(proc)));
}

hg_return_t payload_proc_answer(hg_proc_t proc, void *argument)
{
    if (!argument || hg_proc_get_op(proc) == HG_FREE)
        return HG_SUCCESS;
    if (hg_proc_get_op(proc) == HG_ENCODE)
        return encode(proc, argument);
    return decode(proc, argument, HG_Get_output_payload_size(hg_proc_get_handle(proc)));
}

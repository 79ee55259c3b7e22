/* MargoNative.poll: what happened next, brought to a thread of the JVM, the bytes with it. */
#include <string.h>

#include "copper_transport_margo_MargoNative.h"
#include "jni_util.h"
#include "node.h"
#include "rpc.h"

/*
 * How long a poll looks for what comes next before it sleeps. The next event of a conversation between two nodes comes
 * after about as much; a node at rest polls twice a second.
 */
#define SPIN_US 100

/* What poll fills in: four numbers and a text. */
struct event {
    JNIEnv *env;
    jlong numbers[4];
    const char *text;
};

#define KIND(name) copper_transport_margo_MargoNative_##name

static void failure(struct event *event, const struct record *record, const char *function, hg_return_t code)
{
    event->numbers[0] = KIND(EVENT_FAILURE);
    event->numbers[1] = record->call;
    event->numbers[2] = code;
    event->text = function;
}

static jbyteArray shutdown_answer(struct event *event, struct record *record)
{
    int32_t answer = -1;
    hg_return_t code = call_shutdown_answer(record, &answer);
    if (code == HG_SUCCESS && answer != 0)
        code = HG_ACCESS; /* it does not let itself be ended by whoever asks */
    if (code != HG_SUCCESS) {
        failure(event, record, "margo_shutdown_remote_instance", code);
        return NULL;
    }
    return (*event->env)->NewByteArray(event->env, 0);
}

static jbyteArray read_answer(struct event *event, struct record *record)
{
    struct payload payload = {.env = event->env, .limit = record->node->max_payload};
    hg_return_t code = margo_get_output(record->handle, &payload);
    if (code == HG_SUCCESS) {
        margo_free_output(record->handle, &payload);
        return payload.received;
    }
    failure(event, record, payload.problem ? payload.problem : "margo_get_output", code);
    return NULL;
}

static jbyteArray answered(struct event *event, struct record *record)
{
    jbyteArray received = NULL;
    event->numbers[0] = KIND(EVENT_ANSWER);
    event->numbers[1] = record->call;
    if (record->result != HG_SUCCESS)
        failure(event, record, "margo_provider_cforward_timed", record->result);
    else if (record->to_shut_down)
        received = shutdown_answer(event, record);
    else
        received = read_answer(event, record);
    record_finish(record);
    return received;
}

/* Who asks, for log lines. */
static void read_peer(const struct record *record, char *text, size_t size)
{
    const struct hg_info *info = margo_get_info(record->handle);
    hg_size_t length = size;
    if (!info || margo_addr_to_string(record->node->mid, text, &length, info->addr) != HG_SUCCESS)
        strcpy(text, "?");
}

static jbyteArray requested(struct event *event, struct record *record, char *peer, size_t size)
{
    struct payload payload = {.env = event->env, .limit = record->node->max_payload};
    if (!record_read(record)) {
        record_refuse(record, HG_PERMISSION, true);
        return NULL;
    }
    read_peer(record, peer, size);
    event->text = peer;
    event->numbers[1] = (jlong)(intptr_t)record;
    event->numbers[2] = record->rpc;
    hg_return_t code = margo_get_input(record->handle, &payload);
    if (code == HG_SUCCESS) {
        margo_free_input(record->handle, &payload);
        event->numbers[0] = KIND(EVENT_REQUEST);
        record_unpin(record);
        return payload.received;
    }
    event->numbers[0] = KIND(EVENT_REJECTED);
    event->numbers[3] = code;
    record_unpin(record);
    record_refuse(record, code, true);
    return NULL;
}

static jbyteArray fill(struct event *event, struct record *record, char *peer, size_t size)
{
    if (record->kind == RECORD_SHUTDOWN) {
        event->numbers[0] = KIND(EVENT_SHUTDOWN);
        return NULL;
    }
    struct node *node = record->node;
    if (!node_enter(node, NODE_DRAINING))
        return NULL; /* the node has taken the record back */
    jbyteArray received =
        record->kind == RECORD_CALL ? answered(event, record) : requested(event, record, peer, size);
    node_leave(node);
    return received;
}

JNIEXPORT jbyteArray JNICALL Java_copper_transport_margo_MargoNative_poll(JNIEnv *env, jclass class, jlong handle,
                                                                         jlong timeout_ms, jlongArray numbers,
                                                                         jobjectArray text)
{
    (void)class;
    struct node *node = (struct node *)(intptr_t)handle;
    struct queue_item *item = NULL;
    enum queue_outcome outcome = queue_take(&node->events, node_is_calm(node) ? SPIN_US : 0, (long)timeout_ms, &item);

    struct event event = {.env = env, .numbers = {KIND(EVENT_NOTHING)}};
    char peer[512];
    jbyteArray received = NULL;
    if (outcome == QUEUE_CLOSED)
        event.numbers[0] = KIND(EVENT_CLOSED);
    else if (outcome == QUEUE_ITEM)
        received = fill(&event, (struct record *)item, peer, sizeof peer);
    if ((*env)->ExceptionCheck(env))
        return NULL;
    (*env)->SetLongArrayRegion(env, numbers, 0, 4, event.numbers);
    if (event.text && !(*env)->ExceptionCheck(env)) {
        jstring string = (*env)->NewStringUTF(env, event.text);
        if (string)
            (*env)->SetObjectArrayElement(env, text, 0, string);
    }
    return received;
}

/* Nodes: counting who uses them, and the records they hold. How they start and end is in life.c. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct node *node_new(const char *address, const char *config, int64_t max_payload)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->max_payload = max_payload;
    node->address = strdup(address);
    node->config = strdup(config);
    node->shutdown_event.kind = RECORD_SHUTDOWN;
    node->shutdown_event.node = node;
    if (!node->address || !node->config || pthread_mutex_init(&node->mutex, NULL))
        goto no_mutex;
    if (clock_cond_init(&node->changed))
        goto no_cond;
    if (queue_init(&node->events))
        goto no_queue;
    return node;

no_queue:
    pthread_cond_destroy(&node->changed);
no_cond:
    pthread_mutex_destroy(&node->mutex);
no_mutex:
    free(node->address);
    free(node->config);
    free(node);
    return NULL;
}

static void free_records(struct record *record)
{
    while (record) {
        struct record *next = record->next;
        free(record);
        record = next;
    }
}

void node_free(struct node *node)
{
    free_records(node->records);
    free_records(node->orphans);
    while (node->rpcs) {
        struct rpc *next = node->rpcs->next;
        free(node->rpcs);
        node->rpcs = next;
    }
    queue_destroy(&node->events);
    pthread_cond_destroy(&node->changed);
    pthread_mutex_destroy(&node->mutex);
    free(node->address);
    free(node->config);
    free(node);
}

bool node_enter(struct node *node, enum node_state latest)
{
    pthread_mutex_lock(&node->mutex);
    bool allowed = node->state <= latest;
    if (allowed)
        node->users++;
    pthread_mutex_unlock(&node->mutex);
    return allowed;
}

void node_leave(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    node->users--;
    pthread_mutex_unlock(&node->mutex);
}

struct record *record_new(struct node *node, enum record_kind kind, hg_handle_t handle)
{
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return NULL;
    record->node = node;
    record->kind = kind;
    record->handle = handle;
    pthread_mutex_lock(&node->mutex);
    record->next = node->records;
    if (record->next)
        record->next->prev = record;
    node->records = record;
    pthread_mutex_unlock(&node->mutex);
    return record;
}

/* Under the node's mutex. */
static void unlink_record(struct record *record)
{
    if (record->prev)
        record->prev->next = record->next;
    else
        record->node->records = record->next;
    if (record->next)
        record->next->prev = record->prev;
    record->prev = record->next = NULL;
}

/* Under the node's mutex, which it drops: frees the record if it is finished and nobody uses its handle. */
static void settle(struct record *record)
{
    struct node *node = record->node;
    bool done = record->finished && record->pins == 0;
    if (done)
        unlink_record(record);
    pthread_mutex_unlock(&node->mutex);
    if (done) {
        margo_destroy(record->handle);
        free(record);
    }
}

void record_finish(struct record *record)
{
    pthread_mutex_lock(&record->node->mutex);
    record->finished = true;
    settle(record);
}

void record_unpin(struct record *record)
{
    pthread_mutex_lock(&record->node->mutex);
    record->pins--;
    settle(record);
}

hg_handle_t record_claim(struct record *record)
{
    struct node *node = record->node;
    pthread_mutex_lock(&node->mutex);
    hg_handle_t handle = record->handle;
    if (handle != HG_HANDLE_NULL) {
        record->handle = HG_HANDLE_NULL;
        unlink_record(record);
    }
    pthread_mutex_unlock(&node->mutex);
    return handle;
}

void handle_refuse(hg_handle_t handle, hg_return_t code)
{
    /* Public in margo.h as what DEFINE_MARGO_RPC_HANDLER expands to: Margo's only way to answer with an error. */
    __margo_respond_with_error(handle, code);
    margo_destroy(handle);
}

/* Nodes: counting who uses them, and the records they hold. How they start and end is in life.c. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* How many polls must find one record at most until a node is calm again. */
#define BUSY_POLLS 64

struct node *node_new(const char *address, const char *config, int64_t max_payload, bool may_be_ended)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->max_payload = max_payload;
    node->may_be_ended = may_be_ended;
    node->address = strdup(address);
    node->config = strdup(config);
    node->shutdown_event.kind = RECORD_SHUTDOWN;
    node->shutdown_event.node = node;
    if (!node->address || !node->config || clock_mutex_init(&node->mutex))
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

bool node_is_calm(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    if (node->records && node->records->next)
        node->busy = BUSY_POLLS;
    else if (node->busy > 0)
        node->busy--;
    bool calm = node->busy == 0;
    pthread_mutex_unlock(&node->mutex);
    return calm;
}

/* Runs on the progress thread when that has called back for everything that is complete. */
static void wake_pollers(void *argument)
{
    struct node *node = argument;
    queue_wake(&node->events);
}

void node_put_event(struct node *node, struct queue_item *item)
{
    if (queue_add(&node->events, item) &&
        ABT_task_create(node->progress_pool, wake_pollers, node, NULL) != ABT_SUCCESS)
        queue_wake(&node->events);
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

/* Under the node's mutex, which it drops: lets the record go if it is finished and nobody uses its handle. */
static void settle(struct record *record)
{
    struct node *node = record->node;
    bool done = record->finished && record->pins == 0 && record->handle != HG_HANDLE_NULL;
    bool keep = record->in_java;
    hg_handle_t handle = record->handle;
    if (done) {
        unlink_record(record);
        if (keep) {
            record->handle = HG_HANDLE_NULL;
            record->next = node->orphans;
            node->orphans = record;
        }
    }
    pthread_mutex_unlock(&node->mutex);
    if (done) {
        margo_destroy(handle);
        if (!keep)
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

bool record_read(struct record *record)
{
    pthread_mutex_lock(&record->node->mutex);
    bool readable = record->kind == RECORD_REQUEST && record->handle != HG_HANDLE_NULL;
    if (readable)
        record->pins++;
    pthread_mutex_unlock(&record->node->mutex);
    return readable;
}

bool record_answer(struct record *record, enum record_kind kind, bool by_java)
{
    pthread_mutex_lock(&record->node->mutex);
    bool mine = record->kind == RECORD_REQUEST && record->handle != HG_HANDLE_NULL;
    if (mine) {
        record->kind = kind;
        record->since_ms = clock_now_ms();
        record->pins++;
    }
    if (by_java)
        record->in_java = false;
    pthread_mutex_unlock(&record->node->mutex);
    return mine;
}

void record_posted(struct record *record)
{
    pthread_mutex_lock(&record->node->mutex);
    record->posted = true;
    record->pins--;
    settle(record);
}

bool record_complete(struct record *record, hg_return_t result)
{
    struct node *node = record->node;
    pthread_mutex_lock(&node->mutex);
    record->complete = true;
    record->result = result;
    bool dead = node->state >= NODE_DEAD;
    pthread_mutex_unlock(&node->mutex);
    return dead;
}

void record_refuse(struct record *record, hg_return_t code, bool by_java)
{
    if (!record_answer(record, RECORD_REFUSAL, by_java))
        return;
    /* Public in margo.h as what DEFINE_MARGO_RPC_HANDLER expands to: Margo's only way to answer with an error. */
    __margo_respond_with_error(record->handle, code);
    record_posted(record);
}

/*
 * Finds records, one after the other, for which `wanted` holds, and pins each. `wanted` is asked under the mutex. Every
 * record is found once per round, and not at all if a later round has found it.
 */
static struct record *next_of_round(struct node *node, unsigned round, int64_t limit_ms,
                                    bool (*wanted)(const struct record *, int64_t))
{
    pthread_mutex_lock(&node->mutex);
    struct record *record = node->records;
    while (record && ((int)(record->round - round) >= 0 || !wanted(record, limit_ms)))
        record = record->next;
    if (record) {
        record->round = round;
        record->pins++;
    }
    pthread_mutex_unlock(&node->mutex);
    return record;
}

static unsigned new_round(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    unsigned round = ++node->round;
    pthread_mutex_unlock(&node->mutex);
    return round;
}

static bool is_request(const struct record *record, int64_t unused)
{
    (void)unused;
    return record->kind == RECORD_REQUEST;
}

static bool is_refusal(const struct record *record, int64_t unused)
{
    (void)unused;
    return record->kind == RECORD_REFUSAL && record->posted && !record->finished;
}

static bool is_unanswered_call(const struct record *record, int64_t unused)
{
    (void)unused;
    return record->kind == RECORD_CALL && record->posted && !record->complete;
}

static bool is_old_answer(const struct record *record, int64_t sent_before_ms)
{
    return (record->kind == RECORD_RESPONSE || record->kind == RECORD_REFUSAL) && record->posted && !record->complete &&
           !record->finished && record->since_ms <= sent_before_ms;
}

void node_refuse_requests(struct node *node)
{
    unsigned round = new_round(node);
    struct record *record;
    while ((record = next_of_round(node, round, 0, is_request)) != NULL) {
        record_refuse(record, HG_PERMISSION, false);
        record_unpin(record);
    }
}

void node_reap(struct node *node)
{
    unsigned round = new_round(node);
    struct record *record;
    while ((record = next_of_round(node, round, 0, is_refusal)) != NULL) {
        /* Only the record's own reference is left: Mercury has sent it, or given up. */
        if (HG_Ref_get(record->handle) == 1)
            record_finish(record);
        record_unpin(record);
    }
}

static void cancel(struct node *node, int64_t limit_ms, bool (*wanted)(const struct record *, int64_t))
{
    unsigned round = new_round(node);
    struct record *record;
    while ((record = next_of_round(node, round, limit_ms, wanted)) != NULL) {
        HG_Cancel(record->handle);
        record_unpin(record);
    }
}

void node_cancel_calls(struct node *node)
{
    cancel(node, 0, is_unanswered_call);
}

void node_cancel_answers(struct node *node, int64_t min_age_ms)
{
    cancel(node, clock_now_ms() - min_age_ms, is_old_answer);
}

/* How a node starts and ends. The order at the end: no new work, calls cancelled, requests answered, addresses freed. */
#include <stdlib.h>

#include "clock.h"
#include "home.h"
#include "node.h"

/* Once the instance is to end: how long in all, how long requests may be answered, how long an answer may take. */
#define DRAIN_MS 4000
#define REQUESTS_MS 2000
#define ANSWERS_MS 1000
#define DRAIN_STEP_MS 2

static void drain(void *argument);
static void finalized(void *argument);

static hg_return_t read_self(struct node *node)
{
    hg_addr_t self;
    hg_return_t code = margo_addr_self(node->mid, &self);
    if (code != HG_SUCCESS)
        return code;
    hg_size_t size = sizeof node->self;
    code = margo_addr_to_string(node->mid, node->self, &size, self);
    margo_addr_free(node->mid, self);
    return code;
}

const char *node_start(struct node *node, hg_return_t *code)
{
    struct margo_init_info info = MARGO_INIT_INFO_INITIALIZER;
    info.json_config = node->config;
    *code = HG_OTHER_ERROR;
    node->mid = margo_init_ext(node->address, MARGO_SERVER_MODE, &info);
    if (!node->mid)
        return "margo_init_ext";
    /* Without a reference of our own the thread that finalizes would clear the instance, and hang. */
    margo_instance_ref_incr(node->mid);
    node->started = true;
    margo_push_prefinalize_callback(node->mid, drain, node);
    margo_push_finalize_callback(node->mid, finalized, node);
    if (node->may_be_ended)
        margo_enable_remote_shutdown(node->mid);
    if (margo_get_progress_pool(node->mid, &node->progress_pool) != 0)
        return "margo_get_progress_pool";
    *code = read_self(node);
    return *code == HG_SUCCESS ? NULL : "margo_addr_to_string";
}

static bool is_idle(struct node *node, bool records_too)
{
    pthread_mutex_lock(&node->mutex);
    bool idle = node->users == 0 && (!records_too || !node->records);
    pthread_mutex_unlock(&node->mutex);
    return idle;
}

/* Gives up what is left. Nobody is between node_enter and node_leave now, nor will be. */
static void abandon(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    struct record *record = node->records;
    node->records = NULL;
    pthread_mutex_unlock(&node->mutex);
    while (record) {
        struct record *next = record->next;
        /* Where a callback is still to come, it comes while Mercury ends, and destroys the handle. */
        bool callback = record->kind == RECORD_CALL || record->kind == RECORD_RESPONSE;
        if (!callback || record->complete) {
            margo_destroy(record->handle);
            record->handle = HG_HANDLE_NULL;
        }
        pthread_mutex_lock(&node->mutex);
        record->next = node->orphans;
        node->orphans = record;
        pthread_mutex_unlock(&node->mutex);
        record = next;
    }
}

/* Called by Margo when the instance is to end, while its network still runs. On an Argobots stack. */
static void drain(void *argument)
{
    struct node *node = argument;
    pthread_mutex_lock(&node->mutex);
    node->finalizing = true;
    if (node->state < NODE_DRAINING)
        node->state = NODE_DRAINING;
    bool remote = !node->asked_to_stop;
    pthread_mutex_unlock(&node->mutex);
    /* From here on, what waits for the progress thread need not wait for its longest sleep. */
    margo_set_progress_timeout_ub_msec(node->mid, DRAIN_STEP_MS);
    if (remote)
        queue_put(&node->events, &node->shutdown_event.item);

    int64_t begun = clock_now_ms(), passed;
    while (!is_idle(node, true) && (passed = clock_now_ms() - begun) < DRAIN_MS) {
        node_cancel_calls(node);
        node_reap(node);
        if (passed > REQUESTS_MS)
            node_refuse_requests(node);
        node_cancel_answers(node, ANSWERS_MS);
        margo_thread_sleep(node->mid, DRAIN_STEP_MS);
    }
    pthread_mutex_lock(&node->mutex);
    node->state = NODE_DEAD;
    pthread_mutex_unlock(&node->mutex);
    while (!is_idle(node, false))
        margo_thread_sleep(node->mid, DRAIN_STEP_MS);
    abandon(node);
    while (node->peers) {
        struct peer_addr *next = node->peers->next;
        margo_addr_free(node->mid, node->peers->addr);
        free(node->peers);
        node->peers = next;
    }
}

/* Called by Margo at the end, on an Argobots stack. */
static void finalized(void *argument)
{
    home_clean(argument);
}

void node_clean(struct node *node)
{
    margo_wait_for_finalize(node->mid);
    margo_instance_release(node->mid);
    queue_close(&node->events);
    pthread_mutex_lock(&node->mutex);
    node->state = NODE_GONE;
    pthread_cond_broadcast(&node->changed);
    pthread_mutex_unlock(&node->mutex);
}

/*
 * Runs on the progress thread, as Margo's own handler of a remote shutdown does. Of the two, neither can interrupt the
 * other before drain has been called, so that the instance is finalized once.
 */
static void finalize_once(void *argument)
{
    struct node *node = argument;
    pthread_mutex_lock(&node->mutex);
    bool finalizing = node->finalizing;
    pthread_mutex_unlock(&node->mutex);
    if (!finalizing)
        margo_finalize(node->mid);
}

/* Asks for the end, unless it has begun. */
static void ask_to_stop(struct node *node)
{
    pthread_mutex_lock(&node->mutex);
    node->asked_to_stop = true;
    bool begin = node->started && !node->finalizing && node->state < NODE_DEAD;
    if (node->state < NODE_DRAINING)
        node->state = NODE_DRAINING;
    if (begin)
        node->users++;
    pthread_mutex_unlock(&node->mutex);
    if (!begin)
        return;
    ABT_pool pool;
    if (margo_get_handler_pool(node->mid, &pool) == 0)
        ABT_thread_create(pool, finalize_once, node, ABT_THREAD_ATTR_NULL, NULL);
    node_leave(node);
}

bool node_stop(struct node *node, int64_t timeout_ms)
{
    if (node->started) {
        ask_to_stop(node);
        struct timespec deadline = clock_after_ms(timeout_ms);
        pthread_mutex_lock(&node->mutex);
        while (node->state != NODE_GONE)
            if (pthread_cond_timedwait(&node->changed, &node->mutex, &deadline))
                break;
        pthread_mutex_unlock(&node->mutex);
    }
    queue_close(&node->events);
    return !node->started || node->state == NODE_GONE;
}

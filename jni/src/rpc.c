#include "rpc.h"

#include <stdlib.h>

/*
 * On the progress thread: hands the request over and returns. Margo would start a stack of its own for every request;
 * this needs none. When it returns an error, Mercury answers the caller with that.
 */
static hg_return_t on_request(hg_handle_t handle)
{
    /* Public in margo.h as what DEFINE_MARGO_RPC_HANDLER expands to. */
    hg_return_t code = __margo_internal_set_handle_data(handle);
    if (code != HG_SUCCESS) {
        margo_destroy(handle);
        return code;
    }
    const struct hg_info *info = margo_get_info(handle);
    struct rpc *rpc = margo_registered_data(margo_hg_handle_get_instance(handle), info->id);
    struct node *node = rpc->node;
    pthread_mutex_lock(&node->mutex);
    bool open = node->state == NODE_OPEN;
    bool dead = node->state >= NODE_DEAD;
    bool served = rpc->served;
    pthread_mutex_unlock(&node->mutex);
    if (dead) { /* and its records are given up */
        __margo_respond_with_error(handle, HG_PERMISSION);
        margo_destroy(handle);
        return HG_SUCCESS;
    }
    struct record *record = record_new(node, RECORD_REQUEST, handle);
    if (!record) {
        margo_destroy(handle);
        return HG_NOMEM;
    }
    record->rpc = rpc->index;
    record->in_java = open && served;
    if (record->in_java)
        node_put_event(node, &record->item);
    else
        record_refuse(record, open ? HG_NOENTRY : HG_PERMISSION, false);
    return HG_SUCCESS;
}

struct rpc *rpc_register(struct node *node, const char *name, int32_t index, hg_return_t *code)
{
    struct rpc *rpc = calloc(1, sizeof *rpc);
    if (!rpc) {
        *code = HG_NOMEM;
        return NULL;
    }
    rpc->node = node;
    rpc->index = index;
    rpc->id = margo_provider_register_name(node->mid, name, payload_proc_request, payload_proc_answer,
                                           on_request, COPPER_PROVIDER, ABT_POOL_NULL);
    *code = rpc->id ? margo_register_data(node->mid, rpc->id, rpc, NULL) : HG_OTHER_ERROR;
    if (*code != HG_SUCCESS) {
        free(rpc);
        return NULL;
    }
    pthread_mutex_lock(&node->mutex);
    rpc->next = node->rpcs;
    node->rpcs = rpc;
    pthread_mutex_unlock(&node->mutex);
    return rpc;
}

void rpc_serve(struct rpc *rpc)
{
    pthread_mutex_lock(&rpc->node->mutex);
    rpc->served = true;
    pthread_mutex_unlock(&rpc->node->mutex);
}

struct peer_addr *peer_lookup(struct node *node, const char *address, hg_return_t *code)
{
    struct peer_addr *peer = calloc(1, sizeof *peer);
    *code = peer ? margo_addr_lookup(node->mid, address, &peer->addr) : HG_NOMEM;
    if (*code != HG_SUCCESS) {
        free(peer);
        return NULL;
    }
    pthread_mutex_lock(&node->mutex);
    peer->next = node->peers;
    node->peers = peer;
    pthread_mutex_unlock(&node->mutex);
    return peer;
}

/* On the progress thread. */
static void on_answer(void *argument, hg_return_t code)
{
    struct record *record = argument;
    if (record_complete(record, code))
        HG_Destroy(record->handle); /* margo_destroy needs the instance's cache, which is gone */
    else
        node_put_event(record->node, &record->item);
}

static const char *forward(struct node *node, struct peer_addr *peer, hg_id_t id, uint16_t provider,
                           const struct record *like, double timeout_ms, void *input, hg_return_t *code)
{
    hg_handle_t handle;
    *code = margo_create(node->mid, peer->addr, id, &handle);
    if (*code != HG_SUCCESS)
        return "margo_create";
    struct record *record = record_new(node, RECORD_CALL, handle);
    if (!record) {
        margo_destroy(handle);
        *code = HG_NOMEM;
        return "margo_create";
    }
    record->call = like->call;
    record->to_shut_down = like->to_shut_down;
    /* The answer may come, and the record be finished, before forwarding returns: hold it. */
    pthread_mutex_lock(&node->mutex);
    record->pins++;
    pthread_mutex_unlock(&node->mutex);
    *code = margo_provider_cforward_timed(provider, handle, input, timeout_ms, on_answer, record);
    if (*code != HG_SUCCESS)
        record_finish(record);
    record_posted(record);
    return *code == HG_SUCCESS ? NULL : "margo_provider_cforward_timed";
}

const char *call_forward(struct node *node, struct peer_addr *peer, struct rpc *rpc, int64_t call, double timeout_ms,
                         struct payload *payload, hg_return_t *code)
{
    struct record like = {.call = call};
    return forward(node, peer, rpc->id, COPPER_PROVIDER, &like, timeout_ms, payload, code);
}

const char *call_shutdown(struct node *node, struct peer_addr *peer, int64_t call, double timeout_ms, hg_return_t *code)
{
    hg_id_t id;
    hg_bool_t registered;
    *code = margo_provider_registered_name(node->mid, "__shutdown__", MARGO_DEFAULT_PROVIDER_ID, &id, &registered);
    if (*code == HG_SUCCESS && !registered)
        *code = HG_NOENTRY;
    if (*code != HG_SUCCESS)
        return "margo_provider_registered_name";
    struct record like = {.call = call, .to_shut_down = true};
    return forward(node, peer, id, MARGO_DEFAULT_PROVIDER_ID, &like, timeout_ms, NULL, code);
}

hg_return_t call_shutdown_answer(const struct record *record, int32_t *answer)
{
    hg_return_t code = margo_get_output(record->handle, answer);
    if (code == HG_SUCCESS)
        margo_free_output(record->handle, answer);
    return code;
}

void call_cancel(struct node *node, int64_t call)
{
    pthread_mutex_lock(&node->mutex);
    struct record *record = node->records;
    while (record && !(record->kind == RECORD_CALL && record->call == call && record->posted && !record->complete))
        record = record->next;
    if (record)
        record->pins++;
    pthread_mutex_unlock(&node->mutex);
    if (!record)
        return;
    HG_Cancel(record->handle);
    record_unpin(record);
}

/* On the progress thread: the answer is sent, or cannot be. */
static void on_responded(void *argument, hg_return_t code)
{
    struct record *record = argument;
    if (record_complete(record, code))
        HG_Destroy(record->handle);
    else
        record_finish(record);
}

hg_return_t request_respond(struct record *record, struct payload *payload)
{
    if (!record_answer(record, RECORD_RESPONSE, true))
        return HG_SUCCESS; /* the node is ending and has said so */
    hg_return_t code = margo_crespond(record->handle, payload, on_responded, record);
    if (code != HG_SUCCESS) {
        pthread_mutex_lock(&record->node->mutex);
        record->kind = RECORD_REFUSAL;
        pthread_mutex_unlock(&record->node->mutex);
        __margo_respond_with_error(record->handle, code);
    }
    record_posted(record);
    return code;
}

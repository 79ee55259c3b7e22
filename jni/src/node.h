/*
 * One Margo instance and everything that lives on it.
 *
 * Threads. Margo's progress thread runs Argobots' stacks: RPC handlers, completion callbacks, the end of the instance. On
 * these nothing but the short functions here runs, and never Java. Threads of the JVM do the rest between node_enter and
 * node_leave, so that the instance does not end under them. One native thread (home.h) makes and clears every instance.
 *
 * Records. A request that came in and a call that went out are both records. A record owns its Mercury handle and stays in
 * the node's list until Mercury has done with it: a handle that is in use when Mercury ends makes that take five seconds,
 * and fail. A request that the node has refused while Java had it loses its handle then, and is kept for Java's sake.
 */
#ifndef COPPER_NODE_H
#define COPPER_NODE_H

#include <margo.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "queue.h"

/* How far a node is on its way; only ever grows. */
enum node_state {
    NODE_OPEN,
    NODE_DRAINING, /* no new calls and requests; those in flight may be finished */
    NODE_DEAD,     /* the instance must not be touched any more */
    NODE_GONE      /* and does not exist any more */
};

enum record_kind {
    RECORD_REQUEST,  /* came in, not answered */
    RECORD_RESPONSE, /* its answer is on its way */
    RECORD_REFUSAL,  /* its answer, an error, is on its way; Margo calls nobody when that is sent */
    RECORD_CALL,     /* went out */
    RECORD_SHUTDOWN  /* no handle: the event that the node is to end */
};

struct node;

/* A registered name. */
struct rpc {
    struct rpc *next;
    struct node *node;
    hg_id_t id;
    int32_t index; /* Java's number for it */
    bool served;   /* Java has a handler; changed under the node's mutex */
};

struct record {
    struct queue_item item; /* must be first */
    struct record *prev, *next;
    struct node *node;
    enum record_kind kind;
    hg_handle_t handle; /* HG_HANDLE_NULL once the node took it back; under the node's mutex */
    int64_t since_ms;   /* when the answer was sent */
    int32_t rpc;        /* Java's number for it */
    int64_t call;       /* Java's number for the call */
    hg_return_t result; /* of a call, when complete */
    bool to_shut_down;  /* the call is __shutdown__, whose answer Margo itself reads */
    bool posted, complete, finished;
    bool in_java; /* a request that Java will answer, or is about to get: not to be freed under it */
    unsigned round; /* of cancelling, that it was seen in */
    int pins;       /* threads that use the handle beside its owner */
};

struct peer_addr {
    struct peer_addr *next;
    hg_addr_t addr;
};

struct node {
    margo_instance_id mid;
    ABT_pool progress_pool;
    struct node *next_to_clean; /* home.c's */
    int64_t max_payload;
    bool may_be_ended; /* by whoever asks */
    char self[512];
    char *address, *config; /* for starting; owned */

    struct queue events;
    struct record shutdown_event;

    pthread_mutex_t mutex; /* the members below; held for a few instructions, never across a call to Margo */
    pthread_cond_t changed;
    enum node_state state;
    bool started, asked_to_stop, finalizing;
    int users;      /* threads between node_enter and node_leave */
    unsigned round; /* of cancelling */
    unsigned busy;  /* see node_is_calm */
    struct record *records;
    struct record *orphans; /* without handles, to be freed with the node */
    struct rpc *rpcs;
    struct peer_addr *peers;
};

/* Returns a node that is not started, or NULL when there is no memory. Copies the texts. */
struct node *node_new(const char *address, const char *config, int64_t max_payload, bool may_be_ended);

/* Frees a node that is gone, or was never started. Nobody may use it any more. */
void node_free(struct node *node);

/* Called on the home thread. Returns the failing function's name, and its code, or NULL. */
const char *node_start(struct node *node, hg_return_t *code);

/* Called on the home thread after the finalize callback: waits for the end and clears the instance. */
void node_clean(struct node *node);

/*
 * Ends the instance and waits until it is gone, timeout_ms at most; returns whether it is. In either case the event queue
 * is closed. If it is not gone, the node must not be freed.
 */
bool node_stop(struct node *node, int64_t timeout_ms);

/* Begins to use the instance; false if its state is beyond the one given. */
bool node_enter(struct node *node, enum node_state latest);
void node_leave(struct node *node);

/* Tells, at a poll, whether one conversation at most is under way: with more the cores have better things to do than spin. */
bool node_is_calm(struct node *node);

/*
 * On the progress thread: gives pollers an event. They are woken when this thread has seen to all that has come so far, so
 * that a poller takes many events without sleeping between them, and does not interrupt this thread for each.
 */
void node_put_event(struct node *node, struct queue_item *item);

/* Returns a new record in the node's list, without pins, or NULL without memory. */
struct record *record_new(struct node *node, enum record_kind kind, hg_handle_t handle);

/* Gives the record up: its handle is destroyed and it is freed when the last pin is gone. The caller has entered. */
void record_finish(struct record *record);

/* Drops a pin; the record may be gone afterwards. */
void record_unpin(struct record *record);

/* Pins a request to read it; false if the node has refused it meanwhile. */
bool record_read(struct record *record);

/*
 * Turns a request into another kind before it is answered; false if the node has refused it meanwhile. One pin is held
 * then, for record_posted. When it is Java that answers, Java has done with the record.
 */
bool record_answer(struct record *record, enum record_kind kind, bool by_java);

/* Mercury has got the handle, so that it can be cancelled; drops the pin. The record may be gone afterwards. */
void record_posted(struct record *record);

/* On the progress thread: Mercury has done with the handle. Returns whether the instance is past using it. */
bool record_complete(struct record *record, hg_return_t result);

/* Answers a request with an error that the caller gets as its hg_return_t. The record may be gone afterwards. */
void record_refuse(struct record *record, hg_return_t code, bool by_java);

/* Refuses the requests that nobody has answered. The caller has entered, or is the drain. */
void node_refuse_requests(struct node *node);

/* Finishes the refusals that have been sent. The caller has entered. */
void node_reap(struct node *node);

/* Cancels what Mercury has and has not done: calls, or answers on their way for min_age_ms. The caller has entered. */
void node_cancel_calls(struct node *node);
void node_cancel_answers(struct node *node, int64_t min_age_ms);

#endif

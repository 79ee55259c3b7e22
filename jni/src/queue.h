/*
 * A queue of events for threads that wait. Items are linked through a member of their own, so that putting one never
 * allocates and never fails: it is done on threads that must do neither. Items are borrowed; they belong to whoever made
 * them and must stay until they are taken.
 */
#ifndef COPPER_QUEUE_H
#define COPPER_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

struct queue_item {
    struct queue_item *next;
};

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue_item *head, *tail;
    bool closed;
    int sleepers; /* threads that wait */
    bool waking;  /* one of them has been woken, or is to be by who called queue_add */
};

enum queue_outcome { QUEUE_ITEM, QUEUE_TIMEOUT, QUEUE_CLOSED };

/* Returns 0 or an errno; on failure there is nothing to destroy. */
int queue_init(struct queue *queue);

/* No thread may wait in it or use it later. */
void queue_destroy(struct queue *queue);

/* Puts an item at the end and wakes one thread. Items put after closing are dropped. Safe on any thread. */
void queue_put(struct queue *queue, struct queue_item *item);

/*
 * Puts an item at the end and wakes nobody, so that more can be put before a thread wakes and takes them all. Returns
 * whether the caller is to call queue_wake when it has put the others; true once for all that are put until then.
 */
bool queue_add(struct queue *queue, struct queue_item *item);

/* Wakes one thread for what queue_add has put; a thread that takes one item and leaves others wakes the next thread. */
void queue_wake(struct queue *queue);

/*
 * Takes the first item; waits for one, at most timeout_ms milliseconds, for ever if that is negative, and before that
 * spin_us microseconds without sleeping, which spares the time of being woken. A closed queue gives no items, whatever is
 * in it.
 */
enum queue_outcome queue_take(struct queue *queue, long spin_us, long timeout_ms, struct queue_item **item);

/* Wakes every thread; from now on queue_take says QUEUE_CLOSED. */
void queue_close(struct queue *queue);

#endif

#include "queue.h"

#include <sched.h>

#include "clock.h"

int queue_init(struct queue *queue)
{
    queue->head = queue->tail = NULL;
    queue->closed = queue->waking = false;
    queue->sleepers = 0;
    int error = clock_mutex_init(&queue->mutex);
    if (error)
        return error;
    error = clock_cond_init(&queue->changed);
    if (error)
        pthread_mutex_destroy(&queue->mutex);
    return error;
}

void queue_destroy(struct queue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
}

/* Under the mutex: tells whether a thread sleeps and nobody is waking one; if so, the caller does. */
static bool must_wake(struct queue *queue)
{
    if (queue->sleepers == 0 || queue->waking)
        return false;
    queue->waking = true;
    return true;
}

bool queue_add(struct queue *queue, struct queue_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&queue->mutex);
    bool to_wake = false;
    if (!queue->closed) {
        if (queue->tail)
            queue->tail->next = item;
        else
            queue->head = item;
        queue->tail = item;
        to_wake = must_wake(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
    return to_wake;
}

void queue_wake(struct queue *queue)
{
    pthread_cond_signal(&queue->changed);
}

void queue_put(struct queue *queue, struct queue_item *item)
{
    if (queue_add(queue, item))
        queue_wake(queue);
}

/* Returns with the mutex held: when something has come, or when the time is over. */
static void spin(struct queue *queue, long spin_us)
{
    int64_t end = clock_now_us() + spin_us;
    pthread_mutex_lock(&queue->mutex);
    while (!queue->closed && !queue->head && clock_now_us() < end) {
        pthread_mutex_unlock(&queue->mutex);
        sched_yield();
        pthread_mutex_lock(&queue->mutex);
    }
}

/* Sleeps under the mutex. Returns false when it is the deadline, if there is one, that has ended it. */
static bool sleep_until(struct queue *queue, const struct timespec *deadline)
{
    queue->sleepers++;
    int error = deadline ? pthread_cond_timedwait(&queue->changed, &queue->mutex, deadline)
                         : pthread_cond_wait(&queue->changed, &queue->mutex);
    queue->sleepers--;
    queue->waking = false;
    return error == 0;
}

enum queue_outcome queue_take(struct queue *queue, long spin_us, long timeout_ms, struct queue_item **item)
{
    enum queue_outcome outcome = QUEUE_ITEM;
    bool others_wait = false;
    struct timespec deadline = clock_after_ms(timeout_ms < 0 ? 0 : timeout_ms);
    spin(queue, spin_us);
    while (!queue->closed && !queue->head && outcome == QUEUE_ITEM) {
        if (!sleep_until(queue, timeout_ms < 0 ? NULL : &deadline))
            outcome = QUEUE_TIMEOUT;
    }
    if (queue->closed) {
        outcome = QUEUE_CLOSED;
    } else if (queue->head) {
        outcome = QUEUE_ITEM;
        *item = queue->head;
        queue->head = queue->head->next;
        if (!queue->head)
            queue->tail = NULL;
        others_wait = queue->head && must_wake(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (others_wait)
        queue_wake(queue);
    return outcome;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    queue->head = queue->tail = NULL;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
}

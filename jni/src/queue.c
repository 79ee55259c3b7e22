#include "queue.h"

#include <sched.h>

#include "clock.h"

int queue_init(struct queue *queue)
{
    queue->head = queue->tail = NULL;
    queue->closed = false;
    int error = pthread_mutex_init(&queue->mutex, NULL);
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

void queue_put(struct queue *queue, struct queue_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&queue->mutex);
    if (!queue->closed) {
        if (queue->tail)
            queue->tail->next = item;
        else
            queue->head = item;
        queue->tail = item;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->mutex);
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

enum queue_outcome queue_take(struct queue *queue, long spin_us, long timeout_ms, struct queue_item **item)
{
    enum queue_outcome outcome = QUEUE_ITEM;
    struct timespec deadline = clock_after_ms(timeout_ms < 0 ? 0 : timeout_ms);
    spin(queue, spin_us);
    while (!queue->closed && !queue->head && outcome == QUEUE_ITEM) {
        if (timeout_ms < 0)
            pthread_cond_wait(&queue->changed, &queue->mutex);
        else if (pthread_cond_timedwait(&queue->changed, &queue->mutex, &deadline))
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
    }
    pthread_mutex_unlock(&queue->mutex);
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

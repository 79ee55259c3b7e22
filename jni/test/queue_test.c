/* The event queue: order, waiting, closing, and many threads at both ends. */
#include "queue.h"

#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "clock.h"

#define PUTTERS 4
#define TAKERS 4
#define EACH 20000

struct numbered {
    struct queue_item item; /* must be first */
    int putter, number;
};

static void keeps_the_order(void)
{
    struct queue queue;
    struct numbered items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct queue_item *taken;
    CHECK(queue_init(&queue) == 0);
    for (int round = 0; round < 2; round++) { /* the second time, from empty again */
        for (int i = 0; i < 3; i++)
            queue_put(&queue, &items[i].item);
        for (int i = 0; i < 3; i++) {
            CHECK(queue_take(&queue, 0, 0, &taken) == QUEUE_ITEM);
            CHECK(((struct numbered *)taken)->number == i);
        }
        CHECK(queue_take(&queue, 0, 0, &taken) == QUEUE_TIMEOUT);
    }
    queue_destroy(&queue);
}

static void waits_no_shorter_than_asked(void)
{
    struct queue queue;
    struct queue_item *taken;
    CHECK(queue_init(&queue) == 0);
    int64_t before = clock_now_ms();
    CHECK(queue_take(&queue, 0, 30, &taken) == QUEUE_TIMEOUT);
    CHECK(clock_now_ms() - before >= 29);
    before = clock_now_ms();
    CHECK(queue_take(&queue, 5000, 20, &taken) == QUEUE_TIMEOUT);
    CHECK(clock_now_ms() - before >= 19);
    queue_destroy(&queue);
}

static void gives_nothing_once_closed(void)
{
    struct queue queue;
    struct numbered item = {.number = 1};
    struct queue_item *taken;
    CHECK(queue_init(&queue) == 0);
    queue_put(&queue, &item.item);
    queue_close(&queue);
    CHECK(queue_take(&queue, 0, -1, &taken) == QUEUE_CLOSED);
    queue_put(&queue, &item.item);
    CHECK(queue_take(&queue, 0, 1000, &taken) == QUEUE_CLOSED);
    queue_close(&queue);
    queue_destroy(&queue);
}

struct sleeper {
    struct queue *queue;
    atomic_int taken;
};

static void *take_until_closed(void *argument)
{
    struct sleeper *sleeper = argument;
    struct queue_item *taken;
    while (queue_take(sleeper->queue, 0, -1, &taken) == QUEUE_ITEM)
        atomic_fetch_add(&sleeper->taken, 1);
    return NULL;
}

static void sleep_ms(long milliseconds)
{
    struct timespec pause = {.tv_nsec = milliseconds * 1000000};
    nanosleep(&pause, NULL);
}

/* One call wakes a sleeping thread for all that has been added, and nobody is asked to wake it twice. */
static void wakes_once_for_many(void)
{
    struct queue queue;
    struct numbered items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct sleeper sleeper = {.queue = &queue};
    pthread_t thread;
    CHECK(queue_init(&queue) == 0);
    CHECK(!queue_add(&queue, &items[0].item)); /* nobody sleeps: who comes next finds it */
    CHECK(pthread_create(&thread, NULL, take_until_closed, &sleeper) == 0);
    int sleepers = 0;
    while (sleepers == 0) { /* ctest ends a test that waits for ever */
        sleep_ms(1);
        pthread_mutex_lock(&queue.mutex);
        sleepers = queue.sleepers;
        pthread_mutex_unlock(&queue.mutex);
    }
    CHECK(atomic_load(&sleeper.taken) == 1);
    CHECK(queue_add(&queue, &items[1].item));
    CHECK(!queue_add(&queue, &items[2].item));
    queue_wake(&queue);
    while (atomic_load(&sleeper.taken) < 3)
        sleep_ms(1);
    queue_close(&queue);
    pthread_join(thread, NULL);
    queue_destroy(&queue);
}

struct shared {
    struct queue queue;
    struct numbered items[PUTTERS][EACH];
    atomic_int taken[PUTTERS][EACH];
    atomic_int count, closed;
};

struct putter {
    struct shared *shared;
    int number;
};

/* Every other putter puts a few before it wakes anybody. */
static void *put_all(void *argument)
{
    struct putter *putter = argument;
    struct queue *queue = &putter->shared->queue;
    bool to_wake = false;
    for (int i = 0; i < EACH; i++) {
        struct numbered *item = &putter->shared->items[putter->number][i];
        item->putter = putter->number;
        item->number = i;
        if (putter->number % 2)
            to_wake |= queue_add(queue, &item->item);
        else
            queue_put(queue, &item->item);
        if (to_wake && (i % 5 == 4 || i == EACH - 1)) {
            queue_wake(queue);
            to_wake = false;
        }
    }
    return NULL;
}

/* One taker sees the items of one putter in order. */
static void *take_all(void *argument)
{
    struct shared *shared = argument;
    int last[PUTTERS];
    memset(last, -1, sizeof last);
    struct queue_item *taken;
    while (queue_take(&shared->queue, 50, -1, &taken) == QUEUE_ITEM) {
        struct numbered *item = (struct numbered *)taken;
        CHECK(item->number > last[item->putter]);
        last[item->putter] = item->number;
        CHECK(atomic_fetch_add(&shared->taken[item->putter][item->number], 1) == 0);
        atomic_fetch_add(&shared->count, 1);
    }
    atomic_fetch_add(&shared->closed, 1);
    return NULL;
}

static void gives_each_item_to_one_of_many(void)
{
    struct shared *shared = calloc(1, sizeof *shared);
    CHECK(shared && queue_init(&shared->queue) == 0);
    pthread_t putters[PUTTERS], takers[TAKERS];
    struct putter arguments[PUTTERS];
    for (int i = 0; i < TAKERS; i++)
        CHECK(pthread_create(&takers[i], NULL, take_all, shared) == 0);
    for (int i = 0; i < PUTTERS; i++) {
        arguments[i] = (struct putter){.shared = shared, .number = i};
        CHECK(pthread_create(&putters[i], NULL, put_all, &arguments[i]) == 0);
    }
    for (int i = 0; i < PUTTERS; i++)
        pthread_join(putters[i], NULL);
    while (atomic_load(&shared->count) < PUTTERS * EACH)
        sleep_ms(1);
    CHECK(atomic_load(&shared->closed) == 0);
    queue_close(&shared->queue);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(takers[i], NULL);
    CHECK(atomic_load(&shared->closed) == TAKERS);
    CHECK(atomic_load(&shared->count) == PUTTERS * EACH);
    queue_destroy(&shared->queue);
    free(shared);
}

int main(void)
{
    keeps_the_order();
    waits_no_shorter_than_asked();
    gives_nothing_once_closed();
    wakes_once_for_many();
    gives_each_item_to_one_of_many();
    return 0;
}

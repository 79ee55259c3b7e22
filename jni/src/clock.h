/* Mutexes, and condition variables with monotonic deadlines. */
#ifndef COPPER_CLOCK_H
#define COPPER_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* The monotonic time in microseconds. */
static inline int64_t clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The monotonic time in milliseconds. */
static inline int64_t clock_now_ms(void)
{
    return clock_now_us() / 1000;
}

/* The monotonic time milliseconds from now; a year at most. */
static inline struct timespec clock_after_ms(int64_t milliseconds)
{
    const int64_t year_ms = INT64_C(366) * 24 * 3600 * 1000;
    if (milliseconds > year_ms)
        milliseconds = year_ms;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += (time_t)(milliseconds / 1000);
    time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

/* A mutex that is held for a few instructions at a time: who waits for it spins a moment first. Returns 0 or an errno. */
static inline int clock_mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (error)
        return error;
#ifdef __GLIBC__
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    error = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return error;
}

/* A condition variable whose deadlines are of the monotonic clock. Returns 0 or an errno. */
static inline int clock_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);
    if (error)
        return error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!error)
        error = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
}

#endif

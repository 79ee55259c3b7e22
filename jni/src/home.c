#include "home.h"

#include <signal.h>
#include <stdlib.h>

/* Jobs are linked through the nodes they are for, so that asking for one needs no memory. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t jobs_changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t start_done = PTHREAD_COND_INITIALIZER;
static struct node *to_start, *to_clean;
static const char *failed_function;
static hg_return_t failure;
static bool running, starting;

static void *run(void *unused)
{
    (void)unused;
    /*
     * Margo would start Argobots with its first instance and end it with its last, but counts an instance that could not
     * be started, and then ends Argobots too early. It leaves an Argobots alone that it has not started.
     */
    margo_set_environment(NULL);
    /*
     * For every execution stream that has ended, Argobots keeps a batch of descriptors, 128 KiB unless told otherwise:
     * that much would be lost with each instance.
     */
    setenv("ABT_MEM_MAX_NUM_DESCS", "64", 0);
    ABT_init(0, NULL);
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (!to_start && !to_clean)
            pthread_cond_wait(&jobs_changed, &mutex);
        struct node *node = to_clean;
        if (node) {
            to_clean = node->next_to_clean;
            pthread_mutex_unlock(&mutex);
            node_clean(node);
            pthread_mutex_lock(&mutex);
        } else {
            node = to_start;
            pthread_mutex_unlock(&mutex);
            hg_return_t code = HG_SUCCESS;
            const char *function = node_start(node, &code);
            pthread_mutex_lock(&mutex);
            to_start = NULL;
            failed_function = function;
            failure = code;
            pthread_cond_broadcast(&start_done);
        }
    }
    return NULL;
}

/* Under the mutex. The thread, and Margo's that it makes, leave signals to the JVM's threads. */
static bool ensure_running(void)
{
    if (running)
        return true;
    sigset_t blocked, previous;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGTRAP);
    sigdelset(&blocked, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &blocked, &previous);
    pthread_t thread;
    running = pthread_create(&thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (running)
        pthread_detach(thread);
    return running;
}

const char *home_start(struct node *node, hg_return_t *code)
{
    pthread_mutex_lock(&mutex);
    if (!ensure_running()) {
        pthread_mutex_unlock(&mutex);
        *code = HG_NOMEM;
        return "pthread_create";
    }
    while (starting)
        pthread_cond_wait(&start_done, &mutex);
    starting = true;
    to_start = node;
    pthread_cond_signal(&jobs_changed);
    while (to_start == node)
        pthread_cond_wait(&start_done, &mutex);
    const char *function = failed_function;
    *code = failure;
    starting = false;
    pthread_cond_broadcast(&start_done);
    pthread_mutex_unlock(&mutex);
    return function;
}

void home_clean(struct node *node)
{
    pthread_mutex_lock(&mutex);
    node->next_to_clean = to_clean;
    to_clean = node;
    pthread_cond_signal(&jobs_changed);
    pthread_mutex_unlock(&mutex);
}

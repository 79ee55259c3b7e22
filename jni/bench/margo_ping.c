/*
 * Margo alone, in C: the measure for the Java transport, over the same network, with the same settings. A server answers
 * as many bytes as a request of 16 bytes asks for; a client has a number of threads, each with one call at a time, and
 * prints the median time of a call in microseconds.
 *
 *   copper_margo_ping server ADDRESS                      prints its address; ends when standard input does
 *   copper_margo_ping client PROTOCOL ADDRESS BYTES CALLERS CALLS
 */
#include <margo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_BYTES 16
#define TIMEOUT_MS 60000.0

static const char *config = "{\"use_progress_thread\":true,\"rpc_thread_count\":-1,\"progress_spindown_msec\":0,"
                            "\"mercury\":{\"log_level\":\"none\"}}";

struct message {
    char *bytes;
    size_t length;
};

static char *zeros;

static hg_return_t proc(hg_proc_t proc, struct message *message, hg_size_t arrived)
{
    switch (hg_proc_get_op(proc)) {
    case HG_ENCODE:
        return hg_proc_memcpy(proc, message->bytes, message->length);
    case HG_DECODE:
        message->length = arrived - hg_proc_get_size_used(proc);
        message->bytes = malloc(message->length + 1);
        if (!message->bytes)
            return HG_NOMEM;
        return hg_proc_memcpy(proc, message->bytes, message->length);
    default:
        free(message->bytes);
        return HG_SUCCESS;
    }
}

static hg_return_t proc_request(hg_proc_t p, void *argument)
{
    bool decode = hg_proc_get_op(p) == HG_DECODE;
    return argument ? proc(p, argument, decode ? HG_Get_input_payload_size(hg_proc_get_handle(p)) : 0) : HG_SUCCESS;
}

static hg_return_t proc_answer(hg_proc_t p, void *argument)
{
    bool decode = hg_proc_get_op(p) == HG_DECODE;
    return argument ? proc(p, argument, decode ? HG_Get_output_payload_size(hg_proc_get_handle(p)) : 0) : HG_SUCCESS;
}

static void on_ping(hg_handle_t handle)
{
    struct message request = {0};
    uint32_t wanted = 0;
    if (margo_get_input(handle, &request) == HG_SUCCESS) {
        if (request.length >= sizeof wanted)
            memcpy(&wanted, request.bytes, sizeof wanted);
        margo_free_input(handle, &request);
    }
    struct message answer = {.bytes = zeros, .length = wanted};
    margo_respond(handle, &answer);
    margo_destroy(handle);
}
DECLARE_MARGO_RPC_HANDLER(on_ping)
DEFINE_MARGO_RPC_HANDLER(on_ping)

struct caller {
    pthread_t thread;
    margo_instance_id mid;
    hg_addr_t server;
    hg_id_t id;
    uint32_t bytes;
    int calls;
    double *micros;
    hg_return_t failure;
};

static double now_micros(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static hg_return_t call(struct caller *caller)
{
    char bytes[REQUEST_BYTES] = {0};
    memcpy(bytes, &caller->bytes, sizeof caller->bytes);
    struct message request = {.bytes = bytes, .length = sizeof bytes}, answer = {0};
    hg_handle_t handle;
    hg_return_t code = margo_create(caller->mid, caller->server, caller->id, &handle);
    if (code != HG_SUCCESS)
        return code;
    code = margo_provider_forward_timed(0, handle, &request, TIMEOUT_MS);
    if (code == HG_SUCCESS)
        code = margo_get_output(handle, &answer);
    if (code == HG_SUCCESS) {
        if (answer.length != caller->bytes)
            code = HG_PROTOCOL_ERROR;
        margo_free_output(handle, &answer);
    }
    margo_destroy(handle);
    return code;
}

static void *run_caller(void *argument)
{
    struct caller *caller = argument;
    int warm_up = caller->calls / 5 + 1;
    for (int i = -warm_up; i < caller->calls && caller->failure == HG_SUCCESS; i++) {
        double begun = now_micros();
        caller->failure = call(caller);
        if (i >= 0)
            caller->micros[i] = now_micros() - begun;
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int client(margo_instance_id mid, hg_id_t id, char **argv)
{
    uint32_t bytes = (uint32_t)strtoul(argv[1], NULL, 10);
    int callers = atoi(argv[2]), calls = atoi(argv[3]);
    hg_addr_t server;
    if (callers < 1 || calls < 1 || margo_addr_lookup(mid, argv[0], &server) != HG_SUCCESS)
        return 1;
    struct caller *all = calloc((size_t)callers, sizeof *all);
    double *micros = calloc((size_t)callers * (size_t)calls, sizeof *micros);
    if (!all || !micros)
        return 1;
    for (int i = 0; i < callers; i++) {
        all[i] = (struct caller){.mid = mid, .server = server, .id = id, .bytes = bytes, .calls = calls};
        all[i].micros = micros + (size_t)i * (size_t)calls;
        pthread_create(&all[i].thread, NULL, run_caller, &all[i]);
    }
    hg_return_t failure = HG_SUCCESS;
    for (int i = 0; i < callers; i++) {
        pthread_join(all[i].thread, NULL);
        if (all[i].failure != HG_SUCCESS)
            failure = all[i].failure;
    }
    margo_addr_free(mid, server);
    if (failure == HG_SUCCESS) {
        qsort(micros, (size_t)callers * (size_t)calls, sizeof *micros, compare);
        printf("%.1f\n", micros[(size_t)callers * (size_t)calls / 2]);
    } else {
        fprintf(stderr, "a call failed: %s\n", HG_Error_to_string(failure));
    }
    free(micros);
    free(all);
    return failure != HG_SUCCESS;
}

static int server(margo_instance_id mid)
{
    hg_addr_t self;
    char text[512];
    hg_size_t size = sizeof text;
    zeros = calloc(1, 64u << 20);
    if (!zeros || margo_addr_self(mid, &self) != HG_SUCCESS ||
        margo_addr_to_string(mid, text, &size, self) != HG_SUCCESS)
        return 1;
    margo_addr_free(mid, self);
    printf("address %s\n", text);
    fflush(stdout);
    char ignored[64];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
    return 0;
}

int main(int argc, char **argv)
{
    bool serve = argc == 3 && strcmp(argv[1], "server") == 0;
    if (!serve && !(argc == 7 && strcmp(argv[1], "client") == 0)) {
        fprintf(stderr, "usage: %s server ADDRESS | client PROTOCOL ADDRESS BYTES CALLERS CALLS\n", argv[0]);
        return 2;
    }
    struct margo_init_info info = MARGO_INIT_INFO_INITIALIZER;
    info.json_config = config;
    margo_instance_id mid = margo_init_ext(argv[2], MARGO_SERVER_MODE, &info);
    if (!mid)
        return 1;
    hg_id_t id = margo_provider_register_name(mid, "copper_ping", proc_request, proc_answer,
                                              serve ? _handler_for_on_ping : NULL, 0, ABT_POOL_NULL);
    int result = serve ? server(mid) : client(mid, id, argv + 3);
    margo_finalize(mid);
    return result;
}

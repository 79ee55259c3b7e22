/*
 * The native methods of copper.transport.margo.MargoNative. They run on threads of the JVM. A node, name, peer or request is
 * a pointer in a long; Java promises to use none after it has given it back, and none of a node after release.
 */
#include "copper_transport_margo_MargoNative.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "home.h"
#include "jni_util.h"
#include "node.h"
#include "rpc.h"
#include "sha256.h"

#if MARGO_VERSION_NUM < 2000
#error "Copper needs Margo 0.20 or newer"
#endif

/* What malloc keeps of the memory that was freed last, per arena; as much as glibc allows for the first of the two. */
#define KEPT_BYTES (32 << 20)

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_copper_transport_margo_MargoNative_##name

static void *pointer(jlong value)
{
    return (void *)(intptr_t)value;
}

static jlong number(const void *value)
{
    return (jlong)(intptr_t)value;
}

/*
 * Mercury allocates a buffer for each message above 4 KiB, at both ends. The allocator would give its memory back to the
 * system each time, and the system would have to find and clear it again for the next message. What the user has
 * set stays.
 */
static void keep_buffers(void)
{
#ifdef M_MMAP_THRESHOLD
    if (getenv("MALLOC_MMAP_THRESHOLD_") || getenv("MALLOC_TRIM_THRESHOLD_"))
        return;
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
#endif
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    void *env;
    if ((*vm)->GetEnv(vm, &env, JNI_VERSION_1_8) != JNI_OK || !jni_util_load(env))
        return JNI_ERR;
    keep_buffers();
    /* What fails is reported to Java; the libraries' own messages are for who asks for them. */
    if (!getenv("MARGO_LOG_LEVEL"))
        margo_set_global_log_level(MARGO_LOG_CRITICAL);
    if (!getenv("HG_LOG_LEVEL"))
        HG_Set_log_level("none"); /* until Margo sets what its configuration says */
    return JNI_VERSION_1_8;
}

NATIVE(jstring, versions)(JNIEnv *env, jclass class)
{
    (void)class;
    unsigned major = 0, minor = 0, patch = 0;
    HG_Version_get(&major, &minor, &patch);
    char text[64];
    snprintf(text, sizeof text, "%s %u.%u.%u", MARGO_VERSION, major, minor, patch);
    return (*env)->NewStringUTF(env, text);
}

NATIVE(jstring, errorName)(JNIEnv *env, jclass class, jint code)
{
    (void)class;
    return (*env)->NewStringUTF(env, error_name((hg_return_t)code));
}

NATIVE(jlong, start)(JNIEnv *env, jclass class, jstring address, jstring config, jlong max_payload, jboolean may_be_ended)
{
    (void)class;
    char address_text[512], config_text[2048];
    if (!copy_string(env, address, address_text, sizeof address_text) ||
        !copy_string(env, config, config_text, sizeof config_text))
        return 0;
    struct node *node = node_new(address_text, config_text, max_payload, may_be_ended);
    if (!node) {
        throw_out_of_memory(env);
        return 0;
    }
    hg_return_t code;
    const char *failed = home_start(node, &code);
    if (!failed)
        return number(node);
    if (node_stop(node, 10000))
        node_free(node);
    throw_margo(env, failed, code);
    return 0;
}

NATIVE(jstring, address)(JNIEnv *env, jclass class, jlong node)
{
    (void)class;
    return (*env)->NewStringUTF(env, ((struct node *)pointer(node))->self);
}

NATIVE(jlong, register)(JNIEnv *env, jclass class, jlong handle, jstring name, jint index)
{
    (void)class;
    struct node *node = pointer(handle);
    char text[256];
    if (!copy_string(env, name, text, sizeof text) || !node_enter(node, NODE_OPEN))
        return 0;
    hg_return_t code;
    struct rpc *rpc = rpc_register(node, text, index, &code);
    node_leave(node);
    if (!rpc)
        throw_margo(env, "margo_provider_register_name", code);
    return number(rpc);
}

NATIVE(void, serve)(JNIEnv *env, jclass class, jlong rpc)
{
    (void)env;
    (void)class;
    rpc_serve(pointer(rpc));
}

NATIVE(jlong, id)(JNIEnv *env, jclass class, jlong rpc)
{
    (void)env;
    (void)class;
    return (jlong)((struct rpc *)pointer(rpc))->id;
}

NATIVE(jlong, lookup)(JNIEnv *env, jclass class, jlong handle, jstring address)
{
    (void)class;
    struct node *node = pointer(handle);
    char text[512];
    if (!copy_string(env, address, text, sizeof text) || !node_enter(node, NODE_OPEN))
        return 0;
    hg_return_t code;
    struct peer_addr *peer = peer_lookup(node, text, &code);
    node_leave(node);
    if (!peer)
        throw_margo(env, "margo_addr_lookup", code);
    return number(peer);
}

NATIVE(jboolean, forward)(JNIEnv *env, jclass class, jlong handle, jlong peer, jlong rpc, jlong call,
                          jdouble timeout_ms, jobjectArray parts, jintArray layout)
{
    (void)class;
    struct node *node = pointer(handle);
    struct part storage[PAYLOAD_INLINE_PARTS];
    struct payload payload;
    if (!payload_open(env, &payload, parts, layout, node->max_payload, storage))
        return JNI_FALSE;
    jboolean sent = JNI_FALSE;
    if (node_enter(node, NODE_OPEN)) {
        sent = JNI_TRUE;
        hg_return_t code;
        const char *failed = call_forward(node, pointer(peer), pointer(rpc), call, timeout_ms, &payload, &code);
        node_leave(node);
        if (failed && !(*env)->ExceptionCheck(env))
            throw_margo(env, payload.problem ? payload.problem : failed, code);
    }
    payload_close(&payload, storage);
    return sent;
}

NATIVE(jboolean, shutdownPeer)(JNIEnv *env, jclass class, jlong handle, jlong peer, jlong call, jdouble timeout_ms)
{
    (void)class;
    struct node *node = pointer(handle);
    if (!node_enter(node, NODE_OPEN))
        return JNI_FALSE;
    hg_return_t code;
    const char *failed = call_shutdown(node, pointer(peer), call, timeout_ms, &code);
    node_leave(node);
    if (failed)
        throw_margo(env, failed, code);
    return JNI_TRUE;
}

NATIVE(void, cancel)(JNIEnv *env, jclass class, jlong handle, jlong call)
{
    (void)env;
    (void)class;
    struct node *node = pointer(handle);
    if (node_enter(node, NODE_DRAINING)) {
        call_cancel(node, call);
        node_leave(node);
    }
}

NATIVE(void, respond)(JNIEnv *env, jclass class, jlong handle, jlong request, jobjectArray parts, jintArray layout)
{
    (void)class;
    struct node *node = pointer(handle);
    struct part storage[PAYLOAD_INLINE_PARTS];
    struct payload payload;
    if (!payload_open(env, &payload, parts, layout, node->max_payload, storage))
        return;
    if (node_enter(node, NODE_DRAINING)) {
        hg_return_t code = request_respond(pointer(request), &payload);
        node_leave(node);
        if (code != HG_SUCCESS && !(*env)->ExceptionCheck(env))
            throw_margo(env, payload.problem ? payload.problem : "margo_crespond", code);
    }
    payload_close(&payload, storage);
}

static hg_return_t refusal(jint reason)
{
    switch (reason) {
    case copper_transport_margo_MargoNative_REFUSE_NO_SUCH_RPC:
        return HG_NOENTRY;
    case copper_transport_margo_MargoNative_REFUSE_BAD_MESSAGE:
        return HG_PROTOCOL_ERROR;
    case copper_transport_margo_MargoNative_REFUSE_OVERLOADED:
        return HG_AGAIN;
    case copper_transport_margo_MargoNative_REFUSE_ENDING:
        return HG_PERMISSION;
    case copper_transport_margo_MargoNative_REFUSE_DENIED:
        return HG_ACCESS;
    default:
        return HG_OTHER_ERROR;
    }
}

NATIVE(void, refuse)(JNIEnv *env, jclass class, jlong handle, jlong request, jint reason)
{
    (void)env;
    (void)class;
    struct node *node = pointer(handle);
    if (node_enter(node, NODE_DRAINING)) {
        record_refuse(pointer(request), refusal(reason), true);
        node_leave(node);
    }
}

NATIVE(void, sweep)(JNIEnv *env, jclass class, jlong handle, jlong longest_ms)
{
    (void)env;
    (void)class;
    struct node *node = pointer(handle);
    if (node_enter(node, NODE_DRAINING)) {
        node_reap(node);
        node_cancel_answers(node, longest_ms);
        node_leave(node);
    }
}

NATIVE(jboolean, stop)(JNIEnv *env, jclass class, jlong node, jlong timeout_ms)
{
    (void)env;
    (void)class;
    return node_stop(pointer(node), timeout_ms) ? JNI_TRUE : JNI_FALSE;
}

NATIVE(void, release)(JNIEnv *env, jclass class, jlong node)
{
    (void)env;
    (void)class;
    node_free(pointer(node));
}

static void add_to_digest(void *sha, const char *bytes, size_t count)
{
    sha256_add(sha, bytes, count);
}

NATIVE(jbyteArray, sha256)(JNIEnv *env, jclass class, jobjectArray parts, jintArray layout)
{
    (void)class;
    struct part storage[PAYLOAD_INLINE_PARTS];
    struct payload payload;
    if (!payload_open(env, &payload, parts, layout, INT64_MAX, storage))
        return NULL;
    struct sha256 sha;
    unsigned char result[SHA256_BYTES];
    sha256_begin(&sha);
    bool read = payload_read(&payload, add_to_digest, &sha);
    payload_close(&payload, storage);
    if (!read) {
        if (!(*env)->ExceptionCheck(env))
            throw_illegal_argument(env, payload.problem);
        return NULL;
    }
    sha256_end(&sha, result);
    jbyteArray array = (*env)->NewByteArray(env, SHA256_BYTES);
    if (array)
        (*env)->SetByteArrayRegion(env, array, 0, SHA256_BYTES, (const jbyte *)result);
    return array;
}

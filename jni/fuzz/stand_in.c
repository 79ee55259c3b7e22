#include "stand_in.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "check.h"
#include "jni_util.h"

struct jvm jvm;

static struct object class_object;

/* What JNI allows for a call other than those on exceptions and references. Returns whether it is to fail. */
static bool fails(void)
{
    CHECK(!jvm.pending);
    if (jvm.fail_at > 0 && --jvm.fail_at == 0)
        jvm.pending = true;
    return jvm.pending;
}

static struct object *object(jobject reference, enum object_type type)
{
    struct object *it = (struct object *)reference;
    CHECK(it && it->type == type);
    return it;
}

static jclass find_class(JNIEnv *env, const char *name)
{
    (void)env;
    CHECK(!jvm.pending && name);
    return (jclass)&class_object;
}

static jobject new_global_ref(JNIEnv *env, jobject reference)
{
    (void)env;
    return reference;
}

static void delete_local_ref(JNIEnv *env, jobject reference)
{
    (void)env;
    if (reference && reference != (jobject)&class_object)
        jvm.references--;
}

static jmethodID get_method_id(JNIEnv *env, jclass class, const char *name, const char *signature)
{
    (void)env;
    CHECK(!jvm.pending && class && name && signature);
    return (jmethodID)&class_object;
}

static jboolean exception_check(JNIEnv *env)
{
    (void)env;
    return jvm.pending;
}

static void exception_clear(JNIEnv *env)
{
    (void)env;
    jvm.pending = false;
}

static jint throw_new(JNIEnv *env, jclass class, const char *message)
{
    (void)env;
    CHECK(!jvm.pending && class && message);
    jvm.pending = true;
    return 0;
}

static jint throw(JNIEnv *env, jthrowable exception)
{
    (void)env;
    CHECK(!jvm.pending && exception);
    jvm.pending = true;
    return 0;
}

static jobject new_object(JNIEnv *env, jclass class, jmethodID method, ...)
{
    (void)env;
    CHECK(class && method);
    return fails() ? NULL : (jobject)&class_object;
}

static jstring new_string_utf(JNIEnv *env, const char *text)
{
    (void)env;
    CHECK(text);
    return fails() ? NULL : (jstring)&class_object;
}

static jsize get_array_length(JNIEnv *env, jarray array)
{
    (void)env;
    CHECK(!jvm.pending && array);
    return ((struct object *)array)->length;
}

static jobject get_object_array_element(JNIEnv *env, jobjectArray array, jsize index)
{
    (void)env;
    struct object *it = object(array, OBJECTS);
    if (fails())
        return NULL;
    CHECK(bounds_range(index, 1, it->length));
    jobject element = ((jobject *)it->data)[index];
    if (element)
        jvm.references++;
    return element;
}

/* Copies elements of an array, each of so many bytes; a range that is not within it is an exception of Java's. */
static void region(struct object *it, jsize start, jsize count, size_t size, void *to, const void *from)
{
    if (fails())
        return;
    if (!bounds_range(start, count, it->length)) {
        jvm.pending = true;
        return;
    }
    char *place = (char *)it->data + (size_t)start * size;
    if (count > 0)
        memcpy(to ? to : place, to ? place : from, (size_t)count * size);
}

static void get_int_array_region(JNIEnv *env, jintArray array, jsize start, jsize count, jint *to)
{
    (void)env;
    region(object(array, INTS), start, count, sizeof *to, to, NULL);
}

static void get_byte_array_region(JNIEnv *env, jbyteArray array, jsize start, jsize count, jbyte *to)
{
    (void)env;
    region(object(array, BYTES), start, count, 1, to, NULL);
}

static void set_byte_array_region(JNIEnv *env, jbyteArray array, jsize start, jsize count, const jbyte *from)
{
    (void)env;
    region(object(array, BYTES), start, count, 1, NULL, from);
}

static jbyteArray new_byte_array(JNIEnv *env, jsize length)
{
    (void)env;
    CHECK(length >= 0 && length <= jvm.most);
    CHECK(!jvm.made.data);
    if (fails() || length > jvm.room) {
        jvm.pending = true;
        return NULL;
    }
    jvm.made = (struct object){.type = BYTES, .length = length, .data = malloc(length > 0 ? (size_t)length : 1)};
    CHECK(jvm.made.data);
    return (jbyteArray)&jvm.made;
}

static void *get_direct_buffer_address(JNIEnv *env, jobject buffer)
{
    (void)env;
    CHECK(!jvm.pending && buffer);
    struct object *it = (struct object *)buffer;
    return it->type == DIRECT ? it->data : NULL;
}

static jlong get_direct_buffer_capacity(JNIEnv *env, jobject buffer)
{
    (void)env;
    CHECK(!jvm.pending && buffer);
    struct object *it = (struct object *)buffer;
    return it->type == DIRECT ? it->length : -1;
}

/* How Java writes a character: as UTF-8 does, but zero in two bytes and each half of a pair by itself. */
static jsize write_char(jchar c, char *to)
{
    if (c != 0 && c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3f));
    to[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

static jsize get_string_length(JNIEnv *env, jstring string)
{
    (void)env;
    CHECK(!jvm.pending);
    return object(string, TEXT)->length;
}

static jsize get_string_utf_length(JNIEnv *env, jstring string)
{
    (void)env;
    CHECK(!jvm.pending);
    struct object *it = object(string, TEXT);
    char unused[3];
    jsize bytes = 0;
    for (jsize i = 0; i < it->length; i++)
        bytes += write_char(((jchar *)it->data)[i], unused);
    return bytes;
}

/* Writes a zero behind the text, as HotSpot does. */
static void get_string_utf_region(JNIEnv *env, jstring string, jsize start, jsize count, char *to)
{
    (void)env;
    struct object *it = object(string, TEXT);
    if (fails())
        return;
    CHECK(bounds_range(start, count, it->length));
    for (jsize i = 0; i < count; i++)
        to += write_char(((jchar *)it->data)[start + i], to);
    *to = '\0';
}

static const struct JNINativeInterface_ functions = {
    .FindClass = find_class,
    .NewGlobalRef = new_global_ref,
    .DeleteLocalRef = delete_local_ref,
    .GetMethodID = get_method_id,
    .ExceptionCheck = exception_check,
    .ExceptionClear = exception_clear,
    .ThrowNew = throw_new,
    .Throw = throw,
    .NewObject = new_object,
    .NewStringUTF = new_string_utf,
    .GetArrayLength = get_array_length,
    .GetObjectArrayElement = get_object_array_element,
    .GetIntArrayRegion = get_int_array_region,
    .GetByteArrayRegion = get_byte_array_region,
    .SetByteArrayRegion = set_byte_array_region,
    .NewByteArray = new_byte_array,
    .GetDirectBufferAddress = get_direct_buffer_address,
    .GetDirectBufferCapacity = get_direct_buffer_capacity,
    .GetStringLength = get_string_length,
    .GetStringUTFLength = get_string_utf_length,
    .GetStringUTFRegion = get_string_utf_region,
};

JNIEnv *jvm_reset(void)
{
    static JNIEnv env;
    if (!env) {
        env = &functions;
        CHECK(jni_util_load(&env));
    }
    jvm = (struct jvm){.most = INT32_MAX, .room = INT32_MAX};
    return &env;
}

hg_size_t request_size, answer_size;

hg_size_t __wrap_HG_Get_input_payload_size(hg_handle_t handle);
hg_size_t __wrap_HG_Get_output_payload_size(hg_handle_t handle);

hg_size_t __wrap_HG_Get_input_payload_size(hg_handle_t handle)
{
    (void)handle;
    return request_size;
}

hg_size_t __wrap_HG_Get_output_payload_size(hg_handle_t handle)
{
    (void)handle;
    return answer_size;
}

hg_proc_t open_proc(void *buffer, hg_size_t size, hg_proc_op_t operation, hg_size_t headers)
{
    static hg_proc_t proc;
    static char class; /* a proc keeps it for whoever asks, and needs none itself */
    char header[256] = {0};
    if (!proc)
        CHECK(hg_proc_create((hg_class_t *)&class, HG_NOHASH, &proc) == HG_SUCCESS);
    CHECK(hg_proc_reset(proc, buffer, size, operation) == HG_SUCCESS);
    CHECK(headers < sizeof header && hg_proc_bytes(proc, header, headers) == HG_SUCCESS);
    return proc;
}

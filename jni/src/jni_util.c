#include "jni_util.h"

#include <mercury.h>
#include <string.h>

static jclass margo_exception, illegal_argument, out_of_memory;
static jmethodID margo_exception_new;

static jclass load_class(JNIEnv *env, const char *name)
{
    jclass local = (*env)->FindClass(env, name);
    if (!local)
        return NULL;
    jclass global = (*env)->NewGlobalRef(env, local);
    (*env)->DeleteLocalRef(env, local);
    return global;
}

bool jni_util_load(JNIEnv *env)
{
    margo_exception = load_class(env, "copper/transport/margo/MargoException");
    if (!margo_exception)
        return false;
    margo_exception_new =
        (*env)->GetMethodID(env, margo_exception, "<init>", "(Ljava/lang/String;ILjava/lang/String;)V");
    if (!margo_exception_new)
        return false;
    illegal_argument = load_class(env, "java/lang/IllegalArgumentException");
    if (!illegal_argument)
        return false;
    out_of_memory = load_class(env, "java/lang/OutOfMemoryError");
    return out_of_memory != NULL;
}

const char *error_name(hg_return_t code)
{
    const char *name = HG_Error_to_string(code);
    return name ? name : "an unknown code";
}

void throw_margo(JNIEnv *env, const char *function, hg_return_t code)
{
    jstring name = (*env)->NewStringUTF(env, function);
    if (!name)
        return;
    jstring text = (*env)->NewStringUTF(env, error_name(code));
    if (!text)
        return;
    jobject exception = (*env)->NewObject(env, margo_exception, margo_exception_new, name, (jint)code, text);
    if (exception)
        (*env)->Throw(env, exception);
}

void throw_illegal_argument(JNIEnv *env, const char *message)
{
    (*env)->ThrowNew(env, illegal_argument, message);
}

void throw_out_of_memory(JNIEnv *env)
{
    (*env)->ThrowNew(env, out_of_memory, "native memory");
}

bool copy_string(JNIEnv *env, jstring string, char *to, size_t size)
{
    if (!string) {
        throw_illegal_argument(env, "a text is null");
        return false;
    }
    jsize bytes = (*env)->GetStringUTFLength(env, string);
    if ((size_t)bytes >= size) {
        throw_illegal_argument(env, "a text is too long");
        return false;
    }
    (*env)->GetStringUTFRegion(env, string, 0, (*env)->GetStringLength(env, string), to);
    if ((*env)->ExceptionCheck(env))
        return false;
    to[bytes] = '\0';
    return true;
}

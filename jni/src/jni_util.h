/* Java's exceptions, from C. Each leaves one pending; the caller returns at once. */
#ifndef COPPER_JNI_UTIL_H
#define COPPER_JNI_UTIL_H

#include <jni.h>
#include <mercury_core_types.h>
#include <stdbool.h>

/* Looks up the classes once. Returns false with an exception pending. */
bool jni_util_load(JNIEnv *env);

/* What Mercury calls a code; never NULL, since a peer can answer with any number. */
const char *error_name(hg_return_t code);

/* A MargoException: which C function failed, and Mercury's code and name for why. */
void throw_margo(JNIEnv *env, const char *function, hg_return_t code);

void throw_illegal_argument(JNIEnv *env, const char *message);
void throw_out_of_memory(JNIEnv *env);

/*
 * Copies a Java string into `to`, in the UTF-8 of JNI, where a zero character is two bytes. Returns false with an exception
 * pending if it is null or does not fit.
 */
bool copy_string(JNIEnv *env, jstring string, char *to, size_t size);

#endif

/*
 * Loaded before the shim, and linked to nothing that belongs to Margo. On some systems libfabric draws in libinfinipath,
 * which takes over SIGSEGV, SIGINT, SIGTERM and others while it is being loaded; a JVM needs these itself and would die.
 * It leaves them alone when this variable is set. System.setProperty and Java's environment do not reach getenv, so it
 * takes C to set it. A value that the user has set stays.
 */
#include <jni.h>
#include <stdlib.h>

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)vm;
    (void)reserved;
    setenv("IPATH_NO_BACKTRACE", "1", 0);
    return JNI_VERSION_1_8;
}

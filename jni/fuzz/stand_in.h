/*
 * Stands in for what is around the shim.
 *
 * For a JVM: the functions of JNI that the shim calls for payloads, texts and exceptions, on objects that the
 * target lays out. Every other function is NULL. It ends the process where a JVM need not survive: a call that is not
 * allowed while an exception is pending, an object of another type, an array that is larger than `most`.
 *
 * For Mercury, but only where it says how much has arrived of a request and of an answer; its procs are its own.
 */
#ifndef COPPER_STAND_IN_H
#define COPPER_STAND_IN_H

#include <jni.h>
#include <mercury_proc.h>
#include <stdbool.h>
#include <stdint.h>

enum object_type { BYTES, DIRECT, INTS, OBJECTS, TEXT };

/* A jobject points to one. `data` is `length` of bytes, jints, objects or jchars. */
struct object {
    enum object_type type;
    jsize length;
    void *data;
};

struct jvm {
    bool pending; /* an exception */
    int fail_at;  /* the how-manieth of the calls that may fail, from now on, does; 0: none */
    jsize most;   /* how many bytes an array may have without being an unbounded allocation */
    jsize room;   /* how many bytes the heap has room for */
    int references; /* local ones to elements of arrays, that nobody has deleted */
    struct object made; /* by NewByteArray; the target frees its data */
};

extern struct jvm jvm;

/* Forgets all of the input before, and returns the environment to call the shim with. */
JNIEnv *jvm_reset(void);

/* What Mercury is to say has arrived of any message, in place of its own functions by the linker's --wrap. */
extern hg_size_t request_size, answer_size;

/* Returns the one proc, on a buffer in which headers of less than 256 bytes have been written or read already. */
hg_proc_t open_proc(void *buffer, hg_size_t size, hg_proc_op_t operation, hg_size_t headers);

#endif

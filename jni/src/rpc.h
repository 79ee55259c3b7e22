/* Names served and called, requests that come in, calls that go out. Every function but the callbacks runs on a thread of
   the JVM that has entered the node. */
#ifndef COPPER_RPC_H
#define COPPER_RPC_H

#include "node.h"
#include "payload.h"

/* Copper registers and calls its names for provider 0, not for Margo's default, which C++ Copper does not answer. */
#define COPPER_PROVIDER 0

/* Returns the registered name, not served yet, or NULL with *code. One thread at a time. */
struct rpc *rpc_register(struct node *node, const char *name, int32_t index, hg_return_t *code);

/* From now on requests for this name are given to Java; until then their callers are told that there is no such RPC. */
void rpc_serve(struct rpc *rpc);

/* Returns the address, which lives as long as the instance, or NULL with *code. */
struct peer_addr *peer_lookup(struct node *node, const char *address, hg_return_t *code);

/* Sends a call. Returns the failing function's name, and its code; or NULL, and then the node gets an event for it. */
const char *call_forward(struct node *node, struct peer_addr *peer, struct rpc *rpc, int64_t call, double timeout_ms,
                         struct payload *payload, hg_return_t *code);

/* Asks the node at an address to end, as call_forward does. */
const char *call_shutdown(struct node *node, struct peer_addr *peer, int64_t call, double timeout_ms, hg_return_t *code);

/* Reads the answer of Margo's own shutdown RPC. */
hg_return_t call_shutdown_answer(const struct record *record, int32_t *answer);

/* Gives a call up if it has no answer yet; its event comes all the same. */
void call_cancel(struct node *node, int64_t call);

/* Answers a request. The record may be gone afterwards. Returns what Mercury said. */
hg_return_t request_respond(struct record *record, struct payload *payload);

#endif

/*
 * The one native thread on which every Margo instance of this process is made and cleared. Argobots belongs to the thread
 * that starts it first; another can neither make a second instance nor clear one. It is made with the first node and
 * stays as long as the process.
 */
#ifndef COPPER_HOME_H
#define COPPER_HOME_H

#include "node.h"

/* Starts the node there and waits. Returns the failing function's name, and its code, or NULL. */
const char *home_start(struct node *node, hg_return_t *code);

/* Has the node cleared there; does not wait. Never fails: each node is cleared once. */
void home_clean(struct node *node);

#endif

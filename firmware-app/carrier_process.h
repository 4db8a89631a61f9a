/* SPDX-License-Identifier: MIT */
#ifndef APP_CARRIER_PROCESS_H
#define APP_CARRIER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

/*
 * balcao-sync, started by us: this program itself has no network. It is found
 * beside us, else in PATH, and ends when we do, however we end.
 */
enum { CARRIER_KILLED = 70 }; /* carrier_wait: it did not end by itself */

struct carrier_process {
	pid_t pid;   /* 0: none */
	int to_fd;   /* its standard input, or -1 */
	int from_fd; /* its standard output, or -1 */
};

/* `args` ends with NULL and begins with the verb. With `talk` the two descriptors
 * are ours, otherwise it reads nothing and shares our output. */
MUST_CHECK enum err carrier_start(
    const char *const *args, bool talk, struct carrier_process *ret_process);
/* Closes our ends, waits for it to end; its exit code, or
 * CARRIER_KILLED. */
int carrier_wait(struct carrier_process *process);
/* True once it has ended by itself (then carrier_wait does not wait). */
bool carrier_has_ended(const struct carrier_process *process);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef OS_CHILD_H
#define OS_CHILD_H

#include "base/bytes.h"
#include "os/loop.h"

/*
 * Slow work (a PIN's or an identifier's hash) in a forked child, so that the
 * loop never waits for it: the answer comes back over a pipe as an input. The
 * child sees this process's memory as it was, keeps no descriptor but its pipe,
 * dies with its parent, and ends without running anybody's exit handlers.
 */
struct child;

enum { CHILD_ANSWER_MAX = 2048 };

/* Runs in the child. `ret_len` starts at 0; an error's answer is empty. */
typedef enum err child_work_fn(
    struct bytes request, uint8_t ret[CHILD_ANSWER_MAX], size_t *ret_len);
/* Runs in the loop, once. The answer's bytes are wiped when it returns. It may
 * free the child. ERR_TIMEOUT: killed; ERR_IO: it died without an answer. */
typedef void child_done_fn(void *self, enum err error, struct bytes answer);

struct child_job {
	child_work_fn *work;
	struct bytes request; /* read in the child's copy; may be wiped after start */
	int64_t timeout_ms;
	child_done_fn *done;
	void *self;
};

/* ERR_MEMORY, ERR_IO, ERR_LIMIT; then `done` is never called. */
MUST_CHECK enum err child_start(
    struct loop *loop, const struct child_job *job, struct child **ret_child);
/* Kills it if it still works (then `done` is not called) and clears *child. */
void child_free(struct child **child);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef OS_LOOP_H
#define OS_LOOP_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* One loop a process: descriptors, timers, signals; no threads. Every callback
 * runs to its end before the next one starts. */
struct loop;

enum {
	LOOP_FDS_MAX = 128,
	LOOP_TIMERS_MAX = 64,
};

typedef void loop_fd_fn(void *self, int fd, short revents);
typedef void loop_timer_fn(void *self);
typedef void loop_signal_fn(void *self, int signo);

MUST_CHECK enum err loop_new(struct loop **ret_loop);
void loop_free(struct loop **loop);

/* Watches `fd` for poll(2) `events`; the same fd again replaces. The caller
 * keeps the descriptor and removes it before closing it. ERR_LIMIT. */
MUST_CHECK enum err loop_fd_set(
    struct loop *loop, int fd, short events, loop_fd_fn *fn, void *self);
void loop_fd_remove(struct loop *loop, int fd);

/* Calls once after `delay_ms` (0: next turn). Returns an id above 0, or 0 when
 * LOOP_TIMERS_MAX are pending. */
MUST_CHECK uint64_t loop_timer_start(
    struct loop *loop, int64_t delay_ms, loop_timer_fn *fn, void *self);
void loop_timer_stop(struct loop *loop, uint64_t id); /* unknown ids: nothing */

/* Delivers `signo` inside the loop (self-pipe) instead of its default. */
MUST_CHECK enum err loop_signal(
    struct loop *loop, int signo, loop_signal_fn *fn, void *self);

/* Runs until loop_stop; ERR_IO when poll itself fails. */
MUST_CHECK enum err loop_run(struct loop *loop);
/* One turn, waiting at most `wait_ms` (-1: until something happens). */
MUST_CHECK enum err loop_turn(struct loop *loop, int wait_ms);
void loop_stop(struct loop *loop);

#endif

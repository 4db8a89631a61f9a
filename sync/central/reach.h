/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_REACH_H
#define CENTRAL_REACH_H

#include "central/intake.h"

/*
 * How a command reaches the intake of DIR: the running one through its socket,
 * else one of its own under DIR/lock.
 */
struct reach;

/* Prints a sentence when it cannot; `command` is told to others who wait. */
MUST_CHECK enum err reach_open(
    const char *dir, int dir_fd, const char *command, struct reach **ret_reach);
void reach_close(struct reach **reach);
/* The reply's parts are valid until the next call. */
MUST_CHECK enum err reach_call(
    struct reach *reach, struct ipc_frame *request, struct ipc_frame *ret_reply);

#endif

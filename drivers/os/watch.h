/* SPDX-License-Identifier: MIT */
#ifndef OS_WATCH_H
#define OS_WATCH_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

/*
 * Wakes the loop when a file appears in a directory (inotify(7)). Watch first,
 * then scan: what comes between is in the scan, what comes after wakes. Says
 * only that it is time to scan, never what for, so that a lost notice (overflow)
 * costs nothing.
 */

/* A descriptor to poll for reading; the caller closes it. ERR_LIMIT when the
 * system has no watch left. */
MUST_CHECK enum err watch_open(int dir_fd, int *ret_fd);
/* Empties the descriptor; true when a file whose name does not start with a dot
 * has appeared, or when notices were lost. */
bool watch_drain(int fd);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef OS_SOCKET_H
#define OS_SOCKET_H

#include "base/bytes.h"

/*
 * Local stream sockets (unix(7)) by which a command asks the running process of
 * its directory. Named relative to a directory descriptor, so the length of the
 * path does not matter; mode 0600. All descriptors are close-on-exec.
 */

/* Replaces a socket file that a crash left: the caller holds the lock that says
 * there is no other listener. Non-blocking. */
MUST_CHECK enum err socket_listen(int dir_fd, const char *name, int *ret_fd);
/* Removes the file, then closes. */
void socket_unlisten(int dir_fd, const char *name, int *fd);
/* ERR_BUSY when nobody waits there after all. The result is non-blocking. */
MUST_CHECK enum err socket_accept(int listen_fd, int *ret_fd);
/* ERR_NOT_FOUND: nobody listens (no file, or one that a crash left). The result
 * blocks. */
MUST_CHECK enum err socket_connect(int dir_fd, const char *name, int *ret_fd);

/* Writes everything or fails, on blocking and non-blocking descriptors alike;
 * ERR_TIMEOUT after `timeout_ms` without progress, ERR_GONE when the reader
 * left. Never raises SIGPIPE on a socket. */
MUST_CHECK enum err socket_send(int fd, struct bytes bytes, int64_t timeout_ms);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/err.h"

/* Maps errno to our vocabulary: ENOSPC/EDQUOT full, EACCES/EPERM/EROFS denied,
 * ENOENT not found, EEXIST exists, EAGAIN/EBUSY busy, others io. */
enum err err_from_errno(int errnum);

/* Makes `path` and its parents; an existing directory is fine. */
MUST_CHECK enum err dir_make(const char *path, mode_t mode);
/* Opens a directory for the *at calls; the caller closes it. */
MUST_CHECK enum err dir_open(const char *path, int *ret_fd);

/* Whole file or none: temporary dot-name in the same directory, write, fsync,
 * rename over `name`, fsync of the directory. A crash leaves the old file, the
 * new one, or none; a stale dot-name is swept by file_sweep. */
MUST_CHECK enum err file_write(
    int dir_fd, const char *name, mode_t mode, struct bytes content);
/* The same, but ERR_EXISTS when `name` is there (O_EXCL semantics). */
MUST_CHECK enum err file_create(
    int dir_fd, const char *name, mode_t mode, struct bytes content);
/* Reads all of a file of at most `cap` bytes into `buf`; ERR_LIMIT if longer. */
MUST_CHECK enum err file_read(
    int dir_fd, const char *name, void *buf, size_t cap, size_t *ret_len);
/* Removes and fsyncs the directory; a missing file is success. */
MUST_CHECK enum err file_remove(int dir_fd, const char *name);
/* Removes temporaries that a crash left. */
MUST_CHECK enum err file_sweep(int dir_fd);

/* Names of regular files not starting with a dot, sorted by bytes. The caller
 * frees with names_free. At most `max` names; ERR_LIMIT when there are more. */
struct names {
	char **name;
	size_t count;
	char *text; /* what they point into */
};

MUST_CHECK enum err dir_list(int dir_fd, size_t max, struct names *ret_names);
void names_free(struct names *names);

/*
 * The one-writer lock: an open-file-description lock on `name`, in which the
 * holder writes "pid command\n". Waits up to `wait_ms`. On ERR_BUSY `holder`
 * (when not NULL, `holder_cap` bytes) gets that line without its newline. The
 * lock ends with the process or with lock_release.
 */
MUST_CHECK enum err lock_take(int dir_fd, const char *name, const char *command,
    int64_t wait_ms, char *holder, size_t holder_cap, int *ret_fd);
void lock_release(int *fd);

#endif

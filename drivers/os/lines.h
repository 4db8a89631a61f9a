/* SPDX-License-Identifier: MIT */
#ifndef OS_LINES_H
#define OS_LINES_H

#include <stdbool.h>

#include "base/bytes.h"

/*
 * Lines out of a descriptor, blocking or not, without stdio: no library buffer
 * keeps what a customer or a shop's till sent. The caller gives the buffer: a line
 * and its newline take at most cap-1 bytes.
 */
struct lines {
	int fd;
	char *buf;
	size_t cap;
	size_t start; /* of what was not handed out yet */
	size_t len;   /* end of what was read */
	bool skipping;
	bool ended;
};

/* Of `fd`, which stays the caller's, as does `buf`. */
struct lines lines_of(int fd, char *buf, size_t cap);

/*
 * The next line without its newline (a carriage return before it goes too), as
 * a C string inside the buffer until the next call; a last line without newline
 * counts. NULs become spaces. ERR_NOT_FOUND at the end of the input; ERR_BUSY
 * when a non-blocking descriptor has no whole line yet; ERR_LIMIT once for a
 * line that does not fit (it is skipped, the next call goes on after it);
 * ERR_IO. What was handed out is wiped at the next call.
 */
MUST_CHECK enum err lines_next(struct lines *lines, char **ret_line);
/* Wipes the buffer. */
void lines_wipe(struct lines *lines);

#endif

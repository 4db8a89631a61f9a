/* SPDX-License-Identifier: MIT */
#include "os/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

struct lines lines_of(int fd, char *buf, size_t cap)
{
	return (struct lines){.fd = fd, .buf = buf, .cap = cap};
}

/* Makes room at the end; what was handed out before is gone for good. */
static void compact(struct lines *lines)
{
	size_t left = lines->len - lines->start;

	memmove(lines->buf, lines->buf + lines->start, left);
	explicit_bzero(lines->buf + left, lines->len - left);
	lines->start = 0;
	lines->len = left;
}

static enum err fill(struct lines *lines)
{
	/* One byte stays for the NUL behind a last line without newline. */
	ssize_t n = read(lines->fd, lines->buf + lines->len, lines->cap - 1 - lines->len);

	if (n > 0) {
		lines->len += (size_t)n;
		return ERR_NONE;
	}
	if (n == 0) {
		lines->ended = true;
		return ERR_NONE;
	}
	if (errno == EINTR)
		return ERR_NONE;
	return errno == EAGAIN ? ERR_BUSY : ERR_IO;
}

static char *take(struct lines *lines, size_t line_len, size_t used)
{
	char *line = lines->buf + lines->start;

	for (size_t i = 0; i < line_len; i++) {
		if (line[i] == '\0')
			line[i] = ' ';
	}
	if (line_len > 0 && line[line_len - 1] == '\r')
		line_len--;
	line[line_len] = '\0';
	lines->start += used;
	return line;
}

/* The buffer is full without a newline: forget it up to the newline. */
static void skip(struct lines *lines)
{
	lines->start = lines->len;
	lines->skipping = true;
}

/* A whole line that stands in the buffer, or NULL. The end of a line that was
 * skipped is taken away here; `ret_skipped` says so. */
static char *whole_line(struct lines *lines, bool *ret_skipped)
{
	char *at = lines->buf + lines->start;
	size_t left = lines->len - lines->start;
	char *newline = memchr(at, '\n', left);

	*ret_skipped = false;
	if (newline) {
		size_t len = (size_t)(newline - at);

		if (!lines->skipping)
			return take(lines, len, len + 1);
		lines->start += len + 1;
	} else if (!lines->ended) {
		return NULL;
	} else if (!lines->skipping) {
		return left > 0 ? take(lines, left, left) : NULL;
	}
	*ret_skipped = true;
	lines->skipping = false;
	return NULL;
}

enum err lines_next(struct lines *lines, char **ret_line)
{
	compact(lines);
	for (;;) {
		bool skipped;
		char *line = whole_line(lines, &skipped);

		if (line) {
			*ret_line = line;
			return ERR_NONE;
		}
		if (skipped)
			return ERR_LIMIT;
		if (lines->ended)
			return ERR_NOT_FOUND;
		if (lines->skipping || lines->len == lines->cap - 1) {
			skip(lines);
			compact(lines);
		}
		enum err error = fill(lines);

		if (error)
			return error;
	}
}

void lines_wipe(struct lines *lines)
{
	explicit_bzero(lines->buf, lines->cap);
	lines->start = 0;
	lines->len = 0;
}

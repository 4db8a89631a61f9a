/* SPDX-License-Identifier: MIT */
#include "os/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

enum { LOG_LINE_MAX = 1024 };

static int log_fd = STDERR_FILENO;
static enum log_level log_least = LOG_WARN_;

void log_to(int fd, enum log_level least)
{
	log_fd = fd;
	log_least = least;
}

/* A line is one line whatever was put into it. */
static void blank_controls(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			text[i] = ' ';
	}
}

static size_t bounded(int printed, size_t cap)
{
	if (printed < 0)
		return 0;
	return (size_t)printed < cap ? (size_t)printed : cap - 1;
}

void log_line(enum log_level level, const char *function, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;
	int saved = errno;

	if (log_fd < 0 || level > log_least)
		return;
	size_t len =
	    bounded(snprintf(line, sizeof line - 1, "%s: ", function), sizeof line - 1);

	va_start(args, format);
	len += bounded(vsnprintf(line + len, sizeof line - 1 - len, format, args),
	    sizeof line - 1 - len);
	va_end(args);
	blank_controls(line, len);
	line[len++] = '\n';
	while (write(log_fd, line, len) < 0 && errno == EINTR)
		;
	errno = saved;
}

/* One byte as it is shown: itself, or \xNN. Returns the length. */
static size_t escape_one(char out[4], uint8_t byte)
{
	static const char digit[] = "0123456789abcdef";

	out[0] = (char)byte;
	if (byte >= 0x20 && byte < 0x7F && byte != '\\')
		return 1;
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digit[byte >> 4];
	out[3] = digit[byte & 15];
	return 4;
}

const char *log_escape(char *out, size_t cap, struct bytes bytes)
{
	size_t n = 0;
	size_t cut = 0; /* the last place that leaves room for "..." */
	char one[4];

	if (cap == 0)
		return out;
	for (size_t i = 0; i < bytes.len; i++) {
		size_t len = escape_one(one, bytes.at[i]);

		if (n + 3 < cap)
			cut = n;
		if (n + len >= cap) {
			for (n = cut; n + 1 < cap && n < cut + 3; n++)
				out[n] = '.';
			break;
		}
		memcpy(out + n, one, len);
		n += len;
	}
	out[n] = '\0';
	return out;
}

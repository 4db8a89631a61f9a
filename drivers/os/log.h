/* SPDX-License-Identifier: MIT */
#ifndef OS_LOG_H
#define OS_LOG_H

#include "base/attr.h"
#include "base/bytes.h"

enum log_level {
	LOG_ERROR_ = 0,
	LOG_WARN_,
	LOG_INFO_,
	LOG_DEBUG_,
};

/*
 * One fact a line: `function: what, key=value`. The sink is stderr until
 * log_to names a file descriptor (-1: nowhere). Never a member number, phone
 * number, card digit or key. Written with one write(2): no stdio buffer keeps
 * a copy.
 */
void log_to(int fd, enum log_level least);
void log_line(enum log_level level, const char *function, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define log_error(...) log_line(LOG_ERROR_, __func__, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN_, __func__, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO_, __func__, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG_, __func__, __VA_ARGS__)

/* Outside bytes as printable text: `\xNN` for what is not; cut with "..." at
 * `cap`. Returns `out`. */
const char *log_escape(char *out, size_t cap, struct bytes bytes);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORD_H
#define APP_RECORD_H

#include "terminal.h"

enum {
	RECORD_LINE_MAX = 64 * 1024, /* bytes of one request, newline included */
	RECORD_ANSWER_MAX = 512,
};

/*
 * One request of a shop's own till: JSON in, one JSON line out
 * (newline included), written into `answer` (RECORD_ANSWER_MAX free) after the
 * commit. Every request gets an answer: what is wrong with it stands there. The
 * line and all copies of it are the caller's and jansson's; jansson's are wiped.
 */
void record_line(
    struct terminal *terminal, const char *line, size_t len, struct sink *answer);
/* The answer to a line of more than RECORD_LINE_MAX. */
void record_too_long(struct sink *answer);

#endif

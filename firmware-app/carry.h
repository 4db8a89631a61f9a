/* SPDX-License-Identifier: MIT */
#ifndef APP_CARRY_H
#define APP_CARRY_H

#include "sync/stick.h"
#include "terminal.h"

/*
 * `balcao carry` under the state lock; a running `balcao run` does the same when
 * asked `carry-out DIR` or `carry-in DIR` (an absolute path) on its socket, and
 * answers with the line that carry_line makes.
 */
enum { CARRY_LINE_MAX = 96 };

/* Cuts everything that waits, then copies the outbox to the stick. */
MUST_CHECK enum err carry_out(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report);
/* Copies this terminal's answers in, and takes them. */
MUST_CHECK enum err carry_in(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report);

/* "ok COPIED THERE TORN\n" or "error NAME\n". */
void carry_line(
    enum err error, const struct stick_report *report, char out[CARRY_LINE_MAX]);
/* Of such a line without its newline; the error it tells, ERR_FORMAT if none. */
MUST_CHECK enum err carry_parse(const char *line, struct stick_report *ret_report);

#endif

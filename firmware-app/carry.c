/* SPDX-License-Identifier: MIT */
#include "carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TURNS_MAX = 65536 }; /* of 64 files each */

static enum err exchange_all(struct terminal *terminal, bool cut_everything)
{
	bool more = true;
	for (unsigned i = 0; more && i < TURNS_MAX; i++) {
		struct exchange_news news = {0};
		enum err error =
		    terminal_exchange(terminal, cut_everything, &news, &more);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}

enum err carry_out(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report)
{
	enum err error = exchange_all(terminal, true);
	if (error != ERR_NONE)
		return error;
	return stick_out(
	    &terminal->spool, stick_dir, journal_terminal(terminal->journal), ret_report);
}

enum err carry_in(
    struct terminal *terminal, const char *stick_dir, struct stick_report *ret_report)
{
	if (terminal->journal == NULL)
		return ERR_NOT_READY;
	enum err error = stick_in(
	    &terminal->spool, stick_dir, journal_terminal(terminal->journal), ret_report);
	return error == ERR_NONE ? exchange_all(terminal, false) : error;
}

void carry_line(
    enum err error, const struct stick_report *report, char out[CARRY_LINE_MAX])
{
	if (error != ERR_NONE)
		(void)snprintf(out, CARRY_LINE_MAX, "error %s\n", err_name(error));
	else
		(void)snprintf(out, CARRY_LINE_MAX, "ok %u %u %u\n", report->copied,
		    report->there, report->torn);
}

static enum err error_by_name(const char *name)
{
	for (int i = ERR_NONE + 1; i < ERR_COUNT_; i++)
		if (strcmp(err_name((enum err)i), name) == 0)
			return (enum err)i;
	return ERR_FORMAT;
}

/* " 12": a blank and up to nine digits; moves `*at` past them. */
static bool count_take(const char **at, unsigned *ret_count)
{
	const char *digits = *at + 1;
	if (**at != ' ')
		return false;
	size_t len = strspn(digits, "0123456789");
	if (len == 0 || len > 9)
		return false;
	unsigned count = 0;
	for (size_t i = 0; i < len; i++)
		count = count * 10 + (unsigned)(digits[i] - '0');
	*at = digits + len;
	*ret_count = count;
	return true;
}

enum err carry_parse(const char *line, struct stick_report *ret_report)
{
	struct stick_report report;
	const char *at = line + 2;
	if (strncmp(line, "error ", 6) == 0)
		return error_by_name(line + 6);
	if (strncmp(line, "ok", 2) != 0 || !count_take(&at, &report.copied) ||
	    !count_take(&at, &report.there) || !count_take(&at, &report.torn) ||
	    *at != '\0')
		return ERR_FORMAT;
	*ret_report = report;
	return ERR_NONE;
}

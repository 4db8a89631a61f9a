/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_COMMAND_H
#define CENTRAL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

/* Exit codes beyond those of err_exit_code (sysexits.h). */
enum {
	EXIT_USAGE_ = 64,
	EXIT_DATA_ = 65,
	EXIT_UNAVAILABLE_ = 69,
	EXIT_SOFTWARE_ = 70,
	EXIT_CANNOT_CREATE_ = 73,
	EXIT_TRY_LATER_ = 75,
	EXIT_CONFIGURATION_ = 78,
};

/* "balcao-central: SENTENCE" on stderr; returns `exit_code`. */
int complain(int exit_code, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same with what `error` means behind it; returns its exit code. */
int complain_of(enum err error, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Reads a command's options and its plain arguments, in any order. An option's
 * value goes to `*value`, or to values[(*count)++] when it may stand many times,
 * or sets `*flag`. A command's table ends with a zero entry.
 */
struct command_option {
	const char *name; /* without the dashes */
	const char **value;
	bool *flag;
	const char **values;
	size_t *count;
	size_t values_max;
};

struct command_line {
	const char *usage; /* "token DIR --store S --terminal T [--json|--qr]" */
	const char *help;  /* more lines */
	const struct command_option *options;
	const char **arguments;
	size_t argument_count; /* exactly so many */
};

/* True: go on. False: --help was printed or the usage was wrong; exit with
 * `ret_exit_code`. */
MUST_CHECK bool command_parse(
    const struct command_line *line, int argc, char **argv, int *ret_exit_code);

/* Opens a central's directory; 0, or the exit code after a sentence. */
MUST_CHECK int central_open(const char *dir, int *ret_fd);

/* A failed write to stdout must not look like success; 0 or an exit code. */
MUST_CHECK int finish_output(void);

int cmd_init(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_token(int argc, char **argv);
int cmd_publish(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_why(int argc, char **argv);

#endif

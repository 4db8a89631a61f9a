/* SPDX-License-Identifier: MIT */
#ifndef APP_OPTIONS_PARSER_H
#define APP_OPTIONS_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum { EXIT_USAGE = 64, OPTION_WORDS_MAX = 8 };

/* One option of a command: with a value (`--url URL`, `--url=URL`) or a flag. */
struct option_row {
	const char *name; /* without the dashes */
	const char **value;
	bool *flag;
};

/* What is no option, in order. */
struct option_words {
	size_t count;
	const char *word[OPTION_WORDS_MAX];
};

/* Reads a command's arguments (argv[0] is the verb). 0, or EXIT_USAGE with the
 * fault on stderr. `ret_words` may be NULL: then words are a fault too. */
MUST_CHECK int options_read(char *const *argv, const struct option_row *rows,
    size_t row_count, struct option_words *ret_words);

/* "balcao VERB: sentence", and where help is. Returns EXIT_USAGE. */
int usage_fault(const char *verb, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

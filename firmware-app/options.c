/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

int usage_fault(const char *verb, const char *format, ...)
{
	char sentence[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	(void)fprintf(
	    stderr, "balcao %s: %s\nTry `balcao %s --help`.\n", verb, sentence, verb);
	return EXIT_USAGE;
}

static const struct option_row *row_of(
    const char *name, size_t len, const struct option_row *rows, size_t row_count)
{
	for (size_t i = 0; i < row_count; i++) {
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Takes the option at argv[*i]; moves on over a value that stands apart. */
static int take_option(
    char *const *argv, size_t *i, const struct option_row *rows, size_t row_count)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const struct option_row *row = row_of(name, len, rows, row_count);

	if (!row)
		return usage_fault(argv[0], "there is no option --%.*s", (int)len, name);
	if (row->flag) {
		if (name[len] == '=')
			return usage_fault(argv[0], "--%s takes no value", row->name);
		*row->flag = true;
		return 0;
	}
	if (name[len] == '=')
		*row->value = name + len + 1;
	else if (argv[*i + 1])
		*row->value = argv[++*i];
	else
		return usage_fault(argv[0], "--%s needs a value", row->name);
	return 0;
}

int options_read(char *const *argv, const struct option_row *rows, size_t row_count,
    struct option_words *ret_words)
{
	bool only_words = false;
	size_t max = ret_words ? OPTION_WORDS_MAX : 0;
	size_t count = 0;

	for (size_t i = 1; argv[i]; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
			int code = take_option(argv, &i, rows, row_count);

			if (code)
				return code;
		} else if (count < max) {
			ret_words->word[count++] = argv[i];
		} else {
			return usage_fault(argv[0], "%s is not expected here", argv[i]);
		}
	}
	if (ret_words)
		ret_words->count = count;
	return 0;
}

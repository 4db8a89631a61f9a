/* SPDX-License-Identifier: MIT */
#include "central/command.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"

static const char *const meanings[ERR_COUNT_] = {
    [ERR_NONE] = "nothing is wrong",
    [ERR_FORMAT] = "it is not of the form it should be",
    [ERR_LIMIT] = "it is larger than it may be",
    [ERR_RANGE] = "a value is outside what is allowed",
    [ERR_SIGNATURE] = "a signature does not verify",
    [ERR_KEY] = "the key it needs is not known here",
    [ERR_STALE] = "it is too old",
    [ERR_CONFLICT] = "it contradicts what is already there",
    [ERR_NOT_FOUND] = "it is not there",
    [ERR_EXISTS] = "it is there already",
    [ERR_BUSY] = "somebody else is using it; try again later",
    [ERR_DENIED] = "permission denied, or a key file that others can read",
    [ERR_FULL] = "the disk is full",
    [ERR_IO] = "reading or writing failed",
    [ERR_TIMEOUT] = "it took too long",
    [ERR_OFFLINE] = "the other side cannot be reached",
    [ERR_GONE] = "the other side has left",
    [ERR_NOT_READY] = "something must be done first",
    [ERR_UNSUPPORTED] = "this is not offered here",
    [ERR_MEMORY] = "there is not enough memory",
    [ERR_CORRUPT] = "what is stored is damaged",
    [ERR_UNKNOWN] = "its outcome is not known",
};

static void say(const char *format, va_list list, const char *meaning) PRINTF_LIKE(1, 0);

static void say(const char *format, va_list list, const char *meaning)
{
	(void)fputs("balcao-central: ", stderr);
	(void)vfprintf(stderr, format, list);
	if (meaning != NULL)
		(void)fprintf(stderr, ": %s", meaning);
	(void)fputc('\n', stderr);
}

int complain(int exit_code, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	say(format, list, NULL);
	va_end(list);
	return exit_code;
}

int complain_of(enum err error, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	say(format, list, meanings[error]);
	va_end(list);
	return err_exit_code(error);
}

/* --- options --------------------------------------------------------------- */

static int usage_fault(
    const struct command_line *line, const char *what, const char *which)
{
	(void)fprintf(stderr, "balcao-central: %s%s\nusage: balcao-central %s\n", what,
	    which, line->usage);
	return EXIT_USAGE_;
}

static const struct command_option *option_find(
    const struct command_line *line, const char *name, size_t len)
{
	for (const struct command_option *option = line->options;
	     option != NULL && option->name != NULL; option++)
		if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
			return option;
	return NULL;
}

/* Takes argv[*at], an option, and its value if it has one; 0 or an exit code. */
static int take_option(const struct command_line *line, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const struct command_option *option = option_find(line, name, len);
	if (option == NULL)
		return usage_fault(line, "there is no option ", argv[*at]);
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	if (option->flag != NULL) {
		*option->flag = true;
		return value == NULL
			   ? 0
			   : usage_fault(line, "this option takes no value: ", argv[*at]);
	}
	if (value == NULL && *at + 1 < argc)
		value = argv[++*at];
	if (value == NULL)
		return usage_fault(line, "this option needs a value: ", argv[*at]);
	if (option->value != NULL)
		*option->value = value;
	else if (*option->count == option->values_max)
		return usage_fault(line, "this option stands too often: ", option->name);
	else
		option->values[(*option->count)++] = value;
	return 0;
}

static bool help_asked(const struct command_line *line, const char *word)
{
	if (strcmp(word, "--version") == 0)
		(void)printf("balcao-central %s\n", BALCAO_VERSION);
	else if (strcmp(word, "--help") == 0)
		(void)printf("usage: balcao-central %s\n%s", line->usage, line->help);
	else
		return false;
	return true;
}

bool command_parse(
    const struct command_line *line, int argc, char **argv, int *ret_exit_code)
{
	size_t count = 0;
	bool plain = false; /* after -- */
	*ret_exit_code = 0;
	for (int i = 1; i < argc; i++) {
		if (!plain && strcmp(argv[i], "--") == 0) {
			plain = true;
			continue;
		}
		if (!plain && help_asked(line, argv[i])) {
			*ret_exit_code = finish_output();
			return false;
		}
		if (!plain && argv[i][0] == '-' && argv[i][1] != '-' &&
		    argv[i][1] != '\0')
			*ret_exit_code =
			    usage_fault(line, "there is no option ", argv[i]);
		else if (!plain && argv[i][0] == '-' && argv[i][1] == '-')
			*ret_exit_code = take_option(line, argc, argv, &i);
		else if (count == line->argument_count)
			*ret_exit_code =
			    usage_fault(line, "one argument too many: ", argv[i]);
		else
			line->arguments[count++] = argv[i];
		if (*ret_exit_code != 0)
			return false;
	}
	if (count < line->argument_count)
		*ret_exit_code = usage_fault(line, "an argument is missing", "");
	return *ret_exit_code == 0;
}

/* --- what every command does ----------------------------------------------- */

int central_open(const char *dir, int *ret_fd)
{
	int fd = -1;
	enum err err = dir_open(dir, &fd);
	if (err != ERR_NONE)
		return complain_of(err, "cannot open the directory %s", dir);
	if (faccessat(fd, "keys/ca.crt", R_OK, 0) != 0) {
		(void)close(fd);
		return complain(EXIT_CONFIGURATION_,
		    "%s holds no central; make one with: balcao-central init %s", dir,
		    dir);
	}
	*ret_fd = fd;
	return 0;
}

int finish_output(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return complain(74, "cannot write the result");
	return 0;
}

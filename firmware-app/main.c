/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_options.h"
#include "base/attr.h"
#include "base/banned.h"
#include "commands.h"
#include "options.h"
#include "owner.h"

enum { EXIT_WRITE = 74, EXIT_RIGHTS = 77 };

struct app_options app_options = {"/var/lib/balcao"};

static const struct command {
	const char *name;
	int (*fn)(int argc, char **argv);
	bool starts_carrier; /* which is another user's */
	bool own_help;       /* it tells more than `arguments` and `help` */
	const char *arguments;
	const char *help;
} commands[] = {
    {"run", cmd_run, false, true, "[--headless] [--reader tape:FILE] [--lang L]",
	"the clerk's screen"},
    {"enrol", cmd_enrol, true, false,
	"--url URL --terminal T --token TOKEN --ca-pin HEX | --qr TEXT",
	"make this terminal known to its central"},
    {"sync", cmd_sync, true, false, "[--once]",
	"carry records to the central and its answers back"},
    {"record", cmd_record, false, false, "",
	"record JSON lines from standard input, one answer each after its commit"},
    {"status", cmd_status, false, false, "[--json]",
	"how this terminal is, what is wrong with it and what to do"},
    {"journal", cmd_journal, false, false, "verify|list|export [--json]",
	"prove, list or copy out what is recorded"},
    {"carry", cmd_carry, false, false, "out DIR | in DIR",
	"carry records and answers on a USB stick"},
    {"report", cmd_report, false, false, "[--day D] [--json]",
	"what this terminal sold on a business day"},
    {"devices", cmd_devices, false, true, "[--json] [--watch]",
	"the readers on USB, and who holds them"},
};

static int help(FILE *to, int code)
{
	(void)fputs(
	    "usage: balcao [--state DIR] COMMAND ...\n\n"
	    "The terminal at a shop counter: recognises members, records what was\n"
	    "sold, shows what it earned, and gets every record to the central.\n\n",
	    to);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		(void)fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	(void)fputs("\n  --state DIR  the terminal's state (or $BALCAO_STATE; else "
		    "/var/lib/balcao)\n"
		    "\n`balcao COMMAND --help` says how it is used.\n",
	    to);
	return code;
}

static int help_command(const struct command *command)
{
	(void)printf("usage: balcao [--state DIR] %s %s\n\n%s\n", command->name,
	    command->arguments, command->help);
	return 0;
}

static const struct command *command_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Takes `--state DIR` or `--state=DIR` out of the arguments, on either side of
 * the command. */
static int take_state(int *argc, char **argv)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--state") == 0) {
			if (i + 1 == *argc)
				return EXIT_USAGE;
			app_options.state_dir = argv[++i];
		} else if (strncmp(argv[i], "--state=", 8) == 0) {
			app_options.state_dir = argv[i] + 8;
		} else {
			argv[kept++] = argv[i];
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return *app_options.state_dir ? 0 : EXIT_USAGE;
}

static bool has(char **argv, const char *word)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (strcmp(*argv, word) == 0)
			return true;
	}
	return false;
}

static int dispatch(int argc, char **argv)
{
	const char *state = getenv("BALCAO_STATE");

	if (state && *state)
		app_options.state_dir = state;
	if (take_state(&argc, argv)) {
		(void)fputs("balcao: --state needs a directory.\n", stderr);
		return EXIT_USAGE;
	}
	if (argc < 2)
		return help(stderr, EXIT_USAGE);
	if (has(argv + 1, "--version")) {
		(void)puts("balcao " BALCAO_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout, 0);
	const struct command *command = command_of(argv[1]);

	if (!command) {
		(void)fprintf(stderr, "balcao: there is no command %s.\n\n", argv[1]);
		return help(stderr, EXIT_USAGE);
	}
	if (has(argv + 2, "--help") && !command->own_help)
		return help_command(command);
	if (has(argv + 2, "--help"))
		return command->fn(argc - 1, argv + 1);
	if (owner_become(app_options.state_dir, !command->starts_carrier)) {
		(void)fprintf(stderr, "balcao: cannot work as the owner of %s.\n",
		    app_options.state_dir);
		return EXIT_RIGHTS;
	}
	return command->fn(argc - 1, argv + 1);
}

/* A result that could not be written is no success, whatever made it. */
int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);
	bool unwritten = fflush(stdout) != 0 || ferror(stdout);
	return code == 0 && unwritten ? EXIT_WRITE : code;
}

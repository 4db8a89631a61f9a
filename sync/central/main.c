/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"
#include "central/command.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
    {"init", cmd_init, "make a new central: its CA, keys and ledger"},
    {"serve", cmd_serve, "take in what terminals send, over HTTPS"},
    {"token", cmd_token, "let one terminal enrol within 15 minutes"},
    {"publish", cmd_publish, "sign and serve a programme and its members"},
    {"events", cmd_events, "list every event once"},
    {"audit", cmd_audit, "prove the ledger again from its signed bytes"},
    {"import", cmd_import, "take in a USB stick and put the answers on it"},
    {"why", cmd_why, "make out line by line what an event earned"},
    {"report", cmd_report, "sales, top-ups, points; terminals that need a look"},
};

static void help(FILE *to)
{
	(void)fputs("usage: balcao-central COMMAND DIR [OPTION]...\n\n", to);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		(void)fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	(void)fputs("\n`balcao-central COMMAND --help` says more of one.\n", to);
}

int main(int argc, char **argv)
{
	/* Whatever a central writes is nobody else's, keys and ledger alike. */
	(void)umask(077);
	const char *verb = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(verb, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(verb, "--version") == 0)
		(void)printf("balcao-central %s\n", BALCAO_VERSION);
	else if (strcmp(verb, "--help") == 0)
		help(stdout);
	else {
		if (verb[0] != '\0')
			(void)complain(EXIT_USAGE_, "there is no command %s", verb);
		help(stderr);
		return EXIT_USAGE_;
	}
	return finish_output();
}

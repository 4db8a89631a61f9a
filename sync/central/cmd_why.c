/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

#include "central/command.h"
#include "central/why.h"

static const char help[] =
    "Why an event earned what it earned: each rule that gave something, the amount\n"
    "that passed its filters and what it gave, made out again from the signed\n"
    "event and the programme in force for it. TERMINAL and ID as `events` lists\n"
    "them.\n"
    "  --json        {terminal, id, type, amount_cents, refused, of, programme,\n"
    "                 points, points_claimed, why: [rule, earner, base_cents, ...]}\n";

static int why_tell(
    const char *dir, const char *terminal, const uint8_t id[EVENT_ID_LEN], bool json)
{
	struct ledger *ledger = NULL;
	struct why_answer *answer = NULL;
	enum err err = ledger_open_in(dir, LEDGER_READ, &ledger);
	if (err == ERR_NONE)
		err = why_make(ledger, terminal, id, &answer);
	ledger_close(&ledger);
	if (err == ERR_NOT_FOUND)
		return complain(EXIT_DATA_,
		    "there is no such event of %s in %s; `events %s --json` lists them",
		    terminal, dir, dir);
	if (err != ERR_NONE)
		return complain_of(err, "cannot read the ledger of %s", dir);
	if (json)
		err = why_print_json(answer, stdout);
	else
		why_print(answer, stdout);
	why_free(&answer);
	return err == ERR_NONE ? finish_output() : complain_of(err, "cannot write it");
}

int cmd_why(int argc, char **argv)
{
	const char *arguments[3] = {NULL, NULL, NULL};
	bool json = false;
	const struct command_option options[] = {{.name = "json", .flag = &json}, {0}};
	const struct command_line line = {.usage = "why DIR TERMINAL ID [--json]",
	    .help = help,
	    .options = options,
	    .arguments = arguments,
	    .argument_count = 3};
	uint8_t id[EVENT_ID_LEN];
	int code = 0;
	int dir_fd = -1;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	if (!text_is_name(arguments[1], TERMINAL_LEN_MAX) ||
	    hex_decode(id, sizeof id, arguments[2]) != ERR_NONE)
		return complain(EXIT_USAGE_, "usage: balcao-central %s", line.usage);
	code = central_open(arguments[0], &dir_fd);
	if (code != 0)
		return code;
	code = why_tell(arguments[0], arguments[1], id, json);
	(void)close(dir_fd);
	return code;
}

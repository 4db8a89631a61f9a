/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/command.h"
#include "central/report.h"
#include "central/yaml_value.h"
#include "os/clock.h"

static const char help[] =
    "Sales, top-ups and points by store, clerk and day; terminals that are silent,\n"
    "late or have a wrong clock; events that were refused, changed, or claimed\n"
    "points they did not earn. Training counts nowhere.\n"
    "  --from DAY    business days from there on (2026-11-01)\n"
    "  --to DAY      and up to that one\n"
    "  --json        one object: total, stores, clerks, days, terminals, flagged\n";

static enum err report_in(const char *dir, int dir_fd, const struct report_query *query,
    struct report *ret_report)
{
	struct ledger *ledger = NULL;
	struct registry *registry = NULL;
	enum err err = registry_open(dir_fd, &registry);
	if (err == ERR_NONE)
		err = ledger_open_in(dir, LEDGER_READ, &ledger);
	if (err == ERR_NONE)
		err = report_make(ledger, registry, query, ret_report);
	ledger_close(&ledger);
	registry_close(&registry);
	return err;
}

static int day_read(const char *option, const char *text, uint32_t *ret_day)
{
	if (text != NULL && value_day(text, ret_day) != ERR_NONE)
		return complain(EXIT_USAGE_,
		    "--%s must be a day, such as 2026-11-01, not %s", option, text);
	return 0;
}

static int report_tell(
    const char *dir, int dir_fd, const struct report_query *query, bool json)
{
	struct report report;
	enum err err = report_in(dir, dir_fd, query, &report);
	if (err != ERR_NONE)
		return complain_of(err, "cannot read the ledger of %s", dir);
	if (json)
		err = report_print_json(&report, stdout);
	else
		report_print(&report, stdout);
	report_free(&report);
	if (err != ERR_NONE)
		return complain_of(err, "cannot write the report");
	return finish_output();
}

int cmd_report(int argc, char **argv)
{
	const char *dir = NULL;
	const char *from = NULL;
	const char *to = NULL;
	bool json = false;
	const struct command_option options[] = {{.name = "json", .flag = &json},
	    {.name = "from", .value = &from}, {.name = "to", .value = &to}, {0}};
	const struct command_line line = {
	    .usage = "report DIR [--from DAY] [--to DAY] [--json]",
	    .help = help,
	    .options = options,
	    .arguments = &dir,
	    .argument_count = 1};
	struct report_query query = {0};
	struct instant now;
	int code = 0;
	int dir_fd = -1;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	code = day_read("from", from, &query.from_day);
	if (code == 0)
		code = day_read("to", to, &query.to_day);
	if (code == 0)
		code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	clock_system()->now(clock_system()->self, &now);
	query.now_ms = now.wall_ms;
	code = report_tell(dir, dir_fd, &query, json);
	(void)close(dir_fd);
	return code;
}

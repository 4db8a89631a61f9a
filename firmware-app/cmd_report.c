/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_options.h"
#include "base/banned.h"
#include "commands.h"
#include "options.h"
#include "terminal.h"
#include "till/day.h"
#include "till/money.h"

/* `balcao report`: what this terminal recorded on one business day. What a
 * central knows better (several terminals, recomputed points) is its report. */

enum { REPORT_CLERKS_MAX = 64 };

struct tally {
	char clerk[CLERK_LEN_MAX + 1];
	uint64_t sales, topups, voids, returns, enrolments;
	int64_t sales_cents, topups_cents, voids_cents, returns_cents;
	int64_t points[EARNER_COUNT];
};

struct day_report {
	uint32_t day;
	struct tally total;
	struct tally clerk[REPORT_CLERKS_MAX];
	size_t clerk_count;
	uint64_t refused;
	uint64_t training;
	uint64_t waiting; /* of the day */
};

static void tally_add(struct tally *tally, const struct event *event)
{
	const struct {
		enum event_type type;
		uint64_t *count;
		int64_t *cents;
	} kinds[] = {
	    {EVENT_SALE, &tally->sales, &tally->sales_cents},
	    {EVENT_CHIP_SALE, &tally->sales, &tally->sales_cents},
	    {EVENT_TOPUP, &tally->topups, &tally->topups_cents},
	    {EVENT_VOID, &tally->voids, &tally->voids_cents},
	    {EVENT_RETURN, &tally->returns, &tally->returns_cents},
	    {EVENT_ENROLMENT, &tally->enrolments, NULL},
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (kinds[i].type != event->type)
			continue;
		++*kinds[i].count;
		if (kinds[i].cents != NULL)
			*kinds[i].cents += event->amount_cents;
		for (size_t earner = 0; earner < EARNER_COUNT; earner++)
			tally->points[earner] += event->points[earner];
	}
}

/* NULL: more clerks than a counter has; they are in the total. */
static struct tally *tally_of(struct day_report *report, const char *clerk)
{
	for (size_t i = 0; i < report->clerk_count; i++)
		if (strcmp(report->clerk[i].clerk, clerk) == 0)
			return &report->clerk[i];
	if (report->clerk_count == REPORT_CLERKS_MAX)
		return NULL;
	struct tally *tally = &report->clerk[report->clerk_count++];
	memcpy(tally->clerk, clerk, strlen(clerk) + 1);
	return tally;
}

static bool row_add(void *self, const struct journal_row *row)
{
	struct day_report *report = self;
	const struct event *event = row->event;
	if (event->business_day != report->day)
		return true;
	report->waiting += !row->receipted;
	if (event->training) {
		report->training++;
		return true;
	}
	if (row->refused != REFUSAL_NONE) {
		report->refused++;
		return true;
	}
	tally_add(&report->total, event);
	struct tally *tally =
	    event->clerk[0] == '\0' ? NULL : tally_of(report, event->clerk);
	if (tally != NULL)
		tally_add(tally, event);
	return true;
}

static void tally_json(const struct tally *tally)
{
	(void)printf("\"sales\":%" PRIu64 ",\"sales_cents\":%" PRId64
		     ",\"topups\":%" PRIu64 ",\"topups_cents\":%" PRId64
		     ",\"voids\":%" PRIu64 ",\"voids_cents\":%" PRId64
		     ",\"returns\":%" PRIu64 ",\"returns_cents\":%" PRId64
		     ",\"enrolments\":%" PRIu64 ",\"points\":{\"member\":%" PRId64
		     ",\"clerk\":%" PRId64 ",\"store\":%" PRId64 "}",
	    tally->sales, tally->sales_cents, tally->topups, tally->topups_cents,
	    tally->voids, tally->voids_cents, tally->returns, tally->returns_cents,
	    tally->enrolments, tally->points[EARNER_MEMBER], tally->points[EARNER_CLERK],
	    tally->points[EARNER_STORE]);
}

static void put_json(const struct day_report *report, const struct terminal *terminal)
{
	(void)printf("{\"day\":\"%04" PRIu32 "-%02" PRIu32 "-%02" PRIu32
		     "\",\"terminal\":\"%s\",\"total\":{",
	    report->day / 10000, report->day / 100 % 100, report->day % 100,
	    journal_terminal(terminal->journal));
	tally_json(&report->total);
	(void)fputs("},\"clerks\":[", stdout);
	for (size_t i = 0; i < report->clerk_count; i++) {
		(void)printf(
		    "%s{\"clerk\":\"%s\",", i == 0 ? "" : ",", report->clerk[i].clerk);
		tally_json(&report->clerk[i]);
		(void)putchar('}');
	}
	(void)printf("],\"waiting\":%" PRIu64 ",\"refused\":%" PRIu64
		     ",\"training\":%" PRIu64 "}\n",
	    report->waiting, report->refused, report->training);
}

static void put_row(const char *name, uint64_t count, int64_t cents)
{
	char text[BRL_LEN_MAX + 1];
	brl_format(cents, text);
	(void)printf("  %-10s %6" PRIu64 " %20s\n", name, count, text);
}

static void tally_text(const char *title, const struct tally *tally)
{
	(void)printf("%s\n", title);
	put_row("sales", tally->sales, tally->sales_cents);
	put_row("top-ups", tally->topups, tally->topups_cents);
	put_row("returns", tally->returns, tally->returns_cents);
	put_row("voids", tally->voids, tally->voids_cents);
	(void)printf("  points     members %" PRId64 ", clerks %" PRId64
		     ", store %" PRId64 "\n",
	    tally->points[EARNER_MEMBER], tally->points[EARNER_CLERK],
	    tally->points[EARNER_STORE]);
	if (tally->enrolments > 0)
		(void)printf("  enrolled   %" PRIu64 " members\n", tally->enrolments);
}

static void put_text(const struct day_report *report, const struct terminal *terminal)
{
	(void)printf("%s, business day %04" PRIu32 "-%02" PRIu32 "-%02" PRIu32 "\n",
	    journal_terminal(terminal->journal), report->day / 10000,
	    report->day / 100 % 100, report->day % 100);
	tally_text("all clerks", &report->total);
	for (size_t i = 0; i < report->clerk_count; i++)
		tally_text(report->clerk[i].clerk, &report->clerk[i]);
	(void)printf("%" PRIu64 " waiting for the central, %" PRIu64
		     " refused by it, %" PRIu64 " in training (not counted above)\n",
	    report->waiting, report->refused, report->training);
}

/* "2026-11-22" or "20261122"; without one, today by the store's cut-over. */
static enum err day_from(
    const char *text, const struct terminal *terminal, uint32_t *ret_day)
{
	char digits[9] = "";
	size_t len = 0;
	uint64_t day = 0;
	struct instant now;
	int offset_min = 0;
	if (text == NULL) {
		terminal->clock->now(terminal->clock->self, &now);
		enum err error =
		    clock_offset_min(terminal->config.zone, now.wall_ms, &offset_min);
		if (error == ERR_NONE)
			*ret_day = business_day(
			    now.wall_ms, offset_min, terminal->config.day_starts_minute);
		return error;
	}
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '-' && (i == 4 || i == 7))
			continue;
		if (len == sizeof(digits) - 1)
			return ERR_FORMAT;
		digits[len++] = text[i];
	}
	if (len != 8 || decimal_u64(digits, 99999999, &day) != ERR_NONE ||
	    !day_valid((uint32_t)day))
		return ERR_FORMAT;
	*ret_day = (uint32_t)day;
	return ERR_NONE;
}

static int report_make(struct terminal *terminal, const char *day, bool json)
{
	static struct day_report report;
	if (terminal->journal == NULL) {
		(void)fputs(
		    "balcao: there is no journal yet: run 'balcao enrol' first.\n",
		    stderr);
		return err_exit_code(ERR_NOT_READY);
	}
	if (day_from(day, terminal, &report.day) != ERR_NONE)
		return usage_fault("report", "--day needs a day as 2026-11-22");
	enum err error = journal_walk(terminal->journal, 0, 0, row_add, &report);
	if (error != ERR_NONE) {
		(void)fprintf(stderr,
		    "balcao: the journal cannot be read (%s); try 'balcao journal "
		    "verify'.\n",
		    err_name(error));
		return err_exit_code(error);
	}
	if (json)
		put_json(&report, terminal);
	else
		put_text(&report, terminal);
	return fflush(stdout) == 0 ? 0 : err_exit_code(ERR_IO);
}

int cmd_report(int argc, char **argv)
{
	static struct terminal terminal;
	bool json = false;
	const char *day = NULL;
	const struct option_row rows[] = {{"json", NULL, &json}, {"day", &day, NULL}};
	(void)argc;
	int usage = options_read(argv, rows, COUNT_OF(rows), NULL);
	if (usage != 0)
		return usage;
	enum err error = terminal_open_read(app_options.state_dir, &terminal);
	if (error != ERR_NONE)
		return err_exit_code(error);
	int code = report_make(&terminal, day, json);
	terminal_close(&terminal);
	return code;
}

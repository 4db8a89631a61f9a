/* SPDX-License-Identifier: MIT */
#include "central/report.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/banned.h"

enum { MS_A_SECOND = 1000, TIME_LEN = 24, CELL_LEN = 32 };

static const char *const earner_word[EARNER_COUNT] = {"member", "clerk", "store"};

/* --- cells ------------------------------------------------------------------------ */

static void day_write(uint32_t day, char out[CELL_LEN])
{
	(void)snprintf(
	    out, CELL_LEN, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

/* Reais with two decimals; the sign stays when the reais are none. */
static void cents_write(int64_t cents, char out[CELL_LEN])
{
	uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;
	(void)snprintf(out, CELL_LEN, "%s%" PRIu64 ",%02u", cents < 0 ? "-" : "",
	    size / 100, (unsigned)(size % 100));
}

/* RFC 3339, UTC. */
static void time_write(int64_t ms, char out[TIME_LEN])
{
	struct tm utc;
	time_t seconds = (time_t)(ms / MS_A_SECOND);
	if (gmtime_r(&seconds, &utc) == NULL ||
	    strftime(out, TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		(void)snprintf(out, TIME_LEN, "-");
}

/* "12 s", "7 min", "3 h", "9 d". */
static void age_write(int64_t ms, char out[CELL_LEN])
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};

	int64_t seconds = ms < 0 ? 0 : ms / MS_A_SECOND;
	size_t i = 0;
	/* Two of a unit at least, so that 23 hours are not no day. */
	while (i + 1 < COUNT_OF(units) && seconds < 2 * units[i].seconds)
		i++;
	(void)snprintf(
	    out, CELL_LEN, "%" PRId64 " %s", seconds / units[i].seconds, units[i].unit);
}

/* --- tables ----------------------------------------------------------------------- */

static void tally_head(FILE *to, const char *title)
{
	(void)fprintf(to, "\n%-28s %7s %13s %7s %13s %6s %12s %9s %9s %9s\n", title,
	    "sales", "amount", "top-ups", "amount", "undone", "amount", "member pt",
	    "clerk pt", "store pt");
}

static void tally_line(FILE *to, const char *name, const struct tally *tally)
{
	char sales[CELL_LEN];
	char topups[CELL_LEN];
	char undone[CELL_LEN];
	cents_write(tally->sales_cents, sales);
	cents_write(tally->topups_cents, topups);
	cents_write(tally->voids_cents + tally->returns_cents, undone);
	(void)fprintf(to,
	    "%-28s %7" PRIu64 " %13s %7" PRIu64 " %13s %6" PRIu64 " %12s %9" PRId64
	    " %9" PRId64 " %9" PRId64 "\n",
	    name, tally->sales, sales, tally->topups, topups,
	    tally->voids + tally->returns, undone, tally->points[EARNER_MEMBER],
	    tally->points[EARNER_CLERK], tally->points[EARNER_STORE]);
}

static void tally_name(const struct tally *tally, char out[80])
{
	if (tally->day != 0)
		day_write(tally->day, out);
	else if (tally->clerk[0] != '\0')
		(void)snprintf(out, 80, "%s %s", tally->store, tally->clerk);
	else
		(void)snprintf(
		    out, 80, "%s", tally->store[0] != '\0' ? tally->store : "-");
}

static void tallies_print(FILE *to, const char *title, const struct tallies *tallies)
{
	if (tallies->count == 0)
		return;
	tally_head(to, title);
	for (size_t i = 0; i < tallies->count; i++) {
		char name[80];
		tally_name(&tallies->at[i], name);
		tally_line(to, name, &tallies->at[i]);
	}
}

/* What is wrong with a terminal, or "well". */
static void terminal_state(const struct report_terminal *terminal, char *out, size_t cap)
{
	const struct ledger_contact *contact = &terminal->contact;
	(void)snprintf(out, cap, "%s%s%s%s%s",
	    terminal->silent ? contact->arrived_ms == 0 ? "never heard " : "silent " : "",
	    terminal->late ? "late " : "", terminal->wrong_clock ? "wrong clock " : "",
	    contact->held > 0 ? "held batches " : "", contact->waiting > 0 ? "gap " : "");
	size_t len = strlen(out);
	if (len > 0)
		out[len - 1] = '\0';
	else
		(void)snprintf(out, cap, "well");
}

static void terminals_print(const struct report *report, FILE *to)
{
	if (report->terminal_count == 0) {
		(void)fprintf(to, "\nno terminal has enrolled yet\n");
		return;
	}
	(void)fprintf(to, "\n%-20s %-14s %-9s %-10s %s\n", "terminal", "store", "heard",
	    "on its way", "state");
	for (size_t i = 0; i < report->terminal_count; i++) {
		const struct report_terminal *terminal = &report->terminal[i];
		const struct ledger_contact *contact = &terminal->contact;
		char state[80];
		char heard[CELL_LEN] = "-";
		char delay[CELL_LEN] = "-";
		terminal_state(terminal, state, sizeof state);
		if (contact->arrived_ms != 0) {
			age_write(report->query.now_ms - contact->arrived_ms, heard);
			if (!terminal->wrong_clock)
				age_write(contact->arrived_ms - contact->wall_ms, delay);
		}
		(void)fprintf(to, "%-20s %-14s %-9s %-10s %s\n", contact->terminal,
		    contact->store, heard, delay, state);
	}
}

static const char *flagged_word(const struct ledger_event *event)
{
	if (event->refused != REFUSAL_NONE)
		return refusal_word(event->refused);
	return event->changed ? "changed" : "points";
}

static void flagged_print(const struct report *report, FILE *to)
{
	if (report->flagged_count == 0)
		return;
	(void)fprintf(to,
	    "\n%zu events to look at (refused, changed, or points claimed "
	    "that are not earned)\n",
	    report->flagged_count);
	for (size_t i = 0; i < report->flagged_count && i < REPORT_FLAGGED_SHOWN; i++) {
		const struct report_flagged *flagged = &report->flagged[i];
		const char *type = event_type_word(flagged->event.type);
		(void)fprintf(to, "%-20s epoch %u seq %" PRIu64 " %s: %s\n",
		    flagged->terminal, flagged->epoch, flagged->event.seq,
		    type != NULL ? type : "-", flagged_word(&flagged->event));
	}
	if (report->flagged_count > REPORT_FLAGGED_SHOWN)
		(void)fprintf(to, "... all of them: --json\n");
}

void report_print(const struct report *report, FILE *to)
{
	tally_head(to, "all");
	tally_line(to, "", &report->total);
	tallies_print(to, "store", &report->stores);
	tallies_print(to, "clerk", &report->clerks);
	tallies_print(to, "day", &report->days);
	terminals_print(report, to);
	flagged_print(report, to);
}

/* --- JSON --------------------------------------------------------------------------- */

static json_t *points_json(const int64_t points[EARNER_COUNT])
{
	json_t *object = json_object();
	for (size_t i = 0; object != NULL && i < EARNER_COUNT; i++)
		if (json_object_set_new(
			object, earner_word[i], json_integer(points[i])) != 0)
			return NULL;
	return object;
}

static json_t *tally_json(const struct tally *tally)
{
	json_t *object = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "sales",
	    (json_int_t)tally->sales, "sales_cents", (json_int_t)tally->sales_cents,
	    "topups", (json_int_t)tally->topups, "topups_cents",
	    (json_int_t)tally->topups_cents, "voids", (json_int_t)tally->voids,
	    "voids_cents", (json_int_t)tally->voids_cents, "returns",
	    (json_int_t)tally->returns, "returns_cents", (json_int_t)tally->returns_cents,
	    "enrolments", (json_int_t)tally->enrolments, "points",
	    points_json(tally->points));
	return object;
}

enum name_of { NAME_OF_STORE, NAME_OF_CLERK, NAME_OF_DAY };

static int tally_named(json_t *object, const struct tally *tally, enum name_of name)
{
	char day[CELL_LEN];
	int bad = 0;
	day_write(tally->day, day);
	if (name == NAME_OF_DAY)
		return json_object_set_new(object, "day", json_string(day));
	bad |= json_object_set_new(object, "store", json_string(tally->store));
	if (name == NAME_OF_CLERK)
		bad |= json_object_set_new(object, "clerk", json_string(tally->clerk));
	return bad;
}

static json_t *tallies_json(const struct tallies *tallies, enum name_of name)
{
	json_t *list = json_array();
	for (size_t i = 0; list != NULL && i < tallies->count; i++) {
		json_t *object = tally_json(&tallies->at[i]);
		int bad =
		    object == NULL ? -1 : tally_named(object, &tallies->at[i], name);
		if (json_array_append_new(list, object) != 0 || bad != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* `heard` is null for one that never was; `delay_s` also when its clock is wrong. */
static json_t *terminal_json(const struct report *report, size_t i)
{
	const struct report_terminal *terminal = &report->terminal[i];
	const struct ledger_contact *contact = &terminal->contact;
	bool known = contact->arrived_ms != 0;
	char heard[TIME_LEN];
	time_write(contact->arrived_ms, heard);
	int64_t age_s = (report->query.now_ms - contact->arrived_ms) / MS_A_SECOND;
	int64_t delay_s = (contact->arrived_ms - contact->wall_ms) / MS_A_SECOND;
	return json_pack("{s:s,s:s,s:s?,s:o,s:o,s:b,s:b,s:b,s:I,s:I,s:s}", "terminal",
	    contact->terminal, "store", contact->store, "heard", known ? heard : NULL,
	    "heard_s", known ? json_integer(age_s) : json_null(), "delay_s",
	    known && !terminal->wrong_clock ? json_integer(delay_s) : json_null(),
	    "silent", (int)terminal->silent, "late", (int)terminal->late, "wrong_clock",
	    (int)terminal->wrong_clock, "waiting", (json_int_t)contact->waiting, "held",
	    (json_int_t)contact->held, "software", contact->software);
}

static json_t *flagged_json(const struct report *report, size_t i)
{
	const struct report_flagged *flagged = &report->flagged[i];
	const struct ledger_event *event = &flagged->event;
	char id[2 * EVENT_ID_LEN + 1];
	hex_encode(id, bytes_of(event->id, EVENT_ID_LEN));
	return json_pack("{s:s,s:i,s:I,s:s?,s:s?,s:s?,s:b,s:o,s:o}", "terminal",
	    flagged->terminal, "epoch", (int)flagged->epoch, "seq",
	    (json_int_t)event->seq, "id", event->named ? id : NULL, "type",
	    event_type_word(event->type), "refused",
	    event->refused != REFUSAL_NONE ? refusal_word(event->refused) : NULL,
	    "changed", (int)event->changed, "points", points_json(event->points),
	    "points_claimed", points_json(event->claimed));
}

static json_t *list_json(const struct report *report, size_t count,
    json_t *(*one)(const struct report *report, size_t i))
{
	json_t *list = json_array();
	for (size_t i = 0; list != NULL && i < count; i++) {
		if (json_array_append_new(list, one(report, i)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

enum err report_print_json(const struct report *report, FILE *to)
{
	json_t *object =
	    json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "total", tally_json(&report->total),
		"stores", tallies_json(&report->stores, NAME_OF_STORE), "clerks",
		tallies_json(&report->clerks, NAME_OF_CLERK), "days",
		tallies_json(&report->days, NAME_OF_DAY), "terminals",
		list_json(report, report->terminal_count, terminal_json), "flagged",
		list_json(report, report->flagged_count, flagged_json));
	if (object == NULL)
		return ERR_MEMORY;
	int bad = json_dumpf(object, to, JSON_COMPACT);
	json_decref(object);
	return bad == 0 && fputc('\n', to) != EOF ? ERR_NONE : ERR_IO;
}

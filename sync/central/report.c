/* SPDX-License-Identifier: MIT */
#include "central/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { MS_A_MINUTE = 60 * 1000 };

/* --- adding up ------------------------------------------------------------------ */

static void tally_add(struct tally *tally, const struct ledger_figure *figure)
{
	switch ((int)figure->type) {
	case EVENT_SALE:
	case EVENT_CHIP_SALE:
		tally->sales += figure->events;
		tally->sales_cents += figure->amount_cents;
		break;
	case EVENT_TOPUP:
		tally->topups += figure->events;
		tally->topups_cents += figure->amount_cents;
		break;
	case EVENT_VOID:
		tally->voids += figure->events;
		tally->voids_cents += figure->amount_cents;
		break;
	case EVENT_RETURN:
		tally->returns += figure->events;
		tally->returns_cents += figure->amount_cents;
		break;
	case EVENT_ENROLMENT: tally->enrolments += figure->events; break;
	default: break;
	}
	for (size_t i = 0; i < EARNER_COUNT; i++)
		tally->points[i] += figure->points[i];
}

/* Whether a type stands in any column: a shift opened is no figure. */
static bool is_told(const struct ledger_figure *figure)
{
	bool points = false;
	for (size_t i = 0; i < EARNER_COUNT; i++)
		points |= figure->points[i] != 0;
	return points || figure->type == EVENT_SALE || figure->type == EVENT_CHIP_SALE ||
	       figure->type == EVENT_TOPUP || figure->type == EVENT_VOID ||
	       figure->type == EVENT_RETURN || figure->type == EVENT_ENROLMENT;
}

static int tally_order(const void *a, const void *b)
{
	const struct tally *left = a;
	const struct tally *right = b;
	int order = strcmp(left->store, right->store);
	if (order == 0)
		order = strcmp(left->clerk, right->clerk);
	return order != 0 ? order : (left->day > right->day) - (left->day < right->day);
}

/* The row with this name, made where it belongs. Stores, clerks and days are
 * few beside the events under them. */
static struct tally *tally_of(struct tallies *tallies, const struct tally *name)
{
	size_t low = 0;
	size_t high = tallies->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = tally_order(&tallies->at[middle], name);
		if (order == 0)
			return &tallies->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (tallies->count == tallies->room) {
		size_t room = tallies->room == 0 ? 64 : tallies->room * 2;
		struct tally *at = realloc(tallies->at, room * sizeof *at);
		if (at == NULL)
			return NULL;
		tallies->at = at;
		tallies->room = room;
	}
	memmove(&tallies->at[low + 1], &tallies->at[low],
	    (tallies->count - low) * sizeof *tallies->at);
	tallies->count++;
	tallies->at[low] = *name;
	return &tallies->at[low];
}

static enum err tally_into(
    struct tallies *tallies, const struct tally *name, const struct ledger_figure *figure)
{
	struct tally *tally = tally_of(tallies, name);
	if (tally == NULL)
		return ERR_MEMORY;
	tally_add(tally, figure);
	return ERR_NONE;
}

static enum err figure_add(struct report *report, const struct ledger_figure *figure)
{
	struct tally store = {0};
	struct tally clerk = {0};
	struct tally day = {.day = figure->day};
	memcpy(store.store, figure->store, sizeof store.store);
	memcpy(clerk.store, figure->store, sizeof clerk.store);
	memcpy(clerk.clerk, figure->clerk, sizeof clerk.clerk);
	tally_add(&report->total, figure);
	enum err err = tally_into(&report->stores, &store, figure);
	if (err == ERR_NONE)
		err = tally_into(&report->clerks, &clerk, figure);
	if (err == ERR_NONE)
		err = tally_into(&report->days, &day, figure);
	return err;
}

static bool asked_for(const struct report_query *query, uint32_t day)
{
	return day >= query->from_day && (query->to_day == 0 || day <= query->to_day);
}

static enum err figures_read(struct ledger *ledger, struct report *report)
{
	struct ledger_figure figure;
	enum err err = ledger_figure_next(ledger, true, &figure);
	while (err == ERR_NONE) {
		if (asked_for(&report->query, figure.day) && is_told(&figure))
			err = figure_add(report, &figure);
		if (err == ERR_NONE)
			err = ledger_figure_next(ledger, false, &figure);
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* --- terminals ------------------------------------------------------------------- */

/* A clock known to be wrong says nothing of how long a batch was on its way. */
static void terminal_judge(struct report_terminal *terminal, int64_t now_ms)
{
	const struct ledger_contact *contact = &terminal->contact;
	int64_t delay_ms = contact->arrived_ms - contact->wall_ms;
	int64_t quiet_ms = now_ms - contact->arrived_ms;
	bool heard = contact->arrived_ms != 0;
	terminal->silent =
	    !heard || quiet_ms > (int64_t)REPORT_SILENT_H * 60 * MS_A_MINUTE;
	terminal->wrong_clock =
	    heard && (contact->clock == CLOCK_UNSURE ||
			 delay_ms < -(int64_t)REPORT_CLOCK_MIN * MS_A_MINUTE);
	terminal->late = heard && !terminal->wrong_clock &&
			 delay_ms > (int64_t)REPORT_LATE_MIN * MS_A_MINUTE;
}

static struct report_terminal *terminal_new(struct report *report)
{
	struct report_terminal *at = realloc(
	    report->terminal, (report->terminal_count + 1) * sizeof *report->terminal);
	if (at == NULL)
		return NULL;
	report->terminal = at;
	at[report->terminal_count] = (struct report_terminal){0};
	return &at[report->terminal_count++];
}

static enum err contacts_read(struct ledger *ledger, struct report *report)
{
	struct ledger_contact contact;
	enum err err = ledger_contact_next(ledger, true, &contact);
	while (err == ERR_NONE) {
		struct report_terminal *terminal = terminal_new(report);
		if (terminal == NULL)
			return ERR_MEMORY;
		terminal->contact = contact;
		err = ledger_contact_next(ledger, false, &contact);
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static bool is_listed(const struct report *report, const char *terminal)
{
	for (size_t i = 0; i < report->terminal_count; i++)
		if (strcmp(report->terminal[i].contact.terminal, terminal) == 0)
			return true;
	return false;
}

/* Those that hold a certificate and were never heard. */
static enum err enrolled_read(const struct registry *registry, struct report *report)
{
	const struct issued *issued;
	for (size_t i = 0; (issued = registry_at(registry, i)) != NULL; i++) {
		if (is_listed(report, issued->info.terminal))
			continue;
		struct report_terminal *terminal = terminal_new(report);
		if (terminal == NULL)
			return ERR_MEMORY;
		memcpy(terminal->contact.terminal, issued->info.terminal,
		    sizeof terminal->contact.terminal);
		memcpy(terminal->contact.store, issued->info.store,
		    sizeof terminal->contact.store);
	}
	return ERR_NONE;
}

static int terminal_order(const void *a, const void *b)
{
	const struct report_terminal *left = a;
	const struct report_terminal *right = b;
	return strcmp(left->contact.terminal, right->contact.terminal);
}

static enum err terminals_read(
    struct ledger *ledger, const struct registry *registry, struct report *report)
{
	enum err err = contacts_read(ledger, report);
	if (err == ERR_NONE)
		err = enrolled_read(registry, report);
	if (err != ERR_NONE || report->terminal_count == 0)
		return err;
	for (size_t i = 0; i < report->terminal_count; i++)
		terminal_judge(&report->terminal[i], report->query.now_ms);
	qsort(report->terminal, report->terminal_count, sizeof *report->terminal,
	    terminal_order);
	return ERR_NONE;
}

/* --- what somebody should look at --------------------------------------------------- */

static enum err flagged_add(
    struct ledger *ledger, struct report *report, const struct ledger_event *event)
{
	struct ledger_epoch epoch;
	enum err err = ledger_epoch_by_row(ledger, event->epoch_row, &epoch);
	if (err != ERR_NONE)
		return err;
	struct report_flagged *at = realloc(
	    report->flagged, (report->flagged_count + 1) * sizeof *report->flagged);
	if (at == NULL)
		return ERR_MEMORY;
	report->flagged = at;
	at[report->flagged_count] =
	    (struct report_flagged){.epoch = epoch.id.number, .event = *event};
	memcpy(at[report->flagged_count].terminal, epoch.terminal, sizeof epoch.terminal);
	report->flagged_count++;
	return ERR_NONE;
}

/* An event that cannot be read has no day; it is told whatever days are asked. */
static enum err flagged_read(struct ledger *ledger, struct report *report)
{
	struct ledger_event event;
	enum err err = ledger_flagged_next(ledger, true, &event);
	while (err == ERR_NONE) {
		if (event.business_day == 0 ||
		    asked_for(&report->query, event.business_day))
			err = flagged_add(ledger, report, &event);
		if (err == ERR_NONE)
			err = ledger_flagged_next(ledger, false, &event);
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

enum err report_make(struct ledger *ledger, const struct registry *registry,
    const struct report_query *query, struct report *ret_report)
{
	struct report report = {.query = *query};
	enum err err = ledger_step(ledger, LEDGER_VIEW);
	if (err != ERR_NONE)
		return err;
	err = figures_read(ledger, &report);
	if (err == ERR_NONE)
		err = terminals_read(ledger, registry, &report);
	if (err == ERR_NONE)
		err = flagged_read(ledger, &report);
	enum err ended = ledger_step(ledger, LEDGER_ROLLBACK);
	err = err == ERR_NONE ? ended : err;
	if (err == ERR_NONE)
		*ret_report = report;
	else
		report_free(&report);
	return err;
}

void report_free(struct report *report)
{
	free(report->stores.at);
	free(report->clerks.at);
	free(report->days.at);
	free(report->terminal);
	free(report->flagged);
	*report = (struct report){0};
}

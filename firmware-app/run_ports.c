/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <string.h>

#include "base/banned.h"

#include "sync/letterbox.h"

/* --- the journal ---------------------------------------------------------------- */

static enum err book_record(void *self, struct event *event, const struct person *person)
{
	struct run *run = self;
	enum err error = terminal_record(&run->terminal, event, person);
	if (run->headless && error == ERR_NONE)
		run_headless_recorded(event);
	else if (run->headless)
		run_headless_refused(event, error);
	run_status_soon(run);
	run_exchange_soon(run);
	return error;
}

static enum err book_intent(void *self, struct bytes intent)
{
	struct run *run = self;
	return journal_intent_set(run->terminal.journal, intent);
}

static enum err book_find(
    void *self, const uint8_t id[EVENT_ID_LEN], struct found_sale *ret)
{
	struct run *run = self;
	return terminal_find(&run->terminal, id, ret);
}

struct listing {
	struct last_sale *sale;
	size_t count;
	bool training;
};

static bool list_row(void *self, const struct journal_row *row)
{
	struct listing *listing = self;
	const struct event *event = row->event;
	if (event->training != listing->training ||
	    (event->type != EVENT_SALE && event->type != EVENT_TOPUP))
		return true;
	struct last_sale *sale = &listing->sale[listing->count++];
	*sale = (struct last_sale){.type = event->type,
	    .wall_ms = event->wall_ms,
	    .utc_offset_min = event->utc_offset_min,
	    .amount_cents = event->amount_cents};
	memcpy(sale->id, event->id, EVENT_ID_LEN);
	memcpy(sale->clerk, event->clerk, sizeof(sale->clerk));
	return listing->count < LAST_SALES_MAX;
}

static bool voided_row(void *self, const struct journal_row *row)
{
	bool *voided = self;
	*voided = row->event->type == EVENT_VOID;
	return !*voided;
}

static enum err book_last(
    void *self, struct last_sale ret_sale[LAST_SALES_MAX], size_t *ret_count)
{
	struct run *run = self;
	struct journal *journal = run->terminal.journal;
	struct listing listing = {
	    .sale = ret_sale, .training = run->terminal.config.training};

	enum { ROWS_MAX = 2000 }; /* many other events may lie between */
	enum err error = journal_walk_back(journal, ROWS_MAX, list_row, &listing);
	for (size_t i = 0; error == ERR_NONE && i < listing.count; i++)
		error = journal_walk_references(
		    journal, ret_sale[i].id, voided_row, &ret_sale[i].voided);
	if (error == ERR_NONE)
		*ret_count = listing.count;
	return error;
}

static void book_cut(void *self)
{
	struct run *run = self;
	run->cut_everything = true;
	run_exchange_soon(run);
}

/* --- the desk --------------------------------------------------------------------- */

static void desk_show(void *self, const struct view *view)
{
	struct run *run = self;
	run->term->show(run->term->self, view);
}

static void desk_beep(void *self, enum tone tone)
{
	struct run *run = self;
	run->term->beep(run->term->self, tone);
}

static void desk_quit(void *self)
{
	run_end(self);
}

/* Zone data is read from files: once in a quarter of an hour is enough, since
 * offsets change on such borders only. */
static void desk_now(void *self, struct counter_time *ret_time)
{
	enum { OFFSET_HOLDS_MS = 15 * 60 * 1000 };
	struct run *run = self;
	const struct clock *clock = run->terminal.clock;
	struct instant now;
	clock->now(clock->self, &now);
	bool holds = now.wall_ms < run->offset_until_ms &&
		     now.wall_ms >= run->offset_until_ms - OFFSET_HOLDS_MS;
	if (!holds && clock_offset_min(run->terminal.config.zone, now.wall_ms,
			  &run->utc_offset_min) == ERR_NONE)
		run->offset_until_ms =
		    now.wall_ms - now.wall_ms % OFFSET_HOLDS_MS + OFFSET_HOLDS_MS;
	*ret_time = (struct counter_time){.wall_ms = now.wall_ms,
	    .mono_ms = now.mono_ms,
	    .utc_offset_min = run->utc_offset_min};
}

static void desk_draw(void *self, uint8_t ret_random[EVENT_ID_LEN])
{
	struct run *run = self;
	/* Without randomness an id repeats, and the journal refuses it. */
	if (run->terminal.crypto->random(ret_random, EVENT_ID_LEN) != ERR_NONE)
		memset(ret_random, 0, EVENT_ID_LEN);
}

struct counter_ports run_ports(struct run *run)
{
	static const struct counter_book book = {
	    book_record, book_intent, book_find, book_last, book_cut};
	static const struct counter_slow slow = {run_look_up, run_check_pin};
	static const struct counter_desk desk = {
	    desk_show, desk_beep, desk_quit, desk_now, desk_draw};
	return (struct counter_ports){run, &book, &slow, &desk};
}

int64_t run_mono_ms(const struct run *run)
{
	struct instant now;
	run->terminal.clock->now(run->terminal.clock->self, &now);
	return now.mono_ms;
}

/* --- what the till is told of the terminal --------------------------------------------
 */

struct till_config run_till_config(const struct run *run)
{
	const struct terminal *terminal = &run->terminal;
	struct till_config config = {
	    .store = "",
	    .store_name = terminal->config.store_name,
	    .try_code = terminal->config.try_code,
	    .try_count = terminal->config.try_count,
	    .terminal = "",
	    .day_starts_minute = terminal->config.day_starts_minute,
	    .training = terminal->config.training,
	};
	if (terminal->identity != NULL) {
		config.store = identity_store(terminal->identity);
		config.terminal = identity_terminal(terminal->identity);
	}
	if (config.store_name[0] == '\0')
		config.store_name = config.store;
	if (terminal->letterbox != NULL) {
		config.programme = letterbox_programme(terminal->letterbox);
		config.directory_version =
		    letterbox_version(terminal->letterbox, COSE_DIRECTORY, NULL);
	}
	return config;
}

struct shift_scan {
	struct run *run;
	struct counter_time now;
	struct till_shift shift;
	bool freed; /* a supervisor signed in later than what is seen now */
};

static void lock_seen(struct shift_scan *scan, const struct event *event)
{
	struct till_shift *shift = &scan->shift;
	int64_t age_ms = scan->now.wall_ms - event->wall_ms;
	if (scan->freed || shift->lock_count == TILL_LOCKS_MAX || age_ms < 0)
		return;
	size_t at = shift->lock_count++;
	memcpy(shift->lock[at].clerk, event->clerk, sizeof(event->clerk));
	shift->lock[at].mono_ms = scan->now.mono_ms - age_ms;
}

static void sign_in_seen(struct shift_scan *scan, const struct event *event)
{
	const struct till_config config = run_till_config(scan->run);
	const struct clerk *clerk = NULL;
	if (scan->shift.clerk[0] == '\0')
		memcpy(scan->shift.clerk, event->clerk, sizeof(event->clerk));
	if (config.programme != NULL)
		clerk = programme_clerk(config.programme, event->clerk, config.store);
	if (clerk != NULL && clerk->role == ROLE_SUPERVISOR)
		scan->freed = true;
}

static bool shift_row(void *self, const struct journal_row *row)
{
	struct shift_scan *scan = self;
	struct till_shift *shift = &scan->shift;
	const struct event *event = row->event;
	if (event->type == EVENT_SHIFT_CLOSE)
		return false;
	if (event->type == EVENT_CLERK_LOCKED)
		lock_seen(scan, event);
	if (event->type == EVENT_SHIFT_OPEN || event->type == EVENT_CLERK_IN)
		sign_in_seen(scan, event);
	if (event->type == EVENT_SHIFT_OPEN) {
		shift->open = true;
		shift->opened_ms = event->wall_ms;
		shift->opened_offset_min = event->utc_offset_min;
		return false;
	}
	if (event->training != scan->run->terminal.config.training)
		return true;
	shift->count[event->type]++;
	shift->amount_cents[event->type] += event->amount_cents;
	if (event->member != MEMBER_NONE && event->type != EVENT_ENROLMENT)
		shift->with_member++;
	return true;
}

void run_shift_read(struct run *run, struct till_shift *ret_shift)
{
	struct shift_scan scan = {.run = run};
	desk_now(run, &scan.now);
	if (journal_walk_back(
		run->terminal.journal, RUN_SHIFT_ROWS_MAX, shift_row, &scan) != ERR_NONE)
		return;
	if (!scan.shift.open) { /* what was seen belongs to no shift */
		memset(scan.shift.count, 0, sizeof(scan.shift.count));
		memset(scan.shift.amount_cents, 0, sizeof(scan.shift.amount_cents));
		scan.shift.with_member = 0;
	}
	*ret_shift = scan.shift;
}

/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/day.h"
#include "till/money.h"

uint32_t day_of(int64_t wall_ms, int offset_min)
{
	return business_day(wall_ms, offset_min, 0);
}

void show_cents(char *out, size_t cap, int64_t cents)
{
	char text[BRL_LEN_MAX + 1];
	brl_format(cents, text);
	show_text(out, cap, text);
}

/* --- events ------------------------------------------------------------------ */

void event_start(struct till *t, enum event_type type, const uint8_t id[EVENT_ID_LEN])
{
	struct event *event = &t->event;
	memset(event, 0, sizeof(*event));
	event->type = type;
	memcpy(event->id, id, EVENT_ID_LEN);
	show_text(event->clerk, sizeof(event->clerk), clerk_now(t));
	event->training = t->config.training;
	event->wall_ms = t->now->wall_ms;
	event->mono_ms = t->now->mono_ms;
	event->utc_offset_min = t->now->utc_offset_min;
	event->business_day = business_day(
	    event->wall_ms, event->utc_offset_min, t->config.day_starts_minute);
}

void event_points(struct till *t)
{
	t->points.why_count = 0;
	memset(t->points.total, 0, sizeof(t->points.total));
	if (t->config.programme == NULL)
		return;
	t->event.programme_version = t->config.programme->version;
	if (points_of(t->config.programme, t->config.store, &t->event, &t->points) !=
	    ERR_NONE)
		t->points.why_count = 0;
	memcpy(t->event.points, t->points.total, sizeof(t->event.points));
}

void points_again(struct till *t)
{
	t->paint = true;
	if (t->state == STATE_DONE || t->saving != SAVING_NONE)
		return;
	t->points.why_count = 0;
	memset(t->points.total, 0, sizeof(t->points.total));
	if (t->topup.cents > 0)
		topup_event(t);
	else if (t->basket.count > 0)
		sale_event(t);
}

/* --- recording ---------------------------------------------------------------- */

static void person_take(struct till *t, enum saving what)
{
	if (what == SAVING_ENROLMENT)
		return; /* typed for this event: it is there already */
	person_wipe(&t->person);
	if (what == SAVING_SALE || what == SAVING_TOPUP)
		t->person = t->member;
	if (what == SAVING_TOPUP)
		show_text(t->person.phone, sizeof(t->person.phone), t->topup.phone);
}

static void shift_event(struct till *t, enum event_type type, const char *clerk)
{
	event_start(t, type, t->now->random);
	show_text(t->event.clerk, sizeof(t->event.clerk), clerk);
}

void record_start(struct till *t, enum saving what, struct effects *fx)
{
	assert(t->saving == SAVING_NONE);
	person_take(t, what);
	switch (what) {
	case SAVING_NONE:
	case SAVING_SIDE: assert(false); break;
	case SAVING_SALE: sale_event(t); break;
	case SAVING_TOPUP: topup_event(t); break;
	case SAVING_VOID: void_event(t); break;
	case SAVING_ENROLMENT: enrol_event(t); break;
	case SAVING_OPEN: shift_event(t, EVENT_SHIFT_OPEN, t->pin_clerk); break;
	case SAVING_CLERK_OUT: shift_event(t, EVENT_CLERK_OUT, t->shift.clerk); break;
	case SAVING_CLERK_IN: shift_event(t, EVENT_CLERK_IN, t->pin_clerk); break;
	case SAVING_CLOSE: shift_event(t, EVENT_SHIFT_CLOSE, t->shift.clerk); break;
	}
	t->saving = what;
	till_ask(fx, EFFECT_RECORD);
}

void record_side(struct till *t, enum event_type type, const char *clerk,
    const char *detail, struct effects *fx)
{
	if (t->saving != SAVING_NONE)
		return; /* one at a time; a reader's coming and going may be missed */
	person_wipe(&t->person);
	event_start(t, type, t->now->random);
	show_text(t->event.clerk, sizeof(t->event.clerk), clerk);
	show_text(t->event.detail, sizeof(t->event.detail), detail);
	t->saving = SAVING_SIDE;
	till_ask(fx, EFFECT_RECORD);
}

void record_saved(struct till *t, struct effects *fx)
{
	enum saving what = t->saving;
	t->saving = SAVING_NONE;
	t->retry = false;
	t->paint = true;
	shift_count(t, &t->event);
	if (what != SAVING_SIDE)
		memcpy(t->done_id, t->event.id, EVENT_ID_LEN);
	/* The journal cleared the intent with the event: put an open sale back. */
	t->intent_len = 0;
	t->intent_dirty = t->basket.count > 0 && !t->basket.recorded;
	switch (what) {
	case SAVING_NONE: break;
	case SAVING_SALE: sale_saved(t, fx); break;
	case SAVING_TOPUP: topup_saved(t, fx); break;
	case SAVING_VOID: void_saved(t, fx); break;
	case SAVING_ENROLMENT: enrol_saved(t, fx); break;
	case SAVING_OPEN:
	case SAVING_CLERK_OUT:
	case SAVING_CLERK_IN:
	case SAVING_CLOSE: shift_saved(t, what, fx); break;
	case SAVING_SIDE: points_again(t); break;
	}
	person_wipe(&t->person);
}

/* What was refused stays open, with its id, and Enter tries again. */
static void record_refused(struct till *t, enum err error, struct effects *fx)
{
	enum saving what = t->saving;
	enum word word = W_NOT_SAVED;
	t->saving = SAVING_NONE;
	t->paint = true;
	person_wipe(&t->person);
	if (what == SAVING_SIDE) {
		points_again(t);
		return; /* said already what was to be said */
	}
	if (what == SAVING_SALE)
		word = error == ERR_LIMIT ? W_SALE_TOO_LARGE : W_SALE_NOT_SAVED;
	else if (what == SAVING_TOPUP)
		word = W_TOPUP_NOT_SAVED;
	if (error == ERR_FULL)
		word = W_DISK_FULL;
	t->retry = true;
	field_clear(t);
	till_say(t, fx, TONE_ALERT, word);
}

void record_failed(struct till *t, enum err error, struct effects *fx)
{
	if (error == ERR_EXISTS) { /* an earlier try had reached the disk */
		record_saved(t, fx);
	} else if (error == ERR_UNKNOWN) {
		t->finding = FINDING_OUTCOME;
		memcpy(till_ask(fx, EFFECT_FIND_EVENT)->id, t->event.id, EVENT_ID_LEN);
	} else {
		record_refused(t, error, fx);
	}
}

/* The disk failed at the commit itself: the journal, read again, knows. */
void record_outcome(struct till *t, const struct input *input, struct effects *fx)
{
	if (input->u.found.error == ERR_NONE)
		record_saved(t, fx);
	else
		record_refused(t, ERR_IO, fx);
}

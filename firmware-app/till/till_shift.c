/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

/* --- the clerks of this store --------------------------------------------------- */

static bool clerk_is_ours(const struct till *t, const struct clerk *clerk)
{
	return clerk->store[0] == '\0' || strcmp(clerk->store, t->config.store) == 0;
}

size_t store_clerk_count(const struct till *t)
{
	size_t count = 0;
	if (t->config.programme == NULL)
		return 0;
	for (size_t i = 0; i < t->config.programme->clerk_count; i++)
		if (clerk_is_ours(t, &t->config.programme->clerk[i]))
			count++;
	return count;
}

const struct clerk *store_clerk(const struct till *t, size_t at)
{
	if (t->config.programme == NULL)
		return NULL;
	for (size_t i = 0; i < t->config.programme->clerk_count; i++) {
		const struct clerk *clerk = &t->config.programme->clerk[i];
		if (clerk_is_ours(t, clerk) && at-- == 0)
			return clerk;
	}
	return NULL;
}

const char *clerk_name(const struct till *t, const char *id)
{
	const struct clerk *clerk = NULL;
	if (t->config.programme != NULL)
		clerk = programme_clerk(t->config.programme, id, t->config.store);
	return clerk != NULL ? clerk->name : id;
}

const char *clerk_now(const struct till *t)
{
	return t->signed_in ? t->shift.clerk : "";
}

static void clerk_choose(struct till *t, const char *id)
{
	const struct clerk *clerk = NULL;
	for (size_t i = 0; (clerk = store_clerk(t, i)) != NULL; i++)
		if (strcmp(clerk->id, id) == 0)
			t->clerk_chosen = i;
}

/* --- wrong PINs ------------------------------------------------------------------ */

static struct tries *tries_of(struct till *t, const char *clerk)
{
	for (size_t i = 0; i < PIN_TRIED_MAX; i++)
		if (strcmp(t->tried[i].clerk, clerk) == 0)
			return &t->tried[i];
	struct tries *tries = &t->tried[t->tried_next];
	t->tried_next = (t->tried_next + 1) % PIN_TRIED_MAX;
	*tries = (struct tries){0};
	show_text(tries->clerk, sizeof(tries->clerk), clerk);
	return tries;
}

static bool clerk_is_locked(struct till *t, struct tries *tries)
{
	if (tries->locked && t->now->mono_ms - tries->locked_mono_ms >= PIN_LOCK_MS) {
		tries->locked = false;
		tries->wrong = 0;
	}
	return tries->locked;
}

static void pin_wrong(struct till *t, struct effects *fx)
{
	struct tries *tries = tries_of(t, t->pin_clerk);
	tries->wrong++;
	if (tries->wrong < PIN_TRIES_MAX) {
		char left[VIEW_TEXT_MAX];
		show_number(left, sizeof(left), PIN_TRIES_MAX - (int64_t)tries->wrong);
		till_say_of(t, fx, TONE_ALERT, W_CLERK_WRONG_LEFT, left);
		return;
	}
	tries->locked = true;
	tries->locked_mono_ms = t->now->mono_ms;
	till_say(t, fx, TONE_ALERT, W_CLERK_LOCKED);
	record_side(t, EVENT_CLERK_LOCKED, t->pin_clerk, "pin", fx);
}

static void pin_right(struct till *t, struct effects *fx)
{
	const struct clerk *clerk =
	    programme_clerk(t->config.programme, t->pin_clerk, t->config.store);
	bool supervisor = clerk != NULL && clerk->role == ROLE_SUPERVISOR;
	if (supervisor)
		memset(t->tried, 0, sizeof(t->tried));
	*tries_of(t, t->pin_clerk) = (struct tries){0};
	if (t->state == STATE_SWITCH && strcmp(t->pin_clerk, t->shift.clerk) == 0)
		to_idle(t, fx);
	else if (t->state == STATE_SWITCH)
		record_start(t, SAVING_CLERK_OUT, fx);
	else
		record_start(t, t->shift.open ? SAVING_CLERK_IN : SAVING_OPEN, fx);
}

void pin_answer(struct till *t, const struct input *input, struct effects *fx)
{
	if (!t->pin_waits || input->u.pin.ticket != t->pin_ticket)
		return;
	t->pin_waits = false;
	explicit_bzero(t->pin, sizeof(t->pin));
	t->read = (struct sentence){0};
	t->paint = true;
	if (input->u.pin.error != ERR_NONE)
		till_say(t, fx, TONE_ALERT, W_CLERK_NOT_CHECKED);
	else if (input->u.pin.right)
		pin_right(t, fx);
	else
		pin_wrong(t, fx);
}

/* --- the screen of a closed till, and of changing clerks --------------------------- */

static void code_enter(struct till *t, struct effects *fx)
{
	char id[CLERK_LEN_MAX + 1];
	memcpy(id, t->typed, sizeof(id));
	id[CLERK_LEN_MAX] = '\0';
	t->clerk_typing = false;
	field_clear(t);
	clerk_choose(t, id);
	const struct clerk *clerk = store_clerk(t, t->clerk_chosen);
	if (clerk == NULL || strcmp(clerk->id, id) != 0)
		till_say(t, fx, TONE_ALERT, W_CLERK_UNKNOWN);
}

void closed_enter(struct till *t, struct effects *fx)
{
	const struct clerk *clerk = store_clerk(t, t->clerk_chosen);
	if (t->clerk_typing) {
		code_enter(t, fx);
		return;
	}
	if (clerk == NULL || t->typed_len == 0)
		return;
	if (clerk_is_locked(t, tries_of(t, clerk->id))) {
		field_clear(t);
		till_say(t, fx, TONE_ALERT, W_CLERK_LOCKED);
		return;
	}
	if (t->typed_len < PIN_LEN_MIN) { /* no PIN is that short: not a try */
		field_clear(t);
		till_say(t, fx, TONE_ALERT, W_CLERK_WRONG);
		return;
	}
	memcpy(t->pin, t->typed, t->typed_len + 1);
	show_text(t->pin_clerk, sizeof(t->pin_clerk), clerk->id);
	field_clear(t);
	t->pin_waits = true;
	t->pin_ticket = ++t->ticket_last;
	till_ask(fx, EFFECT_CHECK_PIN)->ticket = t->pin_ticket;
	till_say(t, fx, TONE_PLAIN, W_CLERK_PIN_CHECKING);
}

void closed_up(struct till *t, struct effects *fx)
{
	(void)fx;
	field_clear(t); /* a PIN belongs to one clerk */
	if (t->clerk_chosen > 0)
		t->clerk_chosen--;
}

void closed_down(struct till *t, struct effects *fx)
{
	(void)fx;
	field_clear(t);
	if (t->clerk_chosen + 1 < store_clerk_count(t))
		t->clerk_chosen++;
}

void closed_code(struct till *t, struct effects *fx)
{
	(void)fx;
	field_clear(t);
	t->clerk_typing = !t->clerk_typing;
}

/* A letter cannot begin a PIN: it is a clerk's code. */
void closed_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	(void)fx;
	if (t->clerk_typing || t->typed_len > 0 || ch <= ' ' || ch > '~' ||
	    (ch >= '0' && ch <= '9'))
		return;
	t->clerk_typing = true;
	t->typed[0] = (char)ch;
	t->typed_len = 1;
}

void closed_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	(void)heard;
	till_say(t, fx, TONE_WARN, W_CASH_OPEN_FIRST);
}

void to_idle(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, STATE_IDLE);
}

void help_back(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, t->help_under);
}

void quit_ask(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, STATE_QUIT);
}

void quit_back(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, till_is_set_up(t) ? STATE_CLOSED : STATE_SETUP);
}

void quit_enter(struct till *t, struct effects *fx)
{
	(void)t;
	till_ask(fx, EFFECT_QUIT);
}

void summary_enter(struct till *t, struct effects *fx)
{
	record_start(t, SAVING_CLOSE, fx);
}

/* --- the shift ------------------------------------------------------------------- */

void shift_count(struct till *t, const struct event *event)
{
	t->shift.count[event->type]++;
	t->shift.amount_cents[event->type] += event->amount_cents;
	if (event->member != MEMBER_NONE && event->type != EVENT_ENROLMENT)
		t->shift.with_member++;
}

static void shift_begin(struct till *t)
{
	t->shift = (struct till_shift){.open = true,
	    .opened_ms = t->event.wall_ms,
	    .opened_offset_min = t->event.utc_offset_min};
	show_text(t->shift.clerk, sizeof(t->shift.clerk), t->pin_clerk);
}

/* Somebody is there: an open sale from before a crash comes back first. */
static void shift_go_on(struct till *t, enum word word, struct effects *fx)
{
	t->signed_in = true;
	if (t->basket.count > 0) {
		enter(t, STATE_SALE);
		basket_changed(t);
		till_say(t, fx, TONE_WARN, W_SALE_RESTORED);
	} else {
		till_fresh(t);
		till_say_of(t, fx, TONE_GOOD, word, clerk_name(t, t->shift.clerk));
	}
}

static void shift_end(struct till *t, struct effects *fx)
{
	char n[VIEW_TEXT_MAX];
	uint64_t waiting = t->status.shown.waiting;
	t->signed_in = false;
	t->shift.open = false;
	till_fresh(t);
	till_ask(fx, EFFECT_CUT);
	show_number(n, sizeof(n), (int64_t)waiting);
	till_say_of(t, fx, TONE_GOOD, waiting > 0 ? W_CASH_PENDING : W_CASH_CLOSED, n);
}

void shift_saved(struct till *t, enum saving what, struct effects *fx)
{
	if (what == SAVING_OPEN) {
		shift_begin(t);
		shift_go_on(t, W_CLERK_WELCOME, fx);
	} else if (what == SAVING_CLERK_IN) {
		show_text(t->shift.clerk, sizeof(t->shift.clerk), t->pin_clerk);
		shift_go_on(t, W_CLERK_CHANGED, fx);
	} else if (what == SAVING_CLERK_OUT) {
		record_start(t, SAVING_CLERK_IN, fx);
	} else {
		shift_end(t, fx);
	}
}

void till_shift_restore(struct till *till, const struct till_shift *shift)
{
	if (till->signed_in)
		return; /* too late: somebody is at work */
	till->shift = *shift;
	till->paint = true;
	clerk_choose(till, shift->clerk);
	for (size_t i = 0; i < shift->lock_count; i++) {
		struct tries *tries = tries_of(till, shift->lock[i].clerk);
		tries->locked = true;
		tries->locked_mono_ms = shift->lock[i].mono_ms;
	}
}

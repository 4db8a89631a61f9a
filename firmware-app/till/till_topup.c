/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/phone.h"

/*
 * A top-up that the operator's own device has confirmed: operator, value, and
 * the number: the identified member's own with one Enter, or eleven digits and
 * their last four again: 4 keys, or 19.
 */

const struct operator_entry *topup_operator(const struct till *t)
{
	if (t->config.programme == NULL || t->topup.operator_id[0] == '\0')
		return NULL;
	return programme_operator(t->config.programme, t->topup.operator_id);
}

void topup_start(struct till *t, struct effects *fx)
{
	if (t->config.programme->operator_count == 0) {
		till_say(t, fx, TONE_WARN, W_TOPUP_NONE);
		return;
	}
	t->topup = (struct topup){0};
	t->retry = false;
	memcpy(t->topup.id, t->now->random, EVENT_ID_LEN);
	enter(t, STATE_TOPUP_OPERATOR);
}

void topup_back(struct till *t, struct effects *fx)
{
	explicit_bzero(&t->topup, sizeof(t->topup));
	t->retry = false;
	points_again(t);
	enter(t, STATE_IDLE);
	till_say(t, fx, TONE_PLAIN, W_TOPUP_CANCELLED);
}

static void operator_choose(struct till *t, size_t at, struct effects *fx)
{
	const struct programme *programme = t->config.programme;
	if (at >= programme->operator_count) {
		till_say(t, fx, TONE_WARN, W_ERR_CHOICE);
		return;
	}
	const struct operator_entry *entry = &programme->operator_entry[at];
	struct topup *topup = &t->topup;
	show_text(topup->operator_id, sizeof(topup->operator_id), entry->id);
	show_text(topup->operator_name, sizeof(topup->operator_name), entry->name);
	enter(t, STATE_TOPUP_VALUE);
}

/* The own number is offered to whoever was identified: a phone names itself, of
 * a card or CPF the central holds the number. */
static void own_take(struct till *t)
{
	t->topup.own = true;
	t->topup.phone[0] = '\0';
	if (t->member.kind == MEMBER_PHONE)
		show_text(t->topup.phone, sizeof(t->topup.phone), t->member.member);
	enter(t, STATE_TOPUP_CONFIRM);
}

static void value_choose(struct till *t, size_t at, struct effects *fx)
{
	const struct operator_entry *entry = topup_operator(t);
	if (entry == NULL || at >= entry->value_count) {
		till_say(t, fx, TONE_WARN, W_ERR_CHOICE);
		return;
	}
	t->topup.cents = entry->value[at].cents;
	t->topup.validity_days = entry->value[at].validity_days;
	if (member_known(t))
		own_take(t);
	else
		enter(t, STATE_TOPUP_NUMBER);
	points_again(t);
}

void topup_operator_enter(struct till *t, struct effects *fx)
{
	operator_choose(t, t->list_chosen, fx);
}

void topup_operator_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	if (ch >= '1' && ch <= '9')
		operator_choose(t, ch - '1', fx);
}

void topup_value_enter(struct till *t, struct effects *fx)
{
	value_choose(t, t->list_chosen, fx);
}

void topup_value_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	if (ch >= '1' && ch <= '9')
		value_choose(t, ch - '1', fx);
}

static enum word number_fault(enum verdict verdict)
{
	switch ((int)verdict) {
	case BAD_DDD: return W_TOPUP_NODDD;
	case BAD_NINTH: return W_TOPUP_NINTH;
	case BAD_LANDLINE: return W_TOPUP_FIXED;
	default: return W_ERR_PHONE;
	}
}

static void number_check(struct till *t, struct effects *fx)
{
	char phone[MOBILE_LEN + 1] = "";
	enum verdict verdict = mobile_parse(bytes_of(t->typed, t->typed_len), phone);
	if (verdict != VERDICT_OK) {
		enter(t, STATE_TOPUP_NUMBER); /* typed again from the start */
		till_say(t, fx, TONE_ALERT, number_fault(verdict));
		return;
	}
	show_text(t->topup.phone, sizeof(t->topup.phone), phone);
	t->topup.own = false;
	enter(t, STATE_TOPUP_AGAIN);
}

void topup_number_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	(void)ch;
	if (t->typed_len == MOBILE_DIGITS)
		number_check(t, fx);
}

void topup_number_enter(struct till *t, struct effects *fx)
{
	if (t->typed_len > 0)
		number_check(t, fx);
	else if (member_known(t))
		own_take(t);
	else
		till_say(t, fx, TONE_WARN, W_ERR_REQUIRED);
}

void topup_again_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	(void)ch;
	if (t->typed_len < AGAIN_DIGITS)
		return;
	const char *last = t->topup.phone + strlen(t->topup.phone) - AGAIN_DIGITS;
	bool same = memcmp(t->typed, last, AGAIN_DIGITS) == 0;
	if (!same)
		explicit_bzero(t->topup.phone, sizeof(t->topup.phone));
	enter(t, same ? STATE_TOPUP_CONFIRM : STATE_TOPUP_NUMBER);
	if (!same)
		till_say(t, fx, TONE_ALERT, W_TOPUP_MISMATCH);
}

/* Digits at the confirmation are another number than the member's own. */
void topup_confirm_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	(void)fx;
	if (!t->topup.own || ch < '0' || ch > '9')
		return;
	t->topup.own = false;
	explicit_bzero(t->topup.phone, sizeof(t->topup.phone));
	enter(t, STATE_TOPUP_NUMBER);
	t->typed[0] = (char)ch;
	t->typed_len = 1;
}

void topup_enter(struct till *t, struct effects *fx)
{
	record_start(t, SAVING_TOPUP, fx);
}

/* A member read in the middle of it: the own number follows the member. */
void topup_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	enum till_state state = t->state;
	not_now_heard(t, heard, fx);
	if (t->state != state || !member_known(t))
		return;
	if (t->topup.own)
		own_take(t);
	points_again(t);
}

void topup_event(struct till *t)
{
	event_start(t, EVENT_TOPUP, t->topup.id);
	struct event *event = &t->event;
	event->member = t->member.kind;
	event->segment = t->seen.segment;
	event->amount_cents = t->topup.cents;
	show_text(
	    event->operator_name, sizeof(event->operator_name), t->topup.operator_id);
	if (t->topup.own)
		show_text(event->detail, sizeof(event->detail), "own");
	event_points(t);
}

void topup_saved(struct till *t, struct effects *fx)
{
	enter(t, STATE_DONE);
	till_say(t, fx, TONE_GOOD, W_TOPUP_DONE);
}

/* --- lists -------------------------------------------------------------------- */

size_t list_count(const struct till *t)
{
	const struct operator_entry *entry = topup_operator(t);
	const struct programme *programme = t->config.programme;
	if (t->state == STATE_TOPUP_OPERATOR)
		return programme == NULL ? 0 : programme->operator_count;
	if (t->state == STATE_TOPUP_VALUE)
		return entry == NULL ? 0 : entry->value_count;
	if (t->state == STATE_WHICH)
		return 2;
	return t->state == STATE_LAST ? t->last_count : 0;
}

void list_up(struct till *t, struct effects *fx)
{
	(void)fx;
	if (t->list_chosen > 0)
		t->list_chosen--;
}

void list_down(struct till *t, struct effects *fx)
{
	(void)fx;
	if (t->list_chosen + 1 < list_count(t))
		t->list_chosen++;
}

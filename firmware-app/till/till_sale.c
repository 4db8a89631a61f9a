/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

/* --- what a read does while selling --------------------------------------- */

static void unknown_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	const char *value = heard->meaning.value;
	size_t len = strlen(value);
	bool card = heard->source == SCAN_STRIPE || heard->source == SCAN_CONTACTLESS;
	bool typed_person = heard->source == SCAN_KEYPAD && len == MOBILE_DIGITS;
	bool like_product = len == 8 || (len >= 12 && len <= 14);
	for (size_t i = 0; i < len; i++)
		if (value[i] < '0' || value[i] > '9')
			typed_person = like_product = false;
	if (basket_own_code(t, value, fx))
		return;
	till_say(t, fx, TONE_ALERT,
	    card           ? W_CARD_FOREIGN
	    : typed_person ? (value[2] == '9' ? W_ERR_PHONE : W_ERR_CPF)
	    : like_product ? W_SALE_BADCODE
			   : W_CODE_UNKNOWN);
}

void sale_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	if (heard->receipt && t->basket.count > 0) {
		till_say(t, fx, TONE_ALERT, W_SALE_OPEN_FIRST);
		return;
	}
	if (heard->receipt) {
		void_find(t, heard->id, fx);
		return;
	}
	switch (heard->meaning.kind) {
	case MEANING_MEMBER:
	case MEANING_CPF:
	case MEANING_PHONE:
	case MEANING_ASK: (void)member_heard(t, heard, fx); break;
	case MEANING_PRODUCT:
	case MEANING_IN_STORE: basket_heard(t, &heard->meaning, fx); break;
	case MEANING_COUPON: till_say(t, fx, TONE_WARN, W_CODE_COUPON); break;
	case MEANING_FISCAL: till_say(t, fx, TONE_WARN, W_CODE_FISCAL); break;
	case MEANING_UNKNOWN: unknown_heard(t, heard, fx); break;
	case MEANING_NONE:
	case MEANING_REFUSE:
	case MEANING_KIND_COUNT_: break; /* till.c has dealt with them */
	}
}

/* In the middle of a step a customer may still be read; all else waits. */
void not_now_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	if (heard->receipt || !member_heard(t, heard, fx))
		till_say(t, fx, TONE_WARN, W_CODE_NOT_NOW);
}

void busy_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	(void)heard;
	till_say(t, fx, TONE_WARN, W_CODE_NOT_NOW);
}

/* --- keys ------------------------------------------------------------------ */

void idle_finish(struct till *t, struct effects *fx)
{
	till_say(t, fx, TONE_WARN, W_SALE_NO_ITEM);
}

void idle_escape(struct till *t, struct effects *fx)
{
	t->times_milli = 0;
	member_remove(t, fx);
}

void idle_switch(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, STATE_SWITCH);
}

void idle_summary(struct till *t, struct effects *fx)
{
	(void)fx;
	t->retry = false;
	enter(t, STATE_SUMMARY);
}

void sale_confirm(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, STATE_CONFIRM);
}

void sale_up(struct till *t, struct effects *fx)
{
	(void)fx;
	if (t->basket.chosen > 0)
		t->basket.chosen--;
}

void sale_down(struct till *t, struct effects *fx)
{
	(void)fx;
	if (t->basket.chosen + 1 < t->basket.count)
		t->basket.chosen++;
}

/* What a label said is the label's: it is deleted or left, never changed. */
void sale_quantity(struct till *t, struct effects *fx)
{
	if (t->basket.line[t->basket.chosen].labelled)
		till_say(t, fx, TONE_WARN, W_ERR_QTY);
	else
		enter(t, STATE_QUANTITY);
}

void sale_escape(struct till *t, struct effects *fx)
{
	(void)fx;
	if (t->times_milli != 0)
		t->times_milli = 0;
	else
		enter(t, STATE_CANCEL);
}

void sale_first(struct till *t, struct effects *fx)
{
	till_say(t, fx, TONE_WARN, W_SALE_OPEN_FIRST);
}

void asked_drop(struct till *t, struct effects *fx)
{
	(void)fx;
	t->asked.product[0] = '\0';
	enter(t, t->basket.count > 0 ? STATE_SALE : STATE_IDLE);
}

void price_enter(struct till *t, struct effects *fx)
{
	int64_t cents = typed_cents(t);
	if (cents <= 0 || cents > LINE_CENTS_MAX) {
		till_say(t, fx, TONE_ALERT, W_ERR_VALUE);
		return;
	}
	t->asked.price_cents = cents;
	basket_put_asked(t, fx);
}

/* Pieces, or grams of what is sold by weight. */
void quantity_enter(struct till *t, struct effects *fx)
{
	bool pending = t->asked.product[0] != '\0';
	const struct basket_line *line =
	    pending ? &t->asked : &t->basket.line[t->basket.chosen];
	int64_t milli = typed_cents(t) * (line->by_weight ? 1 : 1000);
	if (milli <= 0 || milli > LINE_MILLI_MAX) {
		till_say(t, fx, TONE_ALERT, W_ERR_QTY);
	} else if (pending) {
		t->asked.quantity_milli = (uint32_t)milli;
		basket_put_asked(t, fx);
	} else {
		basket_set_quantity(t, (uint32_t)milli, fx);
	}
}

void confirm_enter(struct till *t, struct effects *fx)
{
	record_start(t, SAVING_SALE, fx);
}

void sale_back(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, STATE_SALE);
}

void cancel_enter(struct till *t, struct effects *fx)
{
	till_fresh(t);
	basket_changed(t);
	till_say(t, fx, TONE_WARN, W_SALE_CANCELLED);
}

/* --- the event --------------------------------------------------------------- */

void sale_event(struct till *t)
{
	event_start(t, EVENT_SALE, t->basket.id);
	struct event *event = &t->event;
	event->member = t->member.kind;
	event->segment = t->seen.segment;
	event->amount_cents = basket_total(&t->basket);
	event->line_count = t->basket.count;
	for (size_t i = 0; i < t->basket.count; i++) {
		const struct basket_line *from = &t->basket.line[i];
		struct event_line *line = &event->line[i];
		show_text(line->product, sizeof(line->product), from->product);
		line->quantity_milli = from->quantity_milli;
		line->amount_cents = from->amount_cents;
	}
	event_points(t);
}

void sale_saved(struct till *t, struct effects *fx)
{
	t->basket.recorded = true;
	t->basket.restored = false;
	t->intent_dirty = false; /* the journal cleared it with the sale */
	enter(t, STATE_DONE);
	till_say(t, fx, TONE_GOOD, W_SALE_SAVED);
}

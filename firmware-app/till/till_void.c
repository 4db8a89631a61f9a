/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

/*
 * Taking back: a recorded sale or top-up is found by its receipt code or in the
 * list of the last ones, shown, and reversed by a new event. A top-up cannot be
 * taken back here: its void is a request, and its points wait for the central.
 */

void last_start(struct till *t, struct effects *fx)
{
	t->last_count = 0;
	enter(t, STATE_LAST);
	till_ask(fx, EFFECT_LIST_LAST);
}

void last_answer(struct till *t, const struct input *input, struct effects *fx)
{
	if (t->state != STATE_LAST)
		return;
	t->last_count = input->u.last.count;
	assert(t->last_count <= LAST_SALES_MAX);
	memcpy(t->last, input->u.last.sale, t->last_count * sizeof(t->last[0]));
	t->paint = true;
	if (t->last_count > 0)
		return;
	enter(t, STATE_IDLE);
	till_say(t, fx, TONE_PLAIN, W_LAST_NONE);
}

static void last_choose(struct till *t, size_t at, struct effects *fx)
{
	if (at < t->last_count)
		void_find(t, t->last[at].id, fx);
	else
		till_say(t, fx, TONE_WARN, W_ERR_CHOICE);
}

void last_enter(struct till *t, struct effects *fx)
{
	last_choose(t, t->list_chosen, fx);
}

void last_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	if (ch >= '1' && ch <= '9')
		last_choose(t, ch - '1', fx);
}

void last_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	if (heard->receipt)
		void_find(t, heard->id, fx);
	else
		till_say(t, fx, TONE_WARN, W_CODE_NOT_NOW);
}

void void_find(struct till *t, const uint8_t id[EVENT_ID_LEN], struct effects *fx)
{
	t->finding = FINDING_VOID;
	memcpy(till_ask(fx, EFFECT_FIND_EVENT)->id, id, EVENT_ID_LEN);
}

static enum word void_refusal(const struct input *input)
{
	const struct event *event = input->u.found.event;
	if (input->u.found.error != ERR_NONE)
		return W_VOID_NOTFOUND;
	if (event->type != EVENT_SALE && event->type != EVENT_TOPUP)
		return W_VOID_NOT_THIS;
	if (input->u.found.voided)
		return W_VOID_AGAIN;
	return input->u.found.kept->amount_cents > 0 ? W_NONE : W_VOID_NOTHING_LEFT;
}

/* What the sale earned less what its returns took back; the sale's own claim
 * was made by the programme version of the sale. */
static void void_points(struct target *target, const struct input *input)
{
	for (size_t i = 0; i < EARNER_COUNT; i++)
		if (target->type == EVENT_SALE)
			target->points[i] =
			    -input->u.found.event->points[i] - input->u.found.taken[i];
}

void void_found(struct till *t, const struct input *input, struct effects *fx)
{
	enum word refusal = void_refusal(input);
	t->paint = true;
	if (refusal != W_NONE) {
		till_say(t, fx, TONE_WARN, refusal);
		return;
	}
	const struct event *event = input->u.found.event;
	const struct event *kept = input->u.found.kept;
	struct target *target = &t->target;
	*target = (struct target){
	    .type = event->type,
	    .wall_ms = event->wall_ms,
	    .utc_offset_min = event->utc_offset_min,
	    .amount_cents = kept->amount_cents,
	    .line_count = kept->line_count,
	};
	memcpy(target->own_id, input->random, EVENT_ID_LEN);
	memcpy(target->id, event->id, EVENT_ID_LEN);
	memcpy(target->line, kept->line, sizeof(target->line));
	show_text(target->clerk, sizeof(target->clerk), event->clerk);
	show_text(target->operator_id, sizeof(target->operator_id), event->operator_name);
	void_points(target, input);
	t->retry = false;
	enter(t, STATE_VOID);
}

void void_enter(struct till *t, struct effects *fx)
{
	enter(t, STATE_VOID_CONFIRM);
	if (t->target.type == EVENT_TOPUP)
		till_say(t, fx, TONE_WARN, W_VOID_REQUEST);
}

void void_back(struct till *t, struct effects *fx)
{
	(void)fx;
	explicit_bzero(&t->target, sizeof(t->target));
	enter(t, STATE_IDLE);
}

void void_confirm_enter(struct till *t, struct effects *fx)
{
	record_start(t, SAVING_VOID, fx);
}

void void_event(struct till *t)
{
	event_start(t, EVENT_VOID, t->target.own_id);
	struct event *event = &t->event;
	event->amount_cents = -t->target.amount_cents;
	show_text(event->reference.terminal, sizeof(event->reference.terminal),
	    t->config.terminal);
	memcpy(event->reference.id, t->target.id, EVENT_ID_LEN);
	show_text(
	    event->operator_name, sizeof(event->operator_name), t->target.operator_id);
	memcpy(event->points, t->target.points, sizeof(event->points));
}

void void_saved(struct till *t, struct effects *fx)
{
	bool request = t->target.type == EVENT_TOPUP;
	enter(t, STATE_DONE);
	till_say(t, fx, TONE_GOOD, request ? W_VOID_REQUESTED : W_VOID_DONE);
}

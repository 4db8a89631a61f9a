/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/phone.h"

/* Says what is to be seen; ui/paint.c draws it. Built anew at each change. */

static struct view_item *item_add(struct view *view)
{
	assert(view->item_count < VIEW_ITEMS_MAX);
	struct view_item *item = &view->item[view->item_count++];
	memset(item, 0, sizeof(*item));
	return item;
}

static struct sentence sentence_of(enum word word, const char *a, const char *b)
{
	struct sentence sentence = {.word = word};
	show_text(sentence.arg[0], sizeof(sentence.arg[0]), a);
	show_text(sentence.arg[1], sizeof(sentence.arg[1]), b);
	return sentence;
}

/* --- items -------------------------------------------------------------------- */

static void item_amount(struct view_item *item, int64_t cents)
{
	item->amount_cents = cents;
	item->has_amount = true;
}

/* The newest lines, or those around the chosen one when it is older. */
static void view_basket(struct till *t, struct view *view)
{
	const struct basket *basket = &t->basket;
	size_t first =
	    basket->count > VIEW_ITEMS_MAX ? basket->count - VIEW_ITEMS_MAX : 0;
	if (basket->chosen < first)
		first = basket->chosen;
	view->item_total = basket->count;
	for (size_t i = first; i < basket->count && i < first + VIEW_ITEMS_MAX; i++) {
		const struct basket_line *line = &basket->line[i];
		struct view_item *item = item_add(view);
		show_text(item->name, sizeof(item->name),
		    line->name[0] != '\0' ? line->name : line->product);
		if (line->name[0] == '\0')
			item->note_word = W_NOTE_NO_NAME;
		else
			show_text(item->note, sizeof(item->note), line->product);
		item->quantity_milli = line->quantity_milli;
		item->by_weight = line->by_weight;
		item_amount(item, line->amount_cents);
	}
	view->has_chosen = basket->count > 0 && t->state == STATE_SALE;
	view->chosen = basket->chosen - first;
	view->has_total = basket->count > 0;
	view->total_cents = basket_total(basket);
}

static void view_operators(struct till *t, struct view *view)
{
	const struct programme *programme = t->config.programme;
	for (size_t i = 0; i < programme->operator_count; i++)
		show_text(item_add(view)->name, NAME_LEN_MAX + 1,
		    programme->operator_entry[i].name);
}

static void view_days(struct view_item *item, uint16_t days)
{
	if (days == 0)
		return;
	item->note_word = W_NOTE_VALIDITY;
	show_number(item->note, sizeof(item->note), days);
}

static void view_values(struct till *t, struct view *view)
{
	const struct operator_entry *entry = topup_operator(t);
	for (size_t i = 0; entry != NULL && i < entry->value_count; i++) {
		struct view_item *item = item_add(view);
		show_text(item->name, sizeof(item->name), entry->name);
		view_days(item, entry->value[i].validity_days);
		item_amount(item, entry->value[i].cents);
	}
}

static void topup_number(const struct till *t, char *out, size_t cap)
{
	char text[MOBILE_TEXT_LEN + 1] = "";
	if (t->topup.phone[0] != '\0')
		mobile_format(t->topup.phone, text);
	show_text(out, cap, text);
}

static void view_topup(struct till *t, struct view *view)
{
	struct view_item *item = item_add(view);
	show_text(item->name, sizeof(item->name), t->topup.operator_name);
	view_days(item, t->topup.validity_days);
	item_amount(item, t->topup.cents);
	struct view_item *number = item_add(view);
	number->word = W_TOPUP_NUMBER;
	topup_number(t, number->note, sizeof(number->note));
	if (t->topup.own && t->topup.phone[0] == '\0')
		number->note_word = W_TOPUP_OWN;
	view->has_total = true;
	view->total_cents = t->topup.cents;
}

static enum word kind_word(enum event_type type)
{
	return type == EVENT_TOPUP ? W_TOPUP_SHORT : W_SALE_TITLE;
}

static void view_last(struct till *t, struct view *view)
{
	for (size_t i = 0; i < t->last_count; i++) {
		const struct last_sale *sale = &t->last[i];
		struct view_item *item = item_add(view);
		item->word = kind_word(sale->type);
		show_time(
		    item->note, sizeof(item->note), sale->wall_ms, sale->utc_offset_min);
		show_more(item->note, sizeof(item->note), "  ");
		show_more(item->note, sizeof(item->note), clerk_name(t, sale->clerk));
		if (sale->voided)
			item->note_word = W_NOTE_VOIDED;
		item_amount(item, sale->amount_cents);
	}
}

static void view_target(struct till *t, struct view *view)
{
	const struct target *target = &t->target;
	size_t shown =
	    target->line_count < VIEW_ITEMS_MAX ? target->line_count : VIEW_ITEMS_MAX;
	view->item_total = target->line_count;
	for (size_t i = 0; i < shown; i++) {
		struct product product;
		struct view_item *item = item_add(view);
		const char *code = target->line[i].product;
		bool known =
		    programme_product(t->config.programme, code, &product) == ERR_NONE;
		show_text(item->name, sizeof(item->name), known ? product.name : code);
		item->quantity_milli = target->line[i].quantity_milli;
		item_amount(item, target->line[i].amount_cents);
	}
	if (target->type == EVENT_TOPUP) {
		struct view_item *item = item_add(view);
		item->word = W_TOPUP_SHORT;
		show_text(item->note, sizeof(item->note), target->operator_id);
		item_amount(item, target->amount_cents);
	}
	view->has_total = true;
	view->total_cents = target->amount_cents;
	show_receipt(view->receipt, sizeof(view->receipt), target->id);
}

static void summary_row(struct till *t, enum word word, enum event_type type)
{
	struct view_item *item = item_add(&t->view);
	item->word = word;
	item->quantity_milli = t->shift.count[type] * 1000;
	if (t->shift.amount_cents[type] != 0)
		item_amount(item, t->shift.amount_cents[type]);
}

static void view_summary(struct till *t, struct view *view)
{
	struct view_item *since = item_add(view);
	since->word = W_CASH_SINCE;
	show_time(since->note, sizeof(since->note), t->shift.opened_ms,
	    t->shift.opened_offset_min);
	summary_row(t, W_CASH_SALES, EVENT_SALE);
	summary_row(t, W_CASH_TOPUPS, EVENT_TOPUP);
	summary_row(t, W_CASH_VOIDS, EVENT_VOID);
	summary_row(t, W_CASH_ENROLMENTS, EVENT_ENROLMENT);
	summary_row(t, W_CASH_CARDS, EVENT_CARD_REFUSED);
	struct view_item *members = item_add(view);
	members->word = W_CASH_MEMBERS;
	members->quantity_milli = t->shift.with_member * 1000;
	struct view_item *waiting = item_add(view);
	waiting->word = W_CASH_WAITING;
	show_number(
	    waiting->note, sizeof(waiting->note), (int64_t)t->status.shown.waiting);
	view->has_total = true;
	view->total_cents = t->shift.amount_cents[EVENT_SALE] +
			    t->shift.amount_cents[EVENT_TOPUP] +
			    t->shift.amount_cents[EVENT_VOID];
}

static void view_clerks(struct till *t, struct view *view)
{
	const struct clerk *clerk = NULL;
	size_t count = store_clerk_count(t);
	size_t first = t->clerk_chosen < VIEW_ITEMS_MAX ? 0 : t->clerk_chosen;
	view->item_total = count;
	for (size_t i = first; i < first + VIEW_ITEMS_MAX; i++) {
		if ((clerk = store_clerk(t, i)) == NULL)
			break;
		struct view_item *item = item_add(view);
		show_text(item->name, sizeof(item->name), clerk->name);
		show_text(item->note, sizeof(item->note), clerk->id);
	}
	view->has_chosen = count > 0;
	view->chosen = t->clerk_chosen - first;
}

static void view_which(struct view *view)
{
	item_add(view)->word = W_NAV_CPF;
	item_add(view)->word = W_NAV_PHONE;
}

/* A recorded void shows what it took back; a sale and a top-up what they are. */
static void view_done(struct till *t, struct view *view)
{
	if (t->target.type != EVENT_NONE)
		view_target(t, view);
	else if (t->topup.cents > 0)
		view_topup(t, view);
	else
		view_basket(t, view);
	show_receipt(view->receipt, sizeof(view->receipt), t->done_id);
}

static void view_try_codes(const struct till *t, struct view *view)
{
	for (size_t i = 0; i < t->config.try_count && i < VIEW_ITEMS_MAX; i++) {
		struct view_item *item = &view->item[view->item_count++];
		*item = (struct view_item){0};
		memcpy(item->name, t->config.try_code[i].code, sizeof(item->name));
		memcpy(item->note, t->config.try_code[i].what,
		    sizeof(t->config.try_code[i].what));
	}
	view->item_total = view->item_count;
}

static void view_items(struct till *t, struct view *view)
{
	switch (t->state) {
	case STATE_SETUP:
	case STATE_QUIT:
	case STATE_IDLE:
	case STATE_ENROL:
	case STATE_COUNT_: break;
	case STATE_HELP: view_try_codes(t, view); break;
	case STATE_CLOSED:
	case STATE_SWITCH: view_clerks(t, view); break;
	case STATE_SALE:
	case STATE_PRICE:
	case STATE_QUANTITY:
	case STATE_CONFIRM:
	case STATE_CANCEL: view_basket(t, view); break;
	case STATE_DONE: view_done(t, view); break;
	case STATE_TOPUP_OPERATOR: view_operators(t, view); break;
	case STATE_TOPUP_VALUE: view_values(t, view); break;
	case STATE_TOPUP_NUMBER:
	case STATE_TOPUP_AGAIN:
	case STATE_TOPUP_CONFIRM: view_topup(t, view); break;
	case STATE_LAST: view_last(t, view); break;
	case STATE_VOID:
	case STATE_VOID_CONFIRM: view_target(t, view); break;
	case STATE_WHICH: view_which(view); break;
	case STATE_SUMMARY: view_summary(t, view); break;
	}
	if (view->item_total < view->item_count)
		view->item_total = view->item_count;
	if (view->screen == VIEW_LIST) {
		view->has_chosen = view->item_count > 0;
		view->chosen = t->list_chosen;
	}
}

/* --- sentences ---------------------------------------------------------------- */

static struct sentence price_prompt(const struct till *t)
{
	const char *name = t->asked.name[0] != '\0' ? t->asked.name : t->asked.product;
	return sentence_of(W_SALE_PRICE_ASK, name, "");
}

static struct sentence quantity_prompt(const struct till *t)
{
	const struct basket_line *line =
	    t->asked.product[0] != '\0' ? &t->asked : &t->basket.line[t->basket.chosen];
	return sentence_of(line->by_weight ? W_SALE_WEIGHT_ASK : W_SALE_QTY_ASK,
	    line->name[0] != '\0' ? line->name : line->product, "");
}

static struct sentence topup_prompt(const struct till *t)
{
	char value[VIEW_TEXT_MAX];
	char number[VIEW_TEXT_MAX];
	show_cents(value, sizeof(value), t->topup.cents);
	topup_number(t, number, sizeof(number));
	if (t->topup.phone[0] == '\0')
		return sentence_of(W_TOPUP_CONFIRM_OWN, value, "");
	return sentence_of(W_TOPUP_CONFIRM, value, number);
}

static struct sentence void_prompt(const struct till *t)
{
	char value[VIEW_TEXT_MAX];
	char time[VIEW_TEXT_MAX];
	show_cents(value, sizeof(value), t->target.amount_cents);
	show_time(time, sizeof(time), t->target.wall_ms, t->target.utc_offset_min);
	return sentence_of(W_VOID_CONFIRM, value, time);
}

static struct sentence times_prompt(const struct till *t)
{
	char n[VIEW_TEXT_MAX];
	show_quantity(n, sizeof(n), t->times_milli);
	return sentence_of(W_SALE_TIMES, n, "");
}

static struct sentence closed_prompt(const struct till *t)
{
	const struct clerk *clerk = store_clerk(t, t->clerk_chosen);
	if (t->pin_waits)
		return sentence_of(W_CLERK_PIN_CHECKING, "", "");
	if (clerk == NULL)
		return sentence_of(W_SETUP_NO_CLERKS, "", "");
	if (t->clerk_typing)
		return sentence_of(W_CLERK_CODE_ASK, "", "");
	return sentence_of(W_CLERK_PIN_ASK, clerk->name, "");
}

static struct sentence setup_prompt(const struct till *t)
{
	return sentence_of(
	    t->status.enrolled ? W_SETUP_PROGRAMME_HOW : W_SETUP_ENROL_HOW, "", "");
}

static struct sentence confirm_prompt(const struct till *t)
{
	char value[VIEW_TEXT_MAX];
	show_cents(value, sizeof(value), basket_total(&t->basket));
	return sentence_of(W_SALE_CONFIRM, value, "");
}

/* The prompts that name something; the others stand in the desk. */
static struct sentence view_prompt(const struct till *t)
{
	bool selling = t->state == STATE_IDLE || t->state == STATE_SALE;
	if (t->retry && t->state == STATE_CONFIRM)
		return sentence_of(W_SALE_RETRY_PROMPT, "", "");
	if (selling && t->times_milli != 0)
		return times_prompt(t);
	if (t->state == STATE_SALE && t->basket.had_member && !member_known(t))
		return sentence_of(W_MEMBER_AGAIN, "", "");
	switch ((int)t->state) {
	case STATE_SETUP: return setup_prompt(t);
	case STATE_CLOSED:
	case STATE_SWITCH: return closed_prompt(t);
	case STATE_PRICE: return price_prompt(t);
	case STATE_QUANTITY: return quantity_prompt(t);
	case STATE_CONFIRM: return confirm_prompt(t);
	case STATE_TOPUP_VALUE:
		return sentence_of(W_TOPUP_VALUE_ASK, t->topup.operator_name, "");
	case STATE_TOPUP_CONFIRM: return topup_prompt(t);
	case STATE_VOID: return sentence_of(W_VOID_LOOK, "", "");
	case STATE_VOID_CONFIRM: return void_prompt(t);
	case STATE_SUMMARY:
		return sentence_of(
		    W_CASH_CLOSE_CONFIRM, clerk_name(t, t->shift.clerk), "");
	default: return sentence_of(desk_of(t->state)->prompt, "", "");
	}
}

static void view_hints(struct till *t, struct view *view)
{
	const struct desk *desk = desk_of(t->state);
	view->hint_count = 0;
	for (size_t i = 0; i < DESK_KEYS_MAX; i++) {
		const struct desk_key *key = &desk->key[i];
		bool of_member = key->act == member_remove && !member_known(t);
		if (key->hint != W_NONE && !of_member &&
		    view->hint_count < VIEW_HINTS_MAX)
			view->hint[view->hint_count++] =
			    (struct view_hint){key->hint_key, key->hint};
	}
	if (t->state != STATE_HELP && view->hint_count < VIEW_HINTS_MAX)
		view->hint[view->hint_count++] = (struct view_hint){W_KEY_F1, W_NAV_HELP};
}

/* --- points -------------------------------------------------------------------- */

static void view_points(struct till *t, struct view *view)
{
	static const enum word earners[EARNER_COUNT] = {
	    W_EARNER_MEMBER, W_EARNER_CLERK, W_EARNER_STORE};

	const int64_t *total =
	    t->target.type != EVENT_NONE ? t->target.points : t->points.total;
	view->has_points = view->has_total && t->state != STATE_SUMMARY;
	memcpy(view->points, total, sizeof(view->points));
	view->why_count = 0;
	if (t->target.type != EVENT_NONE || !view->has_points)
		return;
	for (size_t i = 0; i < t->points.why_count && i < VIEW_WHY_MAX; i++) {
		const struct why *why = &t->points.why[i];
		struct view_why *line = &view->why[view->why_count++];
		bool named = why->rule->name[0] != '\0';
		show_text(line->rule, sizeof(line->rule),
		    named ? why->rule->name : why->rule->id);
		line->earner = earners[why->rule->earner];
		line->base_cents = why->base_cents;
		line->points = why->points;
	}
}

static enum word view_title(const struct till *t)
{
	if (desk_of(t->state)->screen == VIEW_SALE && t->basket.restored)
		return W_SALE_UNSAVED_TITLE;
	return desk_of(t->state)->title;
}

static bool supervisor_is_here(const struct till *t)
{
	const struct clerk *clerk = NULL;
	if (t->signed_in && t->config.programme != NULL)
		clerk =
		    programme_clerk(t->config.programme, t->shift.clerk, t->config.store);
	return clerk != NULL && clerk->role == ROLE_SUPERVISOR;
}

/* What was said last; before the till can sell, what it lacks. */
static void view_read(const struct till *t, struct view *view)
{
	view->read = t->read;
	view->read_tone = t->read_tone;
	if (t->state != STATE_SETUP || t->read.word != W_NONE)
		return;
	view->read.word =
	    t->status.enrolled ? W_SETUP_NO_PROGRAMME : W_SETUP_NOT_ENROLLED;
	view->read_tone = TONE_WARN;
}

static void view_status(struct till *t, struct view *view)
{
	view->status = t->status.shown;
	show_text(view->status.clerk, sizeof(view->status.clerk),
	    t->signed_in ? clerk_name(t, t->shift.clerk) : "");
	show_text(view->status.terminal, sizeof(view->status.terminal),
	    t->config.terminal != NULL ? t->config.terminal : "");
	view->status.training = t->config.training;
	if (t->status.supervisor.word != W_NONE && supervisor_is_here(t))
		view->status.warn = t->status.supervisor;
}

void view_build(struct till *t)
{
	struct view *view = &t->view;
	explicit_bzero(view, sizeof(*view));
	view->screen = desk_of(t->state)->screen;
	view->title = view_title(t);
	show_text(view->store, sizeof(view->store),
	    t->config.store_name != NULL ? t->config.store_name : "");
	view->member = t->seen;
	view_items(t, view);
	view_points(t, view);
	view_read(t, view);
	view->prompt = view_prompt(t);
	field_show(t, &view->field);
	if (t->state == STATE_TOPUP_NUMBER && member_known(t))
		view->field.hint = W_TOPUP_OWN_HINT;
	if (t->state == STATE_ENROL) {
		view->field.hint = W_MEMBER_CONSENT_HINT;
		show_text(
		    view->text, sizeof(view->text), t->config.programme->consent_text);
	}
	if (t->state == STATE_HELP)
		view->help = desk_of(t->help_under)->help;
	view_status(t, view);
	view_hints(t, view);
}

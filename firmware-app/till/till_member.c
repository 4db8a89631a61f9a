/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/ids.h"
#include "till/phone.h"

bool member_known(const struct till *t)
{
	return t->member.kind != MEMBER_NONE;
}

void member_forget(struct till *t)
{
	explicit_bzero(&t->member, sizeof(t->member));
	explicit_bzero(&t->seen, sizeof(t->seen));
	explicit_bzero(&t->which, sizeof(t->which));
	t->member_ticket = 0; /* an answer on its way is stale now */
	t->paint = true;
}

void member_remove(struct till *t, struct effects *fx)
{
	if (!member_known(t))
		return;
	member_forget(t);
	points_again(t);
	till_say(t, fx, TONE_PLAIN, W_MEMBER_REMOVED);
}

/* What the screen may show of an identifier, with the customer's back to it. */
static void member_mask(const struct person *person, char out[VIEW_MEMBER_MASK_MAX])
{
	char text[CPF_TEXT_LEN + MOBILE_TEXT_LEN] = "";
	size_t len = strlen(person->member);
	switch (person->kind) {
	case MEMBER_CPF: cpf_mask(person->member, text); break;
	case MEMBER_PHONE: mobile_mask(person->member, text); break;
	case MEMBER_CARD:
		show_text(text, sizeof(text), "**** ");
		show_more(text, sizeof(text), person->member + (len > 4 ? len - 4 : 0));
		break;
	case MEMBER_NONE:
	case MEMBER_KIND_COUNT_: break;
	}
	show_text(out, VIEW_MEMBER_MASK_MAX, text);
}

static void member_identify(
    struct till *t, enum member_kind kind, const char *number, struct effects *fx)
{
	bool changed = member_known(t);
	member_forget(t);
	t->member.kind = kind;
	show_text(t->member.member, sizeof(t->member.member), number);
	t->seen.known = true;
	t->seen.looking = true;
	member_mask(&t->member, t->seen.shown);
	t->member_ticket = ++t->ticket_last;
	till_ask(fx, EFFECT_LOOK_UP)->ticket = t->member_ticket;
	till_say(t, fx, TONE_GOOD, changed ? W_MEMBER_CHANGED : W_READ_MEMBER);
	points_again(t);
}

bool member_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	const struct meaning *meaning = &heard->meaning;
	switch (meaning->kind) {
	case MEANING_MEMBER: member_identify(t, MEMBER_CARD, meaning->value, fx); break;
	case MEANING_CPF: member_identify(t, MEMBER_CPF, meaning->value, fx); break;
	case MEANING_PHONE: member_identify(t, MEMBER_PHONE, meaning->value, fx); break;
	case MEANING_ASK:
		t->which = *meaning;
		t->which_under = t->state;
		enter(t, STATE_WHICH);
		break;
	case MEANING_NONE:
	case MEANING_UNKNOWN:
	case MEANING_PRODUCT:
	case MEANING_IN_STORE:
	case MEANING_COUPON:
	case MEANING_FISCAL:
	case MEANING_REFUSE:
	case MEANING_KIND_COUNT_: return false;
	}
	return true;
}

static void which_chosen(struct till *t, enum member_kind kind, struct effects *fx)
{
	struct heard heard = {.source = SCAN_KEYPAD};
	bool phone = kind == MEMBER_PHONE;
	heard.meaning.kind = phone ? MEANING_PHONE : MEANING_CPF;
	show_text(heard.meaning.value, sizeof(heard.meaning.value),
	    phone ? t->which.phone : t->which.value);
	explicit_bzero(&t->which, sizeof(t->which));
	enter(t, t->which_under);
	desk_of(t->state)->heard(t, &heard, fx);
	explicit_bzero(&heard, sizeof(heard));
}

void which_back(struct till *t, struct effects *fx)
{
	(void)fx;
	explicit_bzero(&t->which, sizeof(t->which));
	enter(t, t->which_under);
}

void which_typed(struct till *t, uint32_t ch, struct effects *fx)
{
	if (ch == '1')
		which_chosen(t, MEMBER_CPF, fx);
	else if (ch == '2')
		which_chosen(t, MEMBER_PHONE, fx);
}

void which_enter(struct till *t, struct effects *fx)
{
	which_chosen(t, t->list_chosen == 0 ? MEMBER_CPF : MEMBER_PHONE, fx);
}

/* Another read is the answer: the digits are forgotten. */
void which_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	which_back(t, fx);
	desk_of(t->state)->heard(t, heard, fx);
}

static void member_found(struct till *t, const struct directory_entry *entry)
{
	struct view_member *seen = &t->seen;
	seen->found = true;
	seen->segment = entry->segment;
	show_text(seen->first_name, sizeof(seen->first_name), entry->first_name);
	show_text(seen->tier, sizeof(seen->tier), entry->tier);
	seen->has_balance = entry->balance_day != 0;
	seen->balance = entry->balance;
	seen->balance_day = entry->balance_day;
	const char *word = NULL;
	if (t->config.programme != NULL && entry->segment != 0)
		word = programme_segment_word(t->config.programme, entry->segment);
	if (word != NULL)
		show_text(seen->segment_word, sizeof(seen->segment_word), word);
}

void member_answer(struct till *t, const struct input *input, struct effects *fx)
{
	if (t->member_ticket == 0 || input->u.member.ticket != t->member_ticket)
		return;
	t->member_ticket = 0;
	t->seen.looking = false;
	t->paint = true;
	if (input->u.member.error == ERR_NONE)
		member_found(t, &input->u.member.entry);
	else
		till_say(t, fx, TONE_WARN, W_MEMBER_NOTFOUND);
	points_again(t); /* the segment may earn */
}

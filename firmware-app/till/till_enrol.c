/* SPDX-License-Identifier: MIT */
#include "till/till_internal.h"

#include "base/banned.h"

#include "till/ids.h"
#include "till/phone.h"

/* A new member: the consent text stands on the screen, the number is typed, and
 * Enter says that the customer agrees. */
void enrol_start(struct till *t, struct effects *fx)
{
	(void)fx;
	t->enrol_under = t->state;
	memcpy(t->enrol_id, t->now->random, EVENT_ID_LEN);
	t->retry = false;
	enter(t, STATE_ENROL);
}

static void enrol_person(
    struct till *t, enum member_kind kind, const char *number, struct effects *fx)
{
	person_wipe(&t->person);
	t->person.kind = kind;
	show_text(t->person.member, sizeof(t->person.member), number);
	record_start(t, SAVING_ENROLMENT, fx);
}

void enrol_heard(struct till *t, const struct heard *heard, struct effects *fx)
{
	const struct meaning *meaning = &heard->meaning;
	if (meaning->kind == MEANING_CPF)
		enrol_person(t, MEMBER_CPF, meaning->value, fx);
	else if (meaning->kind == MEANING_PHONE)
		enrol_person(t, MEMBER_PHONE, meaning->value, fx);
	else if (meaning->kind != MEANING_ASK || !member_heard(t, heard, fx))
		till_say(t, fx, TONE_ALERT, W_MEMBER_ENROL_KIND);
}

void enrol_back(struct till *t, struct effects *fx)
{
	(void)fx;
	enter(t, t->enrol_under);
}

void enrol_enter(struct till *t, struct effects *fx)
{
	struct heard heard = {.source = SCAN_KEYPAD};
	char cpf[CPF_LEN + 1];
	char phone[MOBILE_LEN + 1];
	struct bytes typed = bytes_of(t->typed, t->typed_len);
	bool is_cpf = cpf_parse(typed, cpf) == VERDICT_OK;
	bool is_phone = mobile_parse(typed, phone) == VERDICT_OK;
	if (!is_cpf && !is_phone) {
		till_say(t, fx, TONE_ALERT,
		    t->typed_len == 0 ? W_ERR_REQUIRED : W_MEMBER_ENROL_KIND);
		return;
	}
	heard.meaning.kind = is_cpf && is_phone ? MEANING_ASK
			     : is_cpf           ? MEANING_CPF
						: MEANING_PHONE;
	show_text(heard.meaning.value, sizeof(heard.meaning.value), is_cpf ? cpf : phone);
	if (is_phone)
		show_text(heard.meaning.phone, sizeof(heard.meaning.phone), phone);
	enrol_heard(t, &heard, fx);
	explicit_bzero(&heard, sizeof(heard));
}

void enrol_event(struct till *t)
{
	event_start(t, EVENT_ENROLMENT, t->enrol_id);
	t->event.member = t->person.kind;
	show_text(t->event.detail, sizeof(t->event.detail),
	    t->config.programme->consent_version);
	event_points(t);
}

/* The new member stays for the sale that follows. The directory cannot know
 * them yet, so nobody is asked. */
void enrol_saved(struct till *t, struct effects *fx)
{
	member_forget(t);
	t->member = t->person;
	t->seen.known = true;
	if (t->member.kind == MEMBER_CPF)
		cpf_mask(t->member.member, t->seen.shown);
	else
		mobile_mask(t->member.member, t->seen.shown);
	enter(t, t->enrol_under);
	till_say(t, fx, TONE_GOOD, W_MEMBER_ENROLLED);
	points_again(t);
}

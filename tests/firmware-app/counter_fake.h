/* SPDX-License-Identifier: MIT */
#ifndef TESTS_COUNTER_FAKE_H
#define TESTS_COUNTER_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "counter.h"

/*
 * A counter whose outside is memory: a journal that is an array, a clock set by
 * hand, PINs and members answered when the test says so. Keys and scans are
 * counted, from an idle screen.
 */
enum { FAKE_EVENTS_MAX = 300, FAKE_INTENT_MAX = 16 * 1024 };

struct fake {
	struct counter *counter;
	struct programme *programme;
	uint8_t programme_bytes[16 * 1024];
	struct till_config config;
	size_t event_count;
	struct event event[FAKE_EVENTS_MAX];
	struct person person[FAKE_EVENTS_MAX];
	uint8_t intent[FAKE_INTENT_MAX];
	size_t intent_len;
	unsigned intents;
	struct view view;
	unsigned shows;
	unsigned beeps;
	bool quit;
	unsigned cuts;
	int64_t now_ms;
	uint64_t drawn;
	enum err fail;      /* what the next records answer */
	bool fail_but_keep; /* ... although the event did reach the disk */
	bool pin_held;      /* PINs wait for fake_pin_answer */
	uint32_t pin_ticket;
	bool pin_right;
	bool member_held;
	uint32_t member_ticket;
	struct person asked;
	unsigned keys;
	unsigned scans;
};

static const char fake_product[] = "07891000315507"; /* R$ 12,99, coffee */
static const char fake_asked[] = "07898459395654";   /* no price */

static inline void fake_now(void *self, struct counter_time *ret)
{
	struct fake *fake = self;
	*ret = (struct counter_time){fake->now_ms, fake->now_ms - 1700000000000, -180};
}

static inline void fake_draw(void *self, uint8_t ret[EVENT_ID_LEN])
{
	struct fake *fake = self;
	uint64_t n = ++fake->drawn;
	for (size_t i = 0; i < EVENT_ID_LEN; i++)
		ret[i] = (uint8_t)(n >> (8 * (7 - i)));
}

static inline void fake_show(void *self, const struct view *view)
{
	struct fake *fake = self;
	fake->view = *view;
	fake->shows++;
}

static inline void fake_beep(void *self, enum tone tone)
{
	(void)tone;
	((struct fake *)self)->beeps++;
}

static inline void fake_quit(void *self)
{
	((struct fake *)self)->quit = true;
}

static inline enum err fake_record(
    void *self, struct event *event, const struct person *person)
{
	struct fake *fake = self;
	enum err fail = fake->fail;
	if (fail == ERR_NONE || fake->fail_but_keep) {
		assert_true(fake->event_count < FAKE_EVENTS_MAX);
		event->seq = fake->event_count + 1;
		fake->person[fake->event_count] = *person;
		fake->event[fake->event_count++] = *event;
		fake->intent_len = 0; /* as journal_append does */
	}
	return fail;
}

static inline enum err fake_intent(void *self, struct bytes intent)
{
	struct fake *fake = self;
	assert_true(intent.len <= FAKE_INTENT_MAX);
	if (intent.len > 0)
		memcpy(fake->intent, intent.at, intent.len);
	fake->intent_len = intent.len;
	fake->intents++;
	return ERR_NONE;
}

static inline enum err fake_find(
    void *self, const uint8_t id[EVENT_ID_LEN], struct found_sale *ret)
{
	struct fake *fake = self;
	enum err found = ERR_NOT_FOUND;
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < fake->event_count; i++) {
		const struct event *event = &fake->event[i];
		if (memcmp(event->id, id, EVENT_ID_LEN) == 0) {
			ret->event = *event;
			ret->kept = *event;
			found = ERR_NONE;
		} else if (event->type == EVENT_VOID &&
			   memcmp(event->reference.id, id, EVENT_ID_LEN) == 0) {
			ret->voided = true;
		}
	}
	return found;
}

static inline enum err fake_last(
    void *self, struct last_sale ret[LAST_SALES_MAX], size_t *ret_count)
{
	struct fake *fake = self;
	size_t count = 0;
	for (size_t i = fake->event_count; i-- > 0 && count < LAST_SALES_MAX;) {
		const struct event *event = &fake->event[i];
		if (event->type != EVENT_SALE && event->type != EVENT_TOPUP)
			continue;
		struct last_sale *sale = &ret[count++];
		*sale = (struct last_sale){.type = event->type,
		    .wall_ms = event->wall_ms,
		    .utc_offset_min = event->utc_offset_min,
		    .amount_cents = event->amount_cents};
		memcpy(sale->id, event->id, EVENT_ID_LEN);
	}
	*ret_count = count;
	return ERR_NONE;
}

static inline void fake_cut(void *self)
{
	((struct fake *)self)->cuts++;
}

static inline void fake_look_up(void *self, const struct person *person, uint32_t ticket)
{
	struct fake *fake = self;
	fake->asked = *person;
	fake->member_ticket = ticket;
}

static inline void fake_check_pin(
    void *self, const char *clerk, const char *pin, uint32_t ticket)
{
	struct fake *fake = self;
	fake->pin_ticket = ticket;
	fake->pin_right = (strcmp(clerk, "c01") == 0 && strcmp(pin, "111111") == 0) ||
			  (strcmp(clerk, "c02") == 0 && strcmp(pin, "222222") == 0);
}

static const struct counter_book fake_book = {
    fake_record, fake_intent, fake_find, fake_last, fake_cut};
static const struct counter_slow fake_slow = {fake_look_up, fake_check_pin};
static const struct counter_desk fake_desk = {
    fake_show, fake_beep, fake_quit, fake_now, fake_draw};

/* --- answers ------------------------------------------------------------------ */

static inline void fake_pin_answer(struct fake *fake)
{
	uint32_t ticket = fake->pin_ticket;
	fake->pin_ticket = 0;
	if (ticket != 0)
		counter_pin(fake->counter, ticket, ERR_NONE, fake->pin_right);
}

/* Members whose identifier ends in an even digit are in the directory. */
static inline void fake_member_answer(struct fake *fake)
{
	struct directory_entry entry = {.first_name = "Ana",
	    .segment = 'A',
	    .tier = "ouro",
	    .balance = 1234,
	    .balance_day = 20261120};
	uint32_t ticket = fake->member_ticket;
	size_t len = strlen(fake->asked.member);
	fake->member_ticket = 0;
	if (ticket == 0)
		return;
	bool found = (fake->asked.member[len - 1] - '0') % 2 == 0;
	counter_member(fake->counter, ticket, found ? ERR_NONE : ERR_NOT_FOUND,
	    found ? &entry : NULL);
}

static inline void fake_answers(struct fake *fake)
{
	if (!fake->pin_held)
		fake_pin_answer(fake);
	if (!fake->member_held)
		fake_member_answer(fake);
}

/* --- hands ---------------------------------------------------------------------- */

static inline void press(struct fake *fake, enum key key)
{
	fake->keys++;
	counter_key(fake->counter, (struct key_press){.key = key});
	fake_answers(fake);
}

static inline void type(struct fake *fake, const char *text)
{
	for (; *text != '\0'; text++) {
		fake->keys++;
		counter_key(fake->counter,
		    (struct key_press){.key = KEY_CHAR_, .ch = (uint8_t)*text});
		fake_answers(fake);
	}
}

static inline void scan_from(struct fake *fake, enum scan_source source, const char *text)
{
	struct scan scan = {.source = source, .len = strlen(text)};
	memcpy(scan.data, text, scan.len);
	fake->scans++;
	counter_scan(fake->counter, &scan);
	for (size_t i = 0; i < sizeof(scan.data); i++)
		assert_int_equal(scan.data[i], 0); /* wiped, whatever it was */
	fake_answers(fake);
}

static inline void scan(struct fake *fake, const char *text)
{
	scan_from(fake, SCAN_SCANNER, text);
}

static inline const struct event *last_event(const struct fake *fake)
{
	assert_true(fake->event_count > 0);
	return &fake->event[fake->event_count - 1];
}

/* --- the programme and the start -------------------------------------------------- */

static inline void fake_programme(struct fake *fake)
{
	static const struct product products[] = {
	    {"000123", "Queijo minas", "frios", 4990, true},
	    {"000124", "Presunto", "frios", -1, true},
	    {"07891000315507", "Café 500 g", "mercearia", 1299, false},
	    {"07898459395654", "Chip pré-pago", "chip", -1, false},
	    {"GELO", "Gelo em saco", "", 800, false},
	};
	static const struct rule rules[] = {
	    {.id = "um-por-real",
		.about = ABOUT_SALE,
		.earner = EARNER_MEMBER,
		.member_only = true,
		.rate_numerator = 1,
		.rate_denominator = 100,
		.multiplier = MULTIPLIER_ONE},
	    {.id = "recarga",
		.about = ABOUT_TOPUP,
		.earner = EARNER_CLERK,
		.fixed_points = 20,
		.multiplier = MULTIPLIER_ONE},
	};
	struct programme *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	memcpy(p->id, "teste", 6);
	memcpy(p->name, "Teste", 6);
	memcpy(p->consent_version, "2026-1", 7);
	memcpy(p->consent_text, "Aceito participar.", 19);
	p->identity_count = 5;
	p->identity[0] = (struct identity){IDENTITY_EAN13, "29", 13};
	p->identity[1] = (struct identity){IDENTITY_STRIPE, "90765555", 16};
	p->identity[2] = (struct identity){IDENTITY_QR, "BLC1:", 0};
	p->identity[3] = (struct identity){IDENTITY_CPF, "", 0};
	p->identity[4] = (struct identity){IDENTITY_PHONE, "", 0};
	p->scale = (struct scale){"2CCCCCCVVVVVK", SCALE_WEIGHT};
	p->category_count = 3;
	p->category[0] = (struct category){"chip", "Chips"};
	p->category[1] = (struct category){"frios", "Frios"};
	p->category[2] = (struct category){"mercearia", "Mercearia"};
	p->operator_count = 2;
	p->operator_entry[0] =
	    (struct operator_entry){"vivo", "Vivo", 2, {{1500, 30}, {2000, 60}}};
	p->operator_entry[1] = (struct operator_entry){"tim", "TIM", 1, {{1000, 30}}};
	p->clerk_count = 2;
	p->clerk[0] = (struct clerk){"c01", "Bia", "", ROLE_CLERK, "$argon2id$x"};
	p->clerk[1] = (struct clerk){"c02", "Rui", "", ROLE_SUPERVISOR, "$argon2id$x"};
	p->segment_count = 1;
	p->segment[0] = (struct segment_entry){'A', "Especial"};
	p->rule_count = COUNT_OF(rules);
	memcpy(p->rule, rules, sizeof(rules));
	p->product_count = COUNT_OF(products);
	struct sink out = sink_of(fake->programme_bytes, sizeof(fake->programme_bytes));
	assert_int_equal(programme_encode(p, products, &out), ERR_NONE);
	memset(p, 0, sizeof(*p));
	assert_int_equal(programme_decode(sink_bytes(&out), 7, p), ERR_NONE);
	fake->programme = p;
}

static inline void fake_open_counter(struct fake *fake)
{
	const struct counter_ports ports = {fake, &fake_book, &fake_slow, &fake_desk};
	assert_int_equal(counter_open(&fake->config, &ports, &fake->counter), ERR_NONE);
}

static inline void fake_ready(struct fake *fake)
{
	struct till_status status = {.enrolled = true, .shown.oldest_s = -1};
	counter_status(fake->counter, &status);
	counter_tick(fake->counter);
}

/* A terminal that is set up, its till closed. */
static inline struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	assert_non_null(fake);
	fake->now_ms = 1795370400000; /* 2026-11-22 18:00 UTC, 15:00 local */
	fake_programme(fake);
	fake->config = (struct till_config){.store = "s1",
	    .store_name = "Loja 1",
	    .terminal = "t1",
	    .day_starts_minute = 180,
	    .programme = fake->programme};
	fake_open_counter(fake);
	fake_ready(fake);
	return fake;
}

/* ... with Bia at work; the counts start here. */
static inline struct fake *fake_new_open(void)
{
	struct fake *fake = fake_new();
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	fake->keys = fake->scans = 0;
	return fake;
}

static inline void fake_free(struct fake *fake)
{
	counter_close(&fake->counter);
	free(fake->programme);
	free(fake);
}

#endif

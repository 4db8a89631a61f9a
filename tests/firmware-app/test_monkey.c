/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "counter_fake.h"

/*
 * A clerk without a plan: random keys, reads, answers, failures and restarts.
 * Nothing may stop the till, every event it asks to record must have the form of
 * the contract, and what a screen calls recorded must be recorded. A failure
 * prints its seed, which repeats it.
 */
enum { SEEDS = 40, STEPS = 8000 };

static uint64_t seed_now;
static uint64_t random_state;
static unsigned recorded[EVENT_TYPE_COUNT_]; /* over all seeds: it did get around */

static unsigned pick(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % below;
}

static const char *const reads[] = {
    "7891000315507",
    "7898459395654",
    "7893211292813",
    "GELO",
    "000123",
    "000124",
    "2000123012346",
    "2985672409536",
    "28401577640",
    "98946650615",
    "91934631540",
    "11961234567",
    "9076555575248227",
    "BLC1:9076555575248227",
    "4947801938202305",
    "23792821400089473047411162095247634042288201",
    "142406X3W51Z2ZVRRY33657623234036321433546747",
    "9819319909291",
    "]C101078910003155071726031510A7",
    "]C10107891000315507"
    "3012",
    "HELLO",
    "7899329803615",
    "BLCV:0000000000000001",
    "",
};

static void monkey_scan(struct fake *fake)
{
	static const enum scan_source sources[] = {
	    SCAN_SCANNER, SCAN_SCANNER, SCAN_STRIPE, SCAN_CONTACTLESS};

	const char *text = reads[pick(COUNT_OF(reads))];
	char receipt[VIEW_RECEIPT_MAX] = "BLCV:";
	if (fake->event_count > 0 && pick(8) == 0) {
		const struct event *event =
		    &fake->event[pick((unsigned)fake->event_count)];
		hex_encode(receipt + 5, bytes_of(event->id, EVENT_ID_LEN));
		text = receipt;
	}
	struct scan read = {.source = sources[pick(4)], .len = strlen(text)};
	memcpy(read.data, text, read.len);
	if (pick(30) == 0)
		read.fault = SCAN_FAULT_MISREAD;
	counter_scan(fake->counter, &read);
	for (size_t i = 0; i < sizeof(read.data); i++)
		assert_true(read.data[i] == 0);
}

static void monkey_key(struct fake *fake)
{
	static const char chars[] = "0123456789x*,cC ";
	struct key_press press = {.key = (enum key)(1 + pick(KEY_COUNT_ - 1))};
	if (pick(3) == 0)
		press.key = KEY_ENTER_;
	else if (pick(2) == 0)
		press.key = KEY_CHAR_;
	if (press.key == KEY_F10_ && pick(3) != 0)
		press.key = pick(3) == 0
				? KEY_F2_
				: KEY_F5_; /* the till is not closed all the time */
	if (press.key == KEY_CHAR_)
		press.ch = (uint8_t)chars[pick(sizeof(chars) - 1)];
	counter_key(fake->counter, press);
}

static void monkey_type(struct fake *fake)
{
	type(fake, reads[pick(COUNT_OF(reads))]);
	press(fake, KEY_ENTER_);
}

static void monkey_sign_in(struct fake *fake)
{
	if (fake->view.screen != VIEW_CLOSED)
		return;
	press(fake, pick(2) == 0 ? KEY_UP_ : KEY_DOWN_);
	bool first = fake->view.has_chosen && fake->view.chosen == 0;
	type(fake, pick(15) == 0 ? "999999" : first ? "111111" : "222222");
	press(fake, KEY_ENTER_);
}

static void monkey_restart(struct fake *fake)
{
	struct till_shift shift = {.open = pick(2) == 0, .clerk = "c01"};
	fake->pin_ticket = 0;
	fake->member_ticket = 0;
	counter_close(&fake->counter);
	fake_open_counter(fake);
	counter_restore_intent(fake->counter, bytes_of(fake->intent, fake->intent_len));
	counter_restore_shift(fake->counter, &shift);
	fake_ready(fake);
}

static void monkey_world(struct fake *fake)
{
	static const enum err fails[] = {
	    ERR_NONE, ERR_NONE, ERR_NONE, ERR_FULL, ERR_IO, ERR_UNKNOWN, ERR_CONFLICT};

	fake->fail = fails[pick(COUNT_OF(fails))];
	fake->fail_but_keep = fake->fail == ERR_UNKNOWN && pick(2) == 0;
	fake->pin_held = pick(4) == 0;
	fake->member_held = pick(3) == 0;
	fake->now_ms += pick(90000);
	if (pick(20) == 0)
		monkey_restart(fake);
	else if (pick(10) == 0)
		counter_reader(fake->counter, pick(2) == 0, "Leitor");
	else if (pick(10) == 0)
		counter_recorded_beside(fake->counter);
	else
		counter_tick(fake->counter);
	fake_answers(fake);
}

/* As terminal_record completes an event. */
static void assert_form(const struct event *asked)
{
	static struct event event;
	char field[FIELD_LEN_MAX] = "";
	event = *asked;
	memcpy(event.terminal, "t1", 3);
	memcpy(event.zone, "America/Sao_Paulo", 18);
	event.epoch.number = 1;
	event.seq = 1;
	if (event_check(&event, field) != ERR_NONE)
		fail_msg("seed %" PRIu64 ": a %s is wrong in %s", seed_now,
		    event_type_word(event.type), field);
}

static void check(struct fake *fake, size_t before)
{
	for (size_t i = before; i < fake->event_count; i++)
		assert_form(&fake->event[i]);
	for (size_t i = before; i < fake->event_count; i++)
		recorded[fake->event[i].type]++;
	bool said_saved = fake->view.read.word == W_SALE_SAVED ||
			  fake->view.read.word == W_TOPUP_DONE ||
			  fake->view.read.word == W_VOID_DONE;
	if (said_saved && fake->event_count == 0)
		fail_msg("seed %" PRIu64 ": nothing was recorded", seed_now);
	if (fake->event_count > FAKE_EVENTS_MAX - 8) { /* forget: a long day */
		memset(fake->event, 0, sizeof(fake->event));
		fake->event_count = 0;
	}
}

static void run_monkey(uint64_t seed)
{
	struct fake *fake = fake_new();
	seed_now = seed;
	random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	for (int i = 0; i < STEPS; i++) {
		size_t before = fake->event_count;
		switch (pick(8)) {
		case 0:
		case 1:
		case 2: monkey_key(fake); break;
		case 3:
		case 4: monkey_scan(fake); break;
		case 5: monkey_type(fake); break;
		case 6: monkey_sign_in(fake); break;
		default: monkey_world(fake); break;
		}
		fake_answers(fake);
		check(fake, before);
	}
	fake_free(fake);
}

static void test_nothing_stops_the_till(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run_monkey(seed);

	static const enum event_type types[] = {EVENT_SALE, EVENT_TOPUP, EVENT_VOID,
	    EVENT_ENROLMENT, EVENT_SHIFT_OPEN, EVENT_SHIFT_CLOSE, EVENT_CLERK_IN,
	    EVENT_CLERK_OUT, EVENT_CLERK_LOCKED, EVENT_CARD_REFUSED, EVENT_READER_LOST};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (recorded[types[i]] == 0)
			fail_msg("no %s in all that", event_type_word(types[i]));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_stops_the_till),
	};
	if (argc == 2) { /* one seed again */
		run_monkey(strtoull(argv[1], NULL, 10));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

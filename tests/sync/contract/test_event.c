/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "contract/cbor.h"
#include "contract/event.h"
#include "contract/session.h"
#include "tests/sync/sample.h"

#define OK(call) assert_int_equal((call), ERR_NONE)

static struct event event, again;
static uint8_t buf[EVENT_BYTES_MAX + 1], buf_again[EVENT_BYTES_MAX + 1];

static struct bytes encoded(const struct event *from)
{
	struct sink out = sink_of(buf, sizeof(buf));

	OK(event_encode(from, &out));
	return sink_bytes(&out);
}

/* Decodes, and what comes out encodes to the same bytes. */
static void assert_round(struct bytes bytes)
{
	struct sink out = sink_of(buf_again, sizeof(buf_again));

	OK(event_decode(bytes, &again));
	OK(event_encode(&again, &out));
	assert_true(bytes_equal(bytes, sink_bytes(&out)));
}

static void set(char *field, const char *text)
{
	memcpy(field, text, strlen(text) + 1);
}

/* A person-less event of each type that issue by issue is made. */
static void sample_of(enum event_type type)
{
	static struct event sale;

	sample_sale(&sale, 3);
	switch (type) {
	case EVENT_SALE: sample_sale(&event, 7); break;
	case EVENT_TOPUP: sample_topup(&event, 7); break;
	case EVENT_VOID: sample_void(&event, 7, &sale); break;
	case EVENT_CHIP_SALE:
		sample_sale(&event, 7);
		event.type = EVENT_CHIP_SALE;
		break;
	case EVENT_RETURN:
		sample_void(&event, 7, &sale);
		event.type = EVENT_RETURN;
		event.amount_cents = 0;
		sample_line(&event, "07891000315507", 1299);
		event.amount_cents = -1299;
		break;
	case EVENT_NONE:
	case EVENT_ENROLMENT:
	case EVENT_SHIFT_OPEN:
	case EVENT_SHIFT_CLOSE:
	case EVENT_CLERK_IN:
	case EVENT_CLERK_OUT:
	case EVENT_CLERK_LOCKED:
	case EVENT_CARD_REFUSED:
	case EVENT_READER_LOST:
	case EVENT_READER_FOUND:
	case EVENT_PROGRAMME_ADOPTED:
	case EVENT_EPOCH_OPENED:
	case EVENT_FISCAL:
	case EVENT_MEMBER_UPDATE:
	case EVENT_CARD_CONVERSION:
	case EVENT_CONSENT:
	case EVENT_SURVEY:
	case EVENT_QUIZ:
	case EVENT_PROMPT:
	case EVENT_ACTIVATION:
	case EVENT_REWARD_RESERVE:
	case EVENT_REWARD_REDEEM:
	case EVENT_REWARD_HANDOVER:
	case EVENT_REWARD_CANCEL:
	case EVENT_ALERT_ACK:
	case EVENT_TYPE_COUNT_:
		sample_where(&event, 7);
		event.type = type;
		set(event.clerk, "c01");
		if (type == EVENT_ENROLMENT)
			event.member = MEMBER_CPF;
		break;
	}
}

static void every_type_rounds(void **state)
{
	(void)state;
	for (int type = EVENT_SALE; type < EVENT_TYPE_COUNT_; type++) {
		sample_of((enum event_type)type);
		assert_round(encoded(&event));
		assert_int_equal(again.type, type);
		assert_int_equal(again.seq, event.seq);
		assert_int_equal(again.wall_ms, event.wall_ms);
		assert_int_equal(again.mono_ms, event.mono_ms);
		assert_int_equal(again.amount_cents, event.amount_cents);
		assert_int_equal(again.business_day, 20260314);
		assert_string_equal(again.zone, "America/Sao_Paulo");
		assert_string_equal(again.clerk, event.clerk);
		assert_memory_equal(again.id, event.id, EVENT_ID_LEN);
		assert_memory_equal(again.boot_id, event.boot_id, BOOT_ID_LEN);
		assert_memory_equal(again.points, event.points, sizeof(event.points));
	}
}

static void every_field_rounds(void **state)
{
	(void)state;
	static uint8_t blob[BLOB_LEN_MAX];

	sample_of(EVENT_SALE);
	event.training = true;
	event.clock = CLOCK_UNSURE;
	event.utc_offset_min = UTC_OFFSET_MIN_MAX;
	event.member = MEMBER_PHONE;
	event.segment = 'Z';
	event.points[EARNER_CLERK] = INT64_MIN;
	event.points[EARNER_STORE] = INT64_MAX;
	set(event.detail, "consentimento 2026-03 \xc3\xa9");
	memset(blob, 0x5a, sizeof(blob));
	event.blob = bytes_of(blob, sizeof(blob));
	assert_round(encoded(&event));
	assert_true(again.training);
	assert_int_equal(again.clock, CLOCK_UNSURE);
	assert_int_equal(again.segment, 'Z');
	assert_int_equal(again.member, MEMBER_PHONE);
	assert_true(again.points[EARNER_CLERK] == INT64_MIN);
	assert_true(again.points[EARNER_STORE] == INT64_MAX);
	assert_true(bytes_equal(again.blob, event.blob));
	event.blob = (struct bytes){0};
	event.erased = true;
	memset(event.blob_hash, 7, HASH_LEN);
	assert_round(encoded(&event));
	assert_true(again.erased);
	assert_memory_equal(again.blob_hash, event.blob_hash, HASH_LEN);
	assert_int_equal(again.blob.len, 0);
}

static void an_epoch_tells_of_the_one_before(void **state)
{
	(void)state;
	sample_of(EVENT_EPOCH_OPENED);
	event.epoch.number = 3;
	event.before = (struct epoch_end){.epoch = {.number = 2, .mark = {1, 2, 3}},
	    .receipted_seq = 4711,
	    .head = {9, 8, 7},
	    .pruned_first = 1,
	    .pruned_last = 4000};
	assert_round(encoded(&event));
	assert_memory_equal(&again.before.epoch.mark, &event.before.epoch.mark, 8);
	assert_int_equal(again.before.receipted_seq, 4711);
	assert_int_equal(again.before.pruned_last, 4000);
	event.before.epoch.number = 3;
	assert_int_equal(event_check(&event, NULL), ERR_RANGE);
}

/* A product has one encoding: 14 digits are a number, all else is text. */
static void products_round_exactly(void **state)
{
	(void)state;
	static const char *const products[] = {"00000000000000", "99999999999999",
	    "07891000315507", "7891000315507", "0789100031550", "123456789012345", "x",
	    "0789100031550x", "AGUA-500.ml", "000000000000000000000001"};

	for (size_t i = 0; i < COUNT_OF(products); i++) {
		sample_of(EVENT_SALE);
		set(event.line[0].product, products[i]);
		assert_round(encoded(&event));
		assert_string_equal(again.line[0].product, products[i]);
	}
}

static void a_reference_to_another_terminal_rounds(void **state)
{
	(void)state;
	sample_of(EVENT_VOID);
	assert_round(encoded(&event));
	assert_string_equal(again.reference.terminal, event.terminal);
	set(event.reference.terminal, "t-999");
	assert_round(encoded(&event));
	assert_string_equal(again.reference.terminal, "t-999");
}

/* Whatever one changed byte makes of an event: refused, or exactly that. */
static void changed_bytes_are_refused_or_meant(void **state)
{
	(void)state;
	static uint8_t mutant[EVENT_BYTES_MAX];
	unsigned refused = 0;

	sample_of(EVENT_SALE);
	const struct bytes bytes = encoded(&event);
	for (size_t at = 0; at < bytes.len; at++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			memcpy(mutant, bytes.at, bytes.len);
			mutant[at] = (uint8_t)(mutant[at] ^ flip);
			const struct bytes changed = bytes_of(mutant, bytes.len);
			if (event_decode(changed, &again) != ERR_NONE)
				refused++;
			else
				assert_round(changed);
		}
	}
	assert_true(refused > bytes.len * 100);
}

static void cut_and_lengthened_events_are_refused(void **state)
{
	(void)state;
	sample_of(EVENT_SALE);
	const struct bytes bytes = encoded(&event);
	struct event_parts parts;

	for (size_t len = 0; len < bytes.len; len++) {
		assert_int_not_equal(event_decode(bytes_of(buf, len), &again), ERR_NONE);
		assert_int_not_equal(event_split(bytes_of(buf, len), &parts), ERR_NONE);
	}
	assert_int_not_equal(
	    event_decode(bytes_of(buf, bytes.len + 1), &again), ERR_NONE);
	assert_int_not_equal(event_split(bytes_of(buf, bytes.len + 1), &parts), ERR_NONE);
}

static void the_largest_basket_fits_and_one_more_does_not(void **state)
{
	(void)state;
	sample_where(&event, 1);
	event.type = EVENT_SALE;
	set(event.clerk, "c01");
	for (size_t i = 0; i < EVENT_LINES_MAX; i++) {
		sample_line(&event, "produto-proprio-de-24-ca", 1);
		event.line[i].quantity_milli = QUANTITY_MILLI_MAX;
	}
	assert_round(encoded(&event));
	event.line_count++;
	char field[FIELD_LEN_MAX];
	assert_int_equal(event_check(&event, field), ERR_RANGE);
	assert_string_equal(field, "lines");
}

static void a_full_sink_is_a_limit(void **state)
{
	(void)state;
	sample_of(EVENT_SALE);
	const size_t len = encoded(&event).len;
	struct sink exact = sink_of(buf, len);
	struct sink small = sink_of(buf, len - 1);

	OK(event_encode(&event, &exact));
	assert_int_equal(event_encode(&event, &small), ERR_LIMIT);
}

static void split_finds_the_blob(void **state)
{
	(void)state;
	struct event_parts parts;

	sample_of(EVENT_SALE);
	event.member = MEMBER_CARD;
	const struct bytes bare = encoded(&event);
	OK(event_split(bare, &parts));
	assert_false(parts.has_blob);
	assert_false(parts.has_hash);
	assert_true(bytes_equal(parts.before, bare));
	event.blob = bytes_of("blobblob", 8);
	const struct bytes whole = encoded(&event);
	OK(event_split(whole, &parts));
	assert_true(parts.has_blob);
	assert_true(bytes_equal(parts.blob, event.blob));
	/* map pair: two bytes of key, one of head */
	assert_int_equal(parts.before.len, whole.len - 2 - 1 - 8);
}

struct fault {
	const char *field;
	enum event_type type;
	void (*make)(void);
};

static void no_clerk(void)
{
	event.clerk[0] = '\0';
}

static void clerk_with_blank(void)
{
	set(event.clerk, "c 01");
}

static void no_lines(void)
{
	event.line_count = 0;
}

static void zero_line(void)
{
	event.line[0].amount_cents = 0;
}

static void negative_line(void)
{
	event.line[1].amount_cents = -5;
}

static void absurd_line(void)
{
	event.line[0].amount_cents = INT64_MAX;
}

static void no_quantity(void)
{
	event.line[1].quantity_milli = 0;
}

static void absurd_quantity(void)
{
	event.line[0].quantity_milli = QUANTITY_MILLI_MAX + 1;
}

static void no_product(void)
{
	event.line[0].product[0] = '\0';
}

static void product_with_blank(void)
{
	set(event.line[1].product, "a b");
}

static void other_sum(void)
{
	event.amount_cents++;
}

static void negative_amount(void)
{
	event.amount_cents = -event.amount_cents;
}

static void zero_amount(void)
{
	event.amount_cents = 0;
}

static void absurd_amount(void)
{
	event.amount_cents = INT64_C(1) << 60;
}

static void no_operator(void)
{
	event.operator_name[0] = '\0';
}

static void loud_operator(void)
{
	set(event.operator_name, "VIVO");
}

static void some_operator(void)
{
	set(event.operator_name, "vivo");
}

static void no_reference(void)
{
	memset(&event.reference, 0, sizeof(event.reference));
}

static void some_reference(void)
{
	set(event.reference.terminal, "t-1");
}

static void half_a_reference(void)
{
	event.reference.id[0] = 1;
}

static void some_points(void)
{
	event.points[EARNER_CLERK] = 1;
}

static void no_member(void)
{
	event.member = MEMBER_NONE;
}

static void some_member(void)
{
	event.member = MEMBER_CPF;
}

static void card_digits(void)
{
	set(event.detail, "visa 4111");
}

static void control_detail(void)
{
	set(event.detail, "a\nb");
}

static void bad_utf8_detail(void)
{
	set(event.detail, "a\xc0\x80");
}

static void large_blob(void)
{
	event.blob = bytes_of(buf, BLOB_LEN_MAX + 1);
}

static void blob_and_hash(void)
{
	event.blob = bytes_of(buf, 8);
	event.erased = true;
}

static void bad_day(void)
{
	event.business_day = 20260230;
}

static void no_seq(void)
{
	event.seq = 0;
}

static void no_epoch(void)
{
	event.epoch.number = 0;
}

static void no_terminal(void)
{
	event.terminal[0] = '\0';
}

static void bad_zone(void)
{
	set(event.zone, "America/S\xc3\xa3o");
}

static void bad_segment(void)
{
	event.segment = 'a';
}

static void before_birth(void)
{
	event.wall_ms = -1;
}

static void before_boot(void)
{
	event.mono_ms = -1;
}

static void far_offset(void)
{
	event.utc_offset_min = UTC_OFFSET_MIN_MAX + 1;
}

static void some_before(void)
{
	event.epoch.number = 2;
	event.before.epoch.number = 1;
}

static void faults_are_named_by_field(void **state)
{
	(void)state;
	static const struct fault faults[] = {
	    {"clerk", EVENT_SALE, no_clerk},
	    {"clerk", EVENT_TOPUP, clerk_with_blank},
	    {"clerk", EVENT_SHIFT_OPEN, no_clerk},
	    {"lines", EVENT_SALE, no_lines},
	    {"lines", EVENT_RETURN, no_lines},
	    {"lines[0].amount_cents", EVENT_SALE, zero_line},
	    {"lines[1].amount_cents", EVENT_SALE, negative_line},
	    {"lines[0].amount_cents", EVENT_SALE, absurd_line},
	    {"lines[1].quantity_milli", EVENT_SALE, no_quantity},
	    {"lines[0].quantity_milli", EVENT_SALE, absurd_quantity},
	    {"lines[0].product", EVENT_SALE, no_product},
	    {"lines[1].product", EVENT_SALE, product_with_blank},
	    {"amount_cents", EVENT_SALE, other_sum},
	    {"amount_cents", EVENT_SALE, negative_amount},
	    {"amount_cents", EVENT_TOPUP, negative_amount},
	    {"amount_cents", EVENT_TOPUP, zero_amount},
	    {"amount_cents", EVENT_TOPUP, absurd_amount},
	    {"amount_cents", EVENT_VOID, negative_amount},
	    {"amount_cents", EVENT_RETURN, negative_amount},
	    {"operator", EVENT_TOPUP, no_operator},
	    {"operator", EVENT_TOPUP, loud_operator},
	    {"operator", EVENT_SALE, some_operator},
	    {"of", EVENT_VOID, no_reference},
	    {"of", EVENT_RETURN, no_reference},
	    {"of", EVENT_SALE, some_reference},
	    {"of", EVENT_SALE, half_a_reference},
	    {"points", EVENT_SHIFT_OPEN, some_points},
	    {"member", EVENT_ENROLMENT, no_member},
	    {"member", EVENT_CLERK_IN, some_member},
	    {"detail", EVENT_CARD_REFUSED, card_digits},
	    {"detail", EVENT_SALE, control_detail},
	    {"detail", EVENT_SALE, bad_utf8_detail},
	    {"blob", EVENT_SALE, large_blob},
	    {"blob", EVENT_SALE, blob_and_hash},
	    {"business_day", EVENT_SALE, bad_day},
	    {"seq", EVENT_SALE, no_seq},
	    {"epoch", EVENT_SALE, no_epoch},
	    {"terminal", EVENT_SALE, no_terminal},
	    {"zone", EVENT_SALE, bad_zone},
	    {"segment", EVENT_SALE, bad_segment},
	    {"wall_ms", EVENT_SALE, before_birth},
	    {"mono_ms", EVENT_SALE, before_boot},
	    {"utc_offset_min", EVENT_SALE, far_offset},
	    {"before", EVENT_SALE, some_before},
	};

	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		char field[FIELD_LEN_MAX] = "untouched";
		struct sink out = sink_of(buf_again, sizeof(buf_again));
		sample_of(faults[i].type);
		OK(event_check(&event, field));
		assert_string_equal(field, "untouched");
		faults[i].make();
		assert_int_equal(event_check(&event, field), ERR_RANGE);
		assert_string_equal(field, faults[i].field);
		assert_int_equal(event_encode(&event, &out), ERR_RANGE);
		assert_int_equal(out.len, 0);
	}
}

static void far_lines_are_named_too(void **state)
{
	(void)state;
	char field[FIELD_LEN_MAX];

	sample_where(&event, 1);
	event.type = EVENT_SALE;
	set(event.clerk, "c01");
	for (size_t i = 0; i < EVENT_LINES_MAX; i++)
		sample_line(&event, "x", 1);
	event.line[42].amount_cents = 0;
	assert_int_equal(event_check(&event, field), ERR_RANGE);
	assert_string_equal(field, "lines[42].amount_cents");
	event.line[42].amount_cents = 1;
	event.line[199].quantity_milli = 0;
	assert_int_equal(event_check(&event, field), ERR_RANGE);
	assert_string_equal(field, "lines[199].quantity_milli");
}

static void words_go_both_ways(void **state)
{
	(void)state;
	for (int type = EVENT_SALE; type < EVENT_TYPE_COUNT_; type++) {
		const char *word = event_type_word((enum event_type)type);
		assert_non_null(word);
		assert_int_equal(event_type_from_word(word), type);
	}
	assert_null(event_type_word(EVENT_NONE));
	assert_int_equal(event_type_from_word("refund"), EVENT_NONE);
}

static void persons_are_parsed_and_written(void **state)
{
	(void)state;
	static const char *const good[] = {"card:9076543210987654", "cpf:52998224725",
	    "phone:+5511961234567", "card:123456", "phone:+12345678"};
	static const char *const bad[] = {"", "card:", "card:12345", "card:12345x",
	    "card:1234567890123456789012345", "cpf:5299822472", "cpf:529982247255",
	    "cpf:529.982.247-25", "phone:5511961234567", "phone:+0511961234567",
	    "phone:+551196123456789012", "PHONE:+5511961234567", "passport:123456",
	    "card: 123456"};
	struct person person;
	char text[MEMBER_TEXT_LEN_MAX + 1];

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		OK(person_parse(good[i], &person));
		person_format(&person, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(person_parse(bad[i], &person), ERR_FORMAT);
	person_wipe(&person);
	person_format(&person, text);
	assert_string_equal(text, "");
}

static void persons_round(void **state)
{
	(void)state;
	uint8_t plain[PERSON_BYTES_MAX];
	struct person person = {0}, back;
	struct sink out = sink_of(plain, sizeof(plain));

	assert_int_equal(person_encode(&person, &out), ERR_RANGE); /* nobody at all */
	set(person.phone, "+5511961234567");
	OK(person_encode(&person, &out)); /* a number topped up, no member */
	OK(person_decode(sink_bytes(&out), &back));
	assert_int_equal(back.kind, MEMBER_NONE);
	assert_string_equal(back.phone, person.phone);
	person.kind = MEMBER_CARD;
	set(person.member, "907654321098765432109876");
	set(person.phone, "+123456789012345");
	out = sink_of(plain, sizeof(plain));
	OK(person_encode(&person, &out));
	OK(person_decode(sink_bytes(&out), &back));
	assert_string_equal(back.member, person.member);
	for (size_t len = 0; len < out.len; len++)
		assert_int_not_equal(
		    person_decode(bytes_of(plain, len), &back), ERR_NONE);
	assert_int_not_equal(
	    person_decode(bytes_of(plain, out.len + 1), &back), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_rounds),
	    cmocka_unit_test(every_field_rounds),
	    cmocka_unit_test(an_epoch_tells_of_the_one_before),
	    cmocka_unit_test(products_round_exactly),
	    cmocka_unit_test(a_reference_to_another_terminal_rounds),
	    cmocka_unit_test(changed_bytes_are_refused_or_meant),
	    cmocka_unit_test(cut_and_lengthened_events_are_refused),
	    cmocka_unit_test(the_largest_basket_fits_and_one_more_does_not),
	    cmocka_unit_test(a_full_sink_is_a_limit),
	    cmocka_unit_test(split_finds_the_blob),
	    cmocka_unit_test(faults_are_named_by_field),
	    cmocka_unit_test(far_lines_are_named_too),
	    cmocka_unit_test(words_go_both_ways),
	    cmocka_unit_test(persons_are_parsed_and_written),
	    cmocka_unit_test(persons_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

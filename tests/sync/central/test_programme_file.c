/* SPDX-License-Identifier: MIT */
#include "central/programme_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "manager_files.h"

#include "base/banned.h"

#include "central/yaml_value.h"
#include "contract/points.h"
#include "stretch.h"

static const char example[] = "sync/central/examples/recarga.yaml";
static struct seen seen;

static enum err load(const char *yaml, struct programme_file **ret)
{
	char path[64];
	memset(&seen, 0, sizeof seen);
	file_make(path, yaml, strlen(yaml));
	enum err err = programme_file_load(path, seen_report, &seen, ret);
	(void)unlink(path);
	return err;
}

#define REFUSED(yaml)                                                                    \
	do {                                                                             \
		struct programme_file *file_ = NULL;                                     \
		assert_int_equal(load(yaml, &file_), ERR_FORMAT);                        \
		assert_null(file_);                                                      \
	} while (0)

#define SAW(head, word)                                                                  \
	do {                                                                             \
		if (!seen_has(&seen, head, word))                                        \
			seen_print(&seen);                                               \
		assert_true(seen_has(&seen, head, word));                                \
	} while (0)

/* --- the worked example
 * ----------------------------------------------------------------- */

static void example_loads(void **state)
{
	(void)state;
	struct programme_file *file = NULL;
	memset(&seen, 0, sizeof seen);
	enum err err = programme_file_load(example, seen_report, &seen, &file);
	seen_print(&seen);
	assert_int_equal(err, ERR_NONE);
	assert_int_equal(seen.count, 0);
	assert_string_equal(file->members_path, "sync/central/examples/members.csv");
	assert_int_equal(file->letter_days, 90);

	uint8_t *body;
	size_t len;
	assert_int_equal(programme_file_encode(file, &body, &len), ERR_NONE);
	assert_true(len < 8192);
	static struct programme programme;
	assert_int_equal(programme_decode(bytes_of(body, len), 1, &programme), ERR_NONE);

	struct product product;
	assert_int_equal(
	    programme_product(&programme, "07891000315507", &product), ERR_NONE);
	assert_int_equal(product.price_cents, 1299);
	assert_int_equal(programme_product(&programme, "00202", &product), ERR_NONE);
	assert_true(product.by_weight);
	assert_int_equal(product.price_cents, -1);
	const struct operator_entry *vivo = programme_operator(&programme, "vivo");
	assert_non_null(vivo);
	assert_int_equal(operator_value(vivo, 2000)->validity_days, 30);

	const struct clerk *clerk = programme_clerk(&programme, "c01", "any");
	assert_non_null(clerk);
	assert_int_equal(pin_check("123456", clerk->pin_hash), ERR_NONE);
	assert_int_equal(pin_check("123457", clerk->pin_hash), ERR_DENIED);
	/* No PIN stands in the letter in clear. */
	for (size_t i = 0; i + 6 <= len; i++)
		assert_memory_not_equal(body + i, "123456", 6);
	free(body);
	programme_file_free(&file);
	assert_null(file);
}

/* The table of examples/README.md, and what the other rules say. */
static void example_earns(void **state)
{
	(void)state;

	static const struct {
		enum event_type type;
		enum member_kind member;
		char segment;
		const char *what; /* operator, or product */
		int64_t cents;
		int64_t points[EARNER_COUNT];
	} cases[] = {
	    {EVENT_TOPUP, MEMBER_CARD, 0, "vivo", 2000, {20, 6, 2}},
	    {EVENT_TOPUP, MEMBER_CARD, 0, "tim", 5000, {65, 12, 5}},
	    {EVENT_TOPUP, MEMBER_NONE, 0, "claro", 10000, {0, 20, 10}},
	    {EVENT_TOPUP, MEMBER_PHONE, 'B', "vivo", 3000, {35, 8, 3}},
	    {EVENT_TOPUP, MEMBER_PHONE, 'B', "tim", 3000, {30, 8, 3}},
	    {EVENT_SALE, MEMBER_CPF, 'A', "07891000315507", 1299, {6, 0, 0}},
	    {EVENT_SALE, MEMBER_NONE, 0, "07891000315507", 1299, {0, 0, 0}},
	    {EVENT_SALE, MEMBER_CARD, 0, "CHIP-VIVO", 1000, {5, 1, 0}},
	    {EVENT_SALE, MEMBER_CARD, 0, "UNHEARD-OF", 1000, {5, 0, 0}},
	    {EVENT_ENROLMENT, MEMBER_CARD, 0, "", 0, {50, 10, 0}},
	};
	static struct programme programme;
	static struct points points;
	struct programme_file *file = NULL;
	uint8_t *body;
	size_t len;
	assert_int_equal(
	    programme_file_load(example, seen_report, &seen, &file), ERR_NONE);
	assert_int_equal(programme_file_encode(file, &body, &len), ERR_NONE);
	assert_int_equal(programme_decode(bytes_of(body, len), 1, &programme), ERR_NONE);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct event event = {.type = cases[i].type,
		    .clerk = "c01",
		    .member = cases[i].member,
		    .segment = cases[i].segment,
		    .business_day = 20261125, /* a Wednesday */
		    .wall_ms = INT64_C(1795620000000),
		    .utc_offset_min = -180,
		    .amount_cents = cases[i].cents};
		char *name = event.type == EVENT_TOPUP ? event.operator_name
						       : event.line[0].product;
		(void)snprintf(name, OPERATOR_LEN_MAX + 1, "%s", cases[i].what);
		event.line_count = event.type == EVENT_SALE ? 1 : 0;
		event.line[0].quantity_milli = 1000;
		event.line[0].amount_cents = cases[i].cents;
		assert_int_equal(
		    points_of(&programme, "loja-1", &event, &points), ERR_NONE);
		assert_memory_equal(points.total, cases[i].points, sizeof points.total);
	}
	free(body);
	programme_file_free(&file);
}

/* --- faults of form: line, column, what was expected
 * -------------------------------------- */

static void form(void **state)
{
	(void)state;

	static const struct {
		const char *yaml;
		const char *head;
		const char *word;
	} cases[] = {
	    {"id: a\nname: b\nnmae: c\n", "3:7: nmae",
		"expected one of the keys id, name"},
	    {"id: a\nname: b\nrules:\n  - id: r\n    about: sale\n    earner: member\n"
	     "    pionts: 5\n",
		"7:13: rules[0].pionts", "unknown"},
	    {"id: a\nname: b\nidentities:\n  - kind: ean13\n    digits: sixteen\n",
		"5:13: identities[0].digits", "expected a whole number"},
	    {"id: a\nname: b\nidentities:\n  - kind: ean14\n", "4:11: identities[0].kind",
		"expected ean13, stripe, qr, cpf or phone"},
	    {"id: a\nname: b\nrules: 5\n", "3:8: rules", "expected a list"},
	    {"id: a\nname: [b]\n", "2:7: name", "expected a single value"},
	    {"id: a\nname: b\nconsent: yes\n", "3:10: consent",
		"expected one of the keys version, text"},
	    {"id: a\nname: b\nproducts:\n  - {code: A, name: B, by_weight: maybe}\n",
		"4:35: products[0].by_weight", "expected true, yes, false or no"},
	    {"id: a\nname: b\nclerks:\n  - {name: Ana, role: clerk, pin: \"123456\"}\n",
		"4:5: clerks[0]", "lacks the key id"},
	    {"name: b\nscale: {layout: x, kind: price}\n", "1:1", "lacks the key id"},
	    {"id: a\nname: b\nid: c\n", "3:5: id", "twice, first on line 1"},
	    {"id: a\nname: \"b\n", "3:1", "is not YAML"},
	    {"id: a\n\tname: b\n", "2:1", "is not YAML"},
	    {"id: &x a\nname: *x\n", "2:7: name", "alias"},
	    {"", "1:1", "is empty"},
	    {"- a\n", "1:1", "expected one of the keys"},
	    {"[[[[[[[[[[[[[[[[", "1:13", "nested too deeply"},
	    {"id: a\nname: b\n? [x]\n: y\n", "3:3", "not a word"},
	    {"id: a\nname: b\nrules:\n  - {id: r, about: sale, earner: member, points: "
	     "1, "
	     "weekdays: [mon, lundi]}\n",
		"4:69: rules[0].weekdays[1]", "fri or sat, not lundi"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		REFUSED(cases[i].yaml);
		assert_int_equal(seen.count, 1);
		SAW(cases[i].head, cases[i].word);
	}
}

static void no_file(void **state)
{
	(void)state;
	struct programme_file *file = NULL;
	memset(&seen, 0, sizeof seen);
	assert_int_equal(
	    programme_file_load("/nonexistent/x.yaml", seen_report, &seen, &file),
	    ERR_NOT_FOUND);
	assert_int_equal(seen.count, 1);
	assert_int_equal(
	    programme_file_load("/tmp", seen_report, &seen, &file), ERR_FORMAT);
}

/* --- faults of meaning: all in one run, each with its place
 * --------------------------------- */

static const char wrong[] = "id: a programme\n"
			    "name: Teste\n"
			    "from: 2026-13-01\n"
			    "identities:\n"
			    "  - {kind: stripe, prefix: \"4111\", digits: 16}\n"
			    "  - {kind: ean13, prefix: \"29\"}\n"
			    "  - {kind: ean13, prefix: \"291\"}\n"
			    "scale: {layout: 29CCCCCVVVVVK, kind: weight}\n"
			    "operators:\n"
			    "  - id: vivo\n"
			    "    name: Vivo\n"
			    "    values:\n"
			    "      - {amount: \"20,00\", days: 30}\n"
			    "      - {amount: \"15,0\", days: 30}\n"
			    "clerks:\n"
			    "  - {id: c01, name: Ana, role: clerk, pin: \"1234\"}\n"
			    "  - {id: c02, name: Bia, role: clerk}\n"
			    "products:\n"
			    "  - {code: ZZZ, name: Last, category: nowhere}\n"
			    "  - {code: \"7891000315508\", name: Bad check}\n"
			    "  - {code: AAA, name: First, price: doze}\n"
			    "rules:\n"
			    "  - id: r0\n"
			    "    about: sale\n"
			    "    earner: member\n"
			    "    product: \"7891000315507\"\n"
			    "    points_per_real: 1/0\n"
			    "  - id: r1\n"
			    "    about: topup\n"
			    "    earner: member\n"
			    "    operator: oi\n"
			    "    from: 2026-12-31\n"
			    "    to: 2026-11-01\n"
			    "    hours: 8-10\n"
			    "    points: 5\n"
			    "  - id: r0\n"
			    "    about: sale\n"
			    "    earner: clerk\n"
			    "    segment: Z\n"
			    "    multiplier: 1.00001\n"
			    "    points: 5\n";

static void meaning(void **state)
{
	(void)state;
	REFUSED(wrong);
	static const char *const heads[][2] = {
	    {"1:5: id", "letters"},
	    {"3:7: from", "no such day"},
	    {"5:28: identities[0].prefix", "payment"},
	    {"7:27: identities[2].prefix", "overlaps"},
	    {"8:17: scale.layout", "member cards"},
	    {"14:18: operators[0].values[1].amount", "12,99"},
	    {"16:44: clerks[0].pin", "6 to 12 digits"},
	    {"17:5: clerks[1].pin", "pin_hash"},
	    {"19:39: products[0].category", "nowhere"}, /* the file's order, not sorted */
	    {"20:12: products[1].code", "check digit"},
	    {"21:37: products[2].price", "12,99"},
	    {"26:14: rules[0].product", "no product"},
	    {"27:22: rules[0].points_per_real", "zero"},
	    {"31:15: rules[1].operator", "no operator 'oi'"},
	    {"32:11: rules[1].from", "after the day the rule ends"},
	    {"34:12: rules[1].hours", "18:00-22:00"},
	    {"36:9: rules[2].id", "already"},
	    {"39:14: rules[2].segment", "no segment 'Z'"},
	    {"40:17: rules[2].multiplier", "four decimals"},
	};
	for (size_t i = 0; i < COUNT_OF(heads); i++)
		SAW(heads[i][0], heads[i][1]);
	if (seen.count != COUNT_OF(heads))
		seen_print(&seen);
	/* The scale meets both card prefixes, told once. */
	assert_int_equal(seen.count, COUNT_OF(heads));
	for (size_t i = 1; i < seen.count; i++) /* in the order of the lines */
		assert_true(
		    strtol(seen.text[i - 1], NULL, 10) <= strtol(seen.text[i], NULL, 10));
}

static void values_in_a_letter(void **state)
{
	(void)state;
	struct programme_file *file = NULL;
	assert_int_equal(
	    load("id: a\nname: b\nrules:\n"
		 "  - {id: r, name: Três sétimos, about: sale, earner: store, "
		 "points_per_real: \"3/7\", "
		 "multiplier: \"1,25\", rounding: half_even, cap: 9, least: \"10\", "
		 "weekdays: [sun, sat], hours: \"22:00-02:30\", from: 2026-11-01, "
		 "to: 2026-11-30, member_only: yes, store: loja-1}\n"
		 "clerks:\n  - {id: c, name: n, role: technician, pin_hash: "
		 "\"$argon2id$v=19$m=1$x\"}\n",
		&file),
	    ERR_NONE);
	const struct rule expected = {.id = "r",
	    .name = "Três sétimos",
	    .about = ABOUT_SALE,
	    .earner = EARNER_STORE,
	    .store = "loja-1",
	    .member_only = true,
	    .least_cents = 1000,
	    .weekdays = 65,
	    .from_minute = 1320,
	    .to_minute = 150,
	    .from_day = 20261101,
	    .to_day = 20261130,
	    .rate_numerator = 3,
	    .rate_denominator = 700,
	    .multiplier = 12500,
	    .rounding = ROUND_HALF_EVEN,
	    .cap_points = 9};
	assert_memory_equal(&file->programme.rule[0], &expected, sizeof expected);
	assert_string_equal(file->programme.clerk[0].pin_hash, "$argon2id$v=19$m=1$x");
	assert_null(file->members_path);
	programme_file_free(&file);
}

/* A table beside the file, as a shop's own system writes it. */
static enum err load_with_table(const char *table, struct programme_file **ret)
{
	char csv[64];
	char yaml[256];
	file_make(csv, table, strlen(table));
	(void)snprintf(yaml, sizeof yaml,
	    "id: a\nname: b\ncategories:\n  - {id: food, name: Mercearia}\n"
	    "products_file: %s\n",
	    csv);
	enum err err = load(yaml, ret);
	(void)unlink(csv);
	return err;
}

static void products_from_a_table(void **state)
{
	(void)state;
	struct programme_file *file = NULL;
	assert_int_equal(load_with_table("name;price;code;category;by_weight\r\n"
					 "\"Café; 500 g\";12,99;7891000315507;food;\r\n"
					 "Banana;5,99;00101;;yes\r\n"
					 "Película;;PELICULA;;no\r\n",
			     &file),
	    ERR_NONE);
	assert_int_equal(file->programme.product_count, 3);
	const struct product *banana = &file->products[0];
	assert_string_equal(banana->code, "00101");
	assert_true(banana->by_weight);
	const struct product *coffee = &file->products[1];
	assert_string_equal(coffee->code, "07891000315507");
	assert_string_equal(coffee->name, "Café; 500 g");
	assert_string_equal(coffee->category, "food");
	assert_int_equal(coffee->price_cents, 1299);
	assert_int_equal(file->products[2].price_cents, -1);
	programme_file_free(&file);

	/* Faults of form and of meaning, by line and column name. */
	assert_int_equal(load_with_table("code,name,category,price,by_weight\n"
					 "ZZZ,Last,nowhere,,\n"
					 "7891000315508,Bad check,,,\n"
					 "AAA,First,food,doze,maybe\n"
					 "AAA,Again,,,\n"
					 "BBB,Too few\n",
			     &file),
	    ERR_FORMAT);
	SAW("2: category", "nowhere");
	SAW("3: code", "check digit");
	SAW("4: price", "12,99");
	SAW("4: by_weight", "yes or no");
	SAW("5: code", "already");
	SAW("6", "2 fields instead of 5");
	assert_int_equal(seen.count, 6);
	assert_int_equal(load_with_table("code,preis\nA,1\n", &file), ERR_FORMAT);
	SAW("1: preis", "no column; expected code, name, category, price, by_weight");
	SAW("1", "lacks the column code or name");

	assert_int_equal(load("id: a\nname: b\nproducts_file: /nonexistent.csv\n", &file),
	    ERR_NOT_FOUND);
	assert_int_equal(seen.count, 1);
}

static void written_values(void **state)
{
	(void)state;

	static const struct {
		const char *text;
		int64_t cents; /* -1: refused */
	} amounts[] = {{"12,99", 1299}, {"12.99", 1299}, {"15", 1500}, {"0,05", 5},
	    {"1.234", -1}, {"1,5", -1}, {"-1", -1}, {"", -1}, {"1,00 ", -1}, {"1,", -1},
	    {",50", -1}, {"R$ 5", -1}, {"99999999999999999", -1}, {"10000000,01", -1}};

	for (size_t i = 0; i < COUNT_OF(amounts); i++) {
		int64_t cents = -1;
		bool right = value_cents(amounts[i].text, &cents) == ERR_NONE;
		assert_int_equal(right, amounts[i].cents >= 0);
		assert_int_equal(cents, amounts[i].cents);
	}
	uint32_t day = 0;
	assert_int_equal(value_day("2024-02-29", &day), ERR_NONE);
	assert_int_equal(day, 20240229);
	assert_int_equal(value_day("2026-02-29", &day), ERR_RANGE);
	assert_int_equal(value_day("2026-2-01", &day), ERR_FORMAT);
	assert_int_equal(value_day("01/11/2026", &day), ERR_FORMAT);
	assert_int_equal(value_day("2026-11-01x", &day), ERR_FORMAT);
	uint16_t from = 0;
	uint16_t to = 0;
	assert_int_equal(value_hours("00:00-24:00", &from, &to), ERR_NONE);
	assert_int_equal(to, 1440);
	assert_int_equal(value_hours("24:00-01:00", &from, &to), ERR_FORMAT);
	assert_int_equal(value_hours("08:00-08:00", &from, &to), ERR_RANGE);
	assert_int_equal(value_hours("08:60-09:00", &from, &to), ERR_FORMAT);
	uint64_t numerator = 0;
	uint64_t denominator = 0;
	assert_int_equal(value_fraction("0,25", &numerator, &denominator), ERR_NONE);
	assert_int_equal(numerator, 25);
	assert_int_equal(denominator, 100);
	assert_int_equal(value_fraction("2", &numerator, &denominator), ERR_NONE);
	assert_int_equal(denominator, 1);
	assert_int_equal(value_fraction("1/2/3", &numerator, &denominator), ERR_FORMAT);
	assert_int_equal(value_fraction("0.5/2", &numerator, &denominator), ERR_FORMAT);
	assert_int_equal(value_fraction("-1/2", &numerator, &denominator), ERR_FORMAT);
	uint32_t multiplier = 0;
	assert_int_equal(value_multiplier("1.5", &multiplier), ERR_NONE);
	assert_int_equal(multiplier, 15000);
	assert_int_equal(value_multiplier("0,0001", &multiplier), ERR_NONE);
	assert_int_equal(multiplier, 1);
	assert_int_equal(value_multiplier("0", &multiplier), ERR_RANGE);
	assert_int_equal(value_multiplier("100,0001", &multiplier), ERR_RANGE);
	assert_int_equal(value_multiplier("1,00001", &multiplier), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(example_loads),
	    cmocka_unit_test(example_earns),
	    cmocka_unit_test(form),
	    cmocka_unit_test(no_file),
	    cmocka_unit_test(meaning),
	    cmocka_unit_test(values_in_a_letter),
	    cmocka_unit_test(products_from_a_table),
	    cmocka_unit_test(written_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

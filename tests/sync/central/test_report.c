/* SPDX-License-Identifier: MIT */
#include "central/report.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/banned.h"

#include "os/file.h"

/* 2026-11-22 15:00 UTC. */
#define NOW_MS INT64_C(1795359600000)
#define MINUTE_MS INT64_C(60000)

static char folder[64];
static int dir_fd;
static struct ledger *ledger;
static struct registry *registry;
static uint64_t taken;

/* --- a ledger made by hand ------------------------------------------------------------
 */

static int setup(void **state)
{
	(void)state;
	char path[96];
	(void)snprintf(folder, sizeof folder, "/tmp/balcao-test-XXXXXX");
	taken = 0;
	if (mkdtemp(folder) == NULL || dir_open(folder, &dir_fd) != ERR_NONE ||
	    mkdirat(dir_fd, "issued", 0700) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/%s", folder, LEDGER_FILE);
	return ledger_open(&ledger_sqlite, path, LEDGER_CREATE, &ledger) == ERR_NONE &&
		       registry_open(dir_fd, &registry) == ERR_NONE
		   ? 0
		   : -1;
}

static int teardown(void **state)
{
	(void)state;
	static const char *const files[] = {
	    LEDGER_FILE, LEDGER_FILE "-wal", LEDGER_FILE "-shm"};
	ledger_close(&ledger);
	registry_close(&registry);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		(void)unlinkat(dir_fd, files[i], 0);
	(void)unlinkat(dir_fd, "ca.key", 0);
	int issued_fd = openat(dir_fd, "issued", O_RDONLY | O_DIRECTORY);
	struct names names = {0};
	if (issued_fd >= 0 && dir_list(issued_fd, 8, &names) == ERR_NONE)
		for (size_t i = 0; i < names.count; i++)
			(void)unlinkat(issued_fd, names.name[i], 0);
	names_free(&names);
	(void)close(issued_fd);
	(void)unlinkat(dir_fd, "issued", AT_REMOVEDIR);
	(void)close(dir_fd);
	return rmdir(folder);
}

static void epoch_make(const char *terminal, struct ledger_epoch *ret)
{
	*ret = (struct ledger_epoch){.id = {.number = 1}, .next_batch = 1, .next_seq = 1};
	(void)snprintf(ret->terminal, sizeof ret->terminal, "%s", terminal);
	memset(ret->id.mark, terminal[0], EPOCH_MARK_LEN);
	assert_int_equal(ledger_epoch_put(ledger, ret), ERR_NONE);
}

static void batch_make(struct ledger_epoch *epoch, const char *store, int64_t wall_ms,
    int64_t arrived_ms, enum batch_state state, enum clock_state clock)
{
	struct ledger_batch batch = {.epoch_row = epoch->row,
	    .number = epoch->next_batch++,
	    .first_seq = epoch->next_seq,
	    .count = 10,
	    .state = state,
	    .taken = state == BATCH_TAKEN ? ++taken : 0,
	    .wall_ms = wall_ms,
	    .clock = clock,
	    .arrived_ms = arrived_ms,
	    .software = "0.1.0"};
	memset(batch.hash, (int)batch.number, HASH_LEN);
	batch.hash[1] = (uint8_t)epoch->row;
	batch.file = bytes_of("file", 4);
	(void)snprintf(batch.store, sizeof batch.store, "%s", store);
	assert_int_equal(ledger_batch_add(ledger, &batch), ERR_NONE);
}

static struct ledger_event event_make(struct ledger_epoch *epoch, enum event_type type,
    const char *clerk, uint32_t day, int64_t cents)
{
	struct ledger_event event = {.epoch_row = epoch->row,
	    .seq = epoch->next_seq++,
	    .taken = taken,
	    .terminal_row = epoch->terminal_row,
	    .named = true,
	    .type = type,
	    .amount_cents = cents,
	    .business_day = day,
	    .points = {cents / 100, cents / 500, cents / 1000}};
	memcpy(event.claimed, event.points, sizeof event.points);
	memset(event.id, (int)event.seq, EVENT_ID_LEN);
	event.content[0] = (uint8_t)event.seq;
	(void)snprintf(event.clerk, sizeof event.clerk, "%s", clerk);
	return event;
}

static void put(const struct ledger_event *event)
{
	assert_int_equal(ledger_event_add(ledger, event), ERR_NONE);
}

static void put_plain(struct ledger_epoch *epoch, enum event_type type, const char *clerk,
    uint32_t day, int64_t cents)
{
	struct ledger_event event = event_make(epoch, type, clerk, day, cents);
	put(&event);
}

/* Two stores, three clerks, two days, and everything that must not count. */
static void counter_days(void)
{
	struct ledger_epoch one;
	struct ledger_epoch two;
	assert_int_equal(ledger_step(ledger, LEDGER_BEGIN), ERR_NONE);
	epoch_make("a-1", &one);
	batch_make(&one, "alpha", NOW_MS - 2000, NOW_MS - 1000, BATCH_TAKEN, CLOCK_SURE);
	put_plain(&one, EVENT_SHIFT_OPEN, "c01", 20261121, 0);
	put_plain(&one, EVENT_SALE, "c01", 20261121, 1000);
	put_plain(&one, EVENT_SALE, "c01", 20261122, 2500);
	put_plain(&one, EVENT_TOPUP, "c02", 20261122, 2000);
	put_plain(&one, EVENT_VOID, "c02", 20261122, -1000);
	struct ledger_event odd = event_make(&one, EVENT_SALE, "c01", 20261122, 99999);
	odd.training = true;
	put(&odd);
	odd = event_make(&one, EVENT_SALE, "c01", 20261122, 99999);
	odd.repeat = true;
	put(&odd);
	odd = event_make(&one, EVENT_TOPUP, "c02", 20261121, 77777);
	odd.refused = REFUSAL_OPERATOR;
	put(&odd);
	odd = event_make(&one, EVENT_SALE, "c01", 20261122, 500);
	odd.claimed[EARNER_MEMBER] += 40; /* counts, with what the central found */
	put(&odd);
	epoch_make("b-1", &two);
	batch_make(&two, "beta", NOW_MS - 2000, NOW_MS - 1000, BATCH_TAKEN, CLOCK_SURE);
	put_plain(&two, EVENT_SALE, "c01", 20261122, 300);
	put_plain(&two, EVENT_RETURN, "c01", 20261122, -100);
	put_plain(&two, EVENT_ENROLMENT, "c01", 20261122, 0);
	assert_int_equal(ledger_step(ledger, LEDGER_COMMIT), ERR_NONE);
}

static void make(uint32_t from, uint32_t to, struct report *ret)
{
	const struct report_query query = {from, to, NOW_MS};
	assert_int_equal(report_make(ledger, registry, &query, ret), ERR_NONE);
}

/* --- figures
 * ---------------------------------------------------------------------------- */

static void adds_up(void **state)
{
	(void)state;
	struct report report;
	counter_days();
	make(0, 0, &report);
	assert_int_equal(report.total.sales, 4);
	assert_int_equal(report.total.sales_cents, 4300);
	assert_int_equal(report.total.topups, 1);
	assert_int_equal(report.total.topups_cents, 2000);
	assert_int_equal(report.total.voids_cents, -1000);
	assert_int_equal(report.total.returns_cents, -100);
	assert_int_equal(report.total.enrolments, 1);
	assert_int_equal(
	    report.total.points[EARNER_MEMBER], 10 + 25 + 20 - 10 + 5 + 3 - 1);

	assert_int_equal(report.stores.count, 2);
	assert_string_equal(report.stores.at[0].store, "alpha");
	assert_int_equal(report.stores.at[0].sales_cents, 4000);
	assert_string_equal(report.stores.at[1].store, "beta");
	assert_int_equal(report.stores.at[1].enrolments, 1);

	assert_int_equal(report.clerks.count, 3); /* c01 of beta is somebody else */
	assert_string_equal(report.clerks.at[1].clerk, "c02");
	assert_int_equal(report.clerks.at[1].topups, 1);
	assert_int_equal(report.clerks.at[1].points[EARNER_CLERK], 4 - 2);
	assert_int_equal(report.clerks.at[2].sales_cents, 300);

	assert_int_equal(report.days.count, 2);
	assert_int_equal(report.days.at[0].day, 20261121);
	assert_int_equal(report.days.at[0].sales_cents, 1000);
	assert_int_equal(report.days.at[1].sales_cents, 3300);

	assert_int_equal(report.flagged_count, 2);
	assert_int_equal(report.flagged[0].event.refused, REFUSAL_OPERATOR);
	assert_string_equal(report.flagged[0].terminal, "a-1");
	assert_int_equal(report.flagged[1].event.claimed[EARNER_MEMBER], 45);
	report_free(&report);
	assert_null(report.stores.at);
}

static void of_some_days(void **state)
{
	(void)state;
	struct report report;
	counter_days();
	make(20261121, 20261121, &report);
	assert_int_equal(report.total.sales_cents, 1000);
	assert_int_equal(report.days.count, 1);
	assert_int_equal(report.flagged_count, 1);
	report_free(&report);
	make(20261123, 0, &report);
	assert_int_equal(report.total.sales, 0);
	assert_int_equal(report.stores.count, 0);
	assert_int_equal(report.flagged_count, 0);
	assert_int_equal(report.terminal_count, 2); /* of whatever day */
	report_free(&report);
}

/* --- terminals
 * ----------------------------------------------------------------------------- */

static const struct report_terminal *terminal_of(
    const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->terminal_count; i++)
		if (strcmp(report->terminal[i].contact.terminal, name) == 0)
			return &report->terminal[i];
	print_error("%s is not in the report\n", name);
	abort();
}

static void terminals(void **state)
{
	(void)state;

	static const struct {
		const char *name;
		int64_t delay_min;
		int64_t quiet_min;
		enum clock_state clock;
		bool silent;
		bool late;
		bool wrong_clock;
	} cases[] = {
	    {"well", 0, 10, CLOCK_SURE, false, false, false},
	    {"hour", 60, 10, CLOCK_SURE, false, false, false},
	    {"late", 61, 10, CLOCK_SURE, false, true, false},
	    {"quiet", 0, 48 * 60, CLOCK_SURE, false, false, false},
	    {"silent", 0, 48 * 60 + 1, CLOCK_SURE, true, false, false},
	    {"unsure", 500000, 1, CLOCK_UNSURE, false, false, true},
	    {"ahead", -6, 1, CLOCK_SURE, false, false, true},
	    {"near", -5, 1, CLOCK_SURE, false, false, false},
	    {"both", 90, 5000, CLOCK_SURE, true, true, false},
	};
	struct report report;
	assert_int_equal(ledger_step(ledger, LEDGER_BEGIN), ERR_NONE);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ledger_epoch epoch;
		int64_t arrived = NOW_MS - cases[i].quiet_min * MINUTE_MS;
		epoch_make(cases[i].name, &epoch);
		/* An older batch that must not speak for the newest. */
		batch_make(&epoch, "x", 1, 2, BATCH_TAKEN, CLOCK_UNSURE);
		batch_make(&epoch, "alpha", arrived - cases[i].delay_min * MINUTE_MS,
		    arrived, BATCH_TAKEN, cases[i].clock);
	}
	struct ledger_epoch gap;
	epoch_make("zgap", &gap);
	batch_make(&gap, "alpha", NOW_MS, NOW_MS, BATCH_WAITING, CLOCK_SURE);
	batch_make(&gap, "alpha", NOW_MS, NOW_MS, BATCH_HELD, CLOCK_SURE);
	assert_int_equal(ledger_step(ledger, LEDGER_COMMIT), ERR_NONE);
	make(0, 0, &report);
	assert_int_equal(report.terminal_count, COUNT_OF(cases) + 1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct report_terminal *terminal =
		    terminal_of(&report, cases[i].name);
		assert_int_equal(terminal->silent, cases[i].silent);
		assert_int_equal(terminal->late, cases[i].late);
		assert_int_equal(terminal->wrong_clock, cases[i].wrong_clock);
		assert_string_equal(terminal->contact.store, "alpha");
	}
	assert_int_equal(terminal_of(&report, "zgap")->contact.waiting, 1);
	assert_int_equal(terminal_of(&report, "zgap")->contact.held, 1);
	assert_string_equal(report.terminal[0].contact.terminal, "ahead"); /* by name */
	report_free(&report);
}

/* Enrolled, and silent ever since. */
static void never_heard(void **state)
{
	(void)state;
	struct key_pair ca;
	struct certificate ca_certificate;
	struct certificate certificate;
	struct certificate_info info = {.terminal = "t-9", .store = "gamma"};
	const struct issuer issuer = {.pair = &ca, .certificate = &ca_certificate};
	struct report report;
	assert_int_equal(key_create(dir_fd, "ca.key", &ca), ERR_NONE);
	memcpy(info.key, ca.key, sizeof info.key); /* any key will do */
	assert_int_equal(certificate_ca(&ca, NOW_MS, &ca_certificate), ERR_NONE);
	assert_int_equal(
	    certificate_terminal(&issuer, &info, PURPOSE_TLS, NOW_MS, &certificate),
	    ERR_NONE);
	assert_int_equal(registry_add(registry, PURPOSE_TLS, &certificate), ERR_NONE);
	assert_int_equal(registry_add(registry, PURPOSE_SIGNING, &certificate), ERR_NONE);
	make(0, 0, &report);
	assert_int_equal(report.terminal_count, 1); /* two certificates, one terminal */
	assert_string_equal(report.terminal[0].contact.terminal, "t-9");
	assert_string_equal(report.terminal[0].contact.store, "gamma");
	assert_true(report.terminal[0].silent);
	assert_false(report.terminal[0].late);
	assert_false(report.terminal[0].wrong_clock);
	report_free(&report);
	key_wipe(&ca);
}

/* --- what is printed
 * ------------------------------------------------------------------------- */

static char *printed(const struct report *report, bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	assert_non_null(to);
	if (json)
		assert_int_equal(report_print_json(report, to), ERR_NONE);
	else
		report_print(report, to);
	assert_int_equal(fclose(to), 0);
	return text;
}

static int64_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void as_json(void **state)
{
	(void)state;
	struct report report;
	counter_days();
	make(0, 0, &report);
	char *text = printed(&report, true);
	json_t *object = json_loads(text, 0, NULL);
	assert_non_null(object);
	const json_t *total = json_object_get(object, "total");
	assert_int_equal(number(total, "sales_cents"), 4300);
	assert_int_equal(number(total, "voids_cents"), -1000);
	const json_t *clerk = json_array_get(json_object_get(object, "clerks"), 1);
	assert_string_equal(json_string_value(json_object_get(clerk, "store")), "alpha");
	assert_string_equal(json_string_value(json_object_get(clerk, "clerk")), "c02");
	assert_int_equal(number(json_object_get(clerk, "points"), "clerk"), 2);
	const json_t *day = json_array_get(json_object_get(object, "days"), 0);
	assert_string_equal(json_string_value(json_object_get(day, "day")), "2026-11-21");
	const json_t *terminal = json_array_get(json_object_get(object, "terminals"), 0);
	assert_string_equal(json_string_value(json_object_get(terminal, "heard")),
	    "2026-11-22T14:59:59Z");
	assert_int_equal(number(terminal, "delay_s"), 1);
	assert_true(json_is_false(json_object_get(terminal, "wrong_clock")));
	const json_t *flagged = json_array_get(json_object_get(object, "flagged"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(flagged, "refused")), "operator");
	flagged = json_array_get(json_object_get(object, "flagged"), 1);
	assert_true(json_is_null(json_object_get(flagged, "refused")));
	assert_int_equal(
	    number(json_object_get(flagged, "points_claimed"), "member"), 45);
	json_decref(object);
	free(text);
	report_free(&report);
}

static void as_a_table(void **state)
{
	(void)state;
	struct report report;
	counter_days();
	make(0, 0, &report);
	char *text = printed(&report, false);
	static const char *const parts[] = {"\nalpha c02 ", " 20,00 ", " -11,00 ",
	    "\n2026-11-21 ",
	    "\na-1                  alpha          1 s       1 s        well",
	    "2 events to look at", "topup: operator", "sale: points"};
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (strstr(text, parts[i]) == NULL)
			print_error("%s\nlacks: %s\n", text, parts[i]);
		assert_non_null(strstr(text, parts[i]));
	}
	free(text);
	report_free(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(adds_up, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_some_days, setup, teardown),
	    cmocka_unit_test_setup_teardown(terminals, setup, teardown),
	    cmocka_unit_test_setup_teardown(never_heard, setup, teardown),
	    cmocka_unit_test_setup_teardown(as_json, setup, teardown),
	    cmocka_unit_test_setup_teardown(as_a_table, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

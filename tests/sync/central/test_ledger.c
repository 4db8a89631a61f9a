/* SPDX-License-Identifier: MIT */
#include "central/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

/* The ledger's calls over the SQLite driver: what is unique, what is undone,
 * what a reader sees. */
#define OK(call) assert_int_equal((call), ERR_NONE)

enum { PATH_LEN = 200 };

struct place {
	char path[PATH_LEN];
	struct ledger *ledger;
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);
	if (place == NULL)
		return -1;
	const char *base = getenv("TMPDIR");
	(void)snprintf(place->path, sizeof place->path, "%s/ledger-test-XXXXXX",
	    base == NULL ? "/tmp" : base);
	int fd = mkstemp(place->path);
	if (fd < 0 || close(fd) != 0 || unlink(place->path) != 0)
		return -1;
	OK(ledger_open(&ledger_sqlite, place->path, LEDGER_CREATE, &place->ledger));
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;
	char path[PATH_LEN + 8];
	ledger_close(&place->ledger);
	(void)unlink(place->path);
	(void)snprintf(path, sizeof path, "%s-wal", place->path);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s-shm", place->path);
	(void)unlink(path);
	free(place);
	return 0;
}

static struct ledger_epoch epoch_of(const char *terminal, uint32_t number)
{
	struct ledger_epoch epoch = {
	    .id = {.number = number}, .next_batch = 1, .next_seq = 1};
	OK(text_copy(epoch.terminal, sizeof epoch.terminal, terminal));
	memset(epoch.id.mark, (int)number, EPOCH_MARK_LEN);
	memset(epoch.head, 0x5a, HASH_LEN);
	return epoch;
}

static struct ledger_batch batch_of(
    const struct ledger_epoch *epoch, uint64_t number, uint8_t hash, uint64_t taken)
{
	struct ledger_batch batch = {.epoch_row = epoch->row,
	    .number = number,
	    .first_seq = number,
	    .count = 1,
	    .state = taken != 0 ? BATCH_TAKEN : BATCH_WAITING,
	    .taken = taken,
	    .wall_ms = -5,
	    .clock = CLOCK_SURE,
	    .arrived_ms = 77,
	    .file = bytes_of_text("file"),
	    .answer = taken != 0 ? bytes_of_text("answer") : (struct bytes){0}};
	memset(batch.hash, hash, HASH_LEN);
	memset(batch.answer_hash, taken != 0 ? 9 : 0, HASH_LEN);
	OK(text_copy(batch.store, sizeof batch.store, "loja-1"));
	OK(text_copy(batch.software, sizeof batch.software, "0.1.0"));
	return batch;
}

static struct ledger_event event_of(
    const struct ledger_epoch *epoch, uint64_t seq, uint8_t id, uint8_t content)
{
	struct ledger_event event = {.epoch_row = epoch->row,
	    .terminal_row = epoch->terminal_row,
	    .seq = seq,
	    .taken = 1,
	    .named = true,
	    .type = EVENT_SALE,
	    .amount_cents = 1299,
	    .business_day = 20260528,
	    .points = {12, 3, 1},
	    .claimed = {12, 3, 1}};
	memset(event.id, id, EVENT_ID_LEN);
	memset(event.content, content, HASH_LEN);
	OK(text_copy(event.clerk, sizeof event.clerk, "c01"));
	return event;
}

static void epochs_are_kept_and_walked(void **state)
{
	struct ledger *ledger = ((struct place *)*state)->ledger;
	static const char *const names[] = {"t-2", "t-1", "t-1"};
	static const uint32_t numbers[] = {1, 2, 1};
	struct ledger_epoch epoch;
	struct ledger_epoch found;
	for (size_t i = 0; i < 3; i++) {
		epoch = epoch_of(names[i], numbers[i]);
		OK(ledger_epoch_put(ledger, &epoch));
		assert_true(epoch.row > 0 && epoch.terminal_row > 0);
	}
	epoch.next_seq = 18;
	epoch.receipts = 4;
	memset(epoch.last_receipt, 0x77, HASH_LEN);
	OK(ledger_epoch_put(ledger, &epoch));
	OK(ledger_epoch_find(ledger, "t-1", &epoch.id, &found));
	assert_memory_equal(&found, &epoch, sizeof epoch);
	epoch.id.mark[0] ^= 1;
	assert_int_equal(
	    ledger_epoch_find(ledger, "t-1", &epoch.id, &found), ERR_NOT_FOUND);
	/* By terminal, then number, whatever the order of arrival. */
	OK(ledger_epoch_next(ledger, NULL, &found));
	assert_string_equal(found.terminal, "t-1");
	assert_int_equal(found.id.number, 1);
	OK(ledger_epoch_next(ledger, &found, &found));
	assert_int_equal(found.id.number, 2);
	OK(ledger_epoch_next(ledger, &found, &found));
	assert_string_equal(found.terminal, "t-2");
	assert_int_equal(ledger_epoch_next(ledger, &found, &found), ERR_NOT_FOUND);
}

static void batches_are_unique(void **state)
{
	struct ledger *ledger = ((struct place *)*state)->ledger;
	struct ledger_epoch epoch = epoch_of("t-1", 1);
	struct ledger_batch found;
	uint64_t taken = 9;
	OK(ledger_taken(ledger, &taken));
	assert_int_equal(taken, 0);
	OK(ledger_epoch_put(ledger, &epoch));
	struct ledger_batch first = batch_of(&epoch, 1, 0xaa, 1);
	OK(ledger_batch_add(ledger, &first));
	struct ledger_batch same = batch_of(&epoch, 1, 0xaa, 2);
	assert_int_equal(ledger_batch_add(ledger, &same), ERR_CONFLICT);
	/* Another batch of that number may be kept, never put into the chain. */
	struct ledger_batch fork = batch_of(&epoch, 1, 0xbb, 2);
	assert_int_equal(ledger_batch_add(ledger, &fork), ERR_CONFLICT);
	fork = batch_of(&epoch, 1, 0xbb, 0);
	OK(ledger_batch_add(ledger, &fork));
	/* Nor may two stand at one place of the order. */
	struct ledger_batch second = batch_of(&epoch, 2, 0xcc, 1);
	assert_int_equal(ledger_batch_add(ledger, &second), ERR_CONFLICT);
	OK(ledger_batch_find(ledger, epoch.row, 1, first.hash, &found));
	assert_int_equal(found.row, first.row);
	assert_int_equal(found.wall_ms, -5);
	assert_string_equal(found.software, "0.1.0");
	assert_true(bytes_equal(found.file, bytes_of_text("file")));
	assert_true(bytes_equal(found.answer, bytes_of_text("answer")));
	OK(ledger_batch_by_number(ledger, epoch.row, 1, &found));
	assert_int_equal(found.row, first.row);
	OK(ledger_batch_waiting(ledger, epoch.row, 1, &found));
	assert_int_equal(found.row, fork.row);
	assert_int_equal(found.taken, 0);
	assert_int_equal(found.answer.len, 0);
	OK(ledger_taken(ledger, &taken));
	assert_int_equal(taken, 1);
}

static void events_are_unique(void **state)
{
	struct ledger *ledger = ((struct place *)*state)->ledger;
	struct ledger_epoch epoch = epoch_of("t-1", 1);
	struct ledger_event found;
	OK(ledger_epoch_put(ledger, &epoch));
	struct ledger_event event = event_of(&epoch, 1, 0x11, 0xc1);
	OK(ledger_event_add(ledger, &event));
	OK(ledger_event_at(ledger, epoch.row, 1, &found));
	assert_memory_equal(&found, &event, sizeof event);
	/* One seq, one row. */
	struct ledger_event again = event_of(&epoch, 1, 0x22, 0xc2);
	assert_int_equal(ledger_event_add(ledger, &again), ERR_CONFLICT);
	/* One id and content, counted once: the database itself says so. */
	again = event_of(&epoch, 2, 0x11, 0xc1);
	assert_int_equal(ledger_event_add(ledger, &again), ERR_CONFLICT);
	again.repeat = true;
	OK(ledger_event_add(ledger, &again));
	/* The same id with other content is an event of its own. */
	struct ledger_event other = event_of(&epoch, 3, 0x11, 0xc9);
	OK(ledger_event_add(ledger, &other));
	struct event_ref ref = {.terminal = "t-1"};
	memset(ref.id, 0x11, EVENT_ID_LEN);
	struct ledger_event now = event_of(&epoch, 9, 0x33, 0xc3);
	OK(ledger_event_by_id(ledger, &ref, &now, 0, &found));
	assert_int_equal(found.seq, 1);
	OK(ledger_event_by_id(ledger, &ref, &now, 1, &found));
	assert_int_equal(found.seq, 3);
	assert_int_equal(
	    ledger_event_by_id(ledger, &ref, &now, 2, &found), ERR_NOT_FOUND);
	/* What came later is not seen. */
	now.seq = 3;
	assert_int_equal(
	    ledger_event_by_id(ledger, &ref, &now, 1, &found), ERR_NOT_FOUND);
}

static void savepoints_undo_one_request(void **state)
{
	struct place *place = *state;
	struct ledger *ledger = place->ledger;
	struct ledger_epoch kept = epoch_of("t-1", 1);
	struct ledger_epoch undone = epoch_of("t-2", 1);
	struct ledger_epoch found;
	OK(ledger_step(ledger, LEDGER_BEGIN));
	OK(ledger_step(ledger, LEDGER_SAVE));
	OK(ledger_epoch_put(ledger, &kept));
	OK(ledger_step(ledger, LEDGER_KEEP));
	OK(ledger_step(ledger, LEDGER_SAVE));
	OK(ledger_epoch_put(ledger, &undone));
	OK(ledger_step(ledger, LEDGER_UNDO));
	OK(ledger_step(ledger, LEDGER_KEEP));
	/* A reader beside it sees nothing before the commit. */
	struct ledger *reader = NULL;
	OK(ledger_open(&ledger_sqlite, place->path, LEDGER_READ, &reader));
	assert_int_equal(ledger_epoch_next(reader, NULL, &found), ERR_NOT_FOUND);
	OK(ledger_step(ledger, LEDGER_COMMIT));
	OK(ledger_epoch_next(reader, NULL, &found));
	assert_string_equal(found.terminal, "t-1");
	assert_int_equal(ledger_epoch_next(reader, &found, &found), ERR_NOT_FOUND);
	/* And may change nothing. */
	undone.row = 0;
	assert_int_not_equal(ledger_epoch_put(reader, &undone), ERR_NONE);
	ledger_close(&reader);
}

static void letters_by_store_and_version(void **state)
{
	struct ledger *ledger = ((struct place *)*state)->ledger;

	static const struct {
		enum cose_type kind;
		const char *store;
		uint64_t version;
	} rows[] = {{COSE_PROGRAMME, "", 5}, {COSE_DIRECTORY, "", 6},
	    {COSE_DIRECTORY, "loja-1", 7}, {COSE_PROGRAMME, "", 8}};
	struct ledger_letter found;
	uint64_t top = 1;
	OK(ledger_letter_top(ledger, COSE_PROGRAMME, &top));
	assert_int_equal(top, 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ledger_letter letter = {.kind = rows[i].kind,
		    .version = rows[i].version,
		    .issued_ms = 1,
		    .expires_ms = 2,
		    .file = bytes_of(&rows[i].version, 1)};
		OK(text_copy(letter.store, sizeof letter.store, rows[i].store));
		OK(ledger_letter_add(ledger, &letter));
		assert_int_equal(ledger_letter_add(ledger, &letter), ERR_CONFLICT);
	}
	OK(ledger_letter_newest(ledger, COSE_PROGRAMME, "loja-1", &found));
	assert_int_equal(found.version, 8);
	OK(ledger_letter_newest(ledger, COSE_DIRECTORY, "loja-1", &found));
	assert_int_equal(found.version, 7);
	assert_string_equal(found.store, "loja-1");
	OK(ledger_letter_newest(ledger, COSE_DIRECTORY, "loja-2", &found));
	assert_int_equal(found.version, 6);
	assert_int_equal(
	    ledger_letter_newest(ledger, COSE_TRUST, "", &found), ERR_NOT_FOUND);
	OK(ledger_letter_version(ledger, COSE_PROGRAMME, 5, &found));
	assert_int_equal(found.file.len, 1);
	assert_int_equal(
	    ledger_letter_version(ledger, COSE_PROGRAMME, UINT64_MAX, &found),
	    ERR_NOT_FOUND);
}

static void figures_leave_out_what_does_not_count(void **state)
{
	struct ledger *ledger = ((struct place *)*state)->ledger;
	struct ledger_epoch epoch = epoch_of("t-1", 1);
	struct ledger_figure figure;
	OK(ledger_epoch_put(ledger, &epoch));
	struct ledger_batch batch = batch_of(&epoch, 1, 0xaa, 1);
	OK(ledger_batch_add(ledger, &batch));
	for (uint8_t i = 1; i <= 6; i++) {
		struct ledger_event event = event_of(&epoch, i, i, i);
		event.refused = i == 3 ? REFUSAL_CLERK : REFUSAL_NONE;
		event.repeat = i == 4;
		event.training = i == 5;
		event.claimed[EARNER_CLERK] = i == 6 ? 99 : 3;
		OK(ledger_event_add(ledger, &event));
	}
	OK(ledger_figure_next(ledger, true, &figure));
	assert_string_equal(figure.store, "loja-1");
	assert_string_equal(figure.clerk, "c01");
	assert_int_equal(figure.day, 20260528);
	assert_int_equal(figure.events, 3);
	assert_int_equal(figure.amount_cents, 3 * 1299);
	assert_int_equal(figure.points[EARNER_MEMBER], 36);
	assert_int_equal(figure.points[EARNER_STORE], 3);
	assert_int_equal(ledger_figure_next(ledger, false, &figure), ERR_NOT_FOUND);
	struct ledger_event flagged;
	OK(ledger_flagged_next(ledger, true, &flagged));
	assert_int_equal(flagged.seq, 3);
	OK(ledger_flagged_next(ledger, false, &flagged));
	assert_int_equal(flagged.seq, 6);
	assert_int_equal(ledger_flagged_next(ledger, false, &flagged), ERR_NOT_FOUND);
	struct ledger_contact contact;
	OK(ledger_contact_next(ledger, true, &contact));
	assert_string_equal(contact.terminal, "t-1");
	assert_int_equal(contact.arrived_ms, 77);
	assert_int_equal(ledger_contact_next(ledger, false, &contact), ERR_NOT_FOUND);
}

static void durable_and_of_a_known_schema(void **state)
{
	struct place *place = *state;
	struct ledger *other = NULL;
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	assert_int_equal(ledger_open(&ledger_sqlite, "/tmp/there-is-no-ledger-here.db",
			     LEDGER_WRITE, &other),
	    ERR_NOT_FOUND);
	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "wal");
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(
	    ledger_open(&ledger_sqlite, place->path, LEDGER_WRITE, &other), ERR_STALE);
	assert_int_equal(
	    ledger_open(&ledger_sqlite, place->path, LEDGER_CREATE, &other), ERR_STALE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(epochs_are_kept_and_walked),
	    CASE(batches_are_unique),
	    CASE(events_are_unique),
	    CASE(savepoints_undo_one_request),
	    CASE(letters_by_store_and_version),
	    CASE(figures_leave_out_what_does_not_count),
	    CASE(durable_and_of_a_known_schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sqlite3.h>

#include "contract/chain.h"
#include "stall.h"
#include "sync/pack.h"

/* --- a file system that fails on command ---------------------------------- */

/* SQLite's own system calls cannot be wrapped at link time; its file layer can
 * be replaced. The n-th write or flush from now fails, or all from then on. */
static struct {
	int write_at, sync_at;
	bool for_ever;
	int code;
	unsigned syncs;
} fault;

static sqlite3_vfs fault_vfs;

/* The database and its log have methods of their own (one locks). */
static struct faulty {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *real;
} faulty[2];

static bool fails(int *at)
{
	if (*at == 0)
		return false;
	if (*at > 1) {
		--*at;
		return false;
	}
	if (!fault.for_ever)
		*at = 0;
	return true;
}

static const sqlite3_io_methods *real_of(const sqlite3_file *file)
{
	return faulty[file->pMethods == &faulty[1].methods].real;
}

static int fault_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 offset)
{
	return fails(&fault.write_at) ? fault.code
				      : real_of(file)->xWrite(file, at, len, offset);
}

static int fault_sync(sqlite3_file *file, int flags)
{
	fault.syncs++;
	return fails(&fault.sync_at) ? fault.code : real_of(file)->xSync(file, flags);
}

static int fault_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct faulty *of = &faulty[(flags & SQLITE_OPEN_MAIN_DB) != 0];
	int rc = real->xOpen(real, name, file, flags, ret_flags);
	if (rc != SQLITE_OK || file->pMethods == NULL)
		return rc;
	of->real = file->pMethods;
	of->methods = *of->real;
	of->methods.xWrite = fault_write;
	of->methods.xSync = fault_sync;
	file->pMethods = &of->methods;
	return rc;
}

static int fault_install(void **state)
{
	(void)state;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);
	fault_vfs = *real;
	fault_vfs.zName = "fault";
	fault_vfs.pAppData = real;
	fault_vfs.xOpen = fault_open;
	return sqlite3_vfs_register(&fault_vfs, 1) == SQLITE_OK ? 0 : -1;
}

/* The reserve is made through the C library. */
static int fallocate_failure;
int __real_posix_fallocate64(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate64(int fd, off_t offset, off_t len);

int __wrap_posix_fallocate64(int fd, off_t offset, off_t len)
{
	return fallocate_failure != 0 ? fallocate_failure
				      : __real_posix_fallocate64(fd, offset, len);
}

static int set_up(void **state)
{
	memset(&fault, 0, sizeof(fault));
	fallocate_failure = 0;
	return stall_set_up(state);
}

/* The database by another door, for planted faults. */
static void sql(struct stall *stall, const char *text)
{
	char path[96];
	sqlite3 *db = NULL;
	(void)snprintf(path, sizeof(path), "%s/journal.db", stall->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool collect(void *self, const struct journal_row *row)
{
	struct sink *seqs = self;
	sink_u8(seqs, (uint8_t)row->event->seq);
	sink_u8(seqs, (uint8_t)(row->receipted ? 1 : 0));
	return true;
}

static void expect_rows(struct stall *stall, const char *wanted)
{
	uint8_t got[256];
	char text[2 * sizeof(got) + 1];
	struct sink seqs = sink_of(got, sizeof(got));
	MUST(journal_walk(stall->journal, 0, 0, collect, &seqs));
	hex_encode(text, sink_bytes(&seqs));
	assert_string_equal(text, wanted);
}

/* --- append --------------------------------------------------------------- */

static void test_append_is_one_flush(void **state)
{
	struct stall *stall = *state;
	stall_sell(stall); /* stores the session */
	for (int i = 0; i < 5; i++) {
		fault.syncs = 0;
		stall_sell(stall);
		assert_int_equal(fault.syncs, 1);
	}
}

static void test_append_survives_reopening(void **state)
{
	struct stall *stall = *state;
	static uint8_t buf[EVENT_BYTES_MAX];
	static struct event event;
	static struct event read;
	stall_event(stall, &event);
	MUST(stall_try(stall, &event));
	assert_int_equal(event.seq, 2);
	struct journal_status before = stall_status(stall);
	stall_reopen(stall);
	struct journal_status after = stall_status(stall);
	assert_memory_equal(before.head, after.head, HASH_LEN);
	assert_int_equal(after.recorded, 2);
	assert_int_equal(after.waiting, 2);
	assert_int_equal(after.oldest_waiting_ms, stall->now.wall_ms);
	MUST(journal_find(stall->journal, event.id, buf, &read));
	assert_string_equal(read.terminal, "caixa-1");
	assert_int_equal(read.amount_cents, 1299);
	assert_int_equal(read.member, MEMBER_CARD);
	assert_true(read.blob.len > 0);
	struct person person;
	MUST(blob_open(&crypto_psa, &stall->session, &read, &person));
	assert_string_equal(person.member, "9076123456782");
	stall_verify(stall);
}

static void test_repeat_and_conflict(void **state)
{
	struct stall *stall = *state;
	static struct event first;
	stall_event(stall, &first);
	static struct event again;
	again = first;
	static struct event other;
	other = first;
	MUST(stall_try(stall, &first));
	stall_sell(stall);
	again.wall_ms += 5000; /* a retry comes later and with other claims */
	again.points[0] = 99;
	EXPECT(ERR_EXISTS, stall_try(stall, &again));
	assert_int_equal(again.seq, first.seq);
	assert_int_equal(again.points[0], 20);
	other.amount_cents = other.line[0].amount_cents = 1300;
	EXPECT(ERR_CONFLICT, stall_try(stall, &other));
	assert_int_equal(stall_status(stall).recorded, 3);
	expect_rows(stall, "010002000300");
}

static void test_bad_events_leave_nothing(void **state)
{
	struct stall *stall = *state;
	static struct event event;
	stall_event(stall, &event);
	event.line[0].amount_cents = -1;
	EXPECT(ERR_RANGE, stall_try(stall, &event));
	stall_event(stall, &event);
	event.line_count = EVENT_LINES_MAX;
	event.amount_cents = 0;
	for (size_t i = 0; i < EVENT_LINES_MAX; i++) {
		memset(event.line[i].product, '9', PRODUCT_LEN_MAX);
		event.line[i].product[PRODUCT_LEN_MAX] = '\0';
		event.line[i].quantity_milli = 999999u;
		event.line[i].amount_cents = 99999;
		event.amount_cents += event.line[i].amount_cents;
	}
	/* Full to the brim, and still within one event's limit. */
	MUST(stall_try(stall, &event));
	stall_sell(stall);
	stall_verify(stall);
}

static void test_unknown_id_is_not_found(void **state)
{
	struct stall *stall = *state;
	static uint8_t buf[EVENT_BYTES_MAX];
	static struct event event;
	const uint8_t id[EVENT_ID_LEN] = {9};
	EXPECT(ERR_NOT_FOUND, journal_find(stall->journal, id, buf, &event));
}

static void test_disk_full_is_refused_and_passes(void **state)
{
	struct stall *stall = *state;
	static struct event event;
	stall_sell(stall);
	fault.code = SQLITE_FULL;
	fault.write_at = 1;
	fault.for_ever = true;
	fallocate_failure = ENOSPC;
	stall_event(stall, &event);
	EXPECT(ERR_FULL, stall_try(stall, &event));
	/* Room for a little: the reserve comes first, the sale is still refused. */
	fault.write_at = 0;
	EXPECT(ERR_FULL, stall_try(stall, &event));
	assert_int_equal(stall_status(stall).recorded, 2);
	/* What moves no money may still be written down. */
	static struct event note;
	stall_event(stall, &note);
	note.type = EVENT_SHIFT_CLOSE;
	note.line_count = 0;
	note.amount_cents = 0;
	memset(note.points, 0, sizeof(note.points));
	MUST(journal_append(stall->journal, &note, NULL, &stall->session));
	fallocate_failure = 0;
	MUST(stall_try(stall, &event));
	assert_int_equal(event.seq, 4);
	stall_reopen(stall);
	stall_verify(stall);
	expect_rows(stall, "0100020003000400");
}

/* Every write and every flush of a sale fails once; whatever the answer was,
 * looking the id up afterwards tells the truth, and the truth stays. */
static void test_each_step_of_an_append_fails(void **state)
{
	struct stall *stall = *state;
	static uint8_t buf[EVENT_BYTES_MAX];
	unsigned unknown = 0;
	unsigned refused = 0;
	stall_sell(stall);
	for (int step = 0; step < 12; step++) {
		static struct event event;
		static struct event read;
		uint64_t before = stall_status(stall).recorded;
		stall_event(stall, &event);
		fault.code = step % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
		fault.write_at = step % 2 == 0 ? step / 2 + 1 : 0;
		fault.sync_at = step % 2 == 1 ? step / 2 + 1 : 0;
		enum err error = stall_try(stall, &event);
		fault.write_at = fault.sync_at = 0;
		unknown += error == ERR_UNKNOWN;
		refused += error != ERR_NONE;
		enum err found = journal_find(stall->journal, event.id, buf, &read);
		assert_true(found == ERR_NONE || found == ERR_NOT_FOUND);
		if (error == ERR_NONE)
			assert_int_equal(found, ERR_NONE);
		if (error != ERR_NONE && error != ERR_UNKNOWN)
			assert_int_equal(found, ERR_NOT_FOUND);
		assert_int_equal(
		    stall_status(stall).recorded, before + (found == ERR_NONE));
		stall_reopen(stall);
		assert_int_equal(
		    journal_find(stall->journal, event.id, buf, &read), found);
		/* The retry with the same id, as the till does it. */
		event.epoch = (struct epoch_id){0};
		EXPECT(
		    found == ERR_NONE ? ERR_EXISTS : ERR_NONE, stall_try(stall, &event));
	}
	assert_true(unknown >= 1);
	assert_true(refused >= 4);
	stall_verify(stall);
}

static void test_intent_goes_with_the_sale(void **state)
{
	struct stall *stall = *state;
	uint8_t buf[64];
	size_t len = 0;
	MUST(journal_intent_set(stall->journal, bytes_of_text("open sale")));
	stall_reopen(stall);
	MUST(journal_intent_get(stall->journal, buf, sizeof(buf), &len));
	assert_int_equal(len, 9);
	assert_memory_equal(buf, "open sale", 9);
	stall_sell(stall);
	MUST(journal_intent_get(stall->journal, buf, sizeof(buf), &len));
	assert_int_equal(len, 0);
	stall_reopen(stall);
	MUST(journal_intent_get(stall->journal, buf, sizeof(buf), &len));
	assert_int_equal(len, 0);
}

static void test_walks(void **state)
{
	struct stall *stall = *state;
	static struct event sale;
	static struct event give_back;
	uint8_t got[32];
	struct sink seqs = sink_of(got, sizeof(got));
	stall_event(stall, &sale);
	MUST(stall_try(stall, &sale));
	stall_sell(stall);
	stall_event(stall, &give_back);
	give_back.type = EVENT_VOID;
	give_back.amount_cents = -1299;
	give_back.line_count = 0;
	give_back.points[0] = -20;
	give_back.points[1] = -1;
	memcpy(give_back.reference.terminal, "caixa-1", 8);
	memcpy(give_back.reference.id, sale.id, EVENT_ID_LEN);
	MUST(journal_append(stall->journal, &give_back, NULL, &stall->session));
	expect_rows(stall, "0100020003000400");
	MUST(journal_walk_back(stall->journal, 2, collect, &seqs));
	assert_memory_equal(got, "\4\0\3\0", 4);
	assert_int_equal(seqs.len, 4);
	seqs.len = 0;
	MUST(journal_walk_references(stall->journal, sale.id, collect, &seqs));
	assert_memory_equal(got, "\4\0", 2);
	assert_int_equal(seqs.len, 2);
	seqs.len = 0;
	MUST(journal_walk(stall->journal, 1, 3, collect, &seqs));
	assert_int_equal(seqs.len, 2);
}

static void test_a_reader_beside_the_writer(void **state)
{
	struct stall *stall = *state;
	struct journal *reader = NULL;
	struct journal_status status;
	static struct event event;
	MUST(journal_open_read(stall->dir_fd, &stall->owner, &reader));
	stall_sell(stall);
	MUST(journal_status(reader, &status));
	assert_int_equal(status.recorded, 2);
	stall_event(stall, &event);
	EXPECT(ERR_DENIED, journal_append(reader, &event, NULL, &stall->session));
	stall_sell(stall);
	uint64_t bad_seq = 0;
	char reason[JOURNAL_REASON_LEN_MAX];
	MUST(journal_verify(reader, 0, &bad_seq, reason));
	journal_close(&reader);
	stall_sell(stall);
	stall_verify(stall);
}

static void test_another_terminals_journal_is_refused(void **state)
{
	struct stall *stall = *state;
	struct journal *journal = NULL;
	uint64_t bad_seq = 0;
	journal_close(&stall->journal);
	stall->owner.terminal = "caixa-2";
	EXPECT(
	    ERR_CONFLICT, journal_open(stall->dir_fd, &stall->owner, &journal, &bad_seq));
	assert_null(journal);
	stall->owner.terminal = NULL;
	MUST(journal_open(stall->dir_fd, &stall->owner, &stall->journal, &bad_seq));
	assert_string_equal(journal_terminal(stall->journal), "caixa-1");
}

/* --- schema --------------------------------------------------------------- */

static void test_migrates_from_version_1(void **state)
{
	struct stall *stall = *state;
	static struct event give_back;
	uint8_t got[32];
	struct sink seqs = sink_of(got, sizeof(got));
	const uint8_t of[EVENT_ID_LEN] = {7};
	stall_event(stall, &give_back);
	give_back.type = EVENT_VOID;
	give_back.amount_cents = -1299;
	give_back.line_count = 0;
	memset(give_back.points, 0, sizeof(give_back.points));
	memcpy(give_back.reference.terminal, "caixa-1", 8);
	memcpy(give_back.reference.id, of, EVENT_ID_LEN);
	MUST(journal_append(stall->journal, &give_back, NULL, &stall->session));
	journal_close(&stall->journal);
	sql(stall, "DROP TABLE reference; PRAGMA user_version = 1");
	stall_open_journal(stall);
	MUST(journal_walk_references(stall->journal, of, collect, &seqs));
	assert_int_equal(seqs.len, 2);
	assert_int_equal(got[0], 2);
	stall_sell(stall);
	stall_verify(stall);
}

static void test_a_newer_schema_is_left_alone(void **state)
{
	struct stall *stall = *state;
	uint64_t bad_seq = 0;
	journal_close(&stall->journal);
	sql(stall, "PRAGMA user_version = 99");
	EXPECT(ERR_UNSUPPORTED,
	    journal_open(stall->dir_fd, &stall->owner, &stall->journal, &bad_seq));
}

/* --- cut ------------------------------------------------------------------ */

static void test_cut_by_age(void **state)
{
	struct stall *stall = *state;
	EXPECT(ERR_NOT_FOUND, journal_cut(stall->journal, false));
	stall_wait(stall, JOURNAL_BATCH_AGE_MS - 1);
	EXPECT(ERR_NOT_FOUND, journal_cut(stall->journal, false));
	stall_wait(stall, 1);
	MUST(journal_cut(stall->journal, false));
	EXPECT(ERR_NOT_FOUND, journal_cut(stall->journal, true));
}

static void test_at_most_four_batches_are_open(void **state)
{
	struct stall *stall = *state;
	for (int i = 0; i < JOURNAL_OPEN_BATCHES_MAX; i++) {
		stall_sell(stall);
		stall_wait(stall, 2000);
		MUST(journal_cut(stall->journal, false));
	}
	stall_sell(stall);
	stall_wait(stall, 2000);
	EXPECT(ERR_NOT_FOUND, journal_cut(stall->journal, false));
	stall_take_receipt(stall, 1);
	MUST(journal_cut(stall->journal, false));
	stall_sell(stall);
	MUST(journal_cut(stall->journal, true)); /* everything: whatever is open */
}

static void test_batch_holds_exactly_the_rows(void **state)
{
	struct stall *stall = *state;
	static uint8_t body_bytes[BATCH_BODY_MAX];
	struct packer *packer = NULL;
	struct batch_body body;
	size_t len = 0;
	stall_sell(stall);
	stall_sell(stall);
	stall_cut(stall);
	struct stall_batch *batch = stall_batch(stall, 1);
	assert_int_equal(batch->file.header.first_seq, 1);
	assert_int_equal(batch->file.header.count, 3);
	assert_string_equal(batch->file.header.software, "test");
	assert_memory_equal(
	    batch->file.header.head_after, stall_status(stall).head, HASH_LEN);
	MUST(packer_new(&packer));
	MUST(unpack(packer, batch->file.body, body_bytes, sizeof(body_bytes), &len));
	packer_free(&packer);
	MUST(batch_body_parse(bytes_of(body_bytes, len), &body));
	assert_int_equal(body.recipient_count, 1);
	assert_int_equal(body.recipient[0].len, stall->session.recipient_len);
	assert_int_equal(body.event_count, 3);
	uint8_t link[HASH_LEN];
	struct epoch_id epoch = journal_epoch(stall->journal);
	MUST(chain_start(&crypto_psa, "caixa-1", &epoch, link));
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct bytes bytes;
		static struct event event;
		MUST(batch_body_next(&body, &bytes));
		MUST(event_decode(bytes, &event));
		assert_int_equal(event.seq, seq);
		MUST(chain_step(&crypto_psa, bytes, link));
	}
	assert_memory_equal(link, batch->file.header.head_after, HASH_LEN);
	free(batch);
}

static void test_a_cut_that_fails_cuts_the_same_later(void **state)
{
	struct stall *stall = *state;
	stall_sell(stall);
	fault.code = SQLITE_FULL;
	fault.write_at = 1;
	EXPECT(ERR_FULL, journal_cut(stall->journal, true));
	MUST(journal_cut(stall->journal, true));
	struct stall_batch *batch = stall_batch(stall, 1);
	assert_int_equal(batch->file.header.count, 2);
	free(batch);
	stall_verify(stall);
}

static void test_a_changed_row_is_not_cut(void **state)
{
	struct stall *stall = *state;
	stall_sell(stall);
	sql(stall, "UPDATE event SET bytes = substr(bytes, 1, 40) || x'00' ||"
		   " substr(bytes, 42) WHERE key & 1023 = 2");
	EXPECT(ERR_CORRUPT, journal_cut(stall->journal, true));
	assert_int_equal(stall_status(stall).open_batches, 0);
}

static void test_without_a_signer_it_records_and_does_not_cut(void **state)
{
	struct stall *stall = *state;
	stall->owner.signer = NULL;
	stall_reopen(stall);
	stall_sell(stall);
	EXPECT(ERR_NOT_READY, journal_cut(stall->journal, true));
}

/* --- answers -------------------------------------------------------------- */

static void test_a_receipt_is_taken_once(void **state)
{
	struct stall *stall = *state;
	struct refused refused = {.seq = 2, .code = REFUSAL_CLERK};
	bool done = true;
	struct epoch_id epoch = journal_epoch(stall->journal);
	stall_sell(stall);
	stall_cut(stall);
	stall_sell(stall);
	MUST(journal_batch_done(stall->journal, &epoch, 1, &done));
	assert_false(done);
	struct answer answer = stall_receipt(stall, 1);
	answer.refused_count = 1;
	MUST(stall_accept(stall, &answer, &refused));
	EXPECT(ERR_EXISTS, stall_accept(stall, &answer, &refused));
	MUST(journal_batch_done(stall->journal, &epoch, 1, &done));
	assert_true(done);
	struct journal_status status = stall_status(stall);
	assert_int_equal(status.recorded, 3);
	assert_int_equal(status.receipted, 2);
	assert_int_equal(status.waiting, 1);
	assert_int_equal(status.refused, 1);
	assert_int_equal(status.last_central_ms, stall->now.wall_ms);
	expect_rows(stall, "010102010300");
	stall_reopen(stall);
	stall_verify(stall);
	EXPECT(ERR_NOT_FOUND, journal_batch_done(stall->journal, &epoch, 2, &done));
}

/* Each field of a receipt that disagrees with our rows keeps it out whole. */
static void test_every_field_of_a_receipt_is_checked(void **state)
{
	struct stall *stall = *state;
	stall_sell(stall);
	stall_cut(stall);
	stall_sell(stall);
	stall_cut(stall);
	stall_take_receipt(stall, 1);
	const struct answer good = stall_receipt(stall, 2);
	for (int field = 0; field < 9; field++) {
		struct answer bad = good;
		struct refused outside = {.seq = 1, .code = REFUSAL_CLERK};
		switch (field) {
		case 0: bad.terminal[0] = 'x'; break;
		case 1: bad.batch_hash[5] ^= 1; break;
		case 2: bad.first_seq--; break;
		case 3: bad.last_seq++; break;
		case 4: bad.head[31] ^= 0x80; break;
		case 5: bad.previous_receipt[0] ^= 1; break;
		case 6: bad.refused_count = 1; break;
		case 7: bad.epoch.mark[0] ^= 1; break;
		default: bad.batch_number = 1; break;
		}
		enum err error = stall_accept(stall, &bad, &outside);
		if (error == ERR_NONE || error == ERR_EXISTS)
			fail_msg("field %d passed", field);
		assert_int_equal(stall_status(stall).receipted, 2);
	}
	MUST(stall_accept(stall, &good, NULL));
	stall_verify(stall);
}

static void test_a_receipt_of_no_batch_is_told_apart(void **state)
{
	struct stall *stall = *state;
	stall_cut(stall);
	struct answer answer = stall_receipt(stall, 1);
	answer.batch_number = 7;
	EXPECT(ERR_NOT_FOUND, stall_accept(stall, &answer, NULL));
	answer = stall_receipt(stall, 1);
	answer.epoch.number = 3;
	EXPECT(ERR_NOT_FOUND, stall_accept(stall, &answer, NULL));
}

struct seen {
	unsigned count;
	struct journal_batch batch[8];
};

static bool see(void *self, const struct journal_batch *batch)
{
	struct seen *seen = self;
	seen->batch[seen->count++] = *batch;
	return true;
}

static struct seen open_batches(struct stall *stall)
{
	struct seen seen = {0};
	MUST(journal_walk_open_batches(stall->journal, see, &seen));
	return seen;
}

static void test_held_is_kept_and_does_not_stop_cutting(void **state)
{
	struct stall *stall = *state;
	for (int i = 0; i < JOURNAL_OPEN_BATCHES_MAX; i++) {
		stall_sell(stall);
		stall_cut(stall);
	}
	struct answer answer = stall_receipt(stall, 1);
	answer.kind = ANSWER_HELD;
	answer.reason = HELD_FORK;
	MUST(stall_accept(stall, &answer, NULL));
	assert_int_equal(stall_status(stall).held, 1);
	struct seen seen = open_batches(stall);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.batch[0].held, HELD_FORK);
	assert_int_equal(seen.batch[0].wait_from_ms, stall->now.wall_ms);
	stall_sell(stall);
	stall_wait(stall, 2000);
	MUST(journal_cut(stall->journal, false));
	/* The same answer an hour later starts the hour again. */
	stall_wait(stall, 3600 * 1000);
	enum err error = stall_accept(stall, &answer, NULL);
	assert_true(error == ERR_EXISTS || error == ERR_NONE);
	assert_int_equal(open_batches(stall).batch[0].wait_from_ms, stall->now.wall_ms);
	stall_take_receipt(stall, 1);
	assert_int_equal(stall_status(stall).held, 0);
	assert_int_equal(open_batches(stall).count, 4);
	stall_verify(stall);
}

static void test_gap_offers_again_at_most_hourly(void **state)
{
	struct stall *stall = *state;
	bool done = true;
	struct epoch_id epoch = journal_epoch(stall->journal);
	for (uint64_t n = 1; n <= 3; n++) {
		stall_sell(stall);
		stall_cut(stall);
	}
	stall_take_receipt(stall, 1);
	stall_take_receipt(stall, 2);
	struct answer gap = stall_receipt(stall, 3);
	gap.kind = ANSWER_GAP;
	gap.expected_seq = 3;
	MUST(stall_accept(stall, &gap, NULL));
	struct seen seen = open_batches(stall);
	assert_int_equal(seen.count, 2); /* 2 again, and 3 */
	assert_int_equal(seen.batch[0].number, 2);
	assert_int_equal(seen.batch[0].wait_from_ms, 0);
	assert_int_equal(seen.batch[1].wait_from_ms, 0);
	MUST(journal_batch_done(stall->journal, &epoch, 2, &done));
	assert_false(done);
	/* Told again within the hour: 3 waits; a new receipt for 2 frees it. */
	stall_wait(stall, 60 * 1000);
	gap.central_ms = stall->now.wall_ms;
	MUST(stall_accept(stall, &gap, NULL));
	assert_int_equal(open_batches(stall).batch[1].wait_from_ms, stall->now.wall_ms);
	struct answer second = stall_receipt(stall, 2);
	second.receipt_number = 2;
	/* The restored central lost receipt 2: same number, same one before. */
	sqlite3 *db = NULL;
	char path[96];
	(void)snprintf(path, sizeof(path), "%s/journal.db", stall->path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_stmt *get = NULL;
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT previous FROM answer WHERE kind = 1"
			     " ORDER BY id DESC LIMIT 1",
			     -1, &get, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(get), SQLITE_ROW);
	memcpy(second.previous_receipt, sqlite3_column_blob(get, 0), HASH_LEN);
	sqlite3_finalize(get);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	MUST(stall_accept(stall, &second, NULL));
	MUST(journal_batch_done(stall->journal, &epoch, 2, &done));
	assert_true(done);
	seen = open_batches(stall);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.batch[0].wait_from_ms, 0);
	assert_int_equal(stall_status(stall).receipted, 3);
	stall_verify(stall);
}

/* --- verification --------------------------------------------------------- */

static void four_sales_two_batches(struct stall *stall)
{
	stall_sell(stall);
	stall_sell(stall);
	stall_cut(stall);
	stall_take_receipt(stall, 1);
	stall_sell(stall);
	stall_cut(stall);
	stall_sell(stall);
}

static void expect_found(struct stall *stall, const char *fault_sql, uint64_t seq)
{
	uint64_t bad_seq = 0;
	char reason[JOURNAL_REASON_LEN_MAX] = "";
	struct journal *reader = NULL;
	journal_close(&stall->journal);
	char copy[320];
	(void)snprintf(copy, sizeof(copy),
	    "cp %s/journal.db %s/before.db && rm -f %s/journal.db-*", stall->path,
	    stall->path, stall->path);
	FILE *shell = popen(copy, "r");
	assert_non_null(shell);
	assert_int_equal(pclose(shell), 0);
	sql(stall, fault_sql);
	MUST(journal_open_read(stall->dir_fd, &stall->owner, &reader));
	enum err error = journal_verify(reader, 0, &bad_seq, reason);
	journal_close(&reader);
	if (error != ERR_CORRUPT)
		fail_msg("not found: %s", fault_sql);
	if (bad_seq != seq)
		fail_msg("%s: %llu named, not %llu: %s", fault_sql,
		    (unsigned long long)bad_seq, (unsigned long long)seq, reason);
	assert_true(reason[0] != '\0');
	/* The same fault stops the opening, when it is in the last rows. */
	(void)snprintf(copy, sizeof(copy), "cp %s/before.db %s/journal.db; rm -f %s/*-*",
	    stall->path, stall->path, stall->path);
	shell = popen(copy, "r");
	assert_non_null(shell);
	assert_int_equal(pclose(shell), 0);
	stall_open_journal(stall);
	stall_verify(stall);
}

static void test_verify_finds_planted_faults(void **state)
{
	struct stall *stall = *state;
	four_sales_two_batches(stall);

	static const struct {
		const char *sql;
		uint64_t seq;
	} planted[] = {
	    {"UPDATE event SET bytes = substr(bytes, 1, 60) || x'ff' ||"
	     " substr(bytes, 62) WHERE key & 1023 = 2",
		2},
	    {"DELETE FROM event WHERE key & 1023 = 3", 3},
	    {"DELETE FROM event WHERE key & 1023 = 5", 5}, /* the last one */
	    {"DELETE FROM event WHERE key & 1023 = 1", 1},
	    {"UPDATE state SET head = zeroblob(32)", 5},
	    {"UPDATE state SET cut_head = zeroblob(32)", 4},
	    {"UPDATE state SET last_seq = 6", 6},
	    {"UPDATE event SET link = zeroblob(32) WHERE key & 1023 = 4", 4},
	    {"UPDATE known SET content = zeroblob(32) WHERE key & 1023 = 3", 3},
	    {"DELETE FROM known WHERE key & 1023 = 3", 3},
	    {"UPDATE batch SET head_after = zeroblob(32) WHERE key & 1023 = 2", 4},
	    {"UPDATE batch SET hash = zeroblob(32) WHERE key & 1023 = 1", 1},
	    {"UPDATE batch_file SET file = substr(file, 1, length(file) - 9) ||"
	     " zeroblob(9) WHERE key & 1023 = 1",
		1},
	    {"DELETE FROM batch_file WHERE key & 1023 = 2", 4},
	    {"UPDATE answer SET file = substr(file, 1, 90) || x'ff' ||"
	     " substr(file, 92)",
		1},
	    {"UPDATE answer SET hash = zeroblob(32)", 1},
	    {"UPDATE state SET recorded = 9", 5},
	};

	stall_verify(stall);
	for (size_t i = 0; i < COUNT_OF(planted); i++)
		expect_found(stall, planted[i].sql, planted[i].seq);
}

static void test_opening_names_the_bad_row(void **state)
{
	struct stall *stall = *state;
	uint64_t bad_seq = 0;
	four_sales_two_batches(stall);
	journal_close(&stall->journal);
	sql(stall, "UPDATE event SET bytes = substr(bytes, 1, 60) || x'ff' ||"
		   " substr(bytes, 62) WHERE key & 1023 = 4");
	EXPECT(ERR_CORRUPT,
	    journal_open(stall->dir_fd, &stall->owner, &stall->journal, &bad_seq));
	assert_int_equal(bad_seq, 4);
	assert_null(stall->journal);
}

static void test_verify_in_slices(void **state)
{
	struct stall *stall = *state;
	uint64_t bad_seq = 0;
	char reason[JOURNAL_REASON_LEN_MAX];
	four_sales_two_batches(stall);
	enum err error = ERR_BUSY;
	int turns = 0;
	for (; error == ERR_BUSY && turns < 50; turns++) {
		error = journal_verify(stall->journal, 1, &bad_seq, reason);
		if (turns < 3)
			stall_sell(stall); /* the counter goes on meanwhile */
	}
	MUST(error);
	assert_true(turns > 8);
}

/* --- pruning -------------------------------------------------------------- */

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static uint64_t prune(struct stall *stall)
{
	uint64_t pruned = 99;
	MUST(journal_prune(stall->journal, 1000, &pruned));
	return pruned;
}

static void test_the_pruning_gate(void **state)
{
	struct stall *stall = *state;
	static uint8_t buf[EVENT_BYTES_MAX];
	static struct event event;
	static struct event old;
	stall_event(stall, &old);
	MUST(stall_try(stall, &old));
	stall_cut(stall);
	stall_take_receipt(stall, 1);
	stall_wait(stall, 40 * day_ms);
	assert_int_equal(prune(stall), 0); /* no later receipt */
	stall_sell(stall);
	stall_cut(stall);
	struct answer early = stall_receipt(stall, 2);
	early.central_ms -= 11 * day_ms; /* the central's own clock: 29 days */
	MUST(stall_accept(stall, &early, NULL));
	assert_int_equal(prune(stall), 0);
	stall_sell(stall);
	stall_cut(stall);
	stall_take_receipt(stall, 3);
	stall->now.wall_ms -= 11 * day_ms; /* our own clock: 29 days */
	assert_int_equal(prune(stall), 0);
	stall->now.wall_ms += 11 * day_ms;
	assert_int_equal(prune(stall), 2);
	assert_int_equal(prune(stall), 0);
	EXPECT(ERR_STALE, journal_find(stall->journal, old.id, buf, &event));
	event = old;
	EXPECT(ERR_EXISTS, stall_try(stall, &event));
	event.amount_cents = event.line[0].amount_cents = 1;
	EXPECT(ERR_CONFLICT, stall_try(stall, &event));
	stall_verify(stall);
	stall_reopen(stall);
	stall_verify(stall);
	expect_rows(stall, "03010401");
	assert_int_equal(stall_status(stall).recorded, 4);
	assert_int_equal(stall_status(stall).waiting, 0);
	bool done = false;
	struct epoch_id epoch = journal_epoch(stall->journal);
	MUST(journal_batch_done(stall->journal, &epoch, 1, &done));
	assert_true(done);
	stall_sell(stall);
	stall_cut(stall);
	stall_verify(stall);
}

static void test_a_broken_receipt_chain_prunes_nothing(void **state)
{
	struct stall *stall = *state;
	stall_cut(stall);
	stall_take_receipt(stall, 1);
	stall_wait(stall, 40 * day_ms);
	stall_sell(stall);
	stall_cut(stall);
	struct answer far = stall_receipt(stall, 2);
	far.receipt_number = 3; /* one between them never came */
	MUST(stall_accept(stall, &far, NULL));
	assert_int_equal(prune(stall), 0);
}

/* --- epochs --------------------------------------------------------------- */

static void test_a_new_epoch_carries_what_waits(void **state)
{
	struct stall *stall = *state;
	static uint8_t buf[EVENT_BYTES_MAX];
	static struct event waiting;
	static struct event read;
	stall_sell(stall);
	stall_cut(stall);
	stall_take_receipt(stall, 1);
	stall_event(stall, &waiting);
	MUST(stall_try(stall, &waiting));
	uint8_t head[HASH_LEN];
	struct answer receipted = stall_receipt(stall, 1);
	memcpy(head, receipted.head, HASH_LEN);
	stall_epoch(stall);
	assert_int_equal(journal_epoch(stall->journal).number, 2);
	/* The opening event counts; the one carried over counts once. */
	assert_int_equal(stall_status(stall).recorded, 4);
	assert_int_equal(stall_status(stall).waiting, 2);
	expect_rows(stall, "0101020101000200");
	MUST(journal_find(stall->journal, waiting.id, buf, &read));
	struct person person;
	MUST(blob_open(&crypto_psa, &stall->session, &read, &person));
	static struct event again;
	again = waiting;
	EXPECT(ERR_EXISTS, stall_try(stall, &again));
	assert_int_equal(again.seq, waiting.seq);
	stall->receipts = 0;
	memset(stall->last_receipt, 0, HASH_LEN);
	stall_cut(stall);
	struct stall_batch *batch = stall_batch(stall, 1);
	assert_int_equal(batch->file.header.count, 2);
	free(batch);
	stall_take_receipt(stall, 1);
	assert_int_equal(stall_status(stall).waiting, 0);
	assert_int_equal(stall_status(stall).receipted, 4);
	stall_verify(stall);
	stall_reopen(stall);
	stall_verify(stall);
}

/* --- size ----------------------------------------------------------------- */

static void test_a_long_backlog_is_cut_in_full_batches(void **state)
{
	struct stall *stall = *state;
	static struct event event;
	stall_event(stall, &event);
	for (int i = 0; i < 2100; i++) {
		static struct event next;
		next = event;
		next.id[0] = 1;
		next.id[1] = (uint8_t)(i >> 8);
		next.id[2] = (uint8_t)i;
		MUST(journal_append(stall->journal, &next, NULL, &stall->session));
	}
	MUST(journal_cut(stall->journal, false)); /* by size */
	struct stall_batch *batch = stall_batch(stall, 1);
	assert_true(batch->file.header.count > 1500);
	assert_true(batch->file.header.count <= BATCH_EVENTS_MAX);
	free(batch);
	MUST(journal_cut(stall->journal, true));
	EXPECT(ERR_NOT_FOUND, journal_cut(stall->journal, true));
	stall_verify(stall);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stall_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_append_is_one_flush),
	    TEST(test_append_survives_reopening),
	    TEST(test_repeat_and_conflict),
	    TEST(test_bad_events_leave_nothing),
	    TEST(test_unknown_id_is_not_found),
	    TEST(test_disk_full_is_refused_and_passes),
	    TEST(test_each_step_of_an_append_fails),
	    TEST(test_intent_goes_with_the_sale),
	    TEST(test_walks),
	    TEST(test_a_reader_beside_the_writer),
	    TEST(test_another_terminals_journal_is_refused),
	    TEST(test_migrates_from_version_1),
	    TEST(test_a_newer_schema_is_left_alone),
	    TEST(test_cut_by_age),
	    TEST(test_at_most_four_batches_are_open),
	    TEST(test_batch_holds_exactly_the_rows),
	    TEST(test_a_cut_that_fails_cuts_the_same_later),
	    TEST(test_a_changed_row_is_not_cut),
	    TEST(test_without_a_signer_it_records_and_does_not_cut),
	    TEST(test_a_receipt_is_taken_once),
	    TEST(test_every_field_of_a_receipt_is_checked),
	    TEST(test_a_receipt_of_no_batch_is_told_apart),
	    TEST(test_held_is_kept_and_does_not_stop_cutting),
	    TEST(test_gap_offers_again_at_most_hourly),
	    TEST(test_verify_finds_planted_faults),
	    TEST(test_opening_names_the_bad_row),
	    TEST(test_verify_in_slices),
	    TEST(test_the_pruning_gate),
	    TEST(test_a_broken_receipt_chain_prunes_nothing),
	    TEST(test_a_new_epoch_carries_what_waits),
	    TEST(test_a_long_backlog_is_cut_in_full_batches),
	};
	return cmocka_run_group_tests(tests, fault_install, NULL);
}

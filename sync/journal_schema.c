/* SPDX-License-Identifier: MIT */
#include "sync/journal_schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * `event` and `batch` are keyed by row_key, so their order is the order of
 * sending. What is big (a batch's bytes) or changes (its receipt) never shares
 * a row: an update rewrites a whole row.
 */
static const char schema_1[] =
    "CREATE TABLE state(one INTEGER PRIMARY KEY CHECK(one = 1), terminal TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, mark BLOB NOT NULL, last_seq INTEGER NOT NULL,"
    " head BLOB NOT NULL, cut_seq INTEGER NOT NULL, cut_head BLOB NOT NULL,"
    " batch_number INTEGER NOT NULL, receipt_number INTEGER NOT NULL,"
    " receipt_hash BLOB NOT NULL, central_ms INTEGER NOT NULL,"
    " recorded INTEGER NOT NULL, receipted INTEGER NOT NULL, refused INTEGER NOT NULL,"
    " held INTEGER NOT NULL, unreceipted_batches INTEGER NOT NULL);"
    "CREATE TABLE epoch(number INTEGER PRIMARY KEY, mark BLOB NOT NULL);"
    "CREATE TABLE event(key INTEGER PRIMARY KEY, bytes BLOB NOT NULL,"
    " link BLOB NOT NULL);"
    /* For ever: what makes a repeat a repeat. */
    "CREATE TABLE known(id BLOB PRIMARY KEY, content BLOB NOT NULL,"
    " key INTEGER NOT NULL) WITHOUT ROWID;"
    /* Rows carried from an earlier epoch, by the row that came first. */
    "CREATE TABLE copy(key INTEGER PRIMARY KEY, original INTEGER NOT NULL);"
    "CREATE INDEX copy_original ON copy(original, key);"
    "CREATE TABLE session(id BLOB PRIMARY KEY, recipient BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE intent(one INTEGER PRIMARY KEY CHECK(one = 1), bytes BLOB NOT NULL);"
    "CREATE TABLE batch(key INTEGER PRIMARY KEY, first INTEGER NOT NULL UNIQUE,"
    " last INTEGER NOT NULL, head_before BLOB NOT NULL, head_after BLOB NOT NULL,"
    " hash BLOB NOT NULL, receipt INTEGER, held INTEGER NOT NULL DEFAULT 0,"
    " wait_from_ms INTEGER NOT NULL DEFAULT 0, gap_seq INTEGER NOT NULL DEFAULT 0,"
    " again INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX batch_open ON batch(key) WHERE receipt IS NULL OR again = 1;"
    "CREATE TABLE batch_file(key INTEGER PRIMARY KEY, file BLOB NOT NULL);"
    "CREATE TABLE answer(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
    " batch INTEGER NOT NULL, receipt_key INTEGER, hash BLOB NOT NULL UNIQUE,"
    " previous BLOB, run INTEGER, central_ms INTEGER NOT NULL,"
    " taken_ms INTEGER NOT NULL, closed_epoch INTEGER NOT NULL DEFAULT 0,"
    " expected_seq INTEGER NOT NULL DEFAULT 0, replaced INTEGER NOT NULL DEFAULT 0,"
    " file BLOB NOT NULL);"
    "CREATE INDEX answer_receipt ON answer(receipt_key)"
    " WHERE receipt_key IS NOT NULL AND replaced = 0;"
    "CREATE INDEX answer_batch ON answer(batch);"
    "CREATE TABLE refusal(key INTEGER PRIMARY KEY, code INTEGER NOT NULL);"
    "CREATE TABLE anchor(epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL,"
    " link BLOB NOT NULL, batch_number INTEGER NOT NULL,"
    " receipt_number INTEGER NOT NULL, receipt_hash BLOB NOT NULL);";

/* 2: voids and returns are found by what they refer to. */
static const char schema_2[] =
    "CREATE TABLE reference(of_id BLOB NOT NULL, key INTEGER NOT NULL,"
    " PRIMARY KEY(of_id, key)) WITHOUT ROWID;";

static enum err references_fill(struct journal *journal);

static const struct migration {
	const char *sql;
	enum err (*fill)(struct journal *journal); /* what SQL cannot do; may be NULL */
} migrations[] = {
    {schema_1, NULL},
    {schema_2, references_fill},
};

_Static_assert(COUNT_OF(migrations) == JOURNAL_SCHEMA_VERSION, "one step a version");

static const char *const statements[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_STATE_GET] =
	"SELECT terminal, epoch, mark, last_seq, head, cut_seq, cut_head, batch_number,"
	" receipt_number, receipt_hash, central_ms, recorded, receipted, refused, held,"
	" unreceipted_batches FROM state",
    [STATEMENT_STATE_SET] =
	"REPLACE INTO state VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_EPOCH_ADD] = "INSERT INTO epoch VALUES(?, ?)",
    [STATEMENT_EPOCH_GET] = "SELECT mark FROM epoch WHERE number = ?",
    [STATEMENT_KNOWN_GET] = "SELECT content, key FROM known WHERE id = ?",
    [STATEMENT_KNOWN_ADD] = "INSERT INTO known VALUES(?, ?, ?)",
    [STATEMENT_EVENT_GET] =
	"SELECT bytes FROM event WHERE key = ?1 UNION ALL SELECT bytes FROM copy"
	" JOIN event USING(key) WHERE original = ?1 LIMIT 1",
    [STATEMENT_EVENT_ADD] = "INSERT INTO event VALUES(?, ?, ?)",
    [STATEMENT_LINK_GET] = "SELECT link FROM event WHERE key = ?",
    [STATEMENT_REFERENCE_ADD] = "INSERT INTO reference VALUES(?, ?)",
    [STATEMENT_COPY_ADD] = "INSERT INTO copy VALUES(?, ?)",
    [STATEMENT_COPY_ORIGINAL] = "SELECT original FROM copy WHERE key = ?",
    [STATEMENT_SESSION_ADD] = "INSERT OR IGNORE INTO session VALUES(?, ?)",
    [STATEMENT_SESSION_GET] = "SELECT recipient FROM session WHERE id = ?",
    [STATEMENT_INTENT_SET] = "REPLACE INTO intent VALUES(1, ?)",
    [STATEMENT_INTENT_GET] = "SELECT bytes FROM intent",
    [STATEMENT_INTENT_CLEAR] = "DELETE FROM intent",
    [STATEMENT_BATCH_ADD] =
	"INSERT INTO batch(key, first, last, head_before, head_after, hash)"
	" VALUES(?, ?, ?, ?, ?, ?)",
    [STATEMENT_BATCH_FILE_ADD] = "INSERT INTO batch_file VALUES(?, ?)",
    [STATEMENT_BATCH_FILE_GET] = "SELECT file FROM batch_file WHERE key = ?",
    [STATEMENT_BATCH_GET] =
	"SELECT first, last, head_before, head_after, hash, receipt, held, again"
	" FROM batch WHERE key = ?",
    [STATEMENT_BATCH_RECEIPT] =
	"UPDATE batch SET receipt = ?2, held = 0, wait_from_ms = 0, gap_seq = 0,"
	" again = 0 WHERE key = ?1",
    [STATEMENT_BATCH_HELD] =
	"UPDATE batch SET held = ?2, wait_from_ms = ?3, again = 0 WHERE key = ?1",
    [STATEMENT_BATCH_GAP] =
	"UPDATE batch SET gap_seq = ?2, wait_from_ms = ?3, again = 0 WHERE key = ?1",
    [STATEMENT_BATCH_AGAIN] = "UPDATE batch SET again = 1, wait_from_ms = 0"
			      " WHERE key > ?1 AND key < ?2 AND last >= ?3 AND held = 0",
    /* What waited for the rows of this receipt need not wait for the hour. */
    [STATEMENT_BATCH_GAP_CLOSED] =
	"UPDATE batch SET gap_seq = 0, wait_from_ms = 0"
	" WHERE (receipt IS NULL OR again = 1) AND key > ?1 AND key < ?2"
	" AND gap_seq > 0 AND gap_seq <= ?3",
    [STATEMENT_ANSWER_BY_HASH] = "SELECT id FROM answer WHERE hash = ?",
    [STATEMENT_ANSWER_ADD] =
	"INSERT INTO answer(kind, batch, receipt_key, hash, previous, run, central_ms,"
	" taken_ms, closed_epoch, expected_seq, file)"
	" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_ANSWER_REPLACED] = "UPDATE answer SET replaced = 1 WHERE id = ?",
    [STATEMENT_ANSWER_FORGET] = "DELETE FROM answer WHERE batch = ? AND kind = ?",
    [STATEMENT_RECEIPT_BY_NUMBER] =
	"SELECT hash, run, previous FROM answer"
	" WHERE receipt_key = ? AND replaced = 0 ORDER BY id DESC LIMIT 1",
    [STATEMENT_RECEIPT_RUN_JOIN] =
	"UPDATE answer SET run = ?3 WHERE receipt_key > ?1 AND receipt_key < ?2"
	" AND replaced = 0 AND run = ?4",
    [STATEMENT_RECEIPT_RUN_SPLIT] =
	"UPDATE answer SET run = ?3 WHERE receipt_key > ?1 AND receipt_key < ?2"
	" AND replaced = 0 AND run <= ?4",
    [STATEMENT_GAP_LAST] =
	"SELECT max(taken_ms) FROM answer WHERE kind = ?1 AND expected_seq = ?2"
	" AND batch > ?3 AND batch < ?4 HAVING count(*) > 0",
    [STATEMENT_REFUSAL_ADD] = "INSERT INTO refusal VALUES(?, ?)",
    [STATEMENT_REFUSAL_COUNT] =
	"SELECT count(*) FROM refusal WHERE key >= ? AND key <= ?",
    [STATEMENT_REFUSAL_CLEAR] = "DELETE FROM refusal WHERE key >= ? AND key <= ?",
    /* Events of a range that another row of theirs already has a receipt for. */
    [STATEMENT_TWICE_COUNT] =
	"WITH same(key, other) AS ("
	" SELECT a.key, b.key FROM copy a JOIN copy b USING(original)"
	"  WHERE a.key BETWEEN ?1 AND ?2 AND b.key <> a.key"
	" UNION ALL SELECT key, original FROM copy WHERE key BETWEEN ?1 AND ?2"
	" UNION ALL SELECT original, key FROM copy WHERE original BETWEEN ?1 AND ?2)"
	" SELECT count(DISTINCT key) FROM same WHERE EXISTS("
	"  SELECT 1 FROM (SELECT last, receipt FROM batch WHERE first <= other"
	"   ORDER BY first DESC LIMIT 1) WHERE last >= other AND receipt IS NOT NULL)"
	" OR EXISTS(SELECT 1 FROM anchor WHERE epoch = other >> 40"
	"  AND seq >= (other & 1099511627775))",
    [STATEMENT_OLDEST_OPEN] = "SELECT first FROM batch WHERE receipt IS NULL"
			      " ORDER BY key LIMIT 1",
    [STATEMENT_ANCHOR_GET] =
	"SELECT seq, link, batch_number, receipt_number, receipt_hash FROM anchor"
	" WHERE epoch = ?",
    [STATEMENT_ANCHOR_SET] = "REPLACE INTO anchor VALUES(?, ?, ?, ?, ?, ?)",
};

_Static_assert(COUNT_OF(statements) == STATEMENT_COUNT_, "every statement has a text");
_Static_assert(KEY_SEQ_BITS == 40, "STATEMENT_TWICE_COUNT takes keys apart");

const char *statement_text(enum statement which)
{
	return statements[which];
}

/* The rows that are there when the table of references comes. */
static enum err references_fill(struct journal *journal)
{
	sqlite3_stmt *rows = NULL;
	int rc = sqlite3_prepare_v2(
	    journal->db, "SELECT key, bytes FROM event ORDER BY key", -1, &rows, NULL);
	enum err error = rc == SQLITE_OK ? ERR_NONE : journal_error(rc);
	while (error == ERR_NONE && (error = statement_row(rows)) == ERR_NONE) {
		struct event event;
		sqlite3_stmt *add = NULL;
		error = event_decode(column_bytes(rows, 1), &event);
		if (error != ERR_NONE || event.reference.terminal[0] == '\0')
			continue;
		error = statement_take(journal, STATEMENT_REFERENCE_ADD, &add);
		if (error != ERR_NONE)
			break;
		bind_bytes(add, 1, bytes_of(event.reference.id, EVENT_ID_LEN));
		sqlite3_bind_int64(add, 2, sqlite3_column_int64(rows, 0));
		error = statement_run(add);
	}
	sqlite3_finalize(rows);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

enum err schema_version(struct journal *journal, int *ret_version)
{
	sqlite3_stmt *get = NULL;
	int rc = sqlite3_prepare_v2(journal->db, "PRAGMA user_version", -1, &get, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	enum err error = statement_row(get);
	if (error == ERR_NONE)
		*ret_version = sqlite3_column_int(get, 0);
	sqlite3_finalize(get);
	return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

static enum err migrate_step(struct journal *journal, int version)
{
	char stamp[48];
	const struct migration *step = &migrations[version];
	(void)snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d", version + 1);
	int rc = sqlite3_exec(journal->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(journal->db, step->sql, NULL, NULL, NULL);
	enum err error = rc == SQLITE_OK ? ERR_NONE : journal_error(rc);
	if (error == ERR_NONE && step->fill != NULL)
		error = step->fill(journal);
	if (error == ERR_NONE) {
		rc = sqlite3_exec(journal->db, stamp, NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			rc = sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL);
		error = rc == SQLITE_OK ? ERR_NONE : journal_error(rc);
	}
	if (error != ERR_NONE && sqlite3_get_autocommit(journal->db) == 0)
		(void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

enum err schema_migrate(struct journal *journal)
{
	int version = 0;
	enum err error = schema_version(journal, &version);
	if (error != ERR_NONE)
		return error;
	if (version < 0 || version > JOURNAL_SCHEMA_VERSION)
		return ERR_UNSUPPORTED;
	for (; version < JOURNAL_SCHEMA_VERSION && error == ERR_NONE; version++)
		error = migrate_step(journal, version);
	return error;
}

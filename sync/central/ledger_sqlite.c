/* SPDX-License-Identifier: MIT */
#include "central/ledger_driver.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/banned.h"
#include "os/log.h"

enum {
	SCHEMA_VERSION = 1,
	BUSY_WAIT_MS = 5000,
};

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *statement[LEDGER_STATEMENTS_MAX];
};

/* An event row is an index of the signed batch file: every column can be made
 * again from the bytes, and audit does. `taken` counts the batches in the order
 * in which they were taken in, over all terminals. */
static const char schema[] =
    "CREATE TABLE terminal(terminal_row INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE epoch(epoch_row INTEGER PRIMARY KEY,"
    " terminal_row INTEGER NOT NULL REFERENCES terminal,"
    " number INTEGER NOT NULL, mark BLOB NOT NULL,"
    " next_batch INTEGER NOT NULL, next_seq INTEGER NOT NULL, head BLOB NOT NULL,"
    " receipts INTEGER NOT NULL, last_receipt BLOB NOT NULL,"
    " UNIQUE(terminal_row, number, mark));"
    "CREATE TABLE batch(batch_row INTEGER PRIMARY KEY,"
    " epoch_row INTEGER NOT NULL REFERENCES epoch, number INTEGER NOT NULL,"
    " hash BLOB NOT NULL, first_seq INTEGER NOT NULL, count INTEGER NOT NULL,"
    " state INTEGER NOT NULL, reason INTEGER NOT NULL, taken INTEGER UNIQUE,"
    " key_id BLOB NOT NULL, store TEXT NOT NULL, wall_ms INTEGER NOT NULL,"
    " clock INTEGER NOT NULL, software TEXT NOT NULL, arrived_ms INTEGER NOT NULL,"
    " file BLOB NOT NULL, answer BLOB, answer_hash BLOB, receipt INTEGER,"
    " UNIQUE(epoch_row, number, hash));"
    "CREATE UNIQUE INDEX batch_once ON batch(epoch_row, number)"
    " WHERE taken IS NOT NULL;"
    "CREATE TABLE event(epoch_row INTEGER NOT NULL REFERENCES epoch,"
    " seq INTEGER NOT NULL, taken INTEGER NOT NULL,"
    " terminal_row INTEGER NOT NULL, id BLOB, content BLOB, type INTEGER NOT NULL,"
    " clerk TEXT, amount INTEGER, day INTEGER, training INTEGER NOT NULL,"
    " refused INTEGER NOT NULL, repeat INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " points_member INTEGER, points_clerk INTEGER, points_store INTEGER,"
    " claimed_member INTEGER, claimed_clerk INTEGER, claimed_store INTEGER,"
    " of_terminal TEXT, of_id BLOB,"
    " PRIMARY KEY(epoch_row, seq)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX event_once ON event(terminal_row, id, content)"
    " WHERE repeat = 0;"
    "CREATE INDEX event_of ON event(of_id, of_terminal) WHERE of_id IS NOT NULL;"
    "CREATE TABLE session(terminal_row INTEGER NOT NULL, id BLOB NOT NULL,"
    " recipient BLOB NOT NULL, PRIMARY KEY(terminal_row, id)) WITHOUT ROWID;"
    "CREATE TABLE letter(kind INTEGER NOT NULL, store TEXT NOT NULL,"
    " version INTEGER NOT NULL, issued_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, file BLOB NOT NULL,"
    " PRIMARY KEY(kind, store, version));";

static enum err err_from_sqlite(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW: return ERR_NONE;
	case SQLITE_DONE: return ERR_NOT_FOUND;
	case SQLITE_FULL: return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_CONSTRAINT: return ERR_CONFLICT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return ERR_CORRUPT;
	case SQLITE_NOMEM: return ERR_MEMORY;
	case SQLITE_CANTOPEN: return ERR_NOT_FOUND;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH: return ERR_DENIED;
	default: return ERR_IO;
	}
}

static enum err exec(struct sqlite *sqlite, const char *text)
{
	int code = sqlite3_exec(sqlite->db, text, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		log_error("statement failed, error=%s", sqlite3_errmsg(sqlite->db));
	return err_from_sqlite(code);
}

static enum err user_version(struct sqlite *sqlite, int *ret_version)
{
	sqlite3_stmt *statement = NULL;
	int code =
	    sqlite3_prepare_v2(sqlite->db, "PRAGMA user_version", -1, &statement, NULL);
	if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		*ret_version = sqlite3_column_int(statement, 0);
		code = SQLITE_OK;
	}
	(void)sqlite3_finalize(statement);
	return err_from_sqlite(code);
}

_Static_assert(SCHEMA_VERSION == 1, "the pragma below says it");

static const char reader_setup[] = "PRAGMA query_only=1;";
/* The savepoint of every request keeps pages as they were: in memory, not in a
 * file. Event ids are random, so a batch touches pages all over their index:
 * they stay in the cache, and go back to the file only every 32 MiB of log. */
static const char writer_setup[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
				   "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;"
				   "PRAGMA wal_autocheckpoint=8192;";

static enum err prepare_schema(struct sqlite *sqlite, enum ledger_mode mode)
{
	int version = 0;
	enum err err = exec(sqlite, mode == LEDGER_READ ? reader_setup : writer_setup);
	if (err == ERR_NONE)
		err = user_version(sqlite, &version);
	if (err != ERR_NONE || version == SCHEMA_VERSION)
		return err;
	if (version != 0 || mode != LEDGER_CREATE)
		return ERR_STALE;
	err = exec(sqlite, "BEGIN IMMEDIATE");
	if (err == ERR_NONE)
		err = exec(sqlite, schema);
	if (err == ERR_NONE)
		err = exec(sqlite, "PRAGMA user_version=1");
	if (err == ERR_NONE)
		err = exec(sqlite, "COMMIT");
	return err;
}

static void sqlite_close(void *self)
{
	struct sqlite *sqlite = self;
	for (size_t i = 0; i < LEDGER_STATEMENTS_MAX; i++)
		(void)sqlite3_finalize(sqlite->statement[i]);
	(void)sqlite3_close(sqlite->db);
	free(sqlite);
}

static enum err sqlite_open(const char *where, enum ledger_mode mode, void **ret_self)
{
	struct sqlite *sqlite = calloc(1, sizeof *sqlite);
	if (sqlite == NULL)
		return ERR_MEMORY;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	if (mode == LEDGER_CREATE)
		flags |= SQLITE_OPEN_CREATE;
	enum err err = err_from_sqlite(sqlite3_open_v2(where, &sqlite->db, flags, NULL));
	if (err == ERR_NONE)
		err = err_from_sqlite(sqlite3_busy_timeout(sqlite->db, BUSY_WAIT_MS));
	if (err == ERR_NONE)
		err = prepare_schema(sqlite, mode);
	if (err == ERR_NONE)
		*ret_self = sqlite;
	else
		sqlite_close(sqlite);
	return err;
}

static int bind(sqlite3_stmt *statement, int i, const struct ledger_value *value)
{
	/* A NULL pointer would bind NULL where an empty text is meant. */
	const void *at = value->bytes.at == NULL ? "" : (const void *)value->bytes.at;
	switch (value->kind) {
	case VALUE_NULL: return sqlite3_bind_null(statement, i);
	case VALUE_INT: return sqlite3_bind_int64(statement, i, value->number);
	case VALUE_TEXT:
		return sqlite3_bind_text(
		    statement, i, at, (int)value->bytes.len, SQLITE_STATIC);
	case VALUE_BLOB:
		return sqlite3_bind_blob(
		    statement, i, at, (int)value->bytes.len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static void sqlite_end(void *self, unsigned number)
{
	struct sqlite *sqlite = self;
	if (sqlite->statement[number] != NULL)
		(void)sqlite3_reset(sqlite->statement[number]);
}

static enum err sqlite_next(void *self, unsigned number)
{
	struct sqlite *sqlite = self;
	int code = sqlite3_step(sqlite->statement[number]);
	if (code != SQLITE_ROW)
		(void)sqlite3_reset(sqlite->statement[number]);
	enum err err = err_from_sqlite(code);
	if (err != ERR_NONE && err != ERR_NOT_FOUND)
		log_warn(
		    "statement failed, number=%u error=%s", number, sqlite3_errstr(code));
	return err;
}

static enum err sqlite_run(void *self, unsigned number, const char *text,
    const struct ledger_value *values, size_t count)
{
	struct sqlite *sqlite = self;
	int code = SQLITE_OK;
	if (sqlite->statement[number] == NULL)
		code = sqlite3_prepare_v3(sqlite->db, text, -1, SQLITE_PREPARE_PERSISTENT,
		    &sqlite->statement[number], NULL);
	if (code != SQLITE_OK)
		log_error("cannot prepare, number=%u error=%s", number,
		    sqlite3_errmsg(sqlite->db));
	sqlite_end(sqlite, number);
	for (size_t i = 0; i < count && code == SQLITE_OK; i++)
		code = bind(sqlite->statement[number], (int)i + 1, &values[i]);
	return code == SQLITE_OK ? sqlite_next(self, number) : err_from_sqlite(code);
}

static struct ledger_value sqlite_column(void *self, unsigned number, unsigned i)
{
	struct sqlite *sqlite = self;
	sqlite3_stmt *statement = sqlite->statement[number];
	struct ledger_value value = {0};
	switch (sqlite3_column_type(statement, (int)i)) {
	case SQLITE_INTEGER:
		value.kind = VALUE_INT;
		value.number = sqlite3_column_int64(statement, (int)i);
		break;
	case SQLITE_TEXT:
	case SQLITE_FLOAT:
		value.kind = VALUE_TEXT;
		value.bytes.at = sqlite3_column_text(statement, (int)i);
		value.bytes.len = (size_t)sqlite3_column_bytes(statement, (int)i);
		break;
	case SQLITE_BLOB:
		value.kind = VALUE_BLOB;
		value.bytes.at = sqlite3_column_blob(statement, (int)i);
		value.bytes.len = (size_t)sqlite3_column_bytes(statement, (int)i);
		break;
	default: break;
	}
	return value;
}

const struct ledger_driver ledger_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .run = sqlite_run,
    .next = sqlite_next,
    .column = sqlite_column,
    .end = sqlite_end,
};

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* O_PATH */

#include "sync/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "os/log.h"
#include "sync/journal_internal.h"
#include "sync/journal_schema.h"

#define JOURNAL_FILE "journal.db"
#define RESERVE_FILE "reserve"

/* --- statements ----------------------------------------------------------- */

enum err journal_error(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return ERR_NONE;
	case SQLITE_FULL: return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_NOMEM: return ERR_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return ERR_CORRUPT;
	case SQLITE_PERM:
	case SQLITE_READONLY: return ERR_DENIED;
	case SQLITE_CANTOPEN: return ERR_NOT_FOUND;
	case SQLITE_CONSTRAINT: return ERR_CORRUPT; /* our own rows disagree */
	default: return ERR_IO;
	}
}

enum err statement_take(
    struct journal *journal, enum statement which, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt **slot = &journal->statement[which];
	if (*slot == NULL) {
		int rc = sqlite3_prepare_v3(journal->db, statement_text(which), -1,
		    SQLITE_PREPARE_PERSISTENT, slot, NULL);
		if (rc != SQLITE_OK)
			return journal_error(rc);
	}
	sqlite3_reset(*slot);
	sqlite3_clear_bindings(*slot);
	*ret_statement = *slot;
	return ERR_NONE;
}

enum err statement_run(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);
	sqlite3_reset(statement);
	return journal_error(rc);
}

enum err statement_row(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		return ERR_NONE;
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? ERR_NOT_FOUND : journal_error(rc);
}

/* A binding fails only for want of memory or a wrong index; the statement then
 * meets its NOT NULL, and nothing is stored. */
void bind_u64(sqlite3_stmt *statement, int at, uint64_t value)
{
	assert(value <= INT64_MAX);
	(void)sqlite3_bind_int64(statement, at, (sqlite3_int64)value);
}

void bind_bytes(sqlite3_stmt *statement, int at, struct bytes value)
{
	static const uint8_t none;
	(void)sqlite3_bind_blob64(
	    statement, at, value.len == 0 ? &none : value.at, value.len, SQLITE_STATIC);
}

uint64_t column_u64(sqlite3_stmt *statement, int at)
{
	sqlite3_int64 value = sqlite3_column_int64(statement, at);
	return value < 0 ? 0 : (uint64_t)value;
}

struct bytes column_bytes(sqlite3_stmt *statement, int at)
{
	const void *blob = sqlite3_column_blob(statement, at);
	int len = sqlite3_column_bytes(statement, at);
	return blob == NULL || len < 0 ? bytes_of("", 0) : bytes_of(blob, (size_t)len);
}

enum err column_fixed(sqlite3_stmt *statement, int at, uint8_t *out, size_t len)
{
	struct bytes bytes = column_bytes(statement, at);
	if (bytes.len != len)
		return ERR_CORRUPT;
	memcpy(out, bytes.at, len);
	return ERR_NONE;
}

enum err row_by_key(struct journal *journal, enum statement which, int64_t key,
    sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *get = NULL;
	enum err error = statement_take(journal, which, &get);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(get, 1, key);
	error = statement_row(get);
	if (error == ERR_NONE)
		*ret_statement = get;
	return error;
}

/* --- the state row and transactions --------------------------------------- */

static enum err state_columns(sqlite3_stmt *get, struct journal_state *state)
{
	state->epoch.number = (uint32_t)column_u64(get, 1);
	state->last_seq = column_u64(get, 3);
	state->cut_seq = column_u64(get, 5);
	state->batch_number = column_u64(get, 7);
	state->receipt_number = column_u64(get, 8);
	state->central_ms = sqlite3_column_int64(get, 10);
	state->recorded = column_u64(get, 11);
	state->receipted = column_u64(get, 12);
	state->refused = column_u64(get, 13);
	state->held = column_u64(get, 14);
	state->unreceipted_batches = column_u64(get, 15);
	enum err error = column_fixed(get, 2, state->epoch.mark, EPOCH_MARK_LEN);
	if (error == ERR_NONE)
		error = column_fixed(get, 4, state->head, HASH_LEN);
	if (error == ERR_NONE)
		error = column_fixed(get, 6, state->cut_head, HASH_LEN);
	if (error == ERR_NONE)
		error = column_fixed(get, 9, state->receipt_hash, HASH_LEN);
	return error;
}

/* ERR_NOT_FOUND: a new journal. */
static enum err state_load(struct journal *journal)
{
	sqlite3_stmt *get = NULL;
	struct journal_state state = {0};
	enum err error = statement_take(journal, STATEMENT_STATE_GET, &get);
	if (error == ERR_NONE)
		error = statement_row(get);
	if (error != ERR_NONE)
		return error;
	struct bytes terminal =
	    bytes_of(sqlite3_column_text(get, 0), (size_t)sqlite3_column_bytes(get, 0));
	error = text_from_bytes(journal->terminal, sizeof(journal->terminal), terminal);
	if (error == ERR_NONE)
		error = state_columns(get, &state);
	sqlite3_reset(get);
	if (error != ERR_NONE)
		return ERR_CORRUPT;
	journal->state = state;
	return ERR_NONE;
}

static enum err state_store(struct journal *journal, const struct journal_state *state)
{
	sqlite3_stmt *set = NULL;
	enum err error = statement_take(journal, STATEMENT_STATE_SET, &set);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_text(set, 1, journal->terminal, -1, SQLITE_STATIC);
	bind_u64(set, 2, state->epoch.number);
	bind_bytes(set, 3, bytes_of(state->epoch.mark, EPOCH_MARK_LEN));
	bind_u64(set, 4, state->last_seq);
	bind_bytes(set, 5, bytes_of(state->head, HASH_LEN));
	bind_u64(set, 6, state->cut_seq);
	bind_bytes(set, 7, bytes_of(state->cut_head, HASH_LEN));
	bind_u64(set, 8, state->batch_number);
	bind_u64(set, 9, state->receipt_number);
	bind_bytes(set, 10, bytes_of(state->receipt_hash, HASH_LEN));
	(void)sqlite3_bind_int64(set, 11, state->central_ms);
	bind_u64(set, 12, state->recorded);
	bind_u64(set, 13, state->receipted);
	bind_u64(set, 14, state->refused);
	bind_u64(set, 15, state->held);
	bind_u64(set, 16, state->unreceipted_batches);
	return statement_run(set);
}

enum err journal_begin(struct journal *journal)
{
	sqlite3_stmt *begin = NULL;
	enum err error = statement_take(journal, STATEMENT_BEGIN, &begin);
	return error == ERR_NONE ? statement_run(begin) : error;
}

void journal_rollback(struct journal *journal)
{
	/* SQLite has rolled back by itself after the worst failures. */
	if (sqlite3_get_autocommit(journal->db) != 0)
		return;
	sqlite3_stmt *rollback = NULL;
	if (statement_take(journal, STATEMENT_ROLLBACK, &rollback) == ERR_NONE &&
	    statement_run(rollback) == ERR_NONE)
		return;
	journal->unsettled = true;
}

enum err journal_commit(struct journal *journal, const struct journal_state *next)
{
	sqlite3_stmt *commit = NULL;
	enum err error = state_store(journal, next);
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_COMMIT, &commit);
	if (error != ERR_NONE) {
		journal_rollback(journal);
		return error;
	}
	error = statement_run(commit);
	if (error == ERR_NONE) {
		journal->state = *next;
		return ERR_NONE;
	}
	journal_rollback(journal);
	if (error == ERR_FULL || error == ERR_BUSY)
		return error;
	/* The flush failed after the write: the bytes may or may not be there
	 * after a restart. Only a fresh look at the file can tell. */
	journal->unsettled = true;
	return ERR_UNKNOWN;
}

enum err journal_end(
    struct journal *journal, enum err so_far, const struct journal_state *next)
{
	if (so_far == ERR_NONE)
		return journal_commit(journal, next);
	journal_rollback(journal);
	return so_far;
}

void journal_checkpoint(struct journal *journal, int pages)
{
	if (journal->wal_pages < pages)
		return;
	int left = 0;
	int moved = 0;
	int rc = sqlite3_wal_checkpoint_v2(
	    journal->db, "main", SQLITE_CHECKPOINT_PASSIVE, &left, &moved);
	if (rc == SQLITE_OK)
		journal->wal_pages = left - moved;
	else
		log_warn("not done, sqlite=%d", rc);
}

static int wal_grew(void *self, sqlite3 *db, const char *name, int pages)
{
	struct journal *journal = self;
	(void)db;
	(void)name;
	journal->wal_pages = pages;
	return SQLITE_OK;
}

/* --- the reserve ---------------------------------------------------------- */

enum err reserve_make(struct journal *journal)
{
	if (journal->reserve_held)
		return ERR_NONE;
	int fd =
	    openat(journal->dir_fd, RESERVE_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_from_errno(errno);
	int failure = posix_fallocate(fd, 0, JOURNAL_RESERVE_BYTES);
	if (failure != 0)
		(void)!ftruncate(fd, 0); /* half a reserve would only take room */
	(void)close(fd);
	journal->reserve_held = failure == 0;
	return failure == 0 ? ERR_NONE : err_from_errno(failure);
}

void reserve_release(struct journal *journal)
{
	if (!journal->reserve_held)
		return;
	int fd = openat(journal->dir_fd, RESERVE_FILE, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		(void)!ftruncate(fd, 0);
		(void)close(fd);
	}
	journal->reserve_held = false;
	log_warn("disk full, bytes=%d", JOURNAL_RESERVE_BYTES);
}

/* --- opening -------------------------------------------------------------- */

/* SQLite takes a path; the directory may have been renamed since it was opened,
 * so ask for its present name. */
static enum err database_path(int dir_fd, char *out, size_t cap)
{
	char link[64];
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	ssize_t len = readlink(link, out, cap);
	if (len < 0)
		return err_from_errno(errno);
	if ((size_t)len + sizeof("/" JOURNAL_FILE) > cap)
		return ERR_LIMIT;
	memcpy(out + len, "/" JOURNAL_FILE, sizeof("/" JOURNAL_FILE));
	return ERR_NONE;
}

static enum err pragma(struct journal *journal, const char *sql, const char *expected)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	enum err error = statement_row(statement);
	if (error == ERR_NONE && expected != NULL) {
		const unsigned char *said = sqlite3_column_text(statement, 0);
		if (said == NULL || strcmp((const char *)said, expected) != 0)
			error = ERR_UNSUPPORTED;
	}
	sqlite3_finalize(statement);
	return error == ERR_NOT_FOUND && expected == NULL ? ERR_NONE : error;
}

/* What durability stands on is asked back, never assumed. */
static enum err pragmas(struct journal *journal)
{
	static const struct {
		const char *sql;
		const char *expected;
	} wanted[] = {
	    {"PRAGMA page_size = 1024", NULL}, /* before the first table only */
	    {"PRAGMA journal_mode = WAL", "wal"},
	    {"PRAGMA synchronous = FULL", NULL},
	    {"PRAGMA synchronous", "2"},
	    {"PRAGMA wal_autocheckpoint = 0", NULL}, /* journal_checkpoint does it */
	    {"PRAGMA trusted_schema = OFF", NULL},
	    {"PRAGMA cell_size_check = ON", NULL},
	    {"PRAGMA temp_store = MEMORY", NULL},
	};
	enum err error = ERR_NONE;
	for (size_t i = 0; i < COUNT_OF(wanted) && error == ERR_NONE; i++)
		error = pragma(journal, wanted[i].sql, wanted[i].expected);
	return error;
}

static void database_close(struct journal *journal)
{
	for (size_t i = 0; i < STATEMENT_COUNT_; i++) {
		sqlite3_finalize(journal->statement[i]);
		journal->statement[i] = NULL;
	}
	(void)sqlite3_close_v2(journal->db);
	journal->db = NULL;
}

static enum err database_open(struct journal *journal)
{
	char path[PATH_MAX];
	char cache[48];
	enum err error = database_path(journal->dir_fd, path, sizeof(path));
	if (error != ERR_NONE)
		return error;
	int flags = SQLITE_OPEN_NOMUTEX |
		    (journal->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	int rc = sqlite3_open_v2(path, &journal->db, flags, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_busy_timeout(journal->db, BUSY_WAIT_MS);
	(void)snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%d", CACHE_KIB);
	error = pragma(journal, cache, NULL);
	if (error != ERR_NONE || journal->read_only)
		return error;
	error = pragmas(journal);
	if (error != ERR_NONE)
		return error;
	/* The log keeps its length over restarts: writing over it is cheaper than
	 * growing it, and no file comes or goes under a reader. */
	int keep = 1;
	(void)sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	(void)sqlite3_wal_hook(journal->db, wal_grew, journal);
	return ERR_NONE;
}

enum err journal_settle(struct journal *journal)
{
	if (!journal->unsettled)
		return ERR_NONE;
	if (journal->db != NULL)
		database_close(journal);
	enum err error = database_open(journal);
	if (error != ERR_NONE)
		return error;
	/* What is in the log now counts, and goes into the file before anyone is
	 * told: after a failed flush the page cache is no proof. */
	int rc = sqlite3_wal_checkpoint_v2(
	    journal->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	error = rc == SQLITE_OK ? state_load(journal) : journal_error(rc);
	if (error != ERR_NONE)
		return error;
	journal->unsettled = false;
	journal->session_stored = false;
	journal->intent_stored = true; /* perhaps: cleared with the next event */
	journal->verify = (struct verify_at){0};
	log_warn("reopened after a failed commit, seq=%llu",
	    (unsigned long long)journal->state.last_seq);
	return ERR_NONE;
}

enum err journal_settle_write(struct journal *journal)
{
	return journal->read_only ? ERR_DENIED : journal_settle(journal);
}

/* Zeros behind the end of the log, which recovery takes for what they are (no
 * frame has their salt): writing over them is one flush of data, where growing
 * the file would flush its new length too, twice the time. */
static void log_lay_out(const struct journal *journal)
{
	static const uint8_t zeros[64 * 1024];
	struct stat st;
	struct statvfs disk;
	if (fstatvfs(journal->dir_fd, &disk) != 0 ||
	    (uint64_t)disk.f_bavail * disk.f_frsize < LAY_OUT_FREE)
		return; /* what room there is, the spool needs */
	int fd = openat(
	    journal->dir_fd, JOURNAL_FILE "-wal", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		off_t at = st.st_size;
		while (at < WAL_BYTES &&
		       pwrite(fd, zeros, sizeof(zeros), at) == (ssize_t)sizeof(zeros))
			at += (off_t)sizeof(zeros);
		if (at > st.st_size && fdatasync(fd) != 0)
			log_warn("log not laid out, errno=%d", errno);
	}
	(void)close(fd);
}

/* An empty file of our mode first: SQLite gives its log the same mode. */
static enum err database_make(int dir_fd)
{
	int fd =
	    openat(dir_fd, JOURNAL_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_from_errno(errno);
	(void)close(fd);
	return ERR_NONE;
}

static enum err journal_new(int dir_fd, const struct journal_owner *owner, bool read_only,
    struct journal **ret_journal)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	if (journal == NULL)
		return ERR_MEMORY;
	journal->owner = *owner;
	journal->read_only = read_only;
	journal->intent_stored = true; /* perhaps */
	journal->dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	if (journal->dir_fd < 0) {
		enum err error = err_from_errno(errno);
		assert(error != ERR_NONE);
		free(journal);
		return error;
	}
	*ret_journal = journal;
	return ERR_NONE;
}

/* A new journal belongs to its owner; an old one must. */
static enum err terminal_settle(struct journal *journal)
{
	const char *owner = journal->owner.terminal;
	enum err error = state_load(journal);
	if (error == ERR_NONE)
		return owner == NULL || strcmp(owner, journal->terminal) == 0
			   ? ERR_NONE
			   : ERR_CONFLICT;
	if (error != ERR_NOT_FOUND)
		return error;
	if (owner == NULL || journal->read_only)
		return ERR_NOT_FOUND;
	struct journal_state first = {0};
	error = text_copy(journal->terminal, sizeof(journal->terminal), owner);
	if (error == ERR_NONE)
		error = journal_begin(journal);
	return error == ERR_NONE ? journal_commit(journal, &first) : error;
}

enum err journal_open(int dir_fd, const struct journal_owner *owner,
    struct journal **ret_journal, uint64_t *ret_bad_seq)
{
	char reason[JOURNAL_REASON_LEN_MAX] = "";
	struct journal *journal = NULL;
	if (owner->terminal == NULL && faccessat(dir_fd, JOURNAL_FILE, F_OK, 0) != 0)
		return ERR_NOT_FOUND;
	enum err error = database_make(dir_fd);
	if (error == ERR_NONE)
		error = journal_new(dir_fd, owner, false, &journal);
	if (error != ERR_NONE)
		return error;
	error = database_open(journal);
	if (error == ERR_NONE)
		error = schema_migrate(journal);
	if (error == ERR_NONE)
		error = terminal_settle(journal);
	if (error == ERR_NONE)
		error = verify_tail(journal, JOURNAL_VERIFY_AT_OPEN, ret_bad_seq, reason);
	if (error != ERR_NONE) {
		if (reason[0] != '\0')
			log_error("%s", reason);
		journal_close(&journal);
		return error;
	}
	(void)reserve_make(journal); /* a sale asks again, and is refused then */
	log_lay_out(journal);
	*ret_journal = journal;
	return ERR_NONE;
}

enum err journal_open_read(
    int dir_fd, const struct journal_owner *owner, struct journal **ret_journal)
{
	struct journal *journal = NULL;
	int version = 0;
	if (faccessat(dir_fd, JOURNAL_FILE, F_OK, 0) != 0)
		return err_from_errno(errno);
	enum err error = journal_new(dir_fd, owner, true, &journal);
	if (error != ERR_NONE)
		return error;
	assert(journal != NULL);
	error = database_open(journal);
	if (error == ERR_NONE)
		error = schema_version(journal, &version);
	if (error == ERR_NONE && version != JOURNAL_SCHEMA_VERSION)
		error = version == 0 ? ERR_NOT_FOUND : ERR_UNSUPPORTED;
	if (error == ERR_NONE)
		error = terminal_settle(journal);
	if (error != ERR_NONE) {
		journal_close(&journal);
		return error;
	}
	*ret_journal = journal;
	return ERR_NONE;
}

void journal_close(struct journal **journal)
{
	struct journal *gone = *journal;
	if (gone == NULL)
		return;
	if (gone->db != NULL)
		database_close(gone);
	if (gone->packer != NULL)
		packer_free(&gone->packer);
	(void)close(gone->dir_fd);
	free(gone);
	*journal = NULL;
}

/* --- what is cheap to ask ------------------------------------------------- */

const char *journal_terminal(const struct journal *journal)
{
	return journal->terminal;
}

struct epoch_id journal_epoch(const struct journal *journal)
{
	return journal->state.epoch;
}

int64_t journal_floor_ms(const struct journal *journal)
{
	int64_t central_ms = journal->state.central_ms;
	return central_ms > JOURNAL_RELEASE_MS ? central_ms : JOURNAL_RELEASE_MS;
}

/* The oldest row that no receipt covers: of the first open batch, else the
 * first that is not cut. */
static enum err oldest_waiting(struct journal *journal, int64_t *ret_wall_ms)
{
	struct event event;
	sqlite3_stmt *get = NULL;
	const struct journal_state *state = &journal->state;
	int64_t key = row_key(state->epoch.number, state->cut_seq + 1);
	enum err error = statement_take(journal, STATEMENT_OLDEST_OPEN, &get);
	if (error == ERR_NONE)
		error = statement_row(get);
	if (error == ERR_NONE) {
		key = sqlite3_column_int64(get, 0);
		sqlite3_reset(get);
	} else if (error != ERR_NOT_FOUND) {
		return error;
	}
	error = row_by_key(journal, STATEMENT_EVENT_GET, key, &get);
	if (error != ERR_NONE)
		return error;
	error = event_decode(column_bytes(get, 0), &event);
	sqlite3_reset(get);
	if (error == ERR_NONE)
		*ret_wall_ms = event.wall_ms;
	return error;
}

enum err journal_status(struct journal *journal, struct journal_status *ret_status)
{
	enum err error = journal_settle(journal);
	if (error == ERR_NONE && journal->read_only)
		error = state_load(journal); /* the writer goes on beside us */
	if (error != ERR_NONE)
		return error;
	const struct journal_state *state = &journal->state;
	struct journal_status status = {
	    .epoch = state->epoch,
	    .recorded = state->recorded,
	    .receipted = state->receipted,
	    .waiting = state->recorded - state->receipted,
	    .oldest_waiting_ms = -1,
	    .held = state->held,
	    .refused = state->refused,
	    .open_batches = state->unreceipted_batches,
	    .last_seq = state->last_seq,
	    .last_central_ms = state->central_ms,
	};
	memcpy(status.head, state->head, HASH_LEN);
	if (status.waiting > 0)
		error = oldest_waiting(journal, &status.oldest_waiting_ms);
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return error;
	*ret_status = status;
	return ERR_NONE;
}

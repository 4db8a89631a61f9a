/* SPDX-License-Identifier: MIT */
#include "central/ledger.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "os/log.h"

struct ledger {
	const struct ledger_driver *driver;
	void *self;
};

enum statement {
	S_BEGIN,
	S_VIEW,
	S_COMMIT,
	S_ROLLBACK,
	S_SAVE,
	S_KEEP,
	S_UNDO,
	S_TERMINAL_ADD,
	S_TERMINAL_ROW,
	S_EPOCH_FIND,
	S_EPOCH_BY_ROW,
	S_EPOCH_NEXT,
	S_EPOCH_ADD,
	S_EPOCH_SET,
	S_BATCH_ADD,
	S_BATCH_SET,
	S_BATCH_FIND,
	S_BATCH_BY_NUMBER,
	S_BATCH_BY_TAKEN,
	S_BATCH_WAITING,
	S_BATCH_NEXT,
	S_TAKEN,
	S_EVENT_ADD,
	S_EVENT_AT,
	S_EVENT_KNOWN,
	S_EVENT_BY_ID,
	S_EVENT_OF,
	S_EVENT_COUNT,
	S_SESSION_ADD,
	S_SESSION_FIND,
	S_SESSION_COUNT,
	S_LETTER_ADD,
	S_LETTER_NEWEST,
	S_LETTER_VERSION,
	S_LETTER_TOP,
	S_LETTER_NEXT,
	S_FIGURES,
	S_CONTACTS,
	S_FLAGGED,
	S_COUNT_
};

_Static_assert((unsigned)S_COUNT_ <= (unsigned)LEDGER_STATEMENTS_MAX, "driver's table");

#define EPOCH_COLUMNS                                                                    \
	"e.epoch_row, e.terminal_row, t.name, e.number, e.mark, e.next_batch,"           \
	" e.next_seq, e.head, e.receipts, e.last_receipt"                                \
	" FROM epoch e JOIN terminal t ON t.terminal_row = e.terminal_row"

#define BATCH_COLUMNS                                                                    \
	"batch_row, epoch_row, number, hash, first_seq, count, state, reason, taken,"    \
	" key_id, store, wall_ms, clock, software, arrived_ms, receipt, answer_hash,"    \
	" file, answer FROM batch"

#define EVENT_COLUMNS                                                                    \
	"epoch_row, seq, taken, terminal_row, id, content, type, clerk, amount, day,"    \
	" training, refused, repeat, changed, points_member, points_clerk,"              \
	" points_store, claimed_member, claimed_clerk, claimed_store, of_terminal,"      \
	" of_id FROM event"

#define LETTER_COLUMNS "kind, store, version, issued_ms, expires_ms, file FROM letter"

/* What stands between two rows of the order in which batches were taken. */
#define CAME_BEFORE(TAKEN, SEQ)                                                          \
	" AND (taken < " TAKEN " OR (taken = " TAKEN " AND seq < " SEQ "))"

static const char *const text[S_COUNT_] = {
    [S_BEGIN] = "BEGIN IMMEDIATE",
    [S_VIEW] = "BEGIN",
    [S_COMMIT] = "COMMIT",
    [S_ROLLBACK] = "ROLLBACK",
    [S_SAVE] = "SAVEPOINT one",
    [S_KEEP] = "RELEASE SAVEPOINT one",
    [S_UNDO] = "ROLLBACK TO SAVEPOINT one",
    [S_TERMINAL_ADD] = "INSERT INTO terminal(name) VALUES($1) ON CONFLICT DO NOTHING",
    [S_TERMINAL_ROW] = "SELECT terminal_row FROM terminal WHERE name = $1",
    [S_EPOCH_FIND] =
	"SELECT " EPOCH_COLUMNS " WHERE t.name = $1 AND e.number = $2 AND e.mark = $3",
    [S_EPOCH_BY_ROW] = "SELECT " EPOCH_COLUMNS " WHERE e.epoch_row = $1",
    [S_EPOCH_NEXT] =
	"SELECT " EPOCH_COLUMNS " WHERE (t.name, e.number, e.mark) > ($1, $2, $3)"
	" ORDER BY t.name, e.number, e.mark LIMIT 1",
    [S_EPOCH_ADD] = "INSERT INTO epoch(terminal_row, number, mark, next_batch, next_seq,"
		    " head, receipts, last_receipt) VALUES($1,$2,$3,$4,$5,$6,$7,$8)"
		    " RETURNING epoch_row",
    [S_EPOCH_SET] = "UPDATE epoch SET next_batch = $1, next_seq = $2, head = $3,"
		    " receipts = $4, last_receipt = $5 WHERE epoch_row = $6",
    [S_BATCH_ADD] = "INSERT INTO batch(epoch_row, number, hash, first_seq, count, state,"
		    " reason, taken, key_id, store, wall_ms, clock, software, arrived_ms,"
		    " receipt, answer_hash, file, answer)"
		    " VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,"
		    "$18) RETURNING batch_row",
    [S_BATCH_SET] = "UPDATE batch SET state = $1, reason = $2, taken = $3, receipt = $4,"
		    " answer_hash = $5, answer = $6, arrived_ms = $7"
		    " WHERE batch_row = $8",
    [S_BATCH_FIND] =
	"SELECT " BATCH_COLUMNS " WHERE epoch_row = $1 AND number = $2 AND hash = $3",
    [S_BATCH_BY_NUMBER] = "SELECT " BATCH_COLUMNS
			  " WHERE epoch_row = $1 AND number = $2 AND taken IS NOT NULL",
    [S_BATCH_BY_TAKEN] = "SELECT " BATCH_COLUMNS " WHERE taken = $1",
    [S_BATCH_WAITING] =
	"SELECT " BATCH_COLUMNS " WHERE epoch_row = $1 AND number = $2 AND state = 3"
	" ORDER BY batch_row LIMIT 1",
    [S_BATCH_NEXT] =
	"SELECT " BATCH_COLUMNS " WHERE batch_row > $1 ORDER BY batch_row LIMIT 1",
    [S_TAKEN] = "SELECT MAX(taken) FROM batch",
    [S_EVENT_ADD] = "INSERT INTO event(epoch_row, seq, taken, terminal_row, id, content,"
		    " type, clerk, amount, day, training, refused, repeat, changed,"
		    " points_member, points_clerk, points_store, claimed_member,"
		    " claimed_clerk, claimed_store, of_terminal, of_id)"
		    " VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,"
		    "$18,$19,$20,$21,$22)",
    [S_EVENT_AT] = "SELECT " EVENT_COLUMNS " WHERE epoch_row = $1 AND seq = $2",
    [S_EVENT_KNOWN] = "SELECT 1 FROM event"
		      " WHERE terminal_row = $1 AND id = $2 AND repeat = 0 LIMIT 1",
    [S_EVENT_BY_ID] = "SELECT " EVENT_COLUMNS
		      " WHERE terminal_row = (SELECT t.terminal_row FROM terminal t"
		      " WHERE t.name = $1) AND id = $2 AND repeat = 0" CAME_BEFORE(
			  "$3", "$4") " ORDER BY taken, seq LIMIT 1 OFFSET $5",
    [S_EVENT_OF] =
	"SELECT " EVENT_COLUMNS " WHERE of_id = $1 AND of_terminal = $2 AND repeat = 0"
	" AND refused = 0" CAME_BEFORE(
	    "$3", "$4") " ORDER BY taken, seq LIMIT 1 OFFSET $5",
    [S_EVENT_COUNT] = "SELECT COUNT(*) FROM event",
    [S_SESSION_ADD] = "INSERT INTO session(terminal_row, id, recipient) VALUES($1,$2,$3)"
		      " ON CONFLICT DO NOTHING",
    [S_SESSION_FIND] = "SELECT recipient FROM session"
		       " WHERE terminal_row = $1 AND id = $2",
    [S_SESSION_COUNT] = "SELECT COUNT(*) FROM session",
    [S_LETTER_ADD] = "INSERT INTO letter(kind, store, version, issued_ms, expires_ms,"
		     " file) VALUES($1,$2,$3,$4,$5,$6)",
    [S_LETTER_NEWEST] =
	"SELECT " LETTER_COLUMNS " WHERE kind = $1 AND (store = $2 OR store = '')"
	" ORDER BY version DESC LIMIT 1",
    [S_LETTER_VERSION] = "SELECT " LETTER_COLUMNS " WHERE kind = $1 AND version = $2",
    [S_LETTER_TOP] = "SELECT MAX(version) FROM letter WHERE kind = $1",
    [S_LETTER_NEXT] =
	"SELECT " LETTER_COLUMNS " WHERE (kind, store, version) > ($1, $2, $3)"
	" ORDER BY kind, store, version LIMIT 1",
    [S_FIGURES] = "SELECT b.store, e.clerk, e.day, e.type, COUNT(*), SUM(e.amount),"
		  " SUM(e.points_member), SUM(e.points_clerk), SUM(e.points_store)"
		  " FROM event e JOIN batch b ON b.taken = e.taken"
		  " WHERE e.refused = 0 AND e.repeat = 0 AND e.training = 0"
		  " GROUP BY b.store, e.clerk, e.day, e.type"
		  " ORDER BY b.store, e.clerk, e.day, e.type",
    [S_CONTACTS] = "SELECT t.name, b.store, b.arrived_ms, b.wall_ms, b.clock, b.software,"
		   " x.waiting, x.held FROM (SELECT e.terminal_row AS terminal_row,"
		   " MAX(c.batch_row) AS last,"
		   " SUM(CASE WHEN c.state = 3 THEN 1 ELSE 0 END) AS waiting,"
		   " SUM(CASE WHEN c.state IN (2, 4) THEN 1 ELSE 0 END) AS held"
		   " FROM batch c JOIN epoch e ON e.epoch_row = c.epoch_row"
		   " GROUP BY e.terminal_row) x"
		   " JOIN terminal t ON t.terminal_row = x.terminal_row"
		   " JOIN batch b ON b.batch_row = x.last ORDER BY t.name",
    [S_FLAGGED] =
	"SELECT " EVENT_COLUMNS " WHERE repeat = 0 AND (refused <> 0 OR changed <> 0 OR"
	" points_member <> claimed_member OR points_clerk <> claimed_clerk OR"
	" points_store <> claimed_store) ORDER BY taken, seq",
};

/* --- values ---------------------------------------------------------------- */

static struct ledger_value null_value(void)
{
	return (struct ledger_value){.kind = VALUE_NULL};
}

static struct ledger_value number_value(int64_t number)
{
	return (struct ledger_value){.kind = VALUE_INT, .number = number};
}

/* Databases have no unsigned integers; seq and version never come near 2^63. */
static struct ledger_value count_value(uint64_t number)
{
	assert(number <= INT64_MAX);
	return number_value((int64_t)number);
}

static struct ledger_value text_value(const char *string)
{
	return (struct ledger_value){.kind = VALUE_TEXT, .bytes = bytes_of_text(string)};
}

static struct ledger_value blob_value(const void *at, size_t len)
{
	return (struct ledger_value){.kind = VALUE_BLOB, .bytes = bytes_of(at, len)};
}

static struct ledger_value bytes_value(struct bytes bytes)
{
	return bytes.len == 0 ? null_value() : blob_value(bytes.at, bytes.len);
}

/* A row being read. Whatever is not of the shape that we write makes it
 * ERR_CORRUPT as a whole: the file was edited by other hands. */
struct row {
	struct ledger *ledger;
	enum statement statement;
	unsigned i;
	enum err err;
};

static struct ledger_value next_value(struct row *row, enum ledger_value_kind kind)
{
	struct ledger_value value = row->ledger->driver->column(
	    row->ledger->self, (unsigned)row->statement, row->i++);
	if (value.kind != kind && value.kind != VALUE_NULL)
		row->err = ERR_CORRUPT;
	return value;
}

/* NULL reads as 0. */
static int64_t get_number(struct row *row)
{
	struct ledger_value value = next_value(row, VALUE_INT);
	return value.kind == VALUE_INT ? value.number : 0;
}

static uint64_t get_count(struct row *row, uint64_t max)
{
	int64_t number = get_number(row);
	if (number < 0 || (uint64_t)number > max) {
		row->err = ERR_CORRUPT;
		return 0;
	}
	return (uint64_t)number;
}

static bool get_flag(struct row *row)
{
	return get_count(row, 1) != 0;
}

/* NULL reads as "". */
static void get_text(struct row *row, char *out, size_t cap)
{
	struct ledger_value value = next_value(row, VALUE_TEXT);
	if (value.kind != VALUE_TEXT)
		value.bytes = (struct bytes){0};
	out[0] = '\0';
	if (text_from_bytes(out, cap, value.bytes) != ERR_NONE)
		row->err = ERR_CORRUPT;
}

static struct bytes get_bytes(struct row *row)
{
	struct ledger_value value = next_value(row, VALUE_BLOB);
	return value.kind == VALUE_BLOB ? value.bytes : (struct bytes){0};
}

/* NULL reads as zeros; false then. */
static bool get_fixed(struct row *row, uint8_t *out, size_t len)
{
	struct bytes bytes = get_bytes(row);
	if (bytes.len != 0 && bytes.len != len)
		row->err = ERR_CORRUPT;
	if (bytes.len != len) {
		memset(out, 0, len);
		return false;
	}
	memcpy(out, bytes.at, len);
	return true;
}

static enum err run(struct ledger *ledger, enum statement statement,
    const struct ledger_value *values, size_t count)
{
	return ledger->driver->run(
	    ledger->self, (unsigned)statement, text[statement], values, count);
}

/* For statements that give no row. */
static enum err done(enum err err)
{
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static void end(struct ledger *ledger, enum statement statement)
{
	ledger->driver->end(ledger->self, (unsigned)statement);
}

static struct row row_of(struct ledger *ledger, enum statement statement)
{
	return (struct row){.ledger = ledger, .statement = statement};
}

/* --- opening and steps ----------------------------------------------------- */

enum err ledger_open(const struct ledger_driver *driver, const char *where,
    enum ledger_mode mode, struct ledger **ret_ledger)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);
	if (ledger == NULL)
		return ERR_MEMORY;
	ledger->driver = driver;
	enum err err = driver->open(where, mode, &ledger->self);
	if (err != ERR_NONE) {
		free(ledger);
		return err;
	}
	*ret_ledger = ledger;
	return ERR_NONE;
}

enum err ledger_open_in(
    const char *dir, enum ledger_mode mode, struct ledger **ret_ledger)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/" LEDGER_FILE, dir);
	if (len < 0 || (size_t)len >= sizeof path)
		return ERR_LIMIT;
	return ledger_open(&ledger_sqlite, path, mode, ret_ledger);
}

void ledger_close(struct ledger **ledger)
{
	if (*ledger == NULL)
		return;
	(*ledger)->driver->close((*ledger)->self);
	free(*ledger);
	*ledger = NULL;
}

enum err ledger_step(struct ledger *ledger, enum ledger_step step)
{
	static const enum statement statements[] = {
	    [LEDGER_BEGIN] = S_BEGIN,
	    [LEDGER_VIEW] = S_VIEW,
	    [LEDGER_COMMIT] = S_COMMIT,
	    [LEDGER_ROLLBACK] = S_ROLLBACK,
	    [LEDGER_SAVE] = S_SAVE,
	    [LEDGER_KEEP] = S_KEEP,
	    [LEDGER_UNDO] = S_UNDO,
	};

	/* A statement still at a row would keep its view of the data. */
	for (unsigned i = S_TERMINAL_ADD; i < S_COUNT_ && step != LEDGER_SAVE; i++)
		ledger->driver->end(ledger->self, i);
	return done(run(ledger, statements[step], NULL, 0));
}

void ledger_back(struct ledger *ledger, enum ledger_step step)
{
	enum err err = ledger_step(ledger, step);
	if (err != ERR_NONE)
		log_error("cannot step back, error=%s", err_name(err));
}

/* --- epochs ---------------------------------------------------------------- */

static enum err read_epoch(struct row row, struct ledger_epoch *ret_epoch)
{
	struct ledger_epoch epoch = {0};
	epoch.row = get_number(&row);
	epoch.terminal_row = get_number(&row);
	get_text(&row, epoch.terminal, sizeof epoch.terminal);
	epoch.id.number = (uint32_t)get_count(&row, UINT32_MAX);
	(void)get_fixed(&row, epoch.id.mark, sizeof epoch.id.mark);
	epoch.next_batch = get_count(&row, INT64_MAX);
	epoch.next_seq = get_count(&row, INT64_MAX);
	(void)get_fixed(&row, epoch.head, sizeof epoch.head);
	epoch.receipts = get_count(&row, INT64_MAX);
	(void)get_fixed(&row, epoch.last_receipt, sizeof epoch.last_receipt);
	end(row.ledger, row.statement);
	if (row.err == ERR_NONE)
		*ret_epoch = epoch;
	return row.err;
}

enum err ledger_epoch_find(struct ledger *ledger, const char *terminal,
    const struct epoch_id *id, struct ledger_epoch *ret_epoch)
{
	const struct ledger_value values[] = {text_value(terminal),
	    number_value(id->number), blob_value(id->mark, sizeof id->mark)};
	enum err err = run(ledger, S_EPOCH_FIND, values, COUNT_OF(values));
	return err != ERR_NONE ? err
			       : read_epoch(row_of(ledger, S_EPOCH_FIND), ret_epoch);
}

enum err ledger_epoch_by_row(
    struct ledger *ledger, int64_t row, struct ledger_epoch *ret_epoch)
{
	const struct ledger_value value = number_value(row);
	enum err err = run(ledger, S_EPOCH_BY_ROW, &value, 1);
	return err != ERR_NONE ? err
			       : read_epoch(row_of(ledger, S_EPOCH_BY_ROW), ret_epoch);
}

enum err ledger_epoch_next(struct ledger *ledger, const struct ledger_epoch *after,
    struct ledger_epoch *ret_epoch)
{
	static const struct ledger_epoch start;
	if (after == NULL)
		after = &start;
	const struct ledger_value values[] = {text_value(after->terminal),
	    number_value(after->id.number),
	    blob_value(after->id.mark, sizeof after->id.mark)};
	enum err err = run(ledger, S_EPOCH_NEXT, values, COUNT_OF(values));
	return err != ERR_NONE ? err
			       : read_epoch(row_of(ledger, S_EPOCH_NEXT), ret_epoch);
}

/* The terminal's row, made when it is new. */
static enum err terminal_row(struct ledger *ledger, const char *name, int64_t *ret_row)
{
	const struct ledger_value value = text_value(name);
	enum err err = run(ledger, S_TERMINAL_ROW, &value, 1);
	if (err == ERR_NOT_FOUND) {
		err = done(run(ledger, S_TERMINAL_ADD, &value, 1));
		if (err == ERR_NONE)
			err = run(ledger, S_TERMINAL_ROW, &value, 1);
	}
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_TERMINAL_ROW);
	int64_t number = get_number(&row);
	end(ledger, S_TERMINAL_ROW);
	if (row.err == ERR_NONE)
		*ret_row = number;
	return row.err;
}

static enum err epoch_add(struct ledger *ledger, struct ledger_epoch *epoch)
{
	enum err err = terminal_row(ledger, epoch->terminal, &epoch->terminal_row);
	if (err != ERR_NONE)
		return err;
	const struct ledger_value values[] = {number_value(epoch->terminal_row),
	    number_value(epoch->id.number),
	    blob_value(epoch->id.mark, sizeof epoch->id.mark),
	    count_value(epoch->next_batch), count_value(epoch->next_seq),
	    blob_value(epoch->head, HASH_LEN), count_value(epoch->receipts),
	    blob_value(epoch->last_receipt, HASH_LEN)};
	err = run(ledger, S_EPOCH_ADD, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_EPOCH_ADD);
	epoch->row = get_number(&row);
	end(ledger, S_EPOCH_ADD);
	return row.err;
}

enum err ledger_epoch_put(struct ledger *ledger, struct ledger_epoch *epoch)
{
	if (epoch->row == 0)
		return epoch_add(ledger, epoch);
	const struct ledger_value values[] = {count_value(epoch->next_batch),
	    count_value(epoch->next_seq), blob_value(epoch->head, HASH_LEN),
	    count_value(epoch->receipts), blob_value(epoch->last_receipt, HASH_LEN),
	    number_value(epoch->row)};
	return done(run(ledger, S_EPOCH_SET, values, COUNT_OF(values)));
}

/* --- batches --------------------------------------------------------------- */

static enum err read_batch(
    struct ledger *ledger, enum statement statement, struct ledger_batch *ret_batch)
{
	struct row row = row_of(ledger, statement);
	struct ledger_batch batch = {0};
	batch.row = get_number(&row);
	batch.epoch_row = get_number(&row);
	batch.number = get_count(&row, INT64_MAX);
	(void)get_fixed(&row, batch.hash, sizeof batch.hash);
	batch.first_seq = get_count(&row, INT64_MAX);
	batch.count = get_count(&row, INT64_MAX);
	batch.state = (enum batch_state)get_count(&row, BATCH_HELD);
	batch.reason = (enum held_reason)get_count(&row, HELD_REASON_COUNT_ - 1);
	batch.taken = get_count(&row, INT64_MAX);
	(void)get_fixed(&row, batch.key_id, sizeof batch.key_id);
	get_text(&row, batch.store, sizeof batch.store);
	batch.wall_ms = get_number(&row);
	batch.clock = (enum clock_state)get_count(&row, CLOCK_SURE);
	get_text(&row, batch.software, sizeof batch.software);
	batch.arrived_ms = get_number(&row);
	batch.receipt = get_count(&row, INT64_MAX);
	(void)get_fixed(&row, batch.answer_hash, sizeof batch.answer_hash);
	batch.file = get_bytes(&row);
	batch.answer = get_bytes(&row);
	/* Not ended: file and answer are views into the row. */
	if (row.err == ERR_NONE)
		*ret_batch = batch;
	return row.err;
}

static enum err find_batch(struct ledger *ledger, enum statement statement,
    const struct ledger_value *values, size_t count, struct ledger_batch *ret_batch)
{
	enum err err = run(ledger, statement, values, count);
	return err != ERR_NONE ? err : read_batch(ledger, statement, ret_batch);
}

static struct ledger_value answer_hash_value(const struct ledger_batch *batch)
{
	return batch->answer.len == 0 ? null_value()
				      : blob_value(batch->answer_hash, HASH_LEN);
}

/* 0 stands for none. */
static struct ledger_value optional(uint64_t number)
{
	return number == 0 ? null_value() : count_value(number);
}

enum err ledger_batch_add(struct ledger *ledger, struct ledger_batch *batch)
{
	const struct ledger_value values[] = {number_value(batch->epoch_row),
	    count_value(batch->number), blob_value(batch->hash, HASH_LEN),
	    count_value(batch->first_seq), count_value(batch->count),
	    number_value(batch->state), number_value(batch->reason),
	    optional(batch->taken), blob_value(batch->key_id, KEY_ID_LEN),
	    text_value(batch->store), number_value(batch->wall_ms),
	    number_value(batch->clock), text_value(batch->software),
	    number_value(batch->arrived_ms), optional(batch->receipt),
	    answer_hash_value(batch), bytes_value(batch->file),
	    bytes_value(batch->answer)};
	enum err err = run(ledger, S_BATCH_ADD, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_BATCH_ADD);
	batch->row = get_number(&row);
	end(ledger, S_BATCH_ADD);
	return row.err;
}

enum err ledger_batch_set(struct ledger *ledger, const struct ledger_batch *batch)
{
	const struct ledger_value values[] = {number_value(batch->state),
	    number_value(batch->reason), optional(batch->taken), optional(batch->receipt),
	    answer_hash_value(batch), bytes_value(batch->answer),
	    number_value(batch->arrived_ms), number_value(batch->row)};
	return done(run(ledger, S_BATCH_SET, values, COUNT_OF(values)));
}

enum err ledger_batch_find(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    const uint8_t hash[HASH_LEN], struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    number_value(epoch_row), count_value(number), blob_value(hash, HASH_LEN)};
	return find_batch(ledger, S_BATCH_FIND, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_by_number(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    number_value(epoch_row), count_value(number)};
	return find_batch(ledger, S_BATCH_BY_NUMBER, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_by_taken(
    struct ledger *ledger, uint64_t taken, struct ledger_batch *ret_batch)
{
	const struct ledger_value value = count_value(taken);
	return find_batch(ledger, S_BATCH_BY_TAKEN, &value, 1, ret_batch);
}

enum err ledger_batch_waiting(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    number_value(epoch_row), count_value(number)};
	return find_batch(ledger, S_BATCH_WAITING, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_next(
    struct ledger *ledger, int64_t row, struct ledger_batch *ret_batch)
{
	const struct ledger_value value = number_value(row);
	return find_batch(ledger, S_BATCH_NEXT, &value, 1, ret_batch);
}

static enum err one_count(struct ledger *ledger, enum statement statement,
    const struct ledger_value *value, uint64_t *ret_count)
{
	enum err err = run(ledger, statement, value, value == NULL ? 0 : 1);
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, statement);
	uint64_t count = get_count(&row, INT64_MAX);
	end(ledger, statement);
	if (row.err == ERR_NONE)
		*ret_count = count;
	return row.err;
}

enum err ledger_taken(struct ledger *ledger, uint64_t *ret_taken)
{
	return one_count(ledger, S_TAKEN, NULL, ret_taken);
}

/* --- events ---------------------------------------------------------------- */

enum err ledger_event_add(struct ledger *ledger, const struct ledger_event *event)
{
	bool of = event->of.terminal[0] != '\0';
	bool known = event->refused != REFUSAL_UNREADABLE;
	const int64_t *points = event->points;
	const int64_t *claimed = event->claimed;
	const struct ledger_value values[] = {number_value(event->epoch_row),
	    count_value(event->seq), count_value(event->taken),
	    number_value(event->terminal_row),
	    event->named ? blob_value(event->id, EVENT_ID_LEN) : null_value(),
	    event->named ? blob_value(event->content, HASH_LEN) : null_value(),
	    number_value(event->type), known ? text_value(event->clerk) : null_value(),
	    known ? number_value(event->amount_cents) : null_value(),
	    known ? number_value(event->business_day) : null_value(),
	    number_value(event->training), number_value(event->refused),
	    number_value(event->repeat), number_value(event->changed),
	    number_value(points[EARNER_MEMBER]), number_value(points[EARNER_CLERK]),
	    number_value(points[EARNER_STORE]), number_value(claimed[EARNER_MEMBER]),
	    number_value(claimed[EARNER_CLERK]), number_value(claimed[EARNER_STORE]),
	    of ? text_value(event->of.terminal) : null_value(),
	    of ? blob_value(event->of.id, EVENT_ID_LEN) : null_value()};
	return done(run(ledger, S_EVENT_ADD, values, COUNT_OF(values)));
}

static enum err read_event(
    struct ledger *ledger, enum statement statement, struct ledger_event *ret_event)
{
	struct row row = row_of(ledger, statement);
	struct ledger_event event = {0};
	event.epoch_row = get_number(&row);
	event.seq = get_count(&row, INT64_MAX);
	event.taken = get_count(&row, INT64_MAX);
	event.terminal_row = get_number(&row);
	event.named = get_fixed(&row, event.id, sizeof event.id);
	(void)get_fixed(&row, event.content, sizeof event.content);
	event.type = (enum event_type)get_count(&row, EVENT_TYPE_COUNT_ - 1);
	get_text(&row, event.clerk, sizeof event.clerk);
	event.amount_cents = get_number(&row);
	event.business_day = (uint32_t)get_count(&row, UINT32_MAX);
	event.training = get_flag(&row);
	event.refused = (enum refusal)get_count(&row, REFUSAL_COUNT_ - 1);
	event.repeat = get_flag(&row);
	event.changed = get_flag(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		event.points[i] = get_number(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		event.claimed[i] = get_number(&row);
	get_text(&row, event.of.terminal, sizeof event.of.terminal);
	(void)get_fixed(&row, event.of.id, sizeof event.of.id);
	if (row.err == ERR_NONE)
		*ret_event = event;
	return row.err;
}

static enum err find_event(struct ledger *ledger, enum statement statement,
    const struct ledger_value *values, size_t count, struct ledger_event *ret_event)
{
	enum err err = run(ledger, statement, values, count);
	if (err != ERR_NONE)
		return err;
	err = read_event(ledger, statement, ret_event);
	end(ledger, statement);
	return err;
}

enum err ledger_event_at(struct ledger *ledger, int64_t epoch_row, uint64_t seq,
    struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {number_value(epoch_row), count_value(seq)};
	return find_event(ledger, S_EVENT_AT, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_known(struct ledger *ledger, int64_t terminal,
    const uint8_t id[EVENT_ID_LEN], bool *ret_known)
{
	const struct ledger_value values[] = {
	    number_value(terminal), blob_value(id, EVENT_ID_LEN)};
	enum err err = run(ledger, S_EVENT_KNOWN, values, COUNT_OF(values));
	if (err == ERR_NONE)
		end(ledger, S_EVENT_KNOWN);
	else if (err != ERR_NOT_FOUND)
		return err;
	*ret_known = err == ERR_NONE;
	return ERR_NONE;
}

enum err ledger_event_by_id(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {text_value(ref->terminal),
	    blob_value(ref->id, EVENT_ID_LEN), count_value(before->taken),
	    count_value(before->seq), count_value(i)};
	return find_event(ledger, S_EVENT_BY_ID, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_of(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {blob_value(ref->id, EVENT_ID_LEN),
	    text_value(ref->terminal), count_value(before->taken),
	    count_value(before->seq), count_value(i)};
	return find_event(ledger, S_EVENT_OF, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_count(struct ledger *ledger, uint64_t *ret_count)
{
	return one_count(ledger, S_EVENT_COUNT, NULL, ret_count);
}

/* --- sessions and letters -------------------------------------------------- */

enum err ledger_session_add(struct ledger *ledger, int64_t terminal,
    const uint8_t id[SESSION_ID_LEN], struct bytes recipient)
{
	const struct ledger_value values[] = {number_value(terminal),
	    blob_value(id, SESSION_ID_LEN), bytes_value(recipient)};
	return done(run(ledger, S_SESSION_ADD, values, COUNT_OF(values)));
}

enum err ledger_session_find(struct ledger *ledger, int64_t terminal,
    const uint8_t id[SESSION_ID_LEN], struct bytes *ret_recipient)
{
	const struct ledger_value values[] = {
	    number_value(terminal), blob_value(id, SESSION_ID_LEN)};
	enum err err = run(ledger, S_SESSION_FIND, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_SESSION_FIND);
	struct bytes recipient = get_bytes(&row);
	if (row.err == ERR_NONE)
		*ret_recipient = recipient;
	return row.err;
}

enum err ledger_session_count(struct ledger *ledger, uint64_t *ret_count)
{
	return one_count(ledger, S_SESSION_COUNT, NULL, ret_count);
}

enum err ledger_letter_add(struct ledger *ledger, const struct ledger_letter *letter)
{
	const struct ledger_value values[] = {number_value(letter->kind),
	    text_value(letter->store), count_value(letter->version),
	    number_value(letter->issued_ms), number_value(letter->expires_ms),
	    bytes_value(letter->file)};
	return done(run(ledger, S_LETTER_ADD, values, COUNT_OF(values)));
}

static enum err find_letter(struct ledger *ledger, enum statement statement,
    const struct ledger_value *values, size_t count, struct ledger_letter *ret_letter)
{
	enum err err = run(ledger, statement, values, count);
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, statement);
	struct ledger_letter letter = {0};
	letter.kind = (enum cose_type)get_count(&row, COSE_TYPE_COUNT_ - 1);
	get_text(&row, letter.store, sizeof letter.store);
	letter.version = get_count(&row, INT64_MAX);
	letter.issued_ms = get_number(&row);
	letter.expires_ms = get_number(&row);
	letter.file = get_bytes(&row);
	if (row.err == ERR_NONE)
		*ret_letter = letter;
	return row.err;
}

enum err ledger_letter_newest(struct ledger *ledger, enum cose_type kind,
    const char *store, struct ledger_letter *ret_letter)
{
	const struct ledger_value values[] = {number_value(kind), text_value(store)};
	return find_letter(ledger, S_LETTER_NEWEST, values, COUNT_OF(values), ret_letter);
}

enum err ledger_letter_version(struct ledger *ledger, enum cose_type kind,
    uint64_t version, struct ledger_letter *ret_letter)
{
	if (version > INT64_MAX)
		return ERR_NOT_FOUND;
	const struct ledger_value values[] = {number_value(kind), count_value(version)};
	return find_letter(
	    ledger, S_LETTER_VERSION, values, COUNT_OF(values), ret_letter);
}

enum err ledger_letter_top(
    struct ledger *ledger, enum cose_type kind, uint64_t *ret_version)
{
	const struct ledger_value value = number_value(kind);
	return one_count(ledger, S_LETTER_TOP, &value, ret_version);
}

enum err ledger_letter_next(struct ledger *ledger, const struct ledger_letter *after,
    struct ledger_letter *ret_letter)
{
	const struct ledger_value values[] = {number_value(after->kind),
	    text_value(after->store), count_value(after->version)};
	return find_letter(ledger, S_LETTER_NEXT, values, COUNT_OF(values), ret_letter);
}

/* --- figures --------------------------------------------------------------- */

static enum err walk(struct ledger *ledger, enum statement statement, bool first)
{
	return first ? run(ledger, statement, NULL, 0)
		     : ledger->driver->next(ledger->self, (unsigned)statement);
}

enum err ledger_figure_next(
    struct ledger *ledger, bool first, struct ledger_figure *ret_figure)
{
	enum err err = walk(ledger, S_FIGURES, first);
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_FIGURES);
	struct ledger_figure figure = {0};
	get_text(&row, figure.store, sizeof figure.store);
	get_text(&row, figure.clerk, sizeof figure.clerk);
	figure.day = (uint32_t)get_count(&row, UINT32_MAX);
	figure.type = (enum event_type)get_count(&row, EVENT_TYPE_COUNT_ - 1);
	figure.events = get_count(&row, INT64_MAX);
	figure.amount_cents = get_number(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		figure.points[i] = get_number(&row);
	if (row.err == ERR_NONE)
		*ret_figure = figure;
	return row.err;
}

enum err ledger_contact_next(
    struct ledger *ledger, bool first, struct ledger_contact *ret_contact)
{
	enum err err = walk(ledger, S_CONTACTS, first);
	if (err != ERR_NONE)
		return err;
	struct row row = row_of(ledger, S_CONTACTS);
	struct ledger_contact contact = {0};
	get_text(&row, contact.terminal, sizeof contact.terminal);
	get_text(&row, contact.store, sizeof contact.store);
	contact.arrived_ms = get_number(&row);
	contact.wall_ms = get_number(&row);
	contact.clock = (enum clock_state)get_count(&row, CLOCK_SURE);
	get_text(&row, contact.software, sizeof contact.software);
	contact.waiting = get_count(&row, INT64_MAX);
	contact.held = get_count(&row, INT64_MAX);
	if (row.err == ERR_NONE)
		*ret_contact = contact;
	return row.err;
}

enum err ledger_flagged_next(
    struct ledger *ledger, bool first, struct ledger_event *ret_event)
{
	enum err err = walk(ledger, S_FLAGGED, first);
	return err == ERR_NONE ? read_event(ledger, S_FLAGGED, ret_event) : err;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "sync/journal_internal.h"

/* --- rows ----------------------------------------------------------------- */

enum err epoch_by_number(
    struct journal *journal, uint32_t number, struct epoch_id *ret_epoch)
{
	sqlite3_stmt *get = NULL;
	struct epoch_id epoch = {.number = number};
	enum err error = row_by_key(journal, STATEMENT_EPOCH_GET, number, &get);
	if (error != ERR_NONE)
		return error;
	error = column_fixed(get, 0, epoch.mark, EPOCH_MARK_LEN);
	sqlite3_reset(get);
	if (error == ERR_NONE)
		*ret_epoch = epoch;
	return error;
}

/* Below the rows that are left stands the anchor; below the first row the
 * epoch's own start. */
static enum err link_below(
    struct journal *journal, int64_t key, uint8_t ret_link[HASH_LEN])
{
	sqlite3_stmt *get = NULL;
	struct epoch_id epoch;
	enum err error = row_by_key(journal, STATEMENT_ANCHOR_GET, key_epoch(key), &get);
	if (error == ERR_NONE) {
		bool here = column_u64(get, 0) == key_seq(key);
		error = here ? column_fixed(get, 1, ret_link, HASH_LEN) : ERR_NOT_FOUND;
		sqlite3_reset(get);
		return error;
	}
	if (error != ERR_NOT_FOUND || key_seq(key) != 0)
		return error;
	error = epoch_by_number(journal, key_epoch(key), &epoch);
	if (error != ERR_NONE)
		return error;
	return chain_start(journal->owner.crypto, journal->terminal, &epoch, ret_link);
}

enum err link_at(struct journal *journal, int64_t key, uint8_t ret_link[HASH_LEN])
{
	sqlite3_stmt *get = NULL;
	enum err error = row_by_key(journal, STATEMENT_LINK_GET, key, &get);
	if (error == ERR_NOT_FOUND)
		return link_below(journal, key, ret_link);
	if (error != ERR_NONE)
		return error;
	error = column_fixed(get, 0, ret_link, HASH_LEN);
	sqlite3_reset(get);
	return error;
}

enum err event_store(
    struct journal *journal, struct journal_state *next, struct bytes bytes)
{
	sqlite3_stmt *add = NULL;
	uint64_t seq = next->last_seq + 1;
	if (seq >> KEY_SEQ_BITS != 0)
		return ERR_LIMIT;
	enum err error = chain_step(journal->owner.crypto, bytes, next->head);
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_EVENT_ADD, &add);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(add, 1, row_key(next->epoch.number, seq));
	bind_bytes(add, 2, bytes);
	bind_bytes(add, 3, bytes_of(next->head, HASH_LEN));
	next->last_seq = seq;
	return statement_run(add);
}

/* --- append --------------------------------------------------------------- */

enum err known_get(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    uint8_t ret_content[HASH_LEN], int64_t *ret_key)
{
	sqlite3_stmt *get = NULL;
	enum err error = statement_take(journal, STATEMENT_KNOWN_GET, &get);
	if (error != ERR_NONE)
		return error;
	bind_bytes(get, 1, bytes_of(id, EVENT_ID_LEN));
	error = statement_row(get);
	if (error != ERR_NONE)
		return error;
	error = column_fixed(get, 0, ret_content, HASH_LEN);
	if (error == ERR_NONE)
		*ret_key = sqlite3_column_int64(get, 1);
	sqlite3_reset(get);
	return error;
}

/* ERR_NOT_FOUND: new. Otherwise what to answer to a repeat, with the recorded
 * seq and points in `event`. */
static enum err repeat_check(
    struct journal *journal, struct event *event, const uint8_t content[HASH_LEN])
{
	uint8_t recorded[HASH_LEN];
	int64_t key = 0;
	enum err error = known_get(journal, event->id, recorded, &key);
	if (error != ERR_NONE)
		return error;
	if (memcmp(recorded, content, HASH_LEN) != 0)
		return ERR_CONFLICT;
	struct event old;
	sqlite3_stmt *get = NULL;
	error = row_by_key(journal, STATEMENT_EVENT_GET, key, &get);
	if (error == ERR_NONE) {
		error = event_decode(column_bytes(get, 0), &old);
		sqlite3_reset(get);
	}
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return ERR_CORRUPT;
	event->seq = key_seq(key);
	event->epoch.number = key_epoch(key);
	if (error == ERR_NONE)
		memcpy(event->points, old.points, sizeof(event->points));
	return ERR_EXISTS;
}

static bool moves_money(enum event_type type)
{
	return type == EVENT_SALE || type == EVENT_TOPUP || type == EVENT_VOID ||
	       type == EVENT_RETURN || type == EVENT_CHIP_SALE;
}

/* Terminal, epoch, seq and the sealed person; then the bytes. */
static enum err event_finish(struct journal *journal, struct event *event,
    const struct person *person, struct session *session, struct sink *out)
{
	const struct journal_state *state = &journal->state;
	event->epoch = state->epoch;
	event->seq = state->last_seq + 1;
	event->blob = bytes_of("", 0);
	event->erased = false;
	if (person != NULL)
		event->member = person->kind;
	if (person != NULL && (person->kind != MEMBER_NONE || person->phone[0] != '\0')) {
		struct sink blob = sink_of(journal->blob, sizeof(journal->blob));
		enum err error =
		    blob_seal(journal->owner.crypto, session, event, person, &blob);
		if (error != ERR_NONE)
			return error;
		event->blob = sink_bytes(&blob);
	}
	enum err error = event_encode(event, out);
	if (error == ERR_NONE && out->over)
		error = ERR_LIMIT;
	return error;
}

static enum err known_add(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    const uint8_t content[HASH_LEN], int64_t key)
{
	sqlite3_stmt *add = NULL;
	enum err error = statement_take(journal, STATEMENT_KNOWN_ADD, &add);
	if (error != ERR_NONE)
		return error;
	bind_bytes(add, 1, bytes_of(id, EVENT_ID_LEN));
	bind_bytes(add, 2, bytes_of(content, HASH_LEN));
	(void)sqlite3_bind_int64(add, 3, key);
	return statement_run(add);
}

enum err reference_add(
    struct journal *journal, const struct event_ref *reference, int64_t key)
{
	sqlite3_stmt *add = NULL;
	if (reference->terminal[0] == '\0')
		return ERR_NONE;
	enum err error = statement_take(journal, STATEMENT_REFERENCE_ADD, &add);
	if (error != ERR_NONE)
		return error;
	bind_bytes(add, 1, bytes_of(reference->id, EVENT_ID_LEN));
	(void)sqlite3_bind_int64(add, 2, key);
	return statement_run(add);
}

static enum err session_add(struct journal *journal, const struct session *session)
{
	sqlite3_stmt *add = NULL;
	if (journal->session_stored &&
	    memcmp(journal->session_id, session->id, SESSION_ID_LEN) == 0)
		return ERR_NONE;
	enum err error = statement_take(journal, STATEMENT_SESSION_ADD, &add);
	if (error != ERR_NONE)
		return error;
	bind_bytes(add, 1, bytes_of(session->id, SESSION_ID_LEN));
	bind_bytes(add, 2, bytes_of(session->recipient, session->recipient_len));
	return statement_run(add);
}

static enum err intent_clear(struct journal *journal)
{
	sqlite3_stmt *clear = NULL;
	if (!journal->intent_stored)
		return ERR_NONE;
	enum err error = statement_take(journal, STATEMENT_INTENT_CLEAR, &clear);
	return error == ERR_NONE ? statement_run(clear) : error;
}

/* One transaction, one flush. */
static enum err append_commit(struct journal *journal, const struct event *event,
    const uint8_t content[HASH_LEN], const struct session *session, struct bytes bytes)
{
	struct journal_state next = journal->state;
	int64_t key = row_key(event->epoch.number, event->seq);
	enum err error = journal_begin(journal);
	if (error != ERR_NONE)
		return error;
	if (event->blob.len > 0)
		error = session_add(journal, session);
	if (error == ERR_NONE)
		error = known_add(journal, event->id, content, key);
	if (error == ERR_NONE)
		error = reference_add(journal, &event->reference, key);
	if (error == ERR_NONE)
		error = event_store(journal, &next, bytes);
	if (error == ERR_NONE)
		error = intent_clear(journal);
	next.recorded++;
	error = journal_end(journal, error, &next);
	if (error != ERR_NONE)
		return error;
	journal->intent_stored = false;
	if (event->blob.len > 0) {
		journal->session_stored = true;
		memcpy(journal->session_id, session->id, SESSION_ID_LEN);
	}
	return ERR_NONE;
}

enum err journal_append(struct journal *journal, struct event *event,
    const struct person *person, struct session *session)
{
	uint8_t content[HASH_LEN];
	enum err error = journal_settle_write(journal);
	if (error == ERR_NONE && journal->state.epoch.number == 0)
		error = ERR_NOT_READY;
	/* The content names its reference by what is ours and what is not. */
	memcpy(event->terminal, journal->terminal, sizeof(event->terminal));
	if (error == ERR_NONE)
		error = event_content_hash(journal->owner.crypto, event, content);
	if (error == ERR_NONE)
		error = repeat_check(journal, event, content);
	if (error != ERR_NOT_FOUND)
		return error;
	if (moves_money(event->type) && reserve_make(journal) != ERR_NONE)
		return ERR_FULL;
	struct event made = *event;
	struct sink out = sink_of(journal->bytes, sizeof(journal->bytes));
	error = event_finish(journal, &made, person, session, &out);
	if (error == ERR_NONE)
		error = append_commit(journal, &made, content, session, sink_bytes(&out));
	if (error == ERR_FULL)
		reserve_release(journal);
	if (error != ERR_NONE)
		return error;
	*event = made;
	event->blob = bytes_of("", 0); /* it was in our buffer */
	journal_checkpoint(journal, WAL_PAGES_APPEND);
	return ERR_NONE;
}

/* --- looking up and walking ----------------------------------------------- */

enum err journal_find(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    uint8_t buf[EVENT_BYTES_MAX], struct event *ret_event)
{
	uint8_t content[HASH_LEN];
	int64_t key = 0;
	sqlite3_stmt *get = NULL;
	enum err error = journal_settle(journal);
	if (error == ERR_NONE)
		error = known_get(journal, id, content, &key);
	if (error != ERR_NONE)
		return error;
	error = row_by_key(journal, STATEMENT_EVENT_GET, key, &get);
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_STALE : error;
	struct bytes bytes = column_bytes(get, 0);
	if (bytes.len > EVENT_BYTES_MAX)
		error = ERR_CORRUPT;
	else
		memcpy(buf, bytes.at, bytes.len);
	sqlite3_reset(get);
	if (error != ERR_NONE)
		return error;
	return event_decode(bytes_of(buf, bytes.len), ret_event) == ERR_NONE
		   ? ERR_NONE
		   : ERR_CORRUPT;
}

#define ROW_COLUMNS                                                                      \
	"e.key, e.bytes, (SELECT b.last >= e.key AND b.receipt IS NOT NULL FROM batch b" \
	" WHERE b.first <= e.key ORDER BY b.first DESC LIMIT 1),"                        \
	" (SELECT code FROM refusal r WHERE r.key = e.key)"
/* A row that was carried into a later epoch is met there. */
#define ROW_NOT_CARRIED                                                                  \
	" NOT EXISTS(SELECT 1 FROM copy c WHERE c.key > e.key AND c.original ="          \
	" coalesce((SELECT original FROM copy d WHERE d.key = e.key), e.key))"

static enum err walk_row(sqlite3_stmt *rows, journal_row_fn *fn, void *self, bool *go_on)
{
	struct event event;
	struct journal_row row = {.event = &event, .bytes = column_bytes(rows, 1)};
	if (event_decode(row.bytes, &event) != ERR_NONE)
		return ERR_CORRUPT;
	row.receipted = sqlite3_column_int(rows, 2) == 1;
	row.refused = (enum refusal)sqlite3_column_int(rows, 3);
	*go_on = fn(self, &row);
	return ERR_NONE;
}

/* A statement of its own for each walk, so that walks may nest. */
static enum err walk(struct journal *journal, sqlite3_stmt *rows, size_t max,
    journal_row_fn *fn, void *self)
{
	bool go_on = true;
	enum err error = ERR_NONE;
	(void)journal;
	for (size_t n = 0; n < max && go_on && error == ERR_NONE; n++) {
		error = statement_row(rows);
		if (error == ERR_NONE)
			error = walk_row(rows, fn, self, &go_on);
	}
	sqlite3_finalize(rows);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

static enum err walk_prepare(
    struct journal *journal, const char *sql, sqlite3_stmt **ret_rows)
{
	enum err error = journal_settle(journal);
	if (error != ERR_NONE)
		return error;
	return journal_error(sqlite3_prepare_v2(journal->db, sql, -1, ret_rows, NULL));
}

enum err journal_walk(struct journal *journal, uint32_t after_epoch, uint64_t after_seq,
    journal_row_fn *fn, void *self)
{
	sqlite3_stmt *rows = NULL;
	enum err error = walk_prepare(journal,
	    "SELECT " ROW_COLUMNS " FROM event e WHERE e.key > ?1 AND" ROW_NOT_CARRIED
	    " ORDER BY e.key",
	    &rows);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(rows, 1, row_key(after_epoch, after_seq));
	return walk(journal, rows, SIZE_MAX, fn, self);
}

enum err journal_walk_back(
    struct journal *journal, size_t max, journal_row_fn *fn, void *self)
{
	sqlite3_stmt *rows = NULL;
	enum err error = walk_prepare(journal,
	    "SELECT " ROW_COLUMNS " FROM event e WHERE" ROW_NOT_CARRIED
	    " ORDER BY e.key DESC",
	    &rows);
	if (error != ERR_NONE)
		return error;
	return walk(journal, rows, max, fn, self);
}

enum err journal_walk_references(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    journal_row_fn *fn, void *self)
{
	sqlite3_stmt *rows = NULL;
	enum err error = walk_prepare(journal,
	    "SELECT " ROW_COLUMNS
	    " FROM reference r JOIN event e USING(key) WHERE r.of_id = ?1"
	    " AND" ROW_NOT_CARRIED " ORDER BY e.key",
	    &rows);
	if (error != ERR_NONE)
		return error;
	bind_bytes(rows, 1, bytes_of(id, EVENT_ID_LEN));
	return walk(journal, rows, SIZE_MAX, fn, self);
}

/* --- the open sale -------------------------------------------------------- */

enum err journal_intent_set(struct journal *journal, struct bytes intent)
{
	sqlite3_stmt *set = NULL;
	if (intent.len > JOURNAL_INTENT_MAX)
		return ERR_LIMIT;
	enum err error = journal_settle_write(journal);
	if (error == ERR_NONE && intent.len == 0 && !journal->intent_stored)
		return ERR_NONE;
	if (error == ERR_NONE)
		error = statement_take(journal,
		    intent.len == 0 ? STATEMENT_INTENT_CLEAR : STATEMENT_INTENT_SET,
		    &set);
	if (error != ERR_NONE)
		return error;
	if (intent.len > 0)
		bind_bytes(set, 1, intent);
	error = statement_run(set);
	if (error == ERR_NONE)
		journal->intent_stored = intent.len > 0;
	if (error == ERR_IO) {
		journal->unsettled = true;
		error = ERR_UNKNOWN;
	}
	return error;
}

enum err journal_intent_get(
    struct journal *journal, uint8_t *buf, size_t cap, size_t *ret_len)
{
	sqlite3_stmt *get = NULL;
	enum err error = journal_settle(journal);
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_INTENT_GET, &get);
	if (error == ERR_NONE)
		error = statement_row(get);
	if (error == ERR_NOT_FOUND)
		*ret_len = 0;
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_NONE : error;
	struct bytes intent = column_bytes(get, 0);
	error = intent.len > cap ? ERR_LIMIT : ERR_NONE;
	if (error == ERR_NONE) {
		memcpy(buf, intent.at, intent.len);
		*ret_len = intent.len;
	}
	sqlite3_reset(get);
	return error;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "os/log.h"
#include "sync/journal_internal.h"

/*
 * Cutting: prove the rows, make the body, sign the header, commit number, range
 * and exact bytes. Two passes over the same rows, so that memory is one batch
 * whatever waits.
 */
enum {
	BODY_HEAD_MAX = 32, /* array heads around recipients and events */
	ITEM_HEAD_MAX = 5,  /* byte string head of one event or recipient */
};

struct cut {
	uint64_t first;
	uint64_t count;
	size_t bytes; /* of the body so far */
	uint8_t head_after[HASH_LEN];
	size_t session_count;
	uint8_t session_id[BATCH_SESSIONS_MAX][SESSION_ID_LEN];
	size_t recipient_len[BATCH_SESSIONS_MAX];
	uint8_t recipient[BATCH_SESSIONS_MAX][SESSION_RECIPIENT_MAX];
};

static enum err rows_prepare(struct journal *journal, const struct cut *cut,
    uint64_t count, sqlite3_stmt **ret_rows)
{
	uint32_t epoch = journal->state.epoch.number;
	int rc = sqlite3_prepare_v2(journal->db,
	    "SELECT key, bytes, link FROM event WHERE key >= ?1 AND key < ?2 ORDER BY "
	    "key",
	    -1, ret_rows, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_bind_int64(*ret_rows, 1, row_key(epoch, cut->first));
	(void)sqlite3_bind_int64(*ret_rows, 2, row_key(epoch, cut->first + count));
	return ERR_NONE;
}

/* Adds the session of an event to the batch. ERR_LIMIT: it has no room for one
 * more, so the batch ends before this event. */
static enum err session_join(
    struct journal *journal, struct cut *cut, struct bytes bytes, size_t *ret_bytes)
{
	struct event_parts parts;
	uint8_t id[SESSION_ID_LEN];
	sqlite3_stmt *get = NULL;
	enum err error = event_split(bytes, &parts);
	*ret_bytes = 0;
	if (error != ERR_NONE || !parts.has_blob)
		return error;
	error = blob_session(parts.blob, id);
	for (size_t i = 0; error == ERR_NONE && i < cut->session_count; i++)
		if (memcmp(cut->session_id[i], id, SESSION_ID_LEN) == 0)
			return ERR_NONE;
	if (error == ERR_NONE && cut->session_count == BATCH_SESSIONS_MAX)
		return ERR_LIMIT;
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_SESSION_GET, &get);
	if (error != ERR_NONE)
		return error;
	bind_bytes(get, 1, bytes_of(id, SESSION_ID_LEN));
	error = statement_row(get);
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
	struct bytes recipient = column_bytes(get, 0);
	size_t i = cut->session_count;
	error = recipient.len > SESSION_RECIPIENT_MAX ? ERR_CORRUPT : ERR_NONE;
	if (error == ERR_NONE) {
		memcpy(cut->session_id[i], id, SESSION_ID_LEN);
		memcpy(cut->recipient[i], recipient.at, recipient.len);
		cut->recipient_len[i] = recipient.len;
		*ret_bytes = recipient.len + ITEM_HEAD_MAX;
		cut->session_count++;
	}
	sqlite3_reset(get);
	return error;
}

/* Proves one row and takes it in; ERR_LIMIT when the batch is full before it. */
static enum err row_take(struct journal *journal, struct cut *cut, sqlite3_stmt *rows)
{
	uint64_t seq = cut->first + cut->count;
	struct bytes bytes = column_bytes(rows, 1);
	uint8_t link[HASH_LEN];
	uint8_t stored[HASH_LEN];
	size_t more = 0;
	memcpy(link, cut->head_after, HASH_LEN);
	enum err error = column_fixed(rows, 2, stored, HASH_LEN);
	if (error == ERR_NONE)
		error = chain_step(journal->owner.crypto, bytes, link);
	if (error != ERR_NONE)
		return error;
	if (key_seq(sqlite3_column_int64(rows, 0)) != seq ||
	    memcmp(link, stored, HASH_LEN) != 0) {
		log_error("a row does not prove, seq=%llu", (unsigned long long)seq);
		return ERR_CORRUPT;
	}
	if (cut->bytes + bytes.len + ITEM_HEAD_MAX > BATCH_BODY_MAX)
		return ERR_LIMIT;
	error = session_join(journal, cut, bytes, &more);
	if (error != ERR_NONE)
		return error;
	if (cut->bytes + bytes.len + ITEM_HEAD_MAX + more > BATCH_BODY_MAX) {
		cut->session_count -= more > 0;
		return ERR_LIMIT;
	}
	cut->bytes += bytes.len + ITEM_HEAD_MAX + more;
	cut->count++;
	memcpy(cut->head_after, link, HASH_LEN);
	return ERR_NONE;
}

/* First pass: how many rows, which sessions, what head. */
static enum err rows_measure(struct journal *journal, struct cut *cut)
{
	const struct journal_state *state = &journal->state;
	uint64_t waiting = state->last_seq - state->cut_seq;
	uint64_t most = waiting < BATCH_EVENTS_MAX ? waiting : BATCH_EVENTS_MAX;
	sqlite3_stmt *rows = NULL;
	cut->first = state->cut_seq + 1;
	cut->bytes = BODY_HEAD_MAX;
	memcpy(cut->head_after, state->cut_head, HASH_LEN);
	enum err error = rows_prepare(journal, cut, most, &rows);
	while (error == ERR_NONE && cut->count < most) {
		error = statement_row(rows);
		if (error == ERR_NOT_FOUND)
			error = ERR_CORRUPT; /* counted, and not there */
		if (error == ERR_NONE)
			error = row_take(journal, cut, rows);
	}
	sqlite3_finalize(rows);
	return error == ERR_LIMIT && cut->count > 0 ? ERR_NONE : error;
}

/* Second pass: the same rows into the body. */
static enum err body_make(
    struct journal *journal, const struct cut *cut, struct sink *out)
{
	struct bytes recipients[BATCH_SESSIONS_MAX];
	sqlite3_stmt *rows = NULL;
	for (size_t i = 0; i < cut->session_count; i++)
		recipients[i] = bytes_of(cut->recipient[i], cut->recipient_len[i]);
	batch_body_head(out, recipients, cut->session_count, cut->count);
	enum err error = rows_prepare(journal, cut, cut->count, &rows);
	for (uint64_t i = 0; i < cut->count && error == ERR_NONE; i++) {
		error = statement_row(rows);
		if (error == ERR_NONE)
			batch_body_event(out, column_bytes(rows, 1));
	}
	sqlite3_finalize(rows);
	return error == ERR_NONE && out->over ? ERR_LIMIT : error;
}

static void header_fill(
    const struct journal *journal, const struct cut *cut, struct batch_header *header)
{
	const struct journal_state *state = &journal->state;
	struct instant now;
	journal->owner.clock->now(journal->owner.clock->self, &now);
	memcpy(header->terminal, journal->terminal, sizeof(header->terminal));
	header->epoch = state->epoch;
	header->number = state->batch_number + 1;
	header->first_seq = cut->first;
	header->count = cut->count;
	memcpy(header->head_before, state->cut_head, HASH_LEN);
	memcpy(header->head_after, cut->head_after, HASH_LEN);
	memcpy(header->last_receipt, state->receipt_hash, HASH_LEN);
	header->wall_ms = now.wall_ms;
	header->mono_ms = now.mono_ms;
	memcpy(header->boot_id, now.boot_id, BOOT_ID_LEN);
	header->clock =
	    now.wall_ms < journal_floor_ms(journal) ? CLOCK_UNSURE : CLOCK_SURE;
}

static enum err batch_store(struct journal *journal, const struct batch_header *header,
    const uint8_t hash[HASH_LEN], struct bytes file)
{
	struct journal_state next = journal->state;
	uint32_t epoch = next.epoch.number;
	int64_t key = row_key(epoch, header->number);
	sqlite3_stmt *add = NULL;
	next.batch_number = header->number;
	next.cut_seq = header->first_seq + header->count - 1;
	memcpy(next.cut_head, header->head_after, HASH_LEN);
	next.unreceipted_batches++;
	enum err error = journal_begin(journal);
	if (error != ERR_NONE)
		return error;
	error = statement_take(journal, STATEMENT_BATCH_ADD, &add);
	if (error == ERR_NONE) {
		(void)sqlite3_bind_int64(add, 1, key);
		(void)sqlite3_bind_int64(add, 2, row_key(epoch, header->first_seq));
		(void)sqlite3_bind_int64(add, 3, row_key(epoch, next.cut_seq));
		bind_bytes(add, 4, bytes_of(header->head_before, HASH_LEN));
		bind_bytes(add, 5, bytes_of(header->head_after, HASH_LEN));
		bind_bytes(add, 6, bytes_of(hash, HASH_LEN));
		error = statement_run(add);
	}
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_BATCH_FILE_ADD, &add);
	if (error == ERR_NONE) {
		(void)sqlite3_bind_int64(add, 1, key);
		bind_bytes(add, 2, file);
		error = statement_run(add);
	}
	error = journal_end(journal, error, &next);
	if (error == ERR_FULL)
		reserve_release(journal);
	return error;
}

struct cut_buffers {
	uint8_t body[BATCH_BODY_MAX];
	uint8_t packed[BATCH_FILE_MAX];
	uint8_t file[BATCH_FILE_MAX];
};

static enum err cut_with(
    struct journal *journal, struct cut *cut, struct cut_buffers *buffers)
{
	struct batch_header header = {0};
	struct sink body = sink_of(buffers->body, sizeof(buffers->body));
	struct sink file = sink_of(buffers->file, sizeof(buffers->file));
	uint8_t hash[HASH_LEN];
	size_t packed_len = 0;
	enum err error = rows_measure(journal, cut);
	if (error == ERR_NONE)
		error = body_make(journal, cut, &body);
	if (error == ERR_NONE && journal->packer == NULL)
		error = packer_new(&journal->packer);
	if (error == ERR_NONE)
		error = pack(journal->packer, sink_bytes(&body), buffers->packed,
		    sizeof(buffers->packed), &packed_len);
	if (error == ERR_NONE)
		error = text_copy(
		    header.software, sizeof(header.software), journal->owner.software);
	if (error != ERR_NONE)
		return error;
	header_fill(journal, cut, &header);
	error = batch_encode(journal->owner.crypto, journal->owner.signer, &header,
	    bytes_of(buffers->packed, packed_len), &file, hash);
	if (error == ERR_NONE && file.over)
		error = ERR_LIMIT;
	return error == ERR_NONE ? batch_store(journal, &header, hash, sink_bytes(&file))
				 : error;
}

/* Seen on the monotonic clock of one boot; after a restart it is old enough. A
 * batch that fills up by bytes within a second waits for that second. */
static enum err is_due(struct journal *journal, bool *ret_due)
{
	struct event event;
	struct instant now;
	sqlite3_stmt *get = NULL;
	const struct journal_state *state = &journal->state;
	if (state->last_seq - state->cut_seq >= BATCH_EVENTS_MAX) {
		*ret_due = true;
		return ERR_NONE;
	}
	enum err error = row_by_key(journal, STATEMENT_EVENT_GET,
	    row_key(state->epoch.number, state->cut_seq + 1), &get);
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
	error = event_decode(column_bytes(get, 0), &event);
	sqlite3_reset(get);
	if (error != ERR_NONE)
		return ERR_CORRUPT;
	journal->owner.clock->now(journal->owner.clock->self, &now);
	*ret_due = memcmp(event.boot_id, now.boot_id, BOOT_ID_LEN) != 0 ||
		   now.mono_ms - event.mono_ms >= JOURNAL_BATCH_AGE_MS ||
		   now.mono_ms < event.mono_ms;
	return ERR_NONE;
}

enum err journal_cut(struct journal *journal, bool everything)
{
	bool due = everything;
	enum err error = journal_settle_write(journal);
	if (error == ERR_NONE && journal->owner.signer == NULL)
		error = ERR_NOT_READY;
	if (error != ERR_NONE)
		return error;
	const struct journal_state *state = &journal->state;
	bool room = state->unreceipted_batches - state->held < JOURNAL_OPEN_BATCHES_MAX;
	if (state->last_seq == state->cut_seq || (!everything && !room))
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE && !everything)
		error = is_due(journal, &due);
	if (error == ERR_NONE && !due)
		error = ERR_NOT_FOUND;
	if (error != ERR_NONE) {
		/* A megabyte that only cutting needs. */
		if (journal->packer != NULL)
			packer_free(&journal->packer);
		journal_checkpoint(journal, WAL_PAGES_IDLE);
		return error;
	}
	struct cut *cut = calloc(1, sizeof(*cut));
	struct cut_buffers *buffers = malloc(sizeof(*buffers));
	error =
	    cut == NULL || buffers == NULL ? ERR_MEMORY : cut_with(journal, cut, buffers);
	free(buffers);
	free(cut);
	journal_checkpoint(journal, WAL_PAGES_IDLE);
	return error;
}

/* --- what was cut --------------------------------------------------------- */

static enum err open_batch(struct journal *journal, sqlite3_stmt *rows,
    journal_batch_fn *fn, void *self, bool *go_on)
{
	int64_t key = sqlite3_column_int64(rows, 0);
	uint64_t first = key_seq(sqlite3_column_int64(rows, 1));
	uint64_t last = key_seq(sqlite3_column_int64(rows, 2));
	struct journal_batch batch = {
	    .number = key_seq(key),
	    .first_seq = first,
	    .count = last - first + 1,
	    .held = (enum held_reason)sqlite3_column_int(rows, 3),
	    .wait_from_ms = sqlite3_column_int64(rows, 4),
	};
	enum err error = epoch_by_number(journal, key_epoch(key), &batch.epoch);
	if (error == ERR_NONE)
		*go_on = fn(self, &batch);
	return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

enum err journal_walk_open_batches(
    struct journal *journal, journal_batch_fn *fn, void *self)
{
	sqlite3_stmt *rows = NULL;
	bool go_on = true;
	enum err error = journal_settle(journal);
	if (error == ERR_NONE)
		error = journal_error(sqlite3_prepare_v2(journal->db,
		    "SELECT key, first, last, held, wait_from_ms FROM batch"
		    " WHERE receipt IS NULL OR again = 1 ORDER BY key",
		    -1, &rows, NULL));
	while (error == ERR_NONE && go_on && (error = statement_row(rows)) == ERR_NONE)
		error = open_batch(journal, rows, fn, self, &go_on);
	sqlite3_finalize(rows);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

/* ERR_NOT_FOUND also for an epoch of that number with another mark: a clone's. */
static enum err batch_key(struct journal *journal, const struct epoch_id *epoch,
    uint64_t number, int64_t *ret_key)
{
	struct epoch_id ours;
	enum err error = journal_settle(journal);
	if (error == ERR_NONE)
		error = epoch_by_number(journal, epoch->number, &ours);
	if (error == ERR_NONE && memcmp(ours.mark, epoch->mark, EPOCH_MARK_LEN) != 0)
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE && (number == 0 || number >> KEY_SEQ_BITS != 0))
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE)
		*ret_key = row_key(epoch->number, number);
	return error;
}

enum err journal_batch_file(struct journal *journal, const struct epoch_id *epoch,
    uint64_t number, uint8_t *buf, size_t cap, size_t *ret_len)
{
	int64_t key = 0;
	sqlite3_stmt *get = NULL;
	enum err error = batch_key(journal, epoch, number, &key);
	if (error == ERR_NONE)
		error = row_by_key(journal, STATEMENT_BATCH_FILE_GET, key, &get);
	if (error != ERR_NONE)
		return error;
	struct bytes file = column_bytes(get, 0);
	error = file.len > cap ? ERR_LIMIT : ERR_NONE;
	if (error == ERR_NONE) {
		memcpy(buf, file.at, file.len);
		*ret_len = file.len;
	}
	sqlite3_reset(get);
	return error;
}

enum err journal_batch_done(struct journal *journal, const struct epoch_id *epoch,
    uint64_t number, bool *ret_done)
{
	int64_t key = 0;
	sqlite3_stmt *get = NULL;
	enum err error = batch_key(journal, epoch, number, &key);
	if (error == ERR_NONE)
		error = row_by_key(journal, STATEMENT_BATCH_GET, key, &get);
	if (error == ERR_NONE) {
		*ret_done = sqlite3_column_type(get, 5) != SQLITE_NULL &&
			    sqlite3_column_int(get, 7) == 0;
		sqlite3_reset(get);
		return ERR_NONE;
	}
	if (error != ERR_NOT_FOUND || key == 0)
		return error;
	/* Pruned batches were done long ago. */
	error = row_by_key(journal, STATEMENT_ANCHOR_GET, epoch->number, &get);
	if (error != ERR_NONE)
		return error;
	bool pruned = number <= column_u64(get, 2);
	sqlite3_reset(get);
	if (!pruned)
		return ERR_NOT_FOUND;
	*ret_done = true;
	return ERR_NONE;
}

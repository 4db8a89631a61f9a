/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "sync/journal_internal.h"

/*
 * Recomputes what the journal claims, from its bytes: rows in chain order, then
 * batches against the rows, receipts against the batches, and the ends and
 * counters against all of them.
 */

struct finding {
	uint64_t *bad_seq;
	char *reason;
};

static enum err found(struct finding *finding, uint64_t seq, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum err found(struct finding *finding, uint64_t seq, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	(void)vsnprintf(finding->reason, JOURNAL_REASON_LEN_MAX, format, values);
	va_end(values);
	*finding->bad_seq = seq;
	return ERR_CORRUPT;
}

#define SEQ(n) ((unsigned long long)(n))

/* --- rows ----------------------------------------------------------------- */

/* Its id is known, with its content. */
static enum err row_known(struct journal *journal, int64_t key, const struct event *event,
    struct finding *finding)
{
	uint64_t seq = key_seq(key);
	uint8_t content[HASH_LEN];
	uint8_t recorded[HASH_LEN];
	int64_t known = 0;
	sqlite3_stmt *get = NULL;
	enum err error = event_content_hash(journal->owner.crypto, event, content);
	if (error == ERR_NONE)
		error = known_get(journal, event->id, recorded, &known);
	if (error == ERR_NOT_FOUND)
		return found(finding, seq, "the id of event %llu is missing", SEQ(seq));
	if (error != ERR_NONE)
		return error;
	if (memcmp(content, recorded, HASH_LEN) != 0)
		return found(
		    finding, seq, "event %llu is not what was recorded", SEQ(seq));
	if (known == key)
		return ERR_NONE;
	error = row_by_key(journal, STATEMENT_COPY_ORIGINAL, key, &get);
	if (error == ERR_NONE) {
		bool same = sqlite3_column_int64(get, 0) == known;
		sqlite3_reset(get);
		if (same)
			return ERR_NONE;
	}
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return error;
	return found(finding, seq, "event %llu has the id of another", SEQ(seq));
}

/* The row says in two places who it is. */
static enum err row_identity(struct journal *journal, const struct verify_at *at,
    int64_t key, const struct event *event, struct finding *finding)
{
	uint64_t seq = key_seq(key);
	if (strcmp(event->terminal, journal->terminal) != 0 || event->seq != seq ||
	    event->epoch.number != at->epoch.number ||
	    memcmp(event->epoch.mark, at->epoch.mark, EPOCH_MARK_LEN) != 0)
		return found(finding, seq, "event %llu names another place", SEQ(seq));
	return row_known(journal, key, event, finding);
}

static enum err row_check(struct journal *journal, struct verify_at *at,
    sqlite3_stmt *rows, struct finding *finding)
{
	int64_t key = sqlite3_column_int64(rows, 0);
	uint64_t expected = key_seq(at->key) + 1;
	struct bytes bytes = column_bytes(rows, 1);
	uint8_t stored[HASH_LEN];
	uint8_t link[HASH_LEN];
	struct event event;
	if (key_seq(key) != expected)
		return found(finding, expected, "event %llu is missing", SEQ(expected));
	memcpy(link, at->link, HASH_LEN);
	if (column_fixed(rows, 2, stored, HASH_LEN) != ERR_NONE ||
	    chain_step(journal->owner.crypto, bytes, link) != ERR_NONE ||
	    memcmp(link, stored, HASH_LEN) != 0)
		return found(finding, expected,
		    "event %llu was changed: its link does not follow", SEQ(expected));
	enum err error = ERR_NONE;
	if (!at->chain_only) {
		if (event_decode(bytes, &event) != ERR_NONE)
			return found(finding, expected, "event %llu cannot be read",
			    SEQ(expected));
		error = row_identity(journal, at, key, &event, finding);
	}
	if (error == ERR_NONE) {
		memcpy(at->link, link, HASH_LEN);
		at->key = key;
	}
	return error;
}

/* The first row of an epoch: below it stand its start or its anchor. */
static enum err epoch_enter(
    struct journal *journal, struct verify_at *at, int64_t key, struct finding *finding)
{
	uint32_t number = key_epoch(key);
	sqlite3_stmt *get = NULL;
	uint64_t anchor = 0;
	enum err error = epoch_by_number(journal, number, &at->epoch);
	if (error == ERR_NOT_FOUND)
		return found(finding, key_seq(key), "epoch %u is unknown", number);
	if (error != ERR_NONE)
		return error;
	error = row_by_key(journal, STATEMENT_ANCHOR_GET, number, &get);
	if (error == ERR_NONE) {
		anchor = column_u64(get, 0);
		sqlite3_reset(get);
	} else if (error != ERR_NOT_FOUND) {
		return error;
	}
	at->key = row_key(number, anchor);
	return link_at(journal, at->key, at->link);
}

/* At most `max` rows after at->key. ERR_NOT_FOUND: there are no more. */
static enum err rows_check(
    struct journal *journal, struct verify_at *at, uint64_t max, struct finding *finding)
{
	sqlite3_stmt *rows = NULL;
	int rc = sqlite3_prepare_v2(journal->db,
	    "SELECT key, bytes, link FROM event WHERE key > ?1 ORDER BY key", -1, &rows,
	    NULL);
	enum err error = rc == SQLITE_OK ? ERR_NONE : journal_error(rc);
	if (error == ERR_NONE)
		(void)sqlite3_bind_int64(rows, 1, at->key);
	for (uint64_t n = 0; n < max && error == ERR_NONE; n++) {
		error = statement_row(rows);
		if (error != ERR_NONE)
			break;
		int64_t key = sqlite3_column_int64(rows, 0);
		if (key_epoch(key) != at->epoch.number)
			error = epoch_enter(journal, at, key, finding);
		if (error == ERR_NONE)
			error = row_check(journal, at, rows, finding);
	}
	sqlite3_finalize(rows);
	return error;
}

/* The rows end where the state says, with the link it says. */
static enum err head_check(
    struct journal *journal, const struct verify_at *at, struct finding *finding)
{
	const struct journal_state *state = &journal->state;
	uint8_t link[HASH_LEN];
	uint64_t last = at->epoch.number == state->epoch.number ? key_seq(at->key) : 0;
	if (state->epoch.number == 0)
		return at->epoch.number == 0
			   ? ERR_NONE
			   : found(finding, last, "there are rows of no epoch");
	if (last != state->last_seq)
		return found(finding, last + 1, "event %llu is missing", SEQ(last + 1));
	if (memcmp(at->link, state->head, HASH_LEN) != 0)
		return found(
		    finding, last, "the head is not the link of event %llu", SEQ(last));
	enum err error =
	    link_at(journal, row_key(state->epoch.number, state->cut_seq), link);
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return error;
	if (error == ERR_NOT_FOUND || memcmp(link, state->cut_head, HASH_LEN) != 0)
		return found(finding, state->cut_seq,
		    "the head of the last batch is not the link of event %llu",
		    SEQ(state->cut_seq));
	return ERR_NONE;
}

/* The row before the last `rows`, of whatever epoch: its link is the ground that
 * those stand on. Nothing is set when there are no more than that. */
static enum err tail_from(struct journal *journal, uint64_t rows, struct verify_at *at)
{
	sqlite3_stmt *get = NULL;
	enum err error = journal_error(sqlite3_prepare_v2(journal->db,
	    "SELECT key, link FROM event ORDER BY key DESC LIMIT 1 OFFSET ?1", -1, &get,
	    NULL));
	if (error != ERR_NONE)
		return error;
	bind_u64(get, 1, rows);
	error = statement_row(get);
	if (error == ERR_NONE) {
		at->key = sqlite3_column_int64(get, 0);
		error = column_fixed(get, 1, at->link, HASH_LEN);
	}
	sqlite3_finalize(get);
	if (error == ERR_NOT_FOUND)
		return ERR_NONE;
	if (error == ERR_NONE)
		error = epoch_by_number(journal, key_epoch(at->key), &at->epoch);
	return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

enum err verify_tail(struct journal *journal, uint64_t rows, uint64_t *ret_bad_seq,
    char reason[JOURNAL_REASON_LEN_MAX])
{
	struct finding finding = {ret_bad_seq, reason};
	struct verify_at at = {.chain_only = true};
	enum err error = tail_from(journal, rows, &at);
	if (error == ERR_NONE)
		error = rows_check(journal, &at, rows + 1, &finding);
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return error;
	return head_check(journal, &at, &finding);
}

/* --- batches -------------------------------------------------------------- */

struct batch_row {
	int64_t key, first, last;
	uint8_t head_before[HASH_LEN];
	uint8_t head_after[HASH_LEN];
	uint8_t hash[HASH_LEN];
};

static bool header_matches(const struct batch_row *row, const struct batch_header *header)
{
	return header->epoch.number == key_epoch(row->key) &&
	       header->number == key_seq(row->key) &&
	       header->first_seq == key_seq(row->first) &&
	       header->count == (uint64_t)(row->last - row->first) + 1 &&
	       memcmp(header->head_before, row->head_before, HASH_LEN) == 0 &&
	       memcmp(header->head_after, row->head_after, HASH_LEN) == 0;
}

/* The stored bytes say what the row says; our own signature is checked as long
 * as the key that made it is the present one. */
static enum err batch_file_check(struct journal *journal, const struct batch_row *row,
    uint8_t buf[BATCH_FILE_MAX], struct finding *finding)
{
	const struct crypto *crypto = journal->owner.crypto;
	const struct signer *signer = journal->owner.signer;
	struct epoch_id epoch = {.number = key_epoch(row->key)};
	struct batch_file file;
	uint64_t number = key_seq(row->key);
	uint64_t seq = key_seq(row->first);
	uint8_t hash[HASH_LEN];
	size_t len = 0;
	enum err error = epoch_by_number(journal, epoch.number, &epoch);
	if (error == ERR_NONE)
		error = journal_batch_file(
		    journal, &epoch, number, buf, BATCH_FILE_MAX, &len);
	if (error != ERR_NONE)
		return found(
		    finding, seq, "the bytes of batch %llu are missing", SEQ(number));
	if (batch_parse(bytes_of(buf, len), &file) != ERR_NONE ||
	    cose_digest(crypto, &file.sign1, hash) != ERR_NONE ||
	    memcmp(hash, row->hash, HASH_LEN) != 0 || !header_matches(row, &file.header))
		return found(finding, seq, "the bytes of batch %llu are not what was cut",
		    SEQ(number));
	if (crypto->sha256(&file.body, 1, hash) != ERR_NONE ||
	    memcmp(hash, file.header.body_hash, HASH_LEN) != 0)
		return found(
		    finding, seq, "the body of batch %llu was changed", SEQ(number));
	if (signer == NULL || memcmp(signer->key_id, file.sign1.key_id, KEY_ID_LEN) != 0)
		return ERR_NONE;
	if (batch_verify(crypto, &file, signer->key, hash) != ERR_NONE)
		return found(finding, seq, "the signature of batch %llu does not verify",
		    SEQ(number));
	return ERR_NONE;
}

static enum err batch_check(struct journal *journal, const struct batch_row *row,
    uint8_t buf[BATCH_FILE_MAX], struct finding *finding)
{
	uint8_t link[HASH_LEN];

	const struct {
		int64_t key;
		const uint8_t *head;
	} ends[] = {{row->first - 1, row->head_before}, {row->last, row->head_after}};

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		uint64_t seq = key_seq(ends[i].key);
		enum err error = link_at(journal, ends[i].key, link);
		if (error == ERR_NOT_FOUND)
			return found(finding, seq, "event %llu is missing", SEQ(seq));
		if (error != ERR_NONE)
			return error;
		if (memcmp(link, ends[i].head, HASH_LEN) != 0)
			return found(finding, seq,
			    "event %llu was changed: batch %llu has another head",
			    SEQ(seq), SEQ(key_seq(row->key)));
	}
	return batch_file_check(journal, row, buf, finding);
}

static enum err batch_read(sqlite3_stmt *rows, struct batch_row *row)
{
	row->key = sqlite3_column_int64(rows, 0);
	row->first = sqlite3_column_int64(rows, 1);
	row->last = sqlite3_column_int64(rows, 2);
	enum err error = column_fixed(rows, 3, row->head_before, HASH_LEN);
	if (error == ERR_NONE)
		error = column_fixed(rows, 4, row->head_after, HASH_LEN);
	if (error == ERR_NONE)
		error = column_fixed(rows, 5, row->hash, HASH_LEN);
	return error;
}

/* ERR_NOT_FOUND: all seen. */
static enum err batches_check(
    struct journal *journal, struct verify_at *at, uint64_t max, struct finding *finding)
{
	sqlite3_stmt *rows = NULL;
	uint8_t *buf = malloc(BATCH_FILE_MAX);
	if (buf == NULL)
		return ERR_MEMORY;
	enum err error = journal_error(sqlite3_prepare_v2(journal->db,
	    "SELECT key, first, last, head_before, head_after, hash FROM batch"
	    " WHERE key > ?1 ORDER BY key",
	    -1, &rows, NULL));
	if (error == ERR_NONE)
		(void)sqlite3_bind_int64(rows, 1, at->key);
	for (uint64_t n = 0; n < max && error == ERR_NONE; n++) {
		struct batch_row row;
		error = statement_row(rows);
		if (error == ERR_NONE)
			error = batch_read(rows, &row);
		if (error == ERR_NONE)
			error = batch_check(journal, &row, buf, finding);
		if (error == ERR_NONE)
			at->key = row.key;
	}
	sqlite3_finalize(rows);
	free(buf);
	return error;
}

/* --- receipts ------------------------------------------------------------- */

static enum err receipt_check(
    struct journal *journal, sqlite3_stmt *rows, struct finding *finding)
{
	uint64_t number = key_seq(sqlite3_column_int64(rows, 1));
	uint64_t seq = key_seq(sqlite3_column_int64(rows, 4));
	struct cose_sign1 message;
	struct answer answer;
	uint8_t digest[HASH_LEN];
	bool whole = answer_parse(column_bytes(rows, 2), &message, &answer) == ERR_NONE &&
		     cose_digest(journal->owner.crypto, &message, digest) == ERR_NONE &&
		     bytes_equal(column_bytes(rows, 3), bytes_of(digest, HASH_LEN));
	if (!whole || answer.kind != ANSWER_RECEIPT || answer.receipt_number != number)
		return found(finding, seq, "receipt %llu was changed", SEQ(number));
	if (answer.first_seq != seq ||
	    answer.last_seq != key_seq(sqlite3_column_int64(rows, 5)) ||
	    !bytes_equal(column_bytes(rows, 6), bytes_of(answer.batch_hash, HASH_LEN)) ||
	    !bytes_equal(column_bytes(rows, 7), bytes_of(answer.head, HASH_LEN)))
		return found(finding, seq, "receipt %llu speaks of other rows than these",
		    SEQ(number));
	if (sqlite3_column_type(rows, 8) != SQLITE_NULL &&
	    !bytes_equal(
		column_bytes(rows, 8), bytes_of(answer.previous_receipt, HASH_LEN)))
		return found(finding, seq,
		    "receipt %llu does not chain to the one before", SEQ(number));
	return ERR_NONE;
}

static enum err receipts_check(
    struct journal *journal, struct verify_at *at, uint64_t max, struct finding *finding)
{
	sqlite3_stmt *rows = NULL;
	/* The last column only within a run: over its ends nothing is claimed. */
	enum err error = journal_error(sqlite3_prepare_v2(journal->db,
	    "SELECT b.key, a.receipt_key, a.file, a.hash, b.first, b.last, b.hash,"
	    " b.head_after, (SELECT p.hash FROM answer p"
	    "  WHERE p.receipt_key = a.receipt_key - 1 AND p.replaced = 0"
	    "  AND p.run = a.run ORDER BY p.id DESC LIMIT 1)"
	    " FROM batch b JOIN answer a ON a.id = b.receipt"
	    " WHERE b.key > ?1 ORDER BY b.key",
	    -1, &rows, NULL));
	if (error == ERR_NONE)
		(void)sqlite3_bind_int64(rows, 1, at->key);
	for (uint64_t n = 0; n < max && error == ERR_NONE; n++) {
		error = statement_row(rows);
		if (error == ERR_NONE)
			error = receipt_check(journal, rows, finding);
		if (error == ERR_NONE)
			at->key = sqlite3_column_int64(rows, 0);
	}
	sqlite3_finalize(rows);
	return error;
}

/* --- ends and counters ---------------------------------------------------- */

static enum err counters_check(struct journal *journal, struct finding *finding)
{
	const struct journal_state *state = &journal->state;

	const struct {
		const char *what;
		const char *sql;
		uint64_t kept;
	} counters[] = {
	    {"events", "SELECT count(*) FROM known", state->recorded},
	    {"refused events", "SELECT count(*) FROM refusal", state->refused},
	    {"open batches", "SELECT count(*) FROM batch WHERE receipt IS NULL",
		state->unreceipted_batches},
	    {"held batches",
		"SELECT count(*) FROM batch WHERE receipt IS NULL AND held <> 0",
		state->held},
	};

	for (size_t i = 0; i < COUNT_OF(counters); i++) {
		sqlite3_stmt *get = NULL;
		enum err error = journal_error(
		    sqlite3_prepare_v2(journal->db, counters[i].sql, -1, &get, NULL));
		if (error == ERR_NONE)
			error = statement_row(get);
		uint64_t counted = error == ERR_NONE ? column_u64(get, 0) : 0;
		sqlite3_finalize(get);
		if (error != ERR_NONE)
			return error;
		if (counted != counters[i].kept)
			return found(finding, state->last_seq,
			    "%llu %s are counted, %llu are there", SEQ(counters[i].kept),
			    counters[i].what, SEQ(counted));
	}
	return ERR_NONE;
}

static enum err phase_check(
    struct journal *journal, struct verify_at *at, uint64_t max, struct finding *finding)
{
	enum err error = ERR_NOT_FOUND;
	switch (at->phase) {
	case VERIFY_ROWS:
		error = rows_check(journal, at, max, finding);
		if (error == ERR_NOT_FOUND) {
			enum err head = head_check(journal, at, finding);
			return head == ERR_NONE ? ERR_NOT_FOUND : head;
		}
		break;
	case VERIFY_BATCHES:
		/* A batch costs as much as its many rows. */
		error = batches_check(journal, at, max / 64 + 1, finding);
		break;
	case VERIFY_RECEIPTS: error = receipts_check(journal, at, max, finding); break;
	case VERIFY_ENDS:
		error = counters_check(journal, finding);
		return error == ERR_NONE ? ERR_NOT_FOUND : error;
	}
	return error;
}

static enum err verify_whole(struct journal *journal, struct finding *finding)
{
	struct verify_at at = {0};
	for (;;) {
		enum err error = phase_check(journal, &at, UINT64_MAX, finding);
		if (error != ERR_NONE && error != ERR_NOT_FOUND)
			return error;
		if (error == ERR_NOT_FOUND && at.phase == VERIFY_ENDS)
			return ERR_NONE;
		if (error == ERR_NOT_FOUND) {
			at.phase++;
			at.key = 0;
		}
	}
}

/* Beside a writer all must be seen as of one moment. */
static enum err verify_snapshot(struct journal *journal, struct finding *finding)
{
	struct journal_status status;
	enum err error =
	    journal_error(sqlite3_exec(journal->db, "BEGIN", NULL, NULL, NULL));
	if (error == ERR_NONE)
		error = journal_status(journal, &status); /* loads the state anew */
	if (error == ERR_NONE)
		error = verify_whole(journal, finding);
	(void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

enum err journal_verify(struct journal *journal, uint64_t slice, uint64_t *ret_bad_seq,
    char reason[JOURNAL_REASON_LEN_MAX])
{
	struct finding finding = {ret_bad_seq, reason};
	struct verify_at *at = &journal->verify;
	enum err error = journal_settle(journal);
	if (error != ERR_NONE)
		return error;
	if (slice == 0)
		return journal->read_only ? verify_snapshot(journal, &finding)
					  : verify_whole(journal, &finding);
	/* Counting a million ids would hold a clerk up: not in slices. */
	error = at->phase == VERIFY_ENDS ? ERR_NOT_FOUND
					 : phase_check(journal, at, slice, &finding);
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		return error;
	if (error == ERR_NOT_FOUND && at->phase == VERIFY_ENDS) {
		*at = (struct verify_at){0};
		return ERR_NONE;
	}
	if (error == ERR_NOT_FOUND) {
		at->phase++;
		at->key = 0;
	}
	return ERR_BUSY;
}

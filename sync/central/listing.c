/* SPDX-License-Identifier: MIT */
#include "central/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "contract/batch.h"
#include "pack.h"

enum {
	LINE_MAX_LEN = 512,
	CURSOR_LEN = 16,
};

struct listing {
	struct ledger *ledger;
	struct judge *judge;
	struct packer *packer;
	uint8_t cursor[CURSOR_LEN];
	uint8_t body[BATCH_BODY_MAX];
	struct event event;
	char lines[BATCH_EVENTS_MAX * LINE_MAX_LEN];
};

enum err listing_new(struct ledger *ledger, const struct crypto *crypto,
    const struct opener *openers, size_t opener_count, struct listing **ret_listing)
{
	struct listing *listing = calloc(1, sizeof *listing);
	if (listing == NULL)
		return ERR_MEMORY;
	listing->ledger = ledger;
	enum err err = packer_new(&listing->packer);
	if (err == ERR_NONE)
		err = judge_new(ledger, crypto, openers, opener_count, &listing->judge);
	if (err == ERR_NONE)
		*ret_listing = listing;
	else
		listing_free(&listing);
	return err;
}

void listing_free(struct listing **listing)
{
	if (*listing == NULL)
		return;
	judge_free(&(*listing)->judge);
	packer_free(&(*listing)->packer);
	explicit_bzero(*listing, sizeof **listing);
	free(*listing);
	*listing = NULL;
}

/* --- one line -------------------------------------------------------------- */

/* `,"key":"text"`, or null for an empty text. Every text here is of the safe
 * alphabets that event_check and person_format allow. */
static void put_text(struct sink *out, const char *key, const char *text)
{
	sink_put(out, bytes_of_text(",\""));
	sink_put(out, bytes_of_text(key));
	sink_put(out, bytes_of_text(text[0] == '\0' ? "\":null" : "\":\""));
	sink_put(out, bytes_of_text(text));
	if (text[0] != '\0')
		sink_put(out, bytes_of_text("\""));
}

static void put_number(struct sink *out, const char *key, bool there, int64_t number)
{
	char text[96];
	if (there)
		(void)snprintf(text, sizeof text, ",\"%s\":%" PRId64, key, number);
	else
		(void)snprintf(text, sizeof text, ",\"%s\":null", key);
	sink_put(out, bytes_of_text(text));
}

static void put_event(struct sink *out, const struct ledger_epoch *epoch,
    const struct ledger_event *row, const char *member)
{
	char id[2 * EVENT_ID_LEN + 1] = "";
	bool known = row->refused != REFUSAL_UNREADABLE || row->type != EVENT_NONE;
	const char *word = row->type == EVENT_NONE ? NULL : event_type_word(row->type);
	if (known)
		hex_encode(id, bytes_of(row->id, EVENT_ID_LEN));
	sink_put(out, bytes_of_text("{\"terminal\":\""));
	sink_put(out, bytes_of_text(epoch->terminal));
	sink_put(out, bytes_of_text("\""));
	put_number(out, "epoch", true, epoch->id.number);
	put_number(out, "seq", true, (int64_t)row->seq);
	put_text(out, "id", id);
	put_text(out, "type", word == NULL ? "" : word);
	put_text(out, "clerk", row->clerk);
	put_number(out, "amount_cents", row->amount_cents != 0, row->amount_cents);
	put_text(out, "member", member);
	put_number(out, "points", known, row->points[EARNER_MEMBER]);
	put_number(out, "points_claimed", known, row->claimed[EARNER_MEMBER]);
	put_text(out, "refused",
	    row->refused == REFUSAL_NONE ? "" : refusal_word(row->refused));
	sink_put(out, bytes_of_text("}\n"));
}

static enum err list_event(struct listing *listing, const struct ledger_epoch *epoch,
    uint64_t seq, struct bytes bytes, struct sink *out)
{
	struct ledger_event row;
	struct person person = {0};
	char member[MEMBER_TEXT_LEN_MAX + 1] = "";
	enum err err = ledger_event_at(listing->ledger, epoch->row, seq, &row);
	if (err == ERR_NOT_FOUND)
		return ERR_CORRUPT;
	if (err != ERR_NONE || row.repeat)
		return err;
	if (event_decode(bytes, &listing->event) == ERR_NONE) {
		/* A foreign event has no id among the rows; it has one all the same. */
		memcpy(row.id, listing->event.id, EVENT_ID_LEN);
		err = judge_person(listing->judge, &listing->event, &person);
	}
	if (err == ERR_NONE) {
		person_format(&person, member);
		put_event(out, epoch, &row, member);
	}
	person_wipe(&person);
	explicit_bzero(member, sizeof member);
	return err;
}

/* --- one page -------------------------------------------------------------- */

static enum err list_batch(struct listing *listing, const struct ledger_epoch *epoch,
    const struct ledger_batch *stored, struct sink *out)
{
	struct batch_file file;
	struct batch_body body;
	struct bytes bytes;
	size_t len = 0;
	if (batch_parse(stored->file, &file) != ERR_NONE ||
	    unpack(listing->packer, file.body, listing->body, sizeof listing->body,
		&len) != ERR_NONE ||
	    batch_body_parse(bytes_of(listing->body, len), &body) != ERR_NONE)
		return ERR_CORRUPT;
	const struct judge_batch batch = {.terminal = epoch->terminal,
	    .store = stored->store,
	    .epoch = epoch->id,
	    .epoch_row = epoch->row,
	    .terminal_row = epoch->terminal_row,
	    .taken = stored->taken,
	    .first_seq = stored->first_seq,
	    .body = bytes_of(listing->body, len)};
	enum err err = ERR_NONE;
	judge_begin(listing->judge, &batch);
	for (uint64_t seq = stored->first_seq; err == ERR_NONE; seq++) {
		err = batch_body_next(&body, &bytes);
		if (err == ERR_NONE)
			err = list_event(listing, epoch, seq, bytes, out);
	}
	if (err == ERR_NOT_FOUND)
		err = out->over ? ERR_LIMIT : ERR_NONE;
	return err;
}

/* The epoch of the cursor, or the first; and the batch number in it. */
static enum err cursor_read(struct listing *listing, struct bytes cursor,
    struct ledger_epoch *ret_epoch, uint64_t *ret_number)
{
	struct cursor in = cursor_of(cursor);
	uint64_t row = 0;
	*ret_number = 1;
	if (cursor.len == 0)
		return ledger_epoch_next(listing->ledger, NULL, ret_epoch);
	if (cursor.len != CURSOR_LEN || cursor_be(&in, 8, &row) != ERR_NONE ||
	    cursor_be(&in, 8, ret_number) != ERR_NONE || row > INT64_MAX ||
	    *ret_number > INT64_MAX)
		return ERR_FORMAT;
	enum err err = ledger_epoch_by_row(listing->ledger, (int64_t)row, ret_epoch);
	return err == ERR_NOT_FOUND ? ERR_FORMAT : err;
}

static struct bytes cursor_write(
    struct listing *listing, const struct ledger_epoch *epoch, uint64_t number)
{
	struct sink out = sink_of(listing->cursor, sizeof listing->cursor);
	sink_be(&out, 8, (uint64_t)epoch->row);
	sink_be(&out, 8, number);
	return sink_bytes(&out);
}

enum err listing_page(struct listing *listing, struct bytes cursor,
    struct bytes *ret_cursor, struct bytes *ret_lines)
{
	struct ledger_epoch epoch;
	struct ledger_batch batch;
	uint64_t number = 0;
	struct sink out = sink_of(listing->lines, sizeof listing->lines);
	*ret_cursor = (struct bytes){0};
	*ret_lines = (struct bytes){0};
	enum err err = cursor_read(listing, cursor, &epoch, &number);
	if (err != ERR_NONE)
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	err = ledger_batch_by_number(listing->ledger, epoch.row, number, &batch);
	if (err == ERR_NONE) {
		if (batch.state == BATCH_TAKEN)
			err = list_batch(listing, &epoch, &batch, &out);
		if (err == ERR_NONE)
			*ret_cursor = cursor_write(listing, &epoch, number + 1);
	} else if (err == ERR_NOT_FOUND) {
		err = ledger_epoch_next(listing->ledger, &epoch, &epoch);
		if (err == ERR_NONE)
			*ret_cursor = cursor_write(listing, &epoch, 1);
	}
	*ret_lines = sink_bytes(&out);
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

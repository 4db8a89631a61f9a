/* SPDX-License-Identifier: MIT */
#include "central/take.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "os/log.h"
#include "pack.h"

enum { CLOSED_AT_ONCE_MAX = 64 }; /* waiting batches that one arrival may free */

/* Batch numbers and seqs that still leave room in a database's integer. */
static const uint64_t count_max = UINT64_C(1) << 62;

struct take {
	struct take_config config;
	struct judge *judge;
	struct packer *packer;
	uint64_t last_taken;
	bool last_taken_known;
	size_t refused_count;
	struct refused refused[ANSWER_REFUSED_MAX];
	uint8_t body[BATCH_BODY_MAX];
	uint8_t file[BATCH_FILE_MAX]; /* of a waiting batch whose turn has come */
	uint8_t answer[ANSWER_FILE_MAX];
	uint8_t reply[ANSWER_FILE_MAX];
};

/* One batch on its way in: verified, not yet placed. */
struct arrival {
	struct bytes file;
	struct batch_file parsed;
	const struct batch_header *header;
	uint8_t hash[HASH_LEN];
	const char *store;
	int64_t now_ms;
	struct ledger_epoch epoch;
	struct ledger_batch row; /* row 0: not stored yet */
};

enum err take_new(const struct take_config *config, struct take **ret_take)
{
	struct take *take = calloc(1, sizeof *take);
	if (take == NULL)
		return ERR_MEMORY;
	take->config = *config;
	enum err err = packer_new(&take->packer);
	if (err == ERR_NONE)
		err = judge_new(config->ledger, config->crypto, config->openers,
		    config->opener_count, &take->judge);
	if (err == ERR_NONE)
		*ret_take = take;
	else
		take_free(&take);
	return err;
}

void take_free(struct take **take)
{
	if (*take == NULL)
		return;
	judge_free(&(*take)->judge);
	packer_free(&(*take)->packer);
	free(*take);
	*take = NULL;
}

void take_forget(struct take *take)
{
	take->last_taken_known = false;
}

/* --- answers --------------------------------------------------------------- */

static enum err sign_answer(struct take *take, const struct arrival *arrival,
    struct answer *answer, uint8_t ret_hash[HASH_LEN], struct bytes *ret_file)
{
	struct sink out = sink_of(take->answer, sizeof take->answer);
	enum err err = text_copy(
	    answer->terminal, sizeof answer->terminal, arrival->header->terminal);
	answer->epoch = arrival->header->epoch;
	answer->batch_number = arrival->header->number;
	memcpy(answer->batch_hash, arrival->hash, HASH_LEN);
	answer->central_ms = arrival->now_ms;
	if (err == ERR_NONE)
		err = answer_encode(take->config.crypto, take->config.signer, answer,
		    take->refused, &out, ret_hash);
	if (err == ERR_NONE)
		*ret_file = sink_bytes(&out);
	return err;
}

/* Signs the receipt of the batch that was just put into the chain. */
static enum err sign_receipt(struct take *take, struct arrival *arrival)
{
	const struct batch_header *header = arrival->header;
	struct ledger_epoch *epoch = &arrival->epoch;
	struct answer answer = {
	    .kind = ANSWER_RECEIPT,
	    .first_seq = header->first_seq,
	    .last_seq = header->first_seq + header->count - 1,
	    .receipt_number = epoch->receipts + 1,
	    .refused_count = take->refused_count,
	};
	memcpy(answer.head, epoch->head, HASH_LEN);
	memcpy(answer.previous_receipt, epoch->last_receipt, HASH_LEN);
	enum err err = sign_answer(
	    take, arrival, &answer, arrival->row.answer_hash, &arrival->row.answer);
	if (err != ERR_NONE)
		return err;
	arrival->row.receipt = answer.receipt_number;
	epoch->receipts = answer.receipt_number;
	memcpy(epoch->last_receipt, arrival->row.answer_hash, HASH_LEN);
	return ERR_NONE;
}

static enum err sign_held(
    struct take *take, struct arrival *arrival, enum held_reason reason)
{
	struct answer answer = {.kind = ANSWER_HELD, .reason = reason};
	take->refused_count = 0;
	return sign_answer(
	    take, arrival, &answer, arrival->row.answer_hash, &arrival->row.answer);
}

static enum err sign_gap(struct take *take, struct arrival *arrival)
{
	uint8_t hash[HASH_LEN];
	struct answer answer = {
	    .kind = ANSWER_GAP, .expected_seq = arrival->epoch.next_seq};
	take->refused_count = 0;
	return sign_answer(take, arrival, &answer, hash, &arrival->row.answer);
}

/* --- into the chain -------------------------------------------------------- */

enum err chain_over(const struct crypto *crypto, struct bytes body, uint64_t count,
    uint8_t link[HASH_LEN])
{
	struct batch_body events;
	struct bytes event;
	enum err err = batch_body_parse(body, &events);
	if (err != ERR_NONE || events.event_count != count)
		return ERR_FORMAT;
	while ((err = batch_body_next(&events, &event)) == ERR_NONE) {
		err = chain_step(crypto, event, link);
		if (err != ERR_NONE)
			return err;
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* The next place in the order in which batches were taken. */
static enum err next_taken(struct take *take, uint64_t *ret_taken)
{
	if (!take->last_taken_known) {
		enum err err = ledger_taken(take->config.ledger, &take->last_taken);
		if (err != ERR_NONE)
			return err;
		take->last_taken_known = true;
	}
	*ret_taken = ++take->last_taken;
	return ERR_NONE;
}

/* Unpacks the body and proves that it is the one whose heads were signed. */
static enum err read_body(
    struct take *take, const struct arrival *arrival, size_t *ret_len)
{
	uint8_t link[HASH_LEN];
	memcpy(link, arrival->header->head_before, HASH_LEN);
	enum err err = unpack(
	    take->packer, arrival->parsed.body, take->body, sizeof take->body, ret_len);
	if (err == ERR_NONE)
		err = chain_over(take->config.crypto, bytes_of(take->body, *ret_len),
		    arrival->header->count, link);
	if (err == ERR_NONE && memcmp(link, arrival->header->head_after, HASH_LEN) != 0)
		err = ERR_CORRUPT;
	return err;
}

static enum err keep_sessions(
    struct take *take, const struct batch_body *body, int64_t terminal_row)
{
	uint8_t id[SESSION_ID_LEN];
	uint8_t key_id[KEY_ID_LEN];
	for (size_t i = 0; i < body->recipient_count; i++) {
		/* One that cannot be read opens nothing: its events are refused. */
		if (session_name(body->recipient[i], id, key_id) != ERR_NONE)
			continue;
		enum err err = ledger_session_add(
		    take->config.ledger, terminal_row, id, body->recipient[i]);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err take_events(
    struct take *take, const struct arrival *arrival, struct batch_body *body)
{
	struct bytes bytes;
	struct ledger_event row;
	uint64_t seq = arrival->header->first_seq;
	enum err err;
	take->refused_count = 0;
	while ((err = batch_body_next(body, &bytes)) == ERR_NONE) {
		err = judge_event(take->judge, seq, bytes, &row);
		if (err == ERR_NONE)
			err = ledger_event_add(take->config.ledger, &row);
		if (err != ERR_NONE)
			return err;
		if (row.refused != REFUSAL_NONE)
			take->refused[take->refused_count++] =
			    (struct refused){.seq = seq, .code = row.refused};
		seq++;
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err take_body(struct take *take, struct arrival *arrival, size_t body_len)
{
	struct batch_body body;
	struct judge_batch batch = {
	    .terminal = arrival->header->terminal,
	    .store = arrival->store,
	    .epoch = arrival->header->epoch,
	    .epoch_row = arrival->epoch.row,
	    .terminal_row = arrival->epoch.terminal_row,
	    .taken = arrival->row.taken,
	    .first_seq = arrival->header->first_seq,
	    .body = bytes_of(take->body, body_len),
	};
	enum err err = batch_body_parse(batch.body, &body);
	if (err == ERR_NONE)
		err = keep_sessions(take, &body, batch.terminal_row);
	judge_begin(take->judge, &batch);
	return err == ERR_NONE ? take_events(take, arrival, &body) : err;
}

/* New row or a waiting one that is no longer waiting. */
static enum err store_batch(struct take *take, struct arrival *arrival)
{
	arrival->row.epoch_row = arrival->epoch.row;
	arrival->row.arrived_ms = arrival->now_ms;
	return arrival->row.row == 0
		   ? ledger_batch_add(take->config.ledger, &arrival->row)
		   : ledger_batch_set(take->config.ledger, &arrival->row);
}

/* The batch whose turn it is. A body that is the header's and yet cannot be
 * read must not block what follows: the signed head takes its place. */
static enum err append(struct take *take, struct arrival *arrival)
{
	const struct batch_header *header = arrival->header;
	struct ledger_epoch *epoch = &arrival->epoch;
	size_t body_len = 0;
	enum err readable = read_body(take, arrival, &body_len);
	if (readable == ERR_MEMORY || readable == ERR_IO)
		return readable;
	epoch->next_batch = header->number + 1;
	epoch->next_seq = header->first_seq + header->count;
	memcpy(epoch->head, header->head_after, HASH_LEN);
	enum err err = next_taken(take, &arrival->row.taken);
	if (err == ERR_NONE && epoch->row == 0)
		err = ledger_epoch_put(take->config.ledger, epoch);
	if (err != ERR_NONE)
		return err;
	if (readable == ERR_NONE) {
		arrival->row.state = BATCH_TAKEN;
		err = take_body(take, arrival, body_len);
		if (err == ERR_NONE)
			err = sign_receipt(take, arrival);
	} else {
		arrival->row.state = BATCH_SKIPPED;
		arrival->row.reason = HELD_UNDECODABLE;
		err = sign_held(take, arrival, HELD_UNDECODABLE);
	}
	if (err == ERR_NONE)
		err = store_batch(take, arrival);
	return err == ERR_NONE ? ledger_epoch_put(take->config.ledger, epoch) : err;
}

static enum err hold(struct take *take, struct arrival *arrival)
{
	enum err err = ERR_NONE;
	if (arrival->epoch.row == 0)
		err = ledger_epoch_put(take->config.ledger, &arrival->epoch);
	arrival->row.state = BATCH_HELD;
	arrival->row.reason = HELD_FORK;
	if (err == ERR_NONE)
		err = sign_held(take, arrival, HELD_FORK);
	return err == ERR_NONE ? store_batch(take, arrival) : err;
}

/* Kept beyond a gap. The answer is not: what is expected changes. */
static enum err wait_for_gap(struct take *take, struct arrival *arrival)
{
	enum err err = ERR_NONE;
	if (arrival->epoch.row == 0)
		err = ledger_epoch_put(take->config.ledger, &arrival->epoch);
	arrival->row.state = BATCH_WAITING;
	if (err == ERR_NONE && arrival->row.row == 0)
		err = store_batch(take, arrival);
	return err == ERR_NONE ? sign_gap(take, arrival) : err;
}

/* --- the batch's place ----------------------------------------------------- */

static enum err place(struct take *take, struct arrival *arrival)
{
	const struct batch_header *header = arrival->header;
	const struct ledger_epoch *epoch = &arrival->epoch;
	if (header->number > epoch->next_batch && header->first_seq > epoch->next_seq)
		return wait_for_gap(take, arrival);
	if (header->number == epoch->next_batch && header->first_seq == epoch->next_seq &&
	    memcmp(header->head_before, epoch->head, HASH_LEN) == 0)
		return append(take, arrival);
	return hold(take, arrival);
}

static enum err find_epoch(struct take *take, struct arrival *arrival)
{
	const struct batch_header *header = arrival->header;
	struct ledger_epoch *epoch = &arrival->epoch;
	enum err err = ledger_epoch_find(
	    take->config.ledger, header->terminal, &header->epoch, epoch);
	if (err != ERR_NOT_FOUND)
		return err;
	*epoch =
	    (struct ledger_epoch){.id = header->epoch, .next_batch = 1, .next_seq = 1};
	err = text_copy(epoch->terminal, sizeof epoch->terminal, header->terminal);
	return err == ERR_NONE ? chain_start(take->config.crypto, header->terminal,
				     &header->epoch, epoch->head)
			       : err;
}

static void describe(struct arrival *arrival)
{
	const struct batch_header *header = arrival->header;
	struct ledger_batch *row = &arrival->row;
	*row = (struct ledger_batch){
	    .number = header->number,
	    .first_seq = header->first_seq,
	    .count = header->count,
	    .wall_ms = header->wall_ms,
	    .clock = header->clock,
	    .arrived_ms = arrival->now_ms,
	    .file = arrival->file,
	};
	memcpy(row->hash, arrival->hash, HASH_LEN);
	memcpy(row->key_id, arrival->parsed.sign1.key_id, KEY_ID_LEN);
	memcpy(row->software, header->software, sizeof row->software);
	/* Store names are checked when the certificate is made. */
	if (text_copy(row->store, sizeof row->store, arrival->store) != ERR_NONE)
		row->store[0] = '\0';
}

/* The batch came before: the stored answer, or its turn has come. */
static enum err again(struct take *take, struct arrival *arrival)
{
	if (arrival->row.state == BATCH_WAITING)
		return place(take, arrival);
	if (arrival->row.answer.len > sizeof take->answer)
		return ERR_CORRUPT;
	memcpy(take->answer, arrival->row.answer.at, arrival->row.answer.len);
	arrival->row.answer.at = take->answer;
	return ERR_NONE;
}

/* After an append: the batches that waited for it, as far as they fit. */
static enum err close_gap(struct take *take, const struct arrival *opener)
{
	struct arrival next = {.now_ms = opener->now_ms, .store = opener->store};
	next.epoch = opener->epoch;
	for (size_t i = 0; i < CLOSED_AT_ONCE_MAX; i++) {
		enum err err = ledger_batch_waiting(take->config.ledger, next.epoch.row,
		    next.epoch.next_batch, &next.row);
		if (err != ERR_NONE)
			return err == ERR_NOT_FOUND ? ERR_NONE : err;
		if (next.row.file.len > sizeof take->file)
			return ERR_CORRUPT;
		memcpy(take->file, next.row.file.at, next.row.file.len);
		next.file = bytes_of(take->file, next.row.file.len);
		next.row.file = next.file;
		next.store = next.row.store;
		memcpy(next.hash, next.row.hash, HASH_LEN);
		if (batch_parse(next.file, &next.parsed) != ERR_NONE)
			return ERR_CORRUPT;
		next.header = &next.parsed.header;
		err = place(take, &next);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err take_verified(
    struct take *take, struct arrival *arrival, struct taken *ret_taken)
{
	enum err err = find_epoch(take, arrival);
	if (err != ERR_NONE)
		return err;
	describe(arrival);
	bool known = false;
	if (arrival->epoch.row != 0) {
		struct ledger_batch row;
		err = ledger_batch_find(take->config.ledger, arrival->epoch.row,
		    arrival->header->number, arrival->hash, &row);
		known = err == ERR_NONE;
		if (known)
			arrival->row = row;
		if (err != ERR_NONE && err != ERR_NOT_FOUND)
			return err;
	}
	bool was_in = known && arrival->row.state != BATCH_WAITING;
	err = known ? again(take, arrival) : place(take, arrival);
	if (err != ERR_NONE)
		return err;
	struct bytes answer = arrival->row.answer;
	enum batch_state state = arrival->row.state;
	if (!was_in && arrival->row.taken != 0) {
		/* It lies in a buffer that the next batches need. */
		memcpy(take->reply, answer.at, answer.len);
		answer.at = take->reply;
		err = close_gap(take, arrival);
	}
	*ret_taken = (struct taken){
	    .kind = state == BATCH_TAKEN ? TAKE_RECEIPT : TAKE_KEPT, .answer = answer};
	return err;
}

/* --- verification ---------------------------------------------------------- */

static enum err refuse(struct taken *ret_taken, enum take_kind kind, const char *sentence)
{
	*ret_taken = (struct taken){.kind = kind, .sentence = sentence};
	return ERR_NONE;
}

enum err take_batch(
    struct take *take, struct bytes file, int64_t now_ms, struct taken *ret_taken)
{
	struct arrival arrival = {.file = file, .now_ms = now_ms};
	if (file.len > BATCH_FILE_MAX || batch_parse(file, &arrival.parsed) != ERR_NONE)
		return refuse(ret_taken, TAKE_BAD, "this is no batch file\n");
	arrival.header = &arrival.parsed.header;
	const struct issued *issued = registry_find(
	    take->config.registry, PURPOSE_SIGNING, arrival.parsed.sign1.key_id);
	if (issued == NULL)
		return refuse(ret_taken, TAKE_UNKNOWN,
		    "the batch is signed by a key that this central never certified\n");
	enum err err = batch_verify(
	    take->config.crypto, &arrival.parsed, issued->info.key, arrival.hash);
	if (err == ERR_SIGNATURE)
		return refuse(ret_taken, TAKE_BAD, "the signature does not verify\n");
	if (err == ERR_CORRUPT)
		return refuse(ret_taken, TAKE_BAD, "the body is not its header's\n");
	if (err != ERR_NONE)
		return err;
	if (arrival.header->number > count_max || arrival.header->first_seq > count_max)
		return refuse(ret_taken, TAKE_BAD, "a number is beyond all reason\n");
	if (strcmp(issued->info.terminal, arrival.header->terminal) != 0)
		return refuse(ret_taken, TAKE_BAD,
		    "the header names another terminal than its key's\n");
	arrival.store = issued->info.store;
	return take_verified(take, &arrival, ret_taken);
}

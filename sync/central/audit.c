/* SPDX-License-Identifier: MIT */
#include "central/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "central/judge.h"
#include "central/take.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "pack.h"

/* A session that some body carried: the first recipient of its id counts. */
struct seen_session {
	int64_t terminal_row;
	uint8_t id[SESSION_ID_LEN];
};

struct auditor {
	struct ledger *ledger;
	const struct registry *registry;
	const struct crypto *crypto;
	const uint8_t *ca_key;
	struct judge *judge;
	struct packer *packer;
	struct audit_result *result;
	struct trust trust;
	/* What the batches so far make of each epoch. */
	size_t epoch_count;
	struct ledger_epoch *epoch;
	size_t session_count;
	struct seen_session *session;
	/* The batch at hand. */
	struct ledger_epoch *at;
	struct ledger_batch batch;
	struct batch_file file;
	uint8_t bytes[BATCH_FILE_MAX];
	uint8_t answer_bytes[ANSWER_FILE_MAX];
	struct answer answer;
	size_t refused; /* how many of the answer's list were met */
	uint8_t body[BATCH_BODY_MAX];
};

static enum err fault(struct auditor *auditor, const char *format, ...) PRINTF_LIKE(2, 3);

static enum err fault(struct auditor *auditor, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	(void)vsnprintf(auditor->result->fault, AUDIT_SENTENCE_MAX, format, list);
	va_end(list);
	return ERR_CORRUPT;
}

/* A fault of the batch at hand. */
static enum err batch_fault(struct auditor *auditor, const char *what)
{
	return fault(auditor, "terminal %s epoch %" PRIu32 " batch %" PRIu64 ": %s",
	    auditor->at == NULL ? "?" : auditor->at->terminal,
	    auditor->at == NULL ? 0 : auditor->at->id.number, auditor->batch.number,
	    what);
}

static enum err event_fault(struct auditor *auditor, uint64_t seq, const char *what)
{
	return fault(auditor, "terminal %s epoch %" PRIu32 " seq %" PRIu64 ": %s",
	    auditor->at->terminal, auditor->at->id.number, seq, what);
}

/* --- letters --------------------------------------------------------------- */

static enum err letter_fault(
    struct auditor *auditor, const struct ledger_letter *row, const char *what)
{
	const char *name = letter_name(row->kind);
	return fault(auditor, "letter %s version %" PRIu64 ": %s",
	    name == NULL ? "?" : name, row->version, what);
}

static enum err check_letter(struct auditor *auditor, const struct ledger_letter *row)
{
	struct cose_sign1 message;
	struct letter letter;
	if (letter_parse(row->file, &message, &letter) != ERR_NONE)
		return letter_fault(auditor, row, "its bytes are no letter");
	if (message.type != row->kind || letter.version != row->version ||
	    letter.issued_ms != row->issued_ms || letter.expires_ms != row->expires_ms ||
	    strcmp(letter.store, row->store) != 0)
		return letter_fault(auditor, row, "a column is not what was signed");
	const uint8_t *key = auditor->ca_key;
	if (row->kind != COSE_TRUST) {
		const struct trust_key *known =
		    trust_find(&auditor->trust, TRUST_SIGN, message.key_id);
		if (known == NULL)
			return letter_fault(auditor, row, "signed by an unknown key");
		key = known->key;
	}
	enum err err = cose_verify(auditor->crypto, &message, key, NULL);
	if (err == ERR_SIGNATURE)
		return letter_fault(auditor, row, "its signature does not verify");
	auditor->result->letters++;
	return err;
}

static enum err load_trust(struct auditor *auditor)
{
	struct ledger_letter row;
	struct cose_sign1 message;
	struct letter letter;
	enum err err = ledger_letter_newest(auditor->ledger, COSE_TRUST, "", &row);
	if (err == ERR_NOT_FOUND)
		return fault(auditor, "there is no trust letter");
	if (err != ERR_NONE)
		return err;
	if (letter_parse(row.file, &message, &letter) != ERR_NONE ||
	    message.type != COSE_TRUST ||
	    cose_verify(auditor->crypto, &message, auditor->ca_key, NULL) != ERR_NONE ||
	    trust_decode(letter.body, &auditor->trust) != ERR_NONE)
		return letter_fault(auditor, &row, "it is not the CA's");
	return ERR_NONE;
}

static enum err check_letters(struct auditor *auditor)
{
	struct ledger_letter row = {0};
	enum err err = load_trust(auditor);
	while (err == ERR_NONE) {
		err = ledger_letter_next(auditor->ledger, &row, &row);
		if (err == ERR_NONE)
			err = check_letter(auditor, &row);
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* --- epochs ---------------------------------------------------------------- */

/* The state that the batches so far give the epoch of that row. */
static enum err find_epoch(struct auditor *auditor, int64_t row)
{
	for (size_t i = 0; i < auditor->epoch_count; i++) {
		if (auditor->epoch[i].row == row) {
			auditor->at = &auditor->epoch[i];
			return ERR_NONE;
		}
	}
	struct ledger_epoch *grown =
	    realloc(auditor->epoch, (auditor->epoch_count + 1) * sizeof *auditor->epoch);
	if (grown == NULL)
		return ERR_MEMORY;
	auditor->epoch = grown;
	auditor->at = NULL;
	struct ledger_epoch *epoch = &grown[auditor->epoch_count];
	enum err err = ledger_epoch_by_row(auditor->ledger, row, epoch);
	if (err == ERR_NOT_FOUND)
		return batch_fault(auditor, "the row of its epoch is missing");
	if (err != ERR_NONE)
		return err;
	epoch->next_batch = 1;
	epoch->next_seq = 1;
	epoch->receipts = 0;
	memset(epoch->last_receipt, 0, HASH_LEN);
	err = chain_start(auditor->crypto, epoch->terminal, &epoch->id, epoch->head);
	if (err != ERR_NONE)
		return err;
	auditor->epoch_count++;
	auditor->at = epoch;
	return ERR_NONE;
}

static enum err check_epochs(struct auditor *auditor)
{
	struct ledger_epoch stored = {0};
	enum err err = ledger_epoch_next(auditor->ledger, NULL, &stored);
	for (; err == ERR_NONE;
	     err = ledger_epoch_next(auditor->ledger, &stored, &stored)) {
		err = find_epoch(auditor, stored.row);
		if (err != ERR_NONE)
			return err;
		const struct ledger_epoch *made = auditor->at;
		if (stored.next_batch != made->next_batch ||
		    stored.next_seq != made->next_seq ||
		    stored.receipts != made->receipts ||
		    memcmp(stored.head, made->head, HASH_LEN) != 0 ||
		    memcmp(stored.last_receipt, made->last_receipt, HASH_LEN) != 0)
			return fault(auditor,
			    "terminal %s epoch %" PRIu32 ": its head is not where its "
			    "batches lead; rows are missing at its end, or were changed",
			    stored.terminal, stored.id.number);
		auditor->result->epochs++;
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* --- one batch ------------------------------------------------------------- */

/* Copies the views of the row, which other statements would end, and proves
 * the file's signature and the columns that come from its header. */
static enum err check_file(struct auditor *auditor)
{
	struct ledger_batch *batch = &auditor->batch;
	uint8_t hash[HASH_LEN];
	if (batch->file.len > sizeof auditor->bytes ||
	    batch->answer.len > sizeof auditor->answer_bytes)
		return batch_fault(auditor, "longer than a batch or an answer may be");
	if (batch->file.len > 0)
		memcpy(auditor->bytes, batch->file.at, batch->file.len);
	if (batch->answer.len > 0)
		memcpy(auditor->answer_bytes, batch->answer.at, batch->answer.len);
	batch->file.at = auditor->bytes;
	batch->answer.at = auditor->answer_bytes;
	enum err err = find_epoch(auditor, batch->epoch_row);
	if (err != ERR_NONE)
		return err;
	if (batch_parse(batch->file, &auditor->file) != ERR_NONE)
		return batch_fault(auditor, "its bytes are no batch");
	const struct issued *issued =
	    registry_find(auditor->registry, PURPOSE_SIGNING, auditor->file.sign1.key_id);
	if (issued == NULL)
		return batch_fault(auditor, "signed by a key that was never certified");
	err = batch_verify(auditor->crypto, &auditor->file, issued->info.key, hash);
	if (err == ERR_SIGNATURE || err == ERR_CORRUPT)
		return batch_fault(auditor, err == ERR_SIGNATURE
						? "its signature does not verify"
						: "its body is not the one signed");
	if (err != ERR_NONE)
		return err;
	const struct batch_header *header = &auditor->file.header;
	bool same =
	    strcmp(header->terminal, auditor->at->terminal) == 0 &&
	    strcmp(header->terminal, issued->info.terminal) == 0 &&
	    header->epoch.number == auditor->at->id.number &&
	    memcmp(header->epoch.mark, auditor->at->id.mark, EPOCH_MARK_LEN) == 0 &&
	    header->number == batch->number && header->first_seq == batch->first_seq &&
	    header->count == batch->count && header->wall_ms == batch->wall_ms &&
	    header->clock == batch->clock &&
	    strcmp(header->software, batch->software) == 0 &&
	    strcmp(issued->info.store, batch->store) == 0 &&
	    memcmp(batch->key_id, issued->key_id, KEY_ID_LEN) == 0 &&
	    memcmp(batch->hash, hash, HASH_LEN) == 0;
	return same ? ERR_NONE : batch_fault(auditor, "a column is not what was signed");
}

/* The stored answer: signed by us, about this very batch. */
static enum err check_answer(struct auditor *auditor, enum answer_kind kind)
{
	const struct ledger_batch *batch = &auditor->batch;
	struct answer *answer = &auditor->answer;
	struct cose_sign1 message;
	uint8_t hash[HASH_LEN];
	if (answer_parse(batch->answer, &message, answer) != ERR_NONE)
		return batch_fault(auditor, "its answer cannot be read");
	const struct trust_key *key =
	    trust_find(&auditor->trust, TRUST_SIGN, message.key_id);
	if (key == NULL)
		return batch_fault(auditor, "its answer is signed by an unknown key");
	enum err err = cose_verify(auditor->crypto, &message, key->key, hash);
	if (err == ERR_SIGNATURE)
		return batch_fault(
		    auditor, "the signature of its answer does not verify");
	if (err != ERR_NONE)
		return err;
	bool same =
	    answer->kind == kind &&
	    strcmp(answer->terminal, auditor->at->terminal) == 0 &&
	    answer->epoch.number == auditor->at->id.number &&
	    memcmp(answer->epoch.mark, auditor->at->id.mark, EPOCH_MARK_LEN) == 0 &&
	    answer->batch_number == batch->number &&
	    memcmp(answer->batch_hash, batch->hash, HASH_LEN) == 0 &&
	    memcmp(batch->answer_hash, hash, HASH_LEN) == 0 &&
	    batch->arrived_ms == answer->central_ms;
	if (kind == ANSWER_HELD)
		same = same && answer->reason == batch->reason && batch->receipt == 0;
	return same ? ERR_NONE : batch_fault(auditor, "its answer is not its own");
}

static enum err check_receipt(struct auditor *auditor)
{
	const struct ledger_batch *batch = &auditor->batch;
	const struct answer *answer = &auditor->answer;
	struct ledger_epoch *epoch = auditor->at;
	enum err err = check_answer(auditor, ANSWER_RECEIPT);
	if (err != ERR_NONE)
		return err;
	if (answer->first_seq != batch->first_seq ||
	    answer->last_seq != batch->first_seq + batch->count - 1 ||
	    memcmp(answer->head, auditor->file.header.head_after, HASH_LEN) != 0 ||
	    answer->receipt_number != batch->receipt || batch->reason != HELD_NONE)
		return batch_fault(auditor, "its receipt says something else");
	if (answer->receipt_number != epoch->receipts + 1 ||
	    memcmp(answer->previous_receipt, epoch->last_receipt, HASH_LEN) != 0)
		return batch_fault(auditor, "its receipt does not follow the one before");
	epoch->receipts = answer->receipt_number;
	memcpy(epoch->last_receipt, batch->answer_hash, HASH_LEN);
	return ERR_NONE;
}

/* --- its events ------------------------------------------------------------ */

static bool same_event(const struct ledger_event *a, const struct ledger_event *b)
{
	bool readable = a->refused != REFUSAL_UNREADABLE;
	return a->epoch_row == b->epoch_row && a->seq == b->seq && a->taken == b->taken &&
	       a->terminal_row == b->terminal_row && a->named == b->named &&
	       (!a->named || (memcmp(a->id, b->id, EVENT_ID_LEN) == 0 &&
				 memcmp(a->content, b->content, HASH_LEN) == 0)) &&
	       a->type == b->type && a->training == b->training &&
	       (!readable || (strcmp(a->clerk, b->clerk) == 0 &&
				 a->amount_cents == b->amount_cents &&
				 a->business_day == b->business_day)) &&
	       a->refused == b->refused && a->repeat == b->repeat &&
	       a->changed == b->changed &&
	       memcmp(a->points, b->points, sizeof a->points) == 0 &&
	       memcmp(a->claimed, b->claimed, sizeof a->claimed) == 0 &&
	       strcmp(a->of.terminal, b->of.terminal) == 0 &&
	       memcmp(a->of.id, b->of.id, EVENT_ID_LEN) == 0;
}

/* The code that the receipt gives an event, in the order of its list. */
static enum refusal receipt_code(struct auditor *auditor, uint64_t seq)
{
	struct refused refused;
	if (answer_refused(&auditor->answer, auditor->refused, &refused) != ERR_NONE ||
	    refused.seq != seq)
		return REFUSAL_NONE;
	auditor->refused++;
	return refused.code;
}

static enum err check_event(struct auditor *auditor, uint64_t seq, struct bytes bytes)
{
	struct ledger_event made;
	struct ledger_event stored;
	enum err err = judge_event(auditor->judge, seq, bytes, &made);
	if (err != ERR_NONE)
		return err;
	enum refusal code = receipt_code(auditor, seq);
	if (code == REFUSAL_BLOB && !made.repeat && made.named) {
		/* Only the sealing key could say so again; the receipt did. */
		made.refused = REFUSAL_BLOB;
		memset(made.points, 0, sizeof made.points);
	}
	if (code != made.refused)
		return event_fault(auditor, seq,
		    "the receipt's code for it is not what the event deserves");
	err = ledger_event_at(auditor->ledger, auditor->at->row, seq, &stored);
	if (err == ERR_NOT_FOUND)
		return event_fault(auditor, seq, "its row is missing");
	if (err != ERR_NONE)
		return err;
	auditor->result->events++;
	return same_event(&made, &stored)
		   ? ERR_NONE
		   : event_fault(auditor, seq,
			 "a column of its row is not what the signed bytes give");
}

static enum err check_session(struct auditor *auditor, struct bytes recipient)
{
	struct seen_session session = {.terminal_row = auditor->at->terminal_row};
	uint8_t key_id[KEY_ID_LEN];
	struct bytes stored;
	if (session_name(recipient, session.id, key_id) != ERR_NONE)
		return ERR_NONE; /* opened nothing at intake either */
	for (size_t i = 0; i < auditor->session_count; i++)
		if (auditor->session[i].terminal_row == session.terminal_row &&
		    memcmp(auditor->session[i].id, session.id, SESSION_ID_LEN) == 0)
			return ERR_NONE;
	struct seen_session *grown =
	    realloc(auditor->session, (auditor->session_count + 1) * sizeof *grown);
	if (grown == NULL)
		return ERR_MEMORY;
	auditor->session = grown;
	grown[auditor->session_count++] = session;
	enum err err = ledger_session_find(
	    auditor->ledger, session.terminal_row, session.id, &stored);
	if (err == ERR_NOT_FOUND || (err == ERR_NONE && !bytes_equal(stored, recipient)))
		return batch_fault(auditor, "a session of it is missing or was changed");
	return err;
}

static enum err check_body(struct auditor *auditor)
{
	const struct ledger_batch *batch = &auditor->batch;
	uint8_t link[HASH_LEN];
	size_t len = 0;
	struct batch_body body;
	struct bytes bytes;
	memcpy(link, auditor->at->head, HASH_LEN);
	if (unpack(auditor->packer, auditor->file.body, auditor->body,
		sizeof auditor->body, &len) != ERR_NONE ||
	    chain_over(auditor->crypto, bytes_of(auditor->body, len), batch->count,
		link) != ERR_NONE ||
	    memcmp(link, auditor->file.header.head_after, HASH_LEN) != 0 ||
	    batch_body_parse(bytes_of(auditor->body, len), &body) != ERR_NONE)
		return batch_fault(auditor, "its events do not lead to its signed head");
	enum err err = ERR_NONE;
	for (size_t i = 0; i < body.recipient_count && err == ERR_NONE; i++)
		err = check_session(auditor, body.recipient[i]);
	const struct judge_batch judged = {.terminal = auditor->at->terminal,
	    .store = batch->store,
	    .epoch = auditor->at->id,
	    .epoch_row = auditor->at->row,
	    .terminal_row = auditor->at->terminal_row,
	    .taken = batch->taken,
	    .first_seq = batch->first_seq,
	    .body = bytes_of(auditor->body, len)};
	judge_begin(auditor->judge, &judged);
	auditor->refused = 0;
	for (uint64_t seq = batch->first_seq; err == ERR_NONE; seq++) {
		err = batch_body_next(&body, &bytes);
		if (err == ERR_NONE)
			err = check_event(auditor, seq, bytes);
	}
	if (err == ERR_NOT_FOUND)
		err =
		    auditor->refused == auditor->answer.refused_count
			? ERR_NONE
			: batch_fault(auditor, "its receipt refuses more than it should");
	return err;
}

/* --- all batches ----------------------------------------------------------- */

static enum err check_in_chain(struct auditor *auditor)
{
	const struct batch_header *header = &auditor->file.header;
	enum err err = check_file(auditor);
	if (err != ERR_NONE)
		return err;
	struct ledger_epoch *epoch = auditor->at;
	if (header->number != epoch->next_batch || header->first_seq != epoch->next_seq ||
	    memcmp(header->head_before, epoch->head, HASH_LEN) != 0)
		return batch_fault(auditor, "it does not follow the batch before it");
	if (auditor->batch.state == BATCH_TAKEN) {
		err = check_receipt(auditor);
		if (err == ERR_NONE)
			err = check_body(auditor);
	} else if (auditor->batch.state == BATCH_SKIPPED) {
		err = check_answer(auditor, ANSWER_HELD);
	} else {
		err = batch_fault(auditor, "its state is not one of the chain");
	}
	epoch->next_batch = header->number + 1;
	epoch->next_seq = header->first_seq + header->count;
	memcpy(epoch->head, header->head_after, HASH_LEN);
	auditor->result->batches++;
	return err;
}

/* In the order in which they were taken: what an event is judged by came
 * before it. */
static enum err check_chains(struct auditor *auditor)
{
	uint64_t last = 0;
	enum err err = ledger_taken(auditor->ledger, &last);
	for (uint64_t taken = 1; taken <= last && err == ERR_NONE; taken++) {
		err = ledger_batch_by_taken(auditor->ledger, taken, &auditor->batch);
		if (err == ERR_NOT_FOUND)
			return fault(auditor,
			    "the batch that was taken in as number %" PRIu64
			    " of all is missing",
			    taken);
		if (err == ERR_NONE)
			err = check_in_chain(auditor);
	}
	return err;
}

static bool waits_plainly(const struct ledger_batch *batch)
{
	return batch->reason == HELD_NONE && batch->receipt == 0 &&
	       batch->answer.len == 0;
}

/* Those that wait or are held stand in no chain, and yet are never lost. */
static enum err check_aside(struct auditor *auditor)
{
	uint64_t in_chain = 0;
	int64_t row = 0;
	enum err err;
	while ((err = ledger_batch_next(auditor->ledger, row, &auditor->batch)) ==
	       ERR_NONE) {
		row = auditor->batch.row;
		if (auditor->batch.taken != 0) {
			in_chain++;
			continue;
		}
		err = check_file(auditor);
		if (err == ERR_NONE && auditor->batch.state == BATCH_HELD)
			err = check_answer(auditor, ANSWER_HELD);
		else if (err == ERR_NONE && auditor->batch.state != BATCH_WAITING)
			err = batch_fault(auditor, "it stands in no chain");
		else if (err == ERR_NONE && !waits_plainly(&auditor->batch))
			err = batch_fault(auditor, "it waits, and yet has an answer");
		if (err != ERR_NONE)
			return err;
		auditor->result->aside++;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	return in_chain == auditor->result->batches
		   ? ERR_NONE
		   : fault(auditor, "there are more batches than their order says");
}

static enum err check_counts(struct auditor *auditor)
{
	uint64_t events = 0;
	uint64_t sessions = 0;
	enum err err = ledger_event_count(auditor->ledger, &events);
	if (err == ERR_NONE)
		err = ledger_session_count(auditor->ledger, &sessions);
	if (err == ERR_NONE && events != auditor->result->events)
		return fault(auditor,
		    "there are %" PRIu64
		    " event rows, and the signed batches hold %" PRIu64,
		    events, auditor->result->events);
	if (err == ERR_NONE && sessions != auditor->session_count)
		return fault(auditor, "there are sessions that no batch brought");
	return err;
}

static enum err check_all(struct auditor *auditor)
{
	enum err err = check_letters(auditor);
	if (err == ERR_NONE)
		err = check_chains(auditor);
	if (err == ERR_NONE)
		err = check_aside(auditor);
	if (err == ERR_NONE)
		err = check_epochs(auditor);
	return err == ERR_NONE ? check_counts(auditor) : err;
}

enum err audit(struct ledger *ledger, const struct registry *registry,
    const struct crypto *crypto, const uint8_t ca_key[PUBLIC_KEY_LEN],
    struct audit_result *ret_result)
{
	struct auditor *auditor = calloc(1, sizeof *auditor);
	if (auditor == NULL)
		return ERR_MEMORY;
	*ret_result = (struct audit_result){0};
	auditor->ledger = ledger;
	auditor->registry = registry;
	auditor->crypto = crypto;
	auditor->ca_key = ca_key;
	auditor->result = ret_result;
	enum err err = packer_new(&auditor->packer);
	if (err == ERR_NONE)
		err = judge_new(ledger, crypto, NULL, 0, &auditor->judge);
	/* One view of everything, however much comes in meanwhile. */
	if (err == ERR_NONE)
		err = ledger_step(ledger, LEDGER_VIEW);
	if (err == ERR_NONE) {
		err = check_all(auditor);
		ledger_back(ledger, LEDGER_ROLLBACK);
	}
	if (err == ERR_CORRUPT && ret_result->fault[0] == '\0')
		(void)fault(auditor, "a row is not of the form that this program writes");
	judge_free(&auditor->judge);
	packer_free(&auditor->packer);
	free(auditor->epoch);
	free(auditor->session);
	free(auditor);
	return err;
}

/* SPDX-License-Identifier: MIT */
#include "contract/answer.h"

#include <assert.h>

#include "base/banned.h"
#include "contract/fields.h"

enum key {
	KEY_VERSION = 0,
	KEY_TERMINAL = 1,
	KEY_EPOCH = 2,
	KEY_MARK = 3,
	KEY_BATCH_NUMBER = 4,
	KEY_BATCH_HASH = 5,
	KEY_CENTRAL_MS = 6,
	KEY_FIRST_SEQ = 7,
	KEY_LAST_SEQ = 8,
	KEY_HEAD = 9,
	KEY_RECEIPT_NUMBER = 10,
	KEY_PREVIOUS_RECEIPT = 11,
	KEY_REFUSED = 12, /* [[seq - first seq, code], ...] in rising seq */
	KEY_CLOSED = 13,  /* [epoch, expected seq] */
	KEY_EXPECTED_SEQ = 14,
	KEY_REASON = 15,
	KEYS = 16,
};

enum {
	ANSWER_VERSION = 1,
	/* A newer central may have codes that are new here: kept and shown. */
	REFUSAL_CODE_MAX = UINT8_MAX,
	REFUSED_ITEM_MAX = 1 + 3 + 2,
	ANSWER_BUF_MAX = 512 + ANSWER_REFUSED_MAX * REFUSED_ITEM_MAX,
};

const char *refusal_word(enum refusal refusal)
{
	static const char *const word[REFUSAL_COUNT_] = {
	    [REFUSAL_NONE] = "none",
	    [REFUSAL_UNREADABLE] = "unreadable",
	    [REFUSAL_FOREIGN] = "foreign",
	    [REFUSAL_BLOB] = "blob",
	    [REFUSAL_PROGRAMME] = "programme",
	    [REFUSAL_CLERK] = "clerk",
	    [REFUSAL_OPERATOR] = "operator",
	    [REFUSAL_REFERENCE] = "reference",
	    [REFUSAL_VOIDED] = "voided",
	};

	return refusal >= REFUSAL_NONE && refusal < REFUSAL_COUNT_ ? word[refusal]
								   : "unknown";
}

const char *held_reason_word(enum held_reason reason)
{
	static const char *const word[HELD_REASON_COUNT_] = {
	    [HELD_NONE] = "none",
	    [HELD_FORK] = "fork",
	    [HELD_UNDECODABLE] = "undecodable",
	    [HELD_REVOKED] = "revoked",
	    [HELD_QUARANTINE] = "quarantine",
	};

	return reason >= HELD_NONE && reason < HELD_REASON_COUNT_ ? word[reason]
								  : "unknown";
}

static const enum cose_type type_of_kind[] = {
    [ANSWER_NONE] = COSE_NONE,
    [ANSWER_RECEIPT] = COSE_RECEIPT,
    [ANSWER_GAP] = COSE_GAP,
    [ANSWER_HELD] = COSE_HELD,
};

static enum answer_kind kind_of_type(enum cose_type type)
{
	for (int i = ANSWER_RECEIPT; i <= ANSWER_HELD; i++)
		if (type_of_kind[i] == type)
			return (enum answer_kind)i;
	return ANSWER_NONE;
}

static enum err answer_check(const struct answer *answer)
{
	const bool closed = answer->closed_epoch != 0;

	if (!text_is_name(answer->terminal, TERMINAL_LEN_MAX) ||
	    answer->epoch.number == 0 || answer->batch_number == 0)
		return ERR_RANGE;
	switch (answer->kind) {
	case ANSWER_RECEIPT:
		if (answer->first_seq == 0 || answer->last_seq < answer->first_seq ||
		    answer->last_seq - answer->first_seq >= BATCH_EVENTS_MAX ||
		    answer->receipt_number == 0 ||
		    closed != (answer->closed_expected_seq != 0))
			return ERR_RANGE;
		return ERR_NONE;
	case ANSWER_GAP: return answer->expected_seq == 0 ? ERR_RANGE : ERR_NONE;
	case ANSWER_HELD: return answer->reason == HELD_NONE ? ERR_RANGE : ERR_NONE;
	case ANSWER_NONE: break;
	}
	return ERR_RANGE;
}

/* --- refused events --- */

/* Each of them once, in order, inside the range of the batch. */
static bool refused_follows(
    const struct answer *answer, const struct refused *before, const struct refused *next)
{
	return next->code > REFUSAL_NONE && (unsigned)next->code <= REFUSAL_CODE_MAX &&
	       next->seq >= answer->first_seq && next->seq <= answer->last_seq &&
	       (before == NULL || next->seq > before->seq);
}

static enum err refused_check(const struct answer *answer, const struct refused *refused)
{
	if (answer->refused_count > ANSWER_REFUSED_MAX ||
	    (answer->refused_count > 0 && answer->kind != ANSWER_RECEIPT))
		return ERR_RANGE;
	for (size_t i = 0; i < answer->refused_count; i++)
		if (!refused_follows(
			answer, i == 0 ? NULL : &refused[i - 1], &refused[i]))
			return ERR_RANGE;
	return ERR_NONE;
}

static enum err get_refused(
    struct cursor *in, const struct answer *answer, struct refused *ret_refused)
{
	uint64_t offset = 0;
	uint64_t code = 0;
	size_t count = 0;

	if (cbor_get_array(in, 2, &count) != ERR_NONE || count != 2 ||
	    cbor_get_uint(in, BATCH_EVENTS_MAX, &offset) != ERR_NONE ||
	    cbor_get_uint(in, REFUSAL_CODE_MAX, &code) != ERR_NONE)
		return ERR_FORMAT;
	*ret_refused = (struct refused){
	    .seq = answer->first_seq + offset, .code = (enum refusal)code};
	return ERR_NONE;
}

static void take_refused(struct fields_in *fields, struct answer *answer)
{
	struct refused before = {0};
	struct refused next = {0};

	if (!fields_find(fields, KEY_REFUSED))
		return;
	fields->err =
	    cbor_get_array(&fields->in, ANSWER_REFUSED_MAX, &answer->refused_count);
	const struct cursor list = fields->in;
	fields_refuse_if(fields, answer->refused_count == 0);
	for (size_t i = 0; fields->err == ERR_NONE && i < answer->refused_count; i++) {
		fields->err = get_refused(&fields->in, answer, &next);
		fields_refuse_if(
		    fields, !refused_follows(answer, i == 0 ? NULL : &before, &next));
		before = next;
	}
	answer->refused = bytes_of(list.at, list.left - fields->in.left);
}

enum err answer_refused(
    const struct answer *answer, size_t i, struct refused *ret_refused)
{
	struct cursor in = cursor_of(answer->refused);
	struct refused refused = {0};

	if (i >= answer->refused_count)
		return ERR_NOT_FOUND;
	for (size_t k = 0; k <= i; k++)
		if (get_refused(&in, answer, &refused) != ERR_NONE)
			return ERR_FORMAT;
	*ret_refused = refused;
	return ERR_NONE;
}

/* --- encoding --- */

static void put_receipt(
    struct fields_out *fields, const struct answer *answer, const struct refused *refused)
{
	fields_put_uint(fields, KEY_FIRST_SEQ, answer->first_seq);
	fields_put_uint(fields, KEY_LAST_SEQ, answer->last_seq);
	fields_put_bytes(fields, KEY_HEAD, bytes_of(answer->head, HASH_LEN));
	fields_put_uint(fields, KEY_RECEIPT_NUMBER, answer->receipt_number);
	fields_put_hash(fields, KEY_PREVIOUS_RECEIPT, answer->previous_receipt);
	if (fields_put(fields, KEY_REFUSED, answer->refused_count > 0)) {
		cbor_put_array(fields->out, answer->refused_count);
		for (size_t i = 0; i < answer->refused_count; i++) {
			cbor_put_array(fields->out, 2);
			cbor_put_uint(fields->out, refused[i].seq - answer->first_seq);
			cbor_put_uint(fields->out, (uint64_t)refused[i].code);
		}
	}
	if (fields_put(fields, KEY_CLOSED, answer->closed_epoch != 0)) {
		cbor_put_array(fields->out, 2);
		cbor_put_uint(fields->out, answer->closed_epoch);
		cbor_put_uint(fields->out, answer->closed_expected_seq);
	}
}

static void put_answer(
    struct fields_out *fields, const struct answer *answer, const struct refused *refused)
{
	fields_put_uint(fields, KEY_VERSION, ANSWER_VERSION);
	fields_put_text(fields, KEY_TERMINAL, answer->terminal);
	fields_put_uint(fields, KEY_EPOCH, answer->epoch.number);
	fields_put_bytes(fields, KEY_MARK, bytes_of(answer->epoch.mark, EPOCH_MARK_LEN));
	fields_put_uint(fields, KEY_BATCH_NUMBER, answer->batch_number);
	fields_put_bytes(fields, KEY_BATCH_HASH, bytes_of(answer->batch_hash, HASH_LEN));
	fields_put_int(fields, KEY_CENTRAL_MS, answer->central_ms);
	if (answer->kind == ANSWER_RECEIPT)
		put_receipt(fields, answer, refused);
	if (answer->kind == ANSWER_GAP)
		fields_put_uint(fields, KEY_EXPECTED_SEQ, answer->expected_seq);
	if (answer->kind == ANSWER_HELD)
		fields_put_uint(fields, KEY_REASON, (uint64_t)answer->reason);
}

enum err answer_encode(const struct crypto *crypto, const struct signer *signer,
    const struct answer *answer, const struct refused *refused, struct sink *out,
    uint8_t ret_hash[HASH_LEN])
{
	uint8_t buf[ANSWER_BUF_MAX];
	struct sink payload = sink_of(buf, sizeof(buf));
	struct fields_out counting = {0};
	struct fields_out writing = {.out = &payload};

	if (answer_check(answer) != ERR_NONE ||
	    refused_check(answer, refused) != ERR_NONE)
		return ERR_RANGE;
	put_answer(&counting, answer, refused);
	cbor_put_map(&payload, counting.count);
	put_answer(&writing, answer, refused);
	assert(!payload.over);
	return cose_sign(crypto, signer, type_of_kind[answer->kind], sink_bytes(&payload),
	    out, ret_hash);
}

/* --- decoding --- */

static void take_receipt(struct fields_in *fields, struct answer *answer)
{
	uint64_t epoch = 0;
	size_t count = 0;

	answer->first_seq =
	    fields_uint(fields, KEY_FIRST_SEQ, UINT64_MAX - BATCH_EVENTS_MAX);
	answer->last_seq = fields_uint(fields, KEY_LAST_SEQ, UINT64_MAX);
	fields_must_fixed(fields, KEY_HEAD, answer->head, HASH_LEN);
	answer->receipt_number = fields_uint(fields, KEY_RECEIPT_NUMBER, UINT64_MAX);
	fields_hash(fields, KEY_PREVIOUS_RECEIPT, answer->previous_receipt);
	take_refused(fields, answer);
	if (!fields_find(fields, KEY_CLOSED))
		return;
	fields->err = cbor_get_array(&fields->in, 2, &count);
	fields_refuse_if(fields, count != 2);
	if (fields->err == ERR_NONE)
		fields->err = cbor_get_uint(&fields->in, UINT32_MAX, &epoch);
	if (fields->err == ERR_NONE)
		fields->err =
		    cbor_get_uint(&fields->in, UINT64_MAX, &answer->closed_expected_seq);
	fields_refuse_if(fields, epoch == 0);
	answer->closed_epoch = (uint32_t)epoch;
}

static void take_answer(struct fields_in *fields, struct answer *answer)
{
	fields_refuse_if(
	    fields, fields_uint(fields, KEY_VERSION, UINT64_MAX) != ANSWER_VERSION);
	fields_text(fields, KEY_TERMINAL, answer->terminal, sizeof(answer->terminal));
	answer->epoch.number = (uint32_t)fields_uint(fields, KEY_EPOCH, UINT32_MAX);
	fields_must_fixed(fields, KEY_MARK, answer->epoch.mark, EPOCH_MARK_LEN);
	answer->batch_number = fields_uint(fields, KEY_BATCH_NUMBER, UINT64_MAX);
	fields_must_fixed(fields, KEY_BATCH_HASH, answer->batch_hash, HASH_LEN);
	answer->central_ms = fields_int(fields, KEY_CENTRAL_MS);
	if (answer->kind == ANSWER_RECEIPT)
		take_receipt(fields, answer);
	if (answer->kind == ANSWER_GAP)
		answer->expected_seq = fields_uint(fields, KEY_EXPECTED_SEQ, UINT64_MAX);
	if (answer->kind == ANSWER_HELD)
		answer->reason =
		    (enum held_reason)fields_uint(fields, KEY_REASON, UINT8_MAX);
}

enum err answer_parse(
    struct bytes file, struct cose_sign1 *ret_message, struct answer *ret_answer)
{
	struct cursor in = cursor_of(file);
	struct cose_sign1 message = {0};
	struct answer answer = {0};
	struct fields_in fields;

	if (file.len > ANSWER_FILE_MAX)
		return ERR_LIMIT;
	if (cose_parse(&in, &message) != ERR_NONE || in.left > 0)
		return ERR_FORMAT;
	answer.kind = kind_of_type(message.type);
	if (answer.kind == ANSWER_NONE)
		return ERR_FORMAT;
	fields_open(&fields, message.payload, KEYS);
	take_answer(&fields, &answer);
	enum err err = fields_close(&fields);
	if (err == ERR_NONE)
		err = answer_check(&answer);
	if (err != ERR_NONE)
		return err;
	*ret_message = message;
	*ret_answer = answer;
	return ERR_NONE;
}

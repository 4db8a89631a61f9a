/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_ANSWER_H
#define CONTRACT_ANSWER_H

#include "contract/batch.h"

enum { ANSWER_REFUSED_MAX = BATCH_EVENTS_MAX };

/* Why the central took an event in and yet does not count it. */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_UNREADABLE = 1, /* does not decode or breaks event_check */
	REFUSAL_FOREIGN = 2,    /* names another terminal, epoch or seq */
	REFUSAL_BLOB = 3,       /* the sealed person cannot be opened */
	REFUSAL_PROGRAMME = 4,  /* names a programme version never published */
	REFUSAL_CLERK = 5,      /* no such clerk in that programme */
	REFUSAL_OPERATOR = 6,   /* operator or value not in the catalogue */
	REFUSAL_REFERENCE = 7,  /* what it voids or returns is unknown */
	REFUSAL_VOIDED = 8,     /* already voided, or more returned than sold */
	REFUSAL_COUNT_
};

/* The word written in reports and JSON ("none", "clerk"). */
const char *refusal_word(enum refusal refusal);

enum held_reason {
	HELD_NONE = 0,
	HELD_FORK = 1,        /* another batch of that number, or a wrong head */
	HELD_UNDECODABLE = 2, /* the body is the header's, and cannot be read */
	HELD_REVOKED = 3,     /* the terminal's key is revoked */
	HELD_QUARANTINE = 4,  /* a person decided so */
	HELD_REASON_COUNT_
};

/* The same of why it is held ("fork"). */
const char *held_reason_word(enum held_reason reason);

struct refused {
	uint64_t seq;
	enum refusal code;
};

enum answer_kind {
	ANSWER_NONE = 0,
	ANSWER_RECEIPT,
	ANSWER_GAP,
	ANSWER_HELD,
};

/* The three signed answers to a batch; which fields count is said beside them. */
struct answer {
	enum answer_kind kind;
	char terminal[TERMINAL_LEN_MAX + 1];
	struct epoch_id epoch;
	uint64_t batch_number;
	uint8_t batch_hash[HASH_LEN];
	int64_t central_ms;
	/* receipt */
	uint64_t first_seq;
	uint64_t last_seq;
	uint8_t head[HASH_LEN];
	uint64_t receipt_number; /* from 1, per terminal and epoch */
	uint8_t previous_receipt[HASH_LEN];
	size_t refused_count;
	struct bytes refused;  /* encoded list: answer_refused */
	uint32_t closed_epoch; /* a closed epoch that lacks events; 0: none */
	uint64_t closed_expected_seq;
	/* gap */
	uint64_t expected_seq;
	/* held */
	enum held_reason reason;
};

/* `refused` may be NULL when the count is 0. `ret_hash`: the digest by which
 * the next receipt and the next header name this one. */
MUST_CHECK enum err answer_encode(const struct crypto *crypto,
    const struct signer *signer, const struct answer *answer,
    const struct refused *refused, struct sink *out, uint8_t ret_hash[HASH_LEN]);
/* Form only; the caller finds the key by message->key_id and verifies. */
MUST_CHECK enum err answer_parse(
    struct bytes file, struct cose_sign1 *ret_message, struct answer *ret_answer);
/* The i-th refused event; ERR_NOT_FOUND past the last. */
MUST_CHECK enum err answer_refused(
    const struct answer *answer, size_t i, struct refused *ret_refused);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_EVENT_H
#define CONTRACT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"

/* An event is a durable fact. Numbers are of the contract: never reused. */
enum event_type {
	EVENT_NONE = 0,
	EVENT_SALE = 1,
	EVENT_TOPUP = 2, /* one that the operator's own device has confirmed */
	EVENT_VOID = 3,  /* of a sale; of a top-up it is a reversal request */
	EVENT_RETURN = 4,
	EVENT_ENROLMENT = 5, /* a new member, consent given */
	EVENT_SHIFT_OPEN = 6,
	EVENT_SHIFT_CLOSE = 7,
	EVENT_CLERK_IN = 8,
	EVENT_CLERK_OUT = 9,
	EVENT_CLERK_LOCKED = 10,
	EVENT_CARD_REFUSED = 11, /* a payment card: class and time only */
	EVENT_READER_LOST = 12,
	EVENT_READER_FOUND = 13,
	EVENT_PROGRAMME_ADOPTED = 14,
	EVENT_EPOCH_OPENED = 15,
	EVENT_CHIP_SALE = 16,
	EVENT_FISCAL = 17,
	EVENT_MEMBER_UPDATE = 18,
	EVENT_CARD_CONVERSION = 19,
	EVENT_CONSENT = 20,
	EVENT_SURVEY = 21,
	EVENT_QUIZ = 22,
	EVENT_PROMPT = 23,
	EVENT_ACTIVATION = 24,
	EVENT_REWARD_RESERVE = 25,
	EVENT_REWARD_REDEEM = 26,
	EVENT_REWARD_HANDOVER = 27,
	EVENT_REWARD_CANCEL = 28,
	EVENT_ALERT_ACK = 29,
	EVENT_TYPE_COUNT_
};

/* How a member was named. Not an identity; the identity is in the blob. */
enum member_kind {
	MEMBER_NONE = 0,
	MEMBER_CARD = 1, /* card number, by stripe, bar code, QR or typed */
	MEMBER_CPF = 2,
	MEMBER_PHONE = 3,
	MEMBER_KIND_COUNT_
};

enum clock_state {
	CLOCK_UNSURE = 0, /* below the time floor, or never checked */
	CLOCK_SURE = 1,
};

enum earner { EARNER_MEMBER = 0, EARNER_CLERK = 1, EARNER_STORE = 2, EARNER_COUNT };

/* Clear only in memory, wiped after use; on disk only sealed. */
struct person {
	enum member_kind kind;
	char member[MEMBER_LEN_MAX + 1]; /* digits; E.164 for a phone */
	char phone[PHONE_LEN_MAX + 1];   /* number topped up, E.164; empty: none */
};

struct event_line {
	char product[PRODUCT_LEN_MAX + 1];
	uint32_t quantity_milli; /* 1000 is one piece or one kilogram */
	int64_t amount_cents;    /* the whole line, positive */
};

struct epoch_id {
	uint32_t number; /* from 1 */
	uint8_t mark[EPOCH_MARK_LEN];
};

/* Another event, perhaps of another terminal. `terminal` empty: none. */
struct event_ref {
	char terminal[TERMINAL_LEN_MAX + 1];
	uint8_t id[EVENT_ID_LEN];
};

/* What EVENT_EPOCH_OPENED tells of the epoch before it. */
struct epoch_end {
	struct epoch_id epoch;  /* number 0: there was none */
	uint64_t receipted_seq; /* last one with a verified receipt; 0: none */
	uint8_t head[HASH_LEN]; /* the link at that seq */
	uint64_t pruned_first;  /* a range that can no longer be offered; 0: none */
	uint64_t pruned_last;
};

enum {
	AMOUNT_CENTS_MAX = 1000000000, /* of a line and of an event: R$ 10 million */
	QUANTITY_MILLI_MAX = 100000000,
	UTC_OFFSET_MIN_MAX = 14 * 60,
};

/*
 * One event, at most EVENT_BYTES_MAX encoded. Amounts are integer cents:
 * positive for sale and top-up, negative for void and return. `amount_cents`
 * of a sale is the sum of its lines.
 */
struct event {
	char terminal[TERMINAL_LEN_MAX + 1];
	struct epoch_id epoch;
	bool training;
	enum clock_state clock;
	int utc_offset_min;
	char zone[ZONE_LEN_MAX + 1];
	uint8_t boot_id[BOOT_ID_LEN];
	uint64_t programme_version;
	uint64_t directory_version; /* 0: none adopted */
	uint32_t business_day;      /* yyyymmdd, local, by the store's cut-over */
	enum event_type type;
	char clerk[CLERK_LEN_MAX + 1]; /* empty: nobody signed in */
	enum member_kind member;
	char segment; /* 'A'..'Z' from the directory; 0: unknown */
	char operator_name[OPERATOR_LEN_MAX + 1]; /* top-up and its void */
	char detail[NAME_LEN_MAX + 1]; /* class, reader, consent version: a word */
	int64_t points[EARNER_COUNT];  /* provisional claim, by earner */
	uint64_t seq;                  /* from 1 in each epoch, no gaps */
	uint8_t id[EVENT_ID_LEN];      /* kept over retries and epochs */
	int64_t wall_ms;
	int64_t mono_ms;
	int64_t amount_cents;
	struct event_ref reference;
	struct epoch_end before; /* EVENT_EPOCH_OPENED only */
	size_t line_count;
	struct event_line line[EVENT_LINES_MAX];
	/* The sealed person: exactly one of blob, erased, or neither. */
	struct bytes blob; /* borrowed; empty: none */
	bool erased;       /* the blob was erased; its hash remains */
	uint8_t blob_hash[HASH_LEN];
};

/* Encodes into `out`; ERR_LIMIT over EVENT_BYTES_MAX, ERR_RANGE when
 * event_check refuses. The blob is the last item of the map, so that its
 * replacement by its hash is a change of the tail only. */
MUST_CHECK enum err event_encode(const struct event *event, struct sink *out);
/* Decodes exactly one event that fills `bytes`; blob points into them. Only
 * what is deterministic and passes event_check is accepted. On failure
 * `ret_event` holds nothing; lines beyond line_count never do. */
MUST_CHECK enum err event_decode(struct bytes bytes, struct event *ret_event);

/*
 * Form only, no programme needed: names, ranges, amount against lines, sign of
 * the amount, what each type must and may not carry. On ERR_RANGE `ret_field`
 * (may be NULL) names the first bad field as the record interface writes it:
 * "lines[0].amount_cents".
 */
enum { FIELD_LEN_MAX = 48 };
MUST_CHECK enum err event_check(const struct event *event, char ret_field[FIELD_LEN_MAX]);

/* Splits encoded event bytes for the chain and for erasure: everything before
 * the blob pair, and the blob (or the hash that stands for it). */
struct event_parts {
	struct bytes before;
	struct bytes blob; /* empty when erased or none */
	bool has_blob;
	bool has_hash;
	uint8_t blob_hash[HASH_LEN];
};

MUST_CHECK enum err event_split(struct bytes bytes, struct event_parts *ret_parts);
/* The pair that stands for an erased blob; event form = `before`, this. */
void event_put_blob_hash(struct sink *out, const uint8_t hash[HASH_LEN]);

struct crypto;
/* Content hash: type, clerk, lines, operator, amount, reference; what a repeat
 * must agree in. */
MUST_CHECK enum err event_content_hash(
    const struct crypto *crypto, const struct event *event, uint8_t ret[HASH_LEN]);
/* Rewrites event bytes with the blob replaced by its hash (LGPD erasure). */
MUST_CHECK enum err event_erase(
    const struct crypto *crypto, struct bytes bytes, struct sink *out);

/* The word used in JSON and reports ("sale", "shift_open"); NULL if none. */
const char *event_type_word(enum event_type type);
enum event_type event_type_from_word(const char *word); /* EVENT_NONE if none */

/* "card:9076...", "cpf:...", "phone:+55..." to a person and back; ERR_FORMAT. */
MUST_CHECK enum err person_parse(const char *text, struct person *ret_person);

/* `out` of MEMBER_TEXT_LEN_MAX+1; empty when kind is MEMBER_NONE. */
enum { MEMBER_TEXT_LEN_MAX = MEMBER_LEN_MAX + 8 };

void person_format(const struct person *person, char *out);
void person_wipe(struct person *person);

/* The sealed plaintext: CBOR [kind, member, phone]. */
enum { PERSON_BYTES_MAX = 64 };
MUST_CHECK enum err person_encode(const struct person *person, struct sink *out);
MUST_CHECK enum err person_decode(struct bytes bytes, struct person *ret_person);

#endif

/* SPDX-License-Identifier: MIT */
#include "central/judge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "contract/batch.h"
#include "pack.h"

enum {
	PROGRAMMES_KEPT = 4,
	SESSIONS_KEPT = 64,
};

/* A published programme, decoded; `programme` borrows from `file`. */
struct known_programme {
	uint64_t version; /* 0: free */
	uint8_t *file;
	struct programme programme;
};

/* An opened session, or the memory that it cannot be opened. */
struct known_session {
	bool used;
	bool opens;
	int64_t terminal_row;
	uint8_t id[SESSION_ID_LEN];
	struct session session;
};

struct judge {
	struct ledger *ledger;
	const struct crypto *crypto;
	const struct opener *openers;
	size_t opener_count;
	struct packer *packer;
	struct judge_batch batch;
	struct event event;
	/* For voids and returns: the sale, what is left of it, one return. */
	struct event sale;
	struct event kept;
	struct event kept_here;
	struct event returned;
	int64_t left_cents; /* of the sale's amount */
	/* The last earlier batch looked into. */
	uint64_t other_taken;
	uint64_t other_first_seq;
	size_t other_len;
	uint8_t other[BATCH_BODY_MAX];
	size_t next_session;
	struct known_session session[SESSIONS_KEPT];
	size_t next_programme;
	struct known_programme programme[PROGRAMMES_KEPT];
};

enum err judge_new(struct ledger *ledger, const struct crypto *crypto,
    const struct opener *openers, size_t opener_count, struct judge **ret_judge)
{
	struct judge *judge = calloc(1, sizeof *judge);
	if (judge == NULL)
		return ERR_MEMORY;
	judge->ledger = ledger;
	judge->crypto = crypto;
	judge->openers = openers;
	judge->opener_count = opener_count;
	enum err err = packer_new(&judge->packer);
	if (err == ERR_NONE)
		*ret_judge = judge;
	else
		free(judge);
	return err;
}

void judge_free(struct judge **judge)
{
	if (*judge == NULL)
		return;
	for (size_t i = 0; i < PROGRAMMES_KEPT; i++)
		free((*judge)->programme[i].file);
	for (size_t i = 0; i < SESSIONS_KEPT; i++)
		session_wipe(&(*judge)->session[i].session);
	packer_free(&(*judge)->packer);
	free(*judge);
	*judge = NULL;
}

void judge_begin(struct judge *judge, const struct judge_batch *batch)
{
	judge->batch = *batch;
}

/* --- programmes ------------------------------------------------------------ */

static enum err load_programme(
    struct judge *judge, uint64_t version, struct known_programme *slot)
{
	struct ledger_letter stored;
	struct cose_sign1 message;
	struct letter letter;
	enum err err =
	    ledger_letter_version(judge->ledger, COSE_PROGRAMME, version, &stored);
	if (err != ERR_NONE)
		return err;
	free(slot->file);
	slot->version = 0;
	slot->file = malloc(stored.file.len);
	if (slot->file == NULL)
		return ERR_MEMORY;
	memcpy(slot->file, stored.file.at, stored.file.len);
	err = letter_parse(bytes_of(slot->file, stored.file.len), &message, &letter);
	if (err == ERR_NONE)
		err = programme_decode(letter.body, version, &slot->programme);
	if (err != ERR_NONE)
		return ERR_CORRUPT;
	slot->version = version;
	return ERR_NONE;
}

/* ERR_NOT_FOUND: never published. */
static enum err find_programme(
    struct judge *judge, uint64_t version, const struct programme **ret_programme)
{
	if (version == 0)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < PROGRAMMES_KEPT; i++) {
		if (judge->programme[i].version == version) {
			*ret_programme = &judge->programme[i].programme;
			return ERR_NONE;
		}
	}
	struct known_programme *slot = &judge->programme[judge->next_programme];
	enum err err = load_programme(judge, version, slot);
	if (err != ERR_NONE)
		return err;
	judge->next_programme = (judge->next_programme + 1) % PROGRAMMES_KEPT;
	*ret_programme = &slot->programme;
	return ERR_NONE;
}

/* --- persons --------------------------------------------------------------- */

static enum err open_session(
    struct judge *judge, const uint8_t id[SESSION_ID_LEN], struct known_session *slot)
{
	struct bytes recipient;
	enum err err =
	    ledger_session_find(judge->ledger, judge->batch.terminal_row, id, &recipient);
	session_wipe(&slot->session);
	*slot = (struct known_session){
	    .used = true, .terminal_row = judge->batch.terminal_row};
	memcpy(slot->id, id, SESSION_ID_LEN);
	if (err == ERR_NOT_FOUND)
		return ERR_NONE;
	if (err != ERR_NONE)
		return err;
	err = session_open(judge->crypto, recipient, judge->openers, judge->opener_count,
	    &slot->session);
	slot->opens = err == ERR_NONE;
	return err == ERR_MEMORY ? err : ERR_NONE;
}

/* NULL in `ret_session`: there is none that opens. */
static enum err find_session(struct judge *judge, const uint8_t id[SESSION_ID_LEN],
    const struct session **ret_session)
{
	struct known_session *slot = NULL;
	for (size_t i = 0; i < SESSIONS_KEPT && slot == NULL; i++) {
		struct known_session *known = &judge->session[i];
		if (known->used && known->terminal_row == judge->batch.terminal_row &&
		    memcmp(known->id, id, SESSION_ID_LEN) == 0)
			slot = known;
	}
	if (slot == NULL) {
		slot = &judge->session[judge->next_session];
		judge->next_session = (judge->next_session + 1) % SESSIONS_KEPT;
		enum err err = open_session(judge, id, slot);
		if (err != ERR_NONE) {
			slot->used = false;
			return err;
		}
	}
	*ret_session = slot->opens ? &slot->session : NULL;
	return ERR_NONE;
}

/* ERR_SIGNATURE: there is a blob and it cannot be opened. */
static enum err open_person(
    struct judge *judge, const struct event *event, struct person *ret_person)
{
	uint8_t id[SESSION_ID_LEN];
	const struct session *session = NULL;
	*ret_person = (struct person){0};
	if (event->blob.len == 0)
		return event->member == MEMBER_NONE || event->erased ? ERR_NONE
								     : ERR_SIGNATURE;
	if (judge->opener_count == 0)
		return ERR_NONE;
	if (blob_session(event->blob, id) != ERR_NONE)
		return ERR_SIGNATURE;
	enum err err = find_session(judge, id, &session);
	if (err != ERR_NONE)
		return err;
	if (session == NULL)
		return ERR_SIGNATURE;
	err = blob_open(judge->crypto, session, event, ret_person);
	if (err == ERR_MEMORY)
		return err;
	if (err == ERR_NONE && ret_person->kind == event->member)
		return ERR_NONE;
	person_wipe(ret_person);
	return ERR_SIGNATURE;
}

enum err judge_person(
    struct judge *judge, const struct event *event, struct person *ret_person)
{
	enum err err = open_person(judge, event, ret_person);
	return err == ERR_SIGNATURE ? ERR_NONE : err;
}

/* --- earlier events -------------------------------------------------------- */

static enum err load_other(struct judge *judge, uint64_t taken)
{
	struct ledger_batch batch;
	struct batch_file file;
	if (judge->other_taken == taken)
		return ERR_NONE;
	judge->other_taken = 0;
	enum err err = ledger_batch_by_taken(judge->ledger, taken, &batch);
	if (err == ERR_NONE)
		err = batch_parse(batch.file, &file);
	if (err == ERR_NONE)
		err = unpack(judge->packer, file.body, judge->other, sizeof judge->other,
		    &judge->other_len);
	if (err == ERR_MEMORY || err == ERR_IO)
		return err;
	if (err != ERR_NONE)
		return ERR_CORRUPT;
	judge->other_first_seq = batch.first_seq;
	judge->other_taken = taken;
	return ERR_NONE;
}

/* The event behind an earlier row. Its blob stays borrowed, and unused. */
static enum err stored_event(
    struct judge *judge, const struct ledger_event *row, struct event *ret_event)
{
	struct bytes packed = judge->batch.body;
	uint64_t first_seq = judge->batch.first_seq;
	struct batch_body body;
	struct bytes bytes = {0};
	enum err err = ERR_NONE;
	if (row->taken != judge->batch.taken) {
		err = load_other(judge, row->taken);
		packed = bytes_of(judge->other, judge->other_len);
		first_seq = judge->other_first_seq;
	}
	if (err == ERR_NONE)
		err = batch_body_parse(packed, &body);
	for (uint64_t seq = first_seq; err == ERR_NONE && seq <= row->seq; seq++)
		err = batch_body_next(&body, &bytes);
	if (err == ERR_NONE)
		err = event_decode(bytes, ret_event);
	if (err == ERR_FORMAT || err == ERR_NOT_FOUND || err == ERR_RANGE)
		return ERR_CORRUPT;
	return err;
}

/* --- voids and returns ----------------------------------------------------- */

/* What one earlier void or return took from the sale. */
static enum err take_away(struct judge *judge, const struct ledger_event *earlier,
    int64_t taken[EARNER_COUNT], enum refusal *refusal)
{
	if (earlier->type == EVENT_VOID) {
		*refusal = REFUSAL_VOIDED;
		return ERR_NONE;
	}
	enum err err = stored_event(judge, earlier, &judge->returned);
	if (err == ERR_NONE)
		err = points_keep(&judge->kept, &judge->returned);
	judge->left_cents += earlier->amount_cents;
	if (err != ERR_NONE || earlier->terminal_row != judge->batch.terminal_row)
		return err == ERR_RANGE ? ERR_CORRUPT : err;
	/* The counter knows only its own returns; points are reckoned as there. */
	for (size_t i = 0; i < EARNER_COUNT; i++)
		taken[i] += earlier->points[i];
	err = points_keep(&judge->kept_here, &judge->returned);
	return err == ERR_RANGE ? ERR_CORRUPT : err;
}

/* The sale that `row` names into judge->sale, what is left of it into kept. */
static enum err find_sale(struct judge *judge, const struct ledger_event *row,
    int64_t taken[EARNER_COUNT], enum refusal *refusal)
{
	struct ledger_event sale;
	struct ledger_event earlier;
	enum err err = ledger_event_by_id(judge->ledger, &row->of, row, 0, &sale);
	bool fits = err == ERR_NONE && sale.refused == REFUSAL_NONE &&
		    sale.training == row->training &&
		    (sale.type == EVENT_SALE ||
			(row->type == EVENT_VOID &&
			    (sale.type == EVENT_TOPUP || sale.type == EVENT_CHIP_SALE)));
	if (err == ERR_NOT_FOUND || (err == ERR_NONE && !fits)) {
		*refusal = REFUSAL_REFERENCE;
		return ERR_NONE;
	}
	if (err == ERR_NONE)
		err = stored_event(judge, &sale, &judge->sale);
	if (err != ERR_NONE)
		return err;
	judge->kept = judge->sale;
	judge->kept_here = judge->sale;
	judge->left_cents = judge->sale.amount_cents;
	for (size_t i = 0; *refusal == REFUSAL_NONE; i++) {
		err = ledger_event_of(judge->ledger, &row->of, row, i, &earlier);
		if (err == ERR_NOT_FOUND)
			return ERR_NONE;
		if (err == ERR_NONE)
			err = take_away(judge, &earlier, taken, refusal);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* Void or return; by the programme version of its sale. */
static enum err judge_reversal(struct judge *judge, struct ledger_event *row,
    enum refusal *refusal, int64_t points[EARNER_COUNT])
{
	const struct programme *programme = NULL;
	const struct event *event = &judge->event;
	int64_t taken[EARNER_COUNT] = {0};
	enum err err = find_sale(judge, row, taken, refusal);
	if (err != ERR_NONE || *refusal != REFUSAL_NONE)
		return err;
	if (event->amount_cents < -judge->left_cents) {
		*refusal = REFUSAL_VOIDED;
		return ERR_NONE;
	}
	err = find_programme(judge, judge->sale.programme_version, &programme);
	if (err != ERR_NONE)
		return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
	if (event->type == EVENT_VOID)
		err = points_of_void(
		    programme, judge->batch.store, &judge->sale, taken, points);
	else if (points_keep(&judge->kept, event) != ERR_NONE ||
		 points_keep(&judge->kept_here, event) != ERR_NONE)
		*refusal = REFUSAL_VOIDED;
	else
		err = points_of_return(programme, judge->batch.store, &judge->sale,
		    &judge->kept_here, taken, points);
	if (err == ERR_RANGE) {
		*refusal = REFUSAL_UNREADABLE;
		err = ERR_NONE;
	}
	return err;
}

/* --- one event ------------------------------------------------------------- */

static bool needs_programme(enum event_type type)
{
	return type == EVENT_SALE || type == EVENT_TOPUP || type == EVENT_VOID ||
	       type == EVENT_RETURN || type == EVENT_ENROLMENT || type == EVENT_CHIP_SALE;
}

static bool operator_fits(const struct programme *programme, const struct event *event)
{
	if (event->type != EVENT_TOPUP)
		return true;
	const struct operator_entry *entry =
	    programme_operator(programme, event->operator_name);
	return entry != NULL && operator_value(entry, event->amount_cents) != NULL;
}

/* What the programme says of it: catalogue, clerk, points. */
static enum err judge_by_programme(struct judge *judge, struct ledger_event *row,
    enum refusal *refusal, int64_t points[EARNER_COUNT])
{
	const struct event *event = &judge->event;
	const struct programme *programme = NULL;
	struct points earned;
	enum err err = find_programme(judge, event->programme_version, &programme);
	if (err == ERR_NOT_FOUND) {
		/* Before the first adoption only facts without figures are told. */
		if (event->programme_version != 0 || needs_programme(event->type))
			*refusal = REFUSAL_PROGRAMME;
		return ERR_NONE;
	}
	if (err != ERR_NONE)
		return err;
	if (event->clerk[0] != '\0' &&
	    programme_clerk(programme, event->clerk, judge->batch.store) == NULL)
		*refusal = REFUSAL_CLERK;
	else if (!operator_fits(programme, event))
		*refusal = REFUSAL_OPERATOR;
	if (*refusal != REFUSAL_NONE)
		return ERR_NONE;
	if (event->type == EVENT_VOID || event->type == EVENT_RETURN)
		return judge_reversal(judge, row, refusal, points);
	err = points_of(programme, judge->batch.store, event, &earned);
	if (err == ERR_RANGE) {
		*refusal = REFUSAL_UNREADABLE;
		return ERR_NONE;
	}
	if (err == ERR_NONE)
		memcpy(points, earned.total, sizeof earned.total);
	return err;
}

/* A repeat has the fate of the first; the same id with other content is an
 * event of its own. */
static enum err find_earlier(struct judge *judge, struct ledger_event *row)
{
	struct event_ref ref = {0};
	struct ledger_event earlier;
	bool known = false;
	enum err err =
	    ledger_event_known(judge->ledger, row->terminal_row, row->id, &known);
	if (err != ERR_NONE || !known)
		return err;
	err = text_copy(ref.terminal, sizeof ref.terminal, judge->batch.terminal);
	memcpy(ref.id, row->id, EVENT_ID_LEN);
	for (size_t i = 0; err == ERR_NONE && !row->repeat; i++) {
		err = ledger_event_by_id(judge->ledger, &ref, row, i, &earlier);
		if (err != ERR_NONE)
			break;
		row->changed = true;
		if (memcmp(earlier.content, row->content, HASH_LEN) != 0)
			continue;
		row->repeat = true;
		row->changed = false;
		row->refused = earlier.refused;
		memcpy(row->points, earlier.points, sizeof row->points);
	}
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static bool is_foreign(const struct judge *judge, uint64_t seq)
{
	const struct event *event = &judge->event;
	const struct judge_batch *batch = &judge->batch;
	return strcmp(event->terminal, batch->terminal) != 0 || event->seq != seq ||
	       event->epoch.number != batch->epoch.number ||
	       memcmp(event->epoch.mark, batch->epoch.mark, EPOCH_MARK_LEN) != 0;
}

static enum err judge_named(struct judge *judge, struct ledger_event *row)
{
	enum refusal refusal = REFUSAL_NONE;
	struct person person;
	enum err err = event_content_hash(judge->crypto, &judge->event, row->content);
	if (err == ERR_NONE)
		err = find_earlier(judge, row);
	if (err != ERR_NONE || row->repeat)
		return err;
	err = open_person(judge, &judge->event, &person);
	person_wipe(&person);
	if (err == ERR_SIGNATURE) {
		row->refused = REFUSAL_BLOB;
		return ERR_NONE;
	}
	if (err == ERR_NONE)
		err = judge_by_programme(judge, row, &refusal, row->points);
	row->refused = refusal;
	return err;
}

enum err judge_event(
    struct judge *judge, uint64_t seq, struct bytes bytes, struct ledger_event *ret_row)
{
	const struct event *event = &judge->event;
	struct ledger_event row = {
	    .epoch_row = judge->batch.epoch_row,
	    .seq = seq,
	    .taken = judge->batch.taken,
	    .terminal_row = judge->batch.terminal_row,
	    .refused = REFUSAL_UNREADABLE,
	};
	enum err err = event_decode(bytes, &judge->event);
	if (err != ERR_NONE) {
		*ret_row = row;
		return err == ERR_MEMORY || err == ERR_IO ? err : ERR_NONE;
	}
	row.type = event->type;
	row.amount_cents = event->amount_cents;
	row.business_day = event->business_day;
	row.training = event->training;
	row.of = event->reference;
	row.refused = REFUSAL_FOREIGN;
	row.named = !is_foreign(judge, seq);
	memcpy(row.claimed, event->points, sizeof row.claimed);
	memcpy(row.id, event->id, EVENT_ID_LEN);
	err = text_copy(row.clerk, sizeof row.clerk, event->clerk);
	if (err == ERR_NONE && row.named) {
		row.refused = REFUSAL_NONE;
		err = judge_named(judge, &row);
	}
	if (err == ERR_NONE)
		*ret_row = row;
	return err;
}

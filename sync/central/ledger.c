/* SPDX-License-Identifier: MIT */
#include "central/ledger.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "central/ledger_row.h"
#include "os/log.h"

/* --- opening and steps ----------------------------------------------------- */

enum err ledger_open(const struct ledger_driver *driver, const char *where,
    enum ledger_mode mode, struct ledger **ret_ledger)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);
	if (ledger == NULL)
		return ERR_MEMORY;
	ledger->driver = driver;
	enum err err = driver->open(where, mode, &ledger->self);
	if (err != ERR_NONE) {
		free(ledger);
		return err;
	}
	*ret_ledger = ledger;
	return ERR_NONE;
}

enum err ledger_open_in(
    const char *dir, enum ledger_mode mode, struct ledger **ret_ledger)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/" LEDGER_FILE, dir);
	if (len < 0 || (size_t)len >= sizeof path)
		return ERR_LIMIT;
	return ledger_open(&ledger_sqlite, path, mode, ret_ledger);
}

void ledger_close(struct ledger **ledger)
{
	if (*ledger == NULL)
		return;
	(*ledger)->driver->close((*ledger)->self);
	free(*ledger);
	*ledger = NULL;
}

enum err ledger_step(struct ledger *ledger, enum ledger_step step)
{
	static const enum ledger_statement statements[] = {
	    [LEDGER_BEGIN] = S_BEGIN,
	    [LEDGER_VIEW] = S_VIEW,
	    [LEDGER_COMMIT] = S_COMMIT,
	    [LEDGER_ROLLBACK] = S_ROLLBACK,
	    [LEDGER_SAVE] = S_SAVE,
	    [LEDGER_KEEP] = S_KEEP,
	    [LEDGER_UNDO] = S_UNDO,
	};

	/* A statement still at a row would keep its view of the data. */
	for (unsigned i = S_TERMINAL_ADD; i < S_COUNT_ && step != LEDGER_SAVE; i++)
		ledger->driver->end(ledger->self, i);
	return ledger_done(ledger_run(ledger, statements[step], NULL, 0));
}

void ledger_back(struct ledger *ledger, enum ledger_step step)
{
	enum err err = ledger_step(ledger, step);
	if (err != ERR_NONE)
		log_error("cannot step back, error=%s", err_name(err));
}

/* --- epochs ---------------------------------------------------------------- */

static enum err read_epoch(struct ledger_row row, struct ledger_epoch *ret_epoch)
{
	struct ledger_epoch epoch = {0};
	epoch.row = row_number(&row);
	epoch.terminal_row = row_number(&row);
	row_text(&row, epoch.terminal, sizeof epoch.terminal);
	epoch.id.number = (uint32_t)row_count(&row, UINT32_MAX);
	(void)row_fixed(&row, epoch.id.mark, sizeof epoch.id.mark);
	epoch.next_batch = row_count(&row, INT64_MAX);
	epoch.next_seq = row_count(&row, INT64_MAX);
	(void)row_fixed(&row, epoch.head, sizeof epoch.head);
	epoch.receipts = row_count(&row, INT64_MAX);
	(void)row_fixed(&row, epoch.last_receipt, sizeof epoch.last_receipt);
	ledger_end(row.ledger, row.statement);
	if (row.err == ERR_NONE)
		*ret_epoch = epoch;
	return row.err;
}

enum err ledger_epoch_find(struct ledger *ledger, const char *terminal,
    const struct epoch_id *id, struct ledger_epoch *ret_epoch)
{
	const struct ledger_value values[] = {value_text(terminal),
	    value_number(id->number), value_blob(id->mark, sizeof id->mark)};
	enum err err = ledger_run(ledger, S_EPOCH_FIND, values, COUNT_OF(values));
	return err != ERR_NONE
		   ? err
		   : read_epoch(ledger_row_of(ledger, S_EPOCH_FIND), ret_epoch);
}

enum err ledger_epoch_by_row(
    struct ledger *ledger, int64_t row, struct ledger_epoch *ret_epoch)
{
	const struct ledger_value value = value_number(row);
	enum err err = ledger_run(ledger, S_EPOCH_BY_ROW, &value, 1);
	return err != ERR_NONE
		   ? err
		   : read_epoch(ledger_row_of(ledger, S_EPOCH_BY_ROW), ret_epoch);
}

enum err ledger_epoch_next(struct ledger *ledger, const struct ledger_epoch *after,
    struct ledger_epoch *ret_epoch)
{
	static const struct ledger_epoch start;
	if (after == NULL)
		after = &start;
	const struct ledger_value values[] = {value_text(after->terminal),
	    value_number(after->id.number),
	    value_blob(after->id.mark, sizeof after->id.mark)};
	enum err err = ledger_run(ledger, S_EPOCH_NEXT, values, COUNT_OF(values));
	return err != ERR_NONE
		   ? err
		   : read_epoch(ledger_row_of(ledger, S_EPOCH_NEXT), ret_epoch);
}

/* The terminal's row, made when it is new. */
static enum err terminal_row(struct ledger *ledger, const char *name, int64_t *ret_row)
{
	const struct ledger_value value = value_text(name);
	enum err err = ledger_run(ledger, S_TERMINAL_ROW, &value, 1);
	if (err == ERR_NOT_FOUND) {
		err = ledger_done(ledger_run(ledger, S_TERMINAL_ADD, &value, 1));
		if (err == ERR_NONE)
			err = ledger_run(ledger, S_TERMINAL_ROW, &value, 1);
	}
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_TERMINAL_ROW);
	int64_t number = row_number(&row);
	ledger_end(ledger, S_TERMINAL_ROW);
	if (row.err == ERR_NONE)
		*ret_row = number;
	return row.err;
}

static enum err epoch_add(struct ledger *ledger, struct ledger_epoch *epoch)
{
	enum err err = terminal_row(ledger, epoch->terminal, &epoch->terminal_row);
	if (err != ERR_NONE)
		return err;
	const struct ledger_value values[] = {value_number(epoch->terminal_row),
	    value_number(epoch->id.number),
	    value_blob(epoch->id.mark, sizeof epoch->id.mark),
	    value_count(epoch->next_batch), value_count(epoch->next_seq),
	    value_blob(epoch->head, HASH_LEN), value_count(epoch->receipts),
	    value_blob(epoch->last_receipt, HASH_LEN)};
	err = ledger_run(ledger, S_EPOCH_ADD, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_EPOCH_ADD);
	epoch->row = row_number(&row);
	ledger_end(ledger, S_EPOCH_ADD);
	return row.err;
}

enum err ledger_epoch_put(struct ledger *ledger, struct ledger_epoch *epoch)
{
	if (epoch->row == 0)
		return epoch_add(ledger, epoch);
	const struct ledger_value values[] = {value_count(epoch->next_batch),
	    value_count(epoch->next_seq), value_blob(epoch->head, HASH_LEN),
	    value_count(epoch->receipts), value_blob(epoch->last_receipt, HASH_LEN),
	    value_number(epoch->row)};
	return ledger_done(ledger_run(ledger, S_EPOCH_SET, values, COUNT_OF(values)));
}

/* --- batches --------------------------------------------------------------- */

static enum err read_batch(struct ledger *ledger, enum ledger_statement statement,
    struct ledger_batch *ret_batch)
{
	struct ledger_row row = ledger_row_of(ledger, statement);
	struct ledger_batch batch = {0};
	batch.row = row_number(&row);
	batch.epoch_row = row_number(&row);
	batch.number = row_count(&row, INT64_MAX);
	(void)row_fixed(&row, batch.hash, sizeof batch.hash);
	batch.first_seq = row_count(&row, INT64_MAX);
	batch.count = row_count(&row, INT64_MAX);
	batch.state = (enum batch_state)row_count(&row, BATCH_HELD);
	batch.reason = (enum held_reason)row_count(&row, HELD_REASON_COUNT_ - 1);
	batch.taken = row_count(&row, INT64_MAX);
	(void)row_fixed(&row, batch.key_id, sizeof batch.key_id);
	row_text(&row, batch.store, sizeof batch.store);
	batch.wall_ms = row_number(&row);
	batch.clock = (enum clock_state)row_count(&row, CLOCK_SURE);
	row_text(&row, batch.software, sizeof batch.software);
	batch.arrived_ms = row_number(&row);
	batch.receipt = row_count(&row, INT64_MAX);
	(void)row_fixed(&row, batch.answer_hash, sizeof batch.answer_hash);
	batch.file = row_bytes(&row);
	batch.answer = row_bytes(&row);
	/* Not ended: file and answer are views into the row. */
	if (row.err == ERR_NONE)
		*ret_batch = batch;
	return row.err;
}

static enum err find_batch(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *values, size_t count, struct ledger_batch *ret_batch)
{
	enum err err = ledger_run(ledger, statement, values, count);
	return err != ERR_NONE ? err : read_batch(ledger, statement, ret_batch);
}

static struct ledger_value answer_hash_value(const struct ledger_batch *batch)
{
	return batch->answer.len == 0 ? value_null()
				      : value_blob(batch->answer_hash, HASH_LEN);
}

/* 0 stands for none. */
static struct ledger_value optional(uint64_t number)
{
	return number == 0 ? value_null() : value_count(number);
}

enum err ledger_batch_add(struct ledger *ledger, struct ledger_batch *batch)
{
	const struct ledger_value values[] = {value_number(batch->epoch_row),
	    value_count(batch->number), value_blob(batch->hash, HASH_LEN),
	    value_count(batch->first_seq), value_count(batch->count),
	    value_number(batch->state), value_number(batch->reason),
	    optional(batch->taken), value_blob(batch->key_id, KEY_ID_LEN),
	    value_text(batch->store), value_number(batch->wall_ms),
	    value_number(batch->clock), value_text(batch->software),
	    value_number(batch->arrived_ms), optional(batch->receipt),
	    answer_hash_value(batch), value_bytes(batch->file),
	    value_bytes(batch->answer)};
	enum err err = ledger_run(ledger, S_BATCH_ADD, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_BATCH_ADD);
	batch->row = row_number(&row);
	ledger_end(ledger, S_BATCH_ADD);
	return row.err;
}

enum err ledger_batch_set(struct ledger *ledger, const struct ledger_batch *batch)
{
	const struct ledger_value values[] = {value_number(batch->state),
	    value_number(batch->reason), optional(batch->taken), optional(batch->receipt),
	    answer_hash_value(batch), value_bytes(batch->answer),
	    value_number(batch->arrived_ms), value_number(batch->row)};
	return ledger_done(ledger_run(ledger, S_BATCH_SET, values, COUNT_OF(values)));
}

enum err ledger_batch_find(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    const uint8_t hash[HASH_LEN], struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    value_number(epoch_row), value_count(number), value_blob(hash, HASH_LEN)};
	return find_batch(ledger, S_BATCH_FIND, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_by_number(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    value_number(epoch_row), value_count(number)};
	return find_batch(ledger, S_BATCH_BY_NUMBER, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_by_taken(
    struct ledger *ledger, uint64_t taken, struct ledger_batch *ret_batch)
{
	const struct ledger_value value = value_count(taken);
	return find_batch(ledger, S_BATCH_BY_TAKEN, &value, 1, ret_batch);
}

enum err ledger_batch_waiting(struct ledger *ledger, int64_t epoch_row, uint64_t number,
    struct ledger_batch *ret_batch)
{
	const struct ledger_value values[] = {
	    value_number(epoch_row), value_count(number)};
	return find_batch(ledger, S_BATCH_WAITING, values, COUNT_OF(values), ret_batch);
}

enum err ledger_batch_next(
    struct ledger *ledger, int64_t row, struct ledger_batch *ret_batch)
{
	const struct ledger_value value = value_number(row);
	return find_batch(ledger, S_BATCH_NEXT, &value, 1, ret_batch);
}

static enum err one_count(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *value, uint64_t *ret_count)
{
	enum err err = ledger_run(ledger, statement, value, value == NULL ? 0 : 1);
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, statement);
	uint64_t count = row_count(&row, INT64_MAX);
	ledger_end(ledger, statement);
	if (row.err == ERR_NONE)
		*ret_count = count;
	return row.err;
}

enum err ledger_taken(struct ledger *ledger, uint64_t *ret_taken)
{
	return one_count(ledger, S_TAKEN, NULL, ret_taken);
}

/* --- events ---------------------------------------------------------------- */

enum err ledger_event_add(struct ledger *ledger, const struct ledger_event *event)
{
	bool of = event->of.terminal[0] != '\0';
	bool known = event->refused != REFUSAL_UNREADABLE;
	const int64_t *points = event->points;
	const int64_t *claimed = event->claimed;
	const struct ledger_value values[] = {value_number(event->epoch_row),
	    value_count(event->seq), value_count(event->taken),
	    value_number(event->terminal_row),
	    event->named ? value_blob(event->id, EVENT_ID_LEN) : value_null(),
	    event->named ? value_blob(event->content, HASH_LEN) : value_null(),
	    value_number(event->type), known ? value_text(event->clerk) : value_null(),
	    known ? value_number(event->amount_cents) : value_null(),
	    known ? value_number(event->business_day) : value_null(),
	    value_number(event->training), value_number(event->refused),
	    value_number(event->repeat), value_number(event->changed),
	    value_number(points[EARNER_MEMBER]), value_number(points[EARNER_CLERK]),
	    value_number(points[EARNER_STORE]), value_number(claimed[EARNER_MEMBER]),
	    value_number(claimed[EARNER_CLERK]), value_number(claimed[EARNER_STORE]),
	    of ? value_text(event->of.terminal) : value_null(),
	    of ? value_blob(event->of.id, EVENT_ID_LEN) : value_null()};
	return ledger_done(ledger_run(ledger, S_EVENT_ADD, values, COUNT_OF(values)));
}

static enum err read_event(struct ledger *ledger, enum ledger_statement statement,
    struct ledger_event *ret_event)
{
	struct ledger_row row = ledger_row_of(ledger, statement);
	struct ledger_event event = {0};
	event.epoch_row = row_number(&row);
	event.seq = row_count(&row, INT64_MAX);
	event.taken = row_count(&row, INT64_MAX);
	event.terminal_row = row_number(&row);
	event.named = row_fixed(&row, event.id, sizeof event.id);
	(void)row_fixed(&row, event.content, sizeof event.content);
	event.type = (enum event_type)row_count(&row, EVENT_TYPE_COUNT_ - 1);
	row_text(&row, event.clerk, sizeof event.clerk);
	event.amount_cents = row_number(&row);
	event.business_day = (uint32_t)row_count(&row, UINT32_MAX);
	event.training = row_flag(&row);
	event.refused = (enum refusal)row_count(&row, REFUSAL_COUNT_ - 1);
	event.repeat = row_flag(&row);
	event.changed = row_flag(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		event.points[i] = row_number(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		event.claimed[i] = row_number(&row);
	row_text(&row, event.of.terminal, sizeof event.of.terminal);
	(void)row_fixed(&row, event.of.id, sizeof event.of.id);
	if (row.err == ERR_NONE)
		*ret_event = event;
	return row.err;
}

static enum err find_event(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *values, size_t count, struct ledger_event *ret_event)
{
	enum err err = ledger_run(ledger, statement, values, count);
	if (err != ERR_NONE)
		return err;
	err = read_event(ledger, statement, ret_event);
	ledger_end(ledger, statement);
	return err;
}

enum err ledger_event_at(struct ledger *ledger, int64_t epoch_row, uint64_t seq,
    struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {value_number(epoch_row), value_count(seq)};
	return find_event(ledger, S_EVENT_AT, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_known(struct ledger *ledger, int64_t terminal,
    const uint8_t id[EVENT_ID_LEN], bool *ret_known)
{
	const struct ledger_value values[] = {
	    value_number(terminal), value_blob(id, EVENT_ID_LEN)};
	enum err err = ledger_run(ledger, S_EVENT_KNOWN, values, COUNT_OF(values));
	if (err == ERR_NONE)
		ledger_end(ledger, S_EVENT_KNOWN);
	else if (err != ERR_NOT_FOUND)
		return err;
	*ret_known = err == ERR_NONE;
	return ERR_NONE;
}

enum err ledger_event_by_id(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {value_text(ref->terminal),
	    value_blob(ref->id, EVENT_ID_LEN), value_count(before->taken),
	    value_count(before->seq), value_count(i)};
	return find_event(ledger, S_EVENT_BY_ID, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_of(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event)
{
	const struct ledger_value values[] = {value_blob(ref->id, EVENT_ID_LEN),
	    value_text(ref->terminal), value_count(before->taken),
	    value_count(before->seq), value_count(i)};
	return find_event(ledger, S_EVENT_OF, values, COUNT_OF(values), ret_event);
}

enum err ledger_event_count(struct ledger *ledger, uint64_t *ret_count)
{
	return one_count(ledger, S_EVENT_COUNT, NULL, ret_count);
}

/* --- sessions and letters -------------------------------------------------- */

enum err ledger_session_add(struct ledger *ledger, int64_t terminal,
    const uint8_t id[SESSION_ID_LEN], struct bytes recipient)
{
	const struct ledger_value values[] = {value_number(terminal),
	    value_blob(id, SESSION_ID_LEN), value_bytes(recipient)};
	return ledger_done(ledger_run(ledger, S_SESSION_ADD, values, COUNT_OF(values)));
}

enum err ledger_session_find(struct ledger *ledger, int64_t terminal,
    const uint8_t id[SESSION_ID_LEN], struct bytes *ret_recipient)
{
	const struct ledger_value values[] = {
	    value_number(terminal), value_blob(id, SESSION_ID_LEN)};
	enum err err = ledger_run(ledger, S_SESSION_FIND, values, COUNT_OF(values));
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_SESSION_FIND);
	struct bytes recipient = row_bytes(&row);
	if (row.err == ERR_NONE)
		*ret_recipient = recipient;
	return row.err;
}

enum err ledger_session_count(struct ledger *ledger, uint64_t *ret_count)
{
	return one_count(ledger, S_SESSION_COUNT, NULL, ret_count);
}

enum err ledger_letter_add(struct ledger *ledger, const struct ledger_letter *letter)
{
	const struct ledger_value values[] = {value_number(letter->kind),
	    value_text(letter->store), value_count(letter->version),
	    value_number(letter->issued_ms), value_number(letter->expires_ms),
	    value_bytes(letter->file)};
	return ledger_done(ledger_run(ledger, S_LETTER_ADD, values, COUNT_OF(values)));
}

static enum err find_letter(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *values, size_t count, struct ledger_letter *ret_letter)
{
	enum err err = ledger_run(ledger, statement, values, count);
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, statement);
	struct ledger_letter letter = {0};
	letter.kind = (enum cose_type)row_count(&row, COSE_TYPE_COUNT_ - 1);
	row_text(&row, letter.store, sizeof letter.store);
	letter.version = row_count(&row, INT64_MAX);
	letter.issued_ms = row_number(&row);
	letter.expires_ms = row_number(&row);
	letter.file = row_bytes(&row);
	if (row.err == ERR_NONE)
		*ret_letter = letter;
	return row.err;
}

enum err ledger_letter_newest(struct ledger *ledger, enum cose_type kind,
    const char *store, struct ledger_letter *ret_letter)
{
	const struct ledger_value values[] = {value_number(kind), value_text(store)};
	return find_letter(ledger, S_LETTER_NEWEST, values, COUNT_OF(values), ret_letter);
}

enum err ledger_letter_version(struct ledger *ledger, enum cose_type kind,
    uint64_t version, struct ledger_letter *ret_letter)
{
	if (version > INT64_MAX)
		return ERR_NOT_FOUND;
	const struct ledger_value values[] = {value_number(kind), value_count(version)};
	return find_letter(
	    ledger, S_LETTER_VERSION, values, COUNT_OF(values), ret_letter);
}

enum err ledger_letter_top(
    struct ledger *ledger, enum cose_type kind, uint64_t *ret_version)
{
	const struct ledger_value value = value_number(kind);
	return one_count(ledger, S_LETTER_TOP, &value, ret_version);
}

enum err ledger_letter_next(struct ledger *ledger, const struct ledger_letter *after,
    struct ledger_letter *ret_letter)
{
	const struct ledger_value values[] = {value_number(after->kind),
	    value_text(after->store), value_count(after->version)};
	return find_letter(ledger, S_LETTER_NEXT, values, COUNT_OF(values), ret_letter);
}

/* --- figures --------------------------------------------------------------- */

static enum err walk(struct ledger *ledger, enum ledger_statement statement, bool first)
{
	return first ? ledger_run(ledger, statement, NULL, 0)
		     : ledger->driver->next(ledger->self, (unsigned)statement);
}

enum err ledger_figure_next(
    struct ledger *ledger, bool first, struct ledger_figure *ret_figure)
{
	enum err err = walk(ledger, S_FIGURES, first);
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_FIGURES);
	struct ledger_figure figure = {0};
	row_text(&row, figure.store, sizeof figure.store);
	row_text(&row, figure.clerk, sizeof figure.clerk);
	figure.day = (uint32_t)row_count(&row, UINT32_MAX);
	figure.type = (enum event_type)row_count(&row, EVENT_TYPE_COUNT_ - 1);
	figure.events = row_count(&row, INT64_MAX);
	figure.amount_cents = row_number(&row);
	for (size_t i = 0; i < EARNER_COUNT; i++)
		figure.points[i] = row_number(&row);
	if (row.err == ERR_NONE)
		*ret_figure = figure;
	return row.err;
}

enum err ledger_contact_next(
    struct ledger *ledger, bool first, struct ledger_contact *ret_contact)
{
	enum err err = walk(ledger, S_CONTACTS, first);
	if (err != ERR_NONE)
		return err;
	struct ledger_row row = ledger_row_of(ledger, S_CONTACTS);
	struct ledger_contact contact = {0};
	row_text(&row, contact.terminal, sizeof contact.terminal);
	row_text(&row, contact.store, sizeof contact.store);
	contact.arrived_ms = row_number(&row);
	contact.wall_ms = row_number(&row);
	contact.clock = (enum clock_state)row_count(&row, CLOCK_SURE);
	row_text(&row, contact.software, sizeof contact.software);
	contact.waiting = row_count(&row, INT64_MAX);
	contact.held = row_count(&row, INT64_MAX);
	if (row.err == ERR_NONE)
		*ret_contact = contact;
	return row.err;
}

enum err ledger_flagged_next(
    struct ledger *ledger, bool first, struct ledger_event *ret_event)
{
	enum err err = walk(ledger, S_FLAGGED, first);
	return err == ERR_NONE ? read_event(ledger, S_FLAGGED, ret_event) : err;
}

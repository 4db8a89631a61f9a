/* SPDX-License-Identifier: MIT */
#include "central/why.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/banned.h"

#include "central/programme_changes.h"
#include "contract/batch.h"
#include "pack.h"

enum { RULE_TEXT_LEN = 300 };

struct why_answer {
	struct ledger_event row; /* what was asked for */
	char terminal[TERMINAL_LEN_MAX + 1];
	bool of_another; /* a void or a return: `earned` is its sale's */
	char store[STORE_LEN_MAX + 1];
	struct event event;   /* whose points are made out */
	struct points earned; /* borrows rules from `programme` */
	uint8_t *programme_file;
	struct programme programme;
	uint8_t body[BATCH_BODY_MAX];
};

static const char *const earner_word[EARNER_COUNT] = {"member", "clerk", "store"};

/* --- finding ------------------------------------------------------------------------ */

static enum err row_find(
    struct ledger *ledger, const struct event_ref *ref, struct ledger_event *ret_row)
{
	const struct ledger_event end = {.taken = INT64_MAX, .seq = INT64_MAX};
	return ledger_event_by_id(ledger, ref, &end, 0, ret_row);
}

/* The event's own bytes: the i-th of its batch's body. */
static enum err event_read(struct why_answer *answer, struct packer *packer,
    const struct ledger_batch *batch, uint64_t seq)
{
	struct batch_file file;
	struct batch_body body;
	struct bytes bytes = {0};
	size_t len = 0;
	if (batch_parse(batch->file, &file) != ERR_NONE ||
	    unpack(packer, file.body, answer->body, sizeof answer->body, &len) !=
		ERR_NONE ||
	    batch_body_parse(bytes_of(answer->body, len), &body) != ERR_NONE)
		return ERR_CORRUPT;
	for (uint64_t at = batch->first_seq; at <= seq; at++)
		if (batch_body_next(&body, &bytes) != ERR_NONE)
			return ERR_CORRUPT;
	return event_decode(bytes, &answer->event) == ERR_NONE ? ERR_NONE : ERR_NOT_FOUND;
}

static enum err event_load(
    struct ledger *ledger, struct why_answer *answer, const struct ledger_event *row)
{
	struct packer *packer = NULL;
	struct ledger_batch batch;
	enum err err = packer_new(&packer);
	if (err == ERR_NONE)
		err = ledger_batch_by_taken(ledger, row->taken, &batch);
	if (err == ERR_NONE)
		err = event_read(answer, packer, &batch, row->seq);
	if (err == ERR_NONE)
		memcpy(answer->store, batch.store, sizeof answer->store);
	packer_free(&packer);
	return err;
}

/* ERR_NOT_FOUND when the event names a version that was never published. */
static enum err programme_load(struct ledger *ledger, struct why_answer *answer)
{
	struct ledger_letter stored;
	struct cose_sign1 message;
	struct letter letter;
	uint64_t version = answer->event.programme_version;
	enum err err = ledger_letter_version(ledger, COSE_PROGRAMME, version, &stored);
	if (err != ERR_NONE)
		return err;
	answer->programme_file = malloc(stored.file.len);
	if (answer->programme_file == NULL)
		return ERR_MEMORY;
	memcpy(answer->programme_file, stored.file.at, stored.file.len);
	err = letter_parse(
	    bytes_of(answer->programme_file, stored.file.len), &message, &letter);
	if (err == ERR_NONE)
		err = programme_decode(letter.body, version, &answer->programme);
	return err;
}

static enum err answer_fill(
    struct ledger *ledger, struct why_answer *answer, const struct event_ref *ref)
{
	struct ledger_event row;
	enum err err = row_find(ledger, ref, &row);
	if (err != ERR_NONE)
		return err;
	answer->row = row;
	answer->of_another = (row.type == EVENT_VOID || row.type == EVENT_RETURN) &&
			     row.of.terminal[0] != '\0';
	if (answer->of_another)
		err = row_find(ledger, &answer->row.of, &row);
	if (err == ERR_NONE)
		err = event_load(ledger, answer, &row);
	if (err == ERR_NONE)
		err = programme_load(ledger, answer);
	if (err == ERR_NOT_FOUND)
		return ERR_NONE; /* made out as far as it goes: no lines */
	if (err == ERR_NONE)
		err = points_of(
		    &answer->programme, answer->store, &answer->event, &answer->earned);
	return err;
}

enum err why_make(struct ledger *ledger, const char *terminal,
    const uint8_t id[EVENT_ID_LEN], struct why_answer **ret_answer)
{
	struct event_ref ref = {0};
	struct why_answer *answer = calloc(1, sizeof *answer);
	if (answer == NULL)
		return ERR_MEMORY;
	enum err err = text_copy(ref.terminal, sizeof ref.terminal, terminal);
	memcpy(ref.id, id, EVENT_ID_LEN);
	memcpy(answer->terminal, ref.terminal, sizeof answer->terminal);
	if (err == ERR_NONE)
		err = ledger_step(ledger, LEDGER_VIEW);
	if (err == ERR_NONE) {
		err = answer_fill(ledger, answer, &ref);
		ledger_back(ledger, LEDGER_ROLLBACK);
	}
	if (err == ERR_NONE)
		*ret_answer = answer;
	else
		why_free(&answer);
	return err;
}

void why_free(struct why_answer **answer)
{
	if (*answer == NULL)
		return;
	free((*answer)->programme_file);
	free(*answer);
	*answer = NULL;
}

/* --- telling --------------------------------------------------------------------------
 */

static void cents_print(FILE *to, int64_t cents)
{
	uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;
	(void)fprintf(to, "%s%" PRIu64 ",%02u", cents < 0 ? "-" : "", size / 100,
	    (unsigned)(size % 100));
}

static void head_print(const struct why_answer *answer, FILE *to)
{
	const struct ledger_event *row = &answer->row;
	const char *word = event_type_word(row->type);
	char id[2 * EVENT_ID_LEN + 1];
	hex_encode(id, bytes_of(row->id, EVENT_ID_LEN));
	(void)fprintf(
	    to, "%s %s: %s of ", answer->terminal, id, word != NULL ? word : "event");
	cents_print(to, row->amount_cents);
	(void)fprintf(to, " by %s on %04u-%02u-%02u%s\n",
	    row->clerk[0] != '\0' ? row->clerk : "nobody", row->business_day / 10000,
	    row->business_day / 100 % 100, row->business_day % 100,
	    row->training ? ", training" : "");
	if (row->refused != REFUSAL_NONE)
		(void)fprintf(
		    to, "refused (%s): earns nothing\n", refusal_word(row->refused));
	for (size_t i = 0; i < EARNER_COUNT; i++)
		if (row->points[i] != row->claimed[i])
			(void)fprintf(to, "the terminal claimed %" PRId64 " for the %s\n",
			    row->claimed[i], earner_word[i]);
}

static void line_print(const struct why *why, FILE *to)
{
	char text[RULE_TEXT_LEN];
	rule_text(why->rule, text, sizeof text);
	(void)fprintf(to, "  %8" PRId64 "  %s: ", why->points, why->rule->id);
	if (why->base_cents != 0) {
		(void)fprintf(to, "of ");
		cents_print(to, why->base_cents);
		(void)fprintf(to, ", ");
	}
	(void)fprintf(to, "%s%s\n", text, why->capped ? " (cut to that)" : "");
}

void why_print(const struct why_answer *answer, FILE *to)
{
	head_print(answer, to);
	if (answer->of_another) {
		char id[2 * EVENT_ID_LEN + 1];
		hex_encode(id, bytes_of(answer->row.of.id, EVENT_ID_LEN));
		(void)fprintf(
		    to, "it undoes %s %s, which earned:\n", answer->row.of.terminal, id);
	}
	for (size_t i = 0; i < EARNER_COUNT; i++) {
		bool lines = answer->row.points[i] != 0 || answer->earned.total[i] != 0;
		if (!lines)
			continue;
		(void)fprintf(to, "%s %" PRId64 "%s\n", earner_word[i],
		    answer->row.points[i], answer->of_another ? " (given back)" : "");
		for (size_t j = 0; j < answer->earned.why_count; j++)
			if (answer->earned.why[j].rule->earner == (enum earner)i)
				line_print(&answer->earned.why[j], to);
	}
	if (answer->earned.why_count == 0)
		(void)fprintf(to, "no rule gave anything\n");
}

static json_t *line_json(const struct why *why)
{
	char text[RULE_TEXT_LEN];
	rule_text(why->rule, text, sizeof text);
	return json_pack("{s:s,s:s,s:I,s:I,s:b,s:s}", "rule", why->rule->id, "earner",
	    earner_word[why->rule->earner], "base_cents", (json_int_t)why->base_cents,
	    "points", (json_int_t)why->points, "capped", (int)why->capped, "text", text);
}

static json_t *lines_json(const struct points *earned)
{
	json_t *list = json_array();
	for (size_t i = 0; list != NULL && i < earned->why_count; i++) {
		if (json_array_append_new(list, line_json(&earned->why[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *points_json(const int64_t points[EARNER_COUNT])
{
	return json_pack("{s:I,s:I,s:I}", earner_word[EARNER_MEMBER],
	    (json_int_t)points[EARNER_MEMBER], earner_word[EARNER_CLERK],
	    (json_int_t)points[EARNER_CLERK], earner_word[EARNER_STORE],
	    (json_int_t)points[EARNER_STORE]);
}

enum err why_print_json(const struct why_answer *answer, FILE *to)
{
	const struct ledger_event *row = &answer->row;
	char id[2 * EVENT_ID_LEN + 1];
	char of[2 * EVENT_ID_LEN + 1];
	hex_encode(id, bytes_of(row->id, EVENT_ID_LEN));
	hex_encode(of, bytes_of(row->of.id, EVENT_ID_LEN));
	json_t *object = json_pack("{s:s,s:s,s:s?,s:o,s:s?,s:s?,s:I,s:o,s:o,s:o}",
	    "terminal", answer->terminal, "id", id, "type", event_type_word(row->type),
	    "amount_cents",
	    row->amount_cents == 0 ? json_null() : json_integer(row->amount_cents),
	    "refused", row->refused != REFUSAL_NONE ? refusal_word(row->refused) : NULL,
	    "of", answer->of_another ? of : NULL, "programme",
	    (json_int_t)answer->programme.version, "points", points_json(row->points),
	    "points_claimed", points_json(row->claimed), "why",
	    lines_json(&answer->earned));
	if (object == NULL)
		return ERR_MEMORY;
	int bad = json_dumpf(object, to, JSON_COMPACT);
	json_decref(object);
	return bad == 0 && fputc('\n', to) != EOF ? ERR_NONE : ERR_IO;
}

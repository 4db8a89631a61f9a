/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/banned.h"
#include "json_wipe.h"
#include "sync/stretch.h"
#include "till/code.h"
#include "till/gtin.h"
#include "till/ids.h"
#include "till/pay.h"
#include "till/phone.h"

enum {
	ERROR_LEN_MAX = 160,
	ID_DIGITS = 2 * EVENT_ID_LEN,
	QUANTITY_ONE = 1000,
	QUANTITY_MAX = 9999 * 1000,   /* pieces or kilograms of one line */
	RECORD_CENTS_MAX = 100000000, /* R$ 1.000.000,00: beyond is a mistake */
	KEYS_MAX = 8,
	STACK_WIPED = 14 * 1024,
};

/* One request on its way to an answer. */
struct record {
	struct terminal *terminal;
	const struct programme *programme;
	json_t *request;
	bool reals; /* its whole numbers were read as reals: one is too long */
	struct event event;
	struct person person;
	bool again; /* its id is recorded: only the content is compared */
	struct event recorded;
	struct found_sale found; /* of a void or a return */
	struct points points;
	char error[ERROR_LEN_MAX];
	char field[FIELD_LEN_MAX]; /* empty: none */
};

/* --- refusing ------------------------------------------------------------- */

static enum err refuse(struct record *record, const char *field, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* `field` NULL: the request as a whole. Nothing of the request itself is put in
 * the sentence: it may be a card number in the wrong place. */
static enum err refuse(struct record *record, const char *field, const char *format, ...)
{
	va_list values;
	int at = 0;
	record->field[0] = '\0';
	if (field != NULL) {
		(void)snprintf(record->field, sizeof(record->field), "%s", field);
		at =
		    snprintf(record->error, sizeof(record->error), "%s: ", record->field);
	}
	va_start(values, format);
	(void)vsnprintf(
	    record->error + at, sizeof(record->error) - (size_t)at, format, values);
	va_end(values);
	return ERR_RANGE;
}

/* --- reading JSON --------------------------------------------------------- */

static const double whole_max = 9007199254740992.0; /* beyond, a real skips numbers */

static enum err text_get(struct record *record, const json_t *from, const char *key,
    const char *field, const char **ret_text)
{
	const json_t *value = json_object_get(from, key);
	if (value == NULL)
		return refuse(record, field, "is missing");
	if (!json_is_string(value))
		return refuse(record, field, "must be a text");
	*ret_text = json_string_value(value);
	if (strlen(*ret_text) != json_string_length(value))
		return refuse(record, field, "must not hold a NUL");
	return ERR_NONE;
}

static enum err whole_get(struct record *record, const json_t *from, const char *key,
    const char *field, int64_t *ret_value)
{
	const json_t *value = json_object_get(from, key);
	if (value == NULL)
		return refuse(record, field, "is missing");
	if (json_is_real(value) && fabs(json_real_value(value)) > whole_max)
		return refuse(record, field, "is out of range");
	if (json_is_real(value) && record->reals)
		*ret_value = (int64_t)json_real_value(value);
	else if (json_is_integer(value))
		*ret_value = (int64_t)json_integer_value(value);
	else
		return refuse(record, field, "must be a whole number");
	return ERR_NONE;
}

static enum err cents_get(
    struct record *record, const json_t *from, const char *field, int64_t *ret_cents)
{
	int64_t cents = 0;
	enum err error = whole_get(record, from, "amount_cents", field, &cents);
	if (error != ERR_NONE)
		return error;
	if (cents <= 0)
		return refuse(record, field, "must be positive");
	if (cents > RECORD_CENTS_MAX)
		return refuse(record, field, "must be at most %d", (int)RECORD_CENTS_MAX);
	*ret_cents = cents;
	return ERR_NONE;
}

static enum err id_get(struct record *record, const char *key, uint8_t ret[EVENT_ID_LEN])
{
	const char *text = "";
	enum err error = text_get(record, record->request, key, key, &text);
	if (error != ERR_NONE)
		return error;
	if (strlen(text) != ID_DIGITS || hex_decode(ret, EVENT_ID_LEN, text) != ERR_NONE)
		return refuse(record, key, "must be %d hexadecimal digits", ID_DIGITS);
	return ERR_NONE;
}

/* --- clerk, member -------------------------------------------------------- */

static enum err clerk_take(struct record *record)
{
	const char *clerk = NULL;
	enum err error = text_get(record, record->request, "clerk", "clerk", &clerk);
	if (error != ERR_NONE)
		return error;
	if (!text_is_name(clerk, CLERK_LEN_MAX))
		return refuse(record, "clerk", "is no clerk's name");
	const char *store = terminal_store(record->terminal);
	if (!record->again && programme_clerk(record->programme, clerk, store) == NULL)
		return refuse(record, "clerk", "the programme has no such clerk here");
	return text_copy(record->event.clerk, sizeof(record->event.clerk), clerk);
}

static bool identity_known(const struct programme *programme, enum identity_kind kind)
{
	for (size_t i = 0; i < programme->identity_count; i++)
		if (programme->identity[i].kind == kind)
			return true;
	return false;
}

/* An allow-list: a number is a member's card only if the programme says so. */
static enum err card_check_ours(struct record *record)
{
	struct scan scan = {.source = SCAN_KEYPAD};
	struct meaning meaning;
	struct code_config config =
	    code_config_of(record->programme, record->event.business_day);
	scan.len = strlen(record->person.member);
	memcpy(scan.data, record->person.member, scan.len);
	code_classify(&config, &scan, &meaning);
	bool ours = meaning.kind == MEANING_MEMBER &&
		    strcmp(meaning.value, record->person.member) == 0;
	enum meaning_kind kind = meaning.kind;
	explicit_bzero(&scan, sizeof(scan));
	explicit_bzero(&meaning, sizeof(meaning));
	if (ours)
		return ERR_NONE;
	return kind == MEANING_REFUSE
		   ? refuse(record, "member", "payment cards are refused")
		   : refuse(record, "member", "is no card of this programme");
}

static enum err member_check(struct record *record)
{
	struct person *person = &record->person;
	struct bytes text = bytes_of_text(person->member);
	char cpf[CPF_LEN + 1];
	char phone[MOBILE_LEN + 1];
	enum err error = ERR_NONE;
	if (person->kind == MEMBER_CARD)
		return card_check_ours(record);
	if (person->kind == MEMBER_CPF) {
		if (!identity_known(record->programme, IDENTITY_CPF))
			error = refuse(
			    record, "member", "this programme knows no members by CPF");
		else if (cpf_parse(text, cpf) != VERDICT_OK ||
			 strcmp(cpf, person->member) != 0)
			error = refuse(record, "member", "is no valid CPF");
		explicit_bzero(cpf, sizeof(cpf));
	} else if (person->kind == MEMBER_PHONE) {
		if (!identity_known(record->programme, IDENTITY_PHONE))
			error = refuse(
			    record, "member", "this programme knows no members by phone");
		else if (mobile_parse(text, phone) != VERDICT_OK ||
			 strcmp(phone, person->member) != 0)
			error = refuse(record, "member", "is no mobile number");
		explicit_bzero(phone, sizeof(phone));
	}
	return error;
}

static enum err member_take(struct record *record)
{
	const json_t *member = json_object_get(record->request, "member");
	if (member == NULL || json_is_null(member))
		return ERR_NONE;
	const char *text = NULL;
	enum err error = text_get(record, record->request, "member", "member", &text);
	if (error != ERR_NONE)
		return error;
	if (person_parse(text, &record->person) != ERR_NONE ||
	    record->person.kind == MEMBER_NONE)
		return refuse(
		    record, "member", "must be card:NUMBER, cpf:DIGITS or phone:+55...");
	record->event.member = record->person.kind;
	return record->again ? ERR_NONE : member_check(record);
}

/* The segment that the directory knows; without it rules that ask for one do not
 * earn. The slow hash of CPF and phone is left out where a clerk waits. */
static enum err directory_key_of(const struct record *record,
    const struct directory *directory, struct directory_key *ret_key)
{
	const struct terminal *terminal = record->terminal;
	char text[MEMBER_TEXT_LEN_MAX + 1];
	uint8_t stretched[STRETCH_LEN];
	struct bytes salt = bytes_of(directory->salt, DIRECTORY_SALT_LEN);
	enum err error = ERR_NONE;
	person_format(&record->person, text);
	struct bytes secret = bytes_of_text(text);
	if (record->person.kind != MEMBER_CARD) {
		error =
		    terminal->hurry
			? ERR_NOT_READY
			: stretch_identifier(secret, salt, directory->argon_memory_kib,
			      directory->argon_passes, directory->argon_lanes, stretched);
		secret = bytes_of(stretched, sizeof(stretched));
	}
	if (error == ERR_NONE)
		error = directory_key_from(
		    terminal->crypto, directory->salt, secret, ret_key);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(stretched, sizeof(stretched));
	return error;
}

static void segment_find(struct record *record)
{
	const struct letterbox *letterbox = record->terminal->letterbox;
	struct directory directory;
	struct directory_key key;
	struct directory_entry entry;
	if (record->again || record->person.kind == MEMBER_NONE ||
	    letterbox_directory(letterbox, &directory) != ERR_NONE ||
	    directory_key_of(record, &directory, &key) != ERR_NONE)
		return;
	if (letterbox_lookup(letterbox, &key, &entry) == ERR_NONE)
		record->event.segment = entry.segment;
	explicit_bzero(&key, sizeof(key));
	explicit_bzero(&entry, sizeof(entry));
}

/* --- lines ---------------------------------------------------------------- */

static const char *line_field(char field[FIELD_LEN_MAX], size_t i, const char *name)
{
	(void)snprintf(
	    field, FIELD_LEN_MAX, "lines[%zu]%s%s", i, name[0] == '\0' ? "" : ".", name);
	return field;
}

/* A GTIN is kept as 14 digits; the programme's own codes as they are. */
static enum err product_take(
    struct record *record, size_t i, const json_t *from, struct event_line *line)
{
	char field[FIELD_LEN_MAX];
	char gtin[GTIN_LEN + 1];
	const char *brand = NULL;
	const char *text = "";
	enum err error =
	    text_get(record, from, "product", line_field(field, i, "product"), &text);
	if (error != ERR_NONE)
		return error;
	if (gtin_parse(bytes_of_text(text), gtin) == VERDICT_OK)
		return text_copy(line->product, sizeof(line->product), gtin);
	if (card_check(bytes_of_text(text), &brand) == VERDICT_OK)
		return refuse(record, field, "payment cards are refused");
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= 0x20 || *at >= 0x7f)
			return refuse(record, field, "must be a GTIN or a plain code");
	if (text[0] == '\0' ||
	    text_copy(line->product, sizeof(line->product), text) != ERR_NONE)
		return refuse(
		    record, field, "must have 1 to %d characters", PRODUCT_LEN_MAX);
	return ERR_NONE;
}

static enum err quantity_take(
    struct record *record, size_t i, const json_t *from, struct event_line *line)
{
	char field[FIELD_LEN_MAX];
	int64_t milli = QUANTITY_ONE;
	enum err error = ERR_NONE;
	(void)line_field(field, i, "quantity_milli");
	if (json_object_get(from, "quantity_milli") != NULL)
		error = whole_get(record, from, "quantity_milli", field, &milli);
	if (error != ERR_NONE)
		return error;
	if (milli <= 0 || milli > QUANTITY_MAX)
		return refuse(record, field, "must be 1 to %d", (int)QUANTITY_MAX);
	line->quantity_milli = (uint32_t)milli;
	return ERR_NONE;
}

static enum err keys_check(struct record *record, json_t *object,
    const char *const *allowed, const char *prefix);

static enum err line_take(struct record *record, size_t i, json_t *from)
{
	static const char *const keys[] = {
	    "product", "quantity_milli", "amount_cents", NULL};
	char field[FIELD_LEN_MAX];
	struct event_line *line = &record->event.line[i];
	if (!json_is_object(from))
		return refuse(record, line_field(field, i, ""), "must be an object");
	enum err error = keys_check(record, from, keys, line_field(field, i, "."));
	if (error == ERR_NONE)
		error = product_take(record, i, from, line);
	if (error == ERR_NONE)
		error = quantity_take(record, i, from, line);
	if (error == ERR_NONE)
		error = cents_get(record, from, line_field(field, i, "amount_cents"),
		    &line->amount_cents);
	return error;
}

static enum err lines_take(struct record *record, int64_t *ret_sum)
{
	const json_t *lines = json_object_get(record->request, "lines");
	int64_t sum = 0;
	if (lines == NULL)
		return refuse(record, "lines", "is missing");
	if (!json_is_array(lines) || json_array_size(lines) == 0)
		return refuse(record, "lines", "must be a list of at least one line");
	if (json_array_size(lines) > EVENT_LINES_MAX)
		return refuse(
		    record, "lines", "must be at most %d lines", EVENT_LINES_MAX);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		enum err error = line_take(record, i, json_array_get(lines, i));
		if (error != ERR_NONE)
			return error;
		sum += record->event.line[i].amount_cents;
	}
	record->event.line_count = json_array_size(lines);
	*ret_sum = sum;
	return ERR_NONE;
}

/* --- the four types ------------------------------------------------------- */

static enum err earn(struct record *record)
{
	segment_find(record);
	enum err error = terminal_prepare(record->terminal, &record->event);
	if (error == ERR_NONE)
		error = points_of(record->programme, terminal_store(record->terminal),
		    &record->event, &record->points);
	if (error == ERR_RANGE)
		return refuse(record, NULL, "the points of this sale are out of range");
	if (error == ERR_NONE)
		memcpy(record->event.points, record->points.total,
		    sizeof(record->event.points));
	return error;
}

static enum err sale_take(struct record *record)
{
	enum err error = member_take(record);
	if (error == ERR_NONE)
		error = lines_take(record, &record->event.amount_cents);
	return error == ERR_NONE ? earn(record) : error;
}

static enum err topup_check_values(struct record *record)
{
	const struct operator_entry *entry =
	    programme_operator(record->programme, record->event.operator_name);
	if (entry == NULL)
		return refuse(record, "operator", "the programme has no such operator");
	if (operator_value(entry, record->event.amount_cents) == NULL)
		return refuse(
		    record, "amount_cents", "the operator does not offer this value");
	return ERR_NONE;
}

static enum err topup_take(struct record *record)
{
	struct event *event = &record->event;
	char phone_e164[MOBILE_LEN + 1];
	const char *name = "";
	const char *phone = "";
	enum err error = member_take(record);
	if (error == ERR_NONE)
		error = text_get(record, record->request, "operator", "operator", &name);
	if (error == ERR_NONE && (!text_is_name(name, OPERATOR_LEN_MAX) ||
				     text_copy(event->operator_name,
					 sizeof(event->operator_name), name) != ERR_NONE))
		error = refuse(record, "operator", "the programme has no such operator");
	if (error == ERR_NONE)
		error = text_get(record, record->request, "phone", "phone", &phone);
	if (error == ERR_NONE &&
	    mobile_parse(bytes_of_text(phone), phone_e164) != VERDICT_OK)
		error = refuse(
		    record, "phone", "must be a Brazilian mobile, as +5511961234567");
	if (error == ERR_NONE)
		error = cents_get(
		    record, record->request, "amount_cents", &event->amount_cents);
	if (error == ERR_NONE && !record->again)
		error = topup_check_values(record);
	if (error != ERR_NONE)
		return error;
	error = text_copy(record->person.phone, sizeof(record->person.phone), phone_e164);
	explicit_bzero(phone_e164, sizeof(phone_e164));
	return error == ERR_NONE ? earn(record) : error;
}

/* The sale that is voided or returned from, in `found`. */
static enum err of_take(struct record *record)
{
	struct event *event = &record->event;
	enum err error = id_get(record, "of", event->reference.id);
	if (error == ERR_NONE)
		error = text_copy(event->reference.terminal,
		    sizeof(event->reference.terminal),
		    journal_terminal(record->terminal->journal));
	if (error != ERR_NONE || record->again)
		return error;
	error = terminal_find(record->terminal, event->reference.id, &record->found);
	if (error == ERR_NOT_FOUND)
		return refuse(record, "of", "no such event is recorded here");
	if (error == ERR_STALE)
		return refuse(record, "of", "is too old: only its id is kept here");
	if (error != ERR_NONE)
		return error;
	enum event_type type = record->found.event.type;
	if (type != EVENT_SALE && type != EVENT_TOPUP)
		return refuse(record, "of", "is no sale and no top-up");
	if (record->found.voided)
		return refuse(record, "of", "is voided already");
	return ERR_NONE;
}

/* A sale gives back what it earned less what returns took; a top-up's points
 * wait for the central. */
static enum err void_take(struct record *record)
{
	struct event *event = &record->event;
	const struct found_sale *found = &record->found;
	enum err error = of_take(record);
	if (error != ERR_NONE)
		return error;
	if (record->again) {
		event->amount_cents = record->recorded.amount_cents;
		memcpy(event->operator_name, record->recorded.operator_name,
		    sizeof(event->operator_name));
		return ERR_NONE;
	}
	if (found->kept.amount_cents <= 0)
		return refuse(record, "of", "all of it was returned already");
	event->amount_cents = -found->kept.amount_cents;
	memcpy(event->operator_name, found->event.operator_name,
	    sizeof(event->operator_name));
	for (size_t i = 0; i < EARNER_COUNT; i++)
		if (found->event.type == EVENT_SALE)
			event->points[i] = -found->event.points[i] - found->taken[i];
	return ERR_NONE;
}

static const struct event_line *kept_line(const struct event *kept, const char *product)
{
	for (size_t i = 0; i < kept->line_count; i++)
		if (strcmp(kept->line[i].product, product) == 0)
			return &kept->line[i];
	return NULL;
}

/* Takes the lines off one at a time, so that the one that is too much is named. */
static enum err lines_return(struct record *record, struct event *one)
{
	char field[FIELD_LEN_MAX];
	struct event *kept = &record->found.kept;
	for (size_t i = 0; i < record->event.line_count; i++) {
		*one = record->event;
		one->line[0] = record->event.line[i];
		one->line_count = 1;
		one->amount_cents = -one->line[0].amount_cents;
		if (kept_line(kept, one->line[0].product) == NULL)
			return refuse(record, line_field(field, i, "product"),
			    "is not in the sale, or all of it was returned");
		if (points_keep(kept, one) != ERR_NONE)
			return refuse(record, line_field(field, i, ""),
			    "is more than is left of the sale");
	}
	return ERR_NONE;
}

static enum err return_take(struct record *record)
{
	struct event *event = &record->event;
	struct found_sale *found = &record->found;
	enum err error = of_take(record);
	if (error == ERR_NONE && !record->again && found->event.type != EVENT_SALE)
		error = refuse(record, "of", "is no sale");
	if (error == ERR_NONE)
		error = lines_take(record, &event->amount_cents);
	if (error != ERR_NONE)
		return error;
	event->amount_cents = -event->amount_cents;
	if (record->again)
		return ERR_NONE;
	/* `recorded` is free: the id is new. */
	error = lines_return(record, &record->recorded);
	if (error != ERR_NONE)
		return error;
	const struct programme *then = letterbox_programme_of(
	    record->terminal->letterbox, found->event.programme_version);
	error = points_of_return(then == NULL ? record->programme : then,
	    terminal_store(record->terminal), &found->event, &found->kept, found->taken,
	    event->points);
	return error == ERR_RANGE ? refuse(record, NULL, "the points are out of range")
				  : error;
}

static const struct record_kind {
	enum event_type type;
	enum err (*take)(struct record *record);
	const char *keys[KEYS_MAX];
} kinds[] = {
    {EVENT_SALE, sale_take, {"type", "id", "clerk", "member", "lines"}},
    {EVENT_TOPUP, topup_take,
	{"type", "id", "clerk", "member", "operator", "phone", "amount_cents"}},
    {EVENT_VOID, void_take, {"type", "id", "clerk", "of"}},
    {EVENT_RETURN, return_take, {"type", "id", "clerk", "of", "lines"}},
};

/* --- one request ---------------------------------------------------------- */

/* A null under another kind's key is a field left out, as programs write them
 * that have one form for all kinds. */
static bool is_left_out(const char *key, const json_t *value)
{
	if (!json_is_null(value))
		return false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		for (size_t k = 0; kinds[i].keys[k] != NULL; k++)
			if (strcmp(kinds[i].keys[k], key) == 0)
				return true;
	return false;
}

/* A misspelt "memeber" must not cost the member his points. */
static enum err keys_check(
    struct record *record, json_t *object, const char *const *allowed, const char *prefix)
{
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value)
	{
		char field[FIELD_LEN_MAX];
		size_t i = 0;
		while (allowed[i] != NULL && strcmp(allowed[i], key) != 0)
			i++;
		if (allowed[i] != NULL || is_left_out(key, value))
			continue;
		/* The key itself is shown only if it cannot be a number. */
		bool plain = strlen(key) <= CATEGORY_LEN_MAX &&
			     strspn(key, "abcdefghijklmnopqrstuvwxyz_") == strlen(key);
		(void)snprintf(field, sizeof(field), "%s%s", prefix, plain ? key : "?");
		return refuse(record, field, "is not known here");
	}
	return ERR_NONE;
}

static enum err kind_take(struct record *record, const struct record_kind **ret_kind)
{
	const char *word = NULL;
	enum err error = text_get(record, record->request, "type", "type", &word);
	if (error != ERR_NONE)
		return error;
	enum event_type type = event_type_from_word(word);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].type == type) {
			*ret_kind = &kinds[i];
			return ERR_NONE;
		}
	return refuse(record, "type", "must be sale, topup, void or return");
}

/* An id of the caller's that is recorded already makes this a retry: then the
 * programme of today has no say, only the content is compared. */
static enum err id_take(struct record *record)
{
	struct event *event = &record->event;
	const json_t *id = json_object_get(record->request, "id");
	if (id == NULL || json_is_null(id))
		return record->terminal->crypto->random(event->id, EVENT_ID_LEN);
	enum err error = id_get(record, "id", event->id);
	if (error != ERR_NONE)
		return error;
	error = journal_find(
	    record->terminal->journal, event->id, record->found.buf, &record->recorded);
	record->again = error == ERR_NONE;
	return error == ERR_NOT_FOUND || error == ERR_STALE ? ERR_NONE : error;
}

static enum err request_take(struct record *record)
{
	const struct record_kind *kind = NULL;
	struct terminal *terminal = record->terminal;
	enum err error = kind_take(record, &kind);
	if (error == ERR_NONE)
		error = keys_check(record, record->request, kind->keys, "");
	if (error == ERR_NONE)
		error = id_take(record);
	if (error != ERR_NONE)
		return error;
	record->event.type = kind->type;
	record->event.training = terminal->config.training;
	error = clerk_take(record);
	if (error == ERR_NONE)
		error = kind->take(record);
	if (error != ERR_NONE)
		return error;
	if (terminal->config.training)
		memset(record->event.points, 0, sizeof(record->event.points));
	return terminal_record(terminal, &record->event, &record->person);
}

/* What the journal said, as an answer. ERR_NONE or ERR_EXISTS: recorded. */
static enum err outcome(struct record *record, enum err error)
{
	struct terminal *terminal = record->terminal;
	if (error == ERR_NONE || error == ERR_EXISTS || record->error[0] != '\0')
		return error;
	if (error == ERR_UNKNOWN) {
		/* The disk failed at the commit: only a fresh look tells. */
		error = journal_find(terminal->journal, record->event.id,
		    record->found.buf, &record->recorded);
		if (error == ERR_NONE) {
			record->event = record->recorded;
			return ERR_NONE;
		}
		return refuse(record, NULL,
		    "the disk failed and nothing was recorded; try again with the same "
		    "id");
	}
	if (error == ERR_CONFLICT)
		return refuse(record, "id", "is recorded with other content");
	if (error == ERR_LIMIT)
		return refuse(record, "lines", "are too many for one sale");
	if (error == ERR_FULL)
		return refuse(record, NULL, "the disk is full, nothing was recorded");
	if (error == ERR_NOT_READY)
		return refuse(record, NULL, "no key manifest is adopted yet");
	if (error == ERR_RANGE) {
		char field[FIELD_LEN_MAX] = "";
		(void)!event_check(&record->event, field);
		return refuse(record, field[0] == '\0' ? NULL : field, "is out of range");
	}
	return refuse(record, NULL, "nothing was recorded (%s)", err_name(error));
}

static enum err take(struct record *record, const char *line, size_t len)
{
	json_error_t fault = {0};
	if (record->terminal->letterbox != NULL)
		record->programme = letterbox_programme(record->terminal->letterbox);
	record->request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	/* A number of twenty digits is JSON too: its field is to be named. */
	record->reals = record->request == NULL &&
			json_error_code(&fault) == json_error_numeric_overflow;
	if (record->reals)
		record->request = json_loadb(
		    line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &fault);
	/* The library's message quotes the text: it may be a card. */
	explicit_bzero(&fault, sizeof(fault));
	if (!json_is_object(record->request))
		return refuse(record, NULL, "this is no JSON object");
	if (record->programme == NULL || record->terminal->journal == NULL)
		return refuse(record, NULL, "no programme is adopted yet");
	return request_take(record);
}

static void put_text(struct sink *answer, const char *text)
{
	sink_put(answer, bytes_of_text(text));
}

static void answer_put(const struct record *record, enum err error, struct sink *answer)
{
	char line[RECORD_ANSWER_MAX];
	char id[ID_DIGITS + 1];
	if (error == ERR_NONE || error == ERR_EXISTS) {
		hex_encode(id, bytes_of(record->event.id, EVENT_ID_LEN));
		(void)snprintf(line, sizeof(line),
		    "{\"ok\":true,\"seq\":%" PRIu64 ",\"id\":\"%s\",\"points\":%" PRId64
		    ",\"again\":%s}\n",
		    record->event.seq, id, record->event.points[EARNER_MEMBER],
		    error == ERR_EXISTS ? "true" : "false");
	} else if (record->field[0] == '\0') {
		(void)snprintf(line, sizeof(line),
		    "{\"ok\":false,\"error\":\"%s\",\"field\":null}\n", record->error);
	} else {
		(void)snprintf(line, sizeof(line),
		    "{\"ok\":false,\"error\":\"%s\",\"field\":\"%s\"}\n", record->error,
		    record->field);
	}
	put_text(answer, line);
}

/* What the calls before left below us on the stack: the parser and the C library
 * spill what they read there. */
static NOT_INLINED void stack_wipe(void)
{
	uint8_t below[STACK_WIPED];
	explicit_bzero(below, sizeof(below));
}

void record_line(
    struct terminal *terminal, const char *line, size_t len, struct sink *answer)
{
	json_wipe_on_free();
	struct record *record = calloc(1, sizeof(*record));
	if (record == NULL) {
		put_text(
		    answer, "{\"ok\":false,\"error\":\"no memory\",\"field\":null}\n");
		return;
	}
	record->terminal = terminal;
	enum err error = outcome(record, take(record, line, len));
	answer_put(record, error, answer);
	json_decref(record->request);
	explicit_bzero(record, sizeof(*record));
	free(record);
	stack_wipe();
}

void record_too_long(struct sink *answer)
{
	put_text(
	    answer, "{\"ok\":false,\"error\":\"the line is too long\",\"field\":null}\n");
}

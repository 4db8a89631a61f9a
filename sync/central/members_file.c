/* SPDX-License-Identifier: MIT */
#include "central/members_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#include "central/csv.h"
#include "central/yaml_value.h"
#include "contract/cbor.h"

enum {
	CPF_LEN = 11,
	PHONE_DIGITS = 13, /* 55, area code, nine digits */
	EAN13_LEN = 13,
	MEMBERS_BYTES_MAX = 16 * 1024 * 1024,
};

enum column {
	COLUMN_CARD,
	COLUMN_CPF,
	COLUMN_PHONE,
	COLUMN_STORE,
	COLUMN_FIRST_NAME,
	COLUMN_SEGMENT,
	COLUMN_TIER,
	COLUMN_BALANCE,
	COLUMN_BALANCE_DATE,
	COLUMN_COUNT
};

static const char *const column_name[COLUMN_COUNT] = {"card", "cpf", "phone", "store",
    "first_name", "segment", "tier", "balance", "balance_date"};

struct reading {
	const struct programme *programme;
	struct csv csv;
	struct members *members;
	uint32_t *member_line;
	struct faults faults;
};

static void fault_in(struct reading *reading, enum column column, const char *sentence)
{
	csv_fault(&reading->csv, column, sentence);
}

/* --- values ------------------------------------------------------------------- */

static bool all_digits(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789") == len;
}

/* ISO/IEC 7812-1 annex B. */
static bool luhn_right(const char *digits, size_t len)
{
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(digits[len - 1 - i] - '0');
		unsigned twice = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += i % 2 == 0 ? digit : twice;
	}
	return sum % 10 == 0;
}

static bool ean_right(const char *digits)
{
	unsigned sum = 0;
	for (size_t i = 0; i < EAN13_LEN; i++)
		sum += (unsigned)(digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
	return sum % 10 == 0;
}

static bool card_is_ours(const struct programme *programme, const char *card)
{
	for (size_t i = 0; i < programme->identity_count; i++) {
		const struct identity *identity = &programme->identity[i];
		bool starts =
		    strncmp(card, identity->prefix, strlen(identity->prefix)) == 0;
		if (identity->kind == IDENTITY_EAN13 && starts &&
		    all_digits(card, EAN13_LEN) && ean_right(card))
			return true;
		if (identity->kind == IDENTITY_STRIPE && starts &&
		    all_digits(card, identity->length) &&
		    luhn_right(card, identity->length))
			return true;
	}
	return false;
}

static bool kind_is_taken(const struct programme *programme, enum identity_kind kind)
{
	for (size_t i = 0; i < programme->identity_count; i++)
		if (programme->identity[i].kind == kind)
			return true;
	return false;
}

/* One of the two check digits: weights fall to 2 over `len` digits. */
static bool cpf_digit_right(const char *cpf, size_t len)
{
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(cpf[i] - '0') * (unsigned)(len + 1 - i);
	unsigned rest = sum % 11;
	return (unsigned)(cpf[len] - '0') == (rest < 2 ? 0 : 11 - rest);
}

static bool cpf_right(const char *cpf)
{
	bool all_alike = strspn(cpf, (const char[]){cpf[0], '\0'}) == CPF_LEN;
	return all_digits(cpf, CPF_LEN) && !all_alike && cpf_digit_right(cpf, 9) &&
	       cpf_digit_right(cpf, 10);
}

/* A Brazilian mobile; that its area code exists is the till's to say. */
static bool phone_right(const char *phone)
{
	return strncmp(phone, "+55", 3) == 0 && all_digits(phone + 1, PHONE_DIGITS) &&
	       phone[3] != '0' && phone[4] != '0' && phone[5] == '9';
}

/* Text as it will be shown: UTF-8 without commands. */
static bool can_be_shown(const char *text)
{
	if (!utf8_valid(bytes_of_text(text)))
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			return false;
	return true;
}

static void take_shown(
    struct reading *reading, enum column column, const char *text, char *out, size_t cap)
{
	char sentence[64];
	(void)snprintf(
	    sentence, sizeof sentence, "must be text of at most %zu bytes", cap - 1);
	if (!can_be_shown(text) || text_copy(out, cap, text) != ERR_NONE)
		fault_in(reading, column, sentence);
}

static void take_identifier(struct reading *reading, enum column column,
    enum identity_kind kind, const char *text, char out[MEMBER_LEN_MAX + 1])
{
	bool right = kind == IDENTITY_CPF ? cpf_right(text) : phone_right(text);
	if (!kind_is_taken(reading->programme, kind))
		fault_in(reading, column, "is not an identity of this programme");
	else if (!right || text_copy(out, MEMBER_LEN_MAX + 1, text) != ERR_NONE)
		fault_in(reading, column,
		    kind == IDENTITY_CPF ? "must be eleven digits with right check digits"
					 : "must be a mobile such as +5511912345678");
}

static void take_card(struct reading *reading, const char *text, struct member *member)
{
	if (!card_is_ours(reading->programme, text) ||
	    text_copy(member->card, sizeof member->card, text) != ERR_NONE)
		fault_in(reading, COLUMN_CARD,
		    "is no card of this programme (prefix, length, check digit)");
}

static void take_segment(struct reading *reading, const char *text, struct member *member)
{
	if (strlen(text) != 1 ||
	    programme_segment_word(reading->programme, text[0]) == NULL)
		fault_in(reading, COLUMN_SEGMENT, "is no segment of this programme");
	else
		member->entry.segment = text[0];
}

static void take_field(
    struct reading *reading, enum column column, const char *text, struct member *member)
{
	struct directory_entry *entry = &member->entry;
	switch (column) {
	case COLUMN_CARD: take_card(reading, text, member); return;
	case COLUMN_CPF:
		take_identifier(reading, column, IDENTITY_CPF, text, member->cpf);
		return;
	case COLUMN_PHONE:
		take_identifier(reading, column, IDENTITY_PHONE, text, member->phone);
		return;
	case COLUMN_STORE:
		if (!text_is_name(text, STORE_LEN_MAX) ||
		    text_copy(member->store, sizeof member->store, text) != ERR_NONE)
			fault_in(
			    reading, column, "must be letters, digits, '.', '_' or '-'");
		return;
	case COLUMN_FIRST_NAME:
		take_shown(
		    reading, column, text, entry->first_name, sizeof entry->first_name);
		return;
	case COLUMN_SEGMENT: take_segment(reading, text, member); return;
	case COLUMN_TIER:
		take_shown(reading, column, text, entry->tier, sizeof entry->tier);
		return;
	case COLUMN_BALANCE:
		if (value_points(text, &entry->balance) != ERR_NONE)
			fault_in(reading, column, "must be a whole number of points");
		return;
	case COLUMN_BALANCE_DATE:
		if (value_day(text, &entry->balance_day) != ERR_NONE)
			fault_in(reading, column, "must be a day, such as 2026-10-31");
		return;
	case COLUMN_COUNT: return;
	}
}

/* --- rows ------------------------------------------------------------------ */

static void member_take(struct reading *reading)
{
	struct member member = {0};
	size_t faults = reading->faults.count;
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (reading->csv.value[i][0] != '\0')
			take_field(
			    reading, (enum column)i, reading->csv.value[i], &member);
	if (reading->faults.count != faults)
		return;
	if (member.card[0] == '\0' && member.cpf[0] == '\0' && member.phone[0] == '\0')
		csv_fault_row(
		    &reading->csv, "names no member: card, cpf and phone are empty");
	reading->member_line[reading->members->count] = reading->csv.line;
	reading->members->member[reading->members->count++] = member;
}

struct named {
	const char *identifier;
	enum column column;
	uint32_t line;
};

static int named_order(const void *a, const void *b)
{
	const struct named *left = a;
	const struct named *right = b;
	int order = strcmp(left->identifier, right->identifier);
	return order != 0 ? order
			  : (left->line > right->line) - (left->line < right->line);
}

/* Cards, CPFs and phones differ in form, so that one sorted list serves. */
static enum err find_twice(struct reading *reading)
{
	const struct members *members = reading->members;
	struct named *named = calloc(members->count * 3 + 1, sizeof *named);
	size_t count = 0;
	if (named == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < members->count; i++) {
		const struct member *member = &members->member[i];
		const struct named mine[] = {
		    {member->card, COLUMN_CARD, reading->member_line[i]},
		    {member->cpf, COLUMN_CPF, reading->member_line[i]},
		    {member->phone, COLUMN_PHONE, reading->member_line[i]}};
		for (size_t j = 0; j < COUNT_OF(mine); j++)
			if (mine[j].identifier[0] != '\0')
				named[count++] = mine[j];
	}
	qsort(named, count, sizeof *named, named_order);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(named[i].identifier, named[i - 1].identifier) != 0)
			continue;
		char sentence[64];
		(void)snprintf(sentence, sizeof sentence, "is listed already on line %u",
		    named[i - 1].line);
		reading->csv.line = named[i].line;
		fault_in(reading, named[i].column, sentence);
	}
	free(named);
	return ERR_NONE;
}

static enum err rows_read(struct reading *reading)
{
	struct csv *csv = &reading->csv;
	if (!csv_has(csv, COLUMN_CARD) && !csv_has(csv, COLUMN_CPF) &&
	    !csv_has(csv, COLUMN_PHONE))
		csv_fault_row(
		    csv, "lacks a column that names members: card, cpf or phone");
	while (reading->faults.count < FAULTS_TOLD_MAX && csv_next(csv)) {
		if (reading->members->count == MEMBERS_MAX) {
			csv_fault_row(csv, "is one member more than 100000");
			break;
		}
		member_take(reading);
	}
	return reading->faults.count == 0 ? find_twice(reading) : ERR_FORMAT;
}

static enum err text_read(
    struct bytes text, struct members *members, struct reading *reading)
{
	size_t room = csv_rows_max(text);
	room = room < MEMBERS_MAX ? room : MEMBERS_MAX;
	reading->members = members;
	members->member = calloc(room, sizeof *members->member);
	reading->member_line = calloc(room, sizeof *reading->member_line);
	if (members->member == NULL || reading->member_line == NULL)
		return ERR_MEMORY;
	csv_open(&reading->csv, text, column_name, COLUMN_COUNT, &reading->faults);
	enum err err = rows_read(reading);
	return err == ERR_NONE && reading->faults.count != 0 ? ERR_FORMAT : err;
}

enum err members_parse(struct bytes text, const char *name,
    const struct programme *programme, programme_report *report, void *self,
    struct members *ret_members)
{
	struct members members = {0};
	struct reading reading = {.programme = programme};
	enum err err = text_read(text, &members, &reading);
	(void)faults_tell(&reading.faults, name, report, self);
	faults_free(&reading.faults);
	free(reading.member_line);
	csv_close(&reading.csv);
	if (err == ERR_NONE)
		*ret_members = members;
	else
		members_free(&members);
	return err;
}

enum err members_file_load(const char *path, const struct programme *programme,
    programme_report *report, void *self, struct members *ret_members)
{
	struct bytes text;
	enum err err = text_load(path, MEMBERS_BYTES_MAX, report, self, &text);
	if (err != ERR_NONE)
		return err;
	err = members_parse(text, path, programme, report, self, ret_members);
	text_release(&text);
	return err;
}

void members_free(struct members *members)
{
	if (members->member != NULL)
		explicit_bzero(members->member, members->count * sizeof *members->member);
	free(members->member);
	*members = (struct members){0};
}

/* SPDX-License-Identifier: MIT */
#include "central/csv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* --- faults ------------------------------------------------------------------- */

static void fault(struct csv *csv, const char *place, const char *sentence)
{
	struct yaml_fault fault = {.line = csv->line};
	(void)snprintf(fault.place, sizeof fault.place, "%s", place);
	(void)snprintf(fault.sentence, sizeof fault.sentence, "%s", sentence);
	faults_add(csv->faults, &fault);
}

void csv_fault(struct csv *csv, size_t name, const char *sentence)
{
	assert(name < csv->name_count);
	fault(csv, csv->name[name], sentence);
}

void csv_fault_row(struct csv *csv, const char *sentence)
{
	fault(csv, "", sentence);
}

/* --- fields ------------------------------------------------------------------- */

static bool at_end(const struct csv *csv)
{
	return csv->in.left == 0;
}

static char next_char(struct csv *csv)
{
	char c = (char)*csv->in.at++;
	csv->in.left--;
	if (c == '\n')
		csv->next_line++;
	return c;
}

static bool ends_field(const struct csv *csv, char c)
{
	return c == csv->comma || c == '\n' || c == '\r';
}

static void put_char(char *out, size_t *len, char c)
{
	if (*len <= CSV_FIELD_LEN_MAX)
		out[(*len)++] = c;
}

static void quoted_read(struct csv *csv, char *out, size_t *len)
{
	while (!at_end(csv)) {
		char c = next_char(csv);
		if (c == '"' && (at_end(csv) || *csv->in.at != '"'))
			return;
		if (c == '"')
			(void)next_char(csv);
		put_char(out, len, c);
	}
}

/* One field without what ends it; false when it is too long to be any value. */
static bool field_read(struct csv *csv, char out[CSV_FIELD_LEN_MAX + 1])
{
	size_t len = 0;
	char text[CSV_FIELD_LEN_MAX + 1];
	while (!at_end(csv) && !ends_field(csv, (char)*csv->in.at)) {
		char c = next_char(csv);
		if (c == '"' && len == 0)
			quoted_read(csv, text, &len);
		else
			put_char(text, &len, c);
	}
	bool fits = len <= CSV_FIELD_LEN_MAX && memchr(text, '\0', len) == NULL;
	if (fits)
		memcpy(out, text, len);
	out[fits ? len : 0] = '\0';
	explicit_bzero(text, sizeof text);
	return fits;
}

/* After a field: true when another one follows in the row. */
static bool row_goes_on(struct csv *csv)
{
	if (at_end(csv))
		return false;
	char c = next_char(csv);
	if (c == '\r' && !at_end(csv) && *csv->in.at == '\n')
		(void)next_char(csv);
	return c == csv->comma;
}

/* What the i-th field of a row is called; empty when it has no name we know. */
static const char *field_name(const struct csv *csv, size_t i)
{
	bool known = i < csv->column_count && csv->column[i] < csv->name_count;
	return known ? csv->name[csv->column[i]] : "";
}

/* Fields of one row, however many fit; false when one was too long. */
static bool row_read(struct csv *csv, size_t *ret_count)
{
	size_t count = 0;
	bool fits = true;
	bool more = true;
	csv->line = csv->next_line;
	while (more) {
		char beyond[CSV_FIELD_LEN_MAX + 1];
		bool known = count < CSV_COLUMNS_MAX;
		if (!field_read(csv, known ? csv->field[count] : beyond)) {
			fits = false;
			fault(csv, field_name(csv, count), "is too long");
		}
		count++;
		more = row_goes_on(csv);
	}
	*ret_count = count;
	return fits;
}

/* --- the first line ------------------------------------------------------------ */

static size_t name_find(const struct csv *csv, const char *name)
{
	size_t i = 0;
	while (i < csv->name_count && strcmp(csv->name[i], name) != 0)
		i++;
	return i;
}

static void unknown_column(struct csv *csv, const char *name)
{
	char sentence[YAML_SENTENCE_LEN_MAX + 1];
	struct sink out = sink_of(sentence, YAML_SENTENCE_LEN_MAX);
	sink_put(&out, bytes_of_text("is no column; expected"));
	for (size_t i = 0; i < csv->name_count; i++) {
		sink_put(&out, bytes_of_text(i == 0 ? " " : ", "));
		sink_put(&out, bytes_of_text(csv->name[i]));
	}
	sentence[out.len] = '\0';
	fault(csv, name, sentence);
}

static void column_take(struct csv *csv, size_t i)
{
	size_t name = name_find(csv, csv->field[i]);
	if (name == csv->name_count)
		unknown_column(csv, csv->field[i]);
	else if (csv_has(csv, name))
		csv_fault(csv, name, "is there twice");
	csv->column[csv->column_count++] = name;
}

static struct cursor without_mark(struct bytes text)
{
	static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
	struct cursor in = cursor_of(text);
	if (text.len >= sizeof mark && memcmp(text.at, mark, sizeof mark) == 0) {
		in.at += sizeof mark;
		in.left -= sizeof mark;
	}
	return in;
}

void csv_open(struct csv *csv, struct bytes text, const char *const *name,
    size_t name_count, struct faults *faults)
{
	assert(name_count <= CSV_COLUMNS_MAX);
	*csv = (struct csv){.name = name,
	    .name_count = name_count,
	    .faults = faults,
	    .in = without_mark(text),
	    .next_line = 1,
	    .comma = ','};
	for (size_t i = 0; i < csv->in.left && csv->in.at[i] != '\n'; i++)
		if (csv->in.at[i] == ';')
			csv->comma = ';';
	size_t count;
	(void)row_read(csv, &count);
	for (size_t i = 0; i < count && i < CSV_COLUMNS_MAX; i++)
		column_take(csv, i);
	if (count > CSV_COLUMNS_MAX)
		csv_fault_row(csv, "has too many columns");
}

void csv_close(struct csv *csv)
{
	explicit_bzero(csv, sizeof *csv);
}

bool csv_has(const struct csv *csv, size_t name)
{
	for (size_t i = 0; i < csv->column_count; i++)
		if (csv->column[i] == name)
			return true;
	return false;
}

/* --- rows ---------------------------------------------------------------------- */

static bool row_fits(struct csv *csv, size_t count)
{
	char sentence[64];
	if (count == csv->column_count)
		return true;
	(void)snprintf(sentence, sizeof sentence, "has %zu fields instead of %zu", count,
	    csv->column_count);
	csv_fault_row(csv, sentence);
	return false;
}

bool csv_next(struct csv *csv)
{
	while (!at_end(csv)) {
		size_t count;
		bool right = row_read(csv, &count);
		if (count == 1 && csv->field[0][0] == '\0')
			continue;
		if (!right || !row_fits(csv, count))
			continue;
		for (size_t i = 0; i < csv->name_count; i++)
			csv->value[i] = "";
		for (size_t i = 0; i < count; i++)
			if (csv->column[i] < csv->name_count)
				csv->value[csv->column[i]] = csv->field[i];
		return true;
	}
	return false;
}

size_t csv_rows_max(struct bytes text)
{
	size_t lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n' || text.at[i] == '\r' ? 1 : 0;
	return lines;
}

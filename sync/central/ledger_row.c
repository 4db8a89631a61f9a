/* SPDX-License-Identifier: MIT */
#include "central/ledger_row.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct ledger_value value_null(void)
{
	return (struct ledger_value){.kind = VALUE_NULL};
}

struct ledger_value value_number(int64_t number)
{
	return (struct ledger_value){.kind = VALUE_INT, .number = number};
}

struct ledger_value value_count(uint64_t number)
{
	assert(number <= INT64_MAX);
	return value_number((int64_t)number);
}

struct ledger_value value_text(const char *string)
{
	return (struct ledger_value){.kind = VALUE_TEXT, .bytes = bytes_of_text(string)};
}

struct ledger_value value_blob(const void *at, size_t len)
{
	return (struct ledger_value){.kind = VALUE_BLOB, .bytes = bytes_of(at, len)};
}

struct ledger_value value_bytes(struct bytes bytes)
{
	return bytes.len == 0 ? value_null() : value_blob(bytes.at, bytes.len);
}

static struct ledger_value next_value(struct ledger_row *row, enum ledger_value_kind kind)
{
	struct ledger_value value = row->ledger->driver->column(
	    row->ledger->self, (unsigned)row->statement, row->i++);
	if (value.kind != kind && value.kind != VALUE_NULL)
		row->err = ERR_CORRUPT;
	return value;
}

int64_t row_number(struct ledger_row *row)
{
	struct ledger_value value = next_value(row, VALUE_INT);
	return value.kind == VALUE_INT ? value.number : 0;
}

uint64_t row_count(struct ledger_row *row, uint64_t max)
{
	int64_t number = row_number(row);
	if (number < 0 || (uint64_t)number > max) {
		row->err = ERR_CORRUPT;
		return 0;
	}
	return (uint64_t)number;
}

bool row_flag(struct ledger_row *row)
{
	return row_count(row, 1) != 0;
}

void row_text(struct ledger_row *row, char *out, size_t cap)
{
	struct ledger_value value = next_value(row, VALUE_TEXT);
	if (value.kind != VALUE_TEXT)
		value.bytes = (struct bytes){0};
	out[0] = '\0';
	if (text_from_bytes(out, cap, value.bytes) != ERR_NONE)
		row->err = ERR_CORRUPT;
}

struct bytes row_bytes(struct ledger_row *row)
{
	struct ledger_value value = next_value(row, VALUE_BLOB);
	return value.kind == VALUE_BLOB ? value.bytes : (struct bytes){0};
}

bool row_fixed(struct ledger_row *row, uint8_t *out, size_t len)
{
	struct bytes bytes = row_bytes(row);
	if (bytes.len != 0 && bytes.len != len)
		row->err = ERR_CORRUPT;
	if (bytes.at == NULL || bytes.len != len) {
		memset(out, 0, len);
		return false;
	}
	memcpy(out, bytes.at, len);
	return true;
}

enum err ledger_run(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *values, size_t count)
{
	return ledger->driver->run(
	    ledger->self, (unsigned)statement, ledger_sql[statement], values, count);
}

enum err ledger_done(enum err err)
{
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

void ledger_end(struct ledger *ledger, enum ledger_statement statement)
{
	ledger->driver->end(ledger->self, (unsigned)statement);
}

struct ledger_row ledger_row_of(struct ledger *ledger, enum ledger_statement statement)
{
	return (struct ledger_row){.ledger = ledger, .statement = statement};
}

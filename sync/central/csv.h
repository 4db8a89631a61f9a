/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_CSV_H
#define CENTRAL_CSV_H

#include "central/faults.h"

/*
 * A table that a spreadsheet wrote (RFC 4180; comma or semicolon between fields,
 * whichever its first line uses; any line ending; a byte order mark is passed
 * over). The first line names the columns, in any order, each at most once.
 */
enum { CSV_COLUMNS_MAX = 12, CSV_FIELD_LEN_MAX = 120 };

struct csv {
	const char *const *name; /* every column there may be */
	size_t name_count;
	struct faults *faults;
	struct cursor in;
	uint32_t line; /* of the row that was read */
	uint32_t next_line;
	char comma;
	size_t column_count;
	size_t column[CSV_COLUMNS_MAX];     /* which name each field of a row has */
	const char *value[CSV_COLUMNS_MAX]; /* of the row by name; "" when absent */
	char field[CSV_COLUMNS_MAX][CSV_FIELD_LEN_MAX + 1];
};

/* Reads the first line; what is wrong with it is added to `faults`. All stay the
 * caller's. `csv` is wiped by csv_close. */
void csv_open(struct csv *csv, struct bytes text, const char *const *name,
    size_t name_count, struct faults *faults);
void csv_close(struct csv *csv);
/* Whether the first line has a column. */
bool csv_has(const struct csv *csv, size_t name);
/* The next row that is not blank, into `value`; false at the end. A row with too
 * few or too many fields, or one that is too long, is a fault and passed over. */
bool csv_next(struct csv *csv);
/* A fault of the present row, in a column by name. */
void csv_fault(struct csv *csv, size_t name, const char *sentence);
/* Of the row as a whole. */
void csv_fault_row(struct csv *csv, const char *sentence);
/* No text has more rows than this. */
size_t csv_rows_max(struct bytes text);

#endif

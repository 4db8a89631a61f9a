/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LEDGER_ROW_H
#define CENTRAL_LEDGER_ROW_H

#include "central/ledger.h"
#include "central/ledger_sql.h"

/*
 * Between the ledger and its driver: statements by number, values by kind. Only
 * ledger.c and what it is made of includes this.
 */
struct ledger {
	const struct ledger_driver *driver;
	void *self;
};

/* --- values to bind ---------------------------------------------------------- */

struct ledger_value value_null(void);
struct ledger_value value_number(int64_t number);
/* Databases have no unsigned integers; seq and version never come near 2^63. */
struct ledger_value value_count(uint64_t number);
struct ledger_value value_text(const char *string);
struct ledger_value value_blob(const void *at, size_t len);
struct ledger_value value_bytes(struct bytes bytes); /* empty is NULL */

/* --- statements -------------------------------------------------------------- */

/* Runs to the first row. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err ledger_run(struct ledger *ledger, enum ledger_statement statement,
    const struct ledger_value *values, size_t count);
/* For statements that give no row: none is well. */
MUST_CHECK enum err ledger_done(enum err err);
void ledger_end(struct ledger *ledger, enum ledger_statement statement);

/* --- rows -------------------------------------------------------------------- */

/* A row being read. Whatever is not of the shape that we write makes it
 * ERR_CORRUPT as a whole: the file was edited by other hands. */
struct ledger_row {
	struct ledger *ledger;
	enum ledger_statement statement;
	unsigned i;
	enum err err;
};

struct ledger_row ledger_row_of(struct ledger *ledger, enum ledger_statement statement);
int64_t row_number(struct ledger_row *row); /* NULL reads as 0 */
uint64_t row_count(struct ledger_row *row, uint64_t max);
bool row_flag(struct ledger_row *row);
void row_text(struct ledger_row *row, char *out, size_t cap); /* NULL reads as "" */
struct bytes row_bytes(struct ledger_row *row);
/* NULL reads as zeros; false then. */
bool row_fixed(struct ledger_row *row, uint8_t *out, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LEDGER_DRIVER_H
#define CENTRAL_LEDGER_DRIVER_H

#include "base/bytes.h"

/*
 * The port under the ledger: a database that runs numbered statements. The
 * statements are one text for every database (ledger.c; parameters $1.. in the
 * order of their first use); a driver owns its schema, its prepared statements
 * and what durable means there.
 */
enum ledger_value_kind {
	VALUE_NULL = 0,
	VALUE_INT,
	VALUE_TEXT,
	VALUE_BLOB,
};

struct ledger_value {
	enum ledger_value_kind kind;
	int64_t number;
	struct bytes bytes; /* of TEXT and BLOB */
};

enum ledger_mode {
	LEDGER_NONE = 0,
	LEDGER_CREATE, /* new, or as it is */
	LEDGER_WRITE,
	LEDGER_READ, /* beside a writer; changes nothing */
};

enum { LEDGER_STATEMENTS_MAX = 64 };

struct ledger_driver {
	const char *name;
	/* ERR_NOT_FOUND; ERR_STALE: its schema is not of this version. */
	enum err (*open)(const char *where, enum ledger_mode mode, void **ret_self);
	void (*close)(void *self);
	/* Starts statement `number`, ending any earlier use of it, and goes to
	 * its first row: ERR_NOT_FOUND when there is none (or it gives none).
	 * ERR_CONFLICT: a unique key; ERR_FULL, ERR_BUSY, ERR_CORRUPT, ERR_IO.
	 * Parameters are borrowed until the statement ends. */
	enum err (*run)(void *self, unsigned number, const char *text,
	    const struct ledger_value *values, size_t count);
	/* The next row, or ERR_NOT_FOUND. */
	enum err (*next)(void *self, unsigned number);
	/* The i-th column of the row, valid until the statement moves. */
	struct ledger_value (*column)(void *self, unsigned number, unsigned i);
	/* Ends a statement before its last row. */
	void (*end)(void *self, unsigned number);
};

extern const struct ledger_driver ledger_sqlite;

#endif

/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LEDGER_SQL_H
#define CENTRAL_LEDGER_SQL_H

/* Every statement of the ledger, in the SQL that SQLite and PostgreSQL share; only
 * how a transaction begins (S_BEGIN to write, S_VIEW to read one state of the
 * whole) a driver may word in its own way. */
enum ledger_statement {
	S_BEGIN,
	S_VIEW,
	S_COMMIT,
	S_ROLLBACK,
	S_SAVE,
	S_KEEP,
	S_UNDO,
	S_TERMINAL_ADD,
	S_TERMINAL_ROW,
	S_EPOCH_FIND,
	S_EPOCH_BY_ROW,
	S_EPOCH_NEXT,
	S_EPOCH_ADD,
	S_EPOCH_SET,
	S_BATCH_ADD,
	S_BATCH_SET,
	S_BATCH_FIND,
	S_BATCH_BY_NUMBER,
	S_BATCH_BY_TAKEN,
	S_BATCH_WAITING,
	S_BATCH_NEXT,
	S_TAKEN,
	S_EVENT_ADD,
	S_EVENT_AT,
	S_EVENT_KNOWN,
	S_EVENT_BY_ID,
	S_EVENT_OF,
	S_EVENT_COUNT,
	S_SESSION_ADD,
	S_SESSION_FIND,
	S_SESSION_COUNT,
	S_LETTER_ADD,
	S_LETTER_NEWEST,
	S_LETTER_VERSION,
	S_LETTER_TOP,
	S_LETTER_NEXT,
	S_FIGURES,
	S_CONTACTS,
	S_FLAGGED,
	S_COUNT_
};

extern const char *const ledger_sql[S_COUNT_];

#endif
